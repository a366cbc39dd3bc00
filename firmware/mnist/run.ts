/** One array run: what all layers share. */
import { convertedOdd, convertEven, rest, result, settle } from "../lib/matrix-mode";
import { readExternal } from "../lib/external";
import { EVEN, ODD, writeSignedWeights } from "../lib/synapses";
import { type Bytes, loadBytes, splatBytes, sync } from "../lib/vector";

const BASELINE_READS = 8;
const baseline = memory.data(256, 128);
/** Results of the even and odd columns of the last run, signed bytes. */
export const results = memory.data(256, 128);
/** Readings of up to two array runs that `startReadout` has left, 256 bytes each. */
export const readings = memory.data(512, 128);
/** Four compact rows, and room behind them: a vector read at the last one reaches 112 bytes further. */
const compactRows = memory.data(256, 128);

function averageBaseline(parity: u32): Bytes {
  // the accumulator collects 256 times the mean; 127 rounds
  splatBytes(127).mtac();
  const weight = splatBytes(256 / BASELINE_READS);
  for (let i = 0; i < BASELINE_READS; i++) {
    rest();
    const even = convertEven();
    const reading = parity == EVEN ? even : convertedOdd();
    reading.matacm(weight);
  }
  return splatBytes(0).addacfs();
}

/** Reads the resting membranes of all columns, mean of 8 readings each. */
export function measureBaseline(): void {
  averageBaseline(EVEN).store(baseline);
  averageBaseline(ODD).store(baseline, 128);
  sync();
}

/** Lets the last events settle and leaves reading minus baseline in `results`. */
export function readResults(): void {
  settle();
  const even = result(convertEven(), loadBytes(baseline));
  const odd = result(convertedOdd(), loadBytes(baseline, 128));
  even.store(results);
  odd.store(results, 128);
  sync();
}

/** Result of the even (`parity` 0) or odd columns (128) in readings that `startReadout` has left at `readings`. */
export function resultAt(readings: usize, parity: u32): Bytes {
  return result(loadBytes(readings, parity) - splatBytes(0x80), loadBytes(baseline, parity));
}

/** `min(max(v, 0) >> shift, 31)` in each lane, shift 1..7. */
export function convertingRelu(value: Bytes, shift: u32): Bytes {
  // a fraction of 2^-shift: (2 * v * 2^(7 - shift)) >> 8
  return value.relu().mulfs(splatBytes(128 >>> shift)).min(splatBytes(31));
}

/** Writes the compact rows at `offset` in external memory to drivers `0..rows-1` (a multiple of 4). */
export function loadCompactRows(offset: u32, rows: u32): void {
  for (let row: u32 = 0; row < rows; row += 4) {
    readExternal(offset + 32 * row).store(compactRows);
    for (let i: u32 = 0; i < 4; i++) {
      // the lanes of columns from 32 on belong to nobody
      writeSignedWeights(row + i, EVEN, loadBytes(compactRows, 32 * i));
      writeSignedWeights(row + i, ODD, loadBytes(compactRows, 32 * i + 16));
    }
  }
}
