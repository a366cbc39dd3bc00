import { disassemble } from "../../../../isa/disassemble.ts";

/** One instruction word as assembly text. */
export function formatInstruction(word: number, address: number): string {
  return disassemble(word, address).text;
}
