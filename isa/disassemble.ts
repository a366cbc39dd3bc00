import { constantValue } from "./constant.ts";
import { decode, field } from "./decode.ts";
import type { FieldName } from "./fields.ts";
import { type Parameter, WRITTEN_FORMS, type WrittenForm } from "./forms.ts";
import { sprByNumber } from "./sprs.ts";
import type { Instruction } from "./types.ts";

export interface Disassembly {
  /** Complete mnemonic, simplified where a simplified form exists; `.long` for words the core does not decode. */
  readonly mnemonic: string;
  readonly operands: readonly string[];
  /** Mnemonic and operands, accepted by `assembleInstruction`. */
  readonly text: string;
  readonly row: Instruction | undefined;
  /** Absolute byte address of a direct branch. */
  readonly target?: number;
  /** false: the word has bits set that the hardware ignores; assembling the text clears them. */
  readonly exact: boolean;
}

export interface DisassembleOptions {
  /** Name for a branch target, e.g. `main` or `main+0x8`; without one the address is written. */
  readonly symbolAt?: (address: number) => string | undefined;
}

const FORMS_BY_ROW = new Map<Instruction, WrittenForm[]>();
for (const form of WRITTEN_FORMS.filter((entry) => entry.printed)) {
  const list = FORMS_BY_ROW.get(form.row);
  if (list) list.push(form);
  else FORMS_BY_ROW.set(form.row, [form]);
}

/** Text of an instruction word at a byte address. Never throws: unknown words become `.long`. */
export function disassemble(word: number, address = 0, options: DisassembleOptions = {}): Disassembly {
  const row = decode(word);
  if (!row) {
    const value = `0x${(word >>> 0).toString(16).padStart(8, "0")}`;
    return { mnemonic: ".long", operands: [value], text: `.long ${value}`, row, exact: true };
  }
  for (const form of FORMS_BY_ROW.get(row)!) {
    const values = matchForm(word, form);
    if (values) return written(word, address, form, values, options);
  }
  throw new Error(`no written form of ${row.mnemonic}`);
}

/** Parameter values with which a form stands for the word, or undefined. */
function matchForm(word: number, form: WrittenForm): Map<string, number> | undefined {
  const { row } = form;
  for (const name of row.modifiers ?? []) {
    if (field(word, name) !== (form.modifiers[name] ?? 0)) return undefined;
  }
  const values = new Map<string, number>();
  for (const { name, field: source, range } of form.parameters) {
    if (source === undefined) continue;
    const value = field(word, source);
    if (value < range[0] || value > range[1]) return undefined;
    values.set(name, value);
  }
  const open = form.parameters.find((parameter) => parameter.field === undefined);
  if (!open) return agrees(word, form, values) ? values : undefined;
  for (let value = open.range[0]; value <= open.range[1]; value++) {
    values.set(open.name, value);
    if (agrees(word, form, values)) return values;
  }
  return undefined;
}

function agrees(word: number, form: WrittenForm, values: ReadonlyMap<string, number>): boolean {
  return form.row.operands.every(
    (operand, index) =>
      constantValue(form.values[index], (name) => values.get(name)) ===
      field(word, operand.field as FieldName),
  );
}

function written(
  word: number,
  address: number,
  form: WrittenForm,
  values: ReadonlyMap<string, number>,
  options: DisassembleOptions,
): Disassembly {
  const operands: string[] = [];
  let target: number | undefined;
  const shown = form.parameters.filter(
    (parameter, index) =>
      !(parameter.optional && form.parameters.slice(index).every((rest) => values.get(rest.name) === 0)),
  );
  shown.forEach((parameter, index) => {
    const value = values.get(parameter.name)!;
    if (parameter.kind === "relative") {
      target = ((form.modifiers.AA ? 0 : address) + value) >>> 0;
      operands.push(options.symbolAt?.(target) ?? `0x${target.toString(16)}`);
    } else if (shown[index - 1]?.kind === "displacement") {
      operands[operands.length - 1] += `(${operandText(parameter, value)})`;
    } else operands.push(operandText(parameter, value));
  });
  const text = operands.length > 0 ? `${form.mnemonic} ${operands.join(", ")}` : form.mnemonic;
  const exact = (word & (form.row.ignored ?? 0)) === 0;
  return {
    mnemonic: form.mnemonic,
    operands,
    text,
    row: form.row,
    ...(target !== undefined && { target }),
    exact,
  };
}

const CR_BIT_NAMES = ["lt", "gt", "eq", "so"];

function operandText(parameter: Parameter, value: number): string {
  switch (parameter.kind) {
    case "gpr":
      return `r${value}`;
    case "gpr0":
      return value === 0 ? "0" : `r${value}`;
    case "crField":
      return `cr${value}`;
    case "crBit":
      return value < 4 ? CR_BIT_NAMES[value] : `4*cr${value >> 2}+${CR_BIT_NAMES[value & 3]}`;
    case "spr":
      return sprByNumber(value)?.name.toLowerCase() ?? String(value);
    default:
      return parameter.field === "UI" && value > 9 ? `0x${value.toString(16)}` : String(value);
  }
}
