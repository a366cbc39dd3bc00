import { mfspr } from "./intrinsics";
import { expectBetween, expectTrue, test } from "./testing";
import { now, setDecrementer, waitCycles, waitUntil } from "./time";

const DECREMENTER: u32 = 22;

test("waitCycles waits at least so long, and little longer", () => {
  for (let cycles: u32 = 100; cycles < 3000; cycles += 700) {
    const start = now();
    waitCycles(cycles);
    expectBetween(now() - start, cycles, cycles + 60);
  }
});

test("waitUntil returns at once when the time has passed", () => {
  const start = now();
  waitUntil(start - 5);
  waitUntil(start + 0x80001000);
  expectBetween(now() - start, 0, 60);
});

test("the decrementer counts down with the time base", () => {
  setDecrementer(100000);
  const start = now();
  const first = mfspr(DECREMENTER);
  waitCycles(500);
  const elapsed = now() - start;
  expectBetween(first - mfspr(DECREMENTER), elapsed - 4, elapsed + 12);
  expectTrue(first <= 100000);
});
