import { closeSync, openSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadMnist } from "../lab/mnist-data.ts";
import { encodeParameters, shippedParametersPath } from "../lab/parameter-file.ts";
import { TRAINING_DEFAULTS, train } from "../lab/training/train.ts";
import { type CliIo, printJson, processIo } from "./io.ts";
import { UsageError } from "./usage-error.ts";

interface Flags {
  readonly seed: number;
  readonly floatEpochs: number;
  readonly chipEpochs: number;
  readonly rate: number;
  readonly output: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Training takes minutes. The figures are written beside the parameter file, as .json.

Examples:
  ppu train                                the weights that are shipped, again
  ppu train --seed 7 -o mine.bin           others, to a file of their own
  ppu train --chip-epochs 0 -o quick.bin   without epochs on model chips, faster and worse
  ppu mnist --parameters mine.bin          classifies with them
`;

function integer(minimum: number, maximum: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`give an integer from ${minimum} to ${maximum}`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && text.trim() !== "") return value;
  throw new InvalidArgumentError("give a number above 0");
}

/** Training takes minutes: find out before it whether the result can be written. */
function checkWritable(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch {
    throw new UsageError(`${file} can't be written; name another file with --output`);
  }
}

async function run(flags: Flags, io: CliIo): Promise<void> {
  const { seed, floatEpochs, chipEpochs, rate, output } = flags;
  const options = { ...TRAINING_DEFAULTS, seed, floatEpochs, chipEpochs, rate };
  const report = (line: string) => {
    if (!flags.json) io.stdout(`${line}\n`);
  };
  checkWritable(output);
  const { network, validation, test } = await train(loadMnist("train"), loadMnist("test"), options, report);
  const layers = network.map(({ name, inputs, outputs, sends, shift }) => {
    return { name, inputs, outputs, sends, shift };
  });
  writeFileSync(output, encodeParameters(network));
  const summary = `${output.replace(/\.bin$/, "")}.json`;
  const figures = { options, layers, validation, test };
  writeFileSync(summary, `${JSON.stringify(figures, null, 2)}\n`);
  if (flags.json) printJson(io, figures);
  else report(`wrote ${output} and ${summary}`);
}

/** The verb `train`: trains the digit network in software and writes the parameter file for the firmware. */
export function trainCommand(io: CliIo = processIo()): Command {
  const defaults = TRAINING_DEFAULTS;
  return new Command("train")
    .description("Trains the digit network in software and writes the parameter file for the firmware")
    .option("--seed <n>", "seed of the training", integer(0, 0xffffffff), defaults.seed)
    .option("--float-epochs <n>", "epochs in floats", integer(1, 1000), defaults.floatEpochs)
    .option("--chip-epochs <n>", "epochs on model chips", integer(0, 1000), defaults.chipEpochs)
    .option("--rate <lsb>", "learning rate on model chips, in weight steps", positive, defaults.rate)
    .addOption(
      new Option("-o, --output <file>", "parameter file to write").default(
        shippedParametersPath(),
        "the shipped one",
      ),
    )
    .option("--json", "print the figures as JSON and nothing else")
    .addHelpText("after", EXAMPLES)
    .action((flags: Flags) => run(flags, io));
}
