import { basename, extname } from "node:path";
import { Command } from "commander";
import { assemble } from "../toolchain/assembler/index.ts";
import { writeElf } from "../toolchain/elf/index.ts";
import { memoryPieces, readInput } from "../toolchain/loader.ts";
import { type CliIo, printJson } from "./io.ts";
import { integerOption } from "./numbers.ts";
import { imageSummary, printSummary, writeOutput } from "./outputs.ts";

interface AsmOptions {
  readonly output?: string;
  readonly text: number;
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
    .option("--json", "print a summary as JSON")
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: AsmOptions) => {
      const text = new TextDecoder().decode(readInput(file));
      const image = assemble(text, file, { textAddress: options.text });
      memoryPieces(image);
      const output = options.output ?? `${basename(file, extname(file))}.elf`;
      const bytes = writeElf(image);
      writeOutput(output, bytes);
      const summary = imageSummary(image, output, bytes.length);
      if (options.json) printJson(io, summary);
      else printSummary(io, summary);
    });
}
