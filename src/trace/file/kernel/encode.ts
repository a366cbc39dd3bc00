/** Raw records to the streams of a chunk. */
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
import { putValues } from "./encode-values";
import {
  CONVERSION,
  CONVERSION_WORDS,
  CUT,
  DONE,
  EARLIEST,
  ENTRY_ATTACHMENT,
  EVENT,
  EXCEPTION,
  GAP,
  GAP_HEAD,
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
  MOST_ENTRIES,
  PLAN,
  RECORDS,
  REGISTER_WORDS,
  STALL,
  STATE,
  STATE_ENTRY,
} from "./layout";
import {
  beginStreams,
  hit,
  isFull,
  miss,
  putByte,
  putItem,
  putLanes,
  putNumber,
  putPlainNumber,
  putRun,
  putWord,
  zigzag,
} from "./put";

/** Of the chunk so far. */
export let entries = 0;
export let instructions = 0;
/** Instructions of its gaps. */
export let skipped = 0;
/** Largest time of an entry. */
export let latest = 0;
/** Word index of the entry at which encoding paused, and the word that it wants a plan for. */
export let stoppedAt = 0;
export let wantedWord = 0;

/** A chunk is open, and ends at these. */
let limit: i64 = 0;
let most = 0;

/** Begins a chunk of at most so many instructions; entries from time `end` on belong into the next one. */
export function beginChunk(end: i32, mostInstructions: i32): void {
  beginCourse();
  beginStreams();
  entries = 0;
  instructions = 0;
  skipped = 0;
  latest = 0;
  limit = end;
  most = mostInstructions;
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
      if (type === STALL && at + 8 <= stop) {
        stall(head, load<i32>(at, 4));
        at += 8;
        continue;
      }
      const next = at + attachmentBytes(type);
      if (next > stop) why = INCOMPLETE;
      else if (type === STATE) why = STATE_ENTRY;
      else if (type === GAP) gap(load<i32>(at, 4));
      else {
        const when = offset + load<i32>(at, 4);
        if (when >= limit || when < EARLIEST || entries >= MOST_ENTRIES || isFull) why = CUT;
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
    else if (when >= limit || when < EARLIEST || instructions >= most || isFull) why = CUT;
    if (why !== DONE) break;
    if (isKnown && head === nextPc && follow === 0) hit();
    else slot = unexpectedInstruction(head, word, slot, plan);
    const late = <i32>when - time - load<i32>(slot, KNOWN_DELTA);
    if (late === 0) hit();
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

function putHead(head: i32, type: i32): void {
  entries++;
  if (head === follow) {
    hit();
    return;
  }
  miss();
  putByte(MISS_ATTACHMENT + type);
  putPlainNumber(head >>> 8);
  learnFollow(head);
}

function stall(head: i32, cycles: i32): void {
  if (head === follow) {
    entries++;
    hit();
  } else putHead(head, STALL);
  const kept = followValue();
  if (cycles === load<i32>(kept) + slip) hit();
  else putNumber(zigzag(cycles - slip - load<i32>(kept)));
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
    const packed = load<i32>(at);
    putItem(when, time + eventDelta);
    learnEvent(when - time);
    if (packed === expectedEvent()) hit();
    else putNumber(packed ^ expectedEvent());
  } else {
    putItem(when, time);
    if (type === CONVERSION) {
      putLanes(at, 4 * CONVERSION_WORDS);
    } else if (type === EXCEPTION) {
      putItem(load<i32>(at), 0);
      putItem(load<i32>(at, 4), nextPc);
      enterException(when, load<i32>(at), load<i32>(at, 4));
    } else enterReset(when);
  }
  followed();
}
