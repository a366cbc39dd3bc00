/** Raw records from the streams of a chunk: the way back of encode.ts. */
import {
  addSlot,
  arrived,
  beginCourse,
  enterException,
  enterReset,
  eventDelta,
  executed,
  expectedEvent,
  findPlan,
  findSlot,
  follow,
  followed,
  followValue,
  learnEvent,
  learnFollow,
  learnSuccessor,
  learnWord,
  nextPc,
  slip,
  time,
} from "./course";
import { takeValues } from "./decode-values";
import {
  CONVERSION,
  CONVERSION_WORDS,
  DAMAGED,
  DONE,
  ENTRY_ABORTED,
  ENTRY_ATTACHMENT,
  EVENT,
  EXCEPTION,
  GAP,
  HEADER_WORDS,
  INCOMPLETE,
  KNOWN_CELLS,
  KNOWN_DELTA,
  KNOWN_PLAN,
  KNOWN_WORD,
  MISS_ABORTED,
  MISS_ATTACHMENT,
  MISS_PC,
  MISS_WORD,
  PLAN,
  RECORD_MARGIN,
  RECORD_WORDS,
  RECORDS,
  RESET,
  STALL,
} from "./layout";
import {
  beginReading,
  fail,
  hit,
  isFinished,
  isReadable,
  missed,
  residualMark,
  returnTo,
  takeByte,
  takeItem,
  takeLanes,
  takeNumber,
  takeSigned,
  takeWord,
} from "./take";

/** Word index behind the records decoded, and of the last instruction among them. */
export let decodedEnd = 0;
export let lastInstruction = 0;
export let unknownWord = 0;

/** Entries that are left. */
let left = 0;
/** Begins to read a chunk whose streams of so many bytes stand in memory. */
export function beginDecoding(entries: i32, hits: i32, residuals: i32, lanes: i32): void {
  beginCourse();
  left = entries;
  beginReading(hits, residuals, lanes);
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
    if (!isReadable()) {
      why = DAMAGED;
      break;
    }
    left--;
    at = next;
  }
  if (why === DONE && !isFinished()) why = DAMAGED;
  decodedEnd = <i32>((at - RECORDS) >>> 2);
  return why;
}

/** Decodes an entry to `at`; gives where the next one goes, or 0 where a plan is wanted. */
function entry(at: usize): usize {
  if (hit()) {
    if (follow !== 0) return attachment(at, follow);
    const slot = findSlot(nextPc);
    if (slot !== 0) return instruction(at, nextPc, nextPc, slot);
    fail();
    return at;
  }
  const start = residualMark();
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
    fail();
    return at;
  }
  const word = isNew ? takeWord() : load<i32>(slot, KNOWN_WORD);
  const plan = isNew ? findPlan(word) : 0;
  if (isNew && plan === 0) {
    unknownWord = word;
    returnTo(start);
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
    const when = takeItem(time + eventDelta);
    learnEvent(when - time);
    let packed = expectedEvent();
    if (!hit()) {
      packed ^= takeNumber();
      missed();
    }
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
    else fail();
  }
  followed();
  return next;
}
