import { describe, expectBytes, expectEqual, expectHalves, test } from "./testing";
import {
  type Bytes,
  EQ,
  GT,
  type Halves,
  loadBytes,
  loadHalves,
  LT,
  splatBytes,
  splatHalves,
  sync,
} from "./vector";

/** Lane n holds n - 64: negative, zero and positive lanes. */
const ramp = memory.data(128, 128);
const out = memory.data(128, 128);

for (let i = 0; i < 128; i++) store<i8>(ramp + i, i - 64);
sync();

function lane(value: Bytes, index: i32): i32 {
  value.store(out);
  sync();
  return load<i8>(out + index);
}

function half(value: Halves, index: i32): i32 {
  value.store(out);
  sync();
  return load<i16>(out + 2 * index);
}

describe("bytes", () => {
  test("operators are modular", () => {
    expectBytes(splatBytes(100) + splatBytes(100), splatBytes(-56));
    expectBytes(splatBytes(-100) - splatBytes(100), splatBytes(56));
    expectBytes(splatBytes(-7) * splatBytes(19), splatBytes(123));
    expectBytes(-splatBytes(-128), splatBytes(-128));
    expectBytes(splatBytes(0x55) << 2, splatBytes(0x54));
    expectBytes(splatBytes(-1) >>> 3, splatBytes(31));
  });

  test("addfs and subfs saturate", () => {
    expectBytes(splatBytes(100).addfs(splatBytes(100)), splatBytes(127));
    expectBytes(splatBytes(-100).addfs(splatBytes(-100)), splatBytes(-128));
    expectBytes(splatBytes(-100).subfs(splatBytes(100)), splatBytes(-128));
    expectBytes(splatBytes(3).subfs(splatBytes(5)), splatBytes(-2));
  });

  test("mulfs multiplies fractions", () => {
    expectBytes(splatBytes(64).mulfs(splatBytes(64)), splatBytes(32));
    expectBytes(splatBytes(-128).mulfs(splatBytes(-128)), splatBytes(127));
  });

  test("the accumulator sums products", () => {
    splatBytes(5).mtac();
    splatBytes(6).matacm(splatBytes(7));
    expectBytes(splatBytes(1).addacm(), splatBytes(48));
    splatBytes(3).multacm(splatBytes(4));
    expectBytes(splatBytes(2).mam(splatBytes(10)), splatBytes(32));
  });

  test("conditions choose lanes", () => {
    const value = loadBytes(ramp);
    value.cmp();
    const marked = value.sel(splatBytes(1), GT).sel(splatBytes(-1), LT).sel(splatBytes(99), EQ);
    marked.store(out);
    sync();
    for (let i = 0; i < 128; i++) expectEqual(load<i8>(out + i), i < 64 ? -1 : i > 64 ? 1 : 99);
    expectEqual(lane(value.addm(splatBytes(50), LT), 0), -14);
    expectEqual(lane(value.addm(splatBytes(50), LT), 100), 36);
  });

  test("cmpTo compares lane by lane, also where the difference overflows", () => {
    const value = loadBytes(ramp);
    value.cmpTo(splatBytes(10));
    const signs = splatBytes(0).sel(splatBytes(1), GT).sel(splatBytes(-1), LT);
    signs.store(out);
    sync();
    for (let i = 0; i < 128; i++) expectEqual(load<i8>(out + i), i < 74 ? -1 : i > 74 ? 1 : 0);
    splatBytes(-128).cmpTo(splatBytes(127));
    expectBytes(splatBytes(0).sel(splatBytes(1), LT), splatBytes(1));
  });

  test("max, min, abs and relu", () => {
    const value = loadBytes(ramp);
    expectEqual(lane(value.max(splatBytes(-5)), 0), -5);
    expectEqual(lane(value.max(splatBytes(-5)), 100), 36);
    expectEqual(lane(value.min(splatBytes(-5)), 0), -64);
    expectEqual(lane(value.min(splatBytes(-5)), 100), -5);
    expectEqual(lane(value.abs(), 0), 64);
    expectEqual(lane(value.abs(), 127), 63);
    expectBytes(splatBytes(-128).abs(), splatBytes(127));
    expectEqual(lane(value.relu(), 10), 0);
    expectEqual(lane(value.relu(), 70), 6);
  });

  test("loads and stores at an offset", () => {
    const line = memory.data(256, 128);
    splatBytes(1).store(line);
    loadBytes(ramp).store(line, 128);
    expectBytes(loadBytes(line, 128), loadBytes(ramp));
    expectBytes(loadBytes(line), splatBytes(1));
  });
});

describe("halves", () => {
  test("operators are modular", () => {
    expectHalves(splatHalves(30000) + splatHalves(30000), splatHalves(-5536));
    expectHalves(splatHalves(-30000) - splatHalves(30000), splatHalves(5536));
    expectHalves(splatHalves(300) * splatHalves(-200), splatHalves(5536));
    expectHalves(splatHalves(-1) >>> 12, splatHalves(15));
  });

  test("are big endian in memory", () => {
    splatHalves(0x1234).store(out);
    sync();
    expectEqual(load<u8>(out), 0x12);
    expectEqual(load<u8>(out, 1), 0x34);
    expectEqual(half(loadHalves(ramp), 0), (<i32>-64 << 8) | 0xc1);
  });

  test("max, min, abs and relu", () => {
    expectHalves(splatHalves(-300).max(splatHalves(-200)), splatHalves(-200));
    expectHalves(splatHalves(-300).min(splatHalves(-200)), splatHalves(-300));
    expectHalves(splatHalves(-32768).abs(), splatHalves(32767));
    expectHalves(splatHalves(-1).relu(), splatHalves(0));
    expectHalves(splatHalves(7).relu(), splatHalves(7));
  });

  test("bytes are widened by upckbl and upckbr, and pckbl packs them again", () => {
    const value = loadBytes(ramp);
    const zero = splatBytes(0);
    const left = zero.upckbl(value);
    const right = zero.upckbr(value);
    // slices of 16 bytes: the left eight of each, then the right eight
    expectEqual(half(left, 0), 0xc0);
    expectEqual(half(left, 8), 0xc0 + 16);
    expectEqual(half(right, 0), 0xc0 + 8);
    expectBytes(left.pckbl(right), value);
    const upper = value.upckbl(zero).pckbu(value.upckbr(zero));
    expectBytes(upper, value);
  });

  test("mulfs by 128 extends the sign of a byte in the upper half", () => {
    expectHalves(splatHalves(-3 << 8).mulfs(splatHalves(128)), splatHalves(-3));
  });
});
