/**
 * The synapse array: byte memories, pulses that wait to be multiplied with the weights, and the sums over the rows.
 * The product of weight, mismatch and sign of each driver and column is cached until weights or settings change.
 */
import { COLUMNS, DRIVERS, type Mismatch, ROWS } from "./mismatch.ts";
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
  readonly weights = new Uint8Array((ROWS + 1) * COLUMNS);
  readonly labels = new Uint8Array((ROWS + 1) * COLUMNS);
  readonly timeCalibration = new Uint8Array((ROWS + 1) * COLUMNS);
  readonly amplitudeCalibration = new Uint8Array((ROWS + 1) * COLUMNS);
  /** Per column: bit 0 excitatory input connected, bit 1 inhibitory. */
  readonly neuronInputs = new Uint8Array(COLUMNS).fill(3);
  /** Is charge limited per time slot (finite level)? Then `sum` must be called once per slot. */
  readonly saturating: boolean;
  /** True while pulses wait for `sum`. */
  pending = false;

  private readonly rowModes: Uint8Array;
  private readonly mismatch: Mismatch;
  private readonly trim: Trim;
  private readonly saturation: number;
  /** Pulse lengths by label bit 5 and driver. */
  private readonly pulses = new Float64Array(2 * DRIVERS);
  /** Charge of events that were matched with the whole label, excitatory and inhibitory. */
  private readonly labelled = new Float64Array(2 * COLUMNS);
  private hasLabelled = false;
  private readonly matrix = [new Float64Array(DRIVERS * COLUMNS), new Float64Array(DRIVERS * COLUMNS)];
  private readonly valid = new Uint8Array(2 * DRIVERS);
  /** Columns from here on have no weight on this driver; saves most of the work for narrow layers. */
  private readonly extent = new Int32Array(2 * DRIVERS);
  private readonly totals = new Float64Array(COLUMNS);
  private readonly active = new Int32Array(DRIVERS + 3);

  /** `rowModes`: see DriverBank. `saturation` in activation x weight, Infinity for none. */
  constructor(mismatch: Mismatch, trim: Trim, saturation: number, rowModes: Uint8Array) {
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
   * Charge of the pending pulses per column in activation x weight; columns from `limit` on may be left out. The result
   * is overwritten by the next call.
   */
  sum(limit = COLUMNS): Float64Array {
    this.totals.fill(0);
    if (this.saturating) {
      this.sumSaturated();
      return this.totals;
    }
    for (let bit = 0; bit < 2; bit++) this.sumDrivers(bit, limit);
    if (this.hasLabelled) {
      for (let j = 0; j < COLUMNS; j++) this.totals[j] += this.labelled[j] - this.labelled[COLUMNS + j];
    }
    return this.totals;
  }

  private sumDrivers(bit: number, limit: number): void {
    const { totals, active, pulses } = this;
    const columns = totals.length;
    const drivers = pulses.length >> 1;
    const matrix = this.matrix[bit];
    const base = bit * drivers;
    let count = 0;
    let end = 0;
    for (let driver = 0; driver < drivers; driver++) {
      if (pulses[base + driver] === 0) continue;
      active[count++] = driver;
      if (this.valid[base + driver] === 0) this.rebuild(bit, driver);
      end = Math.max(end, this.extent[base + driver]);
    }
    end = Math.min(end, limit);
    let n = 0;
    for (; n + 3 < count; n += 4) {
      const p0 = pulses[base + active[n]];
      const p1 = pulses[base + active[n + 1]];
      const p2 = pulses[base + active[n + 2]];
      const p3 = pulses[base + active[n + 3]];
      let a0 = active[n] * columns;
      let a1 = active[n + 1] * columns;
      let a2 = active[n + 2] * columns;
      let a3 = active[n + 3] * columns;
      for (let j = 0; j < end; j++) {
        totals[j] += p0 * matrix[a0++] + p1 * matrix[a1++] + p2 * matrix[a2++] + p3 * matrix[a3++];
      }
    }
    for (; n < count; n++) {
      const pulse = pulses[base + active[n]];
      let at = active[n] * columns;
      for (let j = 0; j < end; j++) totals[j] += pulse * matrix[at++];
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

  private rebuild(bit: number, driver: number): void {
    const matrix = this.matrix[bit];
    const columns = this.totals.length;
    let extent = 0;
    for (let j = 0; j < columns; j++) {
      let value = 0;
      for (let row = 2 * driver; row < 2 * driver + 2; row++) {
        if (this.labels[row * columns + j] >> 5 !== bit) continue;
        value += this.charge(row, j, EXCITATORY) - this.charge(row, j, INHIBITORY);
      }
      matrix[driver * columns + j] = value;
      if (value !== 0) extent = j + 1;
    }
    this.extent[bit * DRIVERS + driver] = extent;
    this.valid[bit * DRIVERS + driver] = 1;
  }

  /** What a pulse of length 1 adds to a column through one of its two inputs. */
  private charge(row: number, column: number, sign: number): number {
    const weight = this.weights[row * COLUMNS + column];
    if (weight === 0 || (this.rowModes[row] & this.neuronInputs[column] & sign) === 0) return 0;
    const gain = sign === EXCITATORY ? this.trim.excitatory : this.trim.inhibitory;
    return weight * this.mismatch.synapse[row * COLUMNS + column] * gain[column];
  }
}
