import { describe, expect, it } from "vitest";
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../../src/core/layout.ts";
import { loadKernels } from "../../src/core/vector/kernels.ts";
import { executeLane } from "../../src/core/vector/lane-model.ts";
import {
  type AccumulatorState,
  accumulatorFromHex,
  accumulatorToHex,
  conditionFromHex,
  conditionToHex,
  lanesFromHex,
  lanesToHex,
  readAccumulatorState,
  readLanes,
  writeAccumulatorState,
  writeLanes,
} from "../../src/core/vector/lanes.ts";
import { changed, readRecords, rowByMnemonic, type VectorRecord } from "./golden-records.ts";

const records = readRecords();
const laneRecords = records.filter(({ i }) => rowByMnemonic.get(i)?.vector?.width !== "none");

const accumulatorState = ({ acc, vcr }: VectorRecord): AccumulatorState => ({
  acc: accumulatorFromHex(acc),
  vcr: { eq: conditionFromHex(vcr.eq), gt: conditionFromHex(vcr.gt), lt: conditionFromHex(vcr.lt) },
});
const asText = ({ acc, vcr }: AccumulatorState) => ({
  acc: accumulatorToHex(acc),
  vcr: { eq: conditionToHex(vcr.eq), gt: conditionToHex(vcr.gt), lt: conditionToHex(vcr.lt) },
});
const expected = ({ vrt, acc, vcr, out }: VectorRecord) => ({
  vrt: changed(out.vrt, vrt),
  acc: changed(out.acc, acc),
  vcr: changed(out.vcr, vcr),
});
const wordOf = ({ w }: VectorRecord) => Number.parseInt(w, 16) | 0;
const scalarOf = (record: VectorRecord) =>
  Number.parseInt(record.gpr?.[(wordOf(record) >>> 16) & 31] ?? "0", 16) | 0;
const optionalLanes = (digits: string | undefined) =>
  digits === undefined ? undefined : lanesFromHex(digits);

describe("vector instructions recorded in the RTL", () => {
  it("cover all rows", () => {
    expect(records).toHaveLength(2226);
    expect(new Set(records.map(({ i }) => i))).toEqual(
      new Set(FXV_INSTRUCTIONS.map(({ mnemonic }) => mnemonic)),
    );
  });

  it("agree with the lane model", () => {
    for (const record of laneRecords) {
      const state = accumulatorState(record);
      const vrt = lanesFromHex(record.vrt);
      const result = executeLane(
        rowByMnemonic.get(record.i)!,
        {
          vra: optionalLanes(record.vra),
          vrb: optionalLanes(record.vrb),
          vrt,
          scalar: scalarOf(record),
          imm: record.imm,
          cond: record.cond,
        },
        state,
      );
      expect({ vrt: lanesToHex(result ?? vrt), ...asText(state) }, record.w).toEqual(expected(record));
    }
  });

  it("agree with the kernels", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const kernels = loadKernels(memory);
    const register = (field: number) => MEMORY_LAYOUT.vectors + (field & 31) * VECTOR_BYTES;
    for (const record of laneRecords) {
      const word = wordOf(record);
      writeLanes(memory, register(word >>> 21), lanesFromHex(record.vrt));
      if (record.vra) writeLanes(memory, register(word >>> 16), lanesFromHex(record.vra));
      if (record.vrb) writeLanes(memory, register(word >>> 11), lanesFromHex(record.vrb));
      writeAccumulatorState(memory, accumulatorState(record));
      kernels.execute(FXV_INSTRUCTIONS.indexOf(rowByMnemonic.get(record.i)!), word, scalarOf(record));
      const vrt = lanesToHex(readLanes(memory, register(word >>> 21)));
      expect({ vrt, ...asText(readAccumulatorState(memory)) }, record.w).toEqual(expected(record));
    }
  });
});
