import type { Section } from "../image.ts";
import { ImageError } from "./image-error.ts";

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Throws ImageError when sections overlap, reach beyond the address space, or hold other data than they say. */
export function checkSections(sections: readonly Section[], what: string): void {
  for (const { name, address, size, data } of sections) {
    if (address + size > 2 ** 32) {
      throw new ImageError(
        `${what}: section ${name} at ${hex(address)} with ${size} bytes leaves the address space`,
      );
    }
    if (data && data.length !== size) {
      throw new ImageError(`${what}: section ${name} says ${size} bytes and holds ${data.length}`);
    }
  }
  const sorted = sections.filter((section) => section.size > 0).sort((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1], sorted[i]];
    if (before.address + before.size > after.address) {
      throw new ImageError(
        `${what}: sections ${before.name} (${hex(before.address)}, ${before.size} bytes) and ${after.name} ` +
          `(${hex(after.address)}) overlap`,
      );
    }
  }
}
