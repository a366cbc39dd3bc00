/**
 * The synapse array: byte memories, pulses that wait to be multiplied with the weights, and the sums over the rows.
 * The product of weight, mismatch and sign of each driver and column is cached until weights or settings change.
 */
import {
  AMPLITUDE_CALIBRATION,
  COLUMNS,
  DRIVERS,
  LABELS,
  NEURON_INPUTS,
  PULSES,
  TIME_CALIBRATION,
  TOTALS,
  VALID,
  WEIGHTS,
} from "./kernels/layout.ts";
import type { AnalogKernels, AnalogMemory } from "./kernels.ts";
import { type Mismatch, ROWS } from "./mismatch.ts";
import { exponential } from "./random.ts";
import type { Trim } from "./trim.ts";

const WIDTH_MASK = { weights: 0x3f, labels: 0x3f, timeCalibration: 3, amplitudeCalibration: 3 } as const;
const EXCITATORY = 1;
const INHIBITORY = 2;

function hyperbolicTangent(x: number): number {
  if (x > 20) return 1;
  const e = exponential(2 * x);
  return (e - 1) / (e + 1);
}

export class ArraySum {
  /** 257 rows (the last is the switch row) of 256 columns. */
  readonly weights: Uint8Array;
  readonly labels: Uint8Array;
  readonly timeCalibration: Uint8Array;
  readonly amplitudeCalibration: Uint8Array;
  /** Per column: bit 0 excitatory input connected, bit 1 inhibitory. */
  readonly neuronInputs: Uint8Array;
  /** Is charge limited per time slot (finite level)? Then `sum` must be called once per slot. */
  readonly saturating: boolean;
  /** True while pulses wait for `sum`. */
  pending = false;

  private readonly rowModes: Uint8Array;
  private readonly mismatch: Mismatch;
  private readonly trim: Trim;
  private readonly saturation: number;
  /** Pulse lengths by label bit 5 and driver. */
  private readonly pulses: Float64Array;
  /** Charge of events that were matched with the whole label, excitatory and inhibitory. */
  private readonly labelled = new Float64Array(2 * COLUMNS);
  private hasLabelled = false;
  private readonly kernels: AnalogKernels;
  /** By label bit 5 and driver: the products in the memory of the kernels are those of the present settings. */
  private readonly valid: Uint8Array;
  private readonly totals: Float64Array;

  /** `rowModes`: see DriverBank. `saturation` in activation x weight, Infinity for none. */
  constructor(
    mismatch: Mismatch,
    trim: Trim,
    saturation: number,
    rowModes: Uint8Array,
    memory: AnalogMemory,
  ) {
    this.weights = memory.bytes(WEIGHTS, (ROWS + 1) * COLUMNS);
    this.labels = memory.bytes(LABELS, (ROWS + 1) * COLUMNS);
    this.timeCalibration = memory.bytes(TIME_CALIBRATION, (ROWS + 1) * COLUMNS);
    this.amplitudeCalibration = memory.bytes(AMPLITUDE_CALIBRATION, (ROWS + 1) * COLUMNS);
    this.neuronInputs = memory.bytes(NEURON_INPUTS).fill(3);
    this.pulses = memory.doubles(PULSES, 2 * DRIVERS);
    this.totals = memory.doubles(TOTALS);
    this.valid = memory.bytes(VALID, 2 * DRIVERS);
    this.kernels = memory.kernels;
    this.rowModes = rowModes;
    this.mismatch = mismatch;
    this.trim = trim;
    this.saturation = saturation;
    this.saturating = Number.isFinite(saturation);
  }

  widthMask(region: keyof typeof WIDTH_MASK): number {
    return WIDTH_MASK[region];
  }

  invalidate(driver: number): void {
    this.valid[driver] = 0;
    this.valid[DRIVERS + driver] = 0;
  }

  invalidateAll(): void {
    this.valid.fill(0);
  }

  isPending(driver: number): boolean {
    return this.hasLabelled || this.pulses[driver] !== 0 || this.pulses[DRIVERS + driver] !== 0;
  }

  /** A pulse for the synapses of a driver whose label bit 5 equals `bit`. */
  add(driver: number, bit: number, pulse: number): void {
    this.pulses[bit * DRIVERS + driver] += pulse;
    this.pending = true;
  }

  /** A pulse for the synapses of a driver whose whole label equals `label`. */
  addLabelled(driver: number, label: number, pulse: number): void {
    for (let row = 2 * driver; row < 2 * driver + 2; row++) {
      for (let j = 0, at = row * COLUMNS; j < COLUMNS; j++, at++) {
        if (this.labels[at] !== label) continue;
        this.labelled[j] += pulse * this.charge(row, j, EXCITATORY);
        this.labelled[COLUMNS + j] += pulse * this.charge(row, j, INHIBITORY);
      }
    }
    this.hasLabelled = true;
    this.pending = true;
  }

  /** Forgets all pulses. */
  clear(): void {
    this.pulses.fill(0);
    if (this.hasLabelled) this.labelled.fill(0);
    this.hasLabelled = false;
    this.pending = false;
  }

  /** Everything a snapshot has to hold, by name. */
  stateArrays(): Record<string, Uint8Array | Float64Array> {
    const { weights, labels, timeCalibration, amplitudeCalibration } = this;
    const { neuronInputs, pulses, labelled } = this;
    return {
      weights,
      labels,
      timeCalibration,
      amplitudeCalibration,
      neuronInputs,
      pulses,
      labelled,
    };
  }

  /** To be called after the arrays of `stateArrays` were overwritten. */
  restored(): void {
    this.hasLabelled = this.labelled.some((charge) => charge !== 0);
    this.pending = this.hasLabelled || this.pulses.some((pulse) => pulse !== 0);
    this.invalidateAll();
  }

  /**
   * Puts the charge of the pending pulses per column in activation x weight at TOTALS; columns from `limit` on may be
   * left out.
   */
  sum(limit = COLUMNS): void {
    if (this.saturating) {
      this.sumSaturated();
      return;
    }
    this.kernels.sumPulses(limit);
    if (this.hasLabelled) {
      for (let j = 0; j < COLUMNS; j++) this.totals[j] += this.labelled[j] - this.labelled[COLUMNS + j];
    }
  }

  private sumSaturated(): void {
    const { saturation, pulses } = this;
    const bySign = this.labelled.slice();
    for (let driver = 0; driver < DRIVERS; driver++) {
      for (let bit = 0; bit < 2; bit++) {
        const pulse = pulses[bit * DRIVERS + driver];
        if (pulse === 0) continue;
        for (let row = 2 * driver; row < 2 * driver + 2; row++) {
          for (let j = 0, at = row * COLUMNS; j < COLUMNS; j++, at++) {
            if (this.labels[at] >> 5 !== bit) continue;
            bySign[j] += pulse * this.charge(row, j, EXCITATORY);
            bySign[COLUMNS + j] += pulse * this.charge(row, j, INHIBITORY);
          }
        }
      }
    }
    for (let j = 0; j < COLUMNS; j++) {
      this.totals[j] =
        saturation * hyperbolicTangent(bySign[j] / saturation) -
        saturation * hyperbolicTangent(bySign[COLUMNS + j] / saturation);
    }
  }

  /** What a pulse of length 1 adds to a column through one of its two inputs. */
  private charge(row: number, column: number, sign: number): number {
    const weight = this.weights[row * COLUMNS + column];
    if (weight === 0 || (this.rowModes[row] & this.neuronInputs[column] & sign) === 0) return 0;
    const gain = sign === EXCITATORY ? this.trim.excitatory : this.trim.inhibitory;
    return weight * this.mismatch.synapse[row * COLUMNS + column] * gain[column];
  }
}
