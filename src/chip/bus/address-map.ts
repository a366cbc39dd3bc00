/** Where things lie, as data: the bus decodes with these numbers and docs/registers.md prints them. */

export interface Region {
  readonly name: string;
  /** First address; bytes in the data and fetch views, vectors on the parallel port. */
  readonly base: number;
  /** In units of the address. */
  readonly size: number;
  readonly description: string;
  readonly source: string;
}

const region = (name: string, base: number, size: number, description: string, source: string): Region => ({
  name,
  base,
  size,
  description,
  source,
});

export const EXTERNAL_MEMORY_BYTES = 0x20000;
export const DRAM_BYTES = 0x10000000;

/** Scalar loads and stores; fxvlax and fxvstax reach the first three memories only. Byte addresses. */
export const DATA_MAP = {
  sram: region("own SRAM", 0x00000000, 0x4000, "byte, halfword, word", "chip.md 3"),
  externalMemory: region(
    "external memory",
    0x40000000,
    EXTERNAL_MEMORY_BYTES,
    "FPGA block RAM; byte, halfword, word",
    "chip.md 3",
  ),
  dram: region("DRAM", 0x50000000, DRAM_BYTES, "byte, halfword, word", "chip.md 3"),
  fpga: region(
    "FPGA executor",
    0x60000000,
    0x20000000,
    "not there: reads 0 with a diagnostic",
    "chip.md 3, 6.3",
  ),
  omnibus: region(
    "on-chip omnibus",
    0x80000000,
    0x80000000,
    "aligned words only; byte address = 0x80000000 + 4 * word address",
    "chip.md 3",
  ),
} as const;

/** Instruction fetch. Byte addresses. */
export const FETCH_MAP = {
  sram: region("own SRAM", 0x00000000, 0x4000, "", "chip.md 3"),
  externalMemory: region(
    "external memory",
    0x80000000,
    EXTERNAL_MEMORY_BYTES,
    "same bytes as data 0x40000000",
    "chip.md 3",
  ),
  dram: region("DRAM", 0x90000000, DRAM_BYTES, "same bytes as data 0x50000000", "chip.md 3"),
} as const;

/** Memories on the omnibus besides the registers, of the top PPU; the bottom PPU's lie 0x01000000 higher. Word addresses. */
export const OMNIBUS_MAP = {
  ppuSram: region("PPU SRAM", 0x02800000, 0x1000, "the 16 KiB of the PPU", "chip.md 6.2"),
  synram: region("synapse array", 0x02c00000, 0x400000, "regions below, 4 columns a word", "chip.md 6.2"),
} as const;
export const OMNIBUS_SIDE_STRIDE = 0x01000000;

/**
 * Vector IO: region = address bits 31..16, the rest is index `2 * row + parity`. The same numbers, divided into words
 * of four columns (word = 32 * index + ...), form the synapse array on the omnibus.
 */
export const PARALLEL_MAP = {
  weights: region("weights", 0x00000000, 514, "6 bits; index 512/513: switch rows", "chip.md 4"),
  timeCalibration: region("time calibration", 0x00010000, 514, "2 bits", "chip.md 4"),
  amplitudeCalibration: region("amplitude calibration", 0x00020000, 514, "2 bits", "chip.md 4"),
  labels: region("labels", 0x00040000, 514, "6 bits", "chip.md 4"),
  causal: region(
    "causal CADC",
    0x00080000,
    512,
    "read: conversion of all columns; write: correlation reset",
    "chip.md 4",
  ),
  resetVoltageCausal: region("reset voltage, causal", 0x00090000, 512, "read: conversion", "chip.md 4"),
  acausal: region("acausal CADC", 0x000c0000, 512, "read: conversion of all columns", "chip.md 4"),
  resetVoltageAcausal: region("reset voltage, acausal", 0x000d0000, 512, "read: conversion", "chip.md 4"),
  random: region("random generator", 0x000e0000, 2, "read: draw; write: seed", "chip.md 4"),
  raw: region(
    "raw synapse words",
    0x000f0000,
    1032,
    "index 4 * row + parity: physical weight + time calibration; + 2: label + amplitude calibration",
    "chip.md 4, 6.2",
  ),
  correlationReset: region("correlation reset", 0x00c90000, 512, "write only", "chip.md 4"),
  neuronReset: region(
    "neuron reset",
    0x00c90200,
    2,
    "write only: enabled lanes reset their neuron",
    "chip.md 4",
  ),
  neuronResetAlias: region("neuron reset, alias", 0x00c94000, 2, "as neuron reset", "chip.md 4"),
  externalMemory: region(
    "external memory",
    0x80000000,
    EXTERNAL_MEMORY_BYTES / 16,
    "unit 16 bytes; words in reversed order",
    "chip.md 4",
  ),
  dram: region("DRAM", 0x81000000, DRAM_BYTES / 16, "unit 16 bytes; words in reversed order", "chip.md 4"),
} as const;

/** Added to a CADC address: results of the last conversion. */
export const BUFFERED = 0x00200000;
/** Added to any synapse address: not supported by the emulator. */
export const TEST_MODE = 0x00100000;
