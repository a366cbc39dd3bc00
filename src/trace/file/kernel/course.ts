/** Which entry is expected next, and when. Encoder and decoder teach it the same things in the same order. */
import {
  CELL_BYTES,
  CELL_RULE,
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
  SLOT_BYTES,
  SLOTS,
  SRR0,
  SRR1,
  TABLE,
  TAGS,
} from "./layout";
import { register, setRegister } from "./registers";

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
let stored = 0;
/** Where the successor of the last instruction is learned, and what it is relative to. */
let successor: usize = NOWHERE;
let basis = 0;

/** Forgets everything but the registers. */
export function beginCourse(): void {
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
  stored = 0;
  successor = NOWHERE;
  basis = 0;
}

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

/** An instruction stored a value. */
export function learnStored(value: i32): void {
  stored = value;
}

/** The event that storing the last value causes where padiTrigger is: buses, row << 8, address << 16. */
export function expectedEvent(): i32 {
  return (stored & 15) | (((stored >>> 22) & 31) << 8) | (((stored >>> 16) & 63) << 16);
}

/** An attachment with this head came next, or (0) none. */
export function learnFollow(head: i32): void {
  if (stage < FOLLOWS) store<i32>(lastSlot + (stage << 2), head, KNOWN_FOLLOWS);
}

/** Where a value of the attachment in hand is kept; from `FOLLOWS` on it is 0 and forgotten. */
export function followValue(): usize {
  if (stage < FOLLOWS) return lastSlot + (stage << 2) + KNOWN_FOLLOW_VALUES;
  store<i32>(NOWHERE, 0);
  return NOWHERE;
}

/** An attachment has been dealt with. */
export function followed(): void {
  stage++;
  follow = stage < FOLLOWS ? load<i32>(lastSlot + (stage << 2), KNOWN_FOLLOWS) : 0;
}
