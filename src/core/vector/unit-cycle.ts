/** One cycle of the vector unit: completion, register-file port, pop from the queue, starts. */
import { CMP, GRANTS, LS, MADD, NOBODY, nextPhase, PERMUTE, PLS, UNITS } from "./register-port.ts";
import { QUEUE, RING, SCALAR, type UnitState } from "./unit-state.ts";
import { isPredicated, READS, sourceOf, targetOf, timingOf, UNIT, WRITES } from "./unit-word.ts";

export const NEVER = 0x7fff_ffff;
const NONE = -1;

/** Reservations of each unit, held from pop to completion (fxv-isa section 7). */
const RESERVATIONS = Int32Array.of(4, 2, 2, 16, 2);

/** From the last operand read (the start, if there is none) to the write request or write of each unit, in cycles. */
const MADD_TO_PORT = 8;
const PERMUTE_TO_PORT = 4;
const COMPARE_TO_WRITE = 4;
/** From the start of fxvlax to its write request, without the response delay; the same for the end of fxvstax. */
const TRANSFER = 36;
/** From the last operand read (or start) to the request on the parallel bus. */
const TO_PARALLEL_REQUEST = 3;
/** From a parallel response to the write request, or to the end of a parallel write. */
const PARALLEL_TO_PORT = 1;
/** A unit can start its next instruction this long after the last operand read of the one before. */
const READ_TO_START = 2;
/** A granted read keeps its register (or VCR) from being overwritten until then. */
const READ_TO_RELEASE = 2;
/** From the write to the instruction behind a `sync`. */
const WRITE_TO_DRAINED = 1;
/** Two parallel reads write at least this far apart. */
const PARALLEL_WRITE_DISTANCE = 2;

/** `at` if it lies between now and `next`, else `next`. */
const earlier = (at: number, now: number, next: number) => (at > now && at < next ? at : next);
/** Number of the lowest bit that is set. */
const lowest = (set: number) => 31 - Math.clz32(set & -set);

/** Sees what the simulation finds out; cycles as in `VectorUnit`. */
export interface VectorTimingObserver {
  /** A request goes out on the parallel bus, in order. */
  parallelRequest?(cycle: number): void;
  /** First cycle in which the new VRT, ACC or VCR is stored (for stores and parallel writes: everything is done). */
  written?(timing: number, vrt: number, cycle: number): void;
}

export class UnitCycle {
  readonly #state: UnitState;
  observer: VectorTimingObserver | undefined;

  constructor(state: UnitState) {
    this.#state = state;
  }

  /** Simulates cycle `now`; returns false if nothing happened in it and no unit waits for the port. */
  step(now: number): boolean {
    const { scalars } = this.#state;
    let active = false;
    if (scalars[SCALAR.nextWritten] <= now) {
      this.#complete(now);
      active = true;
    }
    const wanted = scalars[SCALAR.writing] | scalars[SCALAR.reading];
    if (wanted !== 0 && this.#port(wanted, now)) active = true;
    if (scalars[SCALAR.storeRelease] <= now) {
      this.#state.reserved[LS]--;
      scalars[SCALAR.storeRelease] = NEVER;
      active = true;
    }
    if (scalars[SCALAR.queueCount] > 0 && this.#pop(now)) active = true;
    for (let units = scalars[SCALAR.waiting]; units !== 0; units &= units - 1) {
      if (this.#start(lowest(units), now)) active = true;
    }
    return active;
  }

  /** First cycle > now in which something can happen without anything happening before; NEVER when idle. */
  nextEvent(now: number): number {
    const state = this.#state;
    const { scalars } = state;
    let next = earlier(scalars[SCALAR.nextWritten], now, NEVER);
    next = earlier(scalars[SCALAR.storeRelease], now, next);
    for (let units = scalars[SCALAR.writing]; units !== 0; units &= units - 1) {
      const unit = lowest(units);
      next = earlier(state.writeAt[unit * RING + state.writeHead[unit]], now, next);
    }
    for (let units = scalars[SCALAR.reading]; units !== 0; units &= units - 1) {
      next = earlier(state.readAt[lowest(units)], now, next);
    }
    for (let units = scalars[SCALAR.waiting]; units !== 0; units &= units - 1) {
      next = earlier(state.nextStart[lowest(units)], now, next);
    }
    if (scalars[SCALAR.queueCount] > 0) {
      const head = scalars[SCALAR.queueHead];
      next = earlier(state.queueArrival[head], now, next);
      next = earlier(state.lastRead[targetOf(state.queueWord[head])] + READ_TO_RELEASE, now, next);
      next = earlier(scalars[SCALAR.conditionFree], now, next);
    }
    return next;
  }

  #complete(now: number): void {
    const state = this.#state;
    const { scalars } = state;
    let next = NEVER;
    for (let set = scalars[SCALAR.finishing]; set !== 0; set &= set - 1) {
      const slot = lowest(set);
      const at = state.written[slot];
      if (at > now) {
        if (at < next) next = at;
        continue;
      }
      const timing = timingOf(state.word[slot]);
      const unit = UNIT[timing];
      if (WRITES[timing]) state.writer[targetOf(state.word[slot])] = NONE;
      if (unit === CMP) scalars[SCALAR.comparePending] = 0;
      if (unit !== LS) state.reserved[unit]--;
      scalars[SCALAR.finishing] &= ~(1 << slot);
      scalars[SCALAR.live] &= ~(1 << slot);
    }
    scalars[SCALAR.nextWritten] = next;
  }

  #finish(slot: number, at: number): void {
    const { scalars, written, word, origin } = this.#state;
    written[slot] = at;
    this.observer?.written?.(timingOf(word[slot]), targetOf(word[slot]), origin[0] + at);
    scalars[SCALAR.finishing] |= 1 << slot;
    if (at < scalars[SCALAR.nextWritten]) scalars[SCALAR.nextWritten] = at;
    this.#drainedBy(at + WRITE_TO_DRAINED);
  }

  #drainedBy(at: number): void {
    const { scalars } = this.#state;
    if (at > scalars[SCALAR.drained]) scalars[SCALAR.drained] = at;
  }

  /** Serves one of the units that have something to write or to read, if its time has come. */
  #port(wanted: number, now: number): boolean {
    const state = this.#state;
    const { scalars } = state;
    const writing = scalars[SCALAR.writing];
    const reading = scalars[SCALAR.reading];
    let requests = 0;
    let writes = 0;
    for (let units = wanted; units !== 0; units &= units - 1) {
      const unit = lowest(units);
      const bit = units & -units;
      if (writing & bit && state.writeAt[unit * RING + state.writeHead[unit]] <= now) {
        requests |= bit;
        writes |= bit;
      } else if (reading & bit && state.readAt[unit] <= now) requests |= bit;
    }
    if (requests === 0) return false;
    const phase = scalars[SCALAR.phase];
    scalars[SCALAR.phase] = nextPhase(phase);
    const granted = GRANTS[(phase << UNITS) | requests];
    if (writes & (1 << MADD) && granted !== MADD) this.#delayWrites(MADD);
    if (writes & (1 << PERMUTE) && granted !== PERMUTE) this.#delayWrites(PERMUTE);
    if (granted === NOBODY) return true;
    if (writes & (1 << granted)) this.#write(granted, now);
    else this.#read(granted, now);
    return true;
  }

  /** A denied write holds the pipeline behind it. */
  #delayWrites(unit: number): void {
    const { writeHead, writeCount, writeAt } = this.#state;
    for (let i = 1; i < writeCount[unit]; i++) writeAt[unit * RING + ((writeHead[unit] + i) & (RING - 1))]++;
  }

  #write(unit: number, now: number): void {
    const state = this.#state;
    const head = state.writeHead[unit];
    const slot = state.writing[unit * RING + head];
    const behind = (head + 1) & (RING - 1);
    state.writeHead[unit] = behind;
    const left = --state.writeCount[unit];
    if (left === 0) state.scalars[SCALAR.writing] &= ~(1 << unit);
    this.#finish(slot, now + 1);
    if (unit === LS) {
      state.reserved[LS]--;
      // The next transfer may begin while a write that lost the port is still waiting, one cycle before its grant.
      const unhindered = state.started[slot] + TRANSFER + state.latency[slot] + state.fromIdle[slot];
      state.nextStart[LS] = Math.max(unhindered, now - 1);
    } else if (unit === PLS && left > 0) {
      const at = unit * RING + behind;
      state.writeAt[at] = Math.max(state.writeAt[at], now + PARALLEL_WRITE_DISTANCE);
    } else if (unit === PLS) state.scalars[SCALAR.lastParallelWrite] = now;
  }

  #read(unit: number, now: number): void {
    const state = this.#state;
    const slot = state.reading[unit];
    const word = state.word[slot];
    const done = ++state.readsDone[slot];
    const register = sourceOf(word, done - 1);
    state.unread[register]--;
    state.lastRead[register] = now;
    if (done === READS[timingOf(word)]) {
      state.scalars[SCALAR.reading] &= ~(1 << unit);
      this.#operandsRead(unit, slot, now);
    } else state.readAt[unit] = now + 1;
  }

  /** The last operand of `slot` was read in cycle `now` (or it started without operands). */
  #operandsRead(unit: number, slot: number, now: number): void {
    const state = this.#state;
    const { scalars } = state;
    const word = state.word[slot];
    const writes = WRITES[timingOf(word)] === 1;
    state.nextStart[unit] = now + READ_TO_START;
    if (isPredicated(word)) {
      scalars[SCALAR.conditionReaders]--;
      scalars[SCALAR.conditionFree] = Math.max(scalars[SCALAR.conditionFree], now + READ_TO_RELEASE);
    }
    if (unit === MADD) {
      if (writes) this.#queueWrite(MADD, slot, now + MADD_TO_PORT);
      else this.#finish(slot, now + MADD_TO_PORT + 1);
    } else if (unit === PERMUTE) this.#queueWrite(PERMUTE, slot, now + PERMUTE_TO_PORT);
    else if (unit === CMP) this.#finish(slot, now + COMPARE_TO_WRITE);
    else if (unit === LS) this.#transfer(slot, now, writes);
    else this.#request(slot, now, writes);
  }

  #transfer(slot: number, now: number, load: boolean): void {
    const state = this.#state;
    const end = TRANSFER + state.latency[slot];
    if (load) {
      state.nextStart[LS] = NEVER;
      this.#queueWrite(LS, slot, state.started[slot] + end);
      return;
    }
    state.nextStart[LS] = now + end - 1 + state.fromIdle[slot];
    state.scalars[SCALAR.storeRelease] = now + end - 1;
    this.#finish(slot, now + end - 1 + state.fromIdle[slot]);
  }

  #request(slot: number, now: number, read: boolean): void {
    const state = this.#state;
    const { scalars } = state;
    const request = now + TO_PARALLEL_REQUEST;
    this.observer?.parallelRequest?.(state.origin[0] + request);
    const response = request + state.latency[slot];
    if (read) {
      const last = scalars[SCALAR.lastParallelWrite] + PARALLEL_WRITE_DISTANCE;
      const at = Math.max(response + PARALLEL_TO_PORT, last);
      scalars[SCALAR.lastParallelWrite] = at;
      this.#queueWrite(PLS, slot, at);
    } else {
      // Posted: only reads keep reservation and slot until the response, so that any number can be on its way.
      state.reserved[PLS]--;
      scalars[SCALAR.live] &= ~(1 << slot);
      const done = response + PARALLEL_TO_PORT + 1;
      this.observer?.written?.(
        timingOf(state.word[slot]),
        targetOf(state.word[slot]),
        state.origin[0] + done,
      );
      this.#drainedBy(done + WRITE_TO_DRAINED);
    }
  }

  #queueWrite(unit: number, slot: number, at: number): void {
    const { scalars, writeHead, writeCount, writing, writeAt } = this.#state;
    scalars[SCALAR.writing] |= 1 << unit;
    const entry = unit * RING + ((writeHead[unit] + writeCount[unit]++) & (RING - 1));
    writing[entry] = slot;
    writeAt[entry] = at;
  }

  #pop(now: number): boolean {
    const state = this.#state;
    const { scalars } = state;
    const head = scalars[SCALAR.queueHead];
    if (state.queueArrival[head] > now) return false;
    const word = state.queueWord[head];
    const timing = timingOf(word);
    const unit = UNIT[timing];
    const target = targetOf(word);
    if (state.reserved[unit] >= RESERVATIONS[unit]) return false;
    if (WRITES[timing]) {
      if (state.writer[target] !== NONE || state.unread[target] > 0) return false;
      if (state.lastRead[target] + READ_TO_RELEASE > now) return false;
    }
    if (unit === CMP) {
      if (scalars[SCALAR.comparePending] || scalars[SCALAR.conditionReaders] > 0) return false;
      if (scalars[SCALAR.conditionFree] > now) return false;
    }
    const slot = 31 - Math.clz32(~scalars[SCALAR.live] & -~scalars[SCALAR.live]);
    scalars[SCALAR.queueHead] = (head + 1) & (QUEUE - 1);
    scalars[SCALAR.queueCount]--;
    scalars[SCALAR.live] |= 1 << slot;
    state.word[slot] = word;
    state.latency[slot] = state.queueLatency[head];
    state.popped[slot] = now;
    state.readsDone[slot] = 0;
    state.reserved[unit]++;
    for (let i = 0; i < READS[timing]; i++) state.unread[sourceOf(word, i)]++;
    if (WRITES[timing]) state.writer[target] = slot;
    if (isPredicated(word)) scalars[SCALAR.conditionReaders]++;
    if (unit === CMP) scalars[SCALAR.comparePending] = 1;
    scalars[SCALAR.waiting] |= 1 << unit;
    state.waiting[unit * RING + ((state.waitHead[unit] + state.waitCount[unit]++) & (RING - 1))] = slot;
    return true;
  }

  /** Starts the oldest waiting instruction of a unit when the unit and all operands are ready. */
  #start(unit: number, now: number): boolean {
    const state = this.#state;
    const slot = state.waiting[unit * RING + state.waitHead[unit]];
    if (state.popped[slot] >= now || state.nextStart[unit] > now) return false;
    const word = state.word[slot];
    const reads = READS[timingOf(word)];
    for (let i = 0; i < reads; i++) {
      const writer = state.writer[sourceOf(word, i)];
      if (writer !== NONE && writer !== slot) return false;
    }
    if (isPredicated(word) && state.scalars[SCALAR.comparePending]) return false;
    state.waitHead[unit] = (state.waitHead[unit] + 1) & (RING - 1);
    if (--state.waitCount[unit] === 0) state.scalars[SCALAR.waiting] &= ~(1 << unit);
    state.started[slot] = now;
    if (unit === LS) {
      state.fromIdle[slot] = state.popped[slot] === now - 1 && state.nextStart[LS] < now ? 1 : 0;
      if (reads === 0 && state.nextStart[LS] === now - 1 && state.popped[slot] < now - 1)
        state.started[slot] = now - 1;
    }
    if (reads === 0) this.#operandsRead(unit, slot, now);
    else {
      state.nextStart[unit] = NEVER;
      state.scalars[SCALAR.reading] |= 1 << unit;
      state.reading[unit] = slot;
      state.readAt[unit] = now + 1;
    }
    return true;
  }
}
