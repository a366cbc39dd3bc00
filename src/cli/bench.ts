import { Command } from "commander";
import { type CliIo, printJson } from "./io.ts";
import { checkOutputs, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

interface BenchOptions {
  readonly long?: true;
  readonly list?: true;
  readonly json?: true | string;
}

const EXAMPLES = `
Examples:
  ppu bench                        short runs of everything
  ppu bench --list                 the suites
  ppu bench codegen vector         two of them
  ppu bench whole --long           longer runs, steadier figures
  ppu bench --json bench.json      the table, and the figures as JSON in a file

Figures are medians of several turns. A ratio compares two sides that took turns in this run: "2.5 x speed of PEER" is
2.5 times as fast, "2.5 x time of PEER" takes 2.5 times as long. A goal that is missed is said and fails nothing.
Peers that are not installed (gcc, powerpc-linux-gnu-gcc, qemu-ppc) are said and left out.

Exit code: 0; 127 unusable command line, or two sides of a comparison compute different results.
`;

async function bench(io: CliIo, names: readonly string[], options: BenchOptions): Promise<void> {
  const { findSuites, runSuites } = await import("../bench/run.ts");
  const suites = findSuites(names);
  if (options.list) {
    if (options.json === true)
      printJson(
        io,
        suites.map(({ name, summary }) => ({ name, summary })),
      );
    else for (const { name, summary } of suites) io.stdout(`${name.padEnd(10)} ${summary}\n`);
    return;
  }
  const { SUITES } = await import("../bench/suites.ts");
  const { suiteTable } = await import("../bench/table.ts");
  if (typeof options.json === "string") {
    const isSuite = SUITES.some(({ name }) => name === options.json);
    if (isSuite) throw new UsageError(`--json ${options.json}: that is a suite; put suites before --json`);
    checkOutputs(options.json);
  }
  const print = options.json === true ? io.stderr : io.stdout;
  const report = await runSuites(suites, options.long ?? false, (result) => print(suiteTable(result)));
  if (options.json === true) printJson(io, report);
  else if (options.json !== undefined) writeOutput(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

export function benchCommand(io: CliIo): Command {
  return new Command("bench")
    .description("Measures the speed of the emulation and the quality of compiled code, as ratios")
    .argument("[suite...]", "suites to run (default: all)")
    .option("--long", "more and longer turns")
    .option("--list", "only print the suites and what they measure")
    .option("--json [file]", "print the figures as JSON and the table to stderr, or write the JSON to a file")
    .addHelpText("after", EXAMPLES)
    .action((names: string[], options: BenchOptions) => bench(io, names, options));
}
