/**
 * Measures the array as an experimenter does: the same product again and again, all results kept for the host.
 * The host writes five words at the start of external memory: activation, weight, rows, sends, trials; the results of trial t
 * lie at byte 256 (t + 1): signed bytes of the even columns, then of the odd ones.
 */
import { EXTERNAL_MEMORY } from "./lib/addresses";
import { detectHemisphere } from "./lib/location";
import {
  awaitReset,
  convertedOdd,
  convertEven,
  rest,
  resetNeurons,
  result,
  sendEvent,
  settle,
  useMatrixMode,
} from "./lib/matrix-mode";
import { EVEN, ODD, writeSignedWeights } from "./lib/synapses";
import { load32, loadBytes, splatBytes } from "./lib/vector";

const baseline = memory.data(256, 128);

export function main(): i32 {
  const activation = load32(EXTERNAL_MEMORY);
  const weight = splatBytes(load32(EXTERNAL_MEMORY + 4));
  const rows = load32(EXTERNAL_MEMORY + 8);
  const sends = load32(EXTERNAL_MEMORY + 12);
  const trials = load32(EXTERNAL_MEMORY + 16);
  useMatrixMode(detectHemisphere());
  for (let i: u32 = 0; i < rows; i++) {
    writeSignedWeights(i, EVEN, weight);
    writeSignedWeights(i, ODD, weight);
  }
  rest();
  convertEven().store(baseline);
  convertedOdd().store(baseline, 128);
  let to = EXTERNAL_MEMORY;
  for (let trial: u32 = 0; trial < trials; trial++) {
    resetNeurons();
    awaitReset();
    for (let r: u32 = 0; r < sends; r++) {
      for (let i: u32 = 0; i < rows; i++) sendEvent(i, activation);
    }
    settle();
    to += 256;
    result(convertEven(), loadBytes(baseline)).store(to);
    result(convertedOdd(), loadBytes(baseline, 128)).store(to, 128);
  }
  return 0;
}
