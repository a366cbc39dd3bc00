/** Byte addresses as a PPU sees them (omnibus word address w at 0x80000000 + 4 w). */

export const MAILBOX_BASE: u32 = 0x3000;
export const MAILBOX_END: u32 = 0x4000;

/** 128 KiB of FPGA block RAM, data view. */
export const EXTERNAL_MEMORY: u32 = 0x40000000;
export const DRAM: u32 = 0x50000000;

/** SRAM of the PPUs through the omnibus: aligned words only. */
export const PPU_SRAM_TOP: u32 = 0x8a000000;
export const PPU_SRAM_BOTTOM: u32 = 0x8e000000;


/** PADI block: +0 event trigger, +4 config, +8 STP config. */
export const PADI_TOP: u32 = 0x80440000;
export const PADI_BOTTOM: u32 = 0x80460000;

/** Synapse driver d, word i at + 16 d + 4 i. */
export const DRIVERS_TOP: u32 = 0x80441000;
export const DRIVERS_BOTTOM: u32 = 0x80461000;

/** Capacitive memory, west quadrant (east + 0x20000): the cell in row r of neuron n at + 128 n + 4 r; n = 128 is shared. */
export const CAPMEM_TOP: u32 = 0x80500000;
export const CAPMEM_BOTTOM: u32 = 0x80540000;

/** Neuron configuration, west quadrant (east + 0x20000): neuron n, word i of `neuronConfig` at + 32 n + 4 i. */
export const NEURON_CONFIG_TOP: u32 = 0x80580008;
export const NEURON_CONFIG_BOTTOM: u32 = 0x805c0008;

/** Offsets of CADC channels + 128: columns 128..255, at + 0x2000 columns 0..127; + 8 column, acausal + 4. */
export const CADC_OFFSETS_TOP: u32 = 0x89000000;
export const CADC_OFFSETS_BOTTOM: u32 = 0x8d000000;

/** CADC config: bit 0 enables the converter. */
export const CADC_CONFIG_TOP: u32 = 0x89004000;
export const CADC_CONFIG_BOTTOM: u32 = 0x8d004000;

/** Regions of the vector IO space; index = 2 * row + parity of the columns. */
export const VECTOR_WEIGHTS: u32 = 0x00000000;
export const VECTOR_TIME_BITS: u32 = 0x00010000;
export const VECTOR_AMPLITUDE_BITS: u32 = 0x00020000;
export const VECTOR_LABELS: u32 = 0x00040000;
export const VECTOR_CAUSAL: u32 = 0x00080000;
export const VECTOR_ACAUSAL: u32 = 0x000c0000;
export const VECTOR_BUFFERED: u32 = 0x00200000;
export const VECTOR_RANDOM: u32 = 0x000e0000;
export const VECTOR_NEURON_RESET: u32 = 0x00c90200;
/** External memory on the vector IO port, in units of 16 bytes; words of a vector in reversed order. */
export const VECTOR_EXTERNAL: u32 = 0x80000000;
