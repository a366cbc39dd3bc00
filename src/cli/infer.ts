import { Command } from "commander";
import type { ChipOptions } from "../chip/chip.ts";
import { CYCLES_PER_MICROSECOND } from "../core/clock.ts";
import { counted } from "../lab/counted.ts";
import { NetworkError, volume } from "../lab/net/description.ts";
import { evaluateIntegers, outputSize } from "../lab/net/integer-model.ts";
import { compileInferenceFirmware, type NetworkAnswers, NetworkRun } from "../lab/net/network-run.ts";
import { imagesOf, labelsOf } from "../lab/net/samples.ts";
import { argmax } from "../lab/network.ts";
import { calibratedSettings, calibrationOption } from "./calibration-option.ts";
import { type ChipFlags, chipKind, chipOption } from "./chip-kind.ts";
import { type CliIo, EXIT, printJson } from "./io.ts";
import { readNetworkFile, readSamplesFile, readWeightsFile, showingProblems } from "./network-files.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";

interface InferOptions extends ChipFlags {
  readonly weights: string;
  readonly images: string;
  readonly labels?: string;
  readonly count?: number;
  readonly show: number;
  readonly compare?: true;
  readonly json?: true;
}

const EXAMPLES = `
One firmware, firmware/inference, runs every network on both PPUs; the host leaves the schedule, weights and images in external
memory. Images: npy, npz (first array) or IDX, whole numbers 0..255, the first dimension counts them.

Examples:
  ppu infer examples/xor/network.json --weights examples/xor/weights.npz --images examples/xor/images.npy
  ppu infer network.json --weights w.npz --images t10k-images-idx3-ubyte --labels t10k-labels-idx1-ubyte --count 1000
  ppu infer network.json --weights w.npz --images x.npy --chip raw --chip-seed 3 --calibration calibration-3.json
  ppu infer network.json --weights w.npz --images x.npy --ideal --compare    against the exact integer model

JSON: images, classes (of networks that end in argmax), results (int8, one list an image), correct and accuracy (with labels),
different (with --compare: results that differ from the integer model), cycles, chipTimeUs, batches, imagesInBatch (of a full
one), instructions, interrupted.

Ctrl-C ends it after the current batch, with the figures so far and exit code 130.
`;

async function chipOptions(options: InferOptions): Promise<ChipOptions & { idealGain: number }> {
  const { analogParameters, parseAnalogOverrides } = await import("../chip/analog/parameters.ts");
  const preset = chipKind(options);
  const parameters = analogParameters(preset, parseAnalogOverrides(options.analog ?? ""));
  const { chipSeed, noiseSeed } = options;
  const calibrated = await calibratedSettings(options, preset);
  return { chipSeed, noiseSeed, analogParameters: parameters, idealGain: parameters.gain, ...calibrated };
}

const rows = (answers: NetworkAnswers, size: number): number[][] =>
  Array.from({ length: answers.count }, (_, n) => [...answers.results.subarray(n * size, (n + 1) * size)]);

function countCorrect(answers: NetworkAnswers, results: readonly number[][], labels: Uint16Array): number {
  return results.filter((row, n) => (answers.classes?.[n] ?? argmax(row)) === labels[n]).length;
}

/** Runs all images; Ctrl-C ends it behind the current batch. */
async function untilInterrupted(
  runner: NetworkRun,
  images: Uint8Array,
  onBatch: (done: number) => void,
): Promise<{ answers: NetworkAnswers; interrupted: boolean }> {
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once("SIGINT", interrupt);
  try {
    const answers = await runner.infer(images, async ({ count }) => {
      onBatch(count);
      await new Promise((resolve) => setImmediate(resolve));
      return !interrupted;
    });
    return { answers, interrupted };
  } finally {
    process.removeListener("SIGINT", interrupt);
  }
}

async function run(io: CliIo, file: string, options: InferOptions): Promise<void> {
  const description = readNetworkFile(file);
  const { network } = readWeightsFile(description, options.weights);
  const all = imagesOf(readSamplesFile(options.images), description.input.shape, options.images);
  const size = volume(description.input.shape);
  const count = Math.min(options.count ?? Number.POSITIVE_INFINITY, all.length / size);
  const images = all.subarray(0, count * size);
  const labels =
    options.labels === undefined
      ? undefined
      : labelsOf(readSamplesFile(options.labels), count, outputSize(network), options.labels);
  if (description.input.values === "code" && images.some((value) => value > 31)) {
    throw new NetworkError([`${options.images}: inputs beyond 31; the network takes codes 0..31`]);
  }
  const say = (text: string) => {
    if (!options.json) io.stdout(text);
  };
  const { idealGain, ...chip } = await chipOptions(options);
  say("Compiling firmware/inference for the PPUs ...\n");
  const runner = new NetworkRun(network, await compileInferenceFirmware(), chip);
  say(`Running ${counted(count, "image")} through ${description.name}.\n`);
  const { answers, interrupted } = await untilInterrupted(runner, images, (done) => {
    if (done < count) say(`  ${done}/${count} images\n`);
  });
  const done = answers.count;
  if (interrupted) io.exitCode = EXIT.interrupted;
  const results = rows(answers, outputSize(network));
  const correct = labels && countCorrect(answers, results, labels);
  const expected =
    options.compare && evaluateIntegers(network, images.subarray(0, done * size), idealGain).results;
  const different =
    expected && answers.results.reduce((sum, value, n) => sum + (value === expected[n] ? 0 : 1), 0);
  const { cycles, batches, instructions } = answers;
  const chipTimeUs = cycles / CYCLES_PER_MICROSECOND;
  const capacity = runner.plan.memory.batch;
  if (options.json) {
    printJson(io, {
      images: done,
      ...(answers.classes && { classes: [...answers.classes] }),
      results,
      ...(correct !== undefined && { correct, accuracy: correct / done }),
      ...(different !== undefined && { different }),
      ...{ cycles, chipTimeUs, batches, imagesInBatch: capacity, instructions, interrupted },
    });
    return;
  }
  if (interrupted) {
    say(`Interrupted after ${done} of ${counted(count, "image")}; the figures are those of the ones done.\n`);
  }
  for (const [n, row] of results.slice(0, options.show).entries()) {
    const shown = row.length > 16 ? `${row.slice(0, 16).join(" ")} ... (${row.length})` : row.join(" ");
    const answer = answers.classes ? `class ${answers.classes[n]}  ` : "";
    say(`  ${String(n).padStart(4)}  ${answer}${labels ? `label ${labels[n]}  ` : ""}results ${shown}\n`);
  }
  if (correct !== undefined)
    say(`Accuracy ${((100 * correct) / done).toFixed(2)} % (${correct} of ${counted(done, "image")})\n`);
  if (different !== undefined) {
    say(`Oracle   ${different} of ${answers.results.length} results differ from the exact integer model\n`);
  }
  say(
    `Chip     ${(cycles / done).toFixed(0)} cycles an image: ${(chipTimeUs / done).toFixed(0)} us, in ${counted(batches, "batch", "batches")}\n`,
  );
  const rest = done % capacity;
  if (rest > 0) {
    const which = batches === 1 ? "The batch is" : "The last batch is";
    say(
      `         ${which} part-filled (${rest} of ${counted(capacity, "image")}); start and weights take their time once a batch, so full ones take less an image.\n`,
    );
  }
}

/** The verb `infer`: runs any network on both PPUs and the analog core. */
export function inferCommand(io: CliIo): Command {
  return new Command("infer")
    .description("Runs your own network on both PPUs and the analog core")
    .argument("<network>", "network.json")
    .requiredOption("--weights <file>", "npz with PyTorch's names and shapes")
    .requiredOption("--images <file>", "npy, npz or IDX")
    .option("--labels <file>", "npy, npz or IDX: gives the accuracy")
    .option("--count <n>", "only the first images", integerOption("--count", 1, MOST_SEED))
    .option("--show <n>", "print this many results", integerOption("--show", 0, MOST_SEED), 10)
    .option("--compare", "compare with the exact integer model")
    .option(
      "--chip-seed <n>",
      "which chip: draws its mismatch",
      integerOption("--chip-seed", 0, MOST_SEED),
      1,
    )
    .option(
      "--noise-seed <n>",
      "which trial: draws the noise",
      integerOption("--noise-seed", 0, MOST_SEED),
      1,
    )
    .addOption(chipOption())
    .addOption(calibrationOption())
    .option("--ideal", "short for --chip ideal: no mismatch, no noise")
    .option("--analog <name=value,...>", "change parameters of the analog core, e.g. sigmaRead=3")
    .option("--json", "print the answers as JSON")
    .addHelpText("after", EXAMPLES)
    .action((file: string, options: InferOptions) => showingProblems(io, () => run(io, file, options)));
}
