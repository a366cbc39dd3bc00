/**
 * The knobs of one hemisphere and what they make of its fixed pattern: gains, currents, rates and offsets as the
 * present codes leave them. At nominal codes every factor is exactly 1 and every shift exactly 0.
 */
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import {
  CONDUCTANCE,
  COUNT_FACTOR,
  COUNT_SHIFT,
  EXCITATORY,
  EXCITATORY_OFFSET,
  INHIBITORY,
  INHIBITORY_OFFSET,
  LEAK_RATE,
  RESET_SHIFT,
  REST,
} from "./kernels/layout.ts";
import type { AnalogMemory } from "./kernels.ts";
import { CELL_NAMES, type CellName, KNOBS, voltageRead } from "./knobs.ts";
import { COLUMNS, type Mismatch } from "./mismatch.ts";
import type { AnalogParameters } from "./parameters.ts";

const HALF = COLUMNS / 2;
const REFERENCE_NOMINAL = 325;

/** Index of a cell within its hemisphere: column for neuron cells, 0 west or 1 east for shared ones. */
const instancesOf = (name: CellName) => (KNOBS[name].per === "neuron" ? COLUMNS : 2);

export class Trim {
  /** Codes of the cells of this hemisphere; `reference`: cadc_v_reference by half. */
  readonly codes: Readonly<Record<CellName | "reference", Uint16Array>>;

  /** Charge to voltage per column and sign, without `gain`. */
  readonly excitatory: Float64Array;
  readonly inhibitory: Float64Array;
  /** 1 / time constant in 1 / cycles, per column; what all have in common; the largest. */
  readonly leakRate: Float64Array;
  commonLeakRate = 0;
  largestLeakRate = 0;
  /** All columns have the common rate. */
  leakAlike = true;
  /** The part of `leakRate` that pulls to the leak potential, 1 / cycles. */
  readonly conductance: Float64Array;
  /** Leak potential above the reset potential, LSB. */
  readonly rest: Float64Array;
  /** Offset current of the two inputs while connected, LSB / cycle. */
  readonly excitatoryOffset: Float64Array;
  readonly inhibitoryOffset: Float64Array;
  /** Some column has a leak or an offset current. */
  driving = false;
  /** By driver block (even, odd): factor of the pulse length, and shift of the pulse offset in units. */
  readonly ramp = new Float64Array(2);
  readonly rampOffset = new Float64Array(2);
  /** Reset potential moved by v_reset, LSB; counts = (level - countShift) * countFactor. */
  readonly resetShift: Float64Array;
  readonly countShift: Float64Array;
  readonly countFactor: Float64Array;
  /** Nominal read of the reference voltage by half, LSB. */
  readonly referenceLevel = new Float64Array(2);

  private readonly mismatch: Mismatch;
  private readonly parameters: AnalogParameters;

  constructor(mismatch: Mismatch, parameters: AnalogParameters, memory: AnalogMemory) {
    this.mismatch = mismatch;
    this.parameters = parameters;
    this.excitatory = memory.doubles(EXCITATORY);
    this.inhibitory = memory.doubles(INHIBITORY);
    this.resetShift = memory.doubles(RESET_SHIFT);
    this.countShift = memory.doubles(COUNT_SHIFT);
    this.countFactor = memory.doubles(COUNT_FACTOR);
    this.inhibitoryOffset = memory.doubles(INHIBITORY_OFFSET);
    this.excitatoryOffset = memory.doubles(EXCITATORY_OFFSET);
    this.rest = memory.doubles(REST);
    this.conductance = memory.doubles(CONDUCTANCE);
    this.leakRate = memory.doubles(LEAK_RATE);
    const codes = CELL_NAMES.map((name) => [
      name,
      new Uint16Array(instancesOf(name)).fill(KNOBS[name].nominal),
    ]);
    this.codes = { ...Object.fromEntries(codes), reference: new Uint16Array(2).fill(REFERENCE_NOMINAL) };
    this.codes.i_bias_leak.fill(parameters.leakBias);
    this.update();
  }

  /** Sets one code, 1023 acting as 1022; false when it was set already. `update` has to follow. */
  set(name: CellName | "reference", instance: number, code: number): boolean {
    const kept = Math.min(code, 1022);
    if (this.codes[name][instance] === kept) return false;
    this.codes[name][instance] = kept;
    return true;
  }

  /** Derives everything from the codes. */
  update(): void {
    for (let half = 0; half < 2; half++) this.updateShared(half);
    for (let column = 0; column < COLUMNS; column++) this.updateColumn(column);
    this.summarise();
  }

  /** As `update` after a change of one code. */
  updateFor(name: CellName | "reference", instance: number): void {
    if (name !== "reference" && KNOBS[name].per === "neuron") this.updateColumn(instance);
    else {
      this.updateShared(instance);
      for (let column = instance * HALF; column < (instance + 1) * HALF; column++) this.updateColumn(column);
    }
    this.summarise();
  }

  private transfer(name: CellName, instance: number): number {
    return KNOBS[name].transfer(this.codes[name][instance]);
  }

  private updateShared(half: number): void {
    this.ramp[half] = this.transfer("stp_i_ramp", half);
    const { stp_i_calib: calib, stp_i_ramp: ramp } = this.codes;
    this.rampOffset[half] = KNOBS.stp_i_calib.transfer(KNOBS.stp_i_calib.nominal + calib[half] - ramp[half]);
    this.referenceLevel[half] = voltageRead(this.codes.reference[half]);
  }

  private updateColumn(j: number): void {
    const { mismatch } = this;
    const half = j >> 7;
    const bias = this.transfer("syn_i_bias_dac", half);
    this.excitatory[j] = mismatch.excitatory[j] * (bias * this.transfer("i_bias_synin_exc_gm", j));
    this.inhibitory[j] = mismatch.inhibitory[j] * (bias * this.transfer("i_bias_synin_inh_gm", j));
    const perCycle = 1 / CYCLES_PER_MICROSECOND;
    this.excitatoryOffset[j] =
      mismatch.excitatoryOffset[j] + this.transfer("i_bias_synin_exc_shift", j) * perCycle;
    this.inhibitoryOffset[j] =
      mismatch.inhibitoryOffset[j] + this.transfer("i_bias_synin_inh_shift", j) * perCycle;
    this.conductance[j] = mismatch.leakConductance[j] * this.transfer("i_bias_leak", j);
    this.leakRate[j] = mismatch.leakRate[j] + this.conductance[j];
    this.resetShift[j] = this.transfer("v_reset", j);
    this.rest[j] = mismatch.restLevel[j] + this.transfer("v_leak", j) - this.resetShift[j];
    this.countShift[j] = mismatch.converterGain[j] * this.transfer("cadc_v_ramp_offset", half);
    this.countFactor[j] = this.transfer("cadc_i_ramp_slope", half);
  }

  private summarise(): void {
    const { conductance, leakRate, excitatoryOffset, inhibitoryOffset } = this;
    const leaking = conductance.some((value) => value !== 0);
    this.driving =
      leaking ||
      excitatoryOffset.some((value) => value !== 0) ||
      inhibitoryOffset.some((value) => value !== 0);
    this.leakAlike = !leaking && this.parameters.sigTauMem === 0;
    const mean = leakRate.reduce((sum, rate) => sum + rate, 0) / COLUMNS;
    this.commonLeakRate = leaking ? mean : this.mismatch.commonLeakRate;
    this.largestLeakRate = leaking
      ? leakRate.reduce((most, rate) => Math.max(most, rate), 0)
      : this.mismatch.commonLeakRate;
  }
}
