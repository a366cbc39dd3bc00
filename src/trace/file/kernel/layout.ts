/**
 * Addresses and numbers that the kernel and those who call it share, and that docs/trace-format.md explains. Read by two
 * compilers: numbers only.
 */

// Registers of the PPU, as words in the order of a state attachment.
export const REGISTERS = 0x0000;
export const CR = 32;
export const XER = 33;
export const LR = 34;
export const CTR = 35;
export const MSR = 36;
export const SRR0 = 37;
export const SRR1 = 38;
export const ESR = 43;
export const TSR = 48;
export const SCALAR_WORDS = 53;
export const VECTORS = 53;
export const ACCUMULATOR = 1077;
export const CONDITIONS = 1141;
export const REGISTER_WORDS = 1173;
export const VECTOR_WORDS = 32;

/** Index among the registers and bits that exist, by number of a special register; index -1: nothing is kept. */
export const SPECIAL_REGISTERS = 0x2000;
export const SPECIAL_REGISTER_COUNT = 1024;
/** Words of a vector on its way. */
export const SCRATCH = 0x4000;
/** Always 0. */
export const ZEROS = 0x4080;

/** Address of the instruction that each slot knows, or -1. */
export const TAGS = 0x8000;
export const SLOTS = 8192;
/** Pairs of address / 4 and word. */
export const MEMORY = 0x10000;
export const MEMORY_SLOTS = 16384;
/** Pairs of word and address of its plan. */
export const PLAN_CACHE = 0x30000;
export const PLAN_CACHE_SLOTS = 4096;
/** What is known of each instruction; one slot more than `SLOTS`, which nobody looks at. */
export const TABLE = 0x40000;
export const SLOT_BYTES = 128;
export const PLANS = 0x142000;
export const PLANS_BYTES = 0x7e000;

// A chunk ends when a stream has become as large as this; one entry adds less than the margin.
export const MOST_STREAM_BYTES = 0x40000;
export const MOST_LANE_BYTES = 0x80000;
export const STREAM_MARGIN = 0x2000;
export const HITS = 0x1c0000;
export const RESIDUALS = 0x202000;
export const LANES = 0x244000;
/** Raw records on their way in or out. */
export const RECORDS = 0x2c6000;
export const RECORD_WORDS = 0x10000;
/** More words than an entry has. */
export const RECORD_MARGIN = 0x800;
export const PAGES = 0x31;

// Bytes of a slot of the table.
export const KNOWN_WORD = 0;
export const KNOWN_PLAN = 4;
/** Cycles since the entry before. */
export const KNOWN_DELTA = 8;
/** Four successors, relative to the basis of the flow. */
export const KNOWN_SUCCESSORS = 12;
/** Heads of the first two attachments behind it, 0 = none. */
export const KNOWN_FOLLOWS = 28;
/** A value of each. */
export const KNOWN_FOLLOW_VALUES = 36;
export const FOLLOWS = 2;
/** Four cells. */
export const KNOWN_CELLS = 44;

// Bytes of a cell.
export const CELL_LAST = 0;
export const CELL_STRIDE = 4;
export const CELL_DIFFERENCE = 8;
export const CELL_RULE = 12;
export const CELL_BYTES = 16;

// A plan: flow | operations << 8, words of the values, operations. Operations have their argument above the low byte.
export const FLOW_NEXT = 0;
export const FLOW_CONDITIONAL = 1;
export const FLOW_LINK = 2;
export const FLOW_COUNT = 3;
export const FLOW_SAVED = 4;
/** Address of an access; argument 1: sum of two registers, 0: register and displacement. */
export const OP_ADDRESS = 0;
/** Value loaded; argument: bytes. */
export const OP_LOAD = 1;
/** Value stored; argument: bytes. */
export const OP_STORE = 2;
/** Register that receives what was loaded. */
export const OP_LOADED = 3;
/** Register that receives the address. */
export const OP_UPDATED = 4;
/** Index of the register that receives a result: general purpose, XER, LR, CTR or MSR. */
export const OP_RESULT = 5;
export const OP_CONDITION = 6;
/** Operand of mtspr; argument: number. */
export const OP_SPECIAL = 7;
/** Argument: first register. */
export const OP_LOAD_MULTIPLE = 8;
export const OP_STORE_MULTIPLE = 9;
/** 32 words that are in the vector register VRT already. */
export const OP_VECTOR_STORED = 10;
/** 32 words of enables of a predicated write. */
export const OP_ENABLES = 11;
/** A vector or the conditions; argument: index of the first word. */
export const OP_VECTOR = 12;
export const OP_ACCUMULATOR = 13;
/** Words that are left out; argument: how many. */
export const OP_SKIP = 14;

// Raw records (src/core/record/entries.ts).
export const ENTRY_ABORTED = 1;
export const ENTRY_ATTACHMENT = 2;
export const HEADER_WORDS = 3;
export const STALL = 0;
export const EXCEPTION = 1;
export const EVENT = 2;
export const CONVERSION = 3;
export const RESET = 4;
export const STATE = 5;
export const CONVERSION_WORDS = 64;
/** Instructions that were filtered out: this head and how many. */
export const GAP = 6;
export const GAP_HEAD = 26;

// First byte of an entry that was not expected: of an instruction the sum of these, else this and the type.
export const MISS_PC = 1;
export const MISS_WORD = 2;
export const MISS_ABORTED = 4;
export const MISS_ATTACHMENT = 8;
/** In place of a rule: the value itself follows. */
export const NO_RULE = 31;
export const RESULT_RULES = 18;
export const CONDITION_RULES = 7;
/** Rule of a cell that has seen no value. */
export const FRESH = -1;

// What 32 words that were not expected are compared with.
export const REFERENCE_ZERO = 0;
export const REFERENCE_EXPECTED = 1;
export const REFERENCE_VRA = 2;
export const REFERENCE_VRB = 3;
export const REFERENCE_SPLAT = 4;
export const REFERENCE_NONE = 5;

// Why encoding or decoding pauses.
export const DONE = 0;
/** The next entry belongs into another chunk. */
export const CUT = 1;
/** `wantedWord` needs a plan. */
export const PLAN = 2;
/** The last entry is not complete. */
export const INCOMPLETE = 3;
/** The next entry is the state of all registers. */
export const STATE_ENTRY = 4;
/** The streams do not make sense. */
export const DAMAGED = 5;

/** Times of a chunk reach back so far. */
export const EARLIEST = -0x40000000;
export const MOST_ENTRIES = 0x40000;
