import { EXTERNAL_MEMORY } from "../lib/addresses";
import { load16, load8 } from "../lib/intrinsics";
import { describe, expectBytes, expectEqual, expectHalves, test } from "../lib/testing";
import { loadBytes, loadHalves, splatBytes, splatHalves, sync } from "../lib/vector";
import { results } from "../mnist/run";
import { AS_IT_IS, header, layer, RELU, REQUANTISE } from "./layout";
import {
  accumulate,
  addPartialSums,
  clearOutput,
  finishSums,
  keep,
  output,
  readPartialSums,
  sums,
  writeOutput,
  writePartialSums,
} from "./sums";

// A layer as wide as the array: all 128 lanes of even and of odd columns.
layer.sumStride = 128;
layer.sumVectors = 4;
layer.channelStep = 1;

/** Results as an array run leaves them: lane k holds k - 64, negated in the odd columns. */
function putRamp(): void {
  for (let k = 0; k < 128; k++) {
    store<i8>(results + k, k - 64);
    store<i8>(results + 128 + k, 64 - k);
  }
  sync();
}

/** Sum of a column of results: the slices of 16 columns lie half in one vector, half in the next. */
function sumOf(parity: i32, k: i32): i32 {
  const slice = k >> 4;
  const inSlice = k & 15;
  const vector = 2 * parity + (inSlice >> 3);
  return load<i16>(sums + 128 * vector + 2 * (8 * slice + (inSlice & 7)));
}

describe("accumulate", () => {
  test("widens results with their signs", () => {
    putRamp();
    accumulate(0, true);
    sync();
    for (let k = 0; k < 128; k++) {
      expectEqual(sumOf(0, k), k - 64);
      expectEqual(sumOf(1, k), 64 - k);
    }
  });

  test("adds blocks beyond 8 bits", () => {
    splatBytes(127).store(results);
    splatBytes(-128).store(results, 128);
    for (let block = 0; block < 5; block++) accumulate(0, block == 0);
    expectHalves(loadHalves(sums), splatHalves(635));
    expectHalves(loadHalves(sums, 128), splatHalves(635));
    expectHalves(loadHalves(sums, 256), splatHalves(-640));
    expectHalves(loadHalves(sums, 384), splatHalves(-640));
  });

  test("the first block replaces what was there", () => {
    for (let at = 0; at < 512; at += 128) splatHalves(9999).store(sums, at);
    splatBytes(1).store(results);
    splatBytes(2).store(results, 128);
    accumulate(0, true);
    expectHalves(loadHalves(sums, 128), splatHalves(1));
    expectHalves(loadHalves(sums, 384), splatHalves(2));
  });
});

describe("finishSums", () => {
  test("clamps to 8 bits", () => {
    splatHalves(300).store(sums);
    splatHalves(300).store(sums, 128);
    splatHalves(-300).store(sums, 256);
    splatHalves(-300).store(sums, 384);
    finishSums();
    expectBytes(loadBytes(results), splatBytes(127));
    expectBytes(loadBytes(results, 128), splatBytes(-128));
  });

  test("undoes accumulate for one block", () => {
    putRamp();
    accumulate(0, true);
    splatBytes(0).store(results);
    splatBytes(0).store(results, 128);
    finishSums();
    sync();
    for (let k = 0; k < 128; k++) {
      expectEqual(load<i8>(results + k), k - 64);
      expectEqual(load<i8>(results + 128 + k), 64 - k);
    }
  });
});

test("partial sums survive the external memory", () => {
  const offset: u32 = 0x4000;
  putRamp();
  accumulate(0, true);
  writePartialSums(offset);
  addPartialSums(offset);
  sync();
  for (let k = 0; k < 128; k += 9) expectEqual(sumOf(0, k), 2 * (k - 64));
  readPartialSums(offset);
  sync();
  for (let k = 0; k < 128; k += 9) expectEqual(sumOf(1, k), 64 - k);
});

describe("keep", () => {
  test("takes even and odd columns in turn, as they are", () => {
    putRamp();
    layer.activation = AS_IT_IS;
    layer.outputs = 9;
    keep(output);
    for (let n = 0; n < 9; n++) expectEqual(load<i8>(output + n), (n & 1 ? 64 : -64) + (n & 1 ? -(n >> 1) : n >> 1));
    expectEqual(load<i8>(output + 9), 0);
  });

  test("relu cuts off what is negative", () => {
    splatBytes(-5).store(results);
    splatBytes(100).store(results, 128);
    layer.activation = RELU;
    layer.outputs = 4;
    keep(output);
    for (let n = 0; n < 4; n++) expectEqual(load<u8>(output + n), n & 1 ? 100 : 0);
  });

  test("requantising shifts and ends at 31", () => {
    layer.activation = REQUANTISE;
    layer.outputs = 2;
    for (let shift: u32 = 0; shift <= 4; shift++) {
      splatBytes(100).store(results);
      splatBytes(-100).store(results, 128);
      layer.shift = shift;
      keep(output);
      expectEqual(load<u8>(output), min(31, 100 >> shift));
      expectEqual(load<u8>(output + 1), 0);
    }
  });
});

test("writeOutput writes the slot of the image and its class", () => {
  header.slots = 0x8000;
  header.slotBytes = 0x100;
  header.classes = 0x9000;
  layer.outputVectors = 1;
  layer.argmax = 10;
  clearOutput();
  for (let n = 0; n < 10; n++) store<i8>(output + n, n == 7 ? 3 : -n - 1);
  writeOutput(2);
  sync();
  expectEqual(load16(EXTERNAL_MEMORY + 0x9000 + 4), 7);
  // words of a vector are reversed
  expectEqual(load8(EXTERNAL_MEMORY + 0x8200 + (7 ^ 124)), 3);
});
