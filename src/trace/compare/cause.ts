/**
 * How a difference came about: from the instruction that differs back through its operands to the instructions that wrote
 * them, as long as these differ too.
 */
import type { Image } from "../../toolchain/image.ts";
import { deviceOf } from "../devices.ts";
import type { Access } from "../model.ts";
import type { Correspondence } from "./correspondence.ts";
import { sameValue } from "./fields.ts";
import { type NoWriter, reachedBy } from "./history.ts";
import type { PairComparison } from "./pair.ts";
import {
  clockRead,
  conversionOf,
  firstDifferingByte,
  type InstructionSite,
  isInstructionSite,
  memoryWriter,
  registersRead,
  registerWriter,
  type Site,
  valueFrom,
} from "./past.ts";
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
  /** All PPUs of a trace: the others may have written to this one's memory. */
  readonly sidesOf: (side: 0 | 1) => readonly Side[];
}

const MOST_DEPTH = 16;
const MOST_NODES = 48;
/** Where only one side has values. */
const ONE_SIDED_DEPTH = 3;
const TIMING = /^(cycle|stalls?)\b/;
const SIDES = [0, 1] as const;

type Sites = Both<Site | undefined>;

const placedOf = (sites: Sites): Both<Placed | undefined> => [sites[0]?.placed, sites[1]?.placed];
const nobody: Both<undefined> = [undefined, undefined];
const endAt = (reason: EndReason, of: Both<Placed | undefined> = nobody): Cause => ({
  of,
  operands: [],
  end: { reason },
});

/** Why a difference is there. */
export function causeOf(difference: Difference, context: CauseContext): Cause {
  return new Search(context).ofDifference(difference);
}

class Search {
  readonly #context: CauseContext;
  /** Which sides have register values. */
  readonly #known: Both<boolean>;
  readonly #seen = new Set<string>();
  #nodes = 0;

  constructor(context: CauseContext) {
    this.#context = context;
    const [a, b] = context.pair.sides;
    this.#known = [a.trace.header.has.writes, b.trace.header.has.writes];
  }

  ofDifference({ kind, records, fields }: Difference): Cause {
    const { sides } = this.#context.pair;
    const [a, b] = SIDES.map((side) => records[side][0] && { placed: records[side][0], side: sides[side] });
    const last = SIDES.map((side) => lastInstruction(sides[side])) as unknown as Sites;
    if (kind === "changed" && fields.every(({ field }) => TIMING.test(field))) {
      return endAt("timing", placedOf([a, b]));
    }
    if (isInstructionSite(a) && isInstructionSite(b) && this.#isSamePlace(a, b)) {
      const isOther = fields.some(({ field }) => field === "word");
      return isOther ? endAt("program", placedOf([a, b])) : this.#explain([a, b], 0);
    }
    if (a?.placed.record.kind === "conversion" && b?.placed.record.kind === "conversion") {
      const conversions = placedOf([a, b]);
      return { of: placedOf(last), operands: [], end: { reason: "conversion", conversions } };
    }
    // Where one side has records more, the other one goes on with what follows.
    const kinds = SIDES.map((side) => (records[side][0] ?? sides[side].peek(0)?.placed)?.record.kind);
    if ((kinds[0] === "exception") !== (kinds[1] === "exception")) {
      return endAt("interrupt", placedOf(last));
    }
    const cause = this.#explain(last, 0);
    const isOther = cause.end?.reason === "operands" && this.#isOtherCode(a, b);
    return isOther ? endAt("program", placedOf(last)) : cause;
  }

  /** Whether instructions of one program are not in the other one. */
  #isOtherCode(a: Site | undefined, b: Site | undefined): boolean {
    const { correspondence } = this.#context;
    if (isInstructionSite(a) && correspondence) return correspondence.code(a.placed.record.pc) === undefined;
    return (
      isInstructionSite(b) && correspondence !== undefined && !correspondence.hasOrigin(b.placed.record.pc)
    );
  }

  #isSamePlace(a: InstructionSite, b: InstructionSite): boolean {
    const { correspondence } = this.#context;
    const [x, y] = [a.placed.record.pc, b.placed.record.pc];
    return correspondence ? correspondence.isSameCode(x, y) : x === y;
  }

  /** Operands of two instructions that differ. */
  #explain(sites: Sites, depth: number): Cause {
    const of = placedOf(sites);
    if (!this.#known[0] || !this.#known[1]) return this.#explainAlone(sites, depth);
    const [a, b] = sites;
    if (!isInstructionSite(a) || !isInstructionSite(b) || !this.#isSamePlace(a, b))
      return endAt("writers", of);
    const key = `${a.side.ppu} ${a.placed.sequence} ${b.side.ppu} ${b.placed.sequence}`;
    if (this.#seen.has(key)) return endAt("seen", of);
    if (depth >= MOST_DEPTH || this.#nodes >= MOST_NODES) return endAt("depth", of);
    this.#seen.add(key);
    this.#nodes++;
    const operands = [...this.#registers(a, b, depth), ...this.#loads(a, b, depth)];
    if (operands.length > 0) return { of, operands };
    const name = clockRead(a.placed.record);
    return name === undefined ? endAt("operands", of) : { of, operands: [], end: { reason: "clock", name } };
  }

  /** Where one trace has no values: what the other one read, without knowing what of it matters. */
  #explainAlone(sites: Sites, depth: number): Cause {
    const side = this.#known[0] ? 0 : 1;
    const of = placedOf(sites);
    const site = sites[side];
    if (!this.#known[side]) return endAt("values", of);
    if (!isInstructionSite(site) || depth >= ONE_SIDED_DEPTH) return endAt("depth", of);
    const both = <T>(value: T): Both<T | undefined> => (side === 0 ? [value, undefined] : [undefined, value]);
    const operands = registersRead(site.placed.record).map(({ register }): Operand => {
      const writer = registerWriter(site, register);
      const cause = typeof writer === "string" ? endAt(writer) : this.#explainAlone(both(writer), depth + 1);
      return { name: register, values: both(valueFrom(site, register, writer)), cause };
    });
    return operands.length > 0 ? { of, operands } : endAt("constant", of);
  }

  #registers(a: InstructionSite, b: InstructionSite, depth: number): Operand[] {
    const sites = [a, b] as const;
    const [readA, readB] = sites.map(({ placed }) => registersRead(placed.record));
    const extra = readB.filter(({ register }) => !readA.some((read) => read.register === register));
    const operands: Operand[] = [];
    for (const { register, mask } of [...readA, ...extra]) {
      const writers = [registerWriter(a, register), registerWriter(b, register)] as const;
      const values = SIDES.map((side) =>
        valueFrom(sites[side], register, writers[side]),
      ) as unknown as Both<FieldValue>;
      const [x, y] = values.map((value) => (typeof value === "number" ? (value & mask) >>> 0 : value));
      // What neither side knows may differ.
      const isKnown = x !== undefined || y !== undefined;
      if (isKnown && sameValue(x, y, this.#context.correspondence)) continue;
      operands.push({ name: register, values, cause: this.#written(writers, depth) });
    }
    return operands;
  }

  #written(writers: Both<Site | NoWriter>, depth: number): Cause {
    const sites = writers.map((writer) =>
      typeof writer === "string" ? undefined : writer,
    ) as unknown as Sites;
    if (sites[0] && sites[1]) return this.#explain(sites, depth + 1);
    const reasons = writers.filter((writer): writer is NoWriter => typeof writer === "string");
    const reason = reasons.find((text) => text !== "start") ?? (sites[0] || sites[1] ? "writers" : "start");
    return endAt(reason, placedOf(sites));
  }

  #loads(a: InstructionSite, b: InstructionSite, depth: number): Operand[] {
    const [x, y] = [a, b].map(({ placed }) => placed.record.accesses.filter(({ write }) => !write));
    const operands: Operand[] = [];
    for (let i = 0; i < Math.max(x.length, y.length); i++) {
      const accesses: Both<Access | undefined> = [x[i], y[i]];
      const values: Both<FieldValue> = [x[i]?.value, y[i]?.value];
      if (sameValue(values[0], values[1], this.#context.correspondence)) continue;
      const { name } = deviceOf(a.side.ppu, x[i] ?? y[i]);
      operands.push({ name, values, accesses, cause: this.#loaded([a, b], accesses, depth) });
    }
    return operands;
  }

  #loaded(sites: Both<InstructionSite>, [x, y]: Both<Access | undefined>, depth: number): Cause {
    if (!x || !y) return endAt("writers");
    const accesses = [x, y] as const;
    const reached = SIDES.map((side) => reachedBy(sites[side].side.ppu, accesses[side]));
    const [cadcA, cadcB] = reached.map(({ cadc }) => cadc);
    if (cadcA && cadcB) {
      const conversions = [conversionOf(sites[0], cadcA), conversionOf(sites[1], cadcB)] as const;
      return { of: nobody, operands: [], end: { reason: "conversion", conversions } };
    }
    const devices = SIDES.map((side) => deviceOf(sites[side].side.ppu, accesses[side]));
    const device = devices.find(({ group }) => group !== "memory" && group !== "synapses");
    if (device) return { of: nobody, operands: [], end: { reason: "device", name: device.name } };
    const writers = SIDES.map((side) => {
      const place = firstDifferingByte(sites[side].side.ppu, accesses[side], accesses);
      const all = this.#context.sidesOf(side);
      return memoryWriter(
        sites[side],
        place,
        all.filter((other) => other !== sites[side].side),
      );
    }) as unknown as Both<Site | NoWriter>;
    return this.#written(writers, depth);
  }
}

function lastInstruction(side: Side): Site | undefined {
  for (const placed of side.history.backwards())
    if (placed.record.kind === "instruction") return { placed, side };
  return undefined;
}
