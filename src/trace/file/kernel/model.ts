/** What is expected next. Encoder and decoder teach it the same things in the same order. */
import {
  CELL_BYTES,
  CELL_DIFFERENCE,
  CELL_LAST,
  CELL_RULE,
  CELL_STRIDE,
  CONDITION_RULES,
  CONDITIONS,
  CR,
  CTR,
  ESR,
  FLOW_CONDITIONAL,
  FLOW_COUNT,
  FLOW_LINK,
  FLOW_NEXT,
  FLOW_SAVED,
  FOLLOWS,
  FRESH,
  KNOWN_CELLS,
  KNOWN_DELTA,
  KNOWN_FOLLOW_VALUES,
  KNOWN_FOLLOWS,
  KNOWN_PLAN,
  KNOWN_SUCCESSORS,
  KNOWN_WORD,
  LR,
  MEMORY,
  MEMORY_SLOTS,
  MSR,
  PLAN_CACHE,
  PLAN_CACHE_SLOTS,
  REGISTER_WORDS,
  REGISTERS,
  RESULT_RULES,
  SLOT_BYTES,
  SLOTS,
  SPECIAL_REGISTERS,
  SRR0,
  SRR1,
  TABLE,
  TAGS,
  TSR,
  VECTOR_WORDS,
  XER,
} from "./layout";

const NOWHERE: usize = TABLE + SLOTS * SLOT_BYTES;
const HASH = -1640531535;
const MSR_KEPT = 0x21200;
const ALIGNMENT_VECTOR = 0x18;
const PROGRAM_VECTOR = 0x1c;
const ESR_TRAP = 0x2000000;

/** Address of the next instruction. */
export let nextPc = 0;
/** Head of the next entry if it is an attachment; 0: an instruction is next. */
export let follow = 0;
/** Slot of the last instruction, and how many attachments have come since. */
export let lastSlot: usize = NOWHERE;
export let stage = FOLLOWS;
/** Time of the last instruction, exception or reset, and how much later than expected it came. */
export let time = 0;
export let slip = 0;
/** Of the last event: time since the entry before. */
export let eventDelta = 0;
/** Where the successor of the last instruction is learned, and what it is relative to. */
let successor: usize = NOWHERE;
let basis = 0;

/** Forgets everything but the registers. */
export function beginModel(): void {
  memory.fill(TAGS, 0xff, 4 * SLOTS);
  memory.fill(MEMORY, 0xff, 8 * MEMORY_SLOTS);
  memory.fill(NOWHERE, 0, SLOT_BYTES);
  nextPc = 0;
  follow = 0;
  lastSlot = NOWHERE;
  stage = FOLLOWS;
  time = 0;
  slip = 0;
  eventDelta = 0;
  successor = NOWHERE;
  basis = 0;
}

// ---- registers ----------------------------------------------------------------------------------------------------

export function register(index: i32): i32 {
  return load<i32>(REGISTERS + (index << 2));
}

export function setRegister(index: i32, value: i32): void {
  store<i32>(REGISTERS + (index << 2), value);
}

/** Effect of mtspr: bits that do not exist are not kept; writing 1 clears a bit of TSR. */
export function writeSpecial(number: i32, value: i32): void {
  const entry: usize = SPECIAL_REGISTERS + (number << 3);
  const index = load<i32>(entry);
  if (index < 0) return;
  const bits = value & load<i32>(entry, 4);
  setRegister(index, index === TSR ? register(index) & ~bits : bits);
}

// ---- entries ------------------------------------------------------------------------------------------------------

function slotIndex(pc: i32): i32 {
  return ((pc >>> 2) & 0xfff) | ((pc >>> 19) & 0x1000);
}

/** The slot of an address if it is known, else 0. */
export function findSlot(pc: i32): usize {
  const index = slotIndex(pc);
  return load<i32>(TAGS + (index << 2)) === pc ? <usize>(TABLE + index * SLOT_BYTES) : 0;
}

/** A slot for an address that is not known yet. */
export function addSlot(pc: i32): usize {
  const index = slotIndex(pc);
  const slot: usize = TABLE + index * SLOT_BYTES;
  store<i32>(TAGS + (index << 2), pc);
  memory.fill(slot, 0, SLOT_BYTES);
  store<i32>(slot, 1, KNOWN_DELTA);
  return slot;
}

/** The plan of a word, or 0 where it has to be asked for. */
export function findPlan(word: i32): usize {
  const entry: usize = PLAN_CACHE + (planIndex(word) << 3);
  return load<i32>(entry) === word ? load<usize>(entry, 4) : 0;
}

function planIndex(word: i32): i32 {
  return ((word * HASH) >>> 20) & (PLAN_CACHE_SLOTS - 1);
}

export function addPlan(word: i32, plan: usize): void {
  const entry: usize = PLAN_CACHE + (planIndex(word) << 3);
  store<i32>(entry, word);
  store<usize>(entry, plan, 4);
}

/** A word stands at a slot; what was known of another one is wrong now. */
export function learnWord(slot: usize, word: i32, plan: usize): void {
  const first = (load<i32>(plan) & 255) > FLOW_CONDITIONAL ? 0 : 4;
  store<i32>(slot, word, KNOWN_WORD);
  store<usize>(slot, plan, KNOWN_PLAN);
  for (let n = 0; n < 4; n++) {
    store<i32>(slot + (n << 2), first, KNOWN_SUCCESSORS);
    store<i32>(slot + n * CELL_BYTES, FRESH, KNOWN_CELLS + CELL_RULE);
  }
}

/** The instruction after the last one stands at `pc`, which was not expected. */
export function learnSuccessor(pc: i32): void {
  store<i32>(successor, pc - basis);
}

/** An instruction came later than expected. */
export function arrived(slot: usize, at: i32, late: i32): void {
  if (late !== 0) store<i32>(slot, load<i32>(slot, KNOWN_DELTA) + late, KNOWN_DELTA);
  slip = late;
  time = at;
}

/** An instruction, with its values, has been dealt with. */
export function executed(slot: usize, pc: i32, word: i32, flow: i32): void {
  let which = 0;
  basis = pc;
  if (flow !== FLOW_NEXT) {
    if (flow !== FLOW_SAVED) {
      which = ((register(CR) >>> (31 - ((word >>> 16) & 31))) & 1) | (register(CTR) === 0 ? 2 : 0);
    }
    if (flow === FLOW_LINK) basis = register(LR);
    else if (flow === FLOW_COUNT) basis = register(CTR);
    else if (flow === FLOW_SAVED) basis = register(SRR0);
  }
  successor = slot + KNOWN_SUCCESSORS + (which << 2);
  nextPc = (basis + load<i32>(successor)) & ~3;
  lastSlot = slot;
  stage = 0;
  follow = load<i32>(slot, KNOWN_FOLLOWS);
}

function redirected(pc: i32): void {
  nextPc = pc & ~3;
  successor = NOWHERE;
}

export function enterException(at: i32, vector: i32, returnAddress: i32): void {
  const msr = register(MSR);
  setRegister(SRR0, returnAddress);
  setRegister(SRR1, msr);
  setRegister(MSR, msr & MSR_KEPT);
  if (vector === ALIGNMENT_VECTOR) setRegister(ESR, 0);
  if (vector === PROGRAM_VECTOR) setRegister(ESR, ESR_TRAP);
  time = at;
  redirected(vector);
}

export function enterReset(at: i32): void {
  memory.fill(REGISTERS, 0, 4 * REGISTER_WORDS);
  time = at;
  redirected(0);
}

export function learnEvent(delta: i32): void {
  eventDelta = delta;
}

/** An attachment with this head came next, or (0) none. */
export function learnFollow(head: i32): void {
  if (stage < FOLLOWS) store<i32>(lastSlot + (stage << 2), head, KNOWN_FOLLOWS);
}

/** Where a value of the attachment in hand is kept. */
export function followValue(): usize {
  return stage < FOLLOWS ? lastSlot + (stage << 2) + KNOWN_FOLLOW_VALUES : NOWHERE;
}

/** An attachment has been dealt with. */
export function followed(): void {
  stage++;
  follow = stage < FOLLOWS ? load<i32>(lastSlot + (stage << 2), KNOWN_FOLLOWS) : 0;
}

// ---- values -------------------------------------------------------------------------------------------------------

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

function other(word: i32): i32 {
  return register((word >>> 11) & 31);
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

/** Lanes of the conditions that a predicated vector instruction looks at, 0xff each. */
export function enablesOf(word: i32, into: usize): void {
  const bit = (word & 3) - 1;
  for (let i = 0; i < VECTOR_WORDS; i++) {
    store<i32>(into + (i << 2), ((register(CONDITIONS + i) >>> bit) & 0x01010101) * 0xff);
  }
}
