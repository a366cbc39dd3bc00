/** A short course of events, resets and conversions on one hemisphere, for comparing reads byte by byte. */
import { Hemisphere } from "../../src/chip/analog/hemisphere.ts";
import type { AnalogParameters } from "../../src/chip/analog/parameters.ts";

/** Reads of 6 conversions, 3 of the acausal channels among them: 9 x 256 bytes. */
export function scenarioReads(parameters: AnalogParameters, chipSeed: number, side: number): Uint8Array {
  const chip = new Hemisphere({ hemisphere: side, chipSeed, noiseSeed: chipSeed + 7, parameters });
  for (let column = 0; column < 256; column++) {
    chip.setSynapse("weights", 256, column, 0x20);
    if (column % 3 !== 0) chip.setSynapse("labels", 256, column, 0x20);
    for (let row = 0; row < 256; row++) {
      chip.setSynapse("weights", row, column, (row * 31 + column * 17 + 5 * (row & 1)) & 63);
    }
  }
  const reads: number[] = [];
  let cycle = 0;
  for (let run = 0; run < 6; run++) {
    chip.resetNeurons(undefined, cycle);
    cycle += 750;
    for (let n = 0; n < 60 * run; n++) {
      const driver = (n * 37 + run) % 128;
      chip.event(1 << (driver & 3), driver >> 2, 1 + ((n * 11) % 31), cycle);
      cycle += 20;
    }
    if (run === 2) chip.configureDriver(3, { hagenDacOffset: 20 });
    if (run === 3) chip.setChannelOffset(9, 0, -11);
    if (run === 4) chip.resetLanes(1, undefined, cycle);
    cycle += 250;
    if (run === 5) cycle += 100_000;
    chip.convert(0, cycle);
    reads.push(...chip.causal);
    if (run % 2 === 0) reads.push(...chip.acausal);
    cycle += 500;
  }
  return Uint8Array.from(reads);
}
