/** One clock for two PPUs: lock-step windows, reset release, doorbells, sleep. */
import type { Ppu } from "../core/ppu.ts";
import { INTERLEAVE_CYCLES } from "./latency.ts";

export type SchedulerStopReason =
  | "finished"
  | "asleep"
  | "held"
  | "cycles"
  | "breakpoint"
  | "strict"
  | "requested"
  | "until";

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
}

/** A request of one PPU that the chip carries out at the first window boundary after `cycle`. */
interface Request {
  readonly kind: "release" | "hold" | "doorbell";
  readonly side: number;
  readonly cycle: number;
}

export interface SchedulerSnapshot {
  readonly time: number;
  readonly windowEnd: number;
  readonly target: number;
  readonly released: readonly boolean[];
  readonly epochs: readonly number[];
  readonly requests: readonly Request[];
}

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
  #requests: Request[] = [];
  #running: number | undefined;
  #shortened = false;

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

  run(maxCycles: number, until?: () => boolean): SchedulerStop {
    this.#target = maxCycles === Number.POSITIVE_INFINITY ? this.#target : this.#target + maxCycles;
    const limit = maxCycles === Number.POSITIVE_INFINITY ? maxCycles : ceiling(this.#target);
    let stop: SchedulerStop;
    try {
      stop = this.#runTo(limit, until);
    } finally {
      this.#running = undefined;
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
      requests: [...this.#requests],
    };
  }

  restore(snapshot: SchedulerSnapshot): void {
    this.time = snapshot.time;
    this.#windowEnd = snapshot.windowEnd;
    this.#target = snapshot.target;
    this.released = [...snapshot.released];
    this.#epochs = [...snapshot.epochs];
    this.#requests = [...snapshot.requests];
  }

  #runTo(limit: number, until?: () => boolean): SchedulerStop {
    for (;;) {
      if (this.#windowEnd > this.time) {
        const stop = this.#runWindow();
        if (stop) return stop;
      }
      if (until === undefined && this.time < limit && this.#bothAwake()) {
        this.#windowEnd = this.time + INTERLEAVE_CYCLES;
        continue;
      }
      const running = [0, 1].filter((side) => this.released[side]);
      if (running.length === 0) return { reason: "held" };
      if (running.every((side) => this.#ppus[side].finished)) return { reason: "finished" };
      if (until?.()) return { reason: "until" };
      const waiting = this.#isWaiting(running);
      if (this.time >= limit) return { reason: waiting ? "asleep" : "cycles" };
      if (waiting && limit === Number.POSITIVE_INFINITY) return { reason: "asleep" };
      this.#windowEnd = this.#nextWindowEnd(running, limit, until !== undefined);
    }
  }

  #bothAwake(): boolean {
    const [top, bottom] = this.#ppus;
    return this.released[0] && this.released[1] && !top.sleeping && !bottom.sleeping;
  }

  /** All sleep and only the host can wake one. */
  #isWaiting(running: readonly number[]): boolean {
    if (this.#requests.length > 0) return false;
    if (this.#devices.some((device) => device.nextDue() !== Number.POSITIVE_INFINITY)) return false;
    return running.every(
      (side) => this.#ppus[side].sleeping && this.#ppus[side].nextWakeCycle() === Number.POSITIVE_INFINITY,
    );
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
    const first = long && this.#ppus[0].sleeping && !this.#ppus[1].sleeping ? 1 : 0;
    for (let turn = 0; turn < 2; turn++) {
      const side = first ^ turn;
      if (!this.released[side]) continue;
      this.#running = side;
      const reason = this.#runSide(side, long);
      this.#running = undefined;
      if (reason) return { reason, side };
    }
    this.time = this.#windowEnd;
    for (const device of this.#devices) device.advance(this.time);
    this.#carryOut(this.time);
    return undefined;
  }

  #runSide(side: number, long: boolean): "breakpoint" | "strict" | "requested" | undefined {
    const ppu = this.#ppus[side];
    this.#shortened = false;
    for (;;) {
      const end = this.#windowEnd - this.#epochs[side];
      if (ppu.cycle >= end) return undefined;
      const wasAwake = long && !ppu.sleeping;
      const reason = ppu.run(end);
      if (reason === "cycle") return undefined;
      if (reason === "sleep") {
        if (wasAwake) this.#shorten(ceiling(ppu.sleepCycle + this.#epochs[side]));
        return undefined;
      }
      if (reason === "requested" && this.#shortened) {
        this.#shortened = false;
        continue;
      }
      this.#shorten(ceiling(ppu.cycle + this.#epochs[side] + 1));
      return reason;
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
      if (kind === "doorbell") {
        if (this.released[side]) this.#ppus[side].ringDoorbell(this.ppuCycle(side));
      } else if (kind === "hold") {
        this.released[side] = false;
      } else if (!this.released[side]) {
        this.released[side] = true;
        this.#ppus[side].reset();
        this.#epochs[side] = this.time;
      }
    }
  }
}
