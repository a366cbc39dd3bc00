/** Philox4x32-10 on eight counters at once, as in ../random.ts. */
import { NORMAL_WORDS, PHILOX_KEYS } from "./layout";

const MULTIPLIERS = memory.data<u32>([0xd2511f53, 0xcd9e8d57]);
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;

/**
 * Puts words of successive blocks to NORMAL_WORDS, at least `bytes` bytes: by groups of four blocks the first words of
 * all four, then the second ones and so on.
 */
export function philoxWords(
  bytes: i32,
  firstBlock: i32,
  counter1: i32,
  counter2: i32,
  counter3: i32,
  key0: i32,
  key1: i32,
): void {
  for (let round = 0; round < 10; round++) {
    v128.store(32 * round, i32x4.splat(key0), PHILOX_KEYS);
    v128.store(32 * round, i32x4.splat(key1), PHILOX_KEYS + 16);
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  let block = i32x4.add(i32x4.splat(firstBlock), i32x4(0, 1, 2, 3));
  for (let at = 0; at < bytes; at += 128) {
    storeBlocks(at, block, i32x4.splat(counter1), i32x4.splat(counter2), i32x4.splat(counter3));
    block = i32x4.add(block, i32x4.splat(8));
  }
}

function storeBlocks(at: i32, block: v128, counter1: v128, counter2: v128, counter3: v128): void {
  const multiplier0 = v128.load32_splat(MULTIPLIERS);
  const multiplier1 = v128.load32_splat(MULTIPLIERS, 4);
  let a0 = block;
  let a1 = counter1;
  let a2 = counter2;
  let a3 = counter3;
  let b0 = i32x4.add(block, i32x4.splat(4));
  let b1 = counter1;
  let b2 = counter2;
  let b3 = counter3;
  for (let round = 0; round < 10; round++) {
    const keys0 = v128.load(32 * round, PHILOX_KEYS);
    const keys1 = v128.load(32 * round, PHILOX_KEYS + 16);
    let low0 = i64x2.extmul_low_i32x4_u(a0, multiplier0);
    let high0 = i64x2.extmul_high_i32x4_u(a0, multiplier0);
    let low1 = i64x2.extmul_low_i32x4_u(a2, multiplier1);
    let high1 = i64x2.extmul_high_i32x4_u(a2, multiplier1);
    const a = v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), v128.xor(a1, keys0));
    a1 = i32x4.mul(a2, multiplier1);
    a2 = v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), v128.xor(a3, keys1));
    a3 = i32x4.mul(a0, multiplier0);
    a0 = a;
    low0 = i64x2.extmul_low_i32x4_u(b0, multiplier0);
    high0 = i64x2.extmul_high_i32x4_u(b0, multiplier0);
    low1 = i64x2.extmul_low_i32x4_u(b2, multiplier1);
    high1 = i64x2.extmul_high_i32x4_u(b2, multiplier1);
    const b = v128.xor(v128.shuffle<i32>(low1, high1, 1, 3, 5, 7), v128.xor(b1, keys0));
    b1 = i32x4.mul(b2, multiplier1);
    b2 = v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), v128.xor(b3, keys1));
    b3 = i32x4.mul(b0, multiplier0);
    b0 = b;
  }
  v128.store(at, a0, NORMAL_WORDS);
  v128.store(at, a1, NORMAL_WORDS + 16);
  v128.store(at, a2, NORMAL_WORDS + 32);
  v128.store(at, a3, NORMAL_WORDS + 48);
  v128.store(at, b0, NORMAL_WORDS + 64);
  v128.store(at, b1, NORMAL_WORDS + 80);
  v128.store(at, b2, NORMAL_WORDS + 96);
  v128.store(at, b3, NORMAL_WORDS + 112);
}
