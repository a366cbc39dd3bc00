import { constantValue } from "./constant.ts";
import { decode, field, undecoded } from "./decode.ts";
import { FIELDS, type FieldName } from "./fields.ts";
import { type Expression, parseMeaning, partsOf, type Statement } from "./meaning.ts";
import { sprByNumber } from "./sprs.ts";
import type { Instruction } from "./types.ts";

/**
 * State that an instruction word reads and writes, derived from the meaning of its row. Elements are `r0`..`r31`,
 * `v0`..`v31`, `cr0`..`cr7`, `ca`, `ov`, `so`, `lr`, `ctr`, `msr`, the other special purpose registers by their name in
 * lower case, `acc`, `vcr`, `memory`, `vectorMemory`, `parallel` and `device`. A predicated vector instruction keeps
 * disabled lanes, so it also reads the vector or accumulator it writes.
 */
export interface ReadWriteSets {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

const MEANINGS = new Map<Instruction, readonly Statement[]>();

/** Parsed meaning of a row; every row is parsed once. */
export function meaningOf(row: Instruction): readonly Statement[] {
  let statements = MEANINGS.get(row);
  if (!statements) {
    statements = parseMeaning(row.meaning);
    MEANINGS.set(row, statements);
  }
  return statements;
}

const FLAGS: Readonly<Record<string, string>> = {
  CA: "ca",
  OV: "ov",
  SO: "so",
  LR: "lr",
  CTR: "ctr",
  MSR: "msr",
  SRR0: "srr0",
  SRR1: "srr1",
  CSRR0: "csrr0",
  CSRR1: "csrr1",
  MCSRR0: "mcsrr0",
  MCSRR1: "mcsrr1",
  ACC: "acc",
  EQ: "vcr",
  GT: "vcr",
  LT: "vcr",
};

/** Functions that touch state beside their arguments. */
const EFFECTS: Readonly<Record<string, readonly [reads: string, writes: string]>> = {
  compare: ["so", ""],
  compareUnsigned: ["so", ""],
  load8: ["memory", ""],
  load16: ["memory", ""],
  load32: ["memory", ""],
  store8: ["", "memory"],
  store16: ["", "memory"],
  store32: ["", "memory"],
  loadMultiple: ["memory", ""],
  storeMultiple: ["", "memory"],
  loadDevice: ["device", ""],
  storeDevice: ["", "device"],
  loadVector: ["vectorMemory", ""],
  storeVector: ["", "vectorMemory"],
  readParallel: ["parallel", ""],
  writeParallel: ["", "parallel"],
  trap: ["msr", "srr0 srr1 esr msr"],
};

const REGISTER = /^(?:RT|RS|RA|RB)$/;
const VECTOR = /^VR[TAB]$/;

/** Read and write sets of an instruction word; those of the undecoded rules where no row matches. */
export function readWriteSets(
  word: number,
  row: Instruction = decode(word) ?? undecoded(word),
): ReadWriteSets {
  const reads = new Set<string>();
  const writes = new Set<string>();
  /** Flags that certainly have been assigned before the current statement. */
  const assigned = new Set<string>();
  let certain = true;
  const known = (name: string) =>
    name in FIELDS && !REGISTER.test(name) && !VECTOR.test(name) ? field(word, name as FieldName) : undefined;
  const staticValue = (node: Expression) => constantValue(node, known);

  const name = (text: string, into: Set<string>): void => {
    if (REGISTER.test(text)) into.add(`r${field(word, text as FieldName)}`);
    else if (text === "RA0") {
      if (field(word, "RA") !== 0) into.add(`r${field(word, "RA")}`);
    } else if (VECTOR.test(text)) into.add(`v${field(word, text as FieldName)}`);
    else if (text === "CR") for (const fieldName of selectedFields(row, word)) into.add(fieldName);
    else if (text === "ENABLED") {
      if (field(word, "COND") !== 0) into.add("vcr");
    } else if (FLAGS[text] && !(into === reads && assigned.has(text))) into.add(FLAGS[text]);
  };
  const call = (node: Extract<Expression, { kind: "call" }>): void => {
    const [readNames, writeNames] = EFFECTS[node.name] ?? ["", ""];
    for (const entry of readNames.split(" ").filter(Boolean)) reads.add(entry);
    for (const entry of writeNames.split(" ").filter(Boolean)) writes.add(entry);
    const argument = node.arguments.length > 0 ? staticValue(node.arguments[0]) : undefined;
    if (node.name === "crField") reads.add(`cr${argument}`);
    else if (node.name === "crBit") reads.add(`cr${argument! >> 2}`);
    else if (node.name === "setCrField") writes.add(`cr${argument}`);
    else if (node.name === "setCrBit") {
      reads.add(`cr${argument! >> 2}`);
      writes.add(`cr${argument! >> 2}`);
    } else if (node.name === "readSpr") for (const entry of sprNames(argument!)) reads.add(entry);
    else if (node.name === "writeSpr") for (const entry of sprNames(argument!)) writes.add(entry);
    else if (node.name === "loadMultiple" || node.name === "storeMultiple") {
      for (let n = field(word, "RT"); n < 32; n++)
        (node.name === "loadMultiple" ? writes : reads).add(`r${n}`);
    } else if (/^(?:byte|halfword)[AB]$/.test(node.name)) name(`VR${node.name.at(-1)}`, reads);
  };
  const expression = (node: Expression): void => {
    if (staticValue(node) !== undefined && node.kind !== "name") return;
    if (node.kind === "name") name(node.name, reads);
    if (node.kind === "call") call(node);
    if (node.kind === "conditional") {
      const condition = staticValue(node.condition);
      if (condition === undefined) expression(node.condition);
      if (condition !== 0) expression(node.whenTrue);
      if (condition === undefined || condition === 0) expression(node.whenFalse);
      return;
    }
    if (node.kind === "binary" && (node.operator === "&&" || node.operator === "||")) {
      const left = staticValue(node.left);
      if (left === undefined) expression(node.left);
      expression(node.right);
      return;
    }
    for (const part of partsOf(node)) expression(part);
  };
  const statement = (node: Statement): void => {
    if (node.kind === "assign") {
      expression(node.value);
      name(node.target, writes);
      if (certain) assigned.add(node.target);
    } else if (node.kind === "if") {
      const condition = staticValue(node.condition);
      const before = certain;
      if (condition === undefined) {
        expression(node.condition);
        certain = false;
      }
      if (condition !== 0) node.then.forEach(statement);
      if (condition === undefined || condition === 0) node.otherwise.forEach(statement);
      certain = before;
    } else expression(node.call);
  };
  meaningOf(row).forEach(statement);
  if (row.vector?.conditional && field(word, "COND") !== 0) {
    reads.add("vcr");
    for (const written of writes) if (written !== "parallel") reads.add(written);
  }
  return { reads, writes };
}

/** Condition fields that `CR` stands for: those of FXM where the row has it, else all. */
function selectedFields(row: Instruction, word: number): string[] {
  const all = [0, 1, 2, 3, 4, 5, 6, 7];
  const selected = row.operands.some((operand) => operand.field === "FXM")
    ? all.filter((n) => (field(word, "FXM") << n) & 0x80)
    : all;
  return selected.map((n) => `cr${n}`);
}

function sprNames(number: number): readonly string[] {
  if (number === 1) return ["ca", "ov", "so"];
  const register = sprByNumber(number);
  return register ? [register.name.toLowerCase()] : [];
}
