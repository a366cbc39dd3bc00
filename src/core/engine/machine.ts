/** What the generated loops work on: state, predecoded program, slow paths, and the run loop around them. */
import { FIELDS, fieldValue } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import type { Bus, Diagnostic } from "../bus.ts";
import { SRAM_BYTES } from "../layout.ts";
import { type Observer, PORT } from "../observer.ts";
import type { StopReason } from "../ppu.ts";
import { COUNTER, SPECIAL, STATE_BYTES, STATE_LAYOUT, State } from "../state.ts";
import { INSTRUCTION_CACHE, type TimingProfile } from "../timing-profile.ts";
import { VectorUnit } from "../vector/unit.ts";
import { BranchCache } from "./branch-cache.ts";
import { type Engine, engine } from "./generate.ts";
import { ACCEPT_CYCLES, ESR_TRAP, Interrupts, SPECIAL_WRITE_DELAY, VECTOR } from "./interrupts.ts";
import { Pipeline } from "./pipeline.ts";
import { ScalarPort } from "./scalar-port.ts";
import { RESCHEDULING_SPRS, SPR, SpecialRegisters } from "./special-registers.ts";
import { StrictChecker } from "./strict.ts";
import { Timers } from "./timers.ts";
import { OPERATION, operationOf } from "./variants.ts";
import { isVector, VectorPort } from "./vector-port.ts";

export interface MachineOptions {
  readonly name: string;
  readonly bus: Bus;
  readonly timing: TimingProfile;
  readonly strict: boolean;
  readonly stackLimit: number | undefined;
  readonly onDiagnostic: ((diagnostic: Diagnostic) => void) | undefined;
}

/** Relative time at which a run pauses to move the origin, so that int32 never overflows. */
const LONGEST_STRETCH = 0x2000_0000;
/** Stops the loop at the next boundary. */
const NOW = -0x8000_0000;
/** From a misaligned access, and behind the drain of a taken trap, to the vector. */
const ALIGNMENT_TO_VECTOR = 8;
const TRAP_DRAIN = 2;
const TRAP_TO_VECTOR = 7;
const SLEEP_DRAIN = 2;
/** From a wake-up without interrupt to the next issue. */
const WAKE_CYCLES = 2;
const SPR_READY = 2;

/** Values of SPECIAL.exit. */
const EXIT: Record<number, StopReason> = { 1: "breakpoint", 2: "strict", 3: "requested" };
const EXIT_BREAKPOINT = 1;
const EXIT_STRICT = 2;
const EXIT_REQUESTED = 3;

export class Machine {
  readonly name: string;
  readonly bus: Bus;
  readonly timing: TimingProfile;
  readonly state: State;
  /** Operation numbers of the SRAM's words. */
  readonly code = new Uint16Array(SRAM_BYTES >> 2);
  readonly pipeline: Pipeline;
  readonly branchCache: BranchCache;
  readonly scalarPort: ScalarPort;
  readonly sramLatency: number;
  observer: Observer | undefined;
  stackLimit: number | undefined;
  breakpoints: ReadonlySet<number> = new Set();
  readonly #engine: Engine;
  readonly #timers: Timers;
  readonly #interrupts: Interrupts;
  readonly #specialRegisters: SpecialRegisters;
  readonly #vectorUnit: VectorUnit;
  readonly #vectorPort: VectorPort;
  readonly #strict: StrictChecker | undefined;
  readonly #onDiagnostic: ((diagnostic: Diagnostic) => void) | undefined;
  /** A breakpoint here is not hit again before the instruction has run. */
  #resumeAt = -1;
  #running = false;
  /** First cycle in which an interrupt would be accepted, as long as nothing it depends on changes. */
  #acceptAt = 0;
  #stale = true;

  constructor(options: MachineOptions) {
    this.name = options.name;
    this.bus = options.bus;
    this.timing = options.timing;
    this.stackLimit = options.stackLimit;
    this.#onDiagnostic = options.onDiagnostic;
    const memory = new WebAssembly.Memory({ initial: STATE_BYTES >> 16, maximum: STATE_BYTES >> 16 });
    this.state = new State(memory);
    this.sramLatency = options.timing.sramLatency;
    this.#vectorUnit = new VectorUnit(memory.buffer, STATE_LAYOUT.vectorUnit);
    this.pipeline = new Pipeline(this.state, this.#vectorUnit);
    this.branchCache = new BranchCache(this.state, options.timing.branchCacheEntries);
    this.#timers = new Timers(this.state);
    this.#interrupts = new Interrupts(this.state, this.#timers);
    this.#specialRegisters = new SpecialRegisters(this.state, this.#timers, this.#interrupts);
    this.scalarPort = new ScalarPort(this);
    this.#vectorPort = new VectorPort(this, this.#vectorUnit);
    this.#strict = options.strict ? new StrictChecker(this) : undefined;
    this.#engine = engine(options.timing.quirkR1 === "zero-extend");
    this.reset();
  }

  reset(): void {
    this.state.reset();
    this.#vectorUnit.reset();
    this.#strict?.reset();
    this.invalidate(0, SRAM_BYTES);
    this.#resumeAt = -1;
    this.#stale = true;
  }

  snapshot(): Uint8Array {
    return this.state.bytes.slice();
  }

  restore(snapshot: Uint8Array): void {
    this.state.bytes.set(snapshot);
    this.#strict?.forget();
    this.code.fill(OPERATION.undecodedYet);
    this.#resumeAt = -1;
    this.#stale = true;
  }

  // ---- running -------------------------------------------------------------------------------------------------

  run(untilCycle: number): StopReason {
    return this.#run(untilCycle, Number.POSITIVE_INFINITY);
  }

  step(): StopReason {
    this.#resumeAt = this.state.special[SPECIAL.pc];
    const before = this.state.counters[COUNTER.instructions];
    return this.#run(Number.POSITIVE_INFINITY, before + 1);
  }

  #run(untilCycle: number, untilInstructions: number): StopReason {
    const { special, counters } = this.state;
    special[SPECIAL.exit] = 0;
    this.#running = true;
    try {
      for (;;) {
        if (special[SPECIAL.t] > LONGEST_STRETCH) this.state.rebase();
        const cycle = this.state.cycle;
        if (special[SPECIAL.sleeping] !== 0) {
          const asleep = this.#passSleep(untilCycle);
          if (asleep) return asleep;
          continue;
        }
        if (this.#stale) {
          this.#timers.advance(cycle);
          this.#acceptAt = this.#interrupts.nextRequest() + ACCEPT_CYCLES;
          this.#stale = false;
        }
        const accept = this.#acceptAt;
        if (accept <= cycle) {
          this.#timers.advance(cycle);
          this.#takeInterrupt(cycle);
          continue;
        }
        if (cycle >= untilCycle) return "cycle";
        if (counters[COUNTER.instructions] >= untilInstructions) return "requested";
        const base = counters[COUNTER.base];
        const single = untilInstructions !== Number.POSITIVE_INFINITY;
        special[SPECIAL.limit] = single
          ? special[SPECIAL.t] + 1
          : Math.min(untilCycle - base, accept - base, special[SPECIAL.t] + LONGEST_STRETCH);
        if (this.watched) this.#engine.observed(this);
        else this.#engine.fast(this);
        const exit = special[SPECIAL.exit];
        if (exit !== 0) return EXIT[exit];
      }
    } finally {
      this.#running = false;
    }
  }

  /** Lets time pass while asleep. Returns a reason to stop, or undefined once awake. */
  #passSleep(untilCycle: number): StopReason | undefined {
    const { special, counters } = this.state;
    const cycle = this.state.cycle;
    this.#timers.advance(cycle);
    const wake = this.#interrupts.nextWake() + ACCEPT_CYCLES;
    if (wake === Number.POSITIVE_INFINITY) return "sleep";
    if (wake > untilCycle) {
      if (untilCycle > cycle) this.#sleepUntil(untilCycle);
      return "cycle";
    }
    if (wake > cycle) this.#sleepUntil(wake);
    const now = this.state.cycle;
    this.#timers.advance(now);
    special[SPECIAL.sleeping] = 0;
    counters[COUNTER.sleepCycle] = -1;
    this.#stale = true;
    if (this.#interrupts.nextRequest() + ACCEPT_CYCLES <= now) this.#takeInterrupt(now);
    else {
      special[SPECIAL.pc] += 4;
      special[SPECIAL.t] += WAKE_CYCLES - ACCEPT_CYCLES;
    }
    return undefined;
  }

  #sleepUntil(cycle: number): void {
    const { special, counters } = this.state;
    const step = cycle - this.state.cycle;
    if (special[SPECIAL.t] + step < LONGEST_STRETCH) {
      special[SPECIAL.t] += step;
      return;
    }
    // Nothing is in flight while asleep, so the origin can follow. It stays aligned for the branch cache's pointer.
    this.state.rebase();
    const target = cycle - counters[COUNTER.base];
    const jump = Math.max(0, Math.floor(target / 4096) * 4096 - 4096);
    counters[COUNTER.base] += jump;
    special[SPECIAL.t] = target - jump;
    this.state.forgetTimes();
  }

  #takeInterrupt(cycle: number): void {
    const returnAddress = this.state.special[SPECIAL.pc] >>> 0;
    this.#stale = true;
    const vector = this.#interrupts.take(cycle, this.#vectorUnit.drainedAt());
    this.observer?.exception?.(this.state.cycle, vector, returnAddress);
  }

  /** The loop returns at the next boundary so that interrupts are looked at again. */
  reschedule(): void {
    this.#stale = true;
    this.state.special[SPECIAL.limit] = NOW;
  }

  requestStop(): void {
    this.#stop(EXIT_REQUESTED);
  }

  #stop(exit: number): void {
    if (!this.#running) return;
    this.state.special[SPECIAL.exit] ||= exit;
    this.reschedule();
  }

  retired(count: number): void {
    this.state.counters[COUNTER.instructions] += count;
  }

  nextWakeCycle(): number {
    if (this.state.special[SPECIAL.sleeping] === 0) return this.state.cycle;
    this.#timers.advance(this.state.cycle);
    return Math.max(this.state.cycle, this.#interrupts.nextWake() + ACCEPT_CYCLES);
  }

  hasWakeSource(): boolean {
    return this.#interrupts.hasWakeSource();
  }

  ringDoorbell(cycle: number): void {
    this.#interrupts.ringDoorbell(cycle);
    this.reschedule();
  }

  setPins(value: number, cycle: number): void {
    this.#interrupts.setPins(value, cycle);
    this.reschedule();
  }

  // ---- program -------------------------------------------------------------------------------------------------

  invalidate(address: number, bytes: number): void {
    const first = address >>> 2;
    if (first < SRAM_BYTES >> 2) {
      this.code.fill(OPERATION.undecodedYet, first, Math.min((address + bytes + 3) >>> 2, SRAM_BYTES >> 2));
    }
  }

  predecode(pc: number): void {
    const word = this.state.words[pc >>> 2];
    this.code[pc >>> 2] = this.breakpoints.has(pc >>> 0) ? OPERATION.breakpoint : operationOf(word, isVector);
  }

  /** What stands behind a breakpoint. */
  operationAt(word: number): number {
    return operationOf(word, isVector);
  }

  /** True if the run ends at this breakpoint. */
  breaksAt(pc: number): boolean {
    if (this.#resumeAt === pc) {
      this.#resumeAt = -1;
      return false;
    }
    this.#resumeAt = pc;
    this.#stop(EXIT_BREAKPOINT);
    return true;
  }

  /** Fetches outside the SRAM through the instruction cache: word and t go to the special registers. */
  fetchExternal(pc: number, t: number): number {
    const { special, lineTag } = this.state;
    const { lines, wordsPerLine } = INSTRUCTION_CACHE;
    const line = Math.floor((pc >>> 2) / wordsPerLine);
    special[SPECIAL.t] = t;
    special[SPECIAL.pc] = pc;
    if (this.timing.externalFetchPenalty !== 0 && lineTag[line % lines] !== line) {
      lineTag[line % lines] = line;
      special[SPECIAL.t] = t + this.timing.externalFetchPenalty;
    }
    const word = this.bus.fetch(pc >>> 0) | 0;
    special[SPECIAL.word] = word;
    if (this.breakpoints.size !== 0 && this.breakpoints.has(pc >>> 0)) return OPERATION.breakpoint;
    return operationOf(word, isVector);
  }

  unknownOperation(operation: number): never {
    throw new Error(`engine has no operation ${operation}; the predecoded program is corrupt`);
  }

  // ---- exceptions and special registers ------------------------------------------------------------------------

  alignment(t: number, pc: number): number {
    return this.#exception(t + ALIGNMENT_TO_VECTOR, pc, VECTOR.alignment, 0);
  }

  trap(t: number, pc: number): number {
    return this.#exception(this.pipeline.drain(t, TRAP_DRAIN) + TRAP_TO_VECTOR, pc, VECTOR.program, ESR_TRAP);
  }

  #exception(t: number, pc: number, vector: number, esr: number): number {
    this.state.special[SPECIAL.esr] = esr;
    this.#interrupts.enter(vector, pc, t);
    this.observer?.exception?.(this.state.cycle, vector, pc >>> 0);
    this.reschedule();
    return t;
  }

  writeMsr(value: number, t: number): void {
    this.#interrupts.writeMsr(value, this.state.counters[COUNTER.base] + t + SPECIAL_WRITE_DELAY);
    this.reschedule();
  }

  readSpr(number: number, t: number): number {
    return this.#specialRegisters.read(number, this.state.counters[COUNTER.base] + t);
  }

  writeSpr(number: number, value: number, t: number): void {
    this.#specialRegisters.write(number, value, this.state.counters[COUNTER.base] + t);
    if (RESCHEDULING_SPRS.has(number)) this.reschedule();
  }

  /** An mfspr waits for the register it reads. */
  sprStall(word: number, t: number): number {
    const { special } = this.state;
    const number = fieldValue(word, FIELDS.SPR);
    const ready =
      number === SPR.LR
        ? special[SPECIAL.lrReady]
        : number === SPR.CTR
          ? special[SPECIAL.ctrReady]
          : number === special[SPECIAL.sprNumber]
            ? special[SPECIAL.sprReady]
            : t;
    return Math.max(ready, t);
  }

  /** rfi, rfci, rfmci wait for the save/restore registers. */
  returnStall(t: number): number {
    const { special } = this.state;
    const number = special[SPECIAL.sprNumber];
    const saves =
      (number >= 26 && number <= 27) || (number >= 58 && number <= 59) || (number >= 570 && number <= 571);
    return saves && special[SPECIAL.sprReady] > t ? special[SPECIAL.sprReady] : t;
  }

  /** Timing of an mtspr that issues at t. */
  sprWritten(word: number, t: number): number {
    const { special } = this.state;
    const number = fieldValue(word, FIELDS.SPR);
    if (number === SPR.LR) special[SPECIAL.lrReady] = t + SPR_READY;
    else if (number === SPR.CTR) special[SPECIAL.ctrReady] = t + SPR_READY;
    else {
      special[SPECIAL.sprNumber] = number;
      special[SPECIAL.sprReady] = t + SPR_READY;
    }
    return number === SPR.XER ? t + XER_CYCLES : t + 1;
  }

  /** `wait` issues at t; the core is asleep from the returned time on, its pc stays at the wait (quirk R9). */
  sleep(t: number): number {
    const { special, counters } = this.state;
    const asleep = this.pipeline.drain(t, SLEEP_DRAIN);
    special[SPECIAL.sleeping] = 1;
    counters[COUNTER.sleepCycle] = counters[COUNTER.base] + asleep;
    this.reschedule();
    return asleep;
  }

  /** A vector instruction at t; returns when the next instruction can issue. */
  vector(t: number, pc: number, word: number, observed: boolean): number {
    return this.#vectorPort.execute(t, pc, word, observed);
  }

  onVector(row: Instruction, registers: readonly number[]): void {
    this.#strict?.vectorRead(row, registers);
  }

  vectorWritten(register: number): void {
    this.#strict?.vectorWritten(register);
  }

  // ---- access by name ------------------------------------------------------------------------------------------

  spr(number: number): number {
    return this.#specialRegisters.read(number, this.state.cycle - 1);
  }

  register(name: keyof typeof SPECIAL): number {
    this.#timers.advance(this.state.cycle);
    return this.state.special[SPECIAL[name]];
  }

  setRegister(name: keyof typeof SPECIAL, value: number): void {
    const cycle = this.state.cycle;
    this.#timers.advance(cycle);
    this.#stale = true;
    if (name === "msr") this.#interrupts.writeMsr(value, cycle);
    else if (name === "gin") this.#interrupts.setPins(value, cycle);
    else this.state.special[SPECIAL[name]] = value;
  }

  // ---- watching ------------------------------------------------------------------------------------------------

  report(kind: string, message: string): void {
    const { special } = this.state;
    this.#onDiagnostic?.({
      kind,
      ppu: this.name,
      pc: special[SPECIAL.pc] >>> 0,
      cycle: this.state.cycle,
      message,
    });
    if (this.#strict) this.#stop(EXIT_STRICT);
  }

  /** True while an observer or the strict checker sees every access. */
  get watched(): boolean {
    return this.observer !== undefined || this.#strict !== undefined;
  }

  onRetire(t: number, pc: number, word: number): void {
    const { special, counters } = this.state;
    special[SPECIAL.pc] = pc;
    special[SPECIAL.t] = t;
    this.#strict?.retire(word);
    this.observer?.retire?.(counters[COUNTER.base] + t, pc >>> 0, word);
  }

  onWrite(t: number, register: number, value: number): void {
    this.#strict?.registerWrite(register, value);
    this.observer?.registerWrite?.(this.state.counters[COUNTER.base] + t, register, value);
  }

  onAccess(t: number, pc: number, address: number, bytes: number, write: boolean, value: number): void {
    this.access(t, pc, PORT.scalar, address, bytes, write, value);
  }

  access(
    t: number,
    pc: number,
    port: 0 | 1 | 2,
    address: number,
    bytes: number,
    write: boolean,
    value: number,
  ): void {
    this.#strict?.access(port, address >>> 0, bytes, write);
    this.observer?.access?.(
      this.state.counters[COUNTER.base] + t,
      pc >>> 0,
      port,
      address >>> 0,
      bytes,
      write,
      value,
    );
  }
}

const XER_CYCLES = 3;
export const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
