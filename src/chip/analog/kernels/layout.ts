/**
 * Addresses in the memory of one hemisphere that the kernels and those who call them share. Read by two compilers:
 * numbers only. A column has one element in each array of columns: f64 (2048 bytes) where nothing else is said. What
 * the compiler places itself, coefficients, lies below 0x1000.
 */
export const COLUMNS = 256;
export const DRIVERS = 128;
export const PAGES = 20;

/** Normal numbers (f64), at most this many at once. */
export const NORMALS = 0x1000;
export const NORMALS_SIZE = 512;
/** How they come about: random words (i32) and the keys of the rounds; by groups of eight words which of them lie in tails; */
export const NORMAL_WORDS = 0x2000;
export const PHILOX_KEYS = 0x2880;
export const TAIL_MASKS = 0x2a00;
/** and of each of these, its number in bytes (i32), its probability and what comes of it (f64). */
export const TAIL_PLACES = 0x2b00;
export const TAIL_VALUES = 0x3400;
export const TAIL_QUOTIENTS = 0x4480;
export const TAIL_SIGNS = 0x5500;

/** Sums of the array, and the state of the membranes as hemisphere.ts has it. */
export const TOTALS = 0x8000;
export const MEMBRANE = 0x8800;
export const RESET_CYCLE = 0x9000;
export const EVENTS_AT_RESET = 0x9800;
/** Membranes above the reset level, and what goes into them where columns differ: leak, and offset currents. */
export const LEVELS = 0xa000;
export const DECAYS = 0xa800;
export const DRIVEN = 0xb000;
/** As in mismatch.ts. */
export const DRIFT = 0xb800;
export const RESULT_OFFSET = 0xc000;
export const RESET_LEVEL = 0xc800;
export const OPEN_LEVEL = 0xd000;
export const CONVERTER_GAIN = 0xd800;
/** As in trim.ts. */
export const RESET_SHIFT = 0xe000;
export const COUNT_SHIFT = 0xe800;
export const COUNT_FACTOR = 0xf000;
export const EXCITATORY = 0xf800;
export const INHIBITORY = 0x10000;
/** Causal channels, then acausal ones: f64, and i16. */
export const CHANNEL_OFFSET = 0x10800;
export const OFFSETS = 0x11800;
/** Bytes. */
export const CAUSAL = 0x11c00;
export const ACAUSAL = 0x11d00;
export const DEAD = 0x11e00;
export const NEURON_INPUTS = 0x11f00;
export const DISCARDED = 0x12000;
/** A byte for each row. */
export const ROW_MODES = 0x12100;
/** By label bit 5 and driver: 1 where the products are those of the present settings (bytes); */
export const VALID = 0x12200;
/** number of columns up to the last one whose product is not 0 (i32); pending pulses (f64). */
export const EXTENTS = 0x12400;
export const PULSES = 0x12800;
/** Pulses that are not 0 (f64), and addresses of the products of their drivers (i32). */
export const ACTIVE_PULSES = 0x13000;
export const ACTIVE_PRODUCTS = 0x13400;
/** Bit i of i32 number `bus * 32 + rowSelect`: driver 4i + bus takes the event. */
export const MATCHING = 0x13600;
/** 257 rows of bytes. */
export const WEIGHTS = 0x14000;
export const LABELS = 0x24400;
/** Columns again, as in trim.ts. */
export const LEAK_RATE = 0x34800;
export const CONDUCTANCE = 0x35000;
export const REST = 0x35800;
export const EXCITATORY_OFFSET = 0x36000;
export const INHIBITORY_OFFSET = 0x36800;
/** f64 by driver and code of the event, in activation units. */
export const PULSE_LENGTHS = 0x37000;
export const EVENT_CODES = 32;
/** f64, one behind the other: pulses since power-on; of those that are pending the sum of pulse times age, and their sum. */
export const EVENT_COUNT = 0x3f000;
export const WEIGHTED_TIME = 0x3f008;
export const TOTAL_PULSE = 0x3f010;
/** f32, 256 rows. */
export const SYNAPSES = 0x40000;
/** f64 by label bit 5, driver and column: charge of a pulse of length 1. */
export const PRODUCTS = 0x80000;
/** Events that wait for their kernel: words (i32) of the register padiTrigger with the bits of its fields, and cycles (f64). */
export const EVENTS_SIZE = 512;
export const EVENT_WORDS = 0x100000;
export const EVENT_CYCLES = 0x101000;
export const EVENT_CODE_BIT = 16;
export const ADDRESS_BIT = 21;
export const ROW_SELECT_BIT = 22;
/** Cycles since the reference of the leak, and what pulses are enlarged by (f64); one element more is scratch space. */
export const EVENT_AGES = 0x102800;
export const EVENT_GROWTHS = 0x104000;
/** Byte number `rowSelect * 16 + fireBus`: the driver that takes the event, or how many take it. */
export const TAKERS = 0x105800;
export const TAKERS_SIZE = 512;
export const NO_DRIVER = 254;
export const SEVERAL_DRIVERS = 255;
/** Of a conversion: levels at the channels (f64), and counts (i32). */
export const CHANNEL_LEVELS = 0x106000;
export const COUNTS = 0x106800;
/** Of a leak, by column (f64): exponents, and factors of what goes by the way. */
export const EXPONENTS = 0x107000;
export const FACTORS = 0x107800;
/** Bytes that go in and out: 128 lanes of a half row; which of them, or of all columns, take part. */
export const LANES = 0x106c00;
export const ENABLES = 0x106d00;
/** 257 rows of bytes again, which no kernel but those of half rows looks at. */
export const TIME_CALIBRATION = 0x110000;
export const AMPLITUDE_CALIBRATION = 0x121000;
