/**
 * Calibrates the own hemisphere of a raw chip, 256 columns at once, by what a PPU can set (registers, weights, events) and
 * see (reads of the CADC). Both PPUs run it at the same time; the only thing they exchange are counts for medians over
 * the chip. The host leaves a header in external memory and finds records there, see layout.ts; the settings stay in the
 * registers.
 */
import { load32 } from "../lib/intrinsics";
import { detectHemisphere } from "../lib/location";
import { useMatrixMode } from "../lib/matrix-mode";
import { calibrateChannels, calibrateRamps } from "./adc";
import { calibrateDrivers } from "./drivers";
import { useKnobs } from "./knobs";
import {
  HEADER_FINAL_BASELINE,
  HEADER_MAGIC,
  HEADER_SEED,
  HEADER_STAGES,
  HEADER_WORKING_BASELINE,
  MAGIC,
  STAGE_BASELINE,
  STAGE_CADC,
  STAGE_DRIVERS,
  STAGE_LEAK,
  STAGE_NEURONS,
  STAGE_OFFSETS,
  STEP_BASELINE,
  STEP_FINAL_BASELINE,
  STEP_OFFSETS,
  STEP_OFFSETS_AGAIN,
} from "./layout";
import { calibrateBaseline, calibrateLeak, calibrateOffsets, trimBaseline } from "./membrane";
import { calibrateNeurons } from "./neurons";
import { useRecords } from "./records";
import { seedScatter } from "./search";

const NO_HEADER: i32 = 1;

export function main(): i32 {
  const hemisphere = detectHemisphere();
  if (load32(HEADER_MAGIC) != MAGIC) return NO_HEADER;
  const stages = load32(HEADER_STAGES);
  const baseline = load32(HEADER_WORKING_BASELINE);
  const finalBaseline = load32(HEADER_FINAL_BASELINE);
  useRecords(hemisphere);
  useKnobs(hemisphere);
  useMatrixMode(hemisphere);
  // the polynomials of the columns are those of the other hemisphere, so the seeds must differ
  seedScatter(2 * load32(HEADER_SEED) + hemisphere);
  if (stages & STAGE_CADC) {
    calibrateRamps();
    calibrateChannels(hemisphere);
  }
  if (stages & STAGE_LEAK) calibrateLeak();
  if (stages & STAGE_BASELINE) calibrateBaseline(STEP_BASELINE, baseline);
  if (stages & STAGE_OFFSETS) calibrateOffsets(STEP_OFFSETS);
  if (stages & STAGE_DRIVERS) calibrateDrivers();
  if (stages & STAGE_NEURONS) calibrateNeurons(hemisphere);
  // The first pass keeps the integrations of the later stages within the ADC; the second follows their settings.
  if (stages & STAGE_OFFSETS) {
    if (stages & (STAGE_DRIVERS | STAGE_NEURONS)) calibrateOffsets(STEP_OFFSETS_AGAIN);
    trimBaseline(baseline);
  }
  if (stages & STAGE_BASELINE && finalBaseline != baseline) {
    calibrateBaseline(STEP_FINAL_BASELINE, finalBaseline);
  }
  return 0;
}
