/**
 * The code generator's middle form: a control flow graph of blocks holding values in static single assignment
 * form. Pure values may be moved, merged and removed; the others keep their order inside their block.
 */
import type { SourceLocation } from "../../image.ts";
import type { BoundVariable } from "../debug/scopes.ts";
import type { IntrinsicUse } from "../intrinsics.ts";

export type Kind = "i32" | "vector" | "none";

export type Comparison = "eq" | "ne" | "lt_s" | "lt_u" | "le_s" | "le_u" | "gt_s" | "gt_u" | "ge_s" | "ge_u";

export type Operation =
  | Comparison
  | "const"
  | "zero" // a vector of zeros
  | "parameter"
  | "phi"
  | "add"
  | "sub"
  | "mul"
  | "mulhi_s"
  | "mulhi_u"
  | "div_s"
  | "div_u"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr_s"
  | "shr_u"
  | "rotl"
  | "clz"
  | "popcnt"
  | "extend8"
  | "extend16"
  | "load"
  | "store"
  | "call"
  | "callIndirect"
  | "symbol" // address of a symbol
  | "tripCount" // moves its operand into CTR
  | "debug" // no code: variables of the source program have its operands as values from here on
  | "intrinsic";

export class Value {
  readonly id: number;
  operation: Operation;
  kind: Kind;
  operands: Value[];
  block: Block;
  location: SourceLocation | undefined;
  /** Constant, parameter index, or byte offset of a load or store. */
  immediate = 0;
  /** Access width of a load or store. */
  bytes: 1 | 2 | 4 = 4;
  signed = false;
  volatile = false;
  /** Callee of a call, or name of a symbol. */
  target = "";
  intrinsic: IntrinsicUse | undefined;
  /** The value that took this one's place. */
  forward: Value | undefined;
  /** An access with update writes this address increment as well. */
  updatedBy: Value | undefined;
  /** Of a debug value: which variables its operands are the values of. */
  variables: readonly BoundVariable[] = [];

  constructor(id: number, operation: Operation, kind: Kind, operands: Value[], block: Block) {
    this.id = id;
    this.operation = operation;
    this.kind = kind;
    this.operands = operands;
    this.block = block;
  }
}

export type Terminator =
  | { kind: "jump"; to: Block }
  | { kind: "branch"; condition: Value; whenTrue: Block; whenFalse: Block; location?: SourceLocation }
  /** Decrements CTR and goes to `whenTrue` unless it is zero. */
  | { kind: "count"; whenTrue: Block; whenFalse: Block; location?: SourceLocation }
  /** `targets[cases[index]]`, `targets[fallback]` beyond the last case; every target occurs once. */
  | {
      kind: "switch";
      index: Value;
      targets: Block[];
      cases: number[];
      fallback: number;
      location?: SourceLocation;
    }
  | { kind: "return"; value: Value | undefined; location?: SourceLocation }
  | { kind: "trap"; location?: SourceLocation }
  | { kind: "none" };

export class Block {
  readonly id: number;
  /** Position in the order of the source text. */
  order = 0;
  values: Value[] = [];
  phis: Value[] = [];
  /** The operands of a phi stand in the order of this list. */
  predecessors: Block[] = [];
  terminator: Terminator = { kind: "none" };

  constructor(id: number) {
    this.id = id;
  }
}

export function successors(block: Block): Block[] {
  const t = block.terminator;
  switch (t.kind) {
    case "jump":
      return [t.to];
    case "branch":
    case "count":
      return [t.whenTrue, t.whenFalse];
    case "switch":
      return t.targets;
    default:
      return [];
  }
}

export function replaceSuccessor(block: Block, from: Block, to: Block): void {
  const t = block.terminator;
  if (t.kind === "jump") {
    if (t.to === from) t.to = to;
  } else if (t.kind === "branch" || t.kind === "count") {
    if (t.whenTrue === from) t.whenTrue = to;
    else if (t.whenFalse === from) t.whenFalse = to;
  } else if (t.kind === "switch") {
    t.targets = t.targets.map((target) => (target === from ? to : target));
  }
}

/** The value that stands for `value` after replacements. */
export function resolve(value: Value): Value {
  let v = value;
  while (v.forward) v = v.forward;
  return v;
}

/** One function: blocks in the order of the source text, entry first. */
export class Graph {
  readonly name: string;
  blocks: Block[] = [];
  parameters: Value[] = [];
  location: SourceLocation | undefined;
  /** Holds debug values. */
  debug = false;
  private nextValue = 0;
  private nextBlock = 0;
  private constants = new Map<number, Value>();

  constructor(name: string) {
    this.name = name;
  }

  get entry(): Block {
    return this.blocks[0];
  }

  block(): Block {
    return new Block(this.nextBlock++);
  }

  /** A new value that is not yet in its block's list. */
  value(operation: Operation, kind: Kind, operands: Value[], block: Block): Value {
    return new Value(this.nextValue++, operation, kind, operands, block);
  }

  /** Constants belong to no list; the instruction selector places them where they are needed. */
  constant(value: number): Value {
    const n = value | 0;
    let v = this.constants.get(n);
    if (!v) {
      v = this.value("const", "i32", [], this.blocks[0]);
      v.immediate = n;
      this.constants.set(n, v);
    }
    return v;
  }

  get valueCount(): number {
    return this.nextValue;
  }
}

export const COMPARISONS: ReadonlySet<string> = new Set<Comparison>([
  "eq",
  "ne",
  "lt_s",
  "lt_u",
  "le_s",
  "le_u",
  "gt_s",
  "gt_u",
  "ge_s",
  "ge_u",
]);

export const INVERSE: Record<Comparison, Comparison> = {
  eq: "ne",
  ne: "eq",
  lt_s: "ge_s",
  lt_u: "ge_u",
  le_s: "gt_s",
  le_u: "gt_u",
  gt_s: "le_s",
  gt_u: "le_u",
  ge_s: "lt_s",
  ge_u: "lt_u",
};

/** The comparison with its operands exchanged. */
export const MIRROR: Record<Comparison, Comparison> = {
  eq: "eq",
  ne: "ne",
  lt_s: "gt_s",
  lt_u: "gt_u",
  le_s: "ge_s",
  le_u: "ge_u",
  gt_s: "lt_s",
  gt_u: "lt_u",
  ge_s: "le_s",
  ge_u: "le_u",
};

const IMPURE: ReadonlySet<Operation> = new Set<Operation>([
  "phi",
  "parameter",
  "load",
  "store",
  "call",
  "callIndirect",
  "tripCount",
  "debug",
]);

/** Depends on nothing but its operands: may be merged, moved to where its operands are known, and removed. */
export function isPure(value: Value): boolean {
  if (value.operation === "intrinsic") return value.intrinsic!.pure;
  return !IMPURE.has(value.operation);
}

/** Must stay even if nobody uses its result. */
export function hasEffect(value: Value): boolean {
  switch (value.operation) {
    case "store":
    case "call":
    case "callIndirect":
    case "tripCount":
    case "debug":
      return true;
    case "load":
      return value.volatile;
    case "intrinsic":
      return value.intrinsic!.effect;
    default:
      return false;
  }
}
