import { Command } from "commander";
import { listRegisters } from "../chip/registers/index.ts";
import type { Register, RegisterField } from "../chip/registers/types.ts";
import { type CliIo, colors, printJson } from "./io.ts";
import { hex32, readInteger } from "./numbers.ts";
import { UsageError } from "./usage-error.ts";

const EXAMPLES = `
Examples:
  ppu regs                     all registers, one line each
  ppu regs synapseDriver       one register with its fields
  ppu regs neuron              registers with this word in name, group or description
  ppu regs 0x00110000          the register at an omnibus word address
  ppu regs padiTrigger --json  as data

Addresses are omnibus word addresses w; a PPU program reaches w at byte address 0x80000000 + 4*w.
docs/registers.md has the whole table.
`;

function holds(register: Register, address: number): boolean {
  const matches = (base: number, dimensions: Register["dimensions"]): boolean => {
    const [first, ...rest] = dimensions;
    if (!first) return address >= base && address < base + register.words;
    for (let i = 0; i < first.count; i++) if (matches(base + i * first.stride, rest)) return true;
    return false;
  };
  return matches(register.address, register.dimensions);
}

function select(query: string | undefined): readonly Register[] {
  const rows = listRegisters();
  if (query === undefined) return rows;
  const address = readInteger(query);
  if (address !== undefined) {
    const word = address >= 0x8000_0000 ? Math.floor((address - 0x8000_0000) / 4) : address;
    const found = rows.filter((row) => holds(row, word));
    if (found.length === 0)
      throw new UsageError(`no register at word address ${hex32(word)}; ppu regs lists all`);
    return found;
  }
  const name = query.toLowerCase();
  const exact = rows.filter((row) => row.name.toLowerCase() === name);
  if (exact.length > 0) return exact;
  const found = rows.filter((row) =>
    `${row.name} ${row.group} ${row.description}`.toLowerCase().includes(name),
  );
  if (found.length === 0) throw new UsageError(`no register "${query}"; ppu regs lists all`);
  return found;
}

const bits = ({ low, high }: RegisterField): string => (low === high ? `${low}` : `${high}:${low}`);

const indices = ({ dimensions }: Register): string =>
  dimensions
    .map(({ name, count, labels }) => `[${name} ${labels ? labels.join("|") : `0..${count - 1}`}]`)
    .join("");

function printOne(io: CliIo, register: Register): void {
  const paint = colors(io);
  io.stdout(`${paint.bold(register.name)}${indices(register)}\n${register.description}\n\n`);
  const words = register.words === 1 ? "1 word" : `${register.words} words`;
  io.stdout(`  word address  ${hex32(register.address)}, ${words} of ${register.width} bits\n`);
  for (const { name, count, stride } of register.dimensions) {
    io.stdout(`  per ${name.padEnd(12)}${count}, ${stride} words apart\n`);
  }
  io.stdout(`  access        ${register.access}, ${register.effect}\n  source        ${register.source}\n\n`);
  for (const field of register.fields) {
    const place = `${register.words > 1 ? `word ${field.word} ` : ""}bit ${bits(field)}`;
    const how = [field.inverted && "stored inverted", field.reversed && "stored reversed"].filter(Boolean);
    const notes = [...how, ...(field.reset !== 0 ? [`reset ${field.reset}`] : [])].join(", ");
    io.stdout(`  ${place.padEnd(18)}${paint.cyan(field.name.padEnd(26))}${field.description}`);
    io.stdout(notes === "" ? "\n" : ` (${notes})\n`);
  }
}

export function regsCommand(io: CliIo): Command {
  return new Command("regs")
    .description("Looks up registers of the chip: addresses, fields, access, source")
    .argument("[name]", "register, group, word to search for, or word address")
    .option("--json", "print rows as JSON")
    .addHelpText("after", EXAMPLES)
    .action((query: string | undefined, options: { json?: true }) => {
      const rows = select(query);
      if (options.json) {
        printJson(io, rows);
      } else if (rows.length === 1) {
        printOne(io, rows[0]);
      } else {
        const paint = colors(io);
        const width = Math.max(...rows.map((row) => row.name.length + indices(row).length));
        for (const row of rows) {
          const name = `${row.name}${indices(row)}`;
          io.stdout(
            `${hex32(row.address)}  ${paint.cyan(name.padEnd(width))} ${row.description.split("\n")[0]}\n`,
          );
        }
      }
    });
}
