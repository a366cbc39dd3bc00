/**
 * Raw records: what the recording loops write while a PPU runs, as int32 words in a buffer. An instruction is
 * `pc, word, t` and the values that its word tells (`layoutOf` of `layout.ts`); attachments follow the instruction that they belong
 * to, or stand alone. The lowest two bits of the first word tell what it is. Times are relative to the PPU's
 * `COUNTER.base` at the time of recording.
 */
/** Lowest two bits of the first word. */
export const ENTRY = {
  /** `pc, word, t, values…`. */
  instruction: 0,
  /** `pc | 1, word, t`: ended by an alignment exception before it had any effect. */
  aborted: 1,
  /** `2 | type << 2 | …`, with type from `ATTACHMENT`. */
  attachment: 2,
} as const;

export const HEADER_WORDS = 3;

/** Types of attachments and the words that they take. */
export const ATTACHMENT = {
  /** `head | cause << 8 | register << 16, cycles`: causes by `STALL`, registers by `STALL_REGISTERS`. */
  stall: { type: 0, words: 2 },
  /** `head, t, vector, return address`. */
  exception: { type: 1, words: 4 },
  /** `head | hemisphere << 8, t, buses | row << 8 | address << 16`. */
  event: { type: 2, words: 3 },
  /** `head | hemisphere << 8, t, 64 words`: causal results, column 4 i in the most significant byte of word i. */
  conversion: { type: 3, words: 66 },
  /** `head, t`: released from reset. */
  reset: { type: 4, words: 2 },
  /**
   * `head, t, registers`: recording begins, or the host has changed the state. r0..r31; CR and what `SPECIAL` lists behind it up
   * to GOE; 32 words for each vector; 64 accumulators; 32 words of conditions, as in slots.
   */
  state: { type: 5, words: 2 + 32 + 21 + 32 * 32 + 64 + 32 },
} as const;

export const STALL = {
  register: 0,
  condition: 1,
  special: 2,
  writePort: 3,
  divider: 4,
  vectorQueue: 5,
  fetch: 6,
} as const;

/** Numbers of registers in stalls: 0..31 general purpose, 32..39 condition fields, then these. */
export const STALL_REGISTERS = { lr: 40, ctr: 41, none: 63 } as const;

/** What is recorded of an instruction besides its header. In the order of recording. */
export type Slot =
  /** Address, value as it came (not extended). */
  | { readonly kind: "load" | "store"; readonly bytes: 1 | 2 | 4 }
  /** Address of the first word, then one value a register. */
  | { readonly kind: "loadMultiple" | "storeMultiple"; readonly first: number }
  | { readonly kind: "gpr"; readonly register: number }
  /** The whole register after the instruction. */
  | { readonly kind: "cr" | "xer" | "lr" | "ctr" | "msr" }
  /** Operand of mtspr. */
  | { readonly kind: "spr"; readonly number: number }
  /** 32 words, lane 4 i in the most significant byte of word i. */
  | { readonly kind: "vector"; readonly register: number }
  /** 64 words in the order of lanes. */
  | { readonly kind: "accumulator" }
  /** 32 words as a vector, with bits 1 GT, 2 LT, 4 EQ in each byte. */
  | { readonly kind: "conditions" }
  /** Address; the value is the vector written. */
  | { readonly kind: "vectorLoad" | "parallelRead" }
  /** Address, 32 words. */
  | { readonly kind: "vectorStore" }
  /** Address, 32 words, and where the instruction is predicated 32 words of enables, 0 or 0xff a byte. */
  | { readonly kind: "parallelWrite"; readonly predicated: boolean };

export interface Layout {
  readonly slots: readonly Slot[];
  /** Of all slots together. */
  readonly words: number;
}
