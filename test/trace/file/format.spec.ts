/** The description of the format (docs/trace-format.md), by a reader that was written from it. */
import { beforeAll, describe, expect, it } from "vitest";
import { ATTACHMENT, ENTRY, HEADER_WORDS } from "../../../src/core/record/entries.ts";
import { SPECIAL } from "../../../src/core/state.ts";
import { readElf, writeElf } from "../../../src/toolchain/elf/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { loadProgramFile } from "../../../src/toolchain/loader.ts";
import * as layout from "../../../src/trace/file/kernel/layout.ts";
import { PPUS, type TraceRecord } from "../../../src/trace/model.ts";
import { RawDecoder } from "../../../src/trace/raw.ts";
import { RecordFilter } from "../../../src/trace/recording/filter.ts";
import { END, randomCourse, recordsOfCourse, writeCourse } from "./courses.ts";
import { firstDifference, HEADER } from "./files.ts";
import { type PlainFile, readPlainly } from "./plain-reader.ts";
import { chipFor, fileOf, recordsOf, type Sides, sides } from "./recorded.ts";

const GAP = 2 | (6 << 2);

/** Records of a file that was read plainly; what a gap in front of a chunk says is left to others. */
function plainRecords({ chunks }: PlainFile): Sides<TraceRecord[]> {
  return sides((ppu) => {
    const records: TraceRecord[] = [];
    const decoder = new RawDecoder(ppu);
    for (const chunk of chunks.filter((one) => PPUS[one.ppu] === ppu)) {
      const words = Int32Array.from(chunk.records.filter(([head]) => head !== GAP).flat());
      decoder.decode(words, 0, words.length, chunk.first, records);
    }
    return records;
  });
}

const withoutGaps = (records: readonly TraceRecord[]) => records.filter(({ kind }) => kind !== "gap");

describe("a reader by the book", () => {
  let vmm: Image;
  beforeAll(async () => {
    vmm = await loadProgramFile("firmware/vmm.ts");
  });

  it.each([1, 2, 3, 4])("reads random records, seed %i", (seed) => {
    const course = randomCourse(seed, 400);
    const plain = readPlainly(writeCourse(course, 1, { chunkInstructions: 150 }));
    const wanted = recordsOfCourse(course);
    for (const ppu of PPUS) {
      expect(firstDifference(plainRecords(plain)[ppu], withoutGaps(wanted[ppu]))).toBeUndefined();
    }
    expect(plain.header).toEqual(HEADER);
    expect(plain.end).toEqual(END);
    const counts = new Map([...wanted.top, ...wanted.bottom].map(({ kind }) => [kind, true]));
    expect(counts.size).toBeGreaterThanOrEqual(5);
  });

  it("reads random records without vectors", () => {
    const header = { ...HEADER, has: { ...HEADER.has, vectors: false } };
    const plain = readPlainly(writeCourse(randomCourse(9, 400), 1, { header }));
    const instructions = plain.chunks.reduce((sum, chunk) => sum + chunk.instructions, 0);
    expect(instructions).toBeGreaterThan(300);
  });

  it("reads a program of both PPUs", () => {
    const make = () => chipFor(vmm, "both");
    const bytes = fileOf(make(), {
      most: 20_000,
      images: { top: vmm, bottom: vmm },
      chunkInstructions: 2000,
    });
    const plain = readPlainly(bytes);
    const wanted = recordsOf(make(), 20_000);
    for (const ppu of PPUS) expect(firstDifference(plainRecords(plain)[ppu], wanted[ppu])).toBeUndefined();
    expect(plain.elfs.map((elf) => readElf(elf, "image").symbols)).toEqual([
      readElf(writeElf(vmm), "image").symbols,
    ]);
  });

  it("reads gaps", () => {
    const bytes = fileOf(chipFor(vmm, "both"), {
      most: 20_000,
      chunkInstructions: 500,
      through: (sink) => {
        const selection = { selects: (_: unknown, pc: number) => (pc & 0x30) === 0, access: undefined };
        return new RecordFilter({ selection }, sink).write;
      },
    });
    const { chunks } = readPlainly(bytes);
    for (const ppu of [0, 1]) {
      let position = 0;
      for (const chunk of chunks.filter((one) => one.ppu === ppu)) {
        position += chunk.gapInstructions;
        expect(chunk.before).toBe(position);
        for (const [head, count] of chunk.records) {
          if (head === GAP) position += count;
          else if ((head & 2) === 0) position++;
        }
      }
      expect(position).toBeGreaterThan(3000);
    }
  });
});

describe("numbers that the kernel shares", () => {
  it("are those of raw records and registers", () => {
    const { STALL, EXCEPTION, EVENT, CONVERSION, RESET, STATE, CONVERSION_WORDS } = layout;
    expect([STALL, EXCEPTION, EVENT, CONVERSION, RESET, STATE]).toEqual(
      Object.values(ATTACHMENT).map(({ type }) => type),
    );
    expect([ENTRY.aborted, ENTRY.attachment, HEADER_WORDS]).toEqual([
      layout.ENTRY_ABORTED,
      layout.ENTRY_ATTACHMENT,
      layout.HEADER_WORDS,
    ]);
    expect(CONVERSION_WORDS).toBe(ATTACHMENT.conversion.words - 2);
    expect(layout.REGISTER_WORDS).toBe(ATTACHMENT.state.words - 2);
    expect(layout.GAP).not.toBeOneOf(Object.values(ATTACHMENT).map(({ type }) => type));
    const { CR, XER, LR, CTR, MSR, SRR0, SRR1, ESR, TSR } = layout;
    const { cr, xer, lr, ctr, msr, srr0, srr1, esr, tsr } = SPECIAL;
    expect([CR, XER, LR, CTR, MSR, SRR0, SRR1, ESR, TSR]).toEqual(
      [cr, xer, lr, ctr, msr, srr0, srr1, esr, tsr].map((index) => 32 + index - cr),
    );
    expect(layout.SCALAR_WORDS).toBe(33 + SPECIAL.goe - SPECIAL.cr);
  });

  it("give every part of its memory a place of its own", () => {
    const { STREAM_MARGIN: margin } = layout;
    const parts = [
      [layout.REGISTERS, 4 * layout.REGISTER_WORDS],
      [layout.SPECIAL_REGISTERS, 8 * layout.SPECIAL_REGISTER_COUNT],
      [layout.SCRATCH, 128],
      [layout.ZEROS, 128],
      [layout.TAGS, 4 * layout.SLOTS],
      [layout.MEMORY, 8 * layout.MEMORY_SLOTS],
      [layout.PLAN_CACHE, 8 * layout.PLAN_CACHE_SLOTS],
      [layout.TABLE, layout.SLOT_BYTES * (layout.SLOTS + 1)],
      [layout.PLANS, layout.PLANS_BYTES],
      [layout.HITS, layout.MOST_STREAM_BYTES + margin],
      [layout.RESIDUALS, layout.MOST_STREAM_BYTES + margin],
      [layout.LANES, layout.MOST_LANE_BYTES + margin],
      [layout.RECORDS, 4 * layout.RECORD_WORDS],
      [layout.PAGES * 0x10000, 0],
    ];
    parts.slice(1).forEach(([begin], n) => {
      expect(parts[n][0] + parts[n][1]).toBeLessThanOrEqual(begin);
    });
  });
});
