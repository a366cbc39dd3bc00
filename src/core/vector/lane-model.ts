/**
 * Plain model of the vector lanes, translated from the meaning of the rows: one loop over the lanes, exact integers,
 * no tricks. It is the oracle of the kernels and executes vector intrinsics where there is no PPU.
 */
import { type Expression, parseMeaning, type Statement } from "../../../isa/meaning.ts";
import type { Instruction } from "../../../isa/types.ts";
import { VECTOR_BYTES } from "../layout.ts";
import { type AccumulatorState, type ConditionLanes, HALFWORD_LANES } from "./lanes.ts";

/** Sources of one execution; what a row does not use can be left out. */
export interface LaneOperands {
  /** Registers as 128 byte lanes, lane 0 first. */
  readonly vra?: Uint8Array;
  readonly vrb?: Uint8Array;
  /** Old content of VRT, which remains in disabled lanes (all 0 if left out). */
  readonly vrt?: Uint8Array;
  /** Content of GPR[RA] for splats. */
  readonly scalar?: number;
  /** Shift amount -16..15. */
  readonly imm?: number;
  /** Condition 0..3 (always, GT, LT, EQ), or bit count of pack and unpack. */
  readonly cond?: number;
}

type Body = (
  T: Uint8Array,
  A: Uint8Array,
  B: Uint8Array,
  acc: Int32Array,
  vcr: ConditionLanes,
  enabled: Uint8Array,
  operands: { readonly RA: number; readonly IMM: number; readonly COND: number },
) => void;

const ALWAYS = new Uint8Array(VECTOR_BYTES).fill(1);
const ZERO = new Uint8Array(VECTOR_BYTES);

/** Vocabulary of vector rows as JavaScript; W is the width of an element, D = 2 W that of its accumulator. */
const FUNCTIONS = (width: number) => `
  const W = ${width};
  const signed = (x, bits) => (x << (32 - bits)) >> (32 - bits);
  const clamp = (x, bits) => Math.min(Math.max(x, -(2 ** (bits - 1))), 2 ** (bits - 1) - 1);
  const unsigned = (x) => x & ${2 ** width - 1};
  const lo = unsigned;
  const loD = (x) => signed(x, ${2 * width});
  const sat = (x) => clamp(x, ${width});
  const satD = (x) => clamp(x, ${2 * width});
  const fmul = (a, b) => satD(2 * a * b);
  const byteA = (n) => A[n];
  const byteB = (n) => B[n];
  const halfwordA = (i) => A[2 * i] << 8 | A[2 * i + 1];
  const halfwordB = (i) => B[2 * i] << 8 | B[2 * i + 1];
`;
const FUNCTION_NAMES = new Set([
  ..."lo loD sat satD fmul unsigned byteA byteB halfwordA halfwordB".split(" "),
]);

/** Names a meaning may read, and how the loop knows them. */
const READABLE: Record<string, string> = {
  VRT: "t",
  VRA: "a",
  VRB: "b",
  ACC: "c",
  W: "W",
  LANE: "lane",
  ENABLED: "enabled[lane]",
  RA: "operands.RA",
  IMM: "operands.IMM",
  COND: "operands.COND",
};
const ASSIGNABLE: Record<string, string> = { VRT: "t", ACC: "c", EQ: "eq", GT: "gt", LT: "lt" };
const COMPARISONS: Record<string, string> = {
  "==": "===",
  "!=": "!==",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

interface Translation {
  readonly row: Instruction;
  readonly locals: Set<string>;
  readonly written: Set<string>;
}

function unknown(row: Instruction, what: string): never {
  throw new Error(`lane model: ${row.mnemonic} uses ${what}, which is not a word of vector lanes`);
}

function expression(tree: Expression, into: Translation): string {
  const sub = (inner: Expression) => expression(inner, into);
  switch (tree.kind) {
    case "number":
      return `${tree.value}`;
    case "name":
      if (into.locals.has(tree.name)) return `$${tree.name}`;
      return READABLE[tree.name] ?? unknown(into.row, tree.name);
    case "unary":
      return tree.operator === "!"
        ? `(${sub(tree.operand)} ? 0 : 1)`
        : `(${tree.operator}${sub(tree.operand)})`;
    case "conditional":
      return `(${sub(tree.condition)} ? ${sub(tree.whenTrue)} : ${sub(tree.whenFalse)})`;
    case "call":
      if (!FUNCTION_NAMES.has(tree.name)) return unknown(into.row, `${tree.name}()`);
      return `${tree.name}(${tree.arguments.map(sub).join(", ")})`;
    case "binary": {
      const comparison = COMPARISONS[tree.operator];
      const logical = tree.operator === "&&" || tree.operator === "||";
      const text = `${sub(tree.left)} ${comparison ?? tree.operator} ${sub(tree.right)}`;
      return comparison || logical ? `(${text} ? 1 : 0)` : `(${text})`;
    }
  }
}

function statement(tree: Statement, into: Translation): string {
  switch (tree.kind) {
    case "assign": {
      const value = expression(tree.value, into);
      const known = ASSIGNABLE[tree.target];
      if (known !== undefined) into.written.add(tree.target);
      else if (/^[a-z]/.test(tree.target)) into.locals.add(tree.target);
      else unknown(into.row, `an assignment to ${tree.target}`);
      return `${known ?? `$${tree.target}`} = ${value};`;
    }
    case "if": {
      const block = (list: readonly Statement[]) =>
        `{ ${list.map((one) => statement(one, into)).join(" ")} }`;
      const condition = expression(tree.condition, into);
      return `if (${condition}) ${block(tree.then)} else ${block(tree.otherwise)}`;
    }
    case "do":
      return unknown(into.row, `the statement ${tree.call.name}()`);
  }
}

/** How a lane of each width is read and written: `h` is the byte lane of its upper, `l` of its lower end. */
const ACCESS = {
  halfword: {
    lanes: HALFWORD_LANES,
    bits: 16,
    load: `const h = 2 * lane, l = h + 1;
    const a = (A[h] << 24 | A[l] << 16) >> 16, b = (B[h] << 24 | B[l] << 16) >> 16;
    let t = (T[h] << 24 | T[l] << 16) >> 16, c = acc[lane];`,
    storeTarget: "if (on[h]) T[h] = t >> 8; if (on[l]) T[l] = t;",
    storeAccumulator: `const kept = (on[h] ? 0 : 0xffff0000) | (on[l] ? 0 : 0xffff);
    acc[lane] = acc[lane] & kept | c & ~kept;`,
    storeCondition: (name: string) => `vcr.${name}[h] = vcr.${name}[l] = ${name};`,
  },
  byte: {
    lanes: VECTOR_BYTES,
    bits: 8,
    load: `const a = A[lane] << 24 >> 24, b = B[lane] << 24 >> 24, position = lane & 1 ? 0 : 16;
    let t = T[lane] << 24 >> 24, c = acc[lane >> 1] << (16 - position) >> 16;`,
    storeTarget: "if (on[lane]) T[lane] = t;",
    storeAccumulator: `if (on[lane]) {
      acc[lane >> 1] = acc[lane >> 1] & ~(0xffff << position) | (c & 0xffff) << position;
    }`,
    storeCondition: (name: string) => `vcr.${name}[lane] = ${name};`,
  },
};

function translate(row: Instruction): { readonly body: Body; readonly writesTarget: boolean } {
  const width = row.vector?.width;
  if (width !== "byte" && width !== "halfword") {
    throw new Error(`lane model: ${row.mnemonic} is not a lane operation; give a row with a vector width`);
  }
  const access = ACCESS[width];
  const into: Translation = { row, locals: new Set(), written: new Set() };
  const statements = parseMeaning(row.meaning).map((one) => statement(one, into));
  const writes = (name: string) => into.written.has(name);
  const locals = [...into.locals].map((name) => `$${name}`);
  const source = `"use strict";
  ${FUNCTIONS(access.bits)}
  const on = ${row.vector?.conditional ? "enabled" : "ALWAYS"};
  for (let lane = 0; lane < ${access.lanes}; lane++) {
    ${access.load}
    let eq = 0, gt = 0, lt = 0${locals.map((name) => `, ${name} = 0`).join("")};
    ${statements.join("\n    ")}
    ${writes("VRT") ? access.storeTarget : ""}
    ${writes("ACC") ? access.storeAccumulator : ""}
    ${["EQ", "GT", "LT"]
      .filter(writes)
      .map((name) => access.storeCondition(name.toLowerCase()))
      .join(" ")}
  }`;
  const make = new Function("ALWAYS", `return (T, A, B, acc, vcr, enabled, operands) => {${source}}`);
  return { body: make(ALWAYS) as Body, writesTarget: writes("VRT") };
}

const translated = new WeakMap<Instruction, ReturnType<typeof translate>>();

/** Byte lanes that a cond field enables: 0 all, 1 GT, 2 LT, 3 EQ. */
export function enabledLanes(cond: number, vcr: ConditionLanes): Uint8Array {
  return [ALWAYS, vcr.gt, vcr.lt, vcr.eq][cond & 3];
}

/**
 * Executes one lane operation (every vector row but fxvlax, fxvstax, fxvinx, fxvoutx).
 * @returns the new content of VRT in a new array, or undefined when the row does not write VRT; accumulator and VCR
 *   are changed in `state`. Sources may be the same array.
 */
export function executeLane(
  row: Instruction,
  operands: LaneOperands,
  state: AccumulatorState,
): Uint8Array | undefined {
  let entry = translated.get(row);
  if (entry === undefined) {
    entry = translate(row);
    translated.set(row, entry);
  }
  const { vra = ZERO, vrb = ZERO, vrt = ZERO, scalar = 0, imm = 0, cond = 0 } = operands;
  const target = entry.writesTarget ? Uint8Array.from(vrt) : ZERO;
  const enabled = enabledLanes(cond, state.vcr);
  entry.body(target, vra, vrb, state.acc, state.vcr, enabled, { RA: scalar, IMM: imm, COND: cond });
  return entry.writesTarget ? target : undefined;
}
