/**
 * Every vector instruction checked on the PPU itself: each lane of the result against scalar arithmetic of the same PPU.
 * Reports in the unit-test texts; returns 0 if all cases passed. The code lies in external memory, as it is run once.
 */
import { EXTERNAL_MEMORY, VECTOR_WEIGHTS } from "./lib/addresses";
import { begin, end, expectEqual, summary } from "./lib/unittest";
import {
  type Bytes,
  EQ,
  GT,
  type Halves,
  loadBytes,
  loadHalves,
  LT,
  readBytes,
  splatBytes,
  splatHalves,
  sync,
} from "./lib/vector";

const a = memory.data(128, 128);
const b = memory.data(128, 128);
const old = memory.data(128, 128);
const actual = memory.data(128, 128);
const upper = memory.data(128, 128);

/** What an instruction computes in a lane, from operands x and y and an accumulator z. */
const enum Lane {
  ADD,
  ADD_SATURATING,
  SUBTRACT,
  SUBTRACT_SATURATING,
  MULTIPLY,
  MULTIPLY_FRACTION,
  MULTIPLY_ADD,
  MULTIPLY_ADD_FRACTION,
  ADD_ACCUMULATOR,
  ADD_ACCUMULATOR_FRACTION,
  SHIFT_LEFT,
  SHIFT_RIGHT,
  MOVE,
}

function clamp(value: i32, bits: i32): i32 {
  const limit = (1 << (bits - 1)) - 1;
  return value > limit ? limit : value < ~limit ? ~limit : value;
}

/** a + b clamped to 32 bit. */
function addSaturating(x: i32, y: i32): i32 {
  const sum = x + y;
  return ((x ^ sum) & (y ^ sum)) < 0 ? (x < 0 ? i32.MIN_VALUE : i32.MAX_VALUE) : sum;
}

/** The fraction product of two lanes: twice the product, clamped to the double width. */
function fraction(x: i32, y: i32, width: i32): i32 {
  if (width == 8) return clamp(2 * x * y, 16);
  return x == -32768 && y == -32768 ? i32.MAX_VALUE : 2 * x * y;
}

function sumAtDoubleWidth(x: i32, y: i32, width: i32): i32 {
  return width == 8 ? clamp(x + y, 16) : addSaturating(x, y);
}

function expected(lane: Lane, x: i32, y: i32, z: i32, width: i32): i32 {
  switch (lane) {
    case Lane.ADD:
      return x + y;
    case Lane.ADD_SATURATING:
      return clamp(x + y, width);
    case Lane.SUBTRACT:
      return x - y;
    case Lane.SUBTRACT_SATURATING:
      return clamp(x - y, width);
    case Lane.MULTIPLY:
      return x * y;
    case Lane.MULTIPLY_FRACTION:
      return fraction(x, y, width) >> width;
    case Lane.MULTIPLY_ADD:
      return x * y + z;
    case Lane.MULTIPLY_ADD_FRACTION:
      return sumAtDoubleWidth(fraction(x, y, width), z, width) >> width;
    case Lane.ADD_ACCUMULATOR:
      return z + x;
    case Lane.ADD_ACCUMULATOR_FRACTION:
      return sumAtDoubleWidth(z, x << width, width) >> width;
    case Lane.SHIFT_LEFT:
      return x << 3;
    case Lane.SHIFT_RIGHT:
      return (x & ((1 << width) - 1)) >>> 3;
    default:
      return x;
  }
}

function lane(at: usize, width: i32): i32 {
  return width == 8 ? load<i8>(at) : load<i16>(at);
}

function narrow(value: i32, width: i32): i32 {
  return width == 8 ? <i32>(<i8>value) : <i32>(<i16>value);
}

/** Compares all lanes of `actual` with what `kind` says of a, b and the constant accumulator `z`. */
function check(kind: Lane, width: i32, z: i32): void {
  sync();
  for (let at = 0; at < 128; at += width >> 3) {
    const want = expected(kind, lane(a + at, width), lane(b + at, width), z, width);
    expectEqual(lane(actual + at, width), narrow(want, width));
  }
}

function checkBytes(name: string, result: Bytes, kind: Lane, z: i32 = 0): void {
  begin(name);
  result.store(actual);
  check(kind, 8, z);
  end();
}

function checkHalves(name: string, result: Halves, kind: Lane, z: i32 = 0): void {
  begin(name);
  result.store(actual);
  check(kind, 16, z);
  end();
}

const enum Accumulate {
  SET,
  SET_FRACTION,
  PRODUCT,
  PRODUCT_FRACTION,
  ADD_PRODUCT,
  ADD_PRODUCT_FRACTION,
  ADD,
  ADD_FRACTION,
  SUM,
}

function accumulated(kind: Accumulate, x: i32, y: i32, z: i32, width: i32): i32 {
  switch (kind) {
    case Accumulate.SET:
      return x;
    case Accumulate.SET_FRACTION:
      return x << width;
    case Accumulate.PRODUCT:
      return x * y;
    case Accumulate.PRODUCT_FRACTION:
      return fraction(x, y, width);
    case Accumulate.ADD_PRODUCT:
      return x * y + z;
    case Accumulate.ADD_PRODUCT_FRACTION:
      return sumAtDoubleWidth(fraction(x, y, width), z, width);
    case Accumulate.ADD:
      return z + x;
    case Accumulate.ADD_FRACTION:
      return sumAtDoubleWidth(z, x << width, width);
    default:
      return x + y;
  }
}

/** Reads both halves of every accumulator lane and compares. */
function checkAccumulator(kind: Accumulate, width: i32, z: i32): void {
  if (width == 8) {
    splatBytes(0).addacm().store(actual);
    splatBytes(0).addacfs().store(upper);
  } else {
    splatHalves(0).addacm().store(actual);
    splatHalves(0).addacfs().store(upper);
  }
  sync();
  for (let at = 0; at < 128; at += width >> 3) {
    const want = accumulated(kind, lane(a + at, width), lane(b + at, width), z, width);
    expectEqual(lane(actual + at, width), narrow(want, width));
    expectEqual(lane(upper + at, width), narrow(want >> width, width));
  }
  end();
}

function fill(to: usize, seed: u32): void {
  let state = seed;
  for (let at = 0; at < 128; at += 2) {
    state = state * 1103515245 + 12345;
    const kind = (state >>> 13) & 7;
    const value: u32 = kind == 0 ? 0x8000 : kind == 1 ? 0x7fff : kind == 2 ? 0x8080 : kind == 3 ? 0xffff : state >>> 16;
    store<u16>(to + at, value);
  }
}

const BYTE_START: i32 = 37;
const HALF_START: i32 = 4711;

function startBytes(): void {
  splatBytes(BYTE_START).mtac();
}

function startHalves(): void {
  splatHalves(HALF_START).mtac();
}

function arithmetic(): void {
  const x = loadBytes(a);
  const y = loadBytes(b);
  checkBytes("fxvaddbm", x.addm(y), Lane.ADD);
  checkBytes("fxvaddbfs", x.addfs(y), Lane.ADD_SATURATING);
  checkBytes("fxvsubbm", x.subm(y), Lane.SUBTRACT);
  checkBytes("fxvsubbfs", x.subfs(y), Lane.SUBTRACT_SATURATING);
  checkBytes("fxvmulbm", x.mulm(y), Lane.MULTIPLY);
  checkBytes("fxvmulbfs", x.mulfs(y), Lane.MULTIPLY_FRACTION);
  startBytes();
  checkBytes("fxvmabm", x.mam(y), Lane.MULTIPLY_ADD, BYTE_START);
  checkBytes("fxvmabfs", x.mafs(y), Lane.MULTIPLY_ADD_FRACTION, BYTE_START);
  checkBytes("fxvaddacbm", x.addacm(), Lane.ADD_ACCUMULATOR, BYTE_START);
  checkBytes("fxvaddacbfs", x.addacfs(), Lane.ADD_ACCUMULATOR_FRACTION, BYTE_START);
  checkBytes("fxvshb", x.sh(3), Lane.SHIFT_LEFT);
  checkBytes("fxvshb", x.sh(-3), Lane.SHIFT_RIGHT);
}

function arithmeticHalves(): void {
  const x = loadHalves(a);
  const y = loadHalves(b);
  checkHalves("fxvaddhm", x.addm(y), Lane.ADD);
  checkHalves("fxvaddhfs", x.addfs(y), Lane.ADD_SATURATING);
  checkHalves("fxvsubhm", x.subm(y), Lane.SUBTRACT);
  checkHalves("fxvsubhfs", x.subfs(y), Lane.SUBTRACT_SATURATING);
  checkHalves("fxvmulhm", x.mulm(y), Lane.MULTIPLY);
  checkHalves("fxvmulhfs", x.mulfs(y), Lane.MULTIPLY_FRACTION);
  startHalves();
  checkHalves("fxvmahm", x.mam(y), Lane.MULTIPLY_ADD, HALF_START);
  checkHalves("fxvmahfs", x.mafs(y), Lane.MULTIPLY_ADD_FRACTION, HALF_START);
  checkHalves("fxvaddachm", x.addacm(), Lane.ADD_ACCUMULATOR, HALF_START);
  checkHalves("fxvaddachfs", x.addacfs(), Lane.ADD_ACCUMULATOR_FRACTION, HALF_START);
  checkHalves("fxvshh", x.sh(3), Lane.SHIFT_LEFT);
  checkHalves("fxvshh", x.sh(-3), Lane.SHIFT_RIGHT);
}

function accumulator(): void {
  const x = loadBytes(a);
  const y = loadBytes(b);
  begin("fxvmtacb");
  x.mtac();
  checkAccumulator(Accumulate.SET, 8, 0);
  begin("fxvmtacbf");
  x.mtacf();
  checkAccumulator(Accumulate.SET_FRACTION, 8, 0);
  begin("fxvmultacbm");
  x.multacm(y);
  checkAccumulator(Accumulate.PRODUCT, 8, 0);
  begin("fxvmultacbfs");
  x.multacfs(y);
  checkAccumulator(Accumulate.PRODUCT_FRACTION, 8, 0);
  begin("fxvmatacbm");
  startBytes();
  x.matacm(y);
  checkAccumulator(Accumulate.ADD_PRODUCT, 8, BYTE_START);
  begin("fxvmatacbfs");
  startBytes();
  x.matacfs(y);
  checkAccumulator(Accumulate.ADD_PRODUCT_FRACTION, 8, BYTE_START);
  begin("fxvaddactacbm");
  startBytes();
  x.addactacm();
  checkAccumulator(Accumulate.ADD, 8, BYTE_START);
  begin("fxvaddactacbf");
  startBytes();
  x.addactacf();
  checkAccumulator(Accumulate.ADD_FRACTION, 8, BYTE_START);
  begin("fxvaddtacb");
  x.addtac(y);
  checkAccumulator(Accumulate.SUM, 8, 0);
}

function accumulatorHalves(): void {
  const x = loadHalves(a);
  const y = loadHalves(b);
  begin("fxvmtach");
  x.mtac();
  checkAccumulator(Accumulate.SET, 16, 0);
  begin("fxvmtachf");
  x.mtacf();
  checkAccumulator(Accumulate.SET_FRACTION, 16, 0);
  begin("fxvmultachm");
  x.multacm(y);
  checkAccumulator(Accumulate.PRODUCT, 16, 0);
  begin("fxvmultachfs");
  x.multacfs(y);
  checkAccumulator(Accumulate.PRODUCT_FRACTION, 16, 0);
  begin("fxvmatachm");
  startHalves();
  x.matacm(y);
  checkAccumulator(Accumulate.ADD_PRODUCT, 16, HALF_START);
  begin("fxvmatachfs");
  startHalves();
  x.matacfs(y);
  checkAccumulator(Accumulate.ADD_PRODUCT_FRACTION, 16, HALF_START);
  begin("fxvaddactachm");
  startHalves();
  x.addactacm();
  checkAccumulator(Accumulate.ADD, 16, HALF_START);
  begin("fxvaddactachf");
  startHalves();
  x.addactacf();
  checkAccumulator(Accumulate.ADD_FRACTION, 16, HALF_START);
  begin("fxvaddtach");
  x.addtac(y);
  checkAccumulator(Accumulate.SUM, 16, 0);
}

/** Lane of 16-byte slice arithmetic: bytes 0..7 come from the first operand, 8..15 from the second. */
function packed(shift: i32, at: i32): i32 {
  const slice = at & ~15;
  const source = at & 8 ? b : a;
  return (load<u16>(source + slice + 2 * (at & 7)) >>> shift) & 0xff;
}

function unpacked(right: i32, at: i32): i32 {
  const slice = at & ~15;
  const source = slice + right + ((at & 15) >> 1);
  return (load<u8>(a + source) << 8) | load<u8>(b + source);
}

function packing(): void {
  const x = loadHalves(a);
  const y = loadHalves(b);
  begin("fxvpckbu");
  x.pckbu(y).store(actual);
  sync();
  for (let at = 0; at < 128; at++) expectEqual(load<u8>(actual + at), packed(8, at));
  end();
  begin("fxvpckbl");
  x.pckbl(y).store(actual);
  sync();
  for (let at = 0; at < 128; at++) expectEqual(load<u8>(actual + at), packed(0, at));
  end();
  begin("fxvupckbl");
  x.bytes().upckbl(y.bytes()).store(actual);
  sync();
  for (let at = 0; at < 128; at += 2) expectEqual(load<u16>(actual + at), unpacked(0, at));
  end();
  begin("fxvupckbr");
  x.bytes().upckbr(y.bytes()).store(actual);
  sync();
  for (let at = 0; at < 128; at += 2) expectEqual(load<u16>(actual + at), unpacked(8, at));
  end();
}

function expectSelected(width: i32, condition: i32): void {
  sync();
  for (let at = 0; at < 128; at += width >> 3) {
    const value = lane(a + at, width);
    const selected = condition == GT ? value > 0 : condition == LT ? value < 0 : value == 0;
    expectEqual(lane(actual + at, width), lane((selected ? b : a) + at, width));
  }
}

function conditions(): void {
  const x = loadBytes(a);
  const y = loadBytes(b);
  begin("fxvcmpb");
  x.cmp();
  x.sel(y, GT).store(actual);
  expectSelected(8, GT);
  x.sel(y, LT).store(actual);
  expectSelected(8, LT);
  x.sel(y, EQ).store(actual);
  expectSelected(8, EQ);
  end();
  begin("fxvcmph");
  x.halves().cmp();
  x.sel(y, GT).store(actual);
  expectSelected(16, GT);
  x.sel(y, LT).store(actual);
  expectSelected(16, LT);
  end();
  begin("fxvsel");
  x.cmp();
  x.sel(y, GT).sel(y, LT).sel(y, EQ).store(actual);
  sync();
  for (let at = 0; at < 128; at++) expectEqual(load<i8>(actual + at), load<i8>(b + at));
  end();
}

function transport(): void {
  begin("fxvsplatb");
  splatBytes(-77).store(actual);
  sync();
  for (let at = 0; at < 128; at++) expectEqual(load<i8>(actual + at), -77);
  end();
  begin("fxvsplath");
  splatHalves(0x1234).store(actual);
  sync();
  for (let at = 0; at < 128; at += 2) expectEqual(load<i16>(actual + at), 0x1234);
  end();
  const x = loadBytes(a);
  begin("fxvlax");
  x.store(actual);
  loadBytes(actual, 4).store(old);
  sync();
  for (let at = 0; at < 124; at++) expectEqual(load<i8>(old + at), load<i8>(a + at + 4));
  end();
  begin("fxvstax");
  x.store(EXTERNAL_MEMORY, 0x1f000);
  loadBytes(EXTERNAL_MEMORY, 0x1f000).store(actual);
  check(Lane.MOVE, 8, 0);
  end();
  begin("fxvoutx");
  x.write(VECTOR_WEIGHTS, 5);
  sync();
  end();
  begin("fxvinx");
  readBytes(VECTOR_WEIGHTS, 5).store(actual);
  sync();
  for (let at = 0; at < 128; at++) expectEqual(load<u8>(actual + at), load<u8>(a + at) & 63);
  end();
}

export function main(): i32 {
  fill(a, 1);
  fill(b, 2);
  sync();
  arithmetic();
  arithmeticHalves();
  accumulator();
  accumulatorHalves();
  packing();
  conditions();
  transport();
  return summary();
}
