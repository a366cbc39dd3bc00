import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSource } from "../../../src/toolchain/compile.ts";
import { runMachine } from "./machine.ts";
import { runReference } from "./reference.ts";
import { pressureFunction, VECTOR_PRELUDE, vectorFunction } from "./vector-programs.ts";

const RESULT_BYTES = 128;
const BATCHES = 6;
const FUNCTIONS = 20;

/** Calls every function twice and keeps the results. */
function program(bodies: readonly string[]): string {
  return `${VECTOR_PRELUDE}
const results = memory.data(${2 * RESULT_BYTES * bodies.length});
${bodies
  .map(
    (body, i) => `// @ts-ignore: decorator
@cold
export function f${i}(a: Bytes, b: Bytes, h: Halves, n: i32): Bytes {
  ${body}
}
`,
  )
  .join("")}
export function main(): i32 {
  for (let round = 0; round < 2; round++) {
    const a = loadBytes(area, round * 64);
    const b = loadBytes(area, 256);
    const h = loadHalves(area, 512 + round * 128);
    const n = load<u8>(area + 7 + round);
${bodies
  .map(
    (_, i) =>
      `    storeBytes(f${i}(a, b, h, n), results + ${RESULT_BYTES * i} + round * ${RESULT_BYTES * bodies.length});`,
  )
  .join("\n")}
  }
  return 0;
}
`;
}

async function compare(bodies: readonly string[]): Promise<void> {
  const { image, module, wasm } = await compileSource(program(bodies));
  const machine = runMachine(image);
  const reference = runReference(wasm);
  for (const name of ["main/results", "main/area"]) {
    const data = module.data.find((entry) => entry.name === name) ?? expect.fail(name);
    const actual = machine.bytes(data.address, data.bytes.length);
    const expected = new Uint8Array(reference.memory.buffer, data.address, data.bytes.length);
    const wrong = actual.findIndex((value, i) => value !== expected[i]);
    if (wrong >= 0) {
      const index = Math.floor(wrong / RESULT_BYTES) % bodies.length;
      expect.fail(
        `${name}[${wrong}] is ${actual[wrong]} instead of ${expected[wrong]}; f${index}:\n${bodies[index]}`,
      );
    }
  }
}

describe("generated vector programs", () => {
  const batches = Array.from({ length: BATCHES }, (_, n) => n);

  it.each(batches)("give the same results as machine code and in the lane model: batch %i", async (batch) => {
    await compare(fc.sample(vectorFunction, { seed: 2000 + batch, numRuns: FUNCTIONS }));
  });

  it.each(batches)("survive more live vectors than registers: batch %i", async (batch) => {
    await compare(fc.sample(pressureFunction, { seed: 3000 + batch, numRuns: FUNCTIONS / 2 }));
  });
});
