import { Command } from "commander";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { collectStatistics, type PpuStatistics } from "../../trace/stat/index.ts";
import { type CliIo, colors, printJson } from "../io.ts";
import { integerOption } from "../numbers.ts";
import { statTables } from "./stat-tables.ts";
import {
  addViewOptions,
  openView,
  PROGRAM_HELP,
  printProblems,
  VIEW_HELP,
  type ViewOptions,
  withProgress,
} from "./view.ts";

interface StatOptions extends ViewOptions {
  readonly top: number;
  readonly json?: true;
}

const DEFAULT_TOP = 10;

const EXAMPLES = `
Counts for each PPU: where all cycles went, by cause and by function (exclusive of calls; and by functions of the source, where calls
were inlined), instructions by mnemonic, family and timing class, use of the vector unit, traffic by device, events, conversions.
The cycles by cause add up to those of the run. A cycle of waiting counts for the instruction that waits; what an instruction keeps
the next one back counts for itself. In a trace without stalls all waiting counts for the instruction in front.
${VIEW_HELP}${PROGRAM_HELP}
Examples:
  ppu trace stat run.trace
  ppu trace stat vmm.ts --ppu both --top 5
  ppu trace stat run.trace --from 10000 --to 20000
  ppu trace stat run.trace --json | jq '.[0].functions'
`;

function headline({ ppu, cycles, instructions, missing }: PpuStatistics): string {
  const time = (cycles / CYCLES_PER_MICROSECOND).toFixed(2);
  const each = instructions === 0 ? "" : `, ${(cycles / instructions).toFixed(2)} cycles an instruction`;
  const gaps =
    missing === undefined ? "; an unknown number is missing" : missing > 0 ? `; ${missing} are missing` : "";
  return `${ppu} PPU: ${instructions} instructions, ${cycles} cycles (${time} us)${each}${gaps}`;
}

async function stat(io: CliIo, argument: string, options: StatOptions, command: Command): Promise<void> {
  const { trace } = await openView(argument, command);
  const progress = withProgress(io, "counting", trace);
  let statistics: PpuStatistics[];
  try {
    statistics = collectStatistics(progress.trace, options.from);
  } finally {
    progress.stop();
  }
  if (options.json) printJson(io, statistics);
  else {
    const paint = colors(io);
    if (statistics.length === 0) io.stdout("no records\n");
    for (const [index, ppu] of statistics.entries()) {
      io.stdout(`${index > 0 ? "\n" : ""}${paint.bold(headline(ppu))}\n`);
      for (const { title, text } of statTables(ppu, options.top))
        io.stdout(`\n${paint.cyan(title)}\n${text}\n`);
    }
  }
  printProblems(io, trace);
}

export function statCommand(io: CliIo): Command {
  const command = addViewOptions(
    new Command("stat")
      .description("Counts what a trace consists of")
      .argument("<trace>", "trace, or a program to run"),
  );
  return command
    .option(
      "--top <n>",
      "rows of long tables",
      integerOption("--top", 1, Number.MAX_SAFE_INTEGER),
      DEFAULT_TOP,
    )
    .option("--json", "everything as one JSON document")
    .addHelpText("after", EXAMPLES)
    .action((argument: string, options: StatOptions) => stat(io, argument, options, command));
}
