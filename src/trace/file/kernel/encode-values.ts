/** Values of raw records to streams. */
import { learnStored } from "./course";
import {
  ACCUMULATOR,
  CELL_BYTES,
  CELL_DIFFERENCE,
  CELL_LAST,
  CELL_RULE,
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
  SCRATCH,
  VECTOR_WORDS,
  VECTORS,
  ZEROS,
} from "./layout";
import {
  hit,
  miss,
  putByte,
  putItem,
  putLane,
  putLanes,
  putNumber,
  putPlainNumber,
  putWord,
  zigzag,
} from "./put";
import { enablesOf, register, setRegister, writeSpecial } from "./registers";
import {
  addressBasis,
  condition,
  conditionRule,
  learnCondition,
  learnResult,
  loadMemory,
  result,
  resultRule,
  sourceOf,
  storeMemory,
} from "./values";

const VECTOR_BYTES = 4 * VECTOR_WORDS;

/** Values of an instruction, by the operations of its plan. */
export function putValues(begin: usize, cells: usize, word: i32, operations: usize, count: i32): void {
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
        if (address === basis + load<i32>(cell, CELL_LAST)) hit();
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
        learnStored(value);
        storeMemory(address, argument, value);
        at += 4;
        break;
      case OP_LOADED: {
        const loaded = load<i32>(at);
        if (loaded === value + load<i32>(cell, CELL_LAST)) hit();
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
        // The most frequent rule without a call.
        const expected =
          rule === 1 ? source + load<i32>(cell, CELL_DIFFERENCE) : result(rule, cell, source, word);
        if (value === expected) {
          hit();
          if (rule <= 0) store<i32>(cell, value, CELL_LAST);
        } else unexpectedResult(value, cell, source, word);
        setRegister(argument, value);
        at += 4;
        cell += CELL_BYTES;
        break;
      }
      case OP_CONDITION: {
        const conditions = load<i32>(at);
        if (conditions === condition(load<i32>(cell, CELL_RULE), cell, value, word)) hit();
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
  if (value === expected) hit();
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

/** 32 words that go into registers at `target`. */
function putRegisters(at: usize, target: usize, word: i32): usize {
  putVector(at, target, word);
  memory.copy(target, at, VECTOR_BYTES);
  return at + VECTOR_BYTES;
}

/** 32 words that should equal those at `expected`. */
function putVector(at: usize, expected: usize, word: i32): void {
  if (equal(at, expected)) {
    hit();
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
    putLanes(at, VECTOR_BYTES);
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
    putLane(value);
  }
  putWord(mask);
}
