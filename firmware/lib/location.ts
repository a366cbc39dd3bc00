/** Which of the two hemispheres a program runs on. There is no identification register. */
import { MAILBOX_END, PPU_SRAM_BOTTOM, PPU_SRAM_TOP } from "./addresses";
import { load32, store32, sync } from "./intrinsics";

export const TOP: u32 = 0;
export const BOTTOM: u32 = 1;

const MARK: u32 = MAILBOX_END - 4;
const MARK_TOP: u32 = 0x746f7000;
const MARK_BOTTOM: u32 = 0x626f7400;

/**
 * Finds the own hemisphere: marks the SRAM of both PPUs through the omnibus and looks which mark arrived in the own one.
 * Both PPUs may do this at the same time. Uses the last word of both mailboxes.
 */
export function detectHemisphere(): u32 {
  store32(PPU_SRAM_TOP + MARK, MARK_TOP);
  store32(PPU_SRAM_BOTTOM + MARK, MARK_BOTTOM);
  sync();
  return load32(MARK) == MARK_BOTTOM ? BOTTOM : TOP;
}

/** `top` or `bottom`, by hemisphere. */
// @ts-ignore: decorator
@inline
export function perHemisphere(hemisphere: u32, top: u32, bottom: u32): u32 {
  return hemisphere == TOP ? top : bottom;
}
