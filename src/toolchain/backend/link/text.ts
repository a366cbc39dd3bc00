/** Listing and map. */

import type { Image } from "../../image.ts";
import { formatInstruction } from "./listing.ts";
import { hex, type LinkOptions, type Placed } from "./program.ts";

export function listingText(placed: readonly Placed[], encodeAll: (p: Placed) => Uint8Array): string {
  const text: string[] = [];
  for (const p of placed) {
    const words = new DataView(encodeAll(p).buffer);
    text.push("", `${hex(p.address)} <${p.f.name}>:`);
    let last = "";
    p.lines.forEach(({ instruction }, i) => {
      const { location } = instruction;
      const where = location ? `${location.file}:${location.line}` : "";
      if (where && where !== last) text.push(`; ${where}`);
      last = where || last;
      const here = p.address + 4 * i;
      const word = words.getInt32(4 * i);
      text.push(`${hex(here)}:  ${hex(word)}  ${formatInstruction(word, here)}`);
    });
  }
  return `${text.join("\n")}\n`;
}

export function mapText(
  image: Image,
  placed: readonly Placed[],
  internal: number,
  options: LinkOptions,
): string {
  const text = ["section          address   bytes"];
  for (const s of image.sections)
    text.push(`${s.name.padEnd(16)} ${hex(s.address)} ${String(s.size).padStart(6)}`);
  text.push("", "function                                  address   bytes");
  for (const p of placed) {
    text.push(`${p.f.name.padEnd(41)} ${hex(p.address)} ${String(4 * p.lines.length).padStart(6)}`);
  }
  text.push("", `SRAM used ${internal} bytes, free for the stack ${options.stackTop - internal} bytes`);
  return `${text.join("\n")}\n`;
}
