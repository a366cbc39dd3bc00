/** Gain and noise of a chip as hxtorch measures them (calibration-and-training section 3). */
import { BLOCK_INPUTS } from "../network.ts";
import { percentile } from "../training/conversion.ts";
import { RandomStream } from "../training/random-stream.ts";
import type { FastChip } from "./fast-chip.ts";

const COLUMNS = 256;
const ACTIVATION = 15;
const WEIGHT = 21;
const RUNS = 20;
/** Inputs that bring the nominal result near 64. */
const ROWS = 113;

export interface MeasuredGain {
  /** LSB per activation x weight and send: median over columns and random masks. */
  readonly gain: number;
  /** LSB: median over columns of the standard deviation of a result from trial to trial. */
  readonly noise: number;
}

/**
 * Sends x = 15 to 113 random inputs with w = 21 in all columns. Overwrites the weights of the chip. `seed` draws the
 * masks.
 */
export function measureGain(chip: FastChip, seed: number): MeasuredGain {
  const random = new RandomStream(seed, 0xffffffff);
  const ratios = new Float64Array(2 * RUNS * COLUMNS);
  const deviations = new Float64Array(2 * COLUMNS);
  const weights = new Int8Array(BLOCK_INPUTS * COLUMNS).fill(WEIGHT);
  for (const side of [0, 1]) chip.writeBlock(side, weights, { outputs: COLUMNS }, 0);
  chip.measureBaseline();
  for (const side of [0, 1]) {
    const squares = new Float64Array(COLUMNS);
    const x = new Uint8Array(BLOCK_INPUTS);
    for (let run = 0; run < RUNS; run++) {
      // Two trials a mask: their difference is noise.
      x.fill(0);
      for (const input of random.permutation(BLOCK_INPUTS).subarray(0, ROWS)) x[input] = ACTIVATION;
      const [first, second] = [chip.multiply(side, x, 1), chip.multiply(side, x, 1)];
      for (let j = 0; j < COLUMNS; j++) {
        ratios[(side * RUNS + run) * COLUMNS + j] = first[j] / (ACTIVATION * WEIGHT * ROWS);
        const difference = first[j] - second[j];
        squares[j] += (difference * difference) / 2;
      }
    }
    for (let j = 0; j < COLUMNS; j++) deviations[side * COLUMNS + j] = Math.sqrt(squares[j] / RUNS);
  }
  return { gain: percentile(ratios, 0.5), noise: percentile(deviations, 0.5) };
}
