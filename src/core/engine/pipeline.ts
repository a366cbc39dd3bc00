/**
 * Timing of the scalar pipeline (nux-core section 7, timing-measured section 1). All times are issue cycles relative
 * to `COUNTER.base`. The generated loops keep the cheap cases inline and come here for the rest.
 */
import {
  COUNTER,
  NO_REGISTER,
  PENDING,
  QUEUE_SLOTS,
  SPECIAL,
  type State,
  WRITE_PORT_MASK,
} from "../state.ts";
import type { VectorUnit } from "../vector/unit.ts";

/** A load's result reaches the register file this long after issue, plus the response delay of its port. */
export const LOAD_TO_WRITE = 4;
/** The new base address of an update form is written this long after its slot. */
const UPDATE_TO_WRITE = 3;
/** From the last write to the first instruction behind a drain. */
const WRITE_TO_DRAINED = 2;
/** The front end stalls with this many outstanding requests. */
const QUEUE_LIMIT = 15;
/** The furthest ahead a multiplication reserves the write port. */
const LONGEST_RESERVATION = 5;
/** The divider is not ready before this cycle after reset. */
const DIVIDER_READY = 31;

export class Pipeline {
  readonly #special: Int32Array;
  readonly #counters: Float64Array;
  readonly #ready: Int32Array;
  readonly #conditionReady: Int32Array;
  readonly #writePort: Int32Array;
  readonly #queueRegister: Int32Array;
  readonly #queueTime: Int32Array;
  readonly #vectorUnit: VectorUnit;

  constructor(state: State, vectorUnit: VectorUnit) {
    this.#special = state.special;
    this.#counters = state.counters;
    this.#ready = state.ready;
    this.#conditionReady = state.conditionReady;
    this.#writePort = state.writePort;
    this.#queueRegister = state.queueRegister;
    this.#queueTime = state.queueTime;
    this.#vectorUnit = vectorUnit;
  }

  /** First cycle >= t in which `register` can be read or overwritten. */
  waitFor(t: number, register: number): number {
    while (this.#ready[register] === PENDING) {
      if (this.#special[SPECIAL.updated] === register + 1) this.#finishUpdate();
      else this.#retireOldest();
    }
    const ready = this.#ready[register];
    return Math.max(ready, t);
  }

  /**
   * The slot at t of a load or store with update sends a new base address to `register`. It yields the write port to
   * reserved results like a load does, but can be read one cycle before it is written.
   */
  update(t: number, register: number): void {
    const special = this.#special;
    if (special[SPECIAL.updated] !== 0) this.#finishUpdate();
    special[SPECIAL.updated] = register + 1;
    special[SPECIAL.updateTime] = t + UPDATE_TO_WRITE;
    this.#ready[register] = PENDING;
  }

  #finishUpdate(): void {
    const special = this.#special;
    const time = this.#freeSlot(special[SPECIAL.updateTime]);
    this.#writePort[time & WRITE_PORT_MASK] = time;
    this.#ready[special[SPECIAL.updated] - 1] = time - 1;
    special[SPECIAL.updated] = 0;
  }

  /**
   * Issues one request on the scalar port at t. `register` receives the response (NO_REGISTER: a store), `latency` is
   * the response delay. Returns when the next instruction can issue.
   */
  request(t: number, register: number, latency: number): number {
    const special = this.#special;
    if (special[SPECIAL.queueCount] !== 0) this.#retire(t + 1);
    let time = t + LOAD_TO_WRITE + latency;
    if (time <= special[SPECIAL.lastResponse]) time = special[SPECIAL.lastResponse] + 1;
    special[SPECIAL.lastResponse] = time;
    const count = special[SPECIAL.queueCount];
    const slot = (special[SPECIAL.queueHead] + count) & (QUEUE_SLOTS - 1);
    this.#queueRegister[slot] = register;
    this.#queueTime[slot] = time;
    special[SPECIAL.queueCount] = count + 1;
    if (register >= 0) this.#ready[register] = PENDING;
    if (count + 1 < QUEUE_LIMIT) return t + 1;
    const free = this.#retireOldest();
    return free > t ? free : t + 1;
  }

  /** Completes everything whose write cycle is at most `until`, up to where reservations are final. */
  #retire(until: number): void {
    const special = this.#special;
    while (special[SPECIAL.queueCount] !== 0) {
      const head = special[SPECIAL.queueHead];
      if (this.#queueTime[head] > until) return;
      if (this.#queueRegister[head] >= 0 && this.#freeSlot(this.#queueTime[head]) > until) return;
      this.#retireOldest();
    }
  }

  /** Completes the oldest request and returns its cycle. Final only if nothing else reserves an earlier slot. */
  #retireOldest(): number {
    const special = this.#special;
    const head = special[SPECIAL.queueHead];
    const register = this.#queueRegister[head];
    let time = this.#queueTime[head];
    if (register !== NO_REGISTER) {
      // An invalid form, a load with update of its own base register: the new base must not stay behind its load. That
      // of a later instruction does.
      const isUpdated = special[SPECIAL.updated] === register + 1;
      const isLater = isUpdated && special[SPECIAL.updateTime] > time;
      if (isUpdated && !isLater) this.#finishUpdate();
      time = this.#freeSlot(time);
      this.#writePort[time & WRITE_PORT_MASK] = time;
      if (!isLater) this.#ready[register] = time;
    }
    special[SPECIAL.queueHead] = (head + 1) & (QUEUE_SLOTS - 1);
    special[SPECIAL.queueCount]--;
    return time;
  }

  /** First cycle >= time in which the write port is free. */
  #freeSlot(time: number): number {
    let slot = time;
    while (this.#writePort[slot & WRITE_PORT_MASK] === slot) slot++;
    return slot;
  }

  /**
   * Issue cycle of the instruction behind one that drains everything (sync, mtmsr, tw, wait) and itself issues at t
   * and takes at least `least` cycles.
   */
  drain(t: number, least: number): number {
    const special = this.#special;
    let end = t + least;
    if (special[SPECIAL.updated] !== 0) this.#finishUpdate();
    while (special[SPECIAL.queueCount] !== 0) {
      const written = this.#retireOldest() + WRITE_TO_DRAINED;
      if (written > end) end = written;
    }
    for (let slot = t + LONGEST_RESERVATION; slot + WRITE_TO_DRAINED > end; slot--) {
      if (this.#writePort[slot & WRITE_PORT_MASK] === slot) end = slot + WRITE_TO_DRAINED;
    }
    for (const ready of this.#conditionReady) {
      if (ready + WRITE_TO_DRAINED > end) end = ready + WRITE_TO_DRAINED;
    }
    for (const name of [SPECIAL.lrReady, SPECIAL.ctrReady, SPECIAL.sprReady]) {
      if (special[name] + WRITE_TO_DRAINED > end) end = special[name] + WRITE_TO_DRAINED;
    }
    const vector = this.#vectorUnit.drainedAt() - this.#counters[COUNTER.base];
    return Math.max(vector, end);
  }

  /** First cycle >= t in which all condition fields of the mask (bit 7 = CR0) can be read. */
  conditionStall(t: number, fields: number): number {
    let end = t;
    for (let field = 0; field < 8; field++) {
      if ((fields >> (7 - field)) & 1 && this.#conditionReady[field] > end) end = this.#conditionReady[field];
    }
    return end;
  }

  /** The condition fields of the mask are written so that they can be read from `time` on. */
  conditionWritten(time: number, fields: number): void {
    for (let field = 0; field < 8; field++)
      if ((fields >> (7 - field)) & 1) this.#conditionReady[field] = time;
  }

  /** First cycle >= t in which the divider takes an instruction. */
  divider(t: number): number {
    const ready = DIVIDER_READY - this.#counters[COUNTER.base];
    return Math.max(ready, t);
  }
}
