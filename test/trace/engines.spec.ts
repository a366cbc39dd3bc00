/**
 * One course, however it is watched: random programs on both PPUs in all loops and in slices of all sizes give the same
 * state of the chip, the same cycles, counts and raw records.
 */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { Chip, type ChipSnapshot, ExecutionCounters } from "../../src/chip/index.ts";
import { MEMORY_LAYOUT } from "../../src/core/layout.ts";
import { SPECIAL } from "../../src/core/state.ts";
import { PPUS, type PpuName, type TraceRecord } from "../../src/trace/model.ts";
import { RawDecoder } from "../../src/trace/raw.ts";
import { randomProgram } from "../core/random-program.ts";
import { randomSource } from "../isa/random.ts";
import { ReferenceRecorder } from "./reference-recorder.ts";

const long = process.env.PPU_LONG_TESTS !== undefined;
const PROGRAMS = long ? 20_000 : 40;
const CYCLES = 3000;

/** What random programs reach: memories, own and other SRAM, rows, events, registers; rows and CADC on the parallel port. */
const AROUND = {
  outside: [0x40000000, 0x50000000, 0x8a003000, 0x8e003000, 0x83c00000, 0x80440000, 0x80460000, 0x80000000],
  parallel: [0, 1, 0x40000, 0x80000, 0x180000, 0xc90200, 0x80000000, 0xc0000000, 0x123456],
};

interface Outcome {
  readonly snapshot: ChipSnapshot;
  readonly raw: readonly string[];
  readonly records: Readonly<Record<PpuName, readonly TraceRecord[]>>;
  readonly counts: readonly (readonly number[])[];
}

interface Way {
  readonly counted?: boolean;
  readonly recorded?: boolean;
  readonly observed?: boolean;
  /** Cycles of the next slice; 0: a single instruction. */
  readonly slice?: () => number;
}

const chip = new Chip({ chipSeed: 1, noiseSeed: 1 });
const start = chip.snapshot();

function prepare(seed: number): void {
  chip.restore(start);
  PPUS.forEach((ppu, side) => {
    for (const [index, word] of randomProgram(2 * seed + side, AROUND).entries()) {
      chip.ppus[ppu].writeSramWord(4 * index, word);
    }
  });
}

function run(seed: number, { counted, recorded, observed, slice = () => CYCLES }: Way): Outcome {
  prepare(seed);
  const counters = PPUS.map((ppu) => {
    chip.ppus[ppu].counters = counted ? new ExecutionCounters() : undefined;
    chip.ppus[ppu].observer = observed ? { retire() {} } : undefined;
    return chip.ppus[ppu].counters;
  });
  const raw: number[][] = [[], []];
  const records: Record<PpuName, TraceRecord[]> = { top: [], bottom: [] };
  const decoders = { top: new RawDecoder("top"), bottom: new RawDecoder("bottom") };
  const recording = recorded
    ? chip.record("both", (ppu, words, from, end, base) => {
        raw[PPUS.indexOf(ppu)].push(base, ...words.subarray(from, end));
        decoders[ppu].decode(words, from, end, base, records[ppu]);
      })
    : undefined;
  chip.reset("both");
  for (let goesOn = true; goesOn && chip.cycle < CYCLES; ) {
    const cycles = Math.min(slice(), CYCLES - chip.cycle);
    const ppu = PPUS[(chip.cycle / 20) & 1];
    // A step of a sleeping PPU takes as long as it sleeps.
    const steps = cycles === 0 && chip.cycle < CYCLES / 2 && !chip.ppus[ppu].sleeping;
    const { reason } = steps ? chip.step(ppu) : chip.run({ maxCycles: Math.max(1, cycles) });
    goesOn = reason === "cycles" || reason === "goal";
  }
  if (chip.cycle < CYCLES) chip.run({ maxCycles: CYCLES - chip.cycle });
  recording?.stop();
  const counts = counters.map((one) => (one ? [...one.executed, ...one.cycles, ...one.taken] : []));
  const texts = raw.map((words) => Buffer.from(Int32Array.from(words).buffer).toString("latin1"));
  return { snapshot: chip.snapshot(), raw: texts, records, counts };
}

function reference(seed: number): Outcome["records"] {
  prepare(seed);
  for (const ppu of PPUS) chip.ppus[ppu].counters = undefined;
  const recorder = new ReferenceRecorder(chip);
  chip.reset("both");
  chip.run({ maxCycles: CYCLES });
  recorder.finish();
  return recorder.records;
}

/** Scratch of the loops that nothing depends on afterwards. */
const SCRATCH = [SPECIAL.limit, SPECIAL.exit, SPECIAL.word].map((index) => MEMORY_LAYOUT.special + 4 * index);

/** Bytes of both PPUs that differ. */
function differences(a: ChipSnapshot, b: ChipSnapshot): string[] {
  return a.ppus.flatMap((own, side) => {
    const [bytes, other] = [own.slice(), b.ppus[side].slice()];
    for (const at of SCRATCH) for (const one of [bytes, other]) one.fill(0, at, at + 4);
    if (Buffer.compare(bytes, other) === 0) return [];
    return [...bytes.keys()]
      .filter((at) => bytes[at] !== other[at])
      .map((at) => `${PPUS[side]} 0x${at.toString(16)}: ${bytes[at]} ${other[at]}`);
  });
}

const withoutStalls = (records: readonly TraceRecord[]) =>
  records
    .filter(({ kind }) => kind !== "reset")
    .map((record) => (record.kind === "instruction" ? { ...record, stalls: [] } : record));

function expectRecords(actual: readonly TraceRecord[], expected: readonly TraceRecord[], seed: number): void {
  const plain = withoutStalls(actual);
  const different = expected.findIndex((record, index) => !isDeepStrictEqual(record, plain[index]));
  if (different >= 0) {
    expect(plain[different], `program ${seed}, record ${different}`).toEqual(expected[different]);
  }
  expect(plain.length, `program ${seed}`).toBe(expected.length);
}

/** What a PPU waited at issue: the difference between the times when instructions could have issued and when they did. */
function checkStalls(records: readonly TraceRecord[], seed: number): void {
  for (const record of records) {
    if (record.kind !== "instruction") continue;
    for (const { cycles } of record.stalls) expect(cycles, `program ${seed}`).toBeGreaterThan(0);
  }
}

const WAYS: readonly Way[] = [
  { counted: true },
  { observed: true },
  { recorded: true },
  { counted: true, observed: true },
  { recorded: true, observed: true },
  { counted: true, recorded: true },
  { counted: true, recorded: true, observed: true },
];

describe("random programs on both PPUs", () => {
  it(`run alike in all loops and slices (${PROGRAMS} programs)`, () => {
    let instructions = 0;
    let exceptions = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const next = randomSource(seed);
      const slice = () => ((next() >>> 0) % 100 < 20 ? 0 : (next() >>> 0) % 400);
      const plain = run(seed, {});
      const recorded = run(seed, { recorded: true, counted: true });
      const different = WAYS[seed % WAYS.length];
      const others = [
        run(seed, { ...different, slice }),
        run(seed, { recorded: true, counted: true, slice }),
      ];
      for (const other of [recorded, ...others]) {
        expect(differences(plain.snapshot, other.snapshot), `program ${seed}`).toEqual([]);
        expect(isDeepStrictEqual(plain.snapshot.hemispheres, other.snapshot.hemispheres)).toBe(true);
        expect(isDeepStrictEqual(plain.snapshot.registers, other.snapshot.registers)).toBe(true);
        expect(isDeepStrictEqual(plain.snapshot.externalMemory, other.snapshot.externalMemory)).toBe(true);
      }
      expect(others[1].raw, `program ${seed}`).toEqual(recorded.raw);
      expect(isDeepStrictEqual(others[1].counts, recorded.counts), `program ${seed}`).toBe(true);
      const expected = reference(seed);
      for (const ppu of PPUS) {
        expectRecords(recorded.records[ppu], expected[ppu], seed);
        checkStalls(recorded.records[ppu], seed);
        instructions += recorded.records[ppu].filter(({ kind }) => kind === "instruction").length;
        exceptions += recorded.records[ppu].filter(({ kind }) => kind === "exception").length;
      }
    }
    expect(instructions / PROGRAMS).toBeGreaterThan(300);
    expect(exceptions).toBeGreaterThan(PROGRAMS / 4);
  });
});
