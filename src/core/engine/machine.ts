/** One PPU as the generated loops see it: its parts, the run loop around them, exceptions and sleep. */
import type { Bus, Diagnostic } from "../bus.ts";
import type { StopReason } from "../ppu.ts";
import type { ExecutionCounters } from "../record/counters.ts";
import type { Recorder } from "../record/recorder.ts";
import { COUNTER, LONGEST_STRETCH, MEMORY_PAGES, SPECIAL, STATE_LAYOUT, State } from "../state.ts";
import type { TimingProfile } from "../timing-profile.ts";
import type { TranslationMode } from "../translation/mode.ts";
import { modelBus, PipelineModel } from "../translation/pipeline-model.ts";
import { tidyPipeline } from "../translation/pipeline-state.ts";
import { Translation } from "../translation/translation.ts";
import { VectorUnit } from "../vector/unit.ts";
import { BranchCache } from "./branch-cache.ts";
import { type Loop, loopFor } from "./generate.ts";
import { ACCEPT_CYCLES, ESR_TRAP, Interrupts, SPECIAL_WRITE_DELAY, VECTOR } from "./interrupts.ts";
import { Pipeline } from "./pipeline.ts";
import { Program } from "./program.ts";
import { RunAhead } from "./run-ahead.ts";
import { ScalarPort } from "./scalar-port.ts";
import { Sleep } from "./sleep.ts";
import { RESCHEDULING_SPRS, SpecialRegisters } from "./special-registers.ts";
import { Timers } from "./timers.ts";
import { VectorPort } from "./vector-port.ts";
import { Watch } from "./watch.ts";

export interface MachineOptions {
  readonly name: string;
  readonly bus: Bus;
  readonly timing: TimingProfile;
  readonly strict: boolean;
  readonly stackLimit: number | undefined;
  readonly onDiagnostic: ((diagnostic: Diagnostic) => void) | undefined;
  readonly translation: TranslationMode;
}

/** Stops the loop at the next boundary. */
const NOW = -0x8000_0000;
/** From a misaligned access, and behind the drain of a taken trap, to the vector. */
const ALIGNMENT_TO_VECTOR = 8;
const TRAP_DRAIN = 2;
const TRAP_TO_VECTOR = 7;
const SLEEP_DRAIN = 2;
/** Runs ahead end so many cycles before an interrupt could be accepted. */
const BEFORE_INTERRUPTS = 100;

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
  readonly program: Program;
  readonly watch: Watch;
  readonly pipeline: Pipeline;
  readonly branchCache: BranchCache;
  readonly scalarPort: ScalarPort;
  readonly sramLatency: number;
  readonly specialRegisters: SpecialRegisters;
  readonly translation: Translation;
  /** Taken backward branches until the next one that `warm` is told of. */
  heat: number;
  readonly #loops: (Loop | undefined)[] = [];
  readonly #timers: Timers;
  readonly #interrupts: Interrupts;
  readonly #sleep: Sleep;
  readonly #vectorUnit: VectorUnit;
  readonly #vectorPort: VectorPort;
  /** First cycle in which an interrupt would be accepted, as long as nothing it depends on changes. */
  #acceptAt = 0;
  #stale = true;
  readonly #runAhead: RunAhead;
  #counters: ExecutionCounters | undefined;
  #recorder: Recorder | undefined;

  constructor(options: MachineOptions) {
    this.name = options.name;
    this.bus = options.bus;
    this.timing = options.timing;
    const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES });
    this.state = new State(memory);
    this.program = new Program(this.state, options.bus, options.timing);
    this.watch = new Watch(this.state, options, () => this.#stop(EXIT_STRICT));
    this.sramLatency = options.timing.sramLatency;
    this.#vectorUnit = new VectorUnit(memory.buffer, STATE_LAYOUT.vectorUnit);
    this.pipeline = new Pipeline(this.state, this.#vectorUnit);
    this.branchCache = new BranchCache(this.state, options.timing.branchCacheEntries);
    this.#timers = new Timers(this.state);
    this.#interrupts = new Interrupts(this.state, this.#timers);
    this.#sleep = new Sleep(this.state, this.#timers, this.#interrupts);
    this.specialRegisters = new SpecialRegisters(this.state, this.#timers, this.#interrupts);
    this.scalarPort = new ScalarPort(this);
    this.#vectorPort = new VectorPort(this, this.#vectorUnit);
    const { state, program, branchCache } = this;
    const zeroExtendR1 = options.timing.quirkR1 === "zero-extend";
    let known: PipelineModel | undefined;
    const model = () => (known ??= modelOf(options.timing, options.bus));
    const vectors = this.#vectorPort.host();
    this.translation = new Translation(
      {
        state,
        program,
        branchCache,
        zeroExtendR1,
        model,
        vectors,
        posted: options.bus.posted,
      },
      options.translation,
    );
    if (options.translation !== "off") program.translation = this.translation;
    this.heat = this.translation.sample;
    this.#runAhead = new RunAhead(state, options.bus, this.#vectorUnit, this.translation);
    this.reset();
  }

  reset(): void {
    this.#runAhead.settled();
    this.#recorder?.flush();
    this.state.reset();
    this.#vectorUnit.reset();
    this.watch.reset();
    this.program.reset();
    this.#stale = true;
    this.#recorder?.reset();
    if (this.#counters) this.#counters.start += this.state.cycle;
  }

  snapshot(): Uint8Array {
    if (this.state.special[SPECIAL.sleeping] === 0) this.#timers.advance(this.state.cycle);
    const bytes = this.state.bytes.slice();
    tidyPipeline(new State(bytes));
    this.#vectorUnit.save(bytes.buffer, STATE_LAYOUT.vectorUnit);
    return bytes;
  }

  restore(snapshot: Uint8Array): void {
    this.#runAhead.settled();
    this.#recorder?.flush();
    this.#recorder?.stateChanged();
    this.state.bytes.set(snapshot);
    this.#vectorUnit.restored();
    this.watch.restored();
    this.program.reset();
    this.#stale = true;
  }

  // ---- those who look on -----------------------------------------------------------------------------------------

  /** Somebody is called while instructions execute. */
  get isWatched(): boolean {
    return this.watch.active || this.#recorder !== undefined;
  }

  get counters(): ExecutionCounters | undefined {
    return this.#counters;
  }

  set counters(counters: ExecutionCounters | undefined) {
    this.#counters = counters;
    this.reschedule();
  }

  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  set recorder(recorder: Recorder | undefined) {
    this.#recorder?.flush();
    this.#recorder = recorder;
    recorder?.attach(this.state, this.pipeline);
    this.reschedule();
  }

  /** Cycle that relative times count from. */
  get base(): number {
    return this.state.counters[COUNTER.base];
  }

  /** A backward branch that was taken, one of many. */
  warm(pc: number, t: number): void {
    this.heat = this.translation.sample;
    this.#runAhead.warm(pc, t, this.#acceptAt - BEFORE_INTERRUPTS);
  }

  /** At an entry of translated code: returns how many instructions it has executed. */
  enter(t: number, pc: number): number {
    return this.#runAhead.enter(t, pc, this.#acceptAt - BEFORE_INTERRUPTS);
  }

  // ---- running -------------------------------------------------------------------------------------------------

  run(untilCycle: number, aheadCycle = untilCycle): StopReason {
    this.#runAhead.begin(aheadCycle);
    return this.#runWindow(untilCycle) ?? this.#run(untilCycle, Number.POSITIVE_INFINITY);
  }

  /** Goes back to where a run should have ended, if it has gone on from there by itself. */
  settle(cycle: number): void {
    if (this.state.cycle <= cycle) this.#runAhead.settled();
    if (!this.#runAhead.takeBack()) return;
    this.#stale = true;
    this.run(cycle);
  }

  step(): StopReason {
    this.#runAhead.begin(0);
    this.program.passBreakpoint(this.state.special[SPECIAL.pc]);
    const before = this.state.counters[COUNTER.instructions];
    return this.#run(Number.POSITIVE_INFINITY, before + 1);
  }

  /** The frequent case of `#run`: awake, and nothing can happen before `untilCycle`. Undefined: something could. */
  #runWindow(untilCycle: number): StopReason | undefined {
    const { special, counters } = this.state;
    if (this.#stale || special[SPECIAL.sleeping] !== 0 || untilCycle > this.#acceptAt) return undefined;
    const limit = untilCycle - counters[COUNTER.base];
    if (limit > LONGEST_STRETCH || special[SPECIAL.t] >= limit) return undefined;
    special[SPECIAL.exit] = 0;
    special[SPECIAL.limit] = limit;
    this.#execute();
    const exit = special[SPECIAL.exit];
    if (exit !== 0) return EXIT[exit];
    return this.#stale || this.#acceptAt <= this.state.cycle ? undefined : "cycle";
  }

  #run(untilCycle: number, untilInstructions: number): StopReason {
    const { special, counters } = this.state;
    special[SPECIAL.exit] = 0;
    for (;;) {
      if (special[SPECIAL.t] > LONGEST_STRETCH) this.state.rebase();
      const cycle = this.state.cycle;
      if (special[SPECIAL.sleeping] !== 0) {
        const asleep = this.#sleep.pass(untilCycle);
        if (this.#counters) this.#counters.asleep += this.state.cycle - cycle;
        if (asleep) return asleep;
        this.#stale = true;
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
        if (special[SPECIAL.exit] !== 0) return EXIT[special[SPECIAL.exit]];
        continue;
      }
      if (cycle >= untilCycle) return "cycle";
      if (counters[COUNTER.instructions] >= untilInstructions) return "requested";
      const base = counters[COUNTER.base];
      const single = untilInstructions !== Number.POSITIVE_INFINITY;
      special[SPECIAL.limit] = single
        ? special[SPECIAL.t] + 1
        : Math.min(untilCycle - base, accept - base, special[SPECIAL.t] + LONGEST_STRETCH);
      this.#execute();
      const exit = special[SPECIAL.exit];
      if (exit !== 0) return EXIT[exit];
    }
  }

  #takeInterrupt(cycle: number): void {
    const returnAddress = this.state.special[SPECIAL.pc] >>> 0;
    this.#stale = true;
    const vector = this.#interrupts.take(cycle, this.#vectorUnit.drainedAt());
    if (this.#counters) this.#counters.interruptEntry += this.state.cycle - cycle;
    this.#noteException(vector, returnAddress);
  }

  #noteException(vector: number, returnAddress: number): void {
    this.watch.onException(vector, returnAddress);
    this.#recorder?.note("exception", 0, this.state.special[SPECIAL.t], vector, returnAddress);
  }

  /** The loop for those who look on now. */
  #execute(): void {
    const observed = this.watch.active;
    const counted = this.#counters !== undefined;
    const recorded = this.#recorder !== undefined;
    const which = (observed ? 1 : 0) | (counted ? 2 : 0) | (recorded ? 4 : 0);
    let loop = this.#loops[which];
    if (!loop) {
      const zeroExtendR1 = this.timing.quirkR1 === "zero-extend";
      loop = loopFor({ zeroExtendR1, observed, counted, recorded });
      this.#loops[which] = loop;
    }
    if (recorded) this.#recorder!.begin();
    loop(this);
  }

  /** The loop returns at the next boundary so that interrupts are looked at again. */
  reschedule(): void {
    this.#stale = true;
    this.state.special[SPECIAL.limit] = NOW;
  }

  requestStop(): void {
    this.#stop(EXIT_REQUESTED);
  }

  stopAtBreakpoint(): void {
    this.#stop(EXIT_BREAKPOINT);
  }

  #stop(exit: number): void {
    this.state.special[SPECIAL.exit] ||= exit;
    this.reschedule();
  }

  retired(count: number): void {
    this.state.counters[COUNTER.instructions] += count;
  }

  nextWakeCycle(): number {
    return this.#sleep.nextWakeCycle();
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

  // ---- exceptions and special registers ------------------------------------------------------------------------

  alignment(t: number, pc: number): number {
    this.#recorder?.abort();
    return this.#exception(t + ALIGNMENT_TO_VECTOR, pc, VECTOR.alignment, 0);
  }

  trap(t: number, pc: number): number {
    return this.#exception(this.pipeline.drain(t, TRAP_DRAIN) + TRAP_TO_VECTOR, pc, VECTOR.program, ESR_TRAP);
  }

  #exception(t: number, pc: number, vector: number, esr: number): number {
    this.state.special[SPECIAL.esr] = esr;
    this.#interrupts.enter(vector, pc, t);
    this.#noteException(vector, pc >>> 0);
    this.reschedule();
    return t;
  }

  writeMsr(value: number, t: number): void {
    this.#interrupts.writeMsr(value, this.state.counters[COUNTER.base] + t + SPECIAL_WRITE_DELAY);
    this.reschedule();
  }

  readSpr(number: number, t: number): number {
    return this.specialRegisters.read(number, this.state.counters[COUNTER.base] + t);
  }

  timeBaseLow(t: number): number {
    return this.specialRegisters.timeBaseLow(this.state.counters[COUNTER.base] + t);
  }

  writeSpr(number: number, value: number, t: number): void {
    this.specialRegisters.write(number, value, this.state.counters[COUNTER.base] + t);
    if (RESCHEDULING_SPRS.has(number)) this.reschedule();
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
  vector(t: number, pc: number, word: number, observed: boolean, recorded: boolean): number {
    return this.#vectorPort.execute(t, pc, word, observed, recorded ? this.#recorder : undefined);
  }

  // ---- access by name ------------------------------------------------------------------------------------------

  spr(number: number): number {
    return this.specialRegisters.read(number, this.state.cycle - 1);
  }

  register(name: keyof typeof SPECIAL): number {
    this.#timers.advance(this.state.cycle);
    return this.state.special[SPECIAL[name]];
  }

  setRegister(name: keyof typeof SPECIAL, value: number): void {
    const cycle = this.state.cycle;
    this.#timers.advance(cycle);
    this.#stale = true;
    this.#recorder?.stateChanged();
    if (name === "msr") this.#interrupts.writeMsr(value, cycle);
    else if (name === "gin") this.#interrupts.setPins(value, cycle);
    else this.state.special[SPECIAL[name]] = value;
  }
}

const models = new Map<string, PipelineModel>();

/** The model of a timing profile, made once; what it translates depends on response delays of the bus too. */
function modelOf(timing: TimingProfile, surroundings: Bus): PipelineModel {
  const vectorLatency = timing.vectorLatency ?? surroundings.vectorLatency(0);
  const postedLatency = surroundings.posted?.latency ?? 1;
  const key = JSON.stringify({ ...timing, vectorLatency, postedLatency });
  let model = models.get(key);
  if (!model) {
    const bus = modelBus(postedLatency);
    const machine = new Machine({
      name: "model",
      bus,
      timing: { ...timing, branchCacheEntries: 0 },
      strict: false,
      stackLimit: undefined,
      onDiagnostic: undefined,
      translation: "off",
    });
    model = new PipelineModel(machine, bus, vectorLatency, timing.quirkR1 === "zero-extend");
    models.set(key, model);
  }
  return model;
}
