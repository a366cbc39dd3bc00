/** Raw records as they come out of a file or a filter: those of the core, and gaps. */
import { ENTRY, HEADER_WORDS } from "../../core/record/entries.ts";
import { layoutOf } from "../../core/record/layout.ts";
import { attachmentWords } from "../../core/record/recorder.ts";
import { GAP_HEAD, REGISTER_WORDS, STATE } from "./kernel/layout.ts";

/** Words of a gap: `GAP_HEAD`, and how many instructions have been filtered out. */
export const GAP_WORDS = 2;

/** Words of the entry that begins at `at`. */
export function entryWords(words: Int32Array, at: number): number {
  const first = words[at];
  if (first === GAP_HEAD) return GAP_WORDS;
  if ((first & ENTRY.attachment) !== 0) return attachmentWords(first);
  return HEADER_WORDS + ((first & ENTRY.aborted) === 0 ? layoutOf(words[at + 1]).words : 0);
}

export const isInstruction = (first: number): boolean => (first & ENTRY.attachment) === 0;

/** A state attachment for registers in its order; those that are missing are 0. */
export function stateEntry(time: number, registers: Int32Array): Int32Array {
  const words = new Int32Array(2 + REGISTER_WORDS);
  words[0] = ENTRY.attachment | (STATE << 2);
  words[1] = time;
  words.set(registers, 2);
  return words;
}
