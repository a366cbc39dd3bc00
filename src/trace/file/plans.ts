/** How the values of an instruction are coded: for each word a short list of operations, made from its layout. */
import type { Slot } from "../../core/record/entries.ts";
import { layoutOf, slotWords } from "../../core/record/layout.ts";
import {
  CONDITIONS,
  CTR,
  FLOW_CONDITIONAL,
  FLOW_COUNT,
  FLOW_LINK,
  FLOW_NEXT,
  FLOW_SAVED,
  LR,
  MSR,
  OP_ACCUMULATOR,
  OP_ADDRESS,
  OP_CONDITION,
  OP_ENABLES,
  OP_LOAD,
  OP_LOAD_MULTIPLE,
  OP_LOADED,
  OP_RESULT,
  OP_SKIP,
  OP_SPECIAL,
  OP_STORE,
  OP_STORE_MULTIPLE,
  OP_UPDATED,
  OP_VECTOR,
  OP_VECTOR_STORED,
  VECTOR_WORDS,
  VECTORS,
  XER,
} from "./kernel/layout.ts";

const BRANCH_CONDITIONAL = 16;
/** bclr, bcctr, rfi. */
const REGISTER_JUMPS = new Map<number, number>([
  [0x4c000020, FLOW_LINK],
  [0x4c000420, FLOW_COUNT],
  [0x4c000064, FLOW_SAVED],
]);
const REGISTER_JUMP_MASK = 0xfc0007fe | 0;
/** Primary opcodes of words that add two registers to an address. */
const INDEXED = new Set([4, 31]);
const INDICES = { xer: XER, lr: LR, ctr: CTR, msr: MSR } as const;

function flowOf(word: number): number {
  if (word >>> 26 === BRANCH_CONDITIONAL) return FLOW_CONDITIONAL;
  return REGISTER_JUMPS.get(word & REGISTER_JUMP_MASK) ?? FLOW_NEXT;
}

/**
 * The plan of a word (int32) as the kernel reads it. Without `vectors` the lanes of vectors, accumulators and
 * conditions are left out.
 */
export function planOf(word: number, vectors: boolean): readonly number[] {
  const { slots, words } = layoutOf(word);
  const operations = operationsOf(slots, word, vectors);
  return [flowOf(word) | (operations.length << 8), words, ...operations];
}

function operationsOf(slots: readonly Slot[], word: number, vectors: boolean): number[] {
  const indexed = INDEXED.has(word >>> 26) ? 1 : 0;
  const address = OP_ADDRESS | (indexed << 8);
  const isAccess = slots.some(({ kind }) => kind === "load" || kind === "store");
  let loads = slots.some(({ kind }) => kind === "load");
  return slots.flatMap((slot): number[] => {
    switch (slot.kind) {
      case "load":
        return [address, OP_LOAD | (slot.bytes << 8)];
      case "store":
        return [address, OP_STORE | (slot.bytes << 8)];
      case "loadMultiple":
        return [address, OP_LOAD_MULTIPLE | (slot.first << 8)];
      case "storeMultiple":
        return [address, OP_STORE_MULTIPLE | (slot.first << 8)];
      case "gpr": {
        const operation = loads ? OP_LOADED : isAccess ? OP_UPDATED : OP_RESULT;
        loads = false;
        return [operation | (slot.register << 8)];
      }
      case "cr":
        return [OP_CONDITION];
      case "xer":
      case "lr":
      case "ctr":
      case "msr":
        return [OP_RESULT | (INDICES[slot.kind] << 8)];
      case "spr":
        return [OP_SPECIAL | (slot.number << 8)];
      case "vectorLoad":
      case "parallelRead":
        return [address];
      case "vectorStore":
      case "parallelWrite":
        return [address, ...lanesOf(slot, vectors)];
      default:
        return lanesOf(slot, vectors);
    }
  });
}

/** The words of vectors of a slot. */
function lanesOf(slot: Slot, vectors: boolean): number[] {
  switch (slot.kind) {
    case "vectorStore":
      return [vectors ? OP_VECTOR_STORED : skip(VECTOR_WORDS)];
    case "parallelWrite": {
      const words = slotWords(slot) - 1;
      if (!vectors) return [skip(words)];
      return slot.predicated ? [OP_VECTOR_STORED, OP_ENABLES] : [OP_VECTOR_STORED];
    }
    case "vector":
      return [vectors ? OP_VECTOR | ((VECTORS + VECTOR_WORDS * slot.register) << 8) : skip(VECTOR_WORDS)];
    case "conditions":
      return [vectors ? OP_VECTOR | (CONDITIONS << 8) : skip(VECTOR_WORDS)];
    default:
      return [vectors ? OP_ACCUMULATOR : skip(slotWords(slot))];
  }
}

const skip = (words: number): number => OP_SKIP | (words << 8);
