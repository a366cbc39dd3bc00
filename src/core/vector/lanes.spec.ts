import { describe, expect, it } from "vitest";
import { instructionByMnemonic } from "../../../isa/index.ts";
import { MEMORY_LAYOUT } from "../layout.ts";
import { kernelArgument, loadKernels } from "./kernels.ts";
import { enabledLanes, executeLane } from "./lane-model.ts";
import {
  accumulatorFromHex,
  accumulatorToHex,
  conditionFromHex,
  conditionToHex,
  emptyAccumulatorState,
  lanesFromHex,
  lanesToHex,
  readLanes,
  writeLanes,
} from "./lanes.ts";

const counting = Uint8Array.from({ length: 128 }, (_, lane) => lane);

describe("lane order", () => {
  it("keeps guest words in host order in memory", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    writeLanes(memory, MEMORY_LAYOUT.vectors, counting);
    expect(new Uint32Array(memory.buffer, MEMORY_LAYOUT.vectors, 2)).toEqual(
      Uint32Array.of(0x00010203, 0x04050607),
    );
    expect(readLanes(memory, MEMORY_LAYOUT.vectors)).toEqual(counting);
  });

  it("writes digits with lane 0 first", () => {
    expect(lanesToHex(counting).slice(0, 8)).toBe("00010203");
    expect(lanesFromHex(lanesToHex(counting))).toEqual(counting);
    const acc = Int32Array.from({ length: 64 }, (_, lane) => -lane);
    expect(accumulatorToHex(acc).slice(0, 24)).toBe("00000000fffffffffffffffe");
    expect(accumulatorFromHex(accumulatorToHex(acc))).toEqual(acc);
    const first = Uint8Array.from(counting, (lane) => (lane === 0 ? 1 : 0));
    expect(conditionToHex(first)).toBe(`8${"0".repeat(31)}`);
    expect(conditionFromHex(conditionToHex(first))).toEqual(first);
  });

  it.each([lanesFromHex, accumulatorFromHex, conditionFromHex])("refuses other digits", (parse) => {
    expect(() => parse("12")).toThrow(RangeError);
    expect(() => parse("g".repeat(256))).toThrow(/hexadecimal digits/);
  });
});

describe("lane model", () => {
  const halfwords = (...values: number[]) => {
    const lanes = new Uint8Array(128);
    values.forEach((value, i) => {
      lanes.set([value >> 8, value], 2 * i);
    });
    return lanes;
  };

  it("multiplies fractions as in the text of fxv-isa", () => {
    const row = instructionByMnemonic("fxvmulhfs")!;
    const a = halfwords(0x8000, 0x4000, 0x7fff);
    const b = halfwords(0x8000, 0x4000, 0xffff);
    expect(executeLane(row, { vra: a, vrb: b }, emptyAccumulatorState())).toEqual(
      halfwords(0x7fff, 0x2000, 0xffff),
    );
  });

  it("writes the enabled bytes of a halfword result only", () => {
    const state = emptyAccumulatorState();
    state.vcr.gt[1] = 1;
    const row = instructionByMnemonic("fxvaddhm")!;
    const result = executeLane(
      row,
      { vra: halfwords(0x1234), vrb: halfwords(0x1111), vrt: halfwords(0xaabb), cond: 1 },
      state,
    );
    expect(result).toEqual(halfwords(0xaa45));
    expect(enabledLanes(1, state.vcr)).toBe(state.vcr.gt);
  });

  it("changes the accumulator in place and returns nothing", () => {
    const state = emptyAccumulatorState();
    expect(
      executeLane(instructionByMnemonic("fxvmtach")!, { vra: halfwords(0xfffe) }, state),
    ).toBeUndefined();
    expect(state.acc[0]).toBe(-2);
  });

  it("refuses rows that are no lane operation", () => {
    const state = emptyAccumulatorState();
    expect(() => executeLane(instructionByMnemonic("fxvlax")!, {}, state)).toThrow(
      /fxvlax is not a lane operation/,
    );
    const strange = { ...instructionByMnemonic("fxvaddhm")!, meaning: "VRT = clz(VRA)" };
    expect(() => executeLane(strange, {}, state)).toThrow(/fxvaddhm uses clz\(\)/);
  });
});

describe("kernels", () => {
  it("are found by position and refuse rows without one", () => {
    const kernels = loadKernels(new WebAssembly.Memory({ initial: 1 }));
    const transfers = kernels.byIndex.flatMap((kernel, index) => (kernel ? [] : [index]));
    expect(() => kernels.execute(transfers[0], 0, 0)).toThrow(/has no lane operation/);
  });

  it("take what their row needs", () => {
    const argument = (mnemonic: string) => kernelArgument(instructionByMnemonic(mnemonic)!);
    expect(["fxvaddhm", "fxvsel", "fxvpckbu", "fxvshb", "fxvsplath"].map(argument)).toEqual([
      "mask",
      "mask",
      "count",
      "amount",
      "value",
    ]);
  });
});
