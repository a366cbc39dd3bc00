import { Command } from "commander";
import { INSTRUCTIONS } from "../../isa/index.ts";
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
  ppu isa shift           instructions with this word in their name or summary
  ppu isa --vector        vector instructions only
  ppu isa lwz --json      the row as data

docs/isa.md has the whole manual.
`;

const isNamed = (row: Instruction, name: string): boolean =>
  row.mnemonic === name || !!row.aliases?.includes(name);

function select(query: string | undefined, options: IsaOptions): readonly Instruction[] {
  const rows = INSTRUCTIONS.filter((row) => (row.vector ? !options.scalar : !options.vector));
  if (query === undefined) return rows;
  const name = query.toLowerCase();
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
      const paint = colors(io);
      if (options.json) {
        printJson(io, rows);
      } else if (rows.length === 1) {
        const { describeInstruction } = await import("../../isa/manual.ts");
        io.stdout(`${describeInstruction(rows[0])}\n`);
      } else {
        for (const { mnemonic, summary } of rows)
          io.stdout(`${paint.cyan(mnemonic.padEnd(14))} ${summary}\n`);
      }
    });
}
