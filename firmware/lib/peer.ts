/** Working together with the PPU of the other hemisphere. Both must run the same image (`ppu run --ppu both`). */
import { PPU_SRAM_BOTTOM, PPU_SRAM_TOP } from "./addresses";
import { load32, store32, sync } from "./intrinsics";
import { perHemisphere } from "./location";

/** Barriers that the other PPU has reached, written by it. */
const arrived = memory.data(4, 4);
let passed: u32 = 0;

/** Address of a word of the other PPU's SRAM, for `load32` and `store32`. */
// @ts-ignore: decorator
@inline
export function peerAddress(hemisphere: u32, address: u32): u32 {
  return perHemisphere(hemisphere, PPU_SRAM_BOTTOM, PPU_SRAM_TOP) + address;
}

/** Returns when both PPUs have called it equally often; what each wrote before is then complete. */
export function barrier(hemisphere: u32): void {
  passed++;
  sync();
  store32(peerAddress(hemisphere, <u32>arrived), passed);
  while (load32(arrived) < passed) {}
}
