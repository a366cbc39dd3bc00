/**
 * What the host and the firmware agree on in external memory, as the scalar port and `fxvstax` see it (no reversed words).
 * Code that runs once a step or so lies in front of it. Offsets from `SHARED`:
 *
 * - Byte 0: the header, words in the order of `HEADER_...`, written by the host.
 * - Byte 128 + 4 h: records that the PPU of hemisphere h has completed.
 * - Record n of hemisphere h at byte 256 + (2 n + h) * RECORD_BYTES: one vector of words (`HEAD_...`), then room for 512
 *   halfwords each: measurements before, measurements after, and 1 where the knob ended at an end of its range.
 *
 * Values of neurons come in the order of `columnAt`, channels as causal and then acausal in that order, drivers and
 * quadrants (west, east) by number. Drivers have two lists: pulses at x = 3, then at x = 16. Reads and amplitudes are in 1/60 LSB, pulses in 1/256 unit.
 */
import { EXTERNAL_MEMORY } from "../lib/addresses";

export const SHARED: u32 = EXTERNAL_MEMORY + 0x4000;
export const MAGIC: u32 = 0x43414c49;

/** Bits of the stages in their order: cadc, leak, baseline, offsets, drivers, neurons. */
export const HEADER_MAGIC: u32 = SHARED;
export const HEADER_STAGES: u32 = SHARED + 4;
/** Baseline in LSB while gains and offsets are searched, and at the end. */
export const HEADER_WORKING_BASELINE: u32 = SHARED + 8;
export const HEADER_FINAL_BASELINE: u32 = SHARED + 12;
/** 1e-6 LSB per activation and weight; 0: the median of all neurons. */
export const HEADER_GAIN: u32 = SHARED + 16;
/** Scatters the starts of searches. */
export const HEADER_SEED: u32 = SHARED + 20;

export const STAGE_CADC: u32 = 1;
export const STAGE_LEAK: u32 = 2;
export const STAGE_BASELINE: u32 = 4;
export const STAGE_OFFSETS: u32 = 8;
export const STAGE_DRIVERS: u32 = 16;
export const STAGE_NEURONS: u32 = 32;

/** Which step a record is of. */
export const STEP_RAMP: u32 = 0;
export const STEP_CHANNELS: u32 = 1;
export const STEP_LEAK: u32 = 2;
export const STEP_BASELINE: u32 = 3;
export const STEP_OFFSETS: u32 = 4;
export const STEP_DRIVER_RAMP: u32 = 5;
export const STEP_DRIVER_OFFSET: u32 = 6;
export const STEP_SYNAPSE_BIAS: u32 = 7;
export const STEP_EXCITATORY: u32 = 8;
export const STEP_INHIBITORY: u32 = 9;
export const STEP_OFFSETS_AGAIN: u32 = 10;
export const STEP_BASELINE_AGAIN: u32 = 11;
export const STEP_FINAL_BASELINE: u32 = 12;

export const RECORDS: u32 = SHARED + 256;
export const RECORD_BYTES: u32 = 128 + 3 * 1024;
export const RECORDS_DONE: u32 = SHARED + 128;

/** Bytes from the start of a record. */
export const HEAD_STEP: u32 = 0;
/** PPU cycles of the step, and how many of them the PPU slept. */
export const HEAD_CYCLES: u32 = 4;
export const HEAD_SLEPT: u32 = 8;
/** Conversions of the hemisphere's channels. */
export const HEAD_CONVERSIONS: u32 = 12;
/** Events of an amplitude, and the amplitude aimed at in 1/60 LSB; gains only. */
export const HEAD_EVENTS: u32 = 16;
export const HEAD_TARGET: u32 = 20;
export const BEFORE: u32 = 128;
export const AFTER: u32 = 128 + 1024;
export const ENDS: u32 = 128 + 2 * 1024;
