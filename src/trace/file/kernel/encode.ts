/** Raw records to streams: runs of items that were as expected, and what the others are. */
import {
  ACCUMULATOR,
  CELL_BYTES,
  CELL_LAST,
  CELL_RULE,
  CONVERSION,
  CONVERSION_WORDS,
  CR,
  CUT,
  DONE,
  EARLIEST,
  ENTRY_ATTACHMENT,
  EVENT,
  EXCEPTION,
  FRESH,
  GAP,
  GAP_HEAD,
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
  MOST_ENTRIES,
  MOST_LANE_BYTES,
  MOST_STREAM_BYTES,
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
  RECORDS,
  REFERENCE_EXPECTED,
  REFERENCE_NONE,
  REFERENCE_SPLAT,
  REFERENCE_VRA,
  REFERENCE_VRB,
  REFERENCE_ZERO,
  REGISTER_WORDS,
  REGISTERS,
  RESIDUALS,
  SCRATCH,
  STALL,
  STATE,
  STATE_ENTRY,
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
  conditionRule,
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
  resultRule,
  setRegister,
  slip,
  sourceOf,
  storeMemory,
  time,
  writeSpecial,
} from "./model";

const VECTOR_BYTES = 4 * VECTOR_WORDS;

/** Of the chunk so far. */
export let entries = 0;
export let instructions = 0;
/** Instructions of its gaps. */
export let skipped = 0;
/** Largest time of an entry. */
export let latest = 0;
export let hitsEnd = HITS;
export let residualsEnd = RESIDUALS;
export let lanesEnd = LANES;
/** Word index of the entry at which encoding paused, and the word that it wants a plan for. */
export let stoppedAt = 0;
export let wantedWord = 0;

/** Items that were as expected since the last one that was not. */
let run = 0;
/** A chunk is open, and ends at these. */
let limit: i64 = 0;
let most = 0;

/** Begins a chunk of at most so many instructions; entries from time `end` on belong into the next one. */
export function beginChunk(end: i32, mostInstructions: i32): void {
  beginModel();
  entries = 0;
  instructions = 0;
  skipped = 0;
  latest = 0;
  run = 0;
  limit = end;
  most = mostInstructions;
  hitsEnd = HITS;
  residualsEnd = RESIDUALS;
  lanesEnd = LANES;
}

/** Writes what is pending. The next timed entry asks for a new chunk. */
export function endChunk(): void {
  putRun();
  limit = EARLIEST;
}

/** Encodes words `from` up to before `end` of the records; `shift` is to be added to their times. Gives why it pauses. */
export function encode(from: i32, end: i32, shift: f64): i32 {
  const offset = <i64>shift;
  const stop: usize = RECORDS + (end << 2);
  let at: usize = RECORDS + (from << 2);
  let why = DONE;
  while (at < stop) {
    const head = load<i32>(at);
    if ((head & ENTRY_ATTACHMENT) !== 0) {
      const type = (head >>> 2) & 63;
      const next = at + attachmentBytes(type);
      if (next > stop) why = INCOMPLETE;
      else if (type === STATE) why = STATE_ENTRY;
      else if (type === STALL) stall(head, load<i32>(at, 4));
      else if (type === GAP) gap(load<i32>(at, 4));
      else {
        const when = offset + load<i32>(at, 4);
        if (when >= limit || when < EARLIEST || entries >= MOST_ENTRIES) why = CUT;
        else attachment(head, type, at + 8, <i32>when);
      }
      if (why !== DONE) break;
      at = next;
      continue;
    }
    const word = load<i32>(at, 4);
    const pc = head & ~3;
    let slot = findSlot(pc);
    const isKnown = slot !== 0 && load<i32>(slot, KNOWN_WORD) === word;
    const plan: usize = isKnown ? load<usize>(slot, KNOWN_PLAN) : findPlan(word);
    if (plan === 0) {
      why = PLAN;
      wantedWord = word;
      break;
    }
    const values = at + 4 * HEADER_WORDS;
    const next = head === pc ? values + (load<i32>(plan, 4) << 2) : values;
    const when = offset + load<i32>(at, 8);
    if (next > stop) why = INCOMPLETE;
    else if (when >= limit || when < EARLIEST || instructions >= most) why = CUT;
    if (why !== DONE) break;
    if (isKnown && head === nextPc && follow === 0) run++;
    else slot = unexpectedInstruction(head, word, slot, plan);
    const late = <i32>when - time - load<i32>(slot, KNOWN_DELTA);
    if (late === 0) run++;
    else putNumber(zigzag(late));
    arrived(slot, <i32>when, late);
    if (<i32>when > latest) latest = <i32>when;
    entries++;
    instructions++;
    const first = load<i32>(plan);
    if (next !== values) putValues(values, slot + KNOWN_CELLS, word, plan + 8, first >>> 8);
    executed(slot, pc, word, first & 255);
    at = next;
  }
  stoppedAt = <i32>((at - RECORDS) >>> 2);
  return why;
}

function attachmentBytes(type: i32): usize {
  switch (type) {
    case EXCEPTION:
      return 16;
    case EVENT:
      return 12;
    case CONVERSION:
      return 8 + 4 * CONVERSION_WORDS;
    case STATE:
      return 8 + 4 * REGISTER_WORDS;
    default:
      return 8;
  }
}

// ---- streams ------------------------------------------------------------------------------------------------------

/** Ends a run of items that were as expected. */
function putRun(): void {
  let value = run;
  let at = hitsEnd;
  while (value > 127) {
    store<u8>(at++, value | 128);
    value >>>= 7;
  }
  store<u8>(at, value);
  hitsEnd = at + 1;
  run = 0;
}

/** An item was not as expected; what it is goes to the residuals. */
function miss(): void {
  putRun();
  if (
    hitsEnd > HITS + MOST_STREAM_BYTES ||
    residualsEnd > RESIDUALS + MOST_STREAM_BYTES ||
    lanesEnd > LANES + MOST_LANE_BYTES
  ) {
    limit = EARLIEST;
  }
}

function putByte(value: i32): void {
  store<u8>(residualsEnd, value);
  residualsEnd++;
}

function putWord(value: i32): void {
  store<i32>(residualsEnd, value);
  residualsEnd += 4;
}

/** Seven bits a byte, the lowest first. */
function putPlainNumber(number: i32): void {
  let value: u32 = number;
  let at = residualsEnd;
  while (value > 127) {
    store<u8>(at++, value | 128);
    value >>>= 7;
  }
  store<u8>(at, value);
  residualsEnd = at + 1;
}

/** An item that is a number. */
function putNumber(number: i32): void {
  miss();
  putPlainNumber(number);
}

function zigzag(value: i32): i32 {
  return (value << 1) ^ (value >> 31);
}

function putItem(value: i32, expected: i32): void {
  if (value === expected) run++;
  else putNumber(zigzag(value - expected));
}

// ---- instructions -------------------------------------------------------------------------------------------------

function unexpectedInstruction(head: i32, word: i32, known: usize, plan: usize): usize {
  const pc = head & ~3;
  const isElsewhere = pc !== nextPc;
  const isNew = known === 0 || load<i32>(known, KNOWN_WORD) !== word;
  if (follow !== 0) learnFollow(0);
  miss();
  putByte((isElsewhere ? MISS_PC : 0) | (isNew ? MISS_WORD : 0) | (head !== pc ? MISS_ABORTED : 0));
  if (isElsewhere) {
    putPlainNumber(zigzag((pc - nextPc) >> 2));
    learnSuccessor(pc);
  }
  const slot = known === 0 ? addSlot(pc) : known;
  if (isNew) {
    putWord(word);
    learnWord(slot, word, plan);
  }
  return slot;
}

function putValues(begin: usize, cells: usize, word: i32, operations: usize, count: i32): void {
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
        address = load<i32>(at);
        if (address === basis + load<i32>(cell, CELL_LAST)) run++;
        else {
          putNumber(zigzag(address - basis - load<i32>(cell, CELL_LAST)));
          store<i32>(cell, address - basis, CELL_LAST);
        }
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_LOAD:
        value = load<i32>(at);
        putLoaded(value, address, argument);
        at += 4;
        break;
      case OP_STORE:
        value = load<i32>(at);
        putItem(value, register((word >>> 21) & 31));
        storeMemory(address, argument, value);
        at += 4;
        break;
      case OP_LOADED: {
        const loaded = load<i32>(at);
        if (loaded === value + load<i32>(cell, CELL_LAST)) run++;
        else {
          putNumber(zigzag(loaded - value - load<i32>(cell, CELL_LAST)));
          store<i32>(cell, loaded - value, CELL_LAST);
        }
        setRegister(argument, loaded);
        value = loaded;
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_UPDATED:
        value = load<i32>(at);
        putItem(value, address);
        setRegister(argument, value);
        at += 4;
        break;
      case OP_RESULT: {
        value = load<i32>(at);
        const source = sourceOf(argument, word);
        const rule = load<i32>(cell, CELL_RULE);
        if (value === result(rule, cell, source, word)) {
          run++;
          if (rule <= 0) store<i32>(cell, value, CELL_LAST);
        } else unexpectedResult(value, cell, source, word);
        setRegister(argument, value);
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_CONDITION: {
        const conditions = load<i32>(at);
        if (conditions === condition(load<i32>(cell, CELL_RULE), cell, value, word)) run++;
        else unexpectedCondition(conditions, cell, value, word);
        setRegister(CR, conditions);
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_SPECIAL:
        value = load<i32>(at);
        putItem(value, register((word >>> 21) & 31));
        writeSpecial(argument, value);
        at += 4;
        break;
      case OP_LOAD_MULTIPLE:
        for (let n = argument; n < 32; n++) {
          value = load<i32>(at);
          putLoaded(value, address, 4);
          setRegister(n, value);
          at += 4;
          address += 4;
        }
        break;
      case OP_STORE_MULTIPLE:
        for (let n = argument; n < 32; n++) {
          value = load<i32>(at);
          putItem(value, register(n));
          storeMemory(address, 4, value);
          at += 4;
          address += 4;
        }
        break;
      case OP_VECTOR_STORED:
        putVector(at, REGISTERS + 4 * VECTORS + VECTOR_BYTES * ((word >>> 21) & 31), word);
        at += VECTOR_BYTES;
        break;
      case OP_ENABLES:
        enablesOf(word, SCRATCH);
        putVector(at, SCRATCH, word);
        at += VECTOR_BYTES;
        break;
      case OP_VECTOR:
        at = putRegisters(at, REGISTERS + (argument << 2), word);
        break;
      case OP_ACCUMULATOR:
        at = putRegisters(at, REGISTERS + 4 * ACCUMULATOR, word);
        at = putRegisters(at, REGISTERS + 4 * ACCUMULATOR + VECTOR_BYTES, word);
        break;
      default:
        at += argument << 2;
    }
  }
}

function putLoaded(value: i32, address: i32, bytes: i32): void {
  const expected = loadMemory(address, bytes);
  if (value === expected) run++;
  else {
    putNumber(zigzag(value - expected));
    storeMemory(address, bytes, value);
  }
}

function unexpectedResult(value: i32, cell: usize, source: i32, word: i32): void {
  const rule = resultRule(value, cell, source, word);
  miss();
  if (rule >= 0) putByte(rule);
  else {
    putByte(NO_RULE);
    putPlainNumber(zigzag(value - result(FRESH, cell, source, word)));
  }
  learnResult(cell, value, source, rule);
}

function unexpectedCondition(value: i32, cell: usize, written: i32, word: i32): void {
  const rule = conditionRule(value, cell, written, word);
  miss();
  if (rule >= 0) putByte(rule);
  else {
    putByte(NO_RULE);
    putPlainNumber(rotl<i32>(value ^ register(CR), 4));
  }
  learnCondition(cell, value, rule);
}

// ---- vectors ------------------------------------------------------------------------------------------------------

/** 32 words that go into registers at `target`. */
function putRegisters(at: usize, target: usize, word: i32): usize {
  putVector(at, target, word);
  memory.copy(target, at, VECTOR_BYTES);
  return at + VECTOR_BYTES;
}

/** 32 words that should equal those at `expected`. */
function putVector(at: usize, expected: usize, word: i32): void {
  if (equal(at, expected)) {
    run++;
    return;
  }
  miss();
  const vra: usize = REGISTERS + 4 * VECTORS + VECTOR_BYTES * ((word >>> 16) & 31);
  const vrb: usize = REGISTERS + 4 * VECTORS + VECTOR_BYTES * ((word >>> 11) & 31);
  const first = load<i32>(at);
  let splat = 0;
  let zero = 0;
  let same = 0;
  let a = 0;
  let b = 0;
  for (let i = 0; i < VECTOR_BYTES; i += 4) {
    const value = load<i32>(at + i);
    splat += i32(value === first);
    zero += i32(value === 0);
    same += i32(value === load<i32>(expected + i));
    a += i32(value === load<i32>(vra + i));
    b += i32(value === load<i32>(vrb + i));
  }
  if (splat === VECTOR_WORDS) {
    putByte(REFERENCE_SPLAT);
    putWord(first);
  } else if ((zero | same | a | b) === 0) {
    putByte(REFERENCE_NONE);
    memory.copy(lanesEnd, at, VECTOR_BYTES);
    lanesEnd += VECTOR_BYTES;
  } else if (zero >= same && zero >= a && zero >= b) {
    putByte(REFERENCE_ZERO);
    putDifferences(at, ZEROS);
  } else if (same >= a && same >= b) {
    putByte(REFERENCE_EXPECTED);
    putDifferences(at, expected);
  } else {
    putByte(a >= b ? REFERENCE_VRA : REFERENCE_VRB);
    putDifferences(at, a >= b ? vra : vrb);
  }
}

function equal(a: usize, b: usize): bool {
  for (let i = 0; i < VECTOR_BYTES; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  return true;
}

function putDifferences(at: usize, reference: usize): void {
  let mask = 0;
  for (let i = 0; i < VECTOR_WORDS; i++) {
    const value = load<i32>(at + (i << 2));
    if (value === load<i32>(reference + (i << 2))) continue;
    mask |= 1 << i;
    store<i32>(lanesEnd, value);
    lanesEnd += 4;
  }
  putWord(mask);
}

// ---- attachments --------------------------------------------------------------------------------------------------

function putHead(head: i32, type: i32): void {
  entries++;
  if (head === follow) {
    run++;
    return;
  }
  miss();
  putByte(MISS_ATTACHMENT + type);
  putPlainNumber(head >>> 8);
  learnFollow(head);
}

function stall(head: i32, cycles: i32): void {
  putHead(head, STALL);
  const kept = followValue();
  putItem(cycles, load<i32>(kept) + slip);
  store<i32>(kept, cycles);
  followed();
}

function gap(count: i32): void {
  putHead(GAP_HEAD, GAP);
  const kept = followValue();
  putItem(count, load<i32>(kept));
  store<i32>(kept, count);
  skipped += count;
  followed();
}

function attachment(head: i32, type: i32, at: usize, when: i32): void {
  putHead(head, type);
  if (when > latest) latest = when;
  if (type === EVENT) {
    const kept = followValue();
    const packed = load<i32>(at);
    const expected = load<i32>(kept);
    putItem(when, time + eventDelta);
    learnEvent(when - time);
    if (packed === expected) run++;
    else putNumber(packed ^ expected);
    store<i32>(kept, packed);
  } else {
    putItem(when, time);
    if (type === CONVERSION) {
      memory.copy(lanesEnd, at, 4 * CONVERSION_WORDS);
      lanesEnd += 4 * CONVERSION_WORDS;
    } else if (type === EXCEPTION) {
      putItem(load<i32>(at), 0);
      putItem(load<i32>(at, 4), nextPc);
      enterException(when, load<i32>(at), load<i32>(at, 4));
    } else enterReset(when);
  }
  followed();
}
