/** What an SRAM holds after power-on when nobody has written it. */
import { SRAM_BYTES } from "../core/layout.ts";
import type { Ppu } from "../core/ppu.ts";

/** Fills SRAMs with the bytes of a 32-bit xorshift generator (Marsaglia's 13, 17, 5), one stream a side. */
export const fillRandomly = (seed: number) => (ppu: Ppu, side: number) => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ (side + 1)) | 0 || 1;
  const bytes = new Uint8Array(SRAM_BYTES);
  for (let at = 0; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  ppu.writeSram(0, bytes);
};
