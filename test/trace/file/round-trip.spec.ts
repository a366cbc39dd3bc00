/** Whatever is written is read. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTraceFile, TraceWriter } from "../../../src/trace/file/index.ts";
import {
  PPUS,
  type PpuName,
  type TraceEnd,
  type TraceHeader,
  type TraceRecord,
} from "../../../src/trace/model.ts";
import { RawDecoder } from "../../../src/trace/raw.ts";
import { RawRecords } from "../raw-records.ts";
import { firstDifference, HEADER, MemorySink, traceDirectory } from "./files.ts";
import { pieces, RandomRaw } from "./random-raw.ts";

const END: TraceEnd = { reason: "finished", cycle: 2 ** 45, instructions: [3, 4] };
const file = traceDirectory();
let files = 0;

type Sides<T> = Readonly<Record<PpuName, T>>;
const bothSides = <T>(make: (ppu: PpuName) => T): Sides<T> => ({ top: make("top"), bottom: make("bottom") });

interface Course {
  readonly entries: Sides<readonly number[][]>;
  readonly base: number;
}

function randomCourse(seed: number, count: number): Course {
  const base = [0, 5, 2 ** 32 + 3, 2 ** 44][seed & 3];
  const entries = bothSides((ppu) => new RandomRaw(seed + PPUS.indexOf(ppu)).entries(count));
  return { entries, base };
}

/** What a reader must get to see. */
function recordsOf({ entries, base }: Course, header: TraceHeader): Sides<TraceRecord[]> {
  return bothSides((ppu) => {
    const records: TraceRecord[] = [];
    const words = Int32Array.from(entries[ppu].flat(), (word) => word | 0);
    if (header.ppus.includes(ppu)) new RawDecoder(ppu).decode(words, 0, words.length, base, records);
    return records;
  });
}

function write({ entries, base }: Course, slices: number, header: TraceHeader = HEADER): Uint8Array {
  const sink = new MemorySink();
  const writer = new TraceWriter({ to: sink, header, images: {} });
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
  expect(sink.isClosed).toBe(true);
  return sink.bytes;
}

const open = (bytes: Uint8Array) => openTraceFile(file(`${files++}.ptrace`, bytes));

describe("a trace file", () => {
  it("gives back records of every kind, however they were handed over", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 600 }), (seed, count) => {
        const course = randomCourse(seed, count);
        const bytes = write(course, 1);
        expect(Buffer.compare(bytes, write(course, 99))).toBe(0);
        const trace = open(bytes);
        const wanted = recordsOf(course, HEADER);
        for (const ppu of PPUS) {
          expect(firstDifference([...trace.records(ppu)], wanted[ppu])).toBeUndefined();
          expect(firstDifference([...trace.records(ppu)], wanted[ppu])).toBeUndefined();
        }
        expect(trace.header).toEqual(HEADER);
        expect(trace.end()).toEqual(END);
        expect(trace.problems).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe("records turned into raw ones", () => {
  it("become the same records again", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const course = randomCourse(seed, 300);
        const wanted = recordsOf({ ...course, base: 0 }, HEADER).top;
        const raw = new RawRecords().convert(wanted);
        const got: TraceRecord[] = [];
        new RawDecoder("top").decode(raw, 0, raw.length, 0, got);
        expect(firstDifference(got, wanted)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});
