import { BreakpointSet } from "./breakpoints.ts";
import type { Bus, Diagnostic } from "./bus.ts";
import { Machine } from "./engine/machine.ts";
import { MEMORY_LAYOUT, SRAM_BYTES, VECTOR_BYTES, VECTOR_REGISTERS } from "./layout.ts";
import type { Observer } from "./observer.ts";
import type { ExecutionCounters } from "./record/counters.ts";
import type { Recorder } from "./record/recorder.ts";
import { COUNTER, type LinearMemory, SPECIAL, STATE_BYTES, type State } from "./state.ts";
import { CHIP_TIMING, type TimingProfile } from "./timing-profile.ts";
import type { TranslationMode } from "./translation/mode.ts";

export { BreakpointSet } from "./breakpoints.ts";

/**
 * Why `run` returned: `cycle` = the requested cycle is reached; `sleep` = asleep and no timer can wake it (only a pin,
 * the doorbell or a reset); `breakpoint` = before the instruction at a breakpoint; `strict` = a finding in strict
 * mode; `requested` = `requestStop`.
 */
export type StopReason = "cycle" | "sleep" | "breakpoint" | "strict" | "requested";

export interface PpuOptions {
  /** Used in diagnostics, e.g. "top". */
  readonly name: string;
  readonly bus: Bus;
  /** Default: `CHIP_TIMING`. */
  readonly timing?: TimingProfile;
  /** Report and stop at undefined opcodes, missing sync between ports, reads of unwritten vector registers … */
  readonly strict?: boolean;
  /** Strict mode: lowest address that r1 may take, i.e. the end of the program's data. Default: no check. */
  readonly stackLimit?: number;
  /** Default: `auto`. Changes nothing but the speed. */
  readonly translation?: TranslationMode;
  /** Called for every finding, strict or not. */
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
}

/** A copy of everything a PPU consists of; bytes of its memory in the layout of `layout.ts` and `state.ts`. */
export type PpuSnapshot = Uint8Array;

const INTERNAL_REGISTERS = [
  "sleeping",
  "inReset",
  "t",
  "limit",
  "redirect",
  "branchesFilled",
  "lrReady",
  "ctrReady",
  "sprReady",
  "sprNumber",
  "queueHead",
  "queueCount",
  "lastResponse",
  "word",
  "exit",
  "pinPending",
  "doorbellLevel",
  "vectorReady",
  "updated",
  "updateTime",
  "translated",
] as const satisfies readonly (keyof typeof SPECIAL)[];

/** Names of the 32-bit registers that `register` and `setRegister` know. */
export type RegisterName = Exclude<keyof typeof SPECIAL, (typeof INTERNAL_REGISTERS)[number]>;

const REGISTER_NAMES: readonly string[] = Object.keys(SPECIAL).filter(
  (name) => !INTERNAL_REGISTERS.some((internal) => internal === name),
);

/**
 * One plasticity processing unit: scalar Power core, vector unit and 16 KiB of SRAM.
 *
 * Cycles are the PPU's own and count from reset release (cycle 0; the first instruction issues in cycle 3) as in the
 * golden programs. Every data address outside the SRAM (0..0x3fff) goes to the bus, those between 0x4000 and
 * 0x3fffffff included; fetches from there go to `bus.fetch`. The bus reports a guest's mistakes with `report`.
 */
export class Ppu {
  readonly name: string;
  /** Views of registers and timing state; `state.words` is the SRAM as host-order words. */
  readonly state: State;
  readonly breakpoints: BreakpointSet;
  readonly #machine: Machine;

  constructor(options: PpuOptions) {
    this.name = options.name;
    this.#machine = new Machine({
      name: options.name,
      bus: options.bus,
      timing: options.timing ?? CHIP_TIMING,
      strict: options.strict ?? false,
      stackLimit: options.stackLimit,
      onDiagnostic: options.onDiagnostic,
      translation: options.translation ?? "auto",
    });
    this.state = this.#machine.state;
    this.breakpoints = new BreakpointSet((address) => this.#machine.program.invalidate(address, 4));
    this.#machine.program.breakpoints = this.breakpoints;
  }

  /** The one memory that holds all state, laid out as `layout.ts` and `state.ts` say. */
  get memory(): LinearMemory {
    return this.state.memory;
  }

  get timing(): TimingProfile {
    return this.#machine.timing;
  }

  /** Registers and pipeline to power-on values, pc 0, cycle 0; the SRAM keeps its contents. */
  reset(): void {
    this.#machine.reset();
  }

  /**
   * Runs until the first instruction boundary with `cycle >= untilCycle`, or another `StopReason`. While asleep, time
   * passes up to `untilCycle` (or to the wake-up); with nothing enabled that could wake it, it stands still until
   * a doorbell or pin of a later cycle comes. Slicing a run into several calls does not change anything.
   * With an infinite `untilCycle`, runs until it stops by itself.
   *
   * Where the core only computes, it may go on up to `aheadCycle` at once. Who then wants to see or change it as it is at
   * an earlier cycle, `untilCycle` or later, has to call `settle` before.
   */
  run(untilCycle: number, aheadCycle: number = untilCycle): StopReason {
    return this.#machine.run(untilCycle, aheadCycle);
  }

  /** Takes back what the last run has executed beyond the first boundary with `cycle >= untilCycle`. */
  settle(untilCycle: number): void {
    this.#machine.settle(untilCycle);
  }

  /** Executes one instruction (or, asleep, passes to the next wake-up), breakpoint or not. */
  step(): StopReason {
    return this.#machine.step();
  }

  /** A breakpoint at the pc lets its instruction pass once, as it does by itself where it has stopped a run. */
  skipBreakpoint(): void {
    this.#machine.program.passBreakpoint(this.pc | 0);
  }

  /** Ends the current `run` after the instruction or interrupt in progress; for observers and bus devices. */
  requestStop(): void {
    this.#machine.requestStop();
  }

  /** The `wait` state, visible to the host as status bit 0. */
  get sleeping(): boolean {
    return this.state.special[SPECIAL.sleeping] !== 0;
  }

  /** Cycle in which the sleep output became 1, or -1 while awake. */
  get sleepCycle(): number {
    return this.state.counters[COUNTER.sleepCycle];
  }

  /** Cycle of the next possible issue; asleep: how far time has passed. Absolute, an integer. */
  get cycle(): number {
    return this.state.cycle;
  }

  /** Retired instructions since reset. */
  get instructions(): number {
    return this.state.counters[COUNTER.instructions];
  }

  /**
   * Asleep: the cycle at which a timer or a pending request wakes the core; Infinity if only the outside can.
   * Awake: the current cycle.
   */
  nextWakeCycle(): number {
    return this.#machine.nextWakeCycle();
  }

  /** True if asleep and no source that could wake it is enabled (firmware-abi section 6: the program has finished). */
  get finished(): boolean {
    return this.sleeping && !this.#machine.hasWakeSource();
  }

  /** A rising edge of the doorbell input in `cycle` (default: now). Lost while MSR.EE is 0 (nux-core 4.3). */
  ringDoorbell(cycle: number = this.cycle): void {
    this.#machine.ringDoorbell(cycle);
  }

  /** The four input pins (bits 3..0) take a value in `cycle` (default: now); SPR GIN shows it. */
  setPins(value: number, cycle: number = this.cycle): void {
    this.#machine.setPins(value, cycle);
  }

  get pc(): number {
    return this.state.special[SPECIAL.pc] >>> 0;
  }

  set pc(address: number) {
    this.state.special[SPECIAL.pc] = address & ~3;
    this.recorder?.stateChanged();
  }

  /** General purpose register 0..31 as int32. Throws RangeError for another number, like all of the following. */
  gpr(register: number): number {
    checkRegister("general purpose register", register);
    return this.state.gpr[register];
  }

  setGpr(register: number, value: number): void {
    checkRegister("general purpose register", register);
    this.state.gpr[register] = value;
    this.recorder?.stateChanged();
  }

  /** A special register by name as int32; `gin` are the pins. */
  register(name: RegisterName): number {
    checkName(name);
    return this.#machine.register(name);
  }

  setRegister(name: RegisterName, value: number): void {
    checkName(name);
    this.#machine.setRegister(name, value);
  }

  /** Special purpose register by number as mfspr would read it now; 0 where there is none. */
  spr(number: number): number {
    return this.#machine.spr(number);
  }

  /** 64-bit time base as two words. */
  get timeBase(): { readonly high: number; readonly low: number } {
    return { high: this.spr(285) >>> 0, low: this.spr(284) >>> 0 };
  }

  /** Copy of a vector register in byte lane order (lane 0 = lowest address). */
  vector(register: number): Uint8Array {
    checkRegister("vector register", register);
    const at = MEMORY_LAYOUT.vectors + register * VECTOR_BYTES;
    return Uint8Array.from({ length: VECTOR_BYTES }, (_, lane) => this.state.bytes[at + (lane ^ 3)]);
  }

  /** Sets all 128 byte lanes of a vector register. */
  setVector(register: number, lanes: ArrayLike<number>): void {
    checkRegister("vector register", register);
    if (lanes.length !== VECTOR_BYTES) {
      throw new RangeError(`a vector register has ${VECTOR_BYTES} byte lanes, not ${lanes.length}`);
    }
    const at = MEMORY_LAYOUT.vectors + register * VECTOR_BYTES;
    for (let lane = 0; lane < VECTOR_BYTES; lane++) this.state.bytes[at + (lane ^ 3)] = lanes[lane];
    this.#machine.watch.vectorWritten(register);
    this.recorder?.stateChanged();
  }

  /** Copies guest bytes out of the SRAM; throws RangeError outside 0..0x3fff. */
  readSram(address: number, length: number): Uint8Array {
    checkSram(address, length);
    return Uint8Array.from({ length }, (_, i) => this.state.bytes[(address + i) ^ 3]);
  }

  /** Writes guest bytes into the SRAM; throws RangeError outside 0..0x3fff. */
  writeSram(address: number, data: ArrayLike<number>): void {
    checkSram(address, data.length);
    for (let i = 0; i < data.length; i++) this.state.bytes[(address + i) ^ 3] = data[i];
    this.invalidate(address, data.length);
  }

  /** One aligned SRAM word as int32 (address modulo 16 KiB); what the other PPU and the host see. */
  readSramWord(address: number): number {
    return this.state.words[(address & (SRAM_BYTES - 1)) >> 2];
  }

  writeSramWord(address: number, value: number): void {
    this.state.words[(address & (SRAM_BYTES - 1)) >> 2] = value;
    this.invalidate(address & (SRAM_BYTES - 4), 4);
  }

  /** Must be called after anybody but this PPU wrote program memory, in the fetch view's addresses. */
  invalidate(address: number, bytes: number): void {
    this.#machine.program.invalidate(address, bytes);
  }

  /** Reports a finding at the current pc and cycle; strict mode then stops after this instruction. For buses. */
  report(kind: string, message: string): void {
    this.#machine.watch.report(kind, message);
  }

  /** Lowest address r1 may take in strict mode; undefined = no check. */
  get stackLimit(): number | undefined {
    return this.#machine.watch.stackLimit;
  }

  set stackLimit(address: number | undefined) {
    this.#machine.watch.stackLimit = address;
  }

  get observer(): Observer | undefined {
    return this.#machine.watch.observer;
  }

  /** Takes effect when the next run starts. */
  set observer(observer: Observer | undefined) {
    this.#machine.watch.observer = observer;
  }

  /** True if an observer, a recorder or strict mode gets to know of every instruction while it executes. */
  get isWatched(): boolean {
    return this.#machine.isWatched;
  }

  get counters(): ExecutionCounters | undefined {
    return this.#machine.counters;
  }

  /** Counts and remembers instructions from the next run on. */
  set counters(counters: ExecutionCounters | undefined) {
    this.#machine.counters = counters;
  }

  get recorder(): Recorder | undefined {
    return this.#machine.recorder;
  }

  /** Gets raw records from the next run on; what another one holds is handed on to its sink before. */
  set recorder(recorder: Recorder | undefined) {
    this.#machine.recorder = recorder;
  }

  snapshot(): PpuSnapshot {
    return this.#machine.snapshot();
  }

  /** Continues exactly where the snapshot was taken, cycles included. Throws RangeError for a foreign size. */
  restore(snapshot: PpuSnapshot): void {
    if (snapshot.length !== STATE_BYTES) {
      throw new RangeError(
        `PPU snapshot has ${snapshot.length} bytes instead of ${STATE_BYTES}; was it taken here?`,
      );
    }
    this.#machine.restore(snapshot);
  }
}

function checkSram(address: number, length: number): void {
  if (!Number.isInteger(address) || address < 0 || !(length >= 0) || address + length > SRAM_BYTES) {
    throw new RangeError(
      `SRAM access at 0x${address.toString(16)} of ${length} bytes leaves 0x0..0x3fff; split or move the data`,
    );
  }
}

function checkRegister(kind: string, register: number): void {
  if (!Number.isInteger(register) || register < 0 || register >= VECTOR_REGISTERS) {
    throw new RangeError(`there is no ${kind} ${register}; use 0..31`);
  }
}

function checkName(name: string): void {
  if (!REGISTER_NAMES.includes(name)) {
    throw new RangeError(`there is no register "${name}"; use ${REGISTER_NAMES.join(", ")}`);
  }
}
