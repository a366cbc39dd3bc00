/** Figures of a calibrated quantity over its instances. */

export interface Figures {
  readonly mean: number;
  /** Standard deviation of the population. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one value. */
export function figures(values: ArrayLike<number>): Figures {
  const count = values.length;
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (let n = 0; n < count; n++) {
    sum += values[n];
    min = Math.min(min, values[n]);
    max = Math.max(max, values[n]);
  }
  const mean = sum / count;
  let square = 0;
  for (let n = 0; n < count; n++) square += (values[n] - mean) * (values[n] - mean);
  return { mean, std: Math.sqrt(square / count), min, max };
}

/** Of an even number of values the mean of the two in the middle; NaN of none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Share of the values for which something holds. */
export function share(values: Float64Array, holds: (value: number) => boolean): number {
  return values.filter(holds).length / values.length;
}
