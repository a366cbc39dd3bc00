/** Cut, damaged and invented files: whatever is readable is read, all else is one clear error. */
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crc32 } from "../../../src/crc32.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import { type FileTrace, openTraceFile } from "../../../src/trace/file/index.ts";
import { PPUS, type TraceRecord } from "../../../src/trace/model.ts";
import { TraceError } from "../../../src/trace/trace-error.ts";
import { randomCourse, writeCourse } from "./courses.ts";
import { firstDifference, traceDirectory } from "./files.ts";
import { chipFor, fileOf, instructionsIn, recordsOf, type Sides } from "./recorded.ts";

const file = traceDirectory();
const HEAD_BYTES = 72;
const FOOTER_BYTES = 16;
const MAGIC = 0x4b484350;

/** Offsets of the chunks of a sound file. */
function chunksOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer);
  const offsets: number[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; at++) {
    if (view.getUint32(at, true) !== MAGIC) continue;
    if (view.getUint32(at + 4, true) !== crc32(bytes.subarray(at + 8, at + HEAD_BYTES))) continue;
    offsets.push(at);
    at += HEAD_BYTES + view.getUint32(at + 8, true) - 1;
  }
  return offsets;
}

const lengthOf = (bytes: Uint8Array, chunk: number) =>
  HEAD_BYTES + new DataView(bytes.buffer).getUint32(chunk + 8, true);

/** Reads all that there is; undefined: a TraceError of one line. Anything else fails the test. */
function readAll(path: string): { trace: FileTrace; records: Sides<TraceRecord[]> } | undefined {
  try {
    const trace = openTraceFile(path);
    const records = { top: [...trace.records("top")], bottom: [...trace.records("bottom")] };
    for (const ppu of PPUS) trace.initialState(ppu, { instruction: 1000 });
    return { trace, records };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    expect(error.message).toMatch(/^\S+: [^\n]+$/);
    return undefined;
  }
}

describe("a damaged trace file", () => {
  let image: Image;
  let sound: Uint8Array;
  let full: Sides<TraceRecord[]>;
  let chunks: number[];

  beforeAll(async () => {
    image = await loadProgramFile("firmware/vmm.ts");
    const make = () => chipFor(image, "both");
    sound = fileOf(make(), { most: 20_000, chunkInstructions: 700, images: { top: image, bottom: image } });
    full = recordsOf(make(), 20_000);
    chunks = chunksOf(sound);
    expect(chunks.length).toBeGreaterThan(10);
  });

  it("that was cut is readable up to the cut", () => {
    const view = new DataView(sound.buffer);
    const lengths = new Set<number>([0, 1, 7, 8, 19, 20, 100, chunks[0] - 1, chunks[0], sound.length - 1]);
    for (const at of [chunks[1], chunks[7], chunks.at(-1)!]) {
      for (const more of [-1, 0, 1, 4, 71, 72, 73, 200]) lengths.add(at + more);
    }
    const end = chunks.at(-1)! + lengthOf(sound, chunks.at(-1)!);
    for (const more of [0, 1, 4, 15, 16, 17, 60, 200]) lengths.add(end + more);
    for (const length of lengths) {
      const read = readAll(file("cut.trace", sound.subarray(0, length)));
      if (length < chunks[0]) {
        if (!read) continue;
        expect(read.records.top).toEqual([]);
        continue;
      }
      const whole = chunks.filter((at) => at + lengthOf(sound, at) <= length);
      for (const ppu of PPUS) {
        const mine = whole.filter((at) => PPUS[sound[at + 16]] === ppu);
        const count = mine.reduce((sum, at) => sum + view.getUint32(at + 24, true), 0);
        expect(instructionsIn(read!.records[ppu])).toBe(count);
        const { length: records } = read!.records[ppu];
        expect(firstDifference(read!.records[ppu], full[ppu].slice(0, records))).toBeUndefined();
      }
      const hasEnd = length >= sound.length - FOOTER_BYTES;
      expect(read!.trace.end() !== undefined).toBe(hasEnd);
      expect(/the file has no end/.test(read!.trace.problems.join())).toBe(!hasEnd);
    }
  });

  it("lacks the chunk that was damaged, and says so", () => {
    for (const which of [0, 3, chunks.length - 1]) {
      const bytes = sound.slice();
      bytes[chunks[which] + HEAD_BYTES + 20] ^= 4;
      const { trace, records } = readAll(file("flipped.trace", bytes))!;
      const ppu = PPUS[bytes[chunks[which] + 16]];
      const other = ppu === "top" ? "bottom" : "top";
      expect(firstDifference(records[other], full[other])).toBeUndefined();
      expect(trace.problems).toEqual([
        expect.stringMatching(/^chunk at byte \d+ \((top|bottom), cycles \d+ to \d+\): .*checksum$/),
      ]);
      const lost = new DataView(bytes.buffer).getUint32(chunks[which] + 24, true);
      const gaps = records[ppu].filter((record) => record.kind === "gap");
      expect(gaps).toHaveLength(1);
      const isLast = records[ppu].at(-1) === gaps[0];
      expect(gaps[0]).toMatchObject({ reason: "damage", instructions: isLast ? undefined : lost });
      expect(instructionsIn(records[ppu])).toBe(instructionsIn(full[ppu]) - lost);
      const at = records[ppu].indexOf(gaps[0]);
      expect(firstDifference(records[ppu].slice(0, at), full[ppu].slice(0, at))).toBeUndefined();
      const behind = records[ppu].slice(at + 1);
      expect(firstDifference(behind, full[ppu].slice(full[ppu].length - behind.length))).toBeUndefined();
      trace.initialState(ppu);
      expect([...trace.records(ppu)].length + trace.problems.length).toBe(records[ppu].length + 1);
    }
  });

  it("without an end loses only the chunks whose heads are damaged", () => {
    const bytes = sound.slice(0, chunks.at(-1)! + lengthOf(sound, chunks.at(-1)!));
    bytes[chunks[4] + 9] ^= 0x40;
    const { trace, records } = readAll(file("head.trace", bytes))!;
    const ppu = PPUS[bytes[chunks[4] + 16]];
    const lost = new DataView(bytes.buffer).getUint32(chunks[4] + 24, true);
    expect(trace.problems).toEqual([
      `bytes ${chunks[4]} to ${chunks[5] - 1} are damaged`,
      "the file has no end: writing it was interrupted, or it was cut",
    ]);
    expect(records[ppu].find((record) => record.kind === "gap")).toMatchObject({
      ...{ reason: "damage", instructions: lost },
    });
    expect(instructionsIn(records[ppu])).toBe(instructionsIn(full[ppu]) - lost);
  });

  it("keeps its records where the program in it is damaged", () => {
    const bytes = sound.slice();
    bytes[chunks[0] - 30] ^= 1;
    const { trace, records } = readAll(file("program.trace", bytes))!;
    expect(trace.image("top")).toBeUndefined();
    expect(trace.problems.join()).toMatch(/^the program of top and bottom: /);
    expect(firstDifference(records.top, full.top)).toBeUndefined();
  });

  it("is one clear error where nothing can be read", () => {
    const header = sound.slice();
    header[40] ^= 1;
    const version = sound.slice();
    version[8] = 9;
    const broken: [Uint8Array, RegExp][] = [
      [new Uint8Array(), /not a trace file; ppu trace record writes one$/],
      [new TextEncoder().encode("hello"), /not a trace file/],
      [header, /its header is damaged; record it again$/],
      [version, /format 9, this version reads format 1; record it again$/],
      [sound.subarray(0, 15), /cut before anything was recorded$/],
    ];
    for (const [bytes, message] of broken) {
      expect(() => openTraceFile(file("broken.trace", bytes))).toThrow(TraceError);
      expect(() => openTraceFile(file("broken.trace", bytes))).toThrow(message);
    }
    expect(() => openTraceFile("/no/such.trace")).toThrow(/^cannot read .*: no such file$/);
    expect(() => openTraceFile("/")).toThrow(/^cannot read \/: is a directory$/);
  });

  it("never fails in another way: bytes flipped, cut out, repeated", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.nat({ max: sound.length - 1 }),
            length: fc.integer({ min: 1, max: 2000 }),
            what: fc.constantFrom("flip", "cut", "repeat", "zero"),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        (changes) => {
          let bytes = sound.slice();
          for (const { at, length, what } of changes) {
            if (what === "flip") bytes[at % bytes.length] ^= 1 << (length & 7);
            else if (what === "zero") bytes.fill(0, at, at + length);
            else {
              const skip = what === "cut" ? length : -length;
              const rest = bytes.subarray(Math.max(0, at + skip));
              bytes = new Uint8Array(Buffer.concat([bytes.subarray(0, at), rest]));
            }
          }
          readAll(file("fuzz.trace", bytes));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("never fails in another way: contents that make no sense, with sound checksums", () => {
    const course = writeCourse(randomCourse(5, 300), 1, { chunkInstructions: 100 });
    const places = chunksOf(course);
    const view = new DataView(course.buffer);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (which, changes, inHead) => {
          const bytes = course.slice();
          const target = new DataView(bytes.buffer);
          const chunk = places[which % places.length];
          const size = view.getUint32(chunk + 8, true);
          for (const [at, value] of changes) {
            if (inHead) bytes[chunk + 16 + (at % 56)] = value;
            else bytes[chunk + HEAD_BYTES + (at % size)] = value;
          }
          const packed = bytes.subarray(chunk + HEAD_BYTES, chunk + HEAD_BYTES + size);
          target.setUint32(chunk + 12, crc32(packed), true);
          target.setUint32(chunk + 4, crc32(bytes.subarray(chunk + 8, chunk + HEAD_BYTES)), true);
          readAll(file("sense.trace", bytes));
        },
      ),
      { numRuns: 80 },
    );
  });

  it("takes no memory for sizes that it only claims", () => {
    const bytes = sound.slice();
    const view = new DataView(bytes.buffer);
    for (const offset of [20, 24, 28, 32, 36]) {
      const copy = bytes.slice();
      const target = new DataView(copy.buffer);
      target.setUint32(chunks[2] + offset, 0xfffffff0, true);
      target.setUint32(chunks[2] + 4, crc32(copy.subarray(chunks[2] + 8, chunks[2] + HEAD_BYTES)), true);
      const before = process.memoryUsage().arrayBuffers;
      readAll(file("claims.trace", copy));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
    }
    expect(view.getUint32(chunks[2], true)).toBe(MAGIC);
  });
});

describe("random bytes", () => {
  it("are no trace, with or without the begin of one", () => {
    const begin = writeCourse(randomCourse(1, 0), 1).subarray(0, 300);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat({ max: 300 }), (noise, kept) => {
        readAll(file("noise.trace", new Uint8Array(Buffer.concat([begin.subarray(0, kept), noise]))));
      }),
      { numRuns: 60 },
    );
  });
});

describe("a large file without an end", () => {
  const directory = mkdtempSync(join(tmpdir(), "ppu-trace-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  it("is opened quickly although zeros follow", () => {
    const path = join(directory, "sparse.trace");
    const course = writeCourse(randomCourse(3, 200), 1);
    const output = openSync(path, "w");
    writeSync(output, course.subarray(0, course.length - 16));
    closeSync(output);
    truncateSync(path, 50_000_000);
    const { records, trace } = readAll(path)!;
    expect(instructionsIn(records.top)).toBeGreaterThan(100);
    expect(trace.end()?.reason).toBe("finished");
  });
});
