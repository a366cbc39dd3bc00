/** Interrupts. Handlers are exported functions `isr_einput`, `isr_doorbell`, `isr_fit`, `isr_dec`, … */
import { mfmsr, mfspr, mtmsr, mtspr, sync, wait } from "./intrinsics";
import { acknowledgeDecrementer, now, setDecrementer } from "./time";

const EXTERNAL_ENABLE: u32 = 0x8000;
const TSR: u32 = 336;
const TCR: u32 = 340;
const DECREMENTER_ENABLE: u32 = 0x04000000;
const FIXED_INTERVAL_ENABLE: u32 = 0x00800000;
const FIXED_INTERVAL_PERIOD: u32 = 0x03000000;
const TIMER_REQUESTS: u32 = 0x0c000000;

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

/** Lets the decrementer interrupt, or wake a `wait`, when it runs out (TCR.DIE). */
// @ts-ignore: decorator
@inline
export function enableDecrementer(): void {
  mtspr(TCR, mfspr(TCR) | DECREMENTER_ENABLE);
}

/** The same for the fixed interval timer (TCR.FIE, FP), every 512, 8192, 131072 or 2097152 cycles for `period` 0..3. */
export function enableFixedIntervalTimer(period: u32): void {
  mtspr(TCR, (mfspr(TCR) & ~FIXED_INTERVAL_PERIOD) | ((period & 3) << 24) | FIXED_INTERVAL_ENABLE);
}

/** Disables both timers' interrupts and drops their requests. Needed before `main` returns: a timer wakes the final `wait`. */
export function stopTimers(): void {
  mtspr(TCR, 0);
  mtspr(TSR, TIMER_REQUESTS);
}

/**
 * Sleeps for `cycles` PPU cycles or a few more, at most 2^31, and returns how many it were. For programs that use neither interrupts
 * (MSR.EE is 0) nor timers otherwise; leaves the timers stopped.
 */
export function sleepCycles(cycles: u32): u32 {
  sync();
  const start = now();
  enableDecrementer();
  setDecrementer(cycles);
  while (now() - start < cycles) wait();
  acknowledgeDecrementer();
  stopTimers();
  return now() - start;
}
