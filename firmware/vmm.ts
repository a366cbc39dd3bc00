/**
 * One signed matrix-vector product on the analog core of the own hemisphere: 128 inputs, 256 outputs.
 * Input i is i mod 32; the weight of every input in column c is floor(c / 4) - 32, so the results form a ramp.
 * Prints the even and the odd columns.
 */
import { detectHemisphere } from "./lib/location";
import { printBytes, printLine, terminate } from "./lib/mailbox";
import {
  awaitReset,
  convertedOdd,
  convertEven,
  DRIVERS,
  rest,
  resetNeurons,
  result,
  sendEvent,
  settle,
  useMatrixMode,
} from "./lib/matrix-mode";
import { EVEN, ODD, writeSignedWeights } from "./lib/synapses";
import { loadBytes, sync } from "./lib/vector";

const row = memory.data(256, 128);

function writeMatrix(): void {
  for (let column = 0; column < 256; column++) {
    store<u8>(row + (column & 1) * 128 + (column >> 1), (column >> 2) - 32);
  }
  sync();
  const even = loadBytes(row);
  const odd = loadBytes(row, 128);
  for (let i: u32 = 0; i < DRIVERS; i++) {
    writeSignedWeights(i, EVEN, even);
    writeSignedWeights(i, ODD, odd);
  }
}

export function main(): i32 {
  useMatrixMode(detectHemisphere());
  writeMatrix();
  rest();
  const baselineEven = convertEven();
  const baselineOdd = convertedOdd();
  resetNeurons();
  awaitReset();
  for (let i: u32 = 0; i < DRIVERS; i++) sendEvent(i, i % 32);
  settle();
  const even = result(convertEven(), baselineEven);
  const odd = result(convertedOdd(), baselineOdd);
  printBytes(even);
  printLine("");
  printBytes(odd);
  printLine("");
  terminate();
  return 0;
}
