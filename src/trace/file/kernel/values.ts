/** What values are expected, and how that is learned. */
import {
  CELL_DIFFERENCE,
  CELL_LAST,
  CELL_RULE,
  CELL_STRIDE,
  CONDITION_RULES,
  CR,
  CTR,
  FRESH,
  LR,
  MEMORY,
  MEMORY_SLOTS,
  RESULT_RULES,
  XER,
} from "./layout";
import { other, register } from "./registers";

/** What an address of the word is relative to. */
export function addressBasis(word: i32, indexed: i32): i32 {
  const ra = (word >>> 16) & 31;
  const first = ra === 0 ? 0 : register(ra);
  return indexed === 0 ? first : first + register((word >>> 11) & 31);
}

/** Expected contents of memory; 0 where nothing is known. */
export function loadMemory(address: i32, bytes: i32): i32 {
  const entry: usize = MEMORY + (((address >>> 2) & (MEMORY_SLOTS - 1)) << 3);
  if (load<i32>(entry) !== address >>> 2) return 0;
  const word = load<i32>(entry, 4);
  if (bytes === 4) return word;
  return bytes === 2
    ? (word >>> (16 - 8 * (address & 2))) & 0xffff
    : (word >>> (24 - 8 * (address & 3))) & 0xff;
}

/** Memory holds a value; what was not known of the rest of its word counts as 0. */
export function storeMemory(address: i32, bytes: i32, value: i32): void {
  const entry: usize = MEMORY + (((address >>> 2) & (MEMORY_SLOTS - 1)) << 3);
  let word = value;
  if (bytes !== 4) {
    const shift = bytes === 2 ? 16 - 8 * (address & 2) : 24 - 8 * (address & 3);
    const mask = (bytes === 2 ? 0xffff : 0xff) << shift;
    const before = load<i32>(entry) === address >>> 2 ? load<i32>(entry, 4) : 0;
    word = (before & ~mask) | ((value << shift) & mask);
  }
  store<i32>(entry, address >>> 2);
  store<i32>(entry, word, 4);
}

/** The operand that a result most likely comes from, for the register of this index. */
export function sourceOf(index: i32, word: i32): i32 {
  const first = (word >>> 21) & 31;
  if (index < 32) return register(index === first ? (word >>> 16) & 31 : first);
  const isMove = word >>> 26 === 31 && (index === LR || index === CTR);
  return register(isMove ? first : index);
}

/** The value that a rule gives for a cell. */
export function result(rule: i32, cell: usize, source: i32, word: i32): i32 {
  switch (rule) {
    case 1:
      return source + load<i32>(cell, CELL_DIFFERENCE);
    case 2:
      return source + other(word);
    case 3:
      return other(word) - source;
    case 4:
      return source & other(word);
    case 5:
      return source | other(word);
    case 6:
      return source ^ other(word);
    case 7:
      return source * other(word);
    case 8:
      return rotl<i32>(source, (word >>> 11) & 31) & maskOf(word);
    case 9:
      return source >> ((word >>> 11) & 31);
    case 10:
      return source ^ (word & 0xffff);
    case 11:
      return source & word & 0xffff;
    case 12:
      return source | (word & 0xffff);
    case 13:
      return source * ((word << 16) >> 16);
    case 14:
      return other(word) & 32 ? 0 : source << (other(word) & 31);
    case 15:
      return other(word) & 32 ? 0 : source >>> (other(word) & 31);
    case 16:
      return register(LR);
    case 17:
      return register(CTR);
    default:
      return load<i32>(cell, CELL_LAST) + load<i32>(cell, CELL_STRIDE);
  }
}

/** Mask of rlwinm from the fields MB and ME of its word. */
function maskOf(word: i32): i32 {
  const begin = (word >>> 6) & 31;
  const end = (word >>> 1) & 31;
  const from = -1 >>> begin;
  const to = i32.MIN_VALUE >> end;
  return begin <= end ? from & to : from | to;
}

/** The first rule that gives the value, or -1. */
export function resultRule(value: i32, cell: usize, source: i32, word: i32): i32 {
  for (let rule = 0; rule < RESULT_RULES; rule++) {
    if (result(rule, cell, source, word) === value) return rule;
  }
  return -1;
}

/** `rule`: the one that was right, or -1. */
export function learnResult(cell: usize, value: i32, source: i32, rule: i32): void {
  const isFirst = load<i32>(cell, CELL_RULE) === FRESH;
  store<i32>(cell, isFirst ? 0 : value - load<i32>(cell, CELL_LAST), CELL_STRIDE);
  store<i32>(cell, value, CELL_LAST);
  store<i32>(cell, value - source, CELL_DIFFERENCE);
  if (rule >= 0) store<i32>(cell, rule, CELL_RULE);
  else if (isFirst) store<i32>(cell, 0, CELL_RULE);
}

/** The condition register that a rule gives; `written` is what the instruction wrote before. */
export function condition(rule: i32, cell: usize, written: i32, word: i32): i32 {
  switch (rule) {
    case 1:
      return register(CR);
    case 2:
      return withField(word, compared(register((word >>> 16) & 31), (word << 16) >> 16));
    case 3:
      return withField(word, comparedUnsigned(register((word >>> 16) & 31), word & 0xffff));
    case 4:
      return withField(word, compared(register((word >>> 16) & 31), other(word)));
    case 5:
      return withField(word, comparedUnsigned(register((word >>> 16) & 31), other(word)));
    case 6:
      return withField(0, compared(written, 0));
    default:
      return load<i32>(cell, CELL_LAST);
  }
}

/** The condition register with the field that the word names. */
function withField(word: i32, order: i32): i32 {
  const shift = 28 - 4 * ((word >>> 23) & 7);
  return (register(CR) & ~(15 << shift)) | ((order | (register(XER) >>> 31)) << shift);
}

function compared(a: i32, b: i32): i32 {
  return a < b ? 8 : a > b ? 4 : 2;
}

function comparedUnsigned(a: i32, b: i32): i32 {
  return <u32>a < <u32>b ? 8 : <u32>a > <u32>b ? 4 : 2;
}

export function conditionRule(value: i32, cell: usize, written: i32, word: i32): i32 {
  for (let rule = 0; rule < CONDITION_RULES; rule++) {
    if (condition(rule, cell, written, word) === value) return rule;
  }
  return -1;
}

export function learnCondition(cell: usize, value: i32, rule: i32): void {
  store<i32>(cell, value, CELL_LAST);
  if (rule >= 0) store<i32>(cell, rule, CELL_RULE);
}
