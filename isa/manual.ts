import { operandSyntax } from "./assemble.ts";
import { encode } from "./encode.ts";
import { FIELDS, type FieldName, fieldMask } from "./fields.ts";
import { WRITTEN_FORMS } from "./forms.ts";
import {
  FXV_INSTRUCTIONS,
  INSTRUCTIONS,
  POWER_INSTRUCTIONS,
  SPRS,
  UNDECODED,
  UNDECODED_EXTENDED,
} from "./index.ts";
import { readWriteSets } from "./read-write.ts";
import { SIMPLIFIED_FORMS, type SimplifiedForm } from "./simplified.ts";
import type { Instruction } from "./types.ts";
import { VOCABULARY_FUNCTIONS, VOCABULARY_NAMES } from "./vocabulary.ts";

/** Mnemonic with its optional suffixes, e.g. `add[o][.]`. */
export function mnemonicPattern(row: Instruction): string {
  const letters = { OE: "[o]", Rc: "[.]", LK: "[l]", AA: "[a]" };
  return row.mnemonic + (row.modifiers ?? []).map((name) => letters[name]).join("");
}

/** Operands of a row in assembler syntax, e.g. `RT, D(RA)`. */
export function operandPattern(row: Instruction): string {
  const form = WRITTEN_FORMS.find((entry) => entry.row === row && entry.mnemonic === row.mnemonic);
  return operandSyntax(form?.parameters ?? []);
}

/**
 * The 32 bits from left to right: fixed values, field names, `-` for ignored bits, each with its width where it is not
 * one bit, e.g. `31:6 RT:5 RA:5 RB:5 OE 266:9 Rc`.
 */
export function encodingPattern(row: Instruction): string {
  const fields = [...row.operands.map((operand) => operand.field as FieldName), ...(row.modifiers ?? [])];
  const parts: string[] = [];
  for (let bit = 0; bit < 32; ) {
    const field = fields.map((name) => FIELDS[name]).find((entry) => entry.first === bit);
    if (field) {
      parts.push(part(field.name, field.last - bit + 1));
      bit = field.last + 1;
      continue;
    }
    const fixed = isFixed(row, bit);
    let end = bit + 1;
    while (end < 32 && end !== 6 && isFixed(row, end) === fixed && !inField(fields, end)) end++;
    const value = ((row.match << bit) >>> (32 - (end - bit))).toString();
    parts.push(part(fixed ? value : "-", end - bit));
    bit = end;
  }
  return parts.join(" ");
}

const part = (text: string, width: number) => (width === 1 ? text : `${text}:${width}`);
const isFixed = (row: Instruction, bit: number) => ((row.mask << bit) & 0x80000000) !== 0;
const inField = (fields: readonly FieldName[], bit: number) =>
  fields.some((name) => ((fieldMask(FIELDS[name]) << bit) & 0x80000000) !== 0);

/** Flags and special registers that a row writes, with the modifier that makes it so, e.g. `CA; CR0 if Rc`. */
export function flagsWritten(row: Instruction): string {
  const sample = Object.fromEntries(
    row.operands.map(({ field }) => [
      field,
      field === "SPR" ? 8 : field === "BO" ? 0 : field === "FXM" ? 255 : 0,
    ]),
  );
  const written = (modifiers: Record<string, number>) =>
    new Set([...readWriteSets(encode(row, { ...sample, ...modifiers }), row).writes].filter(isFlag));
  const base = written({});
  const texts =
    base.size > 0 && !row.operands.some((operand) => operand.kind === "spr") ? [list(base, row)] : [];
  for (const name of row.modifiers ?? []) {
    const more = [...written({ [name]: 1 })].filter((entry) => !base.has(entry));
    if (more.length > 0) texts.push(`${list(new Set(more), row)} if ${name}`);
  }
  return texts.join("; ");
}

const isFlag = (name: string) => /^(?:ca|ov|so|cr\d|lr|ctr|msr|acc|vcr|srr\d|esr)$/.test(name);

function list(names: ReadonlySet<string>, row: Instruction): string {
  const chosen = row.operands.find((operand) => /^(?:BF|BT|FXM)$/.test(operand.field));
  const texts = [...names].map((name) => (chosen && name.startsWith("cr") ? "CR" : name.toUpperCase()));
  return [...new Set(texts)].join(" ");
}

/** Statements of a meaning, one a line. */
export function meaningLines(row: Instruction): string[] {
  const lines: string[] = [];
  let depth = 0;
  let line = "";
  for (const character of row.meaning) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character === ";" && depth === 0) {
      lines.push(line.trim());
      line = "";
    } else line += character;
  }
  return [...lines, line.trim()].filter((text) => text !== "");
}

const simplifiedText = (form: SimplifiedForm) =>
  [form.mnemonic + (form.hint ?? ""), form.parameters.join(", ")].join(" ").trim();
const baseText = (form: SimplifiedForm) => `${form.base} ${form.operands.join(", ")}`;

/** Everything the rows say about one instruction, as plain text for a terminal. */
export function describeInstruction(row: Instruction): string {
  const entry = (label: string, lines: readonly string[]) =>
    lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(11)}${line}`);
  const flags = flagsWritten(row);
  const simplified = SIMPLIFIED_FORMS.filter((form) => form.base === row.mnemonic && form.hint === undefined);
  const shown = simplified.slice(0, 12).map((form) => `${simplifiedText(form)}  =  ${baseText(form)}`);
  return [
    `${mnemonicPattern(row)} ${operandPattern(row)}`.trim(),
    `  ${row.summary}`,
    "",
    ...entry("encoding", [encodingPattern(row), `match 0x${hex(row.match)}, mask 0x${hex(row.mask)}`]),
    ...entry("meaning", meaningLines(row)),
    ...entry("writes", flags === "" ? [] : [flags]),
    ...entry("timing", [row.timing]),
    ...entry("vector", row.vector ? [vectorText(row)] : []),
    ...entry("aliases", row.aliases ? [row.aliases.join(", ")] : []),
    ...entry(
      "simplified",
      simplified.length > shown.length ? [...shown, `and ${simplified.length - shown.length} more`] : shown,
    ),
    ...entry("quirk", row.quirk === undefined ? [] : [row.quirk]),
    ...entry("reference", [row.reference]),
  ].join("\n");
}

const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");

function vectorText(row: Instruction): string {
  const { width, unit, conditional } = row.vector!;
  const lanes = width === "none" ? "whole vector" : `${width} lanes`;
  return `${lanes}, unit ${unit}, ${conditional ? "predicated by COND" : "not predicated"}`;
}

/** The reference manual as Markdown: every row by family, simplified mnemonics, registers, vocabulary. */
export function manual(): string {
  const families = [...new Set(INSTRUCTIONS.map((row) => row.family))];
  return [
    "# Instruction set of the PPU",
    "",
    "Generated from the rows in `isa/` by `npm run docs`; do not edit.",
    "",
    `${POWER_INSTRUCTIONS.length} scalar and ${FXV_INSTRUCTIONS.length} vector instructions. Encodings list the 32 bits from the most`,
    "significant one on: fixed values, fields, `-` for bits that the hardware ignores, with `:width` where it is not 1.",
    "The language of the meanings is described at the end. Timing classes are priced by the timing profile of the core.",
    "",
    ...families.flatMap((family) => [
      `## ${capital(family)}`,
      "",
      ...familyTable(INSTRUCTIONS.filter((row) => row.family === family)),
      "",
    ]),
    "## Undecoded words",
    "",
    "There is no illegal-instruction exception. Words that no row matches do this:",
    "",
    ...familyTable([UNDECODED_EXTENDED, UNDECODED]),
    "",
    "## Simplified mnemonics",
    "",
    "They take the suffixes of their base. Conditional branches exist with a `+` or `-` hint as well; hints do nothing.",
    "",
    ...table(
      ["simplified", "stands for", "disassembler"],
      SIMPLIFIED_FORMS.filter((form) => form.hint === undefined).map((form) => [
        code(simplifiedText(form)),
        code(baseText(form)),
        form.printed ? "writes it" : "",
      ]),
    ),
    "",
    "## Special purpose registers",
    "",
    ...table(
      ["number", "name", "access", "bits", "content", "quirk"],
      SPRS.map((spr) => [
        String(spr.number),
        spr.name,
        `${spr.readable ? "r" : "-"}${spr.writable ? "w" : "-"}`,
        `0x${hex(spr.bits)}`,
        spr.summary,
        spr.quirk ?? "",
      ]),
    ),
    "",
    "## The language of the meanings",
    "",
    "Assignments, `if`, and calls over 32-bit integers; operators are those of C on int32 (`<`, `>>` signed, `>>>` logical,",
    "shift counts modulo 32). Statements run in order. Field names stand for the operand value in the word, names of",
    "register fields for the content of the register, other lower-case names for local values.",
    "",
    ...table(
      ["name", "access", "meaning"],
      VOCABULARY_NAMES.map((name) => [code(name.name), name.access, name.summary]),
    ),
    "",
    ...table(
      ["function", "meaning"],
      VOCABULARY_FUNCTIONS.map((entry) => [
        code(`${entry.name}(${entry.parameters.join(", ")})`),
        entry.summary,
      ]),
    ),
    "",
  ].join("\n");
}

function familyTable(rows: readonly Instruction[]): string[] {
  return table(
    ["instruction", "encoding", "meaning", "writes", "timing", "reference", "remarks"],
    rows.map((row) => [
      `${code(`${mnemonicPattern(row)} ${operandPattern(row)}`.trim())}<br>${row.summary}`,
      code(encodingPattern(row)),
      meaningLines(row).map(code).join("<br>"),
      flagsWritten(row),
      row.timing,
      row.reference,
      [row.aliases && `alias ${row.aliases.join(", ")}`, row.quirk].filter(Boolean).join("; "),
    ]),
  );
}

const code = (text: string) => (text === "" ? "" : `\`${text}\``);
const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `| ${head.map(() => "---").join(" | ")} |`, ...rows.map(line)];
}
