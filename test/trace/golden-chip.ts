/** Golden programs on a chip, as the command line runs them. */
import { Chip } from "../../src/chip/index.ts";
import { fromHex, type Program, readProgram } from "../core/golden.ts";

/** Words of a golden program as bytes from address 0. */
export function programBytes({ image }: Program): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * image.length));
  for (const [index, word] of image.entries()) view.setUint32(4 * index, fromHex(word));
  return new Uint8Array(view.buffer);
}

/** A chip with a golden program on the top PPU, released; `rtl` timing without branch cache unless said otherwise. */
export function goldenChip(name: string, timing = "rtl,branch-cache=0"): Chip {
  const chip = new Chip({ ideal: true, timing });
  chip.load([{ space: "sram", offset: 0, bytes: programBytes(readProgram(name)) }], "top");
  chip.reset("top");
  return chip;
}
