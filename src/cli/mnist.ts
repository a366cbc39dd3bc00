import cliProgress from "cli-progress";
import { Command } from "commander";
import type { ChipOptions } from "../chip/chip.ts";
import { CYCLES_PER_MICROSECOND } from "../core/clock.ts";
import type { ChipAccounting } from "../lab/chip-time/accounting.ts";
import { counted } from "../lab/counted.ts";
import { type DataSetName, dataSet } from "../lab/data-sets.ts";
import { breakdown, breakdownText } from "../lab/energy/report.ts";
import { PART_SIZES } from "../lab/image-set.ts";
import { compileMnistFirmware, type MnistAnswers, MnistRun } from "../lab/mnist-run.ts";
import { accuracy } from "../lab/network.ts";
import { readParameters } from "../lab/parameter-file.ts";
import type { Image } from "../toolchain/image.ts";
import { calibratedSettings, calibrationOption } from "./calibration-option.ts";
import { type ChipFlags, chipKind, chipOption } from "./chip-kind.ts";
import { dataOption, parametersPath } from "./data-option.ts";
import { confusion, confusionTable, DIGIT_WIDTH, drawDigits } from "./digits.ts";
import { type CliIo, colors, EXIT, printJson } from "./io.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";

interface MnistOptions extends ChipFlags {
  readonly data: DataSetName;
  readonly images: number;
  readonly first: number;
  readonly show: number;
  readonly timing: string;
  readonly parameters?: string;
  readonly json?: true;
  readonly breakdown?: true;
}

const DIGITS_IN_A_ROW = 5;

const EXAMPLES = `
Everything between the raw image and the answer is done by firmware/mnist on the two PPUs; the host writes images and
weights into external memory and reads classes.

Examples:
  ppu mnist                                  300 test digits on chip 1
  ppu mnist --images 10000 --chip-seed 3     the whole test set on another chip
  ppu mnist --ideal --json                   a chip without mismatch and noise, figures as JSON
  ppu mnist --chip raw                       a chip that nobody has calibrated
  ppu mnist --images 73 --breakdown          where the chip's time and energy go
  ppu mnist --analog sigmaRead=3 --show 0    a noisier chip, no pictures
  ppu mnist --data fashion-mnist --parameters fashion.bin    clothes; see ppu train --help

JSON: data, images, correct, accuracy (a fraction), chipSeed, noiseSeed, cycles (chip, all batches), chipTimeUs, wallSeconds,
batches, instructions, interrupted, confusion (row: label, column: answer); with --breakdown also breakdown (per image: phases of both
PPUs in cycles, activity, rates, energy, lower bounds; functions in cycles of all images).

Ctrl-C ends it after the current batch, with the figures so far and exit code 130.
`;

async function chipOptions(options: MnistOptions): Promise<ChipOptions> {
  const { chipSeed, noiseSeed, timing } = options;
  const { analogParameters, parseAnalogOverrides } = await import("../chip/analog/parameters.ts");
  const preset = chipKind(options);
  return {
    chipSeed,
    noiseSeed,
    timing,
    analogParameters: analogParameters(preset, parseAnalogOverrides(options.analog ?? "")),
    ...(await calibratedSettings(options, preset)),
  };
}

function showDigits(
  io: CliIo,
  images: Uint8Array,
  labels: Uint8Array,
  classes: Uint8Array,
  names: readonly string[],
  count: number,
): void {
  const paint = colors(io);
  for (let first = 0; first < Math.min(count, classes.length); first += DIGITS_IN_A_ROW) {
    const indices = Array.from(
      { length: Math.min(DIGITS_IN_A_ROW, count - first, classes.length - first) },
      (_, k) => first + k,
    );
    io.stdout(drawDigits(indices.map((n) => images.subarray(n * 784, n * 784 + 784))));
    const answers = indices.map((n) => {
      const right = classes[n] === labels[n];
      const text = `${names[classes[n]]}${right ? "" : ` (is ${names[labels[n]]})`}`.padEnd(DIGIT_WIDTH);
      return right ? paint.green(text) : paint.red(text);
    });
    io.stdout(`${answers.join("").trimEnd()}\n`);
  }
}

async function countCycles(run: MnistRun, firmware: Image): Promise<ChipAccounting> {
  const { ChipAccounting } = await import("../lab/chip-time/accounting.ts");
  run.accounting = new ChipAccounting(run.chip, firmware);
  return run.accounting;
}

async function run(io: CliIo, options: MnistOptions): Promise<void> {
  const paint = colors(io);
  const say = (text: string) => {
    if (!options.json) io.stdout(text);
  };
  const kind = { calibrated: "a chip", raw: "a raw chip", ideal: "an ideal chip" }[chipKind(options)];
  const { load, noun, classes: names, title } = dataSet(options.data);
  const network = readParameters(parametersPath(options.data, options.parameters));
  const set = load("test");
  const count = Math.min(options.images, set.count - options.first);
  const images = set.images.subarray(options.first * 784, (options.first + count) * 784);
  const labels = set.labels.subarray(options.first, options.first + count);
  const onChip = await chipOptions(options);
  say("Compiling firmware/mnist for the PPUs ...\n");
  const firmware = await compileMnistFirmware();
  const seeds = `chip seed ${options.chipSeed}, noise seed ${options.noiseSeed}`;
  say(`Classifying ${counted(count, `${title} test ${noun}`)} on ${kind} (${seeds}).\n`);
  const chip = new MnistRun(network, firmware, onChip);
  const accounting = options.breakdown ? await countCycles(chip, firmware) : undefined;
  const bar =
    io.isTerminal && !options.json
      ? new cliProgress.SingleBar({
          format: "{bar} {value}/{total} images, {accuracy} right",
          hideCursor: true,
          stream: process.stdout,
        })
      : undefined;
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once("SIGINT", interrupt);
  bar?.start(count, 0, { accuracy: "-" });
  const begin = process.hrtime.bigint();
  let answers: MnistAnswers;
  try {
    answers = await chip.classify(images, async ({ classes }) => {
      const share = accuracy(classes, labels);
      bar?.update(classes.length, { accuracy: `${(100 * share).toFixed(2)} %` });
      if (!bar) say(`  ${classes.length}/${counted(count, "image")}, ${(100 * share).toFixed(2)} % right\n`);
      await new Promise((resolve) => setImmediate(resolve));
      return !interrupted;
    });
  } finally {
    process.removeListener("SIGINT", interrupt);
    bar?.stop();
  }
  const wallSeconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const { classes, cycles, instructions, batches } = answers;
  const done = classes.length;
  const share = accuracy(classes, labels);
  const correct = Math.round(share * done);
  const chipTimeUs = cycles / CYCLES_PER_MICROSECOND;
  const { chipSeed, noiseSeed } = options;
  const report = accounting && breakdown(accounting.close(), cycles, done);
  if (interrupted) io.exitCode = EXIT.interrupted;
  if (options.json) {
    printJson(io, {
      data: options.data,
      images: done,
      correct,
      accuracy: share,
      chipSeed,
      noiseSeed,
      cycles,
      chipTimeUs,
      wallSeconds,
      batches,
      instructions,
      confusion: confusion(classes, labels),
      ...(report && { breakdown: report }),
      interrupted,
    });
    return;
  }
  if (interrupted)
    say(`Interrupted after ${done} of ${counted(count, "image")}; the figures are those of the ones done.\n`);
  if (options.show > 0) showDigits(io, images, labels, classes, names, options.show);
  say("\nClasses (rows) and the chip's answers (columns):\n");
  say(confusionTable(confusion(classes, labels), names));
  const perImage = (value: number) => (value / done).toFixed(0);
  say(
    `\n${paint.bold(`Accuracy ${(100 * share).toFixed(2)} %`)} (${correct} of ${counted(done, "image")}, ${seeds})
Chip     ${perImage(cycles)} cycles an image at 250 MHz: ${(chipTimeUs / done).toFixed(0)} us an image, ${(chipTimeUs / 1000).toFixed(1)} ms in ${counted(batches, "batch", "batches")}
Host     ${wallSeconds.toFixed(1)} s, ${(instructions / wallSeconds / 1e6).toFixed(1)} million PPU instructions a second, ${(wallSeconds / (chipTimeUs / 1e6)).toFixed(1)} times the chip's own time
`,
  );
  if (report) say(`\n${breakdownText(report)}`);
}

/** The verb `mnist`: the main job, real test digits through the firmware on both PPUs. */
export function mnistCommand(io: CliIo): Command {
  const number = (option: string, least: number, most: number) => integerOption(option, least, most);
  return new Command("mnist")
    .description("Classifies test images of MNIST, or of Fashion-MNIST, on both PPUs and the analog core")
    .addOption(dataOption())
    .option(
      "--images <n>",
      `how many test images, 1..${PART_SIZES.test}`,
      number("--images", 1, PART_SIZES.test),
      300,
    )
    .option("--first <n>", "index of the first test image", number("--first", 0, PART_SIZES.test - 1), 0)
    .option(
      "--show <n>",
      "draw this many images with their answers",
      number("--show", 0, PART_SIZES.test),
      10,
    )
    .option("--chip-seed <n>", "which chip: draws its mismatch", number("--chip-seed", 0, MOST_SEED), 1)
    .option("--noise-seed <n>", "which trial: draws the noise", number("--noise-seed", 0, MOST_SEED), 1)
    .addOption(chipOption())
    .addOption(calibrationOption())
    .option("--ideal", "short for --chip ideal: no mismatch, no noise")
    .option("--analog <name=value,...>", "change parameters of the analog core, e.g. sigmaRead=3")
    .option("--timing <profile>", "timing profile, see ppu run --help", "chip")
    .option("--parameters <file>", "parameter file of ppu train; default: the shipped one, for the digits")
    .option("--breakdown", "attribute the cycles of both PPUs to phases and estimate energy; slower")
    .option("--json", "print the figures as JSON")
    .addHelpText("after", EXAMPLES)
    .action((options: MnistOptions) => run(io, options));
}
