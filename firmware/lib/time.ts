/** Time base and busy waits. One tick of the time base is one PPU cycle, nominally 4 ns. */
import { mfspr, mtspr } from "./intrinsics";

/** PPU cycles per microsecond at the nominal clock of 250 MHz. */
export const CYCLES_PER_MICROSECOND: u32 = 250;

/** Lower half of the time base (SPR 284): cycles since reset, modulo 2^32. */
// @ts-ignore: decorator
@inline
export function now(): u32 {
  return mfspr(284);
}

/** Returns when the time base has reached `deadline`; at once if it lies in the past. */
// @ts-ignore: decorator
@inline
export function waitUntil(deadline: u32): void {
  while (<i32>(now() - deadline) < 0) {}
}

/** Waits at least `cycles` PPU cycles. */
export function waitCycles(cycles: u32): void {
  waitUntil(now() + cycles);
}

/** Starts the decrementer at `cycles` (SPR 22); its interrupt needs `enableDecrementer`. */
// @ts-ignore: decorator
@inline
export function setDecrementer(cycles: u32): void {
  mtspr(22, cycles);
}

/** Reloads the decrementer with `cycles` whenever it runs out (DECAR, TCR.ARE), with interrupt (TCR.DIE). */
export function startPeriodicDecrementer(cycles: u32): void {
  mtspr(54, cycles);
  mtspr(340, 0x04400000);
  mtspr(22, cycles);
}

/** Acknowledges the decrementer interrupt (TSR.DIS, write one to clear). */
// @ts-ignore: decorator
@inline
export function acknowledgeDecrementer(): void {
  mtspr(336, 0x08000000);
}

/** Acknowledges the interrupt of the fixed interval timer (TSR.FIS). */
// @ts-ignore: decorator
@inline
export function acknowledgeFixedIntervalTimer(): void {
  mtspr(336, 0x04000000);
}
