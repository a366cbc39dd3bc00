import { AssemblyError, assembleInstruction } from "../../../isa/assemble.ts";
import { TextSyntaxError } from "./values.ts";

/** The word of an instruction that stands as `disassemble` writes it; `place` gives the address of a branch target's name. */
export function assembleText(text: string, address: number, place: (name: string) => number): number {
  const [, mnemonic, rest] = /^(\S+)(?:\s+(.*))?$/.exec(text) ?? [];
  if (mnemonic === undefined) throw new TextSyntaxError("there is no instruction");
  const operands = rest === undefined || rest === "" ? [] : rest.split(", ");
  const resolve = (operand: string) =>
    /^-?(?:0x[0-9a-f]+|\d+)$/.test(operand) ? number(operand) : place(operand);
  try {
    if (mnemonic === ".long") return resolve(operands[0] ?? "") | 0;
    return assembleInstruction(mnemonic, operands, { address, resolve });
  } catch (error) {
    if (error instanceof AssemblyError) throw new TextSyntaxError(error.message);
    throw error;
  }
}

const number = (text: string): number => (text.startsWith("-") ? -Number(text.slice(1)) : Number(text));
