/** External interrupts. Handlers are exported functions `isr_einput`, `isr_doorbell`, `isr_fit`, `isr_dec`, … */
import { mfmsr, mtmsr, mtspr } from "./intrinsics";

const EXTERNAL_ENABLE: u32 = 0x8000;

/** Sets MSR.EE. */
// @ts-ignore: decorator
@inline
export function enableInterrupts(): void {
  mtmsr(mfmsr() | EXTERNAL_ENABLE);
}

/** Clears MSR.EE. */
// @ts-ignore: decorator
@inline
export function disableInterrupts(): void {
  mtmsr(mfmsr() & ~EXTERNAL_ENABLE);
}

/** ICCR (SPR 68): which of the pins 0..3 interrupt, and on which level or edge; see nux interrupt control. */
// @ts-ignore: decorator
@inline
export function configurePins(mask: u32, activeLow: u32, level: u32): void {
  mtspr(68, (mask << 8) | (activeLow << 12) | (level << 16) | 1);
}
