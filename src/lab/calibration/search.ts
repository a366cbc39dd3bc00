/**
 * The search of the chip group's calibration (calibration-and-training section 1): binary over the range of a knob,
 * all instances in parallel, then two extra measurements around the result.
 */

export interface Search {
  /** Range of the knob, inclusive. */
  readonly least: number;
  readonly most: number;
  readonly instances: number;
  /** +1: what is measured rises with the code, -1: it falls. */
  readonly direction: 1 | -1;
  /** For all instances, or one each. */
  readonly target: number | ArrayLike<number>;
  /** Sets the codes and measures, one value an instance. */
  readonly measure: (codes: Int16Array) => ArrayLike<number>;
  /**
   * Numbers 0..1: scatters the start by +-SCATTER steps, so that few analog cells share a value. Without it all
   * start in the middle.
   */
  readonly random?: () => number;
}

export interface SearchResult {
  readonly codes: Int16Array;
  /** 1 where the search ended at the least or the most code. */
  readonly atRangeEnd: Uint8Array;
  /** Measurements made. */
  readonly measurements: number;
}

/** Scatter of "noisy" starts, steps. */
export const SCATTER = 5;

/** An array each value of which is made by its index. */
const by = (length: number, make: (index: number) => number) =>
  Int16Array.from({ length }, (_, n) => make(n));

/**
 * Finds for each instance the code whose measurement is next to the target. For a monotone response without noise the
 * result is the best code of the range; it is an end of the range where the target is out of reach.
 */
export function binarySearch(search: Search): SearchResult {
  const { least, most, instances, direction, measure } = search;
  const target = (n: number) => (typeof search.target === "number" ? search.target : search.target[n]);
  const excess = (codes: Int16Array) => {
    const measured = measure(codes);
    return Float64Array.from({ length: instances }, (_, n) => direction * (measured[n] - target(n)));
  };
  let measurements = 2;
  // The wanted crossing lies between code `low` (not above the target) and code `high` (above it).
  const low = new Int16Array(instances).fill(least);
  const high = new Int16Array(instances).fill(most + 1);
  const start = (least + most + 1) >> 1;
  const scatter = search.random ? Math.min(SCATTER, (most - least) >> 1) : 0;
  let probe = by(instances, () =>
    scatter > 0 ? start - scatter + Math.floor(search.random!() * (2 * scatter + 1)) : start,
  );
  while (low.some((code, n) => high[n] - code > 1)) {
    const above = excess(probe);
    measurements++;
    for (let n = 0; n < instances; n++) {
      if (above[n] > 0) high[n] = Math.max(probe[n], low[n] + 1);
      else low[n] = Math.max(low[n], probe[n]);
    }
    probe = by(instances, (n) => (low[n] + high[n]) >> 1);
  }
  const upper = by(instances, (n) => Math.min(high[n], most));
  const atLow = excess(low);
  const atUpper = excess(upper);
  const codes = by(instances, (n) => {
    // Below the range there is nothing nearer, however noise makes the neighbour look.
    if (low[n] === least && atLow[n] > 0) return least;
    return Math.abs(atUpper[n]) < Math.abs(atLow[n]) ? upper[n] : low[n];
  });
  const atRangeEnd = Uint8Array.from(codes, (code) => (code === least || code === most ? 1 : 0));
  return { codes, atRangeEnd, measurements };
}
