import { constantValue } from "./constant.ts";
import type { OperandValues } from "./encode.ts";
import { suffix } from "./encode.ts";
import { FIELDS, type FieldName, fieldRange } from "./fields.ts";
import { INSTRUCTIONS, instructionByMnemonic } from "./index.ts";
import { type Expression, parseMeaning } from "./meaning.ts";
import { SIMPLIFIED_FORMS } from "./simplified.ts";
import type { Instruction, OperandKind } from "./types.ts";

/** An operand as it is written in a line of assembly. */
export interface Parameter {
  readonly name: string;
  readonly kind: OperandKind;
  /** Field whose value this is, unless the field is computed from it. */
  readonly field?: FieldName;
  readonly range: readonly [number, number];
  readonly optional: boolean;
}

/** One way to write an instruction: the base form of a row or a simplified form, with the modifiers it fixes. */
export interface WrittenForm {
  /** Complete mnemonic with suffixes and hint. */
  readonly mnemonic: string;
  readonly row: Instruction;
  readonly modifiers: OperandValues;
  readonly parameters: readonly Parameter[];
  /** Values of the base operands, as functions of the parameters. */
  readonly values: readonly Expression[];
  readonly printed: boolean;
}

/** Every form of every instruction; simplified ones first, in the order in which the disassembler tries them. */
export const WRITTEN_FORMS: readonly WrittenForm[] = [
  ...SIMPLIFIED_FORMS.flatMap((form) => {
    const row = instructionByMnemonic(form.base)!;
    const values = form.operands.map(parseExpression);
    const parameters = form.parameters.map((name): Parameter => {
      const at = values.findIndex((value) => value.kind === "name" && value.name === name);
      const operand = at < 0 ? undefined : row.operands[at];
      const field = operand?.field as FieldName | undefined;
      return {
        name,
        kind: form.kinds?.[name] ?? operand?.kind ?? "immediate",
        ...(field && { field }),
        range: form.ranges?.[name] ?? (field ? fieldRange(FIELDS[field]) : [0, 31]),
        optional: false,
      };
    });
    return variants(row).map((modifiers) => ({
      mnemonic: form.mnemonic + suffix(row, modifiers) + (form.hint ?? ""),
      row,
      modifiers,
      parameters,
      values,
      printed: form.printed,
    }));
  }),
  ...INSTRUCTIONS.flatMap((row) => {
    const parameters = row.operands.map((operand): Parameter => {
      const field = operand.field as FieldName;
      return {
        name: field,
        kind: operand.kind,
        field,
        range: fieldRange(FIELDS[field]),
        optional: operand.optional === true,
      };
    });
    const values = row.operands.map((operand) => parseExpression(operand.field));
    return [row.mnemonic, ...(row.aliases ?? [])].flatMap((name, index) =>
      variants(row).map((modifiers) => ({
        mnemonic: name + suffix(row, modifiers),
        row,
        modifiers,
        parameters,
        values,
        printed: index === 0,
      })),
    );
  }),
];

const BY_MNEMONIC = new Map<string, WrittenForm[]>();
for (const form of WRITTEN_FORMS) {
  const list = BY_MNEMONIC.get(form.mnemonic);
  if (list) list.push(form);
  else BY_MNEMONIC.set(form.mnemonic, [form]);
}

/** Forms that a complete mnemonic may mean; they differ in the number of operands. */
export const formsByMnemonic = (mnemonic: string): readonly WrittenForm[] => BY_MNEMONIC.get(mnemonic) ?? [];

/** Every mnemonic that the assembler knows. */
export const mnemonics = (): readonly string[] => [...BY_MNEMONIC.keys()];

/** Values of the base operands for given parameter values; fields whose expression is out of range are left out. */
export function operandValues(form: WrittenForm, parameters: ReadonlyMap<string, number>): OperandValues {
  const values: OperandValues = { ...form.modifiers };
  form.row.operands.forEach((operand, index) => {
    const value = constantValue(form.values[index], (name) => parameters.get(name));
    if (value !== undefined) values[operand.field as FieldName] = value;
  });
  return values;
}

/** Every combination of modifier bits. */
function variants(row: Instruction): OperandValues[] {
  return (row.modifiers ?? []).reduce<OperandValues[]>(
    (list, name) => list.flatMap((values) => [values, { ...values, [name]: 1 }]),
    [{}],
  );
}

function parseExpression(text: string): Expression {
  const [statement] = parseMeaning(`x = ${text}`);
  return (statement as { value: Expression }).value;
}
