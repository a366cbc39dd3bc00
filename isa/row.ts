import type { FieldName } from "./fields.ts";
import { FIELDS, fieldBits, fieldMask } from "./fields.ts";
import { namesIn, parseMeaning } from "./meaning.ts";
import type { Instruction, Operand, OperandKind } from "./types.ts";

/** What a family writes about one instruction; masks and operand roles follow from it. */
export interface RowSource
  extends Pick<Instruction, "mnemonic" | "aliases" | "family" | "form" | "summary" | "meaning" | "timing">,
    Pick<Instruction, "reference" | "quirk" | "vector"> {
  /** Values of the fields that tell this instruction from the others. */
  readonly fixed: Partial<Record<FieldName, number>>;
  /** Operands in assembler order, e.g. `RT, D(RA0)`; `RA0` stands for (RA|0), a trailing `?` for optional. */
  readonly operands: string;
  readonly modifiers?: Instruction["modifiers"];
}

const KINDS: Partial<Record<FieldName, OperandKind>> = {
  RT: "gpr",
  RS: "gpr",
  RA: "gpr",
  RB: "gpr",
  VRT: "vector",
  VRA: "vector",
  VRB: "vector",
  BF: "crField",
  BFA: "crField",
  BI: "crBit",
  BT: "crBit",
  BA: "crBit",
  BB: "crBit",
  SPR: "spr",
  D: "displacement",
  BD: "relative",
  LI: "relative",
  COND: "condition",
};

/** Completes a row: match and mask from the fixed fields, operand kinds from names, access from the meaning. */
export function row(source: RowSource): Instruction {
  const { fixed, operands: operandText, modifiers, ...rest } = source;
  let match = 0;
  let mask = 0;
  for (const [name, value] of Object.entries(fixed) as [FieldName, number][]) {
    match |= fieldBits(FIELDS[name], value)!;
    mask |= fieldMask(FIELDS[name]);
  }
  const uses = namesIn(parseMeaning(source.meaning));
  const operands = (operandText.match(/\w+\??/g) ?? []).map((text) => operand(text, uses));
  const covered = [...operands.map((entry) => entry.field as FieldName), ...(modifiers ?? [])];
  const ignored = ~covered.reduce((bits, name) => bits | fieldMask(FIELDS[name]), mask);
  return {
    ...rest,
    match,
    mask,
    operands,
    ...(modifiers && { modifiers }),
    ...(ignored !== 0 && { ignored }),
  };
}

function operand(text: string, uses: ReturnType<typeof namesIn>): Operand {
  const optional = text.endsWith("?");
  const name = optional ? text.slice(0, -1) : text;
  const field = name === "RA0" ? "RA" : (name as FieldName);
  const kind = name === "RA0" ? "gpr0" : (KINDS[field] ?? "immediate");
  const written =
    uses.written.has(field) ||
    (field === "RT" && uses.called.has("loadMultiple")) ||
    ((field === "BF" || field === "BT") && uses.called.has(field === "BF" ? "setCrField" : "setCrBit"));
  const read = uses.read.has(name) || uses.read.has(field) || uses.called.has(`byte${field.at(-1)}`);
  const content =
    kind === "gpr" || kind === "gpr0" || kind === "vector" || kind === "crField" || kind === "crBit";
  const access = !content
    ? "value"
    : written
      ? read && field !== "BF" && field !== "BT"
        ? "readWrite"
        : "write"
      : "read";
  return { field, kind, access, ...(optional && { optional }) };
}
