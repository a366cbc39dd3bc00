/** Any records and traces, for property tests of everything that writes and reads them. */
import fc from "fast-check";
import { INSTRUCTIONS } from "../../isa/index.ts";
import {
  type Access,
  type ConversionRecord,
  type EventRecord,
  type ExceptionRecord,
  type GapRecord,
  type InstructionRecord,
  memoryTrace,
  type PortName,
  PPUS,
  type PpuName,
  type RegisterWrite,
  type Stall,
  type StallCause,
  type Trace,
  type TraceEnd,
  type TraceHeader,
  type TraceRecord,
} from "../../src/trace/model.ts";
import { REGISTER_NAMES } from "../../src/trace/state.ts";

export const ppuName: fc.Arbitrary<PpuName> = fc.constantFrom(...PPUS);
const word32 = fc.oneof(
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.integer({ min: 0, max: 0x4000 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
/** Of a kind that occurs, and of no kind. */
export const lanes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.integer({ min: 0, max: 255 }).map((byte) => new Uint8Array(length).fill(byte)),
    fc
      .integer({ min: 0, max: 2 ** 16 - 1 })
      .map((half) => Uint8Array.from({ length }, (_, n) => half >> (n & 1 ? 0 : 8))),
    fc.uint8Array({ minLength: length, maxLength: length }),
  );
const conditions = fc.uint8Array({ minLength: 128, maxLength: 128, max: 7 });
const mask = fc.uint8Array({ minLength: 128, maxLength: 128, max: 1 });

/** Every instruction with any operands, and words that are none. */
export const instructionWord: fc.Arbitrary<number> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.constantFrom(...INSTRUCTIONS), fc.integer())
      .map(([row, bits]) => row.match | (bits & ~row.mask)),
  },
  { weight: 1, arbitrary: fc.integer() },
);

function registerValue(register: string): fc.Arbitrary<number | Uint8Array> {
  if (/^v\d+$/.test(register)) return lanes(128);
  if (register === "acc") return lanes(256);
  if (register === "vcr") return conditions;
  return /^cr\d$/.test(register) ? fc.integer({ min: 0, max: 15 }) : word32;
}

export const registerWrite: fc.Arbitrary<RegisterWrite> = fc
  .constantFrom(...REGISTER_NAMES)
  .chain((register) => registerValue(register).map((value) => ({ register, value })));

/** Each register once, in the order of `RegisterWrite`'s names. */
const registerWrites = fc
  .uniqueArray(registerWrite, { maxLength: 4, selector: ({ register }) => register })
  .map((writes) =>
    writes.sort((a, b) => REGISTER_NAMES.indexOf(a.register) - REGISTER_NAMES.indexOf(b.register)),
  );

const scalarAccess: fc.Arbitrary<Access> = fc
  .tuple(word32, fc.constantFrom(1, 2, 4), fc.boolean(), word32)
  .map(([address, bytes, write, value]) => ({
    ...{ port: "scalar", address, bytes, write, value: bytes === 4 ? value : value % 2 ** (8 * bytes) },
  }));
const vectorAccess: fc.Arbitrary<Access> = fc
  .tuple(fc.constantFrom<PortName>("vector", "parallel"), word32, fc.boolean(), lanes(128), fc.option(mask))
  .map(([port, address, write, value, enables]) => ({
    ...{ port, address, bytes: 128, write, value },
    ...(write && port === "parallel" && enables && { enables }),
  }));
export const access: fc.Arbitrary<Access> = fc.oneof(scalarAccess, vectorAccess);

const CAUSES: readonly StallCause[] = [
  "register",
  "condition",
  "special",
  "writePort",
  "divider",
  "vectorQueue",
  "fetch",
];
export const stall: fc.Arbitrary<Stall> = fc
  .tuple(
    fc.constantFrom(...CAUSES),
    fc.integer({ min: 1, max: 5000 }),
    fc.option(fc.constantFrom("r0", "r31", "cr0", "cr7", "lr", "ctr"), { nil: undefined }),
  )
  .map(([cause, cycles, register]) =>
    register === undefined ? { cause, cycles } : { cause, cycles, register },
  );

export interface RecordOptions {
  /** Addresses of instructions; default: any. */
  readonly pc?: fc.Arbitrary<number>;
}

const anyPc = fc
  .oneof(fc.integer({ min: 0, max: 4095 }), fc.integer({ min: 0, max: 2 ** 30 - 1 }))
  .map((n) => 4 * n);

export const instructionRecord = (
  ppu: PpuName,
  cycle: number,
  { pc = anyPc }: RecordOptions = {},
): fc.Arbitrary<InstructionRecord> =>
  fc
    .record({
      pc,
      word: instructionWord,
      writes: registerWrites,
      accesses: fc.array(access, { maxLength: 3 }),
      stalls: fc.array(stall, { maxLength: 2 }),
      aborted: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ aborted, ...rest }) =>
      aborted === 0
        ? { ...{ kind: "instruction", ppu, cycle, ...rest, writes: [], accesses: [] }, aborted: true }
        : { kind: "instruction", ppu, cycle, ...rest },
    );

const gapState = fc
  .uniqueArray(registerWrite, { maxLength: 5, selector: ({ register }) => register })
  .map((writes) => new Map(writes.map(({ register, value }) => [register, value])));

const gapRecord = (ppu: PpuName, cycle: number): fc.Arbitrary<GapRecord> =>
  fc
    .tuple(
      fc.option(fc.nat(), { nil: undefined }),
      fc.constantFrom<GapRecord["reason"]>("filter", "trigger", "ring", "damage", "host"),
      fc.option(gapState, { nil: undefined }),
    )
    .map(([instructions, reason, state]) => ({
      ...{ kind: "gap", ppu, cycle, instructions, reason },
      ...(state && { state }),
    }));

const exceptionRecord = (
  ppu: PpuName,
  cycle: number,
  { pc = anyPc }: RecordOptions,
): fc.Arbitrary<ExceptionRecord> =>
  fc.record({
    ...{ kind: fc.constant("exception" as const), ppu: fc.constant(ppu), cycle: fc.constant(cycle) },
    ...{ vector: fc.constantFrom(0x14, 0x18, 0x1c, 0x24, 0x2c, 0x30), returnAddress: pc },
  });

const eventRecord = (ppu: PpuName, cycle: number): fc.Arbitrary<EventRecord> =>
  fc.record({
    ...{ kind: fc.constant("event" as const), ppu: fc.constant(ppu), cycle: fc.constant(cycle) },
    ...{ hemisphere: ppuName, buses: fc.nat(15), row: fc.nat(31), address: fc.nat(63) },
  });

const conversionRecord = (ppu: PpuName, cycle: number): fc.Arbitrary<ConversionRecord> =>
  fc.record({
    ...{ kind: fc.constant("conversion" as const), ppu: fc.constant(ppu), cycle: fc.constant(cycle) },
    ...{ hemisphere: ppuName, causal: lanes(256) },
  });

/** A record of a PPU in a cycle; mostly an instruction. */
export const traceRecord = (
  ppu: PpuName,
  cycle: number,
  options: RecordOptions = {},
): fc.Arbitrary<TraceRecord> =>
  fc.oneof<fc.WeightedArbitrary<TraceRecord>[]>(
    { weight: 12, arbitrary: instructionRecord(ppu, cycle, options) },
    { weight: 1, arbitrary: exceptionRecord(ppu, cycle, options) },
    { weight: 1, arbitrary: eventRecord(ppu, cycle) },
    { weight: 1, arbitrary: conversionRecord(ppu, cycle) },
    { weight: 1, arbitrary: fc.constant<TraceRecord>({ kind: "reset", ppu, cycle }) },
    { weight: 1, arbitrary: gapRecord(ppu, cycle) },
  );

/** Records of one PPU whose cycles ascend. */
export const traceRecords = (
  ppu: PpuName,
  options: RecordOptions & { readonly maxLength?: number } = {},
): fc.Arbitrary<TraceRecord[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
        { weight: 1, arbitrary: fc.nat(2 ** 34) },
      ),
      {
        maxLength: options.maxLength ?? 30,
      },
    )
    .chain((steps) => {
      let cycle = 0;
      return fc.tuple(
        ...steps.map((step) => {
          cycle += step;
          return traceRecord(ppu, cycle, options);
        }),
      );
    });

/** Text as a user may name a file, control characters and all. */
const anyText = fc.string({ unit: "binary", maxLength: 20 });

export const traceHeader: fc.Arbitrary<TraceHeader> = fc.record({
  program: anyText,
  chipSeed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  noiseSeed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  chip: fc.constantFrom("calibrated", "raw", "ideal"),
  timing: fc.constantFrom("chip", "rtl,branch-cache=0,data=2"),
  ppus: fc.constant(PPUS),
  filters: fc.array(anyText, { maxLength: 3 }),
  has: fc.record(
    {
      ...{ cycles: fc.boolean(), writes: fc.boolean(), accesses: fc.boolean() },
      ...{ stalls: fc.boolean(), vectors: fc.boolean(), words: fc.boolean() },
    },
    { requiredKeys: ["cycles", "writes", "accesses", "stalls", "vectors"] },
  ),
});

export const traceEnd: fc.Arbitrary<TraceEnd> = fc
  .tuple(fc.constantFrom("finished", "cycles", "limit"), fc.nat(2 ** 40), fc.nat(), fc.nat())
  .map(([reason, cycle, top, bottom]) => ({ reason, cycle, instructions: [top, bottom] }));

/** A trace of both PPUs, without programs. */
export const anyTrace = (options: Parameters<typeof traceRecords>[1] = {}): fc.Arbitrary<Trace> =>
  fc
    .tuple(
      traceHeader,
      traceRecords("top", options),
      traceRecords("bottom", options),
      fc.option(traceEnd, { nil: undefined }),
      gapState,
      gapState,
    )
    .map(([header, top, bottom, end, topState, bottomState]) => ({
      ...memoryTrace(header, { top, bottom }, {}, end),
      initialState: (ppu) => (ppu === "top" ? topState : bottomState),
    }));
