/**
 * What a host does with a chip while it calibrates: sets registers, writes weights, resets neurons, sends events and
 * reads the CADC, on a clock of its own. Nothing else of the chip is looked at.
 */

import { Hemisphere } from "../../chip/analog/hemisphere.ts";
import { KNOBS, type KnobName } from "../../chip/analog/knobs.ts";
import { COLUMNS } from "../../chip/analog/mismatch.ts";
import { type AnalogParameters, analogParameters } from "../../chip/analog/parameters.ts";
import type { RegisterFile } from "../../chip/registers/register-file.ts";
import { readSettings, writeKnob } from "../../chip/settings.ts";
import { attachRegisters } from "../../chip/wiring.ts";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";

/** Order everywhere: neuron = hemisphere * 256 + column, driver = hemisphere * 128 + driver of the hemisphere. */
export const NEURONS = 512;
export const CHANNELS = 1024;
export const QUADRANTS = 4;

/** Settling of analog cells after a change, us (calibration-and-training section 1). */
const CELL_SETTLE = 20_000;
/** For how long a reset holds the membranes, us. */
const RESET_HOLD = 2;
/** Reset hold and settling before the first event, and settling after the last one, us (analog-core section 4). */
const RESET_SETTLE = 3;
const EVENT_SETTLE = 1;
/** Conversion and readout, us. */
const CONVERSION = 1.6;
/** Distance of events, us: 4 FPGA cycles, as in calix. */
export const EVENT_SPACING = 0.032;

export interface BenchChip {
  readonly registers: RegisterFile;
  readonly hemispheres: { readonly top: Hemisphere; readonly bottom: Hemisphere };
}

export interface BenchOptions {
  /** Integers 0..2^53-1: which chip, and which trial. */
  readonly chipSeed: number;
  readonly noiseSeed: number;
  /** Of the analog core; default: a raw chip. */
  readonly parameters?: AnalogParameters;
}

export class Bench {
  /** Conversions of the whole chip (1024 channels at once) so far. */
  reads = 0;
  readonly registers: RegisterFile;
  private readonly hemispheres: readonly Hemisphere[];
  private clock = 0;

  /** A chip for calibration only: its clock runs ahead of any processor's. */
  constructor(chip: BenchChip) {
    this.registers = chip.registers;
    this.hemispheres = [chip.hemispheres.top, chip.hemispheres.bottom];
    for (const hemisphere of this.hemispheres) {
      for (let column = 0; column < COLUMNS; column++) hemisphere.setSynapse("weights", 256, column, 0x20);
    }
  }

  /** The analog core of a chip in matrix mode, without its processors. */
  static of({ chipSeed, noiseSeed, parameters = analogParameters("raw") }: BenchOptions): Bench {
    const make = (hemisphere: number) => new Hemisphere({ hemisphere, chipSeed, noiseSeed, parameters });
    const [top, bottom] = [make(0), make(1)];
    let bench: Bench | undefined;
    const registers = attachRegisters([top, bottom], () => bench?.clock ?? 0);
    bench = new Bench({ registers, hemispheres: { top, bottom } });
    return bench;
  }

  /** Chip time so far in us: settling, integrations and conversions, without the host and its link. */
  get microseconds(): number {
    return this.clock / CYCLES_PER_MICROSECOND;
  }

  /** Codes of all knobs, as `applySettings` takes them. */
  settings(): ReturnType<typeof readSettings> {
    return readSettings(this);
  }

  /** Codes of one knob, one an instance. */
  codes(name: KnobName): Int16Array {
    return Int16Array.from(this.settings()[name]);
  }

  /** Sets knobs, a code an instance, and lets analog cells settle. Throws SettingsError beyond the range. */
  set(...knobs: readonly (readonly [name: KnobName, codes: ArrayLike<number>])[]): void {
    let cells = false;
    for (const [name, codes] of knobs) {
      for (let instance = 0; instance < codes.length; instance++) {
        writeKnob(this, name, instance, codes[instance]);
      }
      cells ||= KNOBS[name].register.startsWith("capmem.");
    }
    if (cells) this.wait(CELL_SETTLE);
  }

  /** Puts a voltage on all CADC channels: code of the reference cell, or undefined for the neurons again. */
  connectReference(code: number | undefined): void {
    for (let quadrant = 0; quadrant < QUADRANTS && code !== undefined; quadrant++) {
      this.registers.write("capmem.cadc_v_reference", { quadrant }, { value: code });
    }
    for (let hemisphere = 0; hemisphere < 2; hemisphere++) {
      this.registers.write("cadcConfig", { hemisphere }, { connectReference: code === undefined ? 0 : 1 });
    }
    this.wait(CELL_SETTLE);
  }

  /** Connects the synaptic inputs of all neurons to their membranes. */
  connectInputs(excitatory: boolean, inhibitory: boolean): void {
    const fields = {
      enableSynapticInputExc: excitatory ? 1 : 0,
      enableSynapticInputInh: inhibitory ? 1 : 0,
    };
    for (let neuron = 0; neuron < NEURONS; neuron++) {
      this.registers.write("neuronConfig", { quadrant: neuron >> 7, neuron: neuron & 127 }, fields);
    }
  }

  /** Writes the weights of both hemispheres; rows 2d + 1 are excitatory, rows 2d inhibitory. */
  writeWeights(weight: (row: number, column: number) => number): void {
    for (const hemisphere of this.hemispheres) {
      for (let row = 0; row < 256; row++) {
        for (let column = 0; column < COLUMNS; column++) {
          hemisphere.setSynapse("weights", row, column, weight(row, column));
        }
      }
    }
  }

  wait(us: number): void {
    this.clock += Math.round(us * CYCLES_PER_MICROSECOND);
  }

  /** Resets all neurons; afterwards `settle` us have passed. */
  resetAll(settle = RESET_SETTLE): void {
    for (const hemisphere of this.hemispheres) hemisphere.resetNeurons(undefined, this.clock);
    this.wait(settle);
  }

  /** Sends an activation 1..31 to a driver 0..127 of both hemispheres, several times, `spacing` us apart. */
  sendEvents(driver: number, x: number, sends: number, spacing = EVENT_SPACING): void {
    for (let send = 0; send < sends; send++) {
      for (const hemisphere of this.hemispheres) {
        hemisphere.event(1 << (driver & 3), driver >> 2, 32 - x, this.clock);
      }
      this.wait(spacing);
    }
  }

  /** Samples all channels. */
  convert(): void {
    for (const hemisphere of this.hemispheres) hemisphere.convert(0, this.clock);
    this.reads++;
    this.wait(CONVERSION);
  }

  /** Adds the last conversion's causal reads to a sum over 512 neurons. */
  addCausal(sum: Float64Array): void {
    this.hemispheres.forEach(({ causal }, h) => {
      for (let column = 0; column < COLUMNS; column++) sum[h * COLUMNS + column] += causal[column];
    });
  }

  /**
   * Mean causal reads of 512 neurons over several integrations: reset, `drive` (events and waits), settling, read.
   */
  integrate(runs: number, drive: () => void = () => undefined): Float64Array {
    const sum = new Float64Array(NEURONS);
    for (let run = 0; run < runs; run++) {
      this.resetAll();
      drive();
      this.wait(EVENT_SETTLE);
      this.convert();
      this.addCausal(sum);
    }
    return sum.map((value) => value / runs);
  }

  /** Mean reads right behind the reset, before anything has been integrated. */
  readReset(runs: number): Float64Array {
    const sum = new Float64Array(NEURONS);
    for (let run = 0; run < runs; run++) {
      this.resetAll(RESET_HOLD);
      this.convert();
      this.addCausal(sum);
    }
    return sum.map((value) => value / runs);
  }

  /** Mean reads of all 1024 channels, in the order of `channelInstance`. */
  readChannels(runs: number): Float64Array {
    const sum = new Float64Array(CHANNELS);
    for (let run = 0; run < runs; run++) {
      this.convert();
      this.hemispheres.forEach(({ causal, acausal }, h) => {
        for (let column = 0; column < COLUMNS; column++) {
          sum[2 * h * COLUMNS + column] += causal[column];
          sum[(2 * h + 1) * COLUMNS + column] += acausal[column];
        }
      });
    }
    return sum.map((value) => value / runs);
  }
}
