/** The one debugger: everything that doors (terminal, GDB, DAP, programs) can ask of a chip under inspection. */
import { EventEmitter } from "node:events";
import { Chip } from "../chip/index.ts";
import type { Image } from "../toolchain/image.ts";
import { mailboxBase, memoryPieces } from "../toolchain/loader.ts";
import { Breakables } from "./breakpoints.ts";
import { completions } from "./completion.ts";
import { isTrue } from "./condition.ts";
import type { Datum } from "./expression/datum.ts";
import { evaluateNode, originOf } from "./expression/evaluate.ts";
import { parseExpression } from "./expression/syntax.ts";
import { firstDifference } from "./fork.ts";
import { History } from "./history.ts";
import { AnalogProbe, disassembleAt } from "./inspect.ts";
import { addressesOf, formatLocation, parseLocation, placesOf } from "./locations.ts";
import { checkPoke, MEMORY_MAP, peekInstruction, peekMemory, pokeMemory } from "./memory.ts";
import { stopMessage } from "./messages.ts";
import { readPoint, writePoint } from "./point-file.ts";
import { PPUS } from "./position.ts";
import { checkRegisterWrite, REGISTER_DESCRIPTIONS, readRegister, writeRegister } from "./registers.ts";
import { Reverser } from "./reverse.ts";
import { type Happening, Interrupted, Runner } from "./runner.ts";
import { type Recorder, Scope, type ScopeHost, synapseRow } from "./scope.ts";
import { Stepper } from "./stepping.ts";
import { createProgramSymbols, type SymbolOptions } from "./symbols/index.ts";
import {
  type AnalogState,
  type Breakable,
  type Breakpoint,
  type Completion,
  type Context,
  type Difference,
  type DisassembledLine,
  type EvaluateResult,
  type Frame,
  type HistoryInfo,
  type Location,
  type MemoryRegion,
  type NumberFormat,
  type Position,
  type PpuName,
  type PpuSelection,
  type ProgramSymbols,
  type RegisterDescription,
  type RegisterValue,
  SessionError,
  type SessionEvents,
  type SessionOptions,
  type Stop,
  type StopCondition,
  type SynapseRegionName,
  type ThreadInfo,
  type VariableInfo,
  type WatchAccess,
  type Watchpoint,
  type WatchTarget,
  type Writer,
} from "./types.ts";
import { childrenOf, lanesOf, nameExpression, resultOf, variableInfo } from "./variables.ts";
import { checkTarget, describeTarget } from "./watch-target.ts";
import { Watches } from "./watches.ts";
import { describeWriter, findWriter } from "./writers.ts";

export { ExpressionError } from "./expression/syntax.ts";
export * from "./types.ts";

const NO_IMAGE: Image = { entry: 0, sections: [], symbols: [], lines: [] };
const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

function makeChip(chip: SessionOptions["chip"]): Chip {
  return chip instanceof Chip ? chip : new Chip(chip ?? {});
}

/**
 * A chip that can be stopped anywhere, looked at without side effects, and walked backwards. All-stop: while the
 * chip runs both PPUs run under its common clock; stepping one lets the other go on. One action at a time: an action
 * that is asked for while another one runs is refused. Every mistake of the user is a SessionError of one line.
 */
export class DebugSession extends EventEmitter<SessionEvents> {
  /** The chip itself. Changing it directly bypasses the history; use the session's methods. */
  readonly chip: Chip;
  readonly #images: Readonly<Partial<Record<PpuName, Image>>>;
  readonly #symbols = new Map<Image, ProgramSymbols>();
  readonly #symbolOptions: SymbolOptions;
  readonly #history: History;
  readonly #breakables: Breakables;
  readonly #watches: Watches;
  readonly #runner: Runner;
  readonly #stepper: Stepper;
  readonly #reverser: Reverser;
  readonly #host: ScopeHost;
  readonly #probe = new AnalogProbe();
  #stop: Stop;
  #running = false;
  #frames: { readonly ppu: PpuName; readonly frames: readonly Frame[] } | undefined;

  /** Throws SessionError, ChipError or ImageError for options that cannot be used. */
  constructor(options: SessionOptions = {}) {
    super();
    this.chip = makeChip(options.chip);
    const selected = PPUS.filter((ppu) => (options.load ?? "both") === "both" || options.load === ppu);
    const shared = Object.fromEntries(
      selected.flatMap((ppu) => (options.image ? [[ppu, options.image]] : [])),
    );
    this.#images = { ...shared, ...options.images };
    this.#symbolOptions = {
      ...(options.sourceDirectories && { directories: options.sourceDirectories }),
      ...(options.path !== undefined && { path: options.path }),
    };
    if (options.prepare ?? true) this.#prepare();
    this.#host = {
      chip: this.chip,
      change: (description, apply) => this.change(description, apply),
      symbols: (ppu) => this.symbols(ppu),
      image: (ppu) => this.#images[ppu],
    };
    this.#history = new History(this.chip, options);
    this.#watches = new Watches(this.#host);
    this.#breakables = new Breakables(this.chip, () => {
      this.#watches.set(this.#breakables.watchpoints);
      this.emit("breakpoints");
    });
    this.#runner = new Runner(this.#history, this.#breakables, this.#watches, {
      holds: (condition, ppu) => isTrue(this.#host, ppu, condition),
      log: (id, ppu, message) => void this.emit("log", { id, ppu, text: this.#logText(message, ppu) }),
    });
    const actors = {
      chip: this.chip,
      history: this.#history,
      runner: this.#runner,
      symbols: (ppu: PpuName) => this.symbols(ppu),
      frames: (ppu: PpuName) => this.frames(ppu),
    };
    this.#stepper = new Stepper(actors);
    this.#reverser = new Reverser(actors);
    const [first] = PPUS.filter((ppu) => this.chip.isReleased(ppu));
    this.currentPpu = first ?? "top";
    this.#stop = this.#stopAt({ reason: "entry", ids: [], hits: [], problems: [] }, this.currentPpu);
  }

  // ---- where we are ------------------------------------------------------------------------------------------------

  /** The last stop. */
  get stop(): Stop {
    return this.#stop;
  }

  /** PPU that is meant where none is named; every stop sets it to its own. */
  currentPpu: PpuName;

  /** True while an action runs. */
  get running(): boolean {
    return this.#running;
  }

  get position(): Position {
    return this.#history.position;
  }

  /** Top and bottom. */
  threads(): readonly [ThreadInfo, ThreadInfo] {
    const info = (ppu: PpuName): ThreadInfo => {
      const { sleeping, finished, pc } = this.chip.ppus[ppu];
      const awake = finished ? "finished" : sleeping ? "asleep" : "awake";
      return {
        id: ppu === "top" ? 1 : 2,
        ppu,
        state: this.chip.isReleased(ppu) ? awake : "held",
        pc,
        cycle: this.chip.ppuCycle(ppu),
        instructions: this.chip.instructions(ppu),
      };
    };
    return [info("top"), info("bottom")];
  }

  /** What is known of a PPU's program; without an image: nothing but addresses. */
  symbols(ppu: PpuName): ProgramSymbols {
    const image = this.#images[ppu] ?? NO_IMAGE;
    const made = this.#symbols.get(image) ?? createProgramSymbols(image, this.#symbolOptions);
    this.#symbols.set(image, made);
    return made;
  }

  // ---- running -----------------------------------------------------------------------------------------------------

  /** Runs until something stops the chip. */
  resume(): Promise<Stop> {
    return this.#act(this.currentPpu, () => this.#runner.run({ from: this.#stop.ppu }));
  }

  /** Ends the action in progress at the next slice (some milliseconds); without one it does nothing. */
  interrupt(): void {
    if (this.#running) this.#runner.interrupt();
  }

  /** `count` instructions of one PPU, or of each that is awake. Breakpoints of the other PPU count. */
  stepInstruction(ppu: PpuSelection = this.currentPpu, count = 1): Promise<Stop> {
    const own = ppu === "both" ? this.currentPpu : ppu;
    return this.#act(own, () => this.#stepper.instructions(ppu, count), "step");
  }

  /** Over a call (`bl`, `bctrl`, …) as one instruction. */
  stepOverInstruction(ppu: PpuName = this.currentPpu, count = 1): Promise<Stop> {
    return this.#repeat(ppu, count, () => this.#stepper.overCall(ppu));
  }

  /** To the begin of another source line, into calls that have lines. Without lines: one instruction. */
  stepLine(ppu: PpuName = this.currentPpu, count = 1): Promise<Stop> {
    return this.#repeat(ppu, count, () => this.#stepper.line(ppu, false));
  }

  /** As stepLine, over calls. */
  stepOver(ppu: PpuName = this.currentPpu, count = 1): Promise<Stop> {
    return this.#repeat(ppu, count, () => this.#stepper.line(ppu, true));
  }

  /** Until the function of a frame (default: the innermost) has returned. */
  stepOut(ppu: PpuName = this.currentPpu, frame = 0): Promise<Stop> {
    return this.#act(ppu, () => this.#stepper.out(ppu, frame), "step");
  }

  /** Until a PPU reaches a place or a cycle of the chip. */
  runTo(target: Location | { readonly cycle: number }, ppu: PpuName = this.currentPpu): Promise<Stop> {
    return this.#act(ppu, () => {
      if ("cycle" in target) {
        const now = this.chip.ppuCycle(ppu);
        if (!(target.cycle > now))
          throw new SessionError(`cycle ${target.cycle} is not ahead; ${ppu} is at ${now}`);
        return this.#stepper.toCycle(ppu, target.cycle);
      }
      const addresses = addressesOf(this.#host, ppu, target);
      if (addresses.length === 0) throw new SessionError(`there is no code at ${formatLocation(target)}`);
      const landmarks = addresses.map((address) => ({ ppu, address, accept: () => true }));
      return this.#stepper.toAddresses(landmarks, ppu);
    });
  }

  // ---- backwards ---------------------------------------------------------------------------------------------------

  reverseStepInstruction(ppu: PpuName = this.currentPpu, count = 1): Promise<Stop> {
    return this.#actBack(ppu, () => this.#reverser.instructions(ppu, count), "step");
  }

  /** To the begin of the line executed before, into calls. */
  reverseStepLine(ppu: PpuName = this.currentPpu, count = 1): Promise<Stop> {
    return this.#actBack(
      ppu,
      times(count, () => this.#reverser.line(ppu, false)),
      "step",
    );
  }

  /** As reverseStepLine, over calls. */
  reverseStepOver(ppu: PpuName = this.currentPpu, count = 1): Promise<Stop> {
    return this.#actBack(
      ppu,
      times(count, () => this.#reverser.line(ppu, true)),
      "step",
    );
  }

  /** To the call of the current function. */
  reverseStepOut(ppu: PpuName = this.currentPpu): Promise<Stop> {
    return this.#actBack(ppu, () => this.#reverser.out(ppu), "step");
  }

  /**
   * To the last hit of a breakpoint or watchpoint before here; in front of the instruction that has hit a watchpoint.
   * Conditions count, hit counts do not, log points are passed.
   */
  reverseContinue(): Promise<Stop> {
    return this.#actBack(this.currentPpu, () => this.#reverser.toHit());
  }

  /** To a place of the history, earlier or later. */
  goTo(position: Position): Promise<Stop> {
    return this.#actBack(position.ppu ?? this.currentPpu, async () => {
      await this.#history.goTo(position, this.#runner.pause);
      return { reason: "goal", ids: [], hits: [], problems: [] };
    });
  }

  /** To the begin of the history; what came after is forgotten, breakpoints stay. */
  restart(): Promise<Stop> {
    return this.#actBack(this.currentPpu, async () => {
      this.#history.restart();
      return { reason: "entry", ids: [], hits: [], problems: [] };
    });
  }

  /** Last writer of a target (not `expression`, `saturation`) before here; undefined: nobody in the history. */
  async whoWrote(target: WatchTarget): Promise<Writer | undefined> {
    if (target.kind === "expression" || target.kind === "saturation") {
      throw new SessionError(
        `${describeTarget(target)} is not written by anybody; name a register, memory or row`,
      );
    }
    checkTarget(target, target.kind === "cadc" ? "read" : "write");
    return this.#search("search", async () => {
      const back = this.#history.mark();
      this.#runner.quiet();
      try {
        const written = await findWriter(this.#host, this.#history, target, this.#runner.pause);
        return written && describeWriter(this.#host, target, written);
      } finally {
        back();
        this.#breakables.arm(true);
      }
    });
  }

  get history(): HistoryInfo {
    return this.#history.info;
  }

  // ---- breakpoints and watchpoints -----------------------------------------------------------------------------------

  /** Breakpoints and watchpoints by number. */
  breakables(): readonly Breakable[] {
    return this.#breakables.list;
  }

  /**
   * A place that no program has gives a pending breakpoint without addresses. Throws SessionError for conditions that
   * do not parse.
   */
  addBreakpoint(location: Location, options: StopCondition = {}): Breakpoint {
    checkCondition(options);
    const addresses = placesOf(this.#host, location);
    const [ppu] = PPUS.filter((name) => addresses[name].length > 0);
    const source = ppu && this.symbols(ppu).sourceAt(addresses[ppu][0]);
    const breakpoint: Breakpoint = {
      ...options,
      id: this.#breakables.nextId(),
      kind: "breakpoint",
      location,
      addresses,
      ppus: options.ppus ?? "both",
      enabled: options.enabled ?? true,
      temporary: options.temporary ?? false,
      hits: 0,
      ...(source && { source }),
    };
    this.#breakables.set(breakpoint);
    return breakpoint;
  }

  /** `text`: what the watchpoint is called in lists and messages; default: the target as an expression. */
  addWatchpoint(
    target: WatchTarget,
    access: WatchAccess = "write",
    options: StopCondition & { readonly text?: string } = {},
  ): Watchpoint {
    checkCondition(options);
    checkTarget(target, access);
    const { ppus: _ppus, ...rest } = options;
    const watchpoint: Watchpoint = {
      ...rest,
      id: this.#breakables.nextId(),
      kind: "watchpoint",
      target,
      access,
      text: options.text ?? describeTarget(target),
      enabled: options.enabled ?? true,
      temporary: options.temporary ?? false,
      hits: 0,
    };
    this.#breakables.set(watchpoint);
    return watchpoint;
  }

  /**
   * What a text means as a watch target: `r3`, `lr`, `v3`, `v3.h[17]`, `acc.w[2]`, `vcr`, `row(12)`, `row(12)[5]`,
   * `cadc`, `saturation`, a variable, `mem32(0x3000)`, `*0x3000@16` (16 bytes), with `top.` or `bottom.` in front; any
   * other expression is watched for changes of its value.
   */
  parseWatchTarget(text: string, context: Context = {}): WatchTarget {
    const [, prefix, plain] = /^(?:(top|bottom)\.)?(.*)$/s.exec(text.trim())!;
    const ppu = (prefix as PpuName | undefined) ?? context.ppu ?? this.currentPpu;
    if (plain === "saturation") return { kind: "saturation", ppu };
    if (plain === "cadc") return { kind: "cadc", hemisphere: ppu };
    if (plain === "vcr") return { kind: "conditions", ppu };
    const bytes = /^\*\s*(0[xX][0-9a-fA-F]+|\d+)\s*@\s*(\d+)$/.exec(plain);
    if (bytes) return { kind: "memory", ppu, address: Number(bytes[1]), length: Number(bytes[2]) };
    const datum = this.#evaluate(text, context);
    return originOf(datum) ?? { kind: "expression", ppu: context.ppu ?? this.currentPpu, text };
  }

  /** `0x120`, `*0x120`, `main`, `main+8`, `file.ts:12`, `12` (a line of the current file). Throws SessionError. */
  parseLocation(text: string, context: Context = {}): Location {
    const ppu = context.ppu ?? this.currentPpu;
    return parseLocation(text, this.symbols(ppu).sourceAt(this.chip.ppus[ppu].pc));
  }

  /** Changes condition, hit count, log message, enabled, temporary, ppus. */
  changeBreakable(id: number, change: StopCondition): Breakable {
    checkCondition(change);
    return this.#breakables.change(id, change);
  }

  removeBreakable(id: number): void {
    this.#breakables.remove(id);
  }

  // ---- inspection --------------------------------------------------------------------------------------------------

  /** Every register that `readRegister` knows. */
  registerDescriptions(): readonly RegisterDescription[] {
    return REGISTER_DESCRIPTIONS;
  }

  readRegister(ppu: PpuName, name: string): RegisterValue {
    return readRegister(this.chip, ppu, name);
  }

  /** Throws SessionError for read-only registers and values of a wrong size. */
  writeRegister(ppu: PpuName, name: string, value: RegisterValue): void {
    checkRegisterWrite(name, value);
    const kept = typeof value === "number" ? value : value.slice();
    this.change(`${ppu} ${name}`, (chip) => writeRegister(chip, ppu, name, kept));
  }

  /** Data addresses of a PPU. */
  memoryMap(_ppu: PpuName): readonly MemoryRegion[] {
    return MEMORY_MAP;
  }

  /** Bytes by data address without side effects; shorter where memory ends. Throws SessionError if there is none at `address`. */
  readMemory(ppu: PpuName, address: number, length: number): Uint8Array {
    const bytes = peekMemory(this.chip, ppu, address, length);
    if (bytes) return bytes;
    throw new SessionError(`there is no memory at ${hex(address)}`);
  }

  /** Registers of the omnibus take whole words, with their side effects. Throws SessionError, before anything is written. */
  writeMemory(ppu: PpuName, address: number, bytes: Uint8Array): void {
    checkPoke(address, bytes.length);
    const kept = bytes.slice();
    this.change(`${bytes.length} bytes at ${hex(address)}`, (chip) => pokeMemory(chip, ppu, address, kept));
  }

  /** Instruction word in the fetch view; undefined where there is no memory. */
  readInstruction(ppu: PpuName, address: number): number | undefined {
    return peekInstruction(this.chip, ppu, address);
  }

  /** Instructions in the fetch view from `address` on; fewer where memory ends. */
  disassemble(ppu: PpuName, address: number, count: number): readonly DisassembledLine[] {
    return disassembleAt(this.#host, this.#breakables, ppu, address, count);
  }

  analog(hemisphere: PpuName): AnalogState {
    return this.#probe.read(this.chip, hemisphere);
  }

  /** One row of the synapse array, 256 columns; row 256 is the switch row. */
  synapseRow(hemisphere: PpuName, region: SynapseRegionName, row: number): Uint8Array {
    return synapseRow(this.chip, hemisphere, region, row);
  }

  /** Calls of a PPU, innermost first, inlined ones included. At least one. */
  frames(ppu: PpuName = this.currentPpu, limit = 256): readonly Frame[] {
    if (this.#frames?.ppu === ppu && limit === 256 && !this.#running) return this.#frames.frames;
    const frames = new Scope(this.#host, ppu).frames(limit);
    if (limit === 256 && !this.#running) this.#frames = { ppu, frames };
    return frames;
  }

  /** Parameters and locals of a frame, inner blocks first. */
  locals(context: Context = {}): readonly VariableInfo[] {
    const ppu = context.ppu ?? this.currentPpu;
    const scope = new Scope(this.#host, ppu, context.frame);
    return this.symbols(ppu)
      .variables(scope.frame(), scope.memory)
      .map(({ name, value, role }) => variableInfo(name, value, role, nameExpression(name)));
  }

  globals(context: Context = {}): readonly VariableInfo[] {
    const ppu = context.ppu ?? this.currentPpu;
    const symbols = this.symbols(ppu);
    const { memory } = new Scope(this.#host, ppu);
    return symbols.globals.flatMap(({ name, type, address }) =>
      type
        ? [
            variableInfo(
              name,
              symbols.valueAt(type, { kind: "memory", address }, memory),
              "global",
              nameExpression(name),
            ),
          ]
        : [],
    );
  }

  /** Members or elements of what an expression names. */
  children(expression: string, context: Context = {}, start = 0, limit = 1000): readonly VariableInfo[] {
    const datum = this.#evaluate(expression, context);
    if (datum.kind === "lanes") return lanesOf(datum, expression, start, limit);
    return datum.kind === "variable" ? childrenOf(datum.variable, expression, start, limit) : [];
  }

  /**
   * Evaluates an expression; assignments inside change the chip. Throws ExpressionError, which is a SessionError with
   * the column of the problem.
   */
  evaluate(text: string, context: Context = {}, format: NumberFormat = "natural"): EvaluateResult {
    return resultOf(this.#evaluate(text, context), format);
  }

  /** Assigns the value of one expression to what another one names. */
  assign(target: string, value: string, context: Context = {}): EvaluateResult {
    parseExpression(target);
    parseExpression(value);
    return this.evaluate(`${target} = (${value})`, context);
  }

  /** What could stand at the end of a beginning of an expression. */
  complete(text: string, context: Context = {}): readonly Completion[] {
    return completions(this.#host, text, { ppu: context.ppu ?? this.currentPpu, frame: context.frame ?? 0 });
  }

  // ---- the outside world ---------------------------------------------------------------------------------------------

  /** Rings doorbells as the host; recorded in the history as every change. */
  ringDoorbell(ppus: PpuSelection): void {
    this.change(`doorbell ${ppus}`, (chip) => chip.ringDoorbell(ppus));
  }

  /** The four input pins of PPUs. */
  setPins(ppus: PpuSelection, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 15)
      throw new SessionError(`pins take 0..15, not ${value}`);
    this.change(`pins ${ppus}`, (chip) => chip.setPins(ppus, value));
  }

  /**
   * Any other change of the chip by the host: done now, and again whenever the history passes here. Changes made at
   * later places are forgotten, with everything after this one.
   */
  change(description: string, apply: (chip: Chip) => void): void {
    this.#refuseWhileRunning();
    this.#history.change(description, apply);
    this.#frames = undefined;
    this.#stop = { ...this.#stop, position: this.position, pc: this.chip.ppus[this.#stop.ppu].pc };
    this.emit("changed");
  }

  // ---- session points -----------------------------------------------------------------------------------------------

  /** The chip as it is now, as a file: versioned, compressed, checked, tied to program and seeds. */
  save(): Uint8Array {
    this.#refuseWhileRunning();
    return writePoint(this.chip, this.#images);
  }

  /** Continues from a saved point; the history begins anew there. Throws SessionError for foreign or damaged files. */
  load(file: Uint8Array): Promise<Stop> {
    return this.#actBack(this.currentPpu, async () => {
      const snapshot = readPoint(file, this.chip, this.#images);
      this.chip.restore(snapshot);
      this.#history.begin();
      return { reason: "entry", ids: [], hits: [], problems: [] };
    });
  }

  /**
   * Lets a copy of the chip with another noise seed run beside a copy of this one from here, and finds the first
   * instruction after which the two differ. The session itself stays where it is.
   */
  compareNoise(
    noiseSeed: number,
    { maxInstructions = 10_000_000 }: { readonly maxInstructions?: number } = {},
  ): Promise<Difference> {
    return this.#search("comparison", () =>
      firstDifference(this.#host, noiseSeed, maxInstructions, this.#runner.pause),
    );
  }

  // ---- inside --------------------------------------------------------------------------------------------------------

  #prepare(): void {
    for (const ppu of PPUS) {
      const image = this.#images[ppu];
      if (!image) continue;
      this.chip.load(memoryPieces(image), ppu);
      this.chip.mailboxBase = mailboxBase(image);
    }
    for (const ppu of PPUS) if (this.#images[ppu]) this.chip.reset(ppu);
  }

  #refuseWhileRunning(): void {
    if (this.#running) throw new SessionError("the chip is running; interrupt it first");
  }

  /** A run forwards; one that lands on a breakpoint counts as its hit. A goal becomes `goal`. */
  #act(ppu: PpuName, action: () => Promise<Happening>, goal: "step" | "reached" = "reached"): Promise<Stop> {
    return this.#perform(ppu, goal, async () => {
      const happening = await action();
      return happening.reason === "goal" ? (this.#runner.landing(ppu) ?? happening) : happening;
    });
  }

  #repeat(ppu: PpuName, count: number, action: () => Promise<Happening>): Promise<Stop> {
    return this.#act(ppu, times(count, action), "step");
  }

  /** A way back; when it fails or is interrupted, the chip is where it was. */
  #actBack(
    ppu: PpuName,
    action: () => Promise<Happening>,
    goal: "step" | "reached" = "reached",
  ): Promise<Stop> {
    return this.#perform(ppu, goal, async () => {
      const back = this.#history.mark();
      this.#runner.quiet();
      try {
        return await action();
      } catch (error) {
        back();
        throw error;
      } finally {
        this.#breakables.arm(true);
      }
    });
  }

  async #perform(ppu: PpuName, goal: "step" | "reached", action: () => Promise<Happening>): Promise<Stop> {
    this.#refuseWhileRunning();
    this.#running = true;
    this.#frames = undefined;
    this.emit("running");
    let happening: Happening;
    try {
      this.#runner.begin();
      happening = await action();
    } catch (error) {
      if (!(error instanceof Interrupted)) {
        this.#settle(this.#stopAt({ ...this.#stop, problems: [] }, this.#stop.ppu));
        throw error;
      }
      happening = { reason: "interrupted", ids: [], hits: [], problems: [] };
    }
    const reason = happening.reason === "goal" ? goal : happening.reason;
    return this.#settle(this.#stopAt({ ...happening, reason }, ppu));
  }

  /** A search that leaves the session where it is. */
  async #search<Result>(what: string, search: () => Promise<Result>): Promise<Result> {
    this.#refuseWhileRunning();
    this.#running = true;
    try {
      this.#runner.begin();
      return await search();
    } catch (error) {
      if (error instanceof Interrupted) throw new SessionError(`the ${what} was interrupted`);
      throw error;
    } finally {
      this.#running = false;
    }
  }

  #settle(stop: Stop): Stop {
    this.#running = false;
    this.#stop = stop;
    this.currentPpu = stop.ppu;
    this.emit("stopped", stop);
    return stop;
  }

  #stopAt(
    happening: Omit<Happening, "reason" | "boundary"> & { readonly reason: Stop["reason"] },
    asked: PpuName,
  ): Stop {
    const { reason, ids, hits, finding, problems, ppu = asked } = happening;
    return {
      reason,
      ppu,
      pc: this.chip.ppus[ppu].pc,
      cycle: this.chip.ppuCycle(ppu),
      position: this.position,
      ids,
      hits,
      ...(finding && { finding }),
      message: stopMessage(happening, problems),
    };
  }

  #evaluate(text: string, context: Context, record?: Recorder): Datum {
    const scope = new Scope(this.#host, context.ppu ?? this.currentPpu, context.frame, record);
    return evaluateNode(parseExpression(text), scope, text);
  }

  #logText(message: string, ppu: PpuName): string {
    return message.replace(/\{([^{}]*)\}/g, (_, text: string) => {
      try {
        return this.evaluate(text, { ppu }).text;
      } catch (error) {
        if (error instanceof SessionError) return `<${error.message}>`;
        throw error;
      }
    });
  }
}

/** An action `count` times, as long as it reaches its goal. */
function times(count: number, action: () => Promise<Happening>): () => Promise<Happening> {
  return async () => {
    let happening = await action();
    for (let done = 1; done < count && happening.reason === "goal"; done++) happening = await action();
    return happening;
  };
}

/** Throws SessionError for a condition or the expressions of a log message that do not parse. */
function checkCondition({ condition, hitCount, logMessage }: StopCondition): void {
  if (condition !== undefined && condition.trim() !== "") parseExpression(condition);
  for (const [, text] of logMessage?.matchAll(/\{([^{}]*)\}/g) ?? []) parseExpression(text);
  if (hitCount !== undefined && !(Number.isInteger(hitCount) && hitCount >= 1)) {
    throw new SessionError(`a hit count is a number from 1 on, not ${hitCount}`);
  }
}
