import { basename, extname } from "node:path";
import { Command } from "commander";
import { writeElf } from "../toolchain/elf/index.ts";
import { memoryPieces, readInput } from "../toolchain/loader.ts";
import { type CliIo, printJson } from "./io.ts";
import { imageSummary, printSummary, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

interface BuildOptions {
  readonly output?: string;
  readonly map?: true;
  readonly listing?: true;
  readonly checks?: true;
  readonly debug?: true;
  readonly allErrors?: true;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  ppu build hello.ts                    writes hello.elf
  ppu build hello.ts -o out.elf --map   also prints where everything lies
  ppu build hello.ts --listing          also prints the machine code beside the source lines
  ppu build hello.ts --debug            variables and inlined calls stay visible to debuggers
  ppu build hello.ts --checks           failed assertions and indices out of bounds end the program with a trap

docs/firmware.md says how firmware is written. The ELF file has symbols and source lines: objdump -dl, readelf and
gdb-multiarch read it.
`;

export function buildCommand(io: CliIo): Command {
  return new Command("build")
    .description("Compiles AssemblyScript firmware to an ELF file")
    .argument("<file>", "AssemblyScript source that exports main(): i32")
    .option("-o, --output <file>", "ELF file to write (default: name of the source with .elf)")
    .option("--map", "print sections and symbols with their addresses and sizes")
    .option("--listing", "print the generated code")
    .option("--checks", "check bounds of static arrays and assert; a failed check traps")
    .option("-g, --debug", "keep variables and inlined calls visible to debuggers; larger and slower code")
    .option("--all-errors", "print every problem of the source, one a line, not only the first")
    .option("--json", "print a summary as JSON, with map and listing as texts when asked for")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: BuildOptions) => {
      io.allErrors = options.allErrors ?? false;
      if (extname(file) !== ".ts")
        throw new UsageError(`${file} is not an AssemblyScript source; its name ends in .ts`);
      readInput(file);
      const { compileFirmware } = await import("../toolchain/compile.ts");
      const { image, map, listing } = await compileFirmware(file, {
        listing: options.listing ?? false,
        checks: options.checks ?? false,
        debug: options.debug ?? false,
      });
      memoryPieces(image);
      const output = options.output ?? `${basename(file, ".ts")}.elf`;
      const bytes = writeElf(image);
      writeOutput(output, bytes);
      const summary = imageSummary(image, output, bytes.length);
      const texts = { ...(options.map && { map }), ...(options.listing && { listing }) };
      if (options.json) {
        printJson(io, { ...summary, ...texts });
        return;
      }
      printSummary(io, summary);
      for (const text of Object.values(texts)) io.stdout(`\n${text ?? ""}\n`);
    });
}
