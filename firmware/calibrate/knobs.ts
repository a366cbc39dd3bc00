/** The knobs of the own hemisphere: cells of the capacitive memory, offsets of CADC channels and drivers. */
import {
  CADC_CONFIG_BOTTOM,
  CADC_CONFIG_TOP,
  CADC_OFFSETS_BOTTOM,
  CADC_OFFSETS_TOP,
  CAPMEM_BOTTOM,
  CAPMEM_TOP,
  DRIVERS_BOTTOM,
  DRIVERS_TOP,
  NEURON_CONFIG_BOTTOM,
  NEURON_CONFIG_TOP,
} from "../lib/addresses";
import { sleepCycles } from "../lib/interrupts";
import { load32, store32, sync } from "../lib/intrinsics";
import { perHemisphere } from "../lib/location";

/** Rows of cells of every neuron. */
export const EXCITATORY_GM: u32 = 0;
export const INHIBITORY_GM: u32 = 1;
export const EXCITATORY_SHIFT: u32 = 2;
export const INHIBITORY_SHIFT: u32 = 3;
export const RESET_POTENTIAL: u32 = 7;
export const LEAK_BIAS: u32 = 8;
/** Rows of cells of a quadrant. */
export const SYNAPSE_BIAS: u32 = 0;
export const DRIVER_RAMP: u32 = 1;
export const DRIVER_CALIB: u32 = 2;
export const ADC_RAMP_SLOPE: u32 = 5;
export const ADC_RAMP_OFFSET: u32 = 6;
export const ADC_REFERENCE: u32 = 7;

/** Largest codes; the least are 0. */
export const MOST_CELL: i32 = 1022;
export const MOST_DRIVER_OFFSET: i32 = 63;

const COLUMNS: u32 = 256;
const DRIVERS: u32 = 128;
/** Bytes from the west to the east quadrant. */
const EAST_CELLS: u32 = 0x20000;
const SHARED_CELLS: u32 = 128 * 128;
const SETTLE_CYCLES: u32 = 5_000_000; // 20 ms
const EXCITATORY_INPUT: u32 = 0x20;
const INHIBITORY_INPUT: u32 = 0x10;
const CONNECT_REFERENCE: u32 = 0x80000000;

let cells: u32 = 0;
let neurons: u32 = 0;
let channels: u32 = 0;
let drivers: u32 = 0;
let cadc: u32 = 0;
/** PPU cycles slept so far. */
export let slept: u32 = 0;

export function useKnobs(hemisphere: u32): void {
  cells = perHemisphere(hemisphere, CAPMEM_TOP, CAPMEM_BOTTOM);
  neurons = perHemisphere(hemisphere, NEURON_CONFIG_TOP, NEURON_CONFIG_BOTTOM);
  channels = perHemisphere(hemisphere, CADC_OFFSETS_TOP, CADC_OFFSETS_BOTTOM);
  drivers = perHemisphere(hemisphere, DRIVERS_TOP, DRIVERS_BOTTOM);
  cadc = perHemisphere(hemisphere, CADC_CONFIG_TOP, CADC_CONFIG_BOTTOM);
}

/**
 * Column of halfword `position` 0..255 of reads and codes: the order in which bytes of even and odd columns unpack to
 * halfwords. Bit 5 of the position tells the quadrant.
 */
// @ts-ignore: decorator
@inline
export function columnAt(position: u32): u32 {
  const lane = ((position & 0x38) << 1) | ((position & 0x40) >> 3) | (position & 7);
  return (lane << 1) | (position >> 7);
}

// @ts-ignore: decorator
@inline
export function positionOf(column: u32): u32 {
  const lane = column >> 1;
  return ((column & 1) << 7) | ((lane & 8) << 3) | ((lane & 0x70) >> 1) | (lane & 7);
}

/** Analog cells need 20 ms after a change; the PPU sleeps. */
export function settleCells(): void {
  slept += sleepCycles(SETTLE_CYCLES);
}

/** Sets a cell of all neurons to the 256 halfwords at `codes`, and lets it settle. */
export function writeNeuronCells(row: u32, codes: usize): void {
  sync();
  for (let position: u32 = 0; position < COLUMNS; position++) {
    const column = columnAt(position);
    const quadrant = cells + (column & 128 ? EAST_CELLS : 0);
    store32(quadrant + 128 * (column & 127) + 4 * row, load<u16>(codes + 2 * position));
  }
  settleCells();
}

/** Sets a cell of all neurons to one code. */
// @ts-ignore: decorator
@cold
export function fillNeuronCells(row: u32, code: u32): void {
  for (let neuron: u32 = 0; neuron < 128; neuron++) {
    store32(cells + 128 * neuron + 4 * row, code);
    store32(cells + EAST_CELLS + 128 * neuron + 4 * row, code);
  }
  settleCells();
}

/** Sets a cell of both quadrants to the two halfwords at `codes`; the caller lets it settle. */
export function writeQuadrantCells(row: u32, codes: usize): void {
  sync();
  store32(cells + SHARED_CELLS + 4 * row, load<u16>(codes));
  store32(cells + EAST_CELLS + SHARED_CELLS + 4 * row, load<u16>(codes, 2));
}

/** Reads a cell of the quadrant `half` (0 west, 1 east). */
// @ts-ignore: decorator
@cold
export function quadrantCell(row: u32, half: u32): u32 {
  return load32(cells + half * EAST_CELLS + SHARED_CELLS + 4 * row);
}

/** Puts the voltage of the reference cell with this code on all channels of the CADC. */
// @ts-ignore: decorator
@cold
export function connectReference(code: u32): void {
  store32(cells + SHARED_CELLS + 4 * ADC_REFERENCE, code);
  store32(cells + EAST_CELLS + SHARED_CELLS + 4 * ADC_REFERENCE, code);
  store32(cadc, load32(cadc) | CONNECT_REFERENCE);
  settleCells();
}

/** The channels convert their neurons again. */
// @ts-ignore: decorator
@cold
export function disconnectReference(): void {
  store32(cadc, load32(cadc) & ~CONNECT_REFERENCE);
  settleCells();
}

/** Connects the synaptic inputs of all neurons to their membranes. */
// @ts-ignore: decorator
@cold
export function connectInputs(excitatory: bool, inhibitory: bool): void {
  const inputs = (excitatory ? EXCITATORY_INPUT : 0) | (inhibitory ? INHIBITORY_INPUT : 0);
  for (let neuron: u32 = 0; neuron < COLUMNS; neuron++) {
    // word 4 of the configuration (SRAM word 6) of the quadrant's neurons
    const at = neurons + (neuron & 128 ? EAST_CELLS : 0) + 32 * (neuron & 127) + 16;
    store32(at, (load32(at) & ~(EXCITATORY_INPUT | INHIBITORY_INPUT)) | inputs);
  }
}

/** Adds `shift` to the offset of a channel, clipped to its range; tells whether it ended at an end. */
export function shiftChannel(position: u32, acausal: u32, shift: i32): bool {
  const column = columnAt(position);
  // the half in front is the east one, columns 128..255
  const at = channels + (column & 128 ? 0 : 0x2000) + 8 * (column & 127) + 4 * acausal;
  let stored = <i32>load32(at) + shift;
  if (stored < 0) stored = 0;
  if (stored > 255) stored = 255;
  store32(at, stored);
  return stored == 0 || stored == 255;
}

/** Sets hagen_dac_offset of all drivers to the 128 halfwords at `codes`. */
export function writeDriverOffsets(codes: usize): void {
  sync();
  for (let driver: u32 = 0; driver < DRIVERS; driver++) {
    const at = drivers + 16 * driver + 4;
    // stored inverted
    store32(at, (load32(at) & ~0x3f00) | ((63 - load<u16>(codes + 2 * driver)) << 8));
  }
  sync();
}

// @ts-ignore: decorator
@cold
export function readDriverOffsets(codes: usize): void {
  for (let driver: u32 = 0; driver < DRIVERS; driver++) {
    store<u16>(codes + 2 * driver, 63 - ((load32(drivers + 16 * driver + 4) >> 8) & 63));
  }
  sync();
}
