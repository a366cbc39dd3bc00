/** Counts every cycle of both PPUs to a function and a phase; exact, nothing is sampled. */
import type { Chip, PpuName } from "../../chip/chip.ts";
import { PORT, type Port } from "../../core/observer.ts";
import type { Image } from "../../toolchain/image.ts";
import { FUNCTION_PHASES, PHASES, type Phase } from "./phases.ts";
import { sourceFunctions } from "./source-functions.ts";

export type PhaseCycles = Readonly<Record<Phase, number>>;

/** Things that happened on one side of the chip. */
export interface ActivityCounts {
  /** Instructions. */
  instructions: number;
  /** Events sent to the PADI buses: one per bus bit of a trigger word, by drivers addressed exactly. */
  events: number;
  /** Conversions of 256 columns. */
  conversions: number;
  /** Vectors written to the synapse array (weights and labels). */
  synapseVectors: number;
  /** Vectors over the link to the FPGA, both directions. */
  externalVectors: number;
  /** Membrane resets of 256 neurons. */
  resets: number;
}

export interface PpuAccount {
  readonly phases: PhaseCycles;
  /** Cycles by source function, largest first. */
  readonly functions: readonly { readonly name: string; readonly cycles: number }[];
  readonly activity: Readonly<ActivityCounts>;
}

const NO_ACTIVITY: ActivityCounts = {
  instructions: 0,
  events: 0,
  conversions: 0,
  synapseVectors: 0,
  externalVectors: 0,
  resets: 0,
};

const TRIGGERS: Readonly<Record<PpuName, number>> = { top: 0x80440000, bottom: 0x80460000 };
const LAST_ROW_VECTOR = 512;
const LABELS = 0x40000;
const CAUSAL = 0x80000;
const ACAUSAL_END = 0x100000;
const NEURON_RESET = 0xc90200;
const EXTERNAL = 0x80000000;
const BUS_COUNT = Uint8Array.from(
  { length: 16 },
  (_, mask) => [0, 1, 2, 3].filter((b) => mask & (1 << b)).length,
);

class PpuMeter {
  readonly phaseCycles = new Float64Array(PHASES.length);
  readonly functionCycles: Float64Array;
  readonly activity = { ...NO_ACTIVITY };
  readonly #phaseOf: Int8Array;
  readonly #functionOf: Int16Array;
  readonly #trigger: number;
  #phase = 0;
  #function = 0;
  #since = 0;

  constructor(name: PpuName, phaseOf: Int8Array, functionOf: Int16Array, functions: number) {
    this.#trigger = TRIGGERS[name];
    this.#phaseOf = phaseOf;
    this.#functionOf = functionOf;
    this.functionCycles = new Float64Array(functions);
  }

  restart(): void {
    this.#phase = 0;
    this.#function = 0;
    this.#since = 0;
  }

  /** The cycles from one issue to the next belong to the first instruction. */
  retire(cycle: number, pc: number): void {
    this.#passTo(cycle);
    const phase = this.#phaseOf[pc >>> 2];
    if (phase >= 0) this.#phase = phase;
    this.#function = this.#functionOf[pc >>> 2];
    this.activity.instructions++;
  }

  access(port: Port, address: number, write: boolean, value: number): void {
    const { activity } = this;
    const at = address >>> 0;
    if (port === PORT.scalar) {
      if (write && at === this.#trigger) activity.events += BUS_COUNT[value & 15];
    } else if (port === PORT.parallel) {
      if (at >= EXTERNAL) activity.externalVectors++;
      else if (write && at === NEURON_RESET) activity.resets++;
      else if (write && (at < LAST_ROW_VECTOR || (at >= LABELS && at < LABELS + LAST_ROW_VECTOR))) {
        activity.synapseVectors++;
      } else if (!write && at >= CAUSAL && at < ACAUSAL_END && (at & 1) === 0) activity.conversions++;
    }
  }

  /** The PPU sleeps from its own `cycle` on while the chip runs on until `end`. */
  finish(cycle: number, end: number): void {
    this.#passTo(cycle);
    this.#phase = PHASES.indexOf("barrier");
    this.#function = 0;
    this.#passTo(end);
  }

  #passTo(cycle: number): void {
    const passed = cycle - this.#since;
    this.phaseCycles[this.#phase] += passed;
    this.functionCycles[this.#function] += passed;
    this.#since = cycle;
  }
}

/** Attaches to both PPUs of a chip; call `begin` after each reset and `end` after each run. */
export class ChipAccounting {
  readonly #chip: Chip;
  readonly #names: readonly string[];
  readonly #meters: Readonly<Record<PpuName, PpuMeter>>;

  constructor(chip: Chip, firmware: Image) {
    this.#chip = chip;
    const functions = sourceFunctions(firmware);
    const names = ["(start, sleep)"];
    const phaseOf = new Int8Array(0x1000).fill(-1);
    const functionOf = new Int16Array(0x1000);
    for (const [word, name] of functions.entries()) {
      if (name === undefined || word >= functionOf.length) continue;
      let index = names.indexOf(name);
      if (index < 0) index = names.push(name) - 1;
      functionOf[word] = index;
      const phase = FUNCTION_PHASES[name];
      if (phase !== undefined) phaseOf[word] = PHASES.indexOf(phase);
    }
    this.#names = names;
    const meter = (name: PpuName) => new PpuMeter(name, phaseOf, functionOf, names.length);
    this.#meters = { top: meter("top"), bottom: meter("bottom") };
    for (const side of ["top", "bottom"] as const) {
      const target = this.#meters[side];
      chip.ppus[side].observer = {
        retire: (cycle, pc) => target.retire(cycle, pc),
        access: (_cycle, _pc, port, address, _bytes, write, value) =>
          target.access(port, address, write, value),
      };
    }
  }

  /** The PPUs' own cycles begin at 0. */
  begin(): void {
    this.#meters.top.restart();
    this.#meters.bottom.restart();
  }

  /** The run took `cycles` of the chip; a PPU that slept earlier waited for the other one. */
  end(cycles: number): void {
    for (const side of ["top", "bottom"] as const) {
      const ppu = this.#chip.ppus[side];
      this.#meters[side].finish(Math.min(ppu.sleepCycle, cycles), cycles);
    }
  }

  /** Detaches and returns what was counted; the phases of each PPU add up to the cycles given to `end`. */
  close(): Readonly<Record<PpuName, PpuAccount>> {
    const account = (side: PpuName): PpuAccount => {
      this.#chip.ppus[side].observer = undefined;
      const meter = this.#meters[side];
      const phases = Object.fromEntries(
        PHASES.map((phase, n) => [phase, meter.phaseCycles[n]]),
      ) as PhaseCycles;
      const functions = this.#names
        .map((name, n) => ({ name, cycles: meter.functionCycles[n] }))
        .filter(({ cycles }) => cycles > 0)
        .sort((a, b) => b.cycles - a.cycles);
      return { phases, functions, activity: { ...meter.activity } };
    };
    return { top: account("top"), bottom: account("bottom") };
  }
}
