/** Values of raw records from streams: the way back of encode-values.ts. */
import { learnStored } from "./course";
import {
  ACCUMULATOR,
  CELL_BYTES,
  CELL_LAST,
  CELL_RULE,
  CONDITION_RULES,
  CR,
  FRESH,
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
  REFERENCE_EXPECTED,
  REFERENCE_NONE,
  REFERENCE_SPLAT,
  REFERENCE_VRA,
  REFERENCE_VRB,
  REFERENCE_ZERO,
  REGISTERS,
  RESULT_RULES,
  SCRATCH,
  VECTOR_WORDS,
  VECTORS,
  ZEROS,
} from "./layout";
import { enablesOf, register, setRegister, writeSpecial } from "./registers";
import {
  fail,
  hit,
  missed,
  takeByte,
  takeItem,
  takeLane,
  takeLanes,
  takeNumber,
  takeSigned,
  takeWord,
} from "./take";
import {
  addressBasis,
  condition,
  learnCondition,
  learnResult,
  loadMemory,
  result,
  sourceOf,
  storeMemory,
} from "./values";

const VECTOR_BYTES = 4 * VECTOR_WORDS;

/** Values of an instruction, by the operations of its plan. */
export function takeValues(begin: usize, cells: usize, word: i32, operations: usize, count: i32): usize {
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
        learnStored(value);
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
  if (isRule && rule >= RESULT_RULES) fail();
  const value = result(isRule ? rule : FRESH, cell, source, word) + (isRule ? 0 : takeSigned());
  missed();
  learnResult(cell, value, source, isRule ? rule : FRESH);
  return value;
}

function takeCondition(cell: usize, written: i32, word: i32): i32 {
  if (hit()) return condition(load<i32>(cell, CELL_RULE), cell, written, word);
  const rule = takeByte();
  const isRule = rule !== NO_RULE;
  if (isRule && rule >= CONDITION_RULES) fail();
  const value = isRule ? condition(rule, cell, written, word) : register(CR) ^ rotr<i32>(takeNumber(), 4);
  missed();
  learnCondition(cell, value, isRule ? rule : FRESH);
  return value;
}

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
      if (reference !== REFERENCE_ZERO) fail();
      return ZEROS;
  }
}

function fillVector(at: usize, word: i32): void {
  for (let i = 0; i < VECTOR_BYTES; i += 4) store<i32>(at + i, word);
}

function takeDifferences(at: usize, reference: usize): void {
  const mask = takeWord();
  for (let i = 0; i < VECTOR_WORDS; i++) {
    const isDifferent = ((mask >>> i) & 1) !== 0;
    store<i32>(at + (i << 2), isDifferent ? takeLane() : load<i32>(reference + (i << 2)));
  }
}
