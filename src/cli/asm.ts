import { basename, extname } from "node:path";
import { Command } from "commander";
import { assemble } from "../toolchain/assembler/index.ts";
import { writeElf } from "../toolchain/elf/index.ts";
import type { Image, Section } from "../toolchain/image.ts";
import { memoryPieces, readInput, requireContents } from "../toolchain/loader.ts";
import { type CliIo, printJson } from "./io.ts";
import { hex32, integerOption } from "./numbers.ts";
import { imageSummary, printSummary, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

interface AsmOptions {
  readonly output?: string;
  readonly text: number;
  readonly allErrors?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ppu asm blink.s -o blink.elf
  ppu asm blink.s --text 0x100       begin the code elsewhere in the SRAM

The text is GNU-style Power assembly with the vector mnemonics in the operand order of the official assembler.
.word is 4 bytes, as a word of the Power ISA (in GNU as for PowerPC it is 2); .long is 4 in both.
Sections: .text from address 0, then .data and .bss; ext.text and ext.data go to external memory.
Known without definition: mailbox_base, mailbox_end, stack_ptr_init, ram_end, heap_base, heap_end.
`;

/** The sections begin where --text says, or alignment has moved them. */
function checkTextAddress(image: Image, address: number): void {
  const internal = image.sections.filter(({ name }) => !name.startsWith("ext"));
  const first = internal.reduce<Section | undefined>(
    (least, section) => (least && least.address <= section.address ? least : section),
    undefined,
  );
  if (!first || first.address === address) return;
  throw new UsageError(
    `--text ${hex32(address)}: section ${first.name} needs a multiple of ${first.align}; the next is ${hex32(first.address)}`,
  );
}

export function asmCommand(io: CliIo): Command {
  return new Command("asm")
    .description("Assembles GNU-style Power and vector assembly to an ELF file")
    .argument("<file>", "assembly text")
    .option("-o, --output <file>", "ELF file to write (default: name of the text with .elf)")
    .option(
      "--text <address>",
      "address of the first section in the SRAM",
      integerOption("--text", 0, 0x3fff),
      0,
    )
    .option("--all-errors", "print every problem of the source, one a line, not only the first")
    .option("--json", "print a summary as JSON")
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: AsmOptions) => {
      io.allErrors = options.allErrors ?? false;
      const text = new TextDecoder().decode(readInput(file));
      const image = requireContents(assemble(text, file, { textAddress: options.text }), file);
      memoryPieces(image);
      checkTextAddress(image, options.text);
      const output = options.output ?? `${basename(file, extname(file))}.elf`;
      const bytes = writeElf(image);
      writeOutput(output, bytes);
      const summary = imageSummary(image, output, bytes.length);
      if (options.json) printJson(io, summary);
      else printSummary(io, summary);
    });
}
