/** Which values a raw record of an instruction holds, derived from its row. */
import { decode, field } from "../../../isa/decode.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Instruction } from "../../../isa/types.ts";
import { OPERATION, operationOf, VARIANTS, type Variant } from "../engine/variants.ts";
import { isVector } from "../engine/vector-operations.ts";
import type { Layout, Slot } from "./entries.ts";

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
