/** Random raw records of both PPUs, and what becomes of them. */
import { TraceWriter, type TraceWriterOptions } from "../../../src/trace/file/index.ts";
import { PPUS, type TraceEnd, type TraceRecord } from "../../../src/trace/model.ts";
import { RawDecoder } from "../../../src/trace/raw.ts";
import { HEADER, MemorySink } from "./files.ts";
import { pieces, RandomRaw } from "./random-raw.ts";
import { type Sides, sides } from "./recorded.ts";

export const END: TraceEnd = { reason: "finished", cycle: 2 ** 45, instructions: [3, 4] };

export interface Course {
  readonly entries: Sides<readonly number[][]>;
  readonly base: number;
}

export function randomCourse(seed: number, count: number): Course {
  const base = [0, 5, 2 ** 32 + 3, 2 ** 44][seed & 3];
  return { entries: sides((ppu) => new RandomRaw(seed + PPUS.indexOf(ppu)).entries(count)), base };
}

/** What a reader must get to see. */
export function recordsOfCourse({ entries, base }: Course): Sides<TraceRecord[]> {
  return sides((ppu) => {
    const records: TraceRecord[] = [];
    const words = Int32Array.from(entries[ppu].flat(), (word) => word | 0);
    new RawDecoder(ppu).decode(words, 0, words.length, base, records);
    return records;
  });
}

/** The bytes of its file; `slices` makes the pieces in which the records are handed over. */
export function writeCourse(
  { entries, base }: Course,
  slices: number,
  options: Partial<Omit<TraceWriterOptions, "to">> = {},
): Uint8Array {
  const to = new MemorySink();
  const writer = new TraceWriter({ images: {}, header: HEADER, ...options, to });
  const sources = PPUS.map((ppu, side) => ({ ppu, source: pieces(entries[ppu], slices + side) }));
  for (let left = 2; left > 0; ) {
    left = 0;
    for (const { ppu, source } of sources) {
      const { value } = source.next();
      if (!value) continue;
      left++;
      // Sinks get entries somewhere within a larger buffer.
      const words = new Int32Array(value.length + 7);
      words.set(value, 3);
      writer.write(ppu, words, 3, 3 + value.length, base);
    }
  }
  writer.close(END);
  if (!to.isClosed) throw new Error("the sink is still open");
  return to.bytes;
}
