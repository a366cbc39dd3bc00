/**
 * One signed matrix-vector product on the analog core of the own hemisphere: 128 inputs, 256 outputs.
 * Inputs are (3 i) mod 32; the weight of input i in column c is ((i + c) mod 7 - 3) * 10.
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
  for (let i: u32 = 0; i < DRIVERS; i++) {
    for (let column: u32 = 0; column < 256; column++) {
      const weight = (<i32>((i + column) % 7) - 3) * 10;
      store<u8>(row + (column & 1) * 128 + (column >> 1), weight);
    }
    sync();
    writeSignedWeights(i, EVEN, loadBytes(row));
    writeSignedWeights(i, ODD, loadBytes(row, 128));
    sync();
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
  for (let i: u32 = 0; i < DRIVERS; i++) sendEvent(i, (3 * i) % 32);
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
