/** The whole chip: two PPUs, their buses, registers and memories, two hemispheres of analog core, one clock. */
import type { Diagnostic } from "../core/bus.ts";
import { Ppu } from "../core/ppu.ts";
import { parseTimingProfile } from "../core/timing-profile.ts";
import { Hemisphere } from "./analog/hemisphere.ts";
import { analogParameters } from "./analog/parameters.ts";
import { DATA_MAP, DRAM_BYTES, EXTERNAL_MEMORY_BYTES, FETCH_MAP } from "./bus/address-map.ts";
import { type CountedDiagnostic, DiagnosticLog } from "./bus/diagnostics.ts";
import { Memory } from "./bus/memory.ts";
import { Omnibus } from "./bus/omnibus.ts";
import { PpuBus } from "./bus/ppu-bus.ts";
import { SynapseArray } from "./bus/synapse-array.ts";
import { type ChipMake, checkMake, checkOptions, ppusOf, sideOf, sidesOf } from "./checks.ts";
import { routeEvent, splitSpikeLabel } from "./crossbar.ts";
import { DEFAULT_MAILBOX_BASE, readMailbox, readReturnCode } from "./mailbox.ts";
import { RandomGenerator } from "./random-generator.ts";
import { type ChipRecordSink, type Recording, recordChip } from "./recording.ts";
import { RegisterFile } from "./registers/register-file.ts";
import { HEMISPHERES } from "./registers/types.ts";
import { Scheduler, type SchedulerSnapshot } from "./scheduler.ts";
import { applySettings } from "./settings.ts";
import { fillRandomly } from "./sram-fill.ts";
import {
  ChipError,
  type ChipOptions,
  type ChipSnapshot,
  type MemoryPiece,
  type PpuName,
  type PpuSelection,
  type RunOptions,
  type RunResult,
} from "./types.ts";
import { VectorGenerator } from "./vector-generator.ts";
import { configureMatrixMode, wireAnalogCore } from "./wiring.ts";

export * from "./types.ts";

const OMNIBUS_BASE = DATA_MAP.omnibus.base;
const DRAM_PAGE_BYTES = 0x10000;
const SIDES = [0, 1] as const;
const SNAPSHOT_FORMAT = "ppu-emu chip 3";

export class Chip {
  readonly ppus: Readonly<Record<PpuName, Ppu>>;
  readonly externalMemory = new Memory("external memory", EXTERNAL_MEMORY_BYTES, EXTERNAL_MEMORY_BYTES);
  readonly dram = new Memory("DRAM", DRAM_BYTES, DRAM_PAGE_BYTES);
  /** Host access by register name, indices and field; with the same side effects as a guest's. */
  readonly registers = new RegisterFile();
  readonly hemispheres: Readonly<Record<PpuName, Hemisphere>>;
  readonly chipSeed: number;
  readonly noiseSeed: number;
  /** Address of the mailbox in SRAM (symbol mailbox_base of an image). */
  mailboxBase: number = DEFAULT_MAILBOX_BASE;
  readonly #sides: readonly Ppu[];
  readonly #arrays: readonly SynapseArray[];
  readonly #buses: readonly PpuBus[];
  readonly #generators: readonly VectorGenerator[];
  readonly #omnibus: Omnibus;
  readonly #log = new DiagnosticLog();
  readonly #scheduler: Scheduler;

  /** Throws on seeds or a timing text that cannot be used, and on unknown options. */
  constructor(options: ChipOptions = {}) {
    checkOptions(options);
    const { chipSeed = 0, noiseSeed = 0, timing = "chip", strict = false, translation } = options;
    this.chipSeed = chipSeed;
    this.noiseSeed = noiseSeed;
    if (options.ideal && (options.chip ?? "ideal") !== "ideal") {
      throw new ChipError(`option ideal contradicts chip "${options.chip}"; give one of them`);
    }
    const preset = options.ideal ? "ideal" : (options.chip ?? "calibrated");
    const parameters = options.analogParameters ?? analogParameters(preset);
    const profile = typeof timing === "string" ? parseTimingProfile(timing) : timing;
    const halves = SIDES.map((hemisphere) => new Hemisphere({ hemisphere, chipSeed, noiseSeed, parameters }));
    this.#arrays = halves.map((half) => new SynapseArray(half, new RandomGenerator()));
    const srams = SIDES.map((side) => ({
      loadWord: (address: number) => {
        this.#scheduler.settle(side);
        return this.#sides[side].readSramWord(address);
      },
      storeWord: (address: number, value: number) => {
        this.#scheduler.settle(side);
        this.#sides[side].writeSramWord(address, value);
      },
    }));
    const omnibus = new Omnibus(this.registers, this.#arrays, srams);
    this.#omnibus = omnibus;
    this.#generators = options.vectorGenerators ? SIDES.map(() => this.#makeGenerator(omnibus)) : [];
    const devices = {
      externalMemory: this.externalMemory,
      dram: this.dram,
      omnibus,
      arrays: this.#arrays,
      vectorGenerators: this.#generators,
    };
    this.#buses = SIDES.map(
      (side) =>
        new PpuBus(devices, {
          side,
          report: (kind, message) => this.#sides[side].report(kind, message),
          chipCycle: (cycle) => this.#scheduler.chipCycle(side, cycle),
          settleOther: () => this.#scheduler.settle(1 - side),
        }),
    );
    const onDiagnostic = (diagnostic: Diagnostic) => this.#log.report(diagnostic);
    this.#sides = this.#buses.map(
      (bus, side) =>
        new Ppu({ name: HEMISPHERES[side], bus, timing: profile, strict, translation, onDiagnostic }),
    );
    this.ppus = { top: this.#sides[0], bottom: this.#sides[1] };
    this.hemispheres = { top: halves[0], bottom: halves[1] };
    this.#scheduler = new Scheduler(this.#sides, this.#generators);
    this.registers.now = () => this.cycle;
    this.externalMemory.onWrite = (offset, bytes) =>
      this.#invalidate(FETCH_MAP.externalMemory.base + offset, bytes);
    this.dram.onWrite = (offset, bytes) => this.#invalidate(FETCH_MAP.dram.base + offset, bytes);
    if (options.sramFill === "random") this.#sides.forEach(fillRandomly(chipSeed));
    wireAnalogCore(this.registers, halves);
    this.#wireControl();
    if ((options.configuration ?? "matrix") === "matrix") {
      configureMatrixMode(this.registers, parameters);
    } else {
      this.registers.replay(0);
    }
    if (options.settings) applySettings(this, options.settings);
  }

  /** Cycles since the chip was made. */
  get cycle(): number {
    return this.#scheduler.time;
  }

  /** Findings about the programs so far, with counts; bounded. */
  get diagnostics(): readonly CountedDiagnostic[] {
    return this.#log.list();
  }

  clearDiagnostics(): void {
    this.#log.clear();
  }

  /**
   * Writes pieces of a program: those for `sram` into the SRAM of the chosen PPUs, the others into the memories that
   * both share. Throws RangeError where a piece does not fit.
   */
  load(pieces: readonly MemoryPiece[], ppus: PpuSelection = "both"): void {
    for (const { space, offset, bytes } of pieces) {
      if (space === "external") this.externalMemory.write(offset, bytes);
      else if (space === "dram") this.dram.write(offset, bytes);
      else for (const side of sidesOf(ppus)) this.#sides[side].writeSram(offset, bytes);
    }
  }

  /** Puts PPUs into reset and lets them start at address 0 with the next `run`; SRAM contents stay. */
  reset(ppus: PpuSelection = "both"): void {
    for (const side of sidesOf(ppus)) {
      this.#setControl(side, 0);
      this.#setControl(side, 1);
    }
  }

  /** Holds PPUs in reset, as they are after power-on. */
  hold(ppus: PpuSelection = "both"): void {
    for (const side of sidesOf(ppus)) this.#setControl(side, 0);
  }

  /** True while the PPU's reset is released (control bit inhibit_reset). */
  isReleased(ppu: PpuName): boolean {
    return this.#scheduler.released[sideOf(ppu)];
  }

  /**
   * Runs the released PPUs in lock-step windows of INTERLEAVE_CYCLES: in each window first top, then bottom. A limit is
   * rounded up to a whole window. How a run is sliced into calls does not change its course.
   */
  run(options: RunOptions = {}): RunResult {
    const { maxCycles = Number.POSITIVE_INFINITY, until, boundaries = [], stopAsleep = false } = options;
    if (!(maxCycles >= 0)) throw new ChipError(`maxCycles must be a number of cycles >= 0, not ${maxCycles}`);
    const goals = boundaries.map((boundary) => ({ ...boundary, side: sideOf(boundary.ppu) }));
    const stop = this.#scheduler.run({
      maxCycles,
      stopAsleep,
      ...(until && { until: () => until(this) }),
      goals,
    });
    const ppu = stop.side === undefined ? undefined : HEMISPHERES[stop.side];
    return {
      reason: stop.reason,
      cycle: this.#scheduler.time,
      ...(ppu ? { ppu, pc: this.ppus[ppu].pc } : {}),
      ...(stop.goal ? { boundary: boundaries[(goals as readonly unknown[]).indexOf(stop.goal)] } : {}),
    };
  }

  /**
   * Executes one instruction of a PPU, breakpoint at its pc or not, while the other one goes on: the course is that
   * of `run`. Stops earlier for the same reasons as `run`, and does nothing where the PPU sleeps and only the host can
   * wake it (`asleep`). A sleep that something else may end takes as long as it takes.
   */
  step(ppu: PpuName): RunResult {
    if (this.ppus[ppu].finished) return { reason: "asleep", cycle: this.#scheduler.time };
    this.ppus[ppu].skipBreakpoint();
    const instructions: [number, number] = [0, 0];
    instructions[sideOf(ppu)] = this.instructions(ppu) + 1;
    return this.run({ boundaries: [{ ppu, instructions, cycle: 0, windowEnd: 0 }], stopAsleep: true });
  }

  /** Ends a `run` in progress after the current instruction; for observers. */
  requestStop(): void {
    this.#scheduler.requestStop();
  }

  /**
   * Records what the chosen PPUs do from the next run on: registers written, accesses, events, conversions. One recording at a
   * time; it costs nothing after its end.
   */
  record(ppus: PpuSelection, sink: ChipRecordSink): Recording {
    const chip = {
      ppus: this.#sides,
      hemispheres: HEMISPHERES.map((name) => this.hemispheres[name]),
      names: HEMISPHERES,
      running: () => this.#scheduler.running,
      chipCycle: (side: number, cycle: number) => this.#scheduler.chipCycle(side, cycle),
    };
    return recordChip(chip, ppusOf(ppus), sink);
  }

  /** The PPU whose instruction is being executed; undefined between runs and while a device acts. */
  get running(): PpuName | undefined {
    const side = this.#scheduler.running;
    return side === undefined ? undefined : HEMISPHERES[side];
  }

  /** Instructions a PPU has retired since the chip was made, over all its resets. */
  instructions(ppu: PpuName): number {
    return this.#scheduler.instructions(sideOf(ppu));
  }

  /** Cycle of the chip that a PPU has reached. */
  ppuCycle(ppu: PpuName): number {
    const side = sideOf(ppu);
    return this.#scheduler.chipCycle(side, this.#scheduler.ppuCycle(side));
  }

  /** Clock, windows and pending requests, as in a snapshot. */
  get clock(): SchedulerSnapshot {
    return this.#scheduler.snapshot();
  }

  /** Sets the bookkeeping of the clock to that of another run of the same course, where both stand at the same boundary. */
  set clock(snapshot: SchedulerSnapshot) {
    this.#scheduler.restore(snapshot);
  }

  /** Rings the doorbell of PPUs now; lost where MSR.EE is 0 (nux-core 4.3). */
  ringDoorbell(ppus: PpuSelection): void {
    for (const side of sidesOf(ppus)) this.#scheduler.ringDoorbell(side, this.cycle);
  }

  /** The four input pins (GIN, bits 3..0) of PPUs take a value now. */
  setPins(ppus: PpuSelection, value: number): void {
    for (const side of sidesOf(ppus)) this.#sides[side].setPins(value, this.#scheduler.ppuCycle(side));
  }

  /** An event from the FPGA with a 16-bit spike label (chip.md 5), through the crossbar to the PADI buses. */
  sendEvent(label: number, cycle: number = this.cycle): void {
    const { input, label: eventLabel } = splitSpikeLabel(label);
    for (const output of routeEvent(this.registers, input, eventLabel)) {
      if (output >= 8) continue;
      const bus = output & 3;
      const hemisphere = HEMISPHERES[output >> 2];
      const enabled = this.registers.readRaw("padiConfig", { hemisphere }) & (1 << bus);
      if (enabled === 0) continue;
      this.hemispheres[hemisphere].event(1 << bus, (eventLabel >> 6) & 31, eventLabel & 63, cycle);
    }
  }

  /** Word of the omnibus by byte address, without side effects: CADC regions give the last results. undefined: nothing there. */
  peekOmnibus(byteAddress: number): number | undefined {
    return this.#omnibus.peek(byteAddress, this.cycle);
  }

  /** Writes a word of the omnibus as the host, with its side effects. False where nothing can be written. */
  writeOmnibus(byteAddress: number, value: number): boolean {
    let written = true;
    this.#omnibus.store(byteAddress, 4, value, this.cycle, () => {
      written = false;
    });
    return written;
  }

  /** Text of the mailbox up to the first NUL (firmware-abi section 5). */
  mailbox(ppu: PpuName): string {
    return readMailbox(this.#sides[sideOf(ppu)], this.mailboxBase);
  }

  /** Return code word of a finished program as int32 (firmware-abi section 2). */
  returnCode(ppu: PpuName): number {
    return readReturnCode(this.#sides[sideOf(ppu)], this.mailboxBase);
  }

  /** A copy of everything; restoring it continues bit-identically, cycles included. */
  snapshot(): ChipSnapshot {
    return {
      format: SNAPSHOT_FORMAT,
      chipSeed: this.chipSeed,
      noiseSeed: this.noiseSeed,
      make: this.#make,
      ppus: this.#sides.map((ppu) => ppu.snapshot()),
      scheduler: this.#scheduler.snapshot(),
      externalMemory: this.externalMemory.snapshot(),
      dram: this.dram.snapshot(),
      registers: this.registers.snapshot(),
      hemispheres: HEMISPHERES.map((name) => this.hemispheres[name].snapshot()),
      arrays: this.#arrays.map((array) => array.snapshot()),
      random: this.#arrays.map((array) => array.random.snapshot()),
      buses: this.#buses.map((bus) => bus.snapshot()),
      vectorGenerators: this.#generators.map((generator) => generator.snapshot()),
      diagnostics: this.#log.list(),
    };
  }

  /** Takes the chip back to a snapshot of a chip with the same seeds, analog parameters and timing. Throws ChipError otherwise. */
  restore(snapshot: ChipSnapshot): void {
    this.checkSnapshot(snapshot);
    this.#generators.forEach((generator, side) => {
      generator.restore(snapshot.vectorGenerators[side]);
    });
    this.externalMemory.restore(snapshot.externalMemory);
    this.dram.restore(snapshot.dram);
    this.registers.restore(snapshot.registers);
    HEMISPHERES.forEach((name, side) => {
      this.hemispheres[name].restore(snapshot.hemispheres[side]);
      this.#arrays[side].restore(snapshot.arrays[side]);
      this.#arrays[side].random.restore(snapshot.random[side]);
      this.#buses[side].restore(snapshot.buses[side]);
      this.#sides[side].restore(snapshot.ppus[side]);
    });
    this.#scheduler.restore(snapshot.scheduler);
    this.#log.restore(snapshot.diagnostics);
  }

  /** Throws ChipError unless `restore` can take the snapshot. */
  checkSnapshot(snapshot: ChipSnapshot): void {
    if (snapshot.format !== SNAPSHOT_FORMAT) {
      throw new ChipError("this is not a snapshot of a chip; use what chip.snapshot() returned");
    }
    if (snapshot.chipSeed !== this.chipSeed || snapshot.noiseSeed !== this.noiseSeed) {
      throw new ChipError(
        `the snapshot belongs to chip seed ${snapshot.chipSeed}, noise seed ${snapshot.noiseSeed}; make the chip with these`,
      );
    }
    checkMake(snapshot.make, this.#make);
    if (snapshot.vectorGenerators.length !== this.#generators.length) {
      throw new ChipError("chip and snapshot differ in the option vectorGenerators; make the chip as it was");
    }
  }

  get #make(): ChipMake {
    return { analogParameters: { ...this.hemispheres.top.parameters }, timing: { ...this.ppus.top.timing } };
  }

  #makeGenerator(omnibus: Omnibus): VectorGenerator {
    return new VectorGenerator({
      started: (cycle) => this.#scheduler.deviceStarted(cycle),
      send: (label, cycle) => this.sendEvent(label, cycle),
      notify: (word, value, cycle) => {
        omnibus.store(OMNIBUS_BASE + 4 * word, 4, value, cycle, (kind, message) =>
          this.#log.report({ kind, ppu: "vector generator", pc: 0, cycle, message }),
        );
      },
    });
  }

  #invalidate(address: number, bytes: number): void {
    for (const ppu of this.#sides) ppu.invalidate(address, bytes);
  }

  #setControl(side: number, inhibitReset: number): void {
    this.registers.write("ppuControl", { hemisphere: side }, { inhibitReset });
  }

  #wireControl(): void {
    this.registers.hook("ppuControl", {
      write: ([side], _word, value, cycle) => {
        this.registers.poke("ppuControl", { hemisphere: side }, 0, value & 0x7fffffff);
        this.#scheduler.setReleased(side, (value & 1) !== 0, cycle);
        if (value & 0x80000000) this.#scheduler.ringDoorbell(side, cycle);
      },
    });
    this.registers.hook("ppuStatus", {
      read: ([side]) => (this.#scheduler.released[side] && this.#sides[side].sleeping ? 1 : 0),
    });
    this.registers.hook("systemTime", {
      read: (_indices, word, cycle) => (word === 0 ? cycle % 2 ** 32 : Math.floor(cycle / 2 ** 32) % 2 ** 11),
    });
  }
}
