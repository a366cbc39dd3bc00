import { detectHemisphere } from "../lib/location";
import { expectEqual, test } from "../lib/testing";
import { sync } from "../lib/vector";
import { medianOf, medianOfChip } from "./median";

const values = memory.data(16, 4);

function put(index: i32, value: i32): void {
  store<i16>(values + 2 * index, value);
}

test("the median of an even number is the mean of the middle two, rounded down", () => {
  put(0, 100);
  put(1, -7);
  put(2, 3);
  put(3, 6);
  expectEqual(medianOf(values, 4, 0, 0, 2), 4);
  put(3, -32768);
  expectEqual(medianOf(values, 4, 0, 0, 2), -2);
});

test("a mask chooses values by their index", () => {
  for (let i = 0; i < 8; i++) put(i, i & 1 ? 1000 + i : -i);
  expectEqual(medianOf(values, 8, 1, 1, 2), 1004);
  expectEqual(medianOf(values, 8, 1, 0, 2), -3);
});

test("equal values are their own median", () => {
  for (let i = 0; i < 8; i++) put(i, 32767);
  expectEqual(medianOf(values, 8, 0, 0, 4), 32767);
});

test("both PPUs find the median of all their values", () => {
  const here = <i32>detectHemisphere();
  // top: 0 2 4 6, bottom: 1 3 5 7
  for (let i = 0; i < 4; i++) put(i, 2 * i + here);
  sync();
  expectEqual(medianOfChip(values, 4, here), 3);
  for (let i = 0; i < 4; i++) put(i, here ? 50 : -50);
  expectEqual(medianOfChip(values, 4, here), 0);
}).onBothPpus();
