import { basename, extname } from "node:path";
import { Command } from "commander";
import { counted } from "../../lab/counted.ts";
import { NetworkError, volume } from "../../lab/net/description.ts";
import { outputSize } from "../../lab/net/integer-model.ts";
import { compileInferenceFirmware } from "../../lab/net/network-run.ts";
import { planNetwork } from "../../lab/net/plan.ts";
import { imagesOf, labelsOf } from "../../lab/net/samples.ts";
import { ACCURACY, CLASSIFY_COLUMNS, classifyWork, imageHash } from "../../lab/sweep/classify-work.ts";
import { cellCount } from "../../lab/sweep/grid.ts";
import { hashOf, makePlan } from "../../lab/sweep/plan.ts";
import { readInput } from "../../toolchain/loader.ts";
import type { CliIo } from "../io.ts";
import { readNetworkFile, readSamplesFile, readWeightsFile, showingProblems } from "../network-files.ts";
import { integerOption, MOST_SEED } from "../numbers.ts";
import { sweptChips } from "./axis-options.ts";
import { conductSweep, prepareOutputs } from "./conduct.ts";
import { addSweepOptions, SWEEP_HELP, type SweepFlags } from "./options.ts";

interface InferSweepFlags extends SweepFlags {
  readonly weights: string;
  readonly images: string;
  readonly labels: string;
  readonly count?: number;
}

const EXAMPLES = `${SWEEP_HELP}
The files are those of ppu infer.

Examples:
  ppu sweep infer examples/xor/network.json --weights examples/xor/weights.npz --images examples/xor/images.npy \\
    --labels examples/xor/labels.npy --chip-seeds 1..100
`;

/** Name of the default directory: that of the file without what stands behind the dot. */
export const directoryFor = (file: string): string => `sweep-${basename(file, extname(file))}`;

function readImages(file: string, flags: InferSweepFlags) {
  const description = readNetworkFile(file);
  const { network } = readWeightsFile(description, flags.weights);
  planNetwork(network);
  const all = imagesOf(readSamplesFile(flags.images), description.input.shape, flags.images);
  const size = volume(description.input.shape);
  const count = Math.min(flags.count ?? Number.POSITIVE_INFINITY, all.length / size);
  const images = all.subarray(0, count * size);
  const labels = labelsOf(readSamplesFile(flags.labels), count, outputSize(network), flags.labels);
  if (description.input.values === "code" && images.some((value) => value > 31)) {
    throw new NetworkError([`${flags.images}: inputs beyond 31; the network takes codes 0..31`]);
  }
  return { name: description.name, network, images, labels, count };
}

async function run(io: CliIo, file: string, flags: InferSweepFlags): Promise<void> {
  const output = flags.output ?? directoryFor(file);
  const chips = sweptChips({ ...flags, timing: "chip" });
  const { name, network, images, labels, count } = readImages(file, flags);
  prepareOutputs(flags, output);
  if (!flags.json) {
    const cells = counted(cellCount(chips.grid), "cell");
    io.stdout(`${cells}: ${counted(count, "image")} each through ${name}\n`);
    io.stdout("Compiling firmware/inference for the PPUs ...\n");
  }
  const firmware = await compileInferenceFirmware();
  const plan = makePlan({
    kind: "infer",
    options: { images: count, ...chips.options },
    inputs: {
      firmware: imageHash(firmware),
      network: hashOf(readInput(file)),
      weights: hashOf(readInput(flags.weights)),
      images: hashOf(images, labels.join(",")),
      ...chips.inputs,
    },
    ...{ grid: chips.grid, columns: CLASSIFY_COLUMNS, measure: ACCURACY },
  });
  const work = classifyWork({ kind: "infer", network, firmware, chip: chips.chip, images, labels });
  await conductSweep(io, plan, work, output, flags);
}

/** The command `sweep infer`: an own network on many chips. */
export function inferSweepCommand(io: CliIo): Command {
  const command = new Command("infer")
    .description("Runs your own network on many chips, as ppu infer does on one")
    .summary("your own network")
    .argument("<network>", "network.json")
    .requiredOption("--weights <file>", "npz with PyTorch's names and shapes")
    .requiredOption("--images <file>", "npy, npz or IDX")
    .requiredOption("--labels <file>", "npy, npz or IDX")
    .option("--count <n>", "only the first images", integerOption("--count", 1, MOST_SEED));
  return addSweepOptions(command, "sweep-NETWORK")
    .addHelpText("after", EXAMPLES)
    .action((file: string, flags: InferSweepFlags) => showingProblems(io, () => run(io, file, flags)));
}
