import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES, VECTOR_REGISTERS } from "../../src/core/layout.ts";
import { loadKernels } from "../../src/core/vector/kernels.ts";
import { executeLane } from "../../src/core/vector/lane-model.ts";
import {
  type AccumulatorState,
  accumulatorToHex,
  conditionToHex,
  lanesToHex,
  readAccumulatorState,
  readLanes,
  writeAccumulatorState,
  writeLanes,
} from "../../src/core/vector/lanes.ts";
import { RandomLanes } from "./random-lanes.ts";

const memory = new WebAssembly.Memory({ initial: 1 });
const kernels = loadKernels(memory);
const offset = (register: number) => MEMORY_LAYOUT.vectors + register * VECTOR_BYTES;
const laneRows = FXV_INSTRUCTIONS.map((row, index) => ({ row, index })).filter(
  ({ row }) => row.vector?.width !== "none",
);

const text = ({ acc, vcr }: AccumulatorState) =>
  [accumulatorToHex(acc), conditionToHex(vcr.eq), conditionToHex(vcr.gt), conditionToHex(vcr.lt)].join(" ");

/** Few numbers, so that registers often coincide. */
const REGISTERS = [0, 1, 2, VECTOR_REGISTERS - 1];
const register = fc.constantFrom(...REGISTERS);
const execution = fc.record({
  seed: fc.integer(),
  vrt: register,
  vra: register,
  vrb: register,
  cond: fc.integer({ min: 0, max: 3 }),
  imm: fc.integer({ min: -16, max: 15 }),
  scalar: fc.integer(),
});

describe("kernels and lane model", () => {
  it("cover every lane operation", () => {
    expect(laneRows).toHaveLength(49);
    expect(laneRows.every(({ index }) => kernels.byIndex[index] !== undefined)).toBe(true);
    expect(kernels.byIndex.filter((kernel) => kernel === undefined)).toHaveLength(4);
  });

  it.each(laneRows.map(({ row, index }) => [row.mnemonic, row, index] as const))(
    "agree on %s",
    (_, row, index) => {
      const shift = row.timing === "shift";
      fc.assert(
        fc.property(execution, ({ seed, vrt, vra, vrb, cond, imm, scalar }) => {
          const random = new RandomLanes(seed);
          const registers: Uint8Array[] = [];
          for (const number of REGISTERS) {
            registers[number] = random.vector();
            writeLanes(memory, offset(number), registers[number]);
          }
          const state = random.accumulatorState();
          writeAccumulatorState(memory, state);
          const word = row.match | (vrt << 21) | (vra << 16) | ((shift ? imm & 31 : vrb) << 11) | cond;
          kernels.execute(index, word, scalar);
          const operands = {
            vra: registers[vra],
            vrb: registers[vrb],
            vrt: registers[vrt],
            scalar,
            imm,
            cond,
          };
          registers[vrt] = executeLane(row, operands, state) ?? registers[vrt];
          expect(text(readAccumulatorState(memory))).toBe(text(state));
          for (const number of REGISTERS) {
            expect(lanesToHex(readLanes(memory, offset(number))), `v${number}`).toBe(
              lanesToHex(registers[number]),
            );
          }
        }),
        { seed: 53, numRuns: 60 },
      );
    },
  );

  it("leave everything but registers, accumulator and masks alone", () => {
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(0xa5);
    const { acc, vcr } = new RandomLanes(1).accumulatorState();
    writeAccumulatorState(memory, { acc, vcr });
    const before = bytes.slice();
    for (const { row, index } of laneRows) kernels.execute(index, row.match | (5 << 21), 7);
    const touched = bytes.findIndex((byte, at) => {
      const own = at >= offset(5) && at < offset(6);
      const state = at >= MEMORY_LAYOUT.accumulator && at < MEMORY_LAYOUT.staging;
      return byte !== before[at] && !own && !state;
    });
    expect(touched).toBe(-1);
  });
});
