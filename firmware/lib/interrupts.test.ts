import {
  disableInterrupts,
  enableDecrementer,
  enableFixedIntervalTimer,
  enableInterrupts,
  sleepCycles,
  stopTimers,
} from "./interrupts";
import { load32, mfmsr, store32, wait } from "./intrinsics";
import { expectBetween, expectEqual, test } from "./testing";
import {
  acknowledgeDecrementer,
  acknowledgeFixedIntervalTimer,
  now,
  setDecrementer,
  startPeriodicDecrementer,
  waitCycles,
} from "./time";

const decrementer = memory.data(4, 4);
const interval = memory.data(4, 4);
/** Values that a handler must not destroy. */
const sums = memory.data(8, 4);

export function isr_dec(): void {
  acknowledgeDecrementer();
  store32(decrementer, load32(decrementer) + 1);
}

export function isr_fit(): void {
  acknowledgeFixedIntervalTimer();
  store32(interval, load32(interval) + 1);
}

test("the decrementer interrupts once", () => {
  enableDecrementer();
  enableInterrupts();
  setDecrementer(300);
  waitCycles(2000);
  disableInterrupts();
  stopTimers();
  expectEqual(load32(decrementer), 1);
});

test("a periodic decrementer goes on until it is stopped", () => {
  startPeriodicDecrementer(500);
  enableInterrupts();
  waitCycles(5100);
  stopTimers();
  expectEqual(load32(decrementer), 10);
  waitCycles(2000);
  disableInterrupts();
  expectEqual(load32(decrementer), 10);
});

test("the fixed interval timer comes every 512 cycles", () => {
  enableFixedIntervalTimer(0);
  enableInterrupts();
  waitCycles(5120);
  disableInterrupts();
  stopTimers();
  expectBetween(load32(interval), 9, 11);
});

test("without MSR.EE nothing interrupts", () => {
  startPeriodicDecrementer(100);
  waitCycles(1000);
  stopTimers();
  expectEqual(load32(decrementer), 0);
  expectEqual(mfmsr() & 0x8000, 0);
});

test("a handler leaves the registers of the program alone", () => {
  let sum: u32 = 0;
  let product: u32 = 1;
  startPeriodicDecrementer(97);
  enableInterrupts();
  for (let i: u32 = 1; i <= 2000; i++) {
    sum += i;
    product = product * 3 + i;
  }
  disableInterrupts();
  stopTimers();
  store32(sums, sum);
  store32(sums + 4, product);
  expectEqual(load32(sums), 2001000);
  let expected: u32 = 1;
  for (let i: u32 = 1; i <= 2000; i++) expected = expected * 3 + i;
  expectEqual(load32(sums + 4), expected);
  expectBetween(load32(decrementer), 20, 2000);
});

test("sleepCycles sleeps as long as asked for", () => {
  for (let cycles: u32 = 200; cycles <= 20000; cycles *= 10) {
    const start = now();
    const slept = sleepCycles(cycles);
    expectBetween(slept, cycles, cycles + 100);
    expectBetween(now() - start, slept, slept + 120);
  }
});

test("with MSR.EE set, wait sleeps again behind each interrupt", () => {
  startPeriodicDecrementer(1000);
  enableInterrupts();
  wait();
}).expectTimeout(20000);
