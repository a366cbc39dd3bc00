/**
 * How a difference came about: from the instruction that differs back through its operands to the instructions that wrote
 * them, as long as these differ too.
 */
import { decode } from "../../../isa/decode.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Reached } from "../../debug/accesses.ts";
import type { Image } from "../../toolchain/image.ts";
import { deviceOf } from "../devices.ts";
import type { Access, InstructionRecord, PpuName } from "../model.ts";
import { isRegisterName, TraceState } from "../state.ts";
import type { Correspondence } from "./correspondence.ts";
import { sameValue } from "./fields.ts";
import { type NoWriter, reachedBy, valueWritten, type Writer } from "./history.ts";
import type { PairComparison } from "./pair.ts";
import type { Side } from "./side.ts";
import type { Both, Difference, FieldValue, Placed } from "./types.ts";

export type EndReason =
  /** All operands agree: the instruction itself gives something else. */
  | "operands"
  /** It has no operands. */
  | "constant"
  /** Only when it happened differs. */
  | "timing"
  /** A register of the chip or of the PPU that changes with time. */
  | "clock"
  /** A device: what it gives is not in the trace. */
  | "device"
  /** Results of a conversion of the CADC. */
  | "conversion"
  /** An interrupt came on one side only. */
  | "interrupt"
  /** Different instructions wrote it. */
  | "writers"
  /** No instruction of the trace wrote it: registers at the begin, contents of memory. */
  | "start"
  /** The writer lies too far back. */
  | "window"
  /** The writer may be missing in the trace. */
  | "gap"
  /** The programs differ in this place. */
  | "program"
  /** Explained before. */
  | "seen"
  /** Not followed any further. */
  | "depth"
  /** A trace does not hold the values. */
  | "values";

export interface End {
  readonly reason: EndReason;
  /** The register or device. */
  readonly name?: string;
  /** The conversions, where found. */
  readonly conversions?: Both<Placed | undefined>;
}

/** Instructions of both sides, and what made them do different things. */
export interface Cause {
  readonly of: Both<Placed | undefined>;
  /** Operands that differ; all operands where only one side tells their values. */
  readonly operands: readonly Operand[];
  /** Why it goes no further; absent where operands differ. */
  readonly end?: End;
}

export interface Operand {
  /** A register, or the device that an access reaches: `sram`, `causal`, … */
  readonly name: string;
  readonly values: Both<FieldValue>;
  /** The loads, where it is memory or a device. */
  readonly accesses?: Both<Access | undefined>;
  /** Who wrote it. */
  readonly cause: Cause;
}

/** What is needed besides the difference. */
export interface CauseContext {
  readonly pair: PairComparison;
  readonly images: Both<Image | undefined>;
  readonly correspondence: Correspondence | undefined;
  /** Of the other PPUs, which may have written to this one's memory. */
  readonly others: () => readonly PairComparison[];
}

const MOST_DEPTH = 16;
const MOST_NODES = 48;
/** Where only one side has values. */
const ONE_SIDED_DEPTH = 3;
/** Change by themselves. */
const CLOCKS: ReadonlySet<string> = new Set(["tbl", "tbu", "dec", "tsr", "gin"]);
const XER_BITS: Readonly<Record<string, number>> = { so: 0x8000_0000, ov: 0x4000_0000, ca: 0x2000_0000 };
const TIMING = /^(cycle|stalls?)\b/;
const SIDES = [0, 1] as const;

type Instruction = Placed & { readonly record: InstructionRecord };

const isInstruction = (placed: Placed | undefined): placed is Instruction =>
  placed?.record.kind === "instruction";

/** Why a difference is there. */
export function causeOf(difference: Difference, context: CauseContext): Cause {
  return new Search(context).ofDifference(difference);
}

class Search {
  readonly #context: CauseContext;
  readonly #sides: Both<Side>;
  /** Which sides have register values. */
  readonly #known: Both<boolean>;
  readonly #seen = new Set<string>();
  #nodes = 0;

  constructor(context: CauseContext) {
    this.#context = context;
    this.#sides = context.pair.sides;
    this.#known = this.#sides.map(({ trace }) => trace.header.has.writes) as unknown as Both<boolean>;
  }

  ofDifference(difference: Difference): Cause {
    const { kind, records, fields } = difference;
    const [a, b] = records.map(([first]) => first as Placed | undefined);
    const last = SIDES.map((side) => this.#lastInstruction(side)) as unknown as Both<Instruction | undefined>;
    if (kind === "changed" && fields.every(({ field }) => TIMING.test(field))) {
      return { of: [a, b], operands: [], end: { reason: "timing" } };
    }
    if (isInstruction(a) && isInstruction(b) && this.#isSamePlace(a, b)) {
      const isOther = fields.some(({ field }) => field === "word");
      return isOther ? { of: [a, b], operands: [], end: { reason: "program" } } : this.#explain(a, b, 0);
    }
    if (a?.record.kind === "conversion" && b?.record.kind === "conversion") {
      return { of: last, operands: [], end: { reason: "conversion", conversions: [a, b] } };
    }
    if ((a?.record.kind === "exception") !== (b?.record.kind === "exception")) {
      return { of: last, operands: [], end: { reason: "interrupt" } };
    }
    const cause = this.#explain(...last, 0);
    return cause.end?.reason === "operands" && this.#isOtherCode(a, b)
      ? { of: last, operands: [], end: { reason: "program" } }
      : cause;
  }

  #lastInstruction(side: 0 | 1): Instruction | undefined {
    for (const placed of this.#sides[side].history.backwards()) if (isInstruction(placed)) return placed;
    return undefined;
  }

  /** Whether instructions of one program are not in the other one. */
  #isOtherCode(a: Placed | undefined, b: Placed | undefined): boolean {
    const { correspondence } = this.#context;
    if (isInstruction(a) && correspondence) return correspondence.code(a.record.pc) === undefined;
    return isInstruction(b) && correspondence !== undefined && !correspondence.hasOrigin(b.record.pc);
  }

  #isSamePlace(a: Instruction, b: Instruction): boolean {
    const { correspondence } = this.#context;
    return correspondence ? correspondence.isSameCode(a.record.pc, b.record.pc) : a.record.pc === b.record.pc;
  }

  /** Operands of two instructions that differ. */
  #explain(a: Placed | undefined, b: Placed | undefined, depth: number): Cause {
    const of = [a, b] as const;
    const end = (reason: EndReason): Cause => ({ of, operands: [], end: { reason } });
    if (!this.#known[0] || !this.#known[1]) return this.#explainAlone(of, depth);
    if (!isInstruction(a) || !isInstruction(b) || !this.#isSamePlace(a, b)) return end("writers");
    const key = `${a.sequence} ${b.sequence}`;
    if (this.#seen.has(key)) return end("seen");
    if (depth >= MOST_DEPTH || this.#nodes >= MOST_NODES) return end("depth");
    this.#seen.add(key);
    this.#nodes++;
    const operands = [...this.#registers(a, b, depth), ...this.#loads(a, b, depth)];
    if (operands.length > 0) return { of, operands };
    const clock = [...readWriteSets(a.record.word).reads].find((name) => CLOCKS.has(name));
    return clock === undefined
      ? end("operands")
      : { of, operands: [], end: { reason: "clock", name: clock } };
  }

  /** Where one trace has no values: what the other one read, without knowing what of it matters. */
  #explainAlone(of: Both<Placed | undefined>, depth: number): Cause {
    const side = this.#known[0] ? 0 : 1;
    const placed = of[side];
    const isFollowed = this.#known[side] && isInstruction(placed) && depth < ONE_SIDED_DEPTH;
    if (!isFollowed) return { of, operands: [], end: { reason: this.#known[side] ? "depth" : "values" } };
    const both = <T>(value: T): Both<T | undefined> => (side === 0 ? [value, undefined] : [undefined, value]);
    const operands = readRegisters(placed.record).map(({ register }): Operand => {
      const writer = this.#sides[side].history.registerWriter(register, placed.sequence);
      const value = this.#valueFrom(side, register, writer);
      const cause: Cause =
        typeof writer === "string"
          ? { of: [undefined, undefined], operands: [], end: { reason: writer } }
          : this.#explainAlone(both(writer), depth + 1);
      return { name: register, values: both(value), cause };
    });
    return operands.length > 0 ? { of, operands } : { of, operands, end: { reason: "constant" } };
  }

  // ---- registers ---------------------------------------------------------------------------------------------------

  #registers(a: Instruction, b: Instruction, depth: number): Operand[] {
    const [readA, readB] = [readRegisters(a.record), readRegisters(b.record)];
    const extra = readB.filter(({ register }) => !readA.some((read) => read.register === register));
    const operands: Operand[] = [];
    for (const { register, mask } of [...readA, ...extra]) {
      const places = [a, b] as const;
      const writers = SIDES.map((side) =>
        this.#sides[side].history.registerWriter(register, places[side].sequence),
      ) as unknown as Both<Writer>;
      const values = SIDES.map((side) =>
        this.#valueFrom(side, register, writers[side]),
      ) as unknown as Both<FieldValue>;
      const [x, y] = values.map((value) => (typeof value === "number" ? (value & mask) >>> 0 : value));
      if (sameValue(x, y, this.#context.correspondence)) continue;
      operands.push({ name: register, values, cause: this.#written(writers, depth) });
    }
    return operands;
  }

  #valueFrom(side: 0 | 1, register: string, writer: Writer): FieldValue {
    if (typeof writer !== "string") return valueWritten(writer.record, register);
    if (writer !== "start") return undefined;
    const { trace, ppu } = this.#sides[side];
    return TraceState.initial(trace, ppu).get(register);
  }

  #written(writers: Both<Writer>, depth: number): Cause {
    const [a, b] = writers.map((writer) => (typeof writer === "string" ? undefined : writer));
    if (a && b) return this.#explain(a, b, depth + 1);
    const reasons = writers.filter((writer): writer is NoWriter => typeof writer === "string");
    const reason = reasons.find((text) => text !== "start") ?? (a || b ? "writers" : "start");
    return { of: [a, b], operands: [], end: { reason } };
  }

  // ---- memory and devices ------------------------------------------------------------------------------------------

  #loads(a: Instruction, b: Instruction, depth: number): Operand[] {
    const loads = ([a, b] as const).map(({ record }) => record.accesses.filter(({ write }) => !write));
    const operands: Operand[] = [];
    for (let i = 0; i < Math.max(loads[0].length, loads[1].length); i++) {
      const accesses: Both<Access | undefined> = [loads[0][i], loads[1][i]];
      const values = accesses.map((access) => access?.value) as unknown as Both<FieldValue>;
      if (sameValue(values[0], values[1], this.#context.correspondence)) continue;
      const cause = this.#loaded(a, b, accesses, depth);
      const side = accesses[0] ? 0 : 1;
      const { name } = deviceOf(this.#sides[side].ppu, accesses[side]!);
      operands.push({ name, values, accesses, cause });
    }
    return operands;
  }

  #loaded(a: Instruction, b: Instruction, accesses: Both<Access | undefined>, depth: number): Cause {
    const nobody = [undefined, undefined] as const;
    const [x, y] = accesses;
    if (!x || !y) return { of: nobody, operands: [], end: { reason: "writers" } };
    const places = [a, b] as const;
    const reached = SIDES.map((side) =>
      reachedBy(this.#sides[side].ppu, accesses[side]!),
    ) as unknown as Both<Reached>;
    if (reached[0].cadc && reached[1].cadc) {
      const conversions = SIDES.map((side) =>
        this.#conversion(side, places[side], reached[side].cadc!),
      ) as unknown as Both<Placed | undefined>;
      return { of: nobody, operands: [], end: { reason: "conversion", conversions } };
    }
    const devices = SIDES.map((side) => deviceOf(this.#sides[side].ppu, accesses[side]!));
    const device = devices.find(({ group }) => group !== "memory" && group !== "synapses");
    if (device) return { of: nobody, operands: [], end: { reason: "device", name: device.name } };
    const at = firstDifference(x, y);
    const writers = SIDES.map((side) =>
      this.#memoryWriter(side, byteOf(reached[side], accesses[side]!, at), places[side]),
    ) as unknown as Both<Writer>;
    return this.#written(writers, depth);
  }

  /** The last writer among both PPUs of a side. */
  #memoryWriter(side: 0 | 1, reached: Reached, reader: Instruction): Writer {
    const own = this.#sides[side].history.memoryWriter(reached, reader.sequence);
    let last = own;
    for (const other of this.#context.others()) {
      const { history, trace } = other.sides[side];
      if (trace !== this.#sides[side].trace) continue;
      const writer = history.memoryWriter(reached, Number.POSITIVE_INFINITY);
      if (typeof writer === "string" || writer.record.cycle > reader.record.cycle) continue;
      if (typeof last === "string" || writer.record.cycle > last.record.cycle) last = writer;
    }
    return last;
  }

  /** The conversion whose results an access reads: one it causes follows it, buffered ones are from before. */
  #conversion(
    side: 0 | 1,
    reader: Instruction,
    { hemisphere, converts }: { readonly hemisphere: PpuName; readonly converts: boolean },
  ): Placed | undefined {
    const { history } = this.#sides[side];
    const isWanted = ({ record }: Placed) => record.kind === "conversion" && record.hemisphere === hemisphere;
    if (converts) {
      for (const records of [history.behind(reader.sequence), this.#sides[side].coming()]) {
        for (const placed of records) {
          if (placed.sequence <= reader.sequence) continue;
          if (placed.record.kind === "instruction") return undefined;
          if (isWanted(placed)) return placed;
        }
      }
      return undefined;
    }
    for (const placed of history.backwards(reader.sequence)) if (isWanted(placed)) return placed;
    return undefined;
  }
}

/** Registers of records that an instruction reads, with the bits that matter. */
function readRegisters({ word }: InstructionRecord): { readonly register: string; readonly mask: number }[] {
  if (!decode(word)) return [];
  const reads = new Map<string, number>();
  for (const name of readWriteSets(word).reads) {
    const flag = XER_BITS[name];
    if (flag !== undefined) reads.set("xer", (reads.get("xer") ?? 0) | flag);
    else if (isRegisterName(name) && !CLOCKS.has(name)) reads.set(name, 0xffff_ffff);
  }
  return [...reads].map(([register, mask]) => ({ register, mask }));
}

/** Index of the first byte in which two loaded values differ. */
function firstDifference(a: Access, b: Access): number {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  return Math.max(
    0,
    x.findIndex((byte, i) => byte !== y[i]),
  );
}

function bytesOf({ value, bytes }: Access): Uint8Array {
  if (typeof value !== "number") return value;
  return Uint8Array.from({ length: bytes }, (_, i) => value >>> (8 * (bytes - 1 - i)));
}

/** The byte of an access; all of it on the parallel port, whose memories have another order. */
function byteOf(reached: Reached, { port }: Access, at: number): Reached {
  if (port === "parallel") return reached;
  return { space: reached.space, offset: reached.offset + at, length: 1 };
}
