/** One clock for two PPUs: lock-step windows, reset release, doorbells, sleep. */
import type { Ppu, StopReason } from "../core/ppu.ts";
import { INTERLEAVE_CYCLES } from "./latency.ts";

export type SchedulerStopReason =
  | "finished"
  | "asleep"
  | "held"
  | "cycles"
  | "breakpoint"
  | "strict"
  | "requested"
  | "until"
  | "goal";

/** A device that acts by itself; it is asked at window boundaries. */
export interface TimedDevice {
  /** Cycle of the chip; Infinity while idle. */
  nextDue(): number;
  /** Does what is due before `time`. */
  advance(time: number): void;
}

export interface SchedulerStop {
  readonly reason: SchedulerStopReason;
  readonly side?: number;
  /** The one that was reached. */
  readonly goal?: SchedulerGoal;
}

/** A request of one PPU that the chip carries out at the first window boundary after `cycle`. */
interface Request {
  readonly kind: "release" | "hold" | "doorbell";
  readonly side: number;
  readonly cycle: number;
}

/**
 * An instruction boundary of one side: `instructions` [top, bottom] have retired on the chip in all, and that side has
 * reached the chip's `cycle`. `windowEnd` tells apart boundaries of different windows that agree in all that; 0 = the first one.
 */
export interface SchedulerGoal {
  readonly side: number;
  readonly instructions: readonly [number, number];
  readonly cycle: number;
  readonly windowEnd: number;
}

export interface SchedulerLimits {
  /** From now on; Infinity = none. */
  readonly maxCycles: number;
  /** Asked every window; true ends the run. */
  readonly until?: () => boolean;
  /** The run ends at the one that is reached first. */
  readonly goals?: readonly SchedulerGoal[];
  /**
   * Stop as soon as only the host can wake a PPU, also where maxCycles are not used up. The cycle of that stop, and of
   * `finished`, is then the one in which the last PPU has fallen asleep, however the run was sliced.
   */
  readonly stopAsleep?: boolean;
}

export interface SchedulerSnapshot {
  readonly time: number;
  readonly windowEnd: number;
  readonly target: number;
  readonly released: readonly boolean[];
  readonly epochs: readonly number[];
  /** Instructions retired before the last release, by side. */
  readonly retired: readonly number[];
  readonly requests: readonly Request[];
}

const SIDES = [0, 1] as const;
/** Cycles that a PPU runs ahead at most: what has to be done again when the other one looks at it. */
const FURTHEST_AHEAD = 20_000;

const ceiling = (cycle: number) => Math.ceil(cycle / INTERLEAVE_CYCLES) * INTERLEAVE_CYCLES;
const floor = (cycle: number) => Math.floor(cycle / INTERLEAVE_CYCLES) * INTERLEAVE_CYCLES;

/**
 * Windows end at multiples of INTERLEAVE_CYCLES. While a single PPU is awake nothing else acts, so its window may be
 * long; a request to the other PPU shortens it. The course is therefore the same however a run is sliced.
 */
export class Scheduler {
  /** Start of the current window in cycles since the chip was made; no PPU is behind it. */
  time = 0;
  /** Reset released, by side. */
  released: boolean[] = [false, false];
  readonly #ppus: readonly Ppu[];
  readonly #devices: readonly TimedDevice[];
  /** Beyond `time` while a window is unfinished (after a breakpoint). */
  #windowEnd = 0;
  /** Sum of all limits so far: keeps runs of odd lengths from drifting. */
  #target = 0;
  /** Cycle of the chip at which each PPU's own count began. */
  #epochs = [0, 0];
  #retired = [0, 0];
  #requests: Request[] = [];
  #running: number | undefined;
  /** The side that a run has stopped at within a window. */
  #stopped: number | undefined;
  #shortened = false;
  #stopAsked = false;
  /** Cycle of the chip up to which PPUs may run ahead of the window, as long as they only compute. */
  #aheadLimit = 0;
  /** Side that has the first turn in the current window. */
  #first = 0;
  /** The next goal of each side. */
  readonly #goals: (SchedulerGoal | undefined)[] = [undefined, undefined];

  constructor(ppus: readonly Ppu[], devices: readonly TimedDevice[] = []) {
    this.#ppus = ppus;
    this.#devices = devices;
  }

  chipCycle(side: number, cycle: number): number {
    return cycle + this.#epochs[side];
  }

  /** The PPU's own count for now; a PPU that sleeps for good may itself lag behind. */
  ppuCycle(side: number): number {
    return Math.max(this.#ppus[side].cycle, this.time - this.#epochs[side]);
  }

  /** Instructions that a side has retired since the chip was made. */
  instructions(side: number): number {
    return this.#retired[side] + this.#ppus[side].instructions;
  }

  /**
   * Before anybody but a PPU itself sees or changes it: brings it to where it is in lock step, if it has run ahead. That is the
   * end of the window once it has had its turn.
   */
  settle(side: number): void {
    if (side === this.#running) return;
    const hadTurn = this.#running !== undefined && this.#first === side;
    this.#ppus[side].settle((hadTurn ? this.#windowEnd : this.time) - this.#epochs[side]);
  }

  /** The side that executes right now. */
  get running(): number | undefined {
    return this.#running;
  }

  /** End of the window that a run has stopped in. */
  get windowEnd(): number {
    return this.#windowEnd;
  }

  /** Ends the run in progress after the instruction or interrupt in progress; without one nothing happens. */
  requestStop(): void {
    if (this.#running === undefined) return;
    this.#stopAsked = true;
    this.#ppus[this.#running].requestStop();
  }

  /** Reset released or applied; from a guest it takes effect at the next window boundary after `cycle`. */
  setReleased(side: number, released: boolean, cycle: number): void {
    this.#request({ kind: released ? "release" : "hold", side, cycle });
  }

  ringDoorbell(side: number, cycle: number): void {
    this.#request({ kind: "doorbell", side, cycle });
  }

  /** A device has become busy in `cycle`; a long window ends early so that it is looked after. */
  deviceStarted(cycle: number): void {
    if (this.#running !== undefined) this.#endWindow(cycle);
  }

  run(limits: SchedulerLimits): SchedulerStop {
    const { maxCycles } = limits;
    this.#target = maxCycles === Number.POSITIVE_INFINITY ? this.#target : this.#target + maxCycles;
    const limit = maxCycles === Number.POSITIVE_INFINITY ? maxCycles : ceiling(this.#target);
    let stop: SchedulerStop;
    const isWatched = limits.until !== undefined || (limits.goals?.length ?? 0) > 0;
    // Whoever is called during a run may look at both PPUs.
    this.#aheadLimit = isWatched || this.#ppus.some((ppu) => ppu.isWatched) ? 0 : limit;
    try {
      for (const goal of limits.goals ?? []) this.#addGoal(goal);
      stop = this.#runTo(limit, limits);
    } finally {
      this.#running = this.#stopped;
      for (const side of SIDES) this.settle(side);
      this.#stopped = undefined;
      this.#running = undefined;
      this.#goals.fill(undefined);
      this.#stopAsked = false;
    }
    if (stop.reason !== "cycles") this.#target = this.time;
    return stop;
  }

  snapshot(): SchedulerSnapshot {
    return {
      time: this.time,
      windowEnd: this.#windowEnd,
      target: this.#target,
      released: [...this.released],
      epochs: [...this.#epochs],
      retired: [...this.#retired],
      requests: [...this.#requests],
    };
  }

  restore(snapshot: SchedulerSnapshot): void {
    this.time = snapshot.time;
    this.#windowEnd = snapshot.windowEnd;
    this.#target = snapshot.target;
    this.released = [...snapshot.released];
    this.#epochs = [...snapshot.epochs];
    this.#retired = [...snapshot.retired];
    this.#requests = [...snapshot.requests];
  }

  #runTo(limit: number, { until, stopAsleep }: SchedulerLimits): SchedulerStop {
    for (;;) {
      if (this.#windowEnd > this.time) {
        const stop = this.#runWindow();
        if (stop) {
          this.#stopped = stop.side;
          return stop;
        }
      }
      if (until === undefined && this.time < limit && this.#bothAwake()) {
        this.#skipWindows(limit);
        if (this.time >= limit) continue;
        this.#windowEnd = this.time + INTERLEAVE_CYCLES;
        continue;
      }
      const running = [0, 1].filter((side) => this.released[side]);
      if (running.length === 0) return { reason: "held" };
      const settled = stopAsleep ? this.#settledAt(running) : undefined;
      if (settled !== undefined && this.time < settled) {
        if (this.time >= limit) return { reason: "cycles" };
        this.#windowEnd = Math.min(settled, limit);
        continue;
      }
      if (running.every((side) => this.#ppus[side].finished)) return { reason: "finished" };
      if (until?.()) return { reason: "until" };
      const waiting = this.#isWaiting(running);
      if (this.time >= limit) return { reason: waiting ? "asleep" : "cycles" };
      if (waiting && (stopAsleep || limit === Number.POSITIVE_INFINITY)) return { reason: "asleep" };
      this.#windowEnd = this.#nextWindowEnd(running, limit, until !== undefined);
    }
  }

  /** Nothing happens in windows that both PPUs have run ahead of. */
  #skipWindows(limit: number): void {
    const [top, bottom] = this.#ppus;
    const reached = Math.min(limit, top.cycle + this.#epochs[0], bottom.cycle + this.#epochs[1]);
    if (reached < this.time + INTERLEAVE_CYCLES || !this.#isQuiet()) return;
    this.time = floor(reached);
    this.#windowEnd = this.time;
  }

  /** No request and no device is on its way. */
  #isQuiet(): boolean {
    return (
      this.#requests.length === 0 &&
      this.#devices.every((device) => device.nextDue() === Number.POSITIVE_INFINITY)
    );
  }

  #bothAwake(): boolean {
    const [top, bottom] = this.#ppus;
    return this.released[0] && this.released[1] && !top.sleeping && !bottom.sleeping;
  }

  /** Where all sleep for good: the boundary behind the last one's falling asleep, which may lie ahead. */
  #settledAt(running: readonly number[]): number | undefined {
    const isFinished = running.every((side) => this.#ppus[side].finished);
    if (!isFinished && !this.#isWaiting(running)) return undefined;
    return Math.max(...running.map((side) => ceiling(this.#ppus[side].sleepCycle + this.#epochs[side])));
  }

  /** All sleep and only the host can wake one. */
  #isWaiting(running: readonly number[]): boolean {
    const isForGood = (side: number) =>
      this.#ppus[side].sleeping && this.#ppus[side].nextWakeCycle() === Number.POSITIVE_INFINITY;
    return this.#isQuiet() && running.every(isForGood);
  }

  #nextWindowEnd(running: readonly number[], limit: number, short: boolean): number {
    const next = this.time + INTERLEAVE_CYCLES;
    const asleep = running.filter((side) => this.#ppus[side].sleeping);
    const awake = running.length - asleep.length;
    if (awake === 2 || (short && awake > 0) || this.#requests.length > 0) return next;
    const wakes = asleep.map((side) => this.#ppus[side].nextWakeCycle() + this.#epochs[side]);
    const end = Math.min(limit, ...wakes, ...this.#devices.map((device) => device.nextDue()));
    return end === Number.POSITIVE_INFINITY ? end : Math.max(next, floor(end));
  }

  #runWindow(): SchedulerStop | undefined {
    const long = this.#windowEnd - this.time > INTERLEAVE_CYCLES;
    // In a long window the only PPU awake goes first, as it may shorten the window.
    this.#first = long && this.#ppus[0].sleeping && !this.#ppus[1].sleeping ? 1 : 0;
    const first = this.#first;
    const ahead = this.#aheadLimit > this.#windowEnd && this.#bothAwake() && this.#isQuiet();
    for (let turn = 0; turn < 2; turn++) {
      const side = first ^ turn;
      if (!this.released[side]) continue;
      this.#running = side;
      const reason = this.#runSide(side, long, ahead);
      this.#running = undefined;
      if (reason === "goal") return { reason, side, goal: this.#goals[side]! };
      if (reason) return { reason, side };
    }
    this.time = this.#windowEnd;
    this.#advanceDevices();
    this.#carryOut(this.time);
    return undefined;
  }

  #advanceDevices(): void {
    for (const device of this.#devices) {
      if (device.nextDue() === Number.POSITIVE_INFINITY) continue;
      for (const side of SIDES) this.settle(side);
      device.advance(this.time);
    }
  }

  #runSide(
    side: number,
    long: boolean,
    ahead: boolean,
  ): "breakpoint" | "strict" | "requested" | "goal" | undefined {
    const ppu = this.#ppus[side];
    this.#shortened = false;
    for (;;) {
      const end = this.#windowEnd - this.#epochs[side];
      const goal = this.#goals[side];
      if (ppu.cycle >= end && !(goal && this.#reached(goal))) return undefined;
      const wasAwake = long && !ppu.sleeping;
      const aheadCycle = ahead ? Math.min(this.#aheadLimit - this.#epochs[side], end + FURTHEST_AHEAD) : end;
      const reason = goal ? this.#runTowards(goal, end) : ppu.run(end, aheadCycle);
      if (reason === "cycle") return undefined;
      if (reason === "sleep") {
        if (wasAwake) this.#shorten(ceiling(ppu.sleepCycle + this.#epochs[side]));
        return undefined;
      }
      if (reason === "requested" && this.#shortened && !this.#stopAsked) {
        this.#shortened = false;
        continue;
      }
      // An interrupt that is due belongs to the instruction before it.
      if (reason === "requested" && this.#stopAsked) ppu.run(ppu.cycle);
      this.#shorten(ceiling(ppu.cycle + this.#epochs[side] + 1));
      return reason;
    }
  }

  #addGoal(goal: SchedulerGoal): void {
    const { side, instructions, cycle } = goal;
    const other = this.#goals[side];
    const later = other && instructions[side] - other.instructions[side];
    if (!other || later! < 0 || (later === 0 && cycle < other.cycle)) this.#goals[side] = goal;
  }

  #reached({ side, instructions, cycle, windowEnd }: SchedulerGoal): boolean {
    return (
      this.instructions(side) >= instructions[side] &&
      this.chipCycle(side, this.#ppus[side].cycle) >= cycle &&
      this.instructions(1 - side) >= instructions[1 - side] &&
      this.#windowEnd >= windowEnd
    );
  }

  /** Runs the side of a goal up to `end`, its own cycle, or the goal. An instruction takes at least one cycle. */
  #runTowards(goal: SchedulerGoal, end: number): StopReason | "goal" {
    const ppu = this.#ppus[goal.side];
    for (;;) {
      const left = goal.instructions[goal.side] - this.instructions(goal.side);
      if (left <= 0) {
        // An interrupt that is due belongs to the instruction before it.
        ppu.run(ppu.cycle);
        if (this.#reached(goal)) return "goal";
      }
      if (ppu.cycle >= end) return "cycle";
      let to = end;
      if (left > 0) to = ppu.cycle + left;
      else if (goal.cycle - this.#epochs[goal.side] > ppu.cycle) to = goal.cycle - this.#epochs[goal.side];
      if (ppu.sleeping) to = Math.max(to, ppu.nextWakeCycle());
      const reason = ppu.run(Math.min(to, end));
      if (reason !== "cycle" && !(reason === "sleep" && this.#reached(goal))) return reason;
    }
  }

  #shorten(end: number): void {
    this.#windowEnd = Math.max(this.time + INTERLEAVE_CYCLES, Math.min(this.#windowEnd, end));
  }

  #request(request: Request): void {
    this.#requests.push(request);
    if (this.#running === undefined) {
      this.#carryOut(Number.POSITIVE_INFINITY);
      return;
    }
    this.#endWindow(request.cycle);
  }

  /** Lets the window of the running PPU end at the first boundary after `cycle`. */
  #endWindow(cycle: number): void {
    const end = floor(cycle) + INTERLEAVE_CYCLES;
    if (end >= this.#windowEnd || this.#running === undefined) return;
    this.#windowEnd = end;
    this.#shortened = true;
    this.#ppus[this.#running].requestStop();
  }

  /** Requests made before `boundary`, in order. */
  #carryOut(boundary: number): void {
    if (this.#requests.length === 0) return;
    const due = this.#requests.filter(({ cycle }) => cycle < boundary);
    this.#requests = this.#requests.filter(({ cycle }) => cycle >= boundary);
    for (const { kind, side } of due) {
      this.settle(side);
      if (kind === "doorbell") {
        if (this.released[side]) this.#ppus[side].ringDoorbell(this.ppuCycle(side));
      } else if (kind === "hold") {
        this.released[side] = false;
      } else if (!this.released[side]) {
        this.released[side] = true;
        this.#retired[side] += this.#ppus[side].instructions;
        this.#ppus[side].reset();
        this.#epochs[side] = this.time;
      }
    }
  }
}
