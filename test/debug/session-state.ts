/** Everything that can be seen of a chip, in a form that two runs of one course can be compared by. */
import { createHash } from "node:crypto";
import type { Chip } from "../../src/chip/index.ts";
import { MEMORY_LAYOUT } from "../../src/core/layout.ts";
import { SPECIAL } from "../../src/core/state.ts";

const HOUSEKEEPING = [SPECIAL.limit, SPECIAL.exit, SPECIAL.word];

export function digestOf(chip: Chip): Record<string, string> {
  // Reading a timer brings it up to date; how far it was does not matter.
  for (const ppu of Object.values(chip.ppus)) ppu.register("dec");
  const { ppus, scheduler: _scheduler, ...rest } = chip.snapshot();
  const digest = (data: unknown) => {
    const hash = createHash("sha1");
    const add = (part: unknown): void => {
      if (ArrayBuffer.isView(part))
        hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      else if (typeof part === "object" && part !== null) for (const one of Object.values(part)) add(one);
      else hash.update(`${part};`);
    };
    add(data);
    return hash.digest("hex").slice(0, 12);
  };
  const state = ppus.map((bytes) => {
    const words = new Int32Array(bytes.slice().buffer);
    for (const index of HOUSEKEEPING) words[(MEMORY_LAYOUT.special >> 2) + index] = 0;
    return words;
  });
  const parts = Object.entries({ ...rest, ...rest.hemispheres[0], bottomHemisphere: rest.hemispheres[1] });
  return {
    top: digest(state[0]),
    bottom: digest(state[1]),
    ...Object.fromEntries(parts.map(([name, part]) => [name, digest(part)])),
  };
}
