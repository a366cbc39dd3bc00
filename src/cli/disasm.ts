import { Command } from "commander";
import { disassemble } from "../../isa/disassemble.ts";
import type { Image, Section } from "../toolchain/image.ts";
import { loadProgramFile } from "../toolchain/loader.ts";
import { AddressIndex, formatLocation } from "../toolchain/symbols.ts";
import { type CliIo, colors, printJson } from "./io.ts";
import { UsageError } from "./usage-error.ts";

interface DisasmOptions {
  readonly section?: string;
  readonly json?: true;
}

/** One word of code. */
interface DisasmLine {
  readonly section: string;
  readonly address: number;
  readonly word: string;
  readonly mnemonic: string;
  readonly operands: readonly string[];
  readonly text: string;
  /** Symbols that begin here. */
  readonly symbols: readonly string[];
  readonly source: string | null;
}

const EXAMPLES = `
Examples:
  ppu disasm hello.elf
  ppu disasm hello.elf --section ext.text
  ppu disasm hello.ts                 compiles first
  ppu disasm hello.elf --json         one object for each word

Without --section all executable sections are printed. FILE may be an ELF file, .s, .ts or .bin.
`;

const hex8 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

function symbolsByAddress(image: Image): Map<number, string[]> {
  const starts = new Map<number, string[]>();
  for (const { name, address, section, type } of image.symbols) {
    if (section === undefined || name === "" || type === "section" || type === "file") continue;
    starts.set(address, [...(starts.get(address) ?? []), name]);
  }
  return starts;
}

function* lines(image: Image, sections: readonly Section[]): Generator<DisasmLine> {
  const index = new AddressIndex(image);
  const starts = symbolsByAddress(image);
  for (const { name, address, data } of sections) {
    if (!data) continue;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at + 4 <= data.length; at += 4) {
      const place = address + at;
      const word = view.getInt32(at);
      const { mnemonic, operands, text } = disassemble(word, place, {
        symbolAt: (target) => index.nameOf(target),
      });
      const source = index.sourceAt(place);
      yield {
        section: name,
        address: place,
        word: hex8(word),
        mnemonic,
        operands,
        text,
        symbols: starts.get(place) ?? [],
        source: source ? formatLocation(source) : null,
      };
    }
  }
}

function print(io: CliIo, list: Iterable<DisasmLine>): void {
  const paint = colors(io);
  let section = "";
  let source: string | null = null;
  let chunk = "";
  for (const line of list) {
    if (line.section !== section) {
      section = line.section;
      source = null;
      chunk += `\n${paint.bold(`section ${section}`)}\n`;
    }
    for (const symbol of line.symbols) chunk += `\n${paint.cyan(`${symbol}:`)}\n`;
    if (line.source && line.source !== source) chunk += paint.dim(`; ${line.source}\n`);
    source = line.source;
    const [mnemonic, ...rest] = line.text.split(/\s+/);
    chunk +=
      `${hex8(line.address)}:  ${paint.dim(line.word)}  ${mnemonic.padEnd(10)} ${rest.join(" ")}`.trimEnd();
    chunk += "\n";
    if (chunk.length > 0x8000) {
      io.stdout(chunk);
      chunk = "";
    }
  }
  io.stdout(chunk);
}

export function disasmCommand(io: CliIo): Command {
  return new Command("disasm")
    .description(
      "Prints the code of a program: addresses, words, mnemonics, symbols and, where known, source lines",
    )
    .argument("<file>", "ELF file, .s, .ts or .bin")
    .option("--section <name>", "only this section, executable or not")
    .option("--json", "print a list of objects")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: DisasmOptions) => {
      const image = await loadProgramFile(file);
      const sections = image.sections.filter((section) =>
        options.section === undefined ? section.executable : section.name === options.section,
      );
      if (sections.length === 0) {
        const names = image.sections.map((section) => section.name).join(", ") || "none";
        throw new UsageError(`${file} has no ${options.section ?? "executable"} section; it has: ${names}`);
      }
      if (options.json) printJson(io, [...lines(image, sections)]);
      else print(io, lines(image, sections));
    });
}
