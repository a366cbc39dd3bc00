import { EncodingError, encode } from "./encode.ts";
import { formsByMnemonic, operandValues, type Parameter, type WrittenForm } from "./forms.ts";
import { sprByName } from "./sprs.ts";

/** A line of assembly that cannot be encoded; the message names the mnemonic or operand and what is allowed. */
export class AssemblyError extends Error {
  override name = "AssemblyError";
}

export interface AssembleContext {
  /** Byte address of the instruction, for branch displacements. */
  readonly address: number;
  /**
   * Value of an operand that is not a register: number, symbol, or expression with `@l`, `@h`, `@ha`.
   * Throws for unknown symbols. Branch targets are absolute addresses.
   */
  readonly resolve: (expression: string) => number;
}

/** Instructions of Power ISA that a reader may expect, and what this core offers instead. */
const ABSENT: Readonly<Record<string, string>> = {
  isync: "the core does not decode it; use sync",
  eieio: "the core does not decode it; use sync",
  mbar: "the core does not decode it; use sync",
  mftb: "use mftbl or mfspr with 284 (TBL) and 285 (TBU)",
  mftbu: "use mfspr with 285 (TBU)",
  sc: "the core has no system call; use trap",
  lwarx: "the core has no reservations",
  "stwcx.": "the core has no reservations",
  wrteei: "use mfmsr and mtmsr",
  wrtee: "use mtmsr",
  isel: "the core does not decode it; use a branch",
};

/**
 * Instruction word (int32) of one line: mnemonic with its suffixes, operands as they stand between the commas.
 * Registers are written `r3`, `%r3` or `3`, vectors `v3` or `3`, condition fields `cr1`, condition bits `4*cr1+eq`,
 * memory operands `disp(rA)`. Everything else goes through `context.resolve`.
 * Throws AssemblyError for unknown mnemonics, wrong operand counts, registers and values out of range.
 */
export function assembleInstruction(
  mnemonic: string,
  operands: readonly string[],
  context: AssembleContext,
): number {
  const name = mnemonic.toLowerCase();
  const forms = formsByMnemonic(name);
  if (forms.length === 0) {
    const hint = ABSENT[name];
    throw new AssemblyError(`unknown instruction "${mnemonic}"${hint === undefined ? "" : `: ${hint}`}`);
  }
  const form = forms.find((candidate) => accepts(candidate, operands.length));
  if (!form) throw new AssemblyError(`${name} takes ${usage(forms)}, but ${count(operands.length)} given`);
  const values = new Map<string, number>();
  let at = 0;
  for (let index = 0; index < form.parameters.length; index++) {
    const parameter = form.parameters[index];
    const text = operands[at++]?.trim();
    if (text === undefined) {
      values.set(parameter.name, 0);
    } else if (parameter.kind === "displacement") {
      const base = form.parameters[++index];
      const [displacement, register] = memoryOperand(name, text);
      values.set(parameter.name, operandValue(name, parameter, displacement, form, context));
      values.set(base.name, operandValue(name, base, register, form, context));
    } else {
      values.set(parameter.name, operandValue(name, parameter, text, form, context));
    }
  }
  try {
    return encode(form.row, operandValues(form, values));
  } catch (error) {
    if (error instanceof EncodingError) {
      throw new AssemblyError(
        `${name} ${operands.map((text) => text.trim()).join(", ")}: no encoding for this combination of values`,
      );
    }
    throw error;
  }
}

/** Operands as a reader would write them, e.g. `RT, D(RA)`. */
export function operandSyntax(parameters: readonly Parameter[]): string {
  let text = "";
  parameters.forEach((parameter, index) => {
    const base = parameters[index - 1]?.kind === "displacement";
    const written = base ? `(${parameter.name})` : `${index > 0 ? ", " : ""}${parameter.name}`;
    text += parameter.optional ? `[${written}]` : written;
  });
  return text;
}

function accepts(form: WrittenForm, count: number): boolean {
  const written = form.parameters.filter((_, index) => form.parameters[index - 1]?.kind !== "displacement");
  const required = written.filter((parameter) => !parameter.optional).length;
  return count >= required && count <= written.length;
}

const count = (operands: number) => (operands === 1 ? "1 operand is" : `${operands || "no"} operands are`);

function usage(forms: readonly WrittenForm[]): string {
  const texts = forms.map((form) => operandSyntax(form.parameters) || "no operands");
  return [...new Set(texts)].map((text) => `"${text}"`).join(" or ");
}

function memoryOperand(mnemonic: string, text: string): [displacement: string, register: string] {
  const match = /^(.*)\(([^()]*)\)$/s.exec(text);
  if (!match) throw new AssemblyError(`${mnemonic}: "${text}" is not a memory operand like 8(r1)`);
  return [match[1].trim() || "0", match[2].trim()];
}

const CR_BITS: Readonly<Record<string, number>> = { lt: 0, gt: 1, eq: 2, so: 3, un: 3 };

function operandValue(
  mnemonic: string,
  parameter: Parameter,
  text: string,
  form: WrittenForm,
  context: AssembleContext,
): number {
  if (text === "") throw new AssemblyError(`${mnemonic}: operand ${parameter.name} is empty`);
  const [minimum, maximum] = parameter.range;
  const value = rawValue(parameter, text, form, context);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) {
    if (parameter.kind === "relative" && value % 4 !== 0) {
      throw new AssemblyError(`${mnemonic}: branch target "${text}" is not a multiple of 4`);
    }
    return value;
  }
  const what =
    parameter.kind === "relative" ? `branch distance to "${text}"` : `operand ${parameter.name} "${text}"`;
  throw new AssemblyError(`${mnemonic}: ${what} is ${value}, allowed are ${minimum}..${maximum}`);
}

function rawValue(parameter: Parameter, text: string, form: WrittenForm, context: AssembleContext): number {
  switch (parameter.kind) {
    case "gpr":
    case "gpr0":
      return registerNumber(/^%?r(\d+)$/i, text, context);
    case "vector":
      return registerNumber(/^%?v(\d+)$/i, text, context);
    case "crField":
      return registerNumber(/^%?cr(\d+)$/i, text, context);
    case "crBit":
      return conditionBit(text, context);
    case "spr":
      return sprByName(text)?.number ?? context.resolve(text);
    case "relative": {
      const target = context.resolve(text);
      if (!Number.isInteger(target) || target < -(2 ** 31) || target >= 2 ** 32) return target;
      return form.modifiers.AA ? target | 0 : (target - context.address) | 0;
    }
    default:
      return immediate(parameter, context.resolve(text), text, form);
  }
}

function registerNumber(pattern: RegExp, text: string, context: AssembleContext): number {
  const match = pattern.exec(text);
  return match ? Number(match[1]) : context.resolve(text);
}

function conditionBit(text: string, context: AssembleContext): number {
  const compact = text.replaceAll(/[\s%]/g, "").toLowerCase();
  const match = /^(?:(?:4\*cr([0-7])|cr([0-7])\*4)\+)?(lt|gt|eq|so|un)$/.exec(compact);
  if (match) return 4 * Number(match[1] ?? match[2] ?? 0) + CR_BITS[match[3]];
  const field = /^(?:4\*cr([0-7])|cr([0-7])\*4)(?:\+([0-3]))?$/.exec(compact);
  if (field) return 4 * Number(field[1] ?? field[2]) + Number(field[3] ?? 0);
  return context.resolve(text);
}

/** A half of a symbol (`@l`, `@h`, `@ha`) is 16 bits of either sign; addis takes unsigned halves as well. */
function immediate(parameter: Parameter, value: number, text: string, form: WrittenForm): number {
  const half = /@(?:l|h|ha)$/i.test(text) || form.row.mnemonic === "addis";
  if (!half || value < -0x8000 || value > 0xffff) return value;
  return parameter.range[0] < 0 ? (value << 16) >> 16 : value & 0xffff;
}
