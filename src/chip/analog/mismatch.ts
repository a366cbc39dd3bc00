/**
 * The fixed pattern of one hemisphere: what differs from driver to driver, synapse to synapse, column to column. It
 * is a pure function of the chip seed and the parameters (analog-core section 6), each line with a stream of its own.
 * It holds at the nominal codes of the knobs; `Trim` says what other codes make of it.
 */
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import {
  CHANNEL_OFFSET,
  COLUMNS,
  CONVERTER_GAIN,
  DEAD,
  DRIFT,
  DRIVERS,
  OPEN_LEVEL,
  RESET_LEVEL,
  RESULT_OFFSET,
  SYNAPSES,
} from "./kernels/layout.ts";
import type { AnalogMemory } from "./kernels.ts";
import { KNOBS } from "./knobs.ts";
import { fillNormals } from "./normals.ts";
import type { AnalogParameters } from "./parameters.ts";
import { fillUniform, STREAM } from "./random.ts";

export { COLUMNS, DRIVERS };
export const ROWS = 256;

/** Time constant in us of the leak alone at the nominal i_bias_leak, on chips that are loaded with the leak off. */
const TAU_LEAK = 60;

export interface Mismatch {
  /** Pulse: `slope * (x + offset) * gain`, per driver. */
  readonly driverSlope: Float64Array;
  readonly driverOffset: Float64Array;
  readonly driverGain: Float64Array;
  /** Relative current of each synapse, row * 256 + column. */
  readonly synapse: Float32Array;
  /** Charge to voltage per column, excitatory and inhibitory, with synapse bias and row gradient; without `gain`. */
  readonly excitatory: Float64Array;
  readonly inhibitory: Float64Array;
  /** 1 / time constant with the leak off in 1 / cycles, per column, and what all columns have in common. */
  readonly leakRate: Float64Array;
  readonly commonLeakRate: number;
  /** What the leak adds to the rate at the nominal code of i_bias_leak, 1 / cycles. */
  readonly leakConductance: Float64Array;
  /** Potential that the leak pulls to, LSB above the reset potential. */
  readonly restLevel: Float64Array;
  /** With the leak off, LSB per cycle. */
  readonly drift: Float64Array;
  /** Offset currents of the synaptic inputs, LSB per cycle. */
  readonly excitatoryOffset: Float64Array;
  readonly inhibitoryOffset: Float64Array;
  /** LSB, whatever the time. */
  readonly resultOffset: Float64Array;
  readonly resetLevel: Float64Array;
  /** CADC: gain per column, offset in LSB of the causal (0..255) and the acausal (256..511) channels. */
  readonly converterGain: Float64Array;
  readonly channelOffset: Float64Array;
  /** LSB; level of a channel that is not connected to its neuron. */
  readonly openLevel: Float64Array;
  /** 1 for columns stuck at the baseline. */
  readonly dead: Uint8Array;
}

/** Draws the pattern of a hemisphere (0 top, 1 bottom). */
export function drawMismatch(chipSeed: number, hemisphere: number, p: AnalogParameters): Mismatch {
  const normal = (stream: number, size: number, sigma: number, mean = 0, minimum = -Infinity) => {
    const values = new Float64Array(size);
    if (sigma !== 0) fillNormals(values, chipSeed, stream, hemisphere);
    return values.map((z) => Math.max(minimum, mean + sigma * z));
  };
  // A current or a slope never changes its sign, whatever the spread.
  const factor = (stream: number, size: number, sigma: number) => normal(stream, size, sigma, 1, 0.05);

  const slope = factor(STREAM.rampSlope, 2, p.sigRampSlope);
  const bias = factor(STREAM.synapseBias, 2, p.sigSynapseBias);
  const common = factor(STREAM.commonGain, 1, p.sigCommonGain)[0];
  const neuron = factor(STREAM.neuronGain, COLUMNS, p.sigNeuronGain);
  const ratio = factor(STREAM.excInh, COLUMNS, p.sigExcInh);
  const converterSlope = factor(STREAM.converterGain, 2, p.sigAdcGain);
  const converterBase = normal(STREAM.converterBase, 2, p.sigAdcBase);
  const tau = factor(STREAM.membraneTau, COLUMNS, p.sigTauMem);
  const uniform = new Float64Array(COLUMNS);
  fillUniform(uniform, chipSeed, STREAM.dead, hemisphere);

  const synapse = new Float32Array(ROWS * COLUMNS).fill(1);
  if (p.sigSynapse !== 0) {
    fillNormals(synapse, chipSeed, STREAM.synapse, hemisphere);
    for (let n = 0; n < synapse.length; n++) synapse[n] = Math.max(0, 1 + p.sigSynapse * synapse[n]);
  }
  const byColumn = (value: (column: number, half: number) => number) =>
    Float64Array.from({ length: COLUMNS }, (_, column) => value(column, column >> 7));
  const excitatory = byColumn(
    (j, half) => common * neuron[j] * bias[half] * (1 + p.rowGradient * (0.5 - j / (COLUMNS - 1))),
  );
  const leaking = p.leakBias > 0;
  const commonLeakRate = 1 / ((leaking ? p.tauMemOff : p.tauMem) * CYCLES_PER_MICROSECOND);
  const conductance = leaking
    ? (1 / (p.tauMem * CYCLES_PER_MICROSECOND) - commonLeakRate) / KNOBS.i_bias_leak.transfer(p.leakBias)
    : 1 / (TAU_LEAK * CYCLES_PER_MICROSECOND);
  // Leaking to a potential other than that of the reset is a drift: the difference over the time constant.
  const leakDrift = Math.sqrt(Math.max(0, p.sigDrift * p.sigDrift - p.sigDriftOff * p.sigDriftOff));
  const integrated = p.resultOffsetTime > 0;
  const offsetCurrent = integrated
    ? p.sigResultOffset / (Math.SQRT2 * p.resultOffsetTime * CYCLES_PER_MICROSECOND)
    : 0;
  const level = normal(STREAM.resetLevel, COLUMNS, p.sigBase, p.base);
  return {
    driverSlope: Float64Array.from({ length: DRIVERS }, (_, driver) => slope[driver & 1]),
    driverOffset: normal(STREAM.driverOffset, DRIVERS, p.sigDriverOffset, p.inputOffset),
    driverGain: factor(STREAM.driverGain, DRIVERS, p.sigDriverGain),
    synapse,
    excitatory,
    inhibitory: excitatory.map((value, j) => value * ratio[j]),
    leakRate: tau.map((value) => commonLeakRate / value),
    commonLeakRate,
    leakConductance: tau.map((value) => conductance / value),
    restLevel: normal(STREAM.restLevel, COLUMNS, leaking ? leakDrift * p.tauMem : 0),
    drift: normal(STREAM.drift, COLUMNS, (leaking ? p.sigDriftOff : p.sigDrift) / CYCLES_PER_MICROSECOND),
    excitatoryOffset: normal(STREAM.resultOffset, COLUMNS, offsetCurrent),
    inhibitoryOffset: normal(STREAM.inhibitoryOffset, COLUMNS, offsetCurrent),
    resultOffset: normal(STREAM.resultOffset, COLUMNS, integrated ? 0 : p.sigResultOffset),
    resetLevel: byColumn((j, half) => level[j] + converterBase[half]),
    converterGain: byColumn((_, half) => converterSlope[half]),
    channelOffset: normal(STREAM.channelOffset, 2 * COLUMNS, p.sigAdcOffset),
    openLevel: byColumn((_, half) => p.base + converterBase[half]),
    dead: Uint8Array.from(uniform, (value) => (value < p.deadFraction ? 1 : 0)),
  };
}

/** The same pattern with what the kernels read in their memory. */
export function placeMismatch(pattern: Mismatch, memory: AnalogMemory): Mismatch {
  const place = (values: Float64Array, address: number) => {
    const placed = memory.doubles(address, values.length);
    placed.set(values);
    return placed;
  };
  const synapse = memory.singles(SYNAPSES, pattern.synapse.length);
  synapse.set(pattern.synapse);
  const dead = memory.bytes(DEAD);
  dead.set(pattern.dead);
  return {
    ...pattern,
    synapse,
    dead,
    drift: place(pattern.drift, DRIFT),
    resultOffset: place(pattern.resultOffset, RESULT_OFFSET),
    resetLevel: place(pattern.resetLevel, RESET_LEVEL),
    openLevel: place(pattern.openLevel, OPEN_LEVEL),
    converterGain: place(pattern.converterGain, CONVERTER_GAIN),
    channelOffset: place(pattern.channelOffset, CHANNEL_OFFSET),
  };
}
