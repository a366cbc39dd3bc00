/**
 * Machine instructions before they have addresses. Registers are numbers: 0..31 general purpose, 32..63 vector,
 * from 64 on virtual ones. What an instruction reads and writes follows from the operands of its row.
 */
import { FIELDS, type FieldName, fieldBits, instructionByMnemonic } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import type { SourceLocation } from "../image.ts";
import type { BoundVariable } from "./debug/scopes.ts";
import { CodegenError } from "./errors.ts";

export const VECTOR_BASE = 32;
export const VIRTUAL_BASE = 64;

export type Operand =
  | { readonly kind: "register"; register: number }
  /** Only in debug points: the value is not kept. */
  | { readonly kind: "lost" }
  | { readonly kind: "number"; readonly value: number }
  /** A place in the stack frame; its displacement from r1 is known when the frame is. */
  | {
      readonly kind: "frame";
      readonly area: "slot" | "vector" | "outgoing" | "incoming";
      readonly index: number;
    }
  /** A part of an address: `@ha`/`@l` for pairs with a signed low half, `@h` for lis/ori; relative for branches. */
  | {
      readonly kind: "symbol";
      readonly name: string;
      readonly part: "low" | "high" | "highAdjusted" | "relative";
      readonly addend: number;
    };

export const register = (n: number): Operand => ({ kind: "register", register: n });
export const number = (value: number): Operand => ({ kind: "number", value });
export const frame = (area: Extract<Operand, { kind: "frame" }>["area"], index: number): Operand => ({
  kind: "frame",
  area,
  index,
});
export const symbol = (
  name: string,
  part: Extract<Operand, { kind: "symbol" }>["part"],
  addend = 0,
): Operand => ({ kind: "symbol", name, part, addend });

interface Shape {
  readonly row: Instruction;
  readonly suffix: readonly FieldName[];
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

const SHAPES = new Map<string, Shape>();

/** Row and register roles of a mnemonic with its suffixes, e.g. `addi`, `rlwinm.`, `bl`. */
function shape(mnemonic: string): Shape {
  let known = SHAPES.get(mnemonic);
  if (known) return known;
  let base = mnemonic;
  const suffix: FieldName[] = [];
  let row = instructionByMnemonic(base);
  if (!row && base.endsWith(".")) {
    base = base.slice(0, -1);
    suffix.push("Rc");
    row = instructionByMnemonic(base);
  }
  if (!row && base.endsWith("l")) {
    base = base.slice(0, -1);
    suffix.push("LK");
    row = instructionByMnemonic(base);
  }
  if (!row) throw new CodegenError(`the instruction set has no row for "${mnemonic}"`);
  const roles = (...accesses: string[]) =>
    row.operands.flatMap((operand, i) =>
      accesses.includes(operand.access) && /^(gpr|gpr0|vector)$/.test(operand.kind) ? [i] : [],
    );
  known = { row, suffix, reads: roles("read", "readWrite"), writes: roles("write", "readWrite") };
  SHAPES.set(mnemonic, known);
  return known;
}

export class MachineInstruction {
  mnemonic: string;
  operands: Operand[];
  location: SourceLocation | undefined;
  /** Registers that a call takes and destroys, besides the operands. */
  extraReads: readonly number[] = [];
  extraWrites: readonly number[] = [];
  /** A predicated instruction keeps parts of its target. */
  tied = false;
  /** A volatile access, which keeps its place among all accesses. */
  ordered = false;

  constructor(mnemonic: string, operands: Operand[], location?: SourceLocation) {
    this.mnemonic = mnemonic;
    this.operands = operands;
    this.location = location;
  }

  get row(): Instruction {
    return shape(this.mnemonic).row;
  }

  private pick(indices: readonly number[]): number[] {
    const list: number[] = [];
    for (const i of indices) {
      const operand = this.operands[i];
      if (operand?.kind === "register") list.push(operand.register);
    }
    return list;
  }

  reads(): number[] {
    const s = shape(this.mnemonic);
    const list = this.pick(s.reads);
    if (this.tied) list.push(...this.writes());
    return this.extraReads.length > 0 ? [...list, ...this.extraReads] : list;
  }

  writes(): number[] {
    const list = this.pick(shape(this.mnemonic).writes);
    return this.extraWrites.length > 0 ? [...list, ...this.extraWrites] : list;
  }

  /** Source and target of a plain copy. */
  move(): { to: number; from: number } | undefined {
    const [a, b, c] = this.operands;
    if (a?.kind !== "register" || b?.kind !== "register" || c?.kind !== "register") return undefined;
    if (this.tied || b.register !== c.register) return undefined;
    if (this.mnemonic === "or") return { to: a.register, from: b.register };
    if (this.mnemonic === "fxvsel" && (this.operands[3] === undefined || isNumber(this.operands[3], 0))) {
      return { to: a.register, from: b.register };
    }
    return undefined;
  }

  /** Renames registers, e.g. virtual to physical ones. */
  rename(f: (n: number, write: boolean) => number): void {
    const { reads, writes } = shape(this.mnemonic);
    this.operands = this.operands.map((operand, i) => {
      if (operand.kind !== "register") return operand;
      const write = writes.includes(i);
      const name = f(operand.register, write && !reads.includes(i));
      return name === operand.register ? operand : register(name);
    });
  }
}

/**
 * No code: tells where variables of the source program are from here on, by operands (registers, constants, places in the
 * frame; none where a value had to be given up).
 */
export class DebugPoint extends MachineInstruction {
  readonly variables: readonly BoundVariable[];
  /** Where the parameters of the function are when it is entered, rather than from here on. */
  readonly entry: boolean;

  constructor(variables: readonly BoundVariable[], places: Operand[], entry = false) {
    super("debug", places);
    this.variables = variables;
    this.entry = entry;
  }

  override reads(): number[] {
    return this.operands.flatMap((operand) => (operand.kind === "register" ? [operand.register] : []));
  }

  override writes(): number[] {
    return [];
  }

  override move(): undefined {
    return undefined;
  }

  override rename(f: (n: number, write: boolean) => number): void {
    this.operands = this.operands.map((operand) =>
      operand.kind === "register" ? register(f(operand.register, false)) : operand,
    );
  }

  /** Puts other operands in the place of registers. */
  replace(f: (register: number) => Operand | undefined): void {
    this.operands = this.operands.map((operand) =>
      operand.kind === "register" ? (f(operand.register) ?? operand) : operand,
    );
  }
}

/** Does the block hold no code? */
export const isEmpty = (block: MachineBlock): boolean =>
  block.instructions.every((instruction) => instruction instanceof DebugPoint);

export function isNumber(operand: Operand | undefined, value: number): boolean {
  return operand?.kind === "number" && operand.value === value;
}

/** Encodes an instruction whose operands are all known. Throws CodegenError when an operand does not fit. */
export function encode(
  instruction: MachineInstruction,
  value: (operand: Exclude<Operand, { kind: "register" | "number" | "lost" }>, field: string) => number,
): number {
  const { row, suffix } = shape(instruction.mnemonic);
  let word = row.match;
  for (const name of suffix) word |= fieldBits(FIELDS[name], 1)!;
  row.operands.forEach((operand, i) => {
    const given = instruction.operands[i];
    if (!given || given.kind === "lost") {
      if (operand.optional || operand.kind === "condition") return;
      throw new CodegenError(`${instruction.mnemonic} lacks operand ${operand.field}`, instruction.location);
    }
    const n =
      given.kind === "register"
        ? given.register >= VECTOR_BASE
          ? given.register - VECTOR_BASE
          : given.register
        : given.kind === "number"
          ? given.value
          : value(given, operand.field);
    const bits = fieldBits(FIELDS[operand.field as FieldName], n);
    if (bits === undefined) {
      throw new CodegenError(
        `operand ${operand.field} = ${n} does not fit ${instruction.mnemonic}; make the function smaller`,
        instruction.location,
      );
    }
    word |= bits;
  });
  return word | 0;
}

export type Exit =
  | { kind: "jump"; to: MachineBlock }
  /** Branches when bit `bit` of CR0 (0 LT, 1 GT, 2 EQ) is `sense`. */
  | { kind: "branch"; bit: 0 | 1 | 2; sense: boolean; to: MachineBlock; otherwise: MachineBlock }
  | { kind: "count"; to: MachineBlock; otherwise: MachineBlock }
  | { kind: "table"; targets: MachineBlock[] }
  | { kind: "return"; reads: readonly number[] }
  | { kind: "stop" };

export class MachineBlock {
  readonly id: number;
  instructions: MachineInstruction[] = [];
  exit: Exit = { kind: "stop" };
  exitLocation: SourceLocation | undefined;
  depth = 0;

  constructor(id: number) {
    this.id = id;
  }

  successors(): MachineBlock[] {
    const { exit } = this;
    switch (exit.kind) {
      case "jump":
        return [exit.to];
      case "branch":
      case "count":
        return [exit.to, exit.otherwise];
      case "table":
        return exit.targets;
      default:
        return [];
    }
  }
}

/** A table of code addresses in data, for a `switch`. */
export interface JumpTable {
  readonly name: string;
  readonly targets: MachineBlock[];
}

export class MachineFunction {
  readonly name: string;
  location: SourceLocation | undefined;
  /** In the order of their addresses, entry first. */
  blocks: MachineBlock[] = [];
  /** Class of each virtual register. */
  readonly classes: ("scalar" | "vector")[] = [];
  /** Virtual registers that hold a constant: how to make it again instead of spilling it. */
  readonly remade = new Map<number, () => MachineInstruction>();
  readonly tables: JumpTable[] = [];
  scalarSlots = 0;
  vectorSlots = 0;
  /** Words of arguments passed on the stack to callees. */
  outgoingWords = 0;
  hasCalls = false;
  /** Of the frame, once it is built: bytes above r1 of spilled scalars and vectors. */
  slotsAt = 0;
  vectorsAt = 0;
  /** What builds and removes the frame. */
  readonly frameCode: MachineInstruction[] = [];
  /** How control comes here: by a call, by an interrupt, or after reset. */
  entered: "function" | "interrupt" | "outermost" = "function";
  /** Interrupt handlers and start-up code bring their own frame. */
  bare = false;

  constructor(name: string) {
    this.name = name;
  }

  virtual(kind: "scalar" | "vector"): number {
    this.classes.push(kind);
    return VIRTUAL_BASE + this.classes.length - 1;
  }

  isVector(n: number): boolean {
    return n >= VIRTUAL_BASE ? this.classes[n - VIRTUAL_BASE] === "vector" : n >= VECTOR_BASE;
  }

  copy(to: number, from: number, location?: SourceLocation): MachineInstruction {
    return new MachineInstruction(
      this.isVector(to) ? "fxvsel" : "or",
      [register(to), register(from), register(from)],
      location,
    );
  }
}
