import { Command } from "commander";
import { counted } from "../../lab/counted.ts";
import { imageHash, slimImage } from "../../lab/sweep/classify-work.ts";
import { cellAt, cellCount } from "../../lab/sweep/grid.ts";
import { hashOf, type Measure, makePlan } from "../../lab/sweep/plan.ts";
import { threadModule } from "../../thread-module.ts";
import { readInput } from "../../toolchain/loader.ts";
import type { CliIo } from "../io.ts";
import { integerOption } from "../numbers.ts";
import { addStartOptions, type ProgramOptions, prepareChip, readProgram } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";
import { sweptChips } from "./axis-options.ts";
import { conductSweep, prepareOutputs } from "./conduct.ts";
import { directoryFor } from "./infer.ts";
import { addSweepOptions, SWEEP_HELP, type SweepFlags } from "./options.ts";
import { programOptionsOf, type RunWork } from "./run-work.ts";

interface RunSweepFlags
  extends SweepFlags,
    Pick<ProgramOptions, "ppu" | "set" | "load" | "strict" | "checks"> {
  readonly maxCycles: number;
  readonly value?: string;
}

/** One second of the chip's time. */
const DEFAULT_MAX_CYCLES = 250_000_000;

const EXAMPLES = `${SWEEP_HELP}
The program is compiled or read once; each cell runs it on a chip of its own, as ppu run does. The table and the picture are
about --value, which is called as its group is where that has a name, or else about cycles. Columns of a cell: exitCode (as ppu run gives it), stop (why it ended), at (where, after a
bad end), value, cycles (of the PPU that ran longest), instructions (of both), findings (how many kinds), mailbox (its text).

Examples:
  ppu sweep run filter.ts --chip-seeds 1..100                        does it end well on a hundred chips?
  ppu sweep run drift.ts --value 'drift (?<drift>-?\\d+)' --chip raw,calibrated
  ppu sweep run test.elf --ppu both --strict --vary noise=0,1,2 --csv test.csv

Exit code: 0 when that of all cells is 0; 1 when one's is not; 130 after Ctrl-C; 127 unusable command line or input.
`;

function checkPattern(value: string | undefined): void {
  if (value === undefined) return;
  try {
    // With an empty alternative it matches always, and tells its groups.
    const groups = (new RegExp(`${value}|`, "mu").exec("")?.length ?? 1) - 1;
    if (groups > 0) return;
  } catch {}
  throw new UsageError(
    `--value needs a regular expression with a number in parentheses, such as 'drift (-?\\d+)', got "${value}"`,
  );
}

/** The file of `--load FILE@ADDR`. */
const loadedFile = (text: string): string => text.slice(0, Math.max(0, text.lastIndexOf("@")));

async function run(io: CliIo, file: string, flags: RunSweepFlags): Promise<void> {
  const { ppu, timing, set = [], load = [], strict = false, checks = false, maxCycles, value } = flags;
  const output = flags.output ?? directoryFor(file);
  checkPattern(value);
  const chips = sweptChips(flags);
  const image = slimImage(await readProgram(file, flags));
  const work: RunWork = {
    ...{ image, maxCycles },
    options: { ppu, timing, set, load, ...(strict && { strict }) },
    ...chips.chip,
    ...(value !== undefined && { value }),
  };
  // Tells whether --set and --load can be used.
  await prepareChip(image, programOptionsOf(work, cellAt(chips.grid, 0)));
  prepareOutputs(flags, output);
  if (!flags.json) io.stdout(`${counted(cellCount(chips.grid), "cell")}: ${file} on a chip each\n`);
  const measure: Measure =
    value === undefined
      ? { column: "cycles", label: "cycles", percent: false }
      : { column: "value", label: /\(\?<(\w+)>/.exec(value)?.[1] ?? "value", percent: false };
  const plan = makePlan({
    kind: "run",
    options: {
      ...{ ppu, maxCycles, set, load, strict, checks, value: value ?? "" },
      ...chips.options,
    },
    inputs: {
      program: imageHash(image),
      ...Object.fromEntries(load.map((text) => [text, hashOf(readInput(loadedFile(text)))])),
      ...chips.inputs,
    },
    grid: chips.grid,
    columns: [
      ...["exitCode", "stop", "at"],
      ...(value === undefined ? [] : ["value"]),
      ...["cycles", "instructions", "findings", "mailbox"],
    ],
    measure,
  });
  const module = threadModule("cli/sweep/run-worker");
  await conductSweep(io, plan, { module, data: work }, output, flags);
}

/** The command `sweep run`: firmware on many chips. */
export function runSweepCommand(io: CliIo): Command {
  const command = new Command("run")
    .description("Runs a program on many chips, as ppu run does on one")
    .summary("your own firmware")
    .argument("<image>", "ELF file, .s, .ts or .bin");
  return addSweepOptions(addStartOptions(command), "sweep-IMAGE")
    .option(
      "--max-cycles <n>",
      "stop after this many PPU cycles (250 are one microsecond)",
      integerOption("--max-cycles", 0, Number.MAX_SAFE_INTEGER),
      DEFAULT_MAX_CYCLES,
    )
    .option("--value <pattern>", "regular expression; its first group is a number in the mailbox's text")
    .addHelpText("after", EXAMPLES)
    .action((file: string, flags: RunSweepFlags) => run(io, file, flags));
}
