/**
 * What the scalar pipeline still has to do, relative to the next issue: all that the past means for the cycles of the
 * instructions to come. Two PPUs with equal pipeline states take the same cycles over the same instructions and data.
 */
import { LOAD_TO_WRITE } from "../engine/pipeline.ts";
import {
  COUNTER,
  NO_REGISTER,
  PENDING,
  QUEUE_SLOTS,
  SPECIAL,
  type State,
  WRITE_PORT_MASK,
  WRITE_PORT_SLOTS,
} from "../state.ts";

/** The furthest ahead that anything reserves the write port: a division. */
const LONGEST_RESERVATION = 33;
const GPRS = 32;
const UNKNOWN = 0;
const CONDITION_FIELDS = 8;
/** Behind a redirect; the rest are distances. */
const PLAIN_TIMES = ["lrReady", "ctrReady", "sprReady"] as const;

/** Lists of numbers; times are distances to the next issue, all above what they mean nothing at. */
export interface PipelineState {
  /** Equal for equal states. */
  readonly key: string;
  /** The next instruction is the first behind a redirect of the fetch. */
  readonly redirected: boolean;
  /** [register, time] of registers that are not ready yet; UNKNOWN: as long as their write is outstanding. */
  readonly ready: readonly (readonly [number, number])[];
  readonly condition: readonly (readonly [number, number])[];
  /** Of `PLAIN_TIMES`; 0 = ready. */
  readonly special: readonly number[];
  readonly sprNumber: number;
  /** [register or NO_REGISTER, time] of outstanding requests, the oldest first. */
  readonly queue: readonly (readonly [number, number])[];
  readonly lastResponse: number;
  /** Register + 1 and time of a new base address that has not been written yet; [0, 0]: none. */
  readonly updated: readonly [number, number];
  /** Reserved cycles of the write port. */
  readonly slots: readonly number[];
}

/** Nothing is waited for. */
export const IDLE: PipelineState = {
  key: "",
  redirected: false,
  ready: [],
  condition: [],
  special: [0, 0, 0],
  sprNumber: -1,
  queue: [],
  lastResponse: 0,
  updated: [0, 0],
  slots: [],
};

const IDLE_REDIRECTED: PipelineState = { ...IDLE, key: "redirected", redirected: true };

/** The frequent case: nothing is waited for. */
function isIdle({ special, writePort, ready, conditionReady }: State, t: number): boolean {
  if (special[SPECIAL.queueCount] !== 0 || special[SPECIAL.updated] !== 0) return false;
  if (special[SPECIAL.lastResponse] - t > LOAD_TO_WRITE) return false;
  if (special[SPECIAL.lrReady] > t || special[SPECIAL.ctrReady] > t || special[SPECIAL.sprReady] > t)
    return false;
  for (let register = 0; register < GPRS; register++) if (ready[register] > t) return false;
  for (let field = 0; field < CONDITION_FIELDS; field++) if (conditionReady[field] > t) return false;
  for (let time = t + 1; time <= t + LONGEST_RESERVATION; time++) {
    if (writePort[time & WRITE_PORT_MASK] === time) return false;
  }
  return true;
}

/** Writes of loads and new base addresses that are on their way. */
interface Outstanding {
  readonly queue: readonly (readonly [number, number])[];
  readonly updated: readonly [number, number];
  /** When registers were written whose writes the pipeline has yet to work out, and the cycles of the port. */
  readonly written: ReadonlyMap<number, number>;
  readonly taken: readonly number[];
}

const NOT_UPDATED = [0, 0] as const;
const NOTHING: Outstanding = { queue: [], updated: NOT_UPDATED, written: new Map(), taken: [] };

/**
 * The pipeline works out these writes when somebody needs them; those that can no longer be told from finished ones are left
 * out. The cycles that a set of writes takes on the port do not depend on their order, only which takes which does.
 */
function outstandingWrites(state: State, t: number): Outstanding {
  const { special, writePort } = state;
  let taken: number[] = [];
  const freeSlot = (time: number) => {
    let slot = time;
    while (writePort[slot & WRITE_PORT_MASK] === slot || taken.includes(slot)) slot++;
    return slot;
  };
  const takeSlot = (time: number) => {
    const slot = freeSlot(time);
    taken.push(slot);
    return slot;
  };
  const requests = Array.from({ length: special[SPECIAL.queueCount] }, (_, index) => {
    const slot = (special[SPECIAL.queueHead] + index) & (QUEUE_SLOTS - 1);
    return [state.queueRegister[slot], state.queueTime[slot]] as const;
  });
  let updatedRegister = special[SPECIAL.updated];
  const updateTime = special[SPECIAL.updateTime];
  const written = new Map<number, number>();
  let finished = 0;
  /** Requests whose cycle the new base address cannot want, and whose register it is not. */
  const finishRequests = () => {
    for (; finished < requests.length; finished++) {
      const [register, time] = requests[finished];
      const at = register === NO_REGISTER ? time : freeSlot(time);
      if (at > t) return;
      const isUpdated = register === updatedRegister - 1;
      if (updatedRegister !== 0 && (at >= updateTime || (isUpdated && time >= updateTime))) return;
      if (register === NO_REGISTER) continue;
      taken.push(at);
      // Otherwise the register waits for the new base address of a later instruction.
      if (!isUpdated) written.set(register, at);
    }
  };
  finishRequests();
  if (updatedRegister !== 0 && updateTime <= t) {
    const before = taken;
    // Together with so many requests, after which nothing competes for the same cycles.
    const due = requests.filter(([, time], index) => index >= finished && time <= t).length;
    for (let count = due; count >= 0; count--) {
      taken = [...before];
      const group = requests
        .slice(finished, finished + count)
        .filter(([register]) => register !== NO_REGISTER);
      const last = Math.max(...[updateTime, ...group.map(([, time]) => time)].map(takeSlot));
      const rest = requests.slice(finished + count);
      const isDisturbed = rest.length > 0 && rest[0][1] <= last;
      if (last > t || isDisturbed || rest.some(([register]) => register === updatedRegister - 1)) continue;
      for (const [register] of group) written.set(register, t);
      written.set(updatedRegister - 1, t);
      updatedRegister = 0;
      finished += count;
      break;
    }
    if (updatedRegister !== 0) taken = before;
    finishRequests();
  }
  return {
    queue: requests.slice(finished).map(([register, time]) => [register, time - t] as const),
    updated: updatedRegister === 0 ? NOT_UPDATED : [updatedRegister, updateTime - t],
    written,
    taken,
  };
}

/** The state of a PPU for a next issue at relative time `t`. */
export function capturePipeline(
  state: State,
  t: number,
  redirected = state.special[SPECIAL.redirect] === t,
): PipelineState {
  if (isIdle(state, t)) return redirected ? IDLE_REDIRECTED : IDLE;
  const { special, writePort, conditionReady } = state;
  const isEmpty = special[SPECIAL.queueCount] === 0 && special[SPECIAL.updated] === 0;
  const { queue, updated, written, taken } = isEmpty ? NOTHING : outstandingWrites(state, t);
  let key = redirected ? IDLE_REDIRECTED.key : IDLE.key;
  const ready: [number, number][] = [];
  for (let register = 0; register < GPRS; register++) {
    const time = state.ready[register];
    if (time <= t) continue;
    const known = written.get(register) ?? time;
    if (known <= t) continue;
    const distance = known === PENDING ? UNKNOWN : known - t;
    ready.push([register, distance]);
    key += `r${register}:${distance}`;
  }
  const condition: [number, number][] = [];
  for (let field = 0; field < CONDITION_FIELDS; field++) {
    if (conditionReady[field] <= t) continue;
    condition.push([field, conditionReady[field] - t]);
    key += `c${field}:${conditionReady[field] - t}`;
  }
  const plainTimes = [
    Math.max(special[SPECIAL.lrReady] - t, 0),
    Math.max(special[SPECIAL.ctrReady] - t, 0),
    Math.max(special[SPECIAL.sprReady] - t, 0),
  ];
  const sprNumber = plainTimes[2] > 0 ? special[SPECIAL.sprNumber] : -1;
  if (plainTimes.some((time) => time > 0)) key += `s${plainTimes.join()},${sprNumber}`;
  const since = special[SPECIAL.lastResponse] - t;
  const lastResponse = since > LOAD_TO_WRITE ? since : 0;
  if (lastResponse > 0) key += `l${lastResponse}`;
  let first = updated[0] === 0 ? 1 : Math.min(1, updated[1]);
  if (updated[0] !== 0) key += `u${updated[0]}:${updated[1]}`;
  for (const [register, time] of queue) {
    if (time < first) first = time;
    key += `q${register}:${time}`;
  }
  const slots: number[] = [];
  for (let slot = first; slot <= LONGEST_RESERVATION; slot++) {
    const time = t + slot;
    if (writePort[time & WRITE_PORT_MASK] !== time && !taken.includes(time)) continue;
    slots.push(slot);
    key += `w${slot}`;
  }
  return {
    key,
    redirected,
    ready,
    condition,
    special: plainTimes,
    sprNumber,
    queue,
    lastResponse,
    updated,
    slots,
  };
}

/** Puts the pipeline of a PPU into a state, with the next issue at relative time `t`. Registers and branch cache keep. */
export function restorePipeline(state: State, pipeline: PipelineState, t: number): void {
  const { special, writePort, ready, conditionReady } = state;
  ready.fill(-1);
  conditionReady.fill(-1);
  const first = Math.min(
    0,
    ...pipeline.slots,
    ...pipeline.queue.map(([, time]) => time),
    pipeline.updated[1],
  );
  for (let slot = first; slot <= LONGEST_RESERVATION; slot++) writePort[(t + slot) & WRITE_PORT_MASK] = -1;
  special[SPECIAL.t] = t;
  special[SPECIAL.redirect] = pipeline.redirected ? t : -1;
  for (const [register, time] of pipeline.ready) ready[register] = time === UNKNOWN ? PENDING : t + time;
  for (const [field, time] of pipeline.condition) conditionReady[field] = t + time;
  PLAIN_TIMES.forEach((name, index) => {
    special[SPECIAL[name]] = pipeline.special[index] > 0 ? t + pipeline.special[index] : -1;
  });
  special[SPECIAL.sprNumber] = pipeline.sprNumber;
  special[SPECIAL.queueHead] = 0;
  special[SPECIAL.queueCount] = pipeline.queue.length;
  pipeline.queue.forEach(([register, time], index) => {
    state.queueRegister[index] = register;
    state.queueTime[index] = t + time;
  });
  special[SPECIAL.lastResponse] = pipeline.lastResponse > 0 ? t + pipeline.lastResponse : -1;
  const [updated, updateTime] = pipeline.updated;
  special[SPECIAL.updated] = updated;
  special[SPECIAL.updateTime] = updated === 0 ? -1 : t + updateTime;
  for (const slot of pipeline.slots) writePort[(t + slot) & WRITE_PORT_MASK] = t + slot;
}

/**
 * Puts everything that tells time into the one form that equal futures share: what engines leave behind of times gone by is
 * cleared, and relative times count from where `rebase` would put the origin.
 */
export function tidyPipeline(state: State): void {
  const { special, counters } = state;
  const before = special[SPECIAL.t];
  const pipeline = capturePipeline(state, before);
  const step = Math.max(0, (before & ~WRITE_PORT_MASK) - WRITE_PORT_SLOTS);
  const vectorReady = special[SPECIAL.vectorReady];
  counters[COUNTER.base] += step;
  state.forgetTimes();
  state.queueRegister.fill(0);
  for (const name of SCRATCH) special[SPECIAL[name]] = 0;
  restorePipeline(state, pipeline, before - step);
  special[SPECIAL.vectorReady] = vectorReady > before ? vectorReady - step : -1;
}

/** What loops leave behind, and nothing reads. */
const SCRATCH = ["limit", "exit", "word", "translated"] as const;
