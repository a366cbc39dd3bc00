import { Command } from "commander";
import { counted } from "../lab/counted.ts";
import { type DataSetName, dataSet } from "../lab/data-sets.ts";
import { PART_SIZES, sliceImages } from "../lab/image-set.ts";
import { compileMnistFirmware } from "../lab/mnist-run.ts";
import { encodeParameters, readParameters } from "../lab/parameter-file.ts";
import { ACCURACY, CLASSIFY_COLUMNS, classifyWork, imageHash } from "../lab/sweep/classify-work.ts";
import { cellCount } from "../lab/sweep/grid.ts";
import { hashOf, makePlan } from "../lab/sweep/plan.ts";
import { dataOption, parametersPath } from "./data-option.ts";
import type { CliIo } from "./io.ts";
import { integerOption } from "./numbers.ts";
import { sweptChips } from "./sweep/axis-options.ts";
import { conductSweep, prepareOutputs } from "./sweep/conduct.ts";
import { inferSweepCommand } from "./sweep/infer.ts";
import { mergeCommand } from "./sweep/merge.ts";
import { addSweepOptions, SWEEP_HELP, type SweepFlags } from "./sweep/options.ts";
import { runSweepCommand } from "./sweep/run.ts";
import { UsageError } from "./usage-error.ts";

interface MnistSweepFlags extends SweepFlags {
  readonly data: DataSetName;
  readonly images: number;
  readonly first: number;
  readonly parameters?: string;
}

const EXAMPLES = `${SWEEP_HELP}
Examples:
  ppu sweep --chip-seeds 1..1000 --images 50                    accuracy over a thousand chips
  ppu sweep --chip-seeds 1..20 --noise-seeds 1..5               five trials of each chip
  ppu sweep --vary noise=0..4 --chip-seeds 1..50 --plot noise.svg    a curve over the noise
  ppu sweep --chip raw,calibrated --vary temperature=40..90:10
  ppu sweep --chip raw --calibration chips/{seed}.json          chips that ppu calibrate has seen
  ppu sweep --chip-seeds 1..1000 --shard 3/16                   one job of an array of 16; then
  ppu sweep merge sweep-mnist
  ppu sweep infer network.json --weights w.npz --images x.npy --labels y.npy    your own network
  ppu sweep run program.ts --chip-seeds 1..100                  your own firmware

JSON, and results.json: sweep (what was swept), missing (cells), summary (by setting: chips, cells, failed, mean, deviation, min,
q05, q25, median, q75, q95, max over the chips, minChip, maxChip, noiseDeviation), cells (settings, chipSeed, noiseSeed, images,
correct, accuracy, cycles, instructions, predictions; error of a firmware that failed). The value of a chip is the mean over its
noise seeds. predictions: a hash of all answers.

Exit code: 0; 1 when cells have failed; 130 after Ctrl-C; 127 unusable command line or input.
docs/sweep.md has more, with an example for clusters.
`;

async function run(io: CliIo, extra: readonly string[], flags: MnistSweepFlags): Promise<void> {
  if (extra.length > 0) {
    throw new UsageError(
      `"${extra[0]}": write ppu sweep run ${extra[0]} for a program, ppu sweep infer for a network, ppu sweep merge for shards`,
    );
  }
  const { data, first, output = `sweep-${data}` } = flags;
  const { load, noun, title } = dataSet(data);
  const chips = sweptChips(flags);
  const network = readParameters(parametersPath(data, flags.parameters));
  const set = load("test");
  const part = sliceImages(set, first, Math.min(set.count, first + flags.images));
  prepareOutputs(flags, output);
  const say = (line: string) => {
    if (!flags.json) io.stdout(`${line}\n`);
  };
  const chipCount = counted(flags.chipSeeds.length, "chip");
  const trials = counted(flags.noiseSeeds.length, "noise seed");
  const cells = counted(cellCount(chips.grid), "cell");
  say(`${cells}: ${chipCount}, ${trials}, ${counted(part.count, `${title} test ${noun}`)} each`);
  say("Compiling firmware/mnist for the PPUs ...");
  const firmware = await compileMnistFirmware();
  const plan = makePlan({
    kind: "mnist",
    options: { data, images: part.count, first, ...chips.options },
    inputs: {
      firmware: imageHash(firmware),
      parameters: hashOf(encodeParameters(network)),
      images: hashOf(part.images, part.labels),
      ...chips.inputs,
    },
    ...{ grid: chips.grid, columns: CLASSIFY_COLUMNS, measure: ACCURACY },
  });
  const { images, labels } = part;
  const work = classifyWork({ kind: "mnist", network, firmware, chip: chips.chip, images, labels });
  await conductSweep(io, plan, work, output, flags);
}

/** Options before a command of `sweep` are those of `sweep` itself, and would be lost. */
function checkOrder(sweep: Command, command: Command): void {
  const given = sweep.options.find((option) => sweep.getOptionValueSource(option.attributeName()) === "cli");
  if (!given) return;
  throw new UsageError(
    `write ${given.long} behind the command: ppu sweep ${command.name()} … ${given.long} …`,
  );
}

/** The verb `sweep`: digits on many chips, and the same for networks and programs. */
export function sweepCommand(io: CliIo): Command {
  const command = new Command("sweep")
    .description("Runs many chips, trials and settings on all cores: digits by default")
    // The options of `sweep` and of its commands have the same names.
    .enablePositionalOptions()
    .allowExcessArguments()
    .addOption(dataOption())
    .option(
      "--images <n>",
      `how many test images, 1..${PART_SIZES.test}`,
      integerOption("--images", 1, PART_SIZES.test),
      100,
    )
    .option(
      "--first <n>",
      "index of the first test image",
      integerOption("--first", 0, PART_SIZES.test - 1),
      0,
    )
    .option("--parameters <file>", "parameter file of ppu train; default: the shipped one, for the digits")
    .option("--timing <profile>", "timing profile, see ppu run --help", "chip");
  return addSweepOptions(command, "sweep-DATA")
    .addCommand(inferSweepCommand(io))
    .addCommand(runSweepCommand(io))
    .addCommand(mergeCommand(io))
    .hook("preSubcommand", checkOrder)
    .addHelpText("after", EXAMPLES)
    .action((flags: MnistSweepFlags, { args }: Command) => run(io, args, flags));
}
