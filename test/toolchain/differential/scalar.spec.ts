import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSource } from "../../../src/toolchain/compile.ts";
import { type MachineRun, runMachine } from "./machine.ts";
import { type ReferenceRun, runReference } from "./reference.ts";
import { PRELUDE, scalarFunction } from "./scalar-programs.ts";

const INPUTS = [0, 1, -1, 5, -7, 255, 256, -32768, 65535, 0x7fffffff, -0x80000000, 0x12345678];

/** A program that calls every function with several inputs and keeps all results and the state they leave. */
function program(bodies: readonly string[]): string {
  const functions = bodies.map((body, i) => {
    // Functions alternate between SRAM and external memory, which also leaves room for many of them.
    const cold = i % 4 !== 0 ? "// @ts-ignore: decorator\n@cold\n" : "";
    return `${cold}export function f${i}(a: i32, b: i32, c: i32): i32 {\n  ${body}\n}\n`;
  });
  const calls = bodies.map(
    (_, i) => `    store<i32>(results + ${4 * i} + round * ${4 * bodies.length}, f${i}(a, b, c));`,
  );
  return `${PRELUDE}
const inputs = memory.data<i32>([${INPUTS}]);
const results = memory.data(${16 * bodies.length});
${functions.join("")}
export function main(): i32 {
  for (let round = 0; round < 4; round++) {
    const a = load<i32>(inputs + (((round * 3) % 12) << 2));
    const b = load<i32>(inputs + (((round * 5 + 1) % 12) << 2));
    const c = load<i32>(inputs + (((round * 7 + 2) % 12) << 2));
${calls.join("\n")}
  }
  return global32 ^ global16;
}
`;
}

/** Words of a variable in both runs, in machine and WebAssembly byte order. */
function bothRuns(
  machine: MachineRun,
  reference: ReferenceRun,
  data: { readonly address: number; readonly bytes: Uint8Array },
  width: 1 | 2 | 4,
): [machine: number[], reference: number[]] {
  const read = (view: DataView, littleEndian: boolean): number[] =>
    Array.from({ length: data.bytes.length / width }, (_, i) => {
      if (width === 1) return view.getUint8(i);
      return width === 2 ? view.getUint16(2 * i, littleEndian) : view.getInt32(4 * i, littleEndian);
    });
  return [
    read(new DataView(machine.bytes(data.address, data.bytes.length).buffer), false),
    read(new DataView(reference.memory.buffer, data.address, data.bytes.length), true),
  ];
}

const BATCHES = 6;
const FUNCTIONS = 24;

describe("generated scalar programs", () => {
  it.each(Array.from({ length: BATCHES }, (_, n) => n))(
    "give the same results as machine code and as WebAssembly: batch %i",
    async (batch) => {
      const bodies = fc.sample(scalarFunction, { seed: 1000 + batch, numRuns: FUNCTIONS });
      const { image, module, wasm } = await compileSource(program(bodies));
      const machine = runMachine(image);
      const reference = runReference(wasm);
      const variable = (name: string) =>
        module.data.find((data) => data.name === `main/${name}`) ?? expect.fail(name);
      const [actual, expected] = bothRuns(machine, reference, variable("results"), 4);
      const wrong = actual.findIndex((value, i) => value !== expected[i]);
      if (wrong >= 0) {
        const index = wrong % bodies.length;
        const round = Math.floor(wrong / bodies.length);
        expect.fail(
          `f${index} of round ${round} returns ${actual[wrong]} instead of ${expected[wrong]}:\n${bodies[index]}`,
        );
      }
      for (const [name, width] of [
        ["bytes8", 1],
        ["halves16", 2],
        ["words32", 4],
      ] as const) {
        const [left, right] = bothRuns(machine, reference, variable(name), width);
        expect(left, name).toEqual(right);
      }
      expect(machine.exitCode).toBe(reference.exitCode);
    },
  );
});
