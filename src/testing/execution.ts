/** Runs a program on a chip, for tests: to its end, and with the time that a part of it takes. */
import { ppusOf } from "../chip/checks.ts";
import {
  Chip,
  type ChipOptions,
  type CountedDiagnostic,
  type PpuName,
  type PpuSelection,
  type RunResult,
} from "../chip/index.ts";
import { ExecutionCounters } from "../core/record/counters.ts";
import type { Image } from "../toolchain/image.ts";
import { mailboxBase, memoryPieces, stackLimit } from "../toolchain/loader.ts";
import { findTrap, type Trap } from "../toolchain/trap.ts";
import { CallMeter } from "./call-meter.ts";

export interface ExecutionOptions {
  readonly image: Image;
  readonly ppus: PpuSelection;
  /** From the start, or for what is measured. */
  readonly maxCycles: number;
  /** Before and behind what is measured; default: `maxCycles`. */
  readonly maxCyclesAround?: number;
  /** Fills memories and sets registers before the start. */
  readonly prepare?: (chip: Chip) => void;
  /** Name of a function of the program; cycles and instructions are those of the function that it calls. */
  readonly within?: string;
}

/** What one PPU did. */
export interface PpuExecution {
  readonly name: PpuName;
  /** Cycle of the PPU in which the part that was asked for began; 0 otherwise. */
  readonly since: number;
  /** From reset release, or within the part that was asked for: 0 before it. */
  readonly cycles: number;
  readonly instructions: number;
  /** The part that was asked for has begun, and is over. */
  readonly begun: boolean;
  readonly ended: boolean;
  readonly mailbox: string;
  /** Undefined unless the program has ended. */
  readonly returnCode: number | undefined;
  /** The fault that ended it. */
  readonly trap: Trap | undefined;
  readonly counters: ExecutionCounters;
}

export interface Execution {
  readonly image: Image;
  readonly chip: Chip;
  readonly result: RunResult;
  /** Top first. */
  readonly ppus: readonly PpuExecution[];
  readonly findings: readonly CountedDiagnostic[];
}

/** Loads a program into a chip as it is after power-on and runs it. */
export function execute(chip: Chip, options: ExecutionOptions): Execution {
  const { image, ppus, maxCycles, maxCyclesAround, prepare, within } = options;
  const sides = ppusOf(ppus);
  chip.mailboxBase = mailboxBase(image);
  chip.load(memoryPieces(image), ppus);
  chip.reset(ppus);
  prepare?.(chip);
  const counters = new Map<PpuName, ExecutionCounters>();
  for (const side of sides) {
    const ppu = chip.ppus[side];
    ppu.stackLimit = stackLimit(image);
    counters.set(side, (ppu.counters = new ExecutionCounters()));
  }
  const meter = new CallMeter(chip, image, sides, within);
  const result = meter.run(maxCycles, maxCyclesAround);
  return {
    image,
    chip,
    result,
    ppus: sides.map((name) => ({
      name,
      ...meter.reading(name),
      mailbox: chip.mailbox(name),
      returnCode: chip.ppus[name].finished ? chip.returnCode(name) : undefined,
      trap: findTrap(chip, image, name),
      counters: counters.get(name)!,
    })),
    findings: chip.diagnostics,
  };
}

/** Chips that are made once and taken back to their state after power-on for each program. */
export class ChipStore {
  readonly #chips = new Map<string, { chip: Chip; pristine: ReturnType<Chip["snapshot"]> }>();
  readonly #most: number;

  constructor(most = 4) {
    this.#most = most;
  }

  /** A chip in its state after power-on; the last one given for the same options is no longer valid. */
  take(options: ChipOptions): Chip {
    const key = JSON.stringify(options);
    const known = this.#chips.get(key);
    this.#chips.delete(key);
    const entry = known ?? this.#make(options);
    this.#chips.set(key, entry);
    const [oldest] = this.#chips.keys();
    if (this.#chips.size > this.#most) this.#chips.delete(oldest);
    const { chip, pristine } = entry;
    if (known) {
      for (const ppu of Object.values(chip.ppus)) {
        ppu.breakpoints.clear();
        ppu.counters = undefined;
        ppu.stackLimit = undefined;
      }
      chip.restore(pristine);
    }
    return chip;
  }

  #make(options: ChipOptions) {
    const chip = new Chip(options);
    return { chip, pristine: chip.snapshot() };
  }
}
