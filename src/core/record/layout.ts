/**
 * Raw records: what the recording loops write while a PPU runs, as int32 words in a buffer. An instruction is
 * `pc, word, t` and the values that its word tells (`layoutOf`); attachments follow the instruction that they belong
 * to, or stand alone. The lowest two bits of the first word tell what it is. Times are relative to the PPU's
 * `COUNTER.base` at the time of recording.
 */
import { decode, field } from "../../../isa/decode.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Instruction } from "../../../isa/types.ts";
import { OPERATION, operationOf, VARIANTS, type Variant } from "../engine/variants.ts";
import { isVector } from "../engine/vector-port.ts";

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
  /** `head, t`: the host changed the state, as a debugger does. */
  host: { type: 5, words: 2 },
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

const GPRS = 32;
const VECTOR_WORDS = 32;
const ACCUMULATOR_WORDS = 64;

export function slotWords(slot: Slot): number {
  switch (slot.kind) {
    case "load":
    case "store":
      return 2;
    case "loadMultiple":
    case "storeMultiple":
      return 1 + GPRS - slot.first;
    case "vector":
    case "conditions":
      return VECTOR_WORDS;
    case "accumulator":
      return ACCUMULATOR_WORDS;
    case "vectorStore":
      return 1 + VECTOR_WORDS;
    case "parallelWrite":
      return 1 + VECTOR_WORDS * (slot.predicated ? 2 : 1);
    default:
      return 1;
  }
}

/** A slot of a scalar operation as the generated text writes it: without numbers that only the word tells. */
export type ScalarSlot =
  | { readonly kind: "load" | "store"; readonly bytes: 1 | 2 | 4 }
  | { readonly kind: "loadMultiple" | "storeMultiple" }
  | { readonly kind: "gpr"; readonly field: "RT" | "RA" }
  | { readonly kind: "cr" | "xer" | "lr" | "ctr" | "msr" | "spr" };

const WIDTHS = [8, 16, 32] as const;

/** What is recorded of a scalar operation, from the names that its meaning assigns and the functions that it calls. */
export function scalarSlots({ called, written }: Pick<Variant, "called" | "written">): readonly ScalarSlot[] {
  const slots: ScalarSlot[] = [];
  for (const bits of WIDTHS) {
    for (const kind of ["load", "store"] as const) {
      if (called.has(`${kind}${bits}`)) slots.push({ kind, bytes: (bits / 8) as 1 | 2 | 4 });
    }
  }
  for (const kind of ["loadMultiple", "storeMultiple"] as const) if (called.has(kind)) slots.push({ kind });
  for (const field of ["RT", "RA"] as const) if (written.has(field)) slots.push({ kind: "gpr", field });
  if (called.has("setCrField") || called.has("setCrBit") || written.has("CR")) slots.push({ kind: "cr" });
  if (["CA", "OV", "SO"].some((name) => written.has(name))) slots.push({ kind: "xer" });
  if (written.has("LR")) slots.push({ kind: "lr" });
  if (written.has("CTR")) slots.push({ kind: "ctr" });
  if (written.has("MSR")) slots.push({ kind: "msr" });
  if (called.has("writeSpr")) slots.push({ kind: "spr" });
  return slots;
}

function withNumbers(slot: ScalarSlot, word: number): Slot {
  switch (slot.kind) {
    case "loadMultiple":
    case "storeMultiple":
      return { kind: slot.kind, first: field(word, "RT") };
    case "gpr":
      return { kind: "gpr", register: field(word, slot.field) };
    case "spr":
      return { kind: "spr", number: field(word, "SPR") };
    default:
      return slot as Slot;
  }
}

const ACCESS_KINDS: Partial<Record<Instruction["timing"], Slot["kind"]>> = {
  vectorLoad: "vectorLoad",
  vectorStore: "vectorStore",
  parallelRead: "parallelRead",
  parallelWrite: "parallelWrite",
};

/** Slots of a vector instruction: access, vector, accumulator, conditions. */
export function vectorSlots(row: Instruction, word: number): readonly Slot[] {
  const slots: Slot[] = [];
  const kind = ACCESS_KINDS[row.timing];
  if (kind === "parallelWrite") slots.push({ kind, predicated: field(word, "COND") !== 0 });
  else if (kind) slots.push({ kind } as Slot);
  const { writes } = readWriteSets(word, row);
  const register = field(word, "VRT");
  if (writes.has(`v${register}`)) slots.push({ kind: "vector", register });
  if (writes.has("acc")) slots.push({ kind: "accumulator" });
  if (writes.has("vcr")) slots.push({ kind: "conditions" });
  return slots;
}

const layouts = new Map<number, Layout>();

/** What is recorded of the instruction `word` (int32), an undecoded one included. Cached. */
export function layoutOf(word: number): Layout {
  let layout = layouts.get(word);
  if (!layout) {
    const operation = operationOf(word, isVector);
    let slots: readonly Slot[] = [];
    if (operation === OPERATION.vector) {
      slots = vectorSlots(decode(word)!, word);
    } else if (operation >= OPERATION.first) {
      slots = scalarSlots(VARIANTS[operation - OPERATION.first]).map((slot) => withNumbers(slot, word));
    }
    layout = { slots, words: slots.reduce((sum, slot) => sum + slotWords(slot), 0) };
    layouts.set(word, layout);
  }
  return layout;
}
