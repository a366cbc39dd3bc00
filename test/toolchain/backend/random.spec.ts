import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Interpreter } from "./interpreter.ts";
import { compileAndRun } from "./machine.ts";
import { DATA_END, randomProgram } from "./random-program.ts";

/** Compares return code, static data, vectors in memory and globals with the interpreter of the trees. */
function check(seed: number, size: number): void {
  const module = randomProgram(seed, size);
  const expected = new Interpreter(module);
  let result: number;
  try {
    result = expected.run();
  } catch (error) {
    if (error instanceof RangeError && error.message === "out of fuel") return;
    throw error;
  }
  const outcome = compileAndRun(module, { minimumStack: 64 }, 20_000_000);
  expect(outcome.returnCode).toBe(result);
  for (let at = 0x100; at < DATA_END; at += 4) {
    expect(outcome.word(at), `word at 0x${at.toString(16)}`).toBe(expected.memory.getInt32(at));
  }
  expect(outcome.word(DATA_END)).toBe(expected.globals.get("g0"));
  expect(outcome.word(DATA_END + 4)).toBe(expected.globals.get("g1"));
}

describe("random programs compute what their trees say", () => {
  it.each([
    [60, 100],
    [200, 40],
    [500, 15],
  ])("of about %i nodes a function", (size, numRuns) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 30 }), (seed) => check(seed, size)),
      { seed: 20260721, numRuns, endOnFailure: true },
    );
  });
});
