/** Streams to raw records: the way back of encode.ts. */
import {
  ACCUMULATOR,
  CELL_BYTES,
  CELL_LAST,
  CELL_RULE,
  CONDITION_RULES,
  CONVERSION,
  CONVERSION_WORDS,
  CR,
  DAMAGED,
  DONE,
  ENTRY_ABORTED,
  ENTRY_ATTACHMENT,
  EVENT,
  EXCEPTION,
  FRESH,
  GAP,
  HEADER_WORDS,
  HITS,
  INCOMPLETE,
  KNOWN_CELLS,
  KNOWN_DELTA,
  KNOWN_PLAN,
  KNOWN_WORD,
  LANES,
  MISS_ABORTED,
  MISS_ATTACHMENT,
  MISS_PC,
  MISS_WORD,
  NO_RULE,
  OP_ACCUMULATOR,
  OP_ADDRESS,
  OP_CONDITION,
  OP_ENABLES,
  OP_LOAD,
  OP_LOAD_MULTIPLE,
  OP_LOADED,
  OP_RESULT,
  OP_SPECIAL,
  OP_STORE,
  OP_STORE_MULTIPLE,
  OP_UPDATED,
  OP_VECTOR,
  OP_VECTOR_STORED,
  PLAN,
  RECORD_MARGIN,
  RECORD_WORDS,
  RECORDS,
  REFERENCE_EXPECTED,
  REFERENCE_NONE,
  REFERENCE_SPLAT,
  REFERENCE_VRA,
  REFERENCE_VRB,
  REFERENCE_ZERO,
  REGISTERS,
  RESET,
  RESIDUALS,
  RESULT_RULES,
  SCRATCH,
  STALL,
  VECTOR_WORDS,
  VECTORS,
  ZEROS,
} from "./layout";
import {
  addressBasis,
  addSlot,
  arrived,
  beginModel,
  condition,
  enablesOf,
  enterException,
  enterReset,
  eventDelta,
  executed,
  findPlan,
  findSlot,
  follow,
  followed,
  followValue,
  learnCondition,
  learnEvent,
  learnFollow,
  learnResult,
  learnSuccessor,
  learnWord,
  loadMemory,
  nextPc,
  register,
  result,
  setRegister,
  slip,
  sourceOf,
  storeMemory,
  time,
  writeSpecial,
} from "./model";

const VECTOR_BYTES = 4 * VECTOR_WORDS;
const MOST_NUMBER_BYTES = 5;

/** Word index behind the records decoded, and of the last instruction among them. */
export let decodedEnd = 0;
export let lastInstruction = 0;
export let unknownWord = 0;

/** Entries that are left. */
let left = 0;
/** Items that are as expected before the next one that is not. */
let run: u32 = 0;
let hitsAt: usize = 0;
let residualsAt: usize = 0;
let lanesAt: usize = 0;
let hitsStop: usize = 0;
let residualsStop: usize = 0;
let lanesStop: usize = 0;
let isSound = true;

/** Begins to read a chunk whose streams of so many bytes stand in memory. */
export function beginDecoding(entries: i32, hits: i32, residuals: i32, lanes: i32): void {
  beginModel();
  left = entries;
  hitsAt = HITS;
  residualsAt = RESIDUALS;
  lanesAt = LANES;
  hitsStop = HITS + hits;
  residualsStop = RESIDUALS + residuals;
  lanesStop = LANES + lanes;
  isSound = true;
  run = takeRun();
}

/** Appends entries to the records behind word `from` while there is room. Gives why it pauses. */
export function decode(from: i32): i32 {
  const full: usize = RECORDS + 4 * (RECORD_WORDS - RECORD_MARGIN);
  let at: usize = RECORDS + (from << 2);
  let why = DONE;
  while (left > 0) {
    if (at > full) {
      why = INCOMPLETE;
      break;
    }
    const next = entry(at);
    if (next === 0) {
      why = PLAN;
      break;
    }
    if (!isSound || hitsAt > hitsStop || residualsAt > residualsStop || lanesAt > lanesStop) {
      why = DAMAGED;
      break;
    }
    left--;
    at = next;
  }
  if (
    why === DONE &&
    (run !== 0 || hitsAt !== hitsStop || residualsAt !== residualsStop || lanesAt !== lanesStop)
  ) {
    why = DAMAGED;
  }
  decodedEnd = <i32>((at - RECORDS) >>> 2);
  return why;
}

// ---- streams ------------------------------------------------------------------------------------------------------

function takeRun(): u32 {
  let value: u32 = 0;
  for (let n = 0; n < MOST_NUMBER_BYTES; n++) {
    const byte: u32 = load<u8>(hitsAt);
    hitsAt++;
    value |= (byte & 127) << (7 * n);
    if (byte < 128) break;
  }
  return value;
}

function takeByte(): i32 {
  const value = load<u8>(residualsAt);
  residualsAt++;
  return value;
}

function takeWord(): i32 {
  const value = load<i32>(residualsAt);
  residualsAt += 4;
  return value;
}

function takeNumber(): i32 {
  let value = 0;
  for (let n = 0; n < MOST_NUMBER_BYTES; n++) {
    const byte: i32 = takeByte();
    value |= (byte & 127) << (7 * n);
    if (byte < 128) break;
  }
  return value;
}

function takeSigned(): i32 {
  const value = takeNumber();
  return (value >>> 1) ^ -(value & 1);
}

/** True: the next item is as expected. Otherwise it has to be read, and then `missed` called. */
function hit(): bool {
  if (run === 0) return false;
  run--;
  return true;
}

function missed(): void {
  run = takeRun();
}

function takeItem(expected: i32): i32 {
  if (hit()) return expected;
  const value = expected + takeSigned();
  missed();
  return value;
}

// ---- entries ------------------------------------------------------------------------------------------------------

/** Decodes an entry to `at`; gives where the next one goes, or 0 where a plan is wanted. */
function entry(at: usize): usize {
  if (hit()) {
    if (follow !== 0) return attachment(at, follow);
    const slot = findSlot(nextPc);
    if (slot !== 0) return instruction(at, nextPc, nextPc, slot);
    isSound = false;
    return at;
  }
  const start = residualsAt;
  const code = takeByte();
  if (code < MISS_ATTACHMENT) return unexpectedInstruction(at, code, start);
  const type = code - MISS_ATTACHMENT;
  const head = ENTRY_ATTACHMENT | (type << 2) | (takeNumber() << 8);
  missed();
  learnFollow(head);
  return attachment(at, head);
}

function unexpectedInstruction(at: usize, code: i32, start: usize): usize {
  const isElsewhere = (code & MISS_PC) !== 0;
  const isNew = (code & MISS_WORD) !== 0;
  const pc = isElsewhere ? nextPc + (takeSigned() << 2) : nextPc;
  let slot = findSlot(pc);
  if (!isNew && slot === 0) {
    isSound = false;
    return at;
  }
  const word = isNew ? takeWord() : load<i32>(slot, KNOWN_WORD);
  const plan = isNew ? findPlan(word) : 0;
  if (isNew && plan === 0) {
    unknownWord = word;
    residualsAt = start;
    return 0;
  }
  missed();
  if (follow !== 0) learnFollow(0);
  if (isElsewhere) learnSuccessor(pc);
  if (slot === 0) slot = addSlot(pc);
  if (isNew) learnWord(slot, word, plan);
  return instruction(at, pc, (code & MISS_ABORTED) !== 0 ? pc | ENTRY_ABORTED : pc, slot);
}

function instruction(at: usize, pc: i32, head: i32, slot: usize): usize {
  const word = load<i32>(slot, KNOWN_WORD);
  const plan = load<usize>(slot, KNOWN_PLAN);
  const late = hit() ? 0 : takeLate();
  const when = time + load<i32>(slot, KNOWN_DELTA) + late;
  arrived(slot, when, late);
  lastInstruction = <i32>((at - RECORDS) >>> 2);
  store<i32>(at, head);
  store<i32>(at, word, 4);
  store<i32>(at, when, 8);
  const first = load<i32>(plan);
  let next = at + 4 * HEADER_WORDS;
  if (head === pc) next = takeValues(next, slot + KNOWN_CELLS, word, plan + 8, first >>> 8);
  executed(slot, pc, word, first & 255);
  return next;
}

function takeLate(): i32 {
  const late = takeSigned();
  missed();
  return late;
}

function takeValues(begin: usize, cells: usize, word: i32, operations: usize, count: i32): usize {
  const end = operations + (count << 2);
  let at = begin;
  let cell = cells;
  let address = 0;
  let value = 0;
  for (let operation = operations; operation < end; operation += 4) {
    const code = load<i32>(operation);
    const argument = code >>> 8;
    switch (code & 255) {
      case OP_ADDRESS: {
        const basis = addressBasis(word, argument);
        address = takeItem(basis + load<i32>(cell, CELL_LAST));
        store<i32>(cell, address - basis, CELL_LAST);
        store<i32>(at, address);
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_LOAD:
        value = takeLoaded(address, argument);
        store<i32>(at, value);
        at += 4;
        break;
      case OP_STORE:
        value = takeItem(register((word >>> 21) & 31));
        storeMemory(address, argument, value);
        store<i32>(at, value);
        at += 4;
        break;
      case OP_LOADED: {
        const loaded = takeItem(value + load<i32>(cell, CELL_LAST));
        store<i32>(cell, loaded - value, CELL_LAST);
        setRegister(argument, loaded);
        value = loaded;
        store<i32>(at, value);
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_UPDATED:
        value = takeItem(address);
        setRegister(argument, value);
        store<i32>(at, value);
        at += 4;
        break;
      case OP_RESULT:
        value = takeResult(cell, sourceOf(argument, word), word);
        setRegister(argument, value);
        store<i32>(at, value);
        at += 4;
        cell += CELL_BYTES;
        break;
      case OP_CONDITION: {
        const conditions = takeCondition(cell, value, word);
        setRegister(CR, conditions);
        store<i32>(at, conditions);
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_SPECIAL:
        value = takeItem(register((word >>> 21) & 31));
        writeSpecial(argument, value);
        store<i32>(at, value);
        at += 4;
        break;
      case OP_LOAD_MULTIPLE:
        for (let n = argument; n < 32; n++) {
          value = takeLoaded(address, 4);
          setRegister(n, value);
          store<i32>(at, value);
          at += 4;
          address += 4;
        }
        break;
      case OP_STORE_MULTIPLE:
        for (let n = argument; n < 32; n++) {
          value = takeItem(register(n));
          storeMemory(address, 4, value);
          store<i32>(at, value);
          at += 4;
          address += 4;
        }
        break;
      case OP_VECTOR_STORED:
        at = takeVector(at, REGISTERS + 4 * VECTORS + VECTOR_BYTES * ((word >>> 21) & 31), word);
        break;
      case OP_ENABLES:
        enablesOf(word, SCRATCH);
        at = takeVector(at, SCRATCH, word);
        break;
      case OP_VECTOR:
        at = takeRegisters(at, REGISTERS + (argument << 2), word);
        break;
      case OP_ACCUMULATOR:
        at = takeRegisters(at, REGISTERS + 4 * ACCUMULATOR, word);
        at = takeRegisters(at, REGISTERS + 4 * ACCUMULATOR + VECTOR_BYTES, word);
        break;
      default:
        memory.fill(at, 0, argument << 2);
        at += argument << 2;
    }
  }
  return at;
}

function takeLoaded(address: i32, bytes: i32): i32 {
  const expected = loadMemory(address, bytes);
  if (hit()) return expected;
  const value = expected + takeSigned();
  missed();
  storeMemory(address, bytes, value);
  return value;
}

function takeResult(cell: usize, source: i32, word: i32): i32 {
  const known = load<i32>(cell, CELL_RULE);
  if (hit()) {
    const expected = result(known, cell, source, word);
    if (known <= 0) store<i32>(cell, expected, CELL_LAST);
    return expected;
  }
  const rule = takeByte();
  const isRule = rule !== NO_RULE;
  if (isRule && rule >= RESULT_RULES) isSound = false;
  const value = result(isRule ? rule : FRESH, cell, source, word) + (isRule ? 0 : takeSigned());
  missed();
  learnResult(cell, value, source, isRule ? rule : FRESH);
  return value;
}

function takeCondition(cell: usize, written: i32, word: i32): i32 {
  if (hit()) return condition(load<i32>(cell, CELL_RULE), cell, written, word);
  const rule = takeByte();
  const isRule = rule !== NO_RULE;
  if (isRule && rule >= CONDITION_RULES) isSound = false;
  const value = isRule ? condition(rule, cell, written, word) : register(CR) ^ rotr<i32>(takeNumber(), 4);
  missed();
  learnCondition(cell, value, isRule ? rule : FRESH);
  return value;
}

// ---- vectors ------------------------------------------------------------------------------------------------------

function takeRegisters(at: usize, target: usize, word: i32): usize {
  const next = takeVector(at, target, word);
  memory.copy(target, at, VECTOR_BYTES);
  return next;
}

function takeVector(at: usize, expected: usize, word: i32): usize {
  if (hit()) memory.copy(at, expected, VECTOR_BYTES);
  else {
    const reference = takeByte();
    if (reference === REFERENCE_SPLAT) fillVector(at, takeWord());
    else if (reference === REFERENCE_NONE) takeLanes(at, VECTOR_BYTES);
    else takeDifferences(at, referenceAt(reference, expected, word));
    missed();
  }
  return at + VECTOR_BYTES;
}

function referenceAt(reference: i32, expected: usize, word: i32): usize {
  switch (reference) {
    case REFERENCE_EXPECTED:
      return expected;
    case REFERENCE_VRA:
      return REGISTERS + 4 * VECTORS + VECTOR_BYTES * ((word >>> 16) & 31);
    case REFERENCE_VRB:
      return REGISTERS + 4 * VECTORS + VECTOR_BYTES * ((word >>> 11) & 31);
    default:
      if (reference !== REFERENCE_ZERO) isSound = false;
      return ZEROS;
  }
}

function fillVector(at: usize, word: i32): void {
  for (let i = 0; i < VECTOR_BYTES; i += 4) store<i32>(at + i, word);
}

function takeLanes(at: usize, bytes: i32): void {
  memory.copy(at, lanesAt, bytes);
  lanesAt += bytes;
}

function takeDifferences(at: usize, reference: usize): void {
  const mask = takeWord();
  for (let i = 0; i < VECTOR_WORDS; i++) {
    const isDifferent = ((mask >>> i) & 1) !== 0;
    store<i32>(at + (i << 2), load<i32>(isDifferent ? lanesAt : reference + (i << 2)));
    if (isDifferent) lanesAt += 4;
  }
}

// ---- attachments --------------------------------------------------------------------------------------------------

function attachment(at: usize, head: i32): usize {
  const type = (head >>> 2) & 63;
  let next = at + 8;
  store<i32>(at, head);
  if (type === STALL || type === GAP) {
    const kept = followValue();
    const value = takeItem(load<i32>(kept) + (type === STALL ? slip : 0));
    store<i32>(kept, value);
    store<i32>(at, value, 4);
  } else if (type === EVENT) {
    const kept = followValue();
    const when = takeItem(time + eventDelta);
    learnEvent(when - time);
    let packed = load<i32>(kept);
    if (!hit()) {
      packed ^= takeNumber();
      missed();
    }
    store<i32>(kept, packed);
    store<i32>(at, when, 4);
    store<i32>(at, packed, 8);
    next = at + 12;
  } else {
    const when = takeItem(time);
    store<i32>(at, when, 4);
    if (type === CONVERSION) {
      takeLanes(next, 4 * CONVERSION_WORDS);
      next += 4 * CONVERSION_WORDS;
    } else if (type === EXCEPTION) {
      const vector = takeItem(0);
      const returnAddress = takeItem(nextPc);
      store<i32>(at, vector, 8);
      store<i32>(at, returnAddress, 12);
      enterException(when, vector, returnAddress);
      next = at + 16;
    } else if (type === RESET) enterReset(when);
    else isSound = false;
  }
  followed();
  return next;
}
