/**
 * Which of 128 neurons is the strongest: adds the readings of four partial products, lane by lane, and looks for the
 * greatest sum. It has a mistake and returns 1; docs/tour-debugging.md finds it.
 */
import { print, printLine, printSigned, terminate } from "../lib/mailbox";
import { type Bytes, loadBytes, sync } from "../lib/vector";

const NEURONS: i32 = 128;
const PARTS: i32 = 4;
/** The neuron that `fillReadings` makes the strongest. */
const STRONGEST: i32 = 90;

const readings = memory.data(512, 128);
const sums = memory.data(128, 128);

/** Readings as the converter gives them, -128..127: weak everywhere, strong in the neurons 17 and 90. */
function fillReadings(): void {
  for (let part = 0; part < PARTS; part++) {
    for (let neuron = 0; neuron < NEURONS; neuron++) {
      let reading = ((neuron * 37 + part * 11) % 41) - 20;
      if (neuron == 17) reading = 36;
      if (neuron == STRONGEST) reading = 44;
      store<i8>(readings + part * NEURONS + neuron, reading);
    }
  }
}

/** Sum of the parts in each lane. */
function addParts(): Bytes {
  let sum = loadBytes(readings);
  for (let part = 1; part < PARTS; part++) {
    const reading = loadBytes(readings, part * NEURONS);
    sum = sum.addfs(reading);
  }
  return sum;
}

/** Index of the greatest sum; the first one of equals. */
function strongest(): i32 {
  let best = 0;
  for (let neuron = 1; neuron < NEURONS; neuron++) {
    if (load<i8>(sums + neuron) > load<i8>(sums + best)) best = neuron;
  }
  return best;
}

export function main(): i32 {
  fillReadings();
  sync();
  addParts().store(sums);
  sync();
  const winner = strongest();
  print("strongest neuron: ");
  printSigned(winner);
  print(", expected: ");
  printSigned(STRONGEST);
  printLine("");
  terminate();
  return winner == STRONGEST ? 0 : 1;
}
