/** Whatever is written is read. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTraceFile } from "../../../src/trace/file/index.ts";
import { PPUS, type TraceRecord } from "../../../src/trace/model.ts";
import { RawDecoder } from "../../../src/trace/raw.ts";
import { RawRecords } from "../raw-records.ts";
import { END, randomCourse, recordsOfCourse, writeCourse } from "./courses.ts";
import { firstDifference, HEADER, traceDirectory } from "./files.ts";

const file = traceDirectory();

describe("a trace file", () => {
  it("gives back records of every kind, however they were handed over", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 1, max: 300 }),
        (seed, count, chunkInstructions) => {
          const course = randomCourse(seed, count);
          const bytes = writeCourse(course, 1, { chunkInstructions });
          expect(Buffer.compare(bytes, writeCourse(course, 99, { chunkInstructions }))).toBe(0);
          const trace = openTraceFile(file("random.trace", bytes));
          const wanted = recordsOfCourse(course);
          for (const ppu of PPUS) {
            expect(firstDifference([...trace.records(ppu)], wanted[ppu])).toBeUndefined();
            expect(firstDifference([...trace.records(ppu)], wanted[ppu])).toBeUndefined();
          }
          expect(trace.header).toEqual(HEADER);
          expect(trace.end()).toEqual(END);
          expect(trace.problems).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("leaves out values of vectors, and nothing else, where the header says so", () => {
    const course = randomCourse(77, 600);
    const header = { ...HEADER, has: { ...HEADER.has, vectors: false } };
    const bytes = writeCourse(course, 1, { header });
    expect(bytes.length).toBeLessThan(writeCourse(course, 1).length / 4);
    const trace = openTraceFile(file("scalar.trace", bytes));
    for (const ppu of PPUS) {
      const wanted = recordsOfCourse(course)[ppu].map(scalarPart);
      expect(firstDifference([...trace.records(ppu)], wanted)).toBeUndefined();
    }
  });
});

function scalarPart(record: TraceRecord): TraceRecord {
  if (record.kind === "gap" && record.state) {
    return { ...record, state: new Map([...record.state].filter(([, value]) => typeof value === "number")) };
  }
  if (record.kind !== "instruction") return record;
  return {
    ...record,
    writes: record.writes.filter(({ value }) => typeof value === "number"),
    accesses: record.accesses.map(({ enables: _, ...access }) =>
      typeof access.value === "number" ? access : { ...access, value: new Uint8Array() },
    ),
  };
}

describe("records turned into raw ones", () => {
  it("become the same records again", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const records = recordsOfCourse({ ...randomCourse(seed, 300), base: 0 }).top;
        // A state that comes first is no record.
        const wanted: TraceRecord[] = [{ kind: "reset", ppu: "top", cycle: 0 }, ...records];
        const raw = new RawRecords().convert(wanted);
        const got: TraceRecord[] = [];
        new RawDecoder("top").decode(raw, 0, raw.length, 0, got);
        expect(firstDifference(got, wanted)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });
});
