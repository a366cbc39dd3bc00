import { describe, expect, it } from "vitest";
import { readProgram, replay } from "./replay.ts";

/** Recorded in the RTL; three configurations of branch cache and port latencies each. */
const PROGRAMS = ["p05_vector_saxpy", "p24_vector_random", "p25_vector_random"];

describe.each(PROGRAMS)("vector timing of %s", (name) => {
  const program = readProgram(name);
  it.each(program.runs.map((run, index) => [index, run] as const))("configuration %i", (_, run) => {
    const { issued, requests } = replay(program, run);
    expect(issued).toEqual(run.retired.map(([cycle]) => cycle));
    expect(requests).toEqual((run.pio_requests ?? []).map(([cycle]) => cycle));
  });
});
