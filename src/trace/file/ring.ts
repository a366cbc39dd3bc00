/** The last instructions of a trace: where the oldest chunk that is kept has too many. */
import { type PackedChunk, packChunk, unpackChunk } from "./chunk.ts";
import { Decoder } from "./decoder.ts";
import { Encoder, MOST_INSTRUCTIONS } from "./encoder.ts";
import { entryWords, isInstruction, stateEntry } from "./raw-entries.ts";

/** All raw records of a chunk. */
function* piecesOf(decoder: Decoder): Generator<Int32Array> {
  for (;;) {
    const end = decoder.next();
    if (end < 0) throw new Error("a chunk that was just written cannot be read");
    if (end === 0) return;
    yield decoder.words.subarray(0, end);
  }
}

/** Word at which the instruction behind `count` others begins, and how many of these there are. */
function findInstruction(words: Int32Array, count: number): { readonly at: number; readonly passed: number } {
  let passed = 0;
  let at = 0;
  while (at < words.length) {
    if (isInstruction(words[at])) {
      if (passed === count) break;
      passed++;
    }
    at += entryWords(words, at);
  }
  return { at, passed };
}

/**
 * The chunk without its first `excess` instructions and what belongs to them; a gap of the ring stands in front if anything
 * is missing there now.
 */
export function lastInstructions(chunk: PackedChunk, excess: number, vectors: boolean): PackedChunk[] {
  const { head } = chunk;
  const lost = head.before - (head.gap?.instructions ?? 0);
  if (excess <= 0 && lost === 0) return [chunk];
  const streams = unpackChunk(chunk, vectors);
  if (typeof streams === "string")
    throw new Error(`a chunk that was just written cannot be read: ${streams}`);
  const decoder = new Decoder(vectors);
  decoder.open(streams);
  const chunks: PackedChunk[] = [];
  const encoder = new Encoder({
    vectors,
    chunkInstructions: MOST_INSTRUCTIONS,
    onChunk: (contents) => chunks.push(packChunk(head.ppu, contents)),
  });
  const state = stateEntry(0, streams.keyFrame);
  encoder.encode(state, 0, state.length, head.first);
  let left = Math.max(excess, 0);
  let isCut = false;
  for (const words of piecesOf(decoder)) {
    const { at, passed } = isCut ? { at: 0, passed: 0 } : findInstruction(words, left);
    left -= passed;
    encoder.encode(words, 0, at, head.first);
    if (at === words.length) continue;
    if (!isCut) {
      encoder.skip("ring", 0);
      chunks.length = 0;
    }
    isCut = true;
    encoder.encode(words, at, words.length, head.first);
  }
  encoder.close(head.last);
  return chunks.map((made) => {
    const before = head.before + made.head.before;
    const gap = made.head.gap && { ...made.head.gap, instructions: before };
    return { ...made, head: { ...made.head, before, gap } };
  });
}
