import { Command } from "commander";
import { operandSyntax } from "../../isa/assemble.ts";
import { constantValue } from "../../isa/constant.ts";
import { suffix } from "../../isa/encode.ts";
import { formsByMnemonic, type WrittenForm } from "../../isa/forms.ts";
import { INSTRUCTIONS } from "../../isa/index.ts";
import type { Expression } from "../../isa/meaning.ts";
import type { Instruction } from "../../isa/types.ts";
import { type CliIo, colors, printJson } from "./io.ts";
import { UsageError } from "./usage-error.ts";

interface IsaOptions {
  readonly vector?: true;
  readonly scalar?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ppu isa                 all instructions, one line each
  ppu isa fxvmahm         everything about one instruction
  ppu isa bdnz            what a simplified mnemonic stands for, and that instruction
  ppu isa shift           instructions with this word in their name or summary
  ppu isa --vector        vector instructions only
  ppu isa lwz --json      the row as data

docs/isa.md has the whole manual.
`;

const isNamed = (row: Instruction, name: string): boolean =>
  row.mnemonic === name || !!row.aliases?.includes(name);

/** An operand of a base instruction in terms of the operands as written. */
function expressionText(expression: Expression): string {
  const value = constantValue(expression, () => undefined);
  if (value !== undefined) return String(value);
  if (expression.kind === "name") return expression.name;
  if (expression.kind === "unary") return `${expression.operator}${expressionText(expression.operand)}`;
  if (expression.kind !== "binary") throw new Error(`no text for an operand of kind ${expression.kind}`);
  const sides = [expression.left, expression.right].map((side) =>
    side.kind === "binary" ? `(${expressionText(side)})` : expressionText(side),
  );
  return sides.join(` ${expression.operator} `);
}

/** `bdnz BD  =  bc 16, 0, BD`, for each way to write a simplified mnemonic; none for others. */
function simplifiedTexts(forms: readonly WrittenForm[]): string[] {
  return forms
    .filter(({ mnemonic, row, modifiers }) => {
      const plain = [row.mnemonic, ...(row.aliases ?? [])].map((name) => name + suffix(row, modifiers));
      return !plain.includes(mnemonic);
    })
    .map(({ mnemonic, row, modifiers, parameters, values }) => {
      const base = `${row.mnemonic}${suffix(row, modifiers)} ${values.map(expressionText).join(", ")}`;
      return `${`${mnemonic} ${operandSyntax(parameters)}`.trim()}  =  ${base}`;
    });
}

function select(query: string | undefined, options: IsaOptions): readonly Instruction[] {
  const rows = INSTRUCTIONS.filter((row) => (row.vector ? !options.scalar : !options.vector));
  if (query === undefined) return rows;
  const name = query.toLowerCase();
  const bases = new Set(formsByMnemonic(name).map(({ row }) => row));
  const written = rows.filter((row) => bases.has(row));
  if (written.length > 0) return written;
  const named = rows.filter((row) => isNamed(row, name) || isNamed(row, name.replace(/[.ola]+$/, "")));
  if (named.length > 0) return named;
  const found = rows.filter((row) => `${row.mnemonic} ${row.summary}`.toLowerCase().includes(name));
  if (found.length === 0) throw new UsageError(`no instruction "${query}"; ppu isa lists all`);
  return found;
}

export function isaCommand(io: CliIo): Command {
  return new Command("isa")
    .description("Looks up instructions of the PPU: encoding, operands, meaning, timing, source")
    .argument("[name]", "mnemonic, or a word to search for")
    .option("--vector", "vector instructions only")
    .option("--scalar", "scalar instructions only")
    .option("--json", "print rows as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (query: string | undefined, options: IsaOptions) => {
      const rows = select(query, options);
      const simplified = simplifiedTexts(formsByMnemonic(query?.toLowerCase() ?? ""));
      const paint = colors(io);
      if (options.json) {
        printJson(io, simplified.length > 0 ? rows.map((row) => ({ ...row, simplified })) : rows);
      } else if (rows.length === 1) {
        for (const text of simplified) io.stdout(`${text}\n`);
        if (simplified.length > 0) io.stdout("\n");
        const { describeInstruction } = await import("../../isa/manual.ts");
        io.stdout(`${describeInstruction(rows[0])}\n`);
      } else {
        for (const { mnemonic, summary } of rows)
          io.stdout(`${paint.cyan(mnemonic.padEnd(14))} ${summary}\n`);
      }
    });
}
