import { EXTERNAL_MEMORY } from "./addresses";
import { copyReversed, readExternal, reversed, writeExternal } from "./external";
import { load32, store32, store8, sync } from "./intrinsics";
import { expectBytes, expectEqual, expectWord, test } from "./testing";
import { loadBytes, splatBytes } from "./vector";

const copy = memory.data(384, 128);

test("what is written through the vector port is read back", () => {
  for (let i = 0; i < 128; i++) store<u8>(copy + i, 3 * i + 1);
  sync();
  writeExternal(loadBytes(copy), 0x1230);
  writeExternal(splatBytes(5), 0x1230 + 128);
  sync();
  expectBytes(readExternal(0x1230), loadBytes(copy));
  expectBytes(readExternal(0x1230 + 128), splatBytes(5));
});

test("a byte of memory is the lane that reversed() says", () => {
  for (let n: u32 = 0; n < 128; n++) store8(EXTERNAL_MEMORY + 256 + n, n);
  sync();
  readExternal(256).store(copy);
  sync();
  for (let n: u32 = 0; n < 128; n++) {
    expectEqual(load<u8>(copy + reversed(n)), n);
    expectEqual(reversed(reversed(n)), n);
  }
});

test("scalar loads see what vectors wrote", () => {
  for (let i: u32 = 0; i < 32; i++) store<u32>(copy + 4 * i, 0x01000000 * i + i);
  sync();
  writeExternal(loadBytes(copy), 512);
  sync();
  for (let i: u32 = 0; i < 32; i++) {
    expectWord(load32(EXTERNAL_MEMORY + 512 + 4 * i), 0x01000000 * (31 - i) + (31 - i));
  }
});

test("copyReversed copies several vectors", () => {
  for (let i: u32 = 0; i < 96; i++) store32(EXTERNAL_MEMORY + 0x800 + 4 * i, i);
  sync();
  copyReversed(copy, 0x800, 3);
  for (let i: u32 = 0; i < 96; i++) expectEqual(load<u32>(copy + (i & ~31) * 4 + reversed(4 * (i & 31))), i);
});

test("the host puts input into external memory before the start", () => {
  // this file itself: import {
  expectWord(load32(EXTERNAL_MEMORY), 0x696d706f);
  expectWord(load32(EXTERNAL_MEMORY + 4), 0x7274207b);
}).load("external.test.ts", EXTERNAL_MEMORY);
