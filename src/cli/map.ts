import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { CYCLES_PER_MICROSECOND } from "../core/clock.ts";
import { counted } from "../lab/counted.ts";
import { estimateNetwork, type NetworkEstimate } from "../lab/net/estimate.ts";
import { descriptionText, mnistDescription, mnistNetwork } from "../lab/net/mnist.ts";
import { encodeNpz } from "../lab/net/npz.ts";
import { drawPlan } from "../lab/net/picture.ts";
import { planSvg } from "../lab/net/picture-svg.ts";
import { type NetworkPlan, planNetwork } from "../lab/net/plan.ts";
import { exportWeights, type QuantisationReport } from "../lab/net/weights.ts";
import { readParameters } from "../lab/parameter-file.ts";
import { type CliIo, printJson } from "./io.ts";
import { readNetworkFile, readWeightsFile, showingProblems } from "./network-files.ts";
import { makeOutputDirectory, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

interface MapOptions {
  readonly weights?: string;
  readonly density: number;
  readonly output?: string;
  readonly exportMnist?: string;
  readonly parameters?: string;
  readonly json?: true;
}

const EXAMPLES = `
The picture shows each array (256 columns to the right, 128 drivers downwards) with the blocks of inputs on it. A network that
does not fit is refused with the reasons and what would fit. The format of network.json is described in docs/networks.md.

Examples:
  ppu map examples/mnist/network.json                 where the layers lie, vectors, events, cycles
  ppu map network.json --weights w.npz -o plan.svg    check the weights as well, draw the picture as SVG
  ppu map --export-mnist examples/mnist               write network.json and weights.npz of the shipped digit network

JSON: name, layers (name, split, passes, blocks, columns, tiles, weightBytes, vectors, runs, events, macs, loadCycles,
imageCycles), memory (bytes, batch), batchCycles, imageMicroseconds.
`;

function densityOption(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new UsageError(`--density needs a number from 0 to 1, got "${text}"`);
  }
  return value;
}

function figures(plan: NetworkPlan, estimate: NetworkEstimate) {
  return {
    name: plan.network.name,
    layers: estimate.layers.map((figure, index) => {
      const { split, passes, blocks, columns, tiles, weightBytes } = plan.layers[index];
      return { ...figure, split, passes, blocks, columns, weightBytes, tiles };
    }),
    weights: plan.weightCount,
    memory: plan.memory,
    batchCycles: estimate.batchCycles,
    imageMicroseconds: estimate.batchCycles / estimate.images / CYCLES_PER_MICROSECOND,
  };
}

function printTable(io: CliIo, plan: NetworkPlan, estimate: NetworkEstimate, density: number): void {
  const table = new Table({
    head: ["layer", "vectors", "runs", "events", "weights", "MACs", "load", "cycles/image"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const [index, figure] of estimate.layers.entries()) {
    const { inputs, outputs } = plan.layers[index].layer;
    const { vectors, runs, events, macs, loadCycles, imageCycles } = figure;
    const rounded = [vectors, runs, events, inputs * outputs, macs, loadCycles, imageCycles].map((n) =>
      n.toFixed(0),
    );
    table.push([figure.name, ...rounded]);
  }
  const { constantBytes, slotBytes, batch } = plan.memory;
  const image = estimate.batchCycles / estimate.images;
  io.stdout(`${table.toString()}
Vectors, array runs, events, multiply-accumulates: for one image; events for ${Math.round(100 * density)} % of inputs above 0
(--density). Load: cycles to write weights, once a batch. Cycles: both PPUs at work.

Memory   ${plan.weightCount} weights; ${constantBytes} bytes of weights and tables, ${slotBytes} bytes an image: ${counted(batch, "image")} a batch
Chip     about ${image.toFixed(0)} cycles an image in full batches: ${(image / CYCLES_PER_MICROSECOND).toFixed(0)} us
`);
}

function exportMnist(io: CliIo, directory: string, parameters: string | undefined): void {
  const network = readParameters(parameters);
  makeOutputDirectory(directory);
  const json = join(directory, "network.json");
  const weights = join(directory, "weights.npz");
  writeOutput(json, descriptionText(mnistDescription(network)));
  writeOutput(weights, encodeNpz(exportWeights(mnistNetwork(network))));
  io.stdout(`wrote ${json} and ${weights}\n`);
}

async function run(io: CliIo, file: string | undefined, options: MapOptions): Promise<void> {
  const { density, weights, output } = options;
  if (options.exportMnist !== undefined) exportMnist(io, options.exportMnist, options.parameters);
  else if (file === undefined)
    throw new UsageError("which network? give a network.json (see ppu map --help)");
  if (file === undefined) return;
  const description = readNetworkFile(file);
  const plan = planNetwork(description);
  const reports: QuantisationReport[] =
    weights === undefined ? [] : readWeightsFile(description, weights).reports;
  const estimate = estimateNetwork(plan, density);
  if (output !== undefined) writeOutput(output, planSvg(plan));
  if (options.json) {
    printJson(io, { ...figures(plan, estimate), ...(weights !== undefined && { quantisation: reports }) });
    return;
  }
  io.stdout(`${drawPlan(plan)}\n`);
  printTable(io, plan, estimate, density);
  for (const { layer, factor, clipped } of reports) {
    io.stdout(
      `Weights  ${layer}: ${factor === 1 ? "whole numbers" : `times ${factor.toPrecision(4)}`}, ${clipped} clipped to 63\n`,
    );
  }
  if (output !== undefined) io.stdout(`Picture  ${output}\n`);
}

/** The verb `map`: places a network on the array and says what it costs, or why it does not fit. */
export function mapCommand(io: CliIo): Command {
  return new Command("map")
    .description("Places a network on the array: picture, vectors, events, memory, estimated cycles")
    .argument("[network]", "network.json")
    .option("--weights <file>", "check these weights too (npz)")
    .option(
      "--density <share>",
      "share of inputs that are not zero, 0..1, for events and cycles",
      densityOption,
      0.3,
    )
    .option("-o, --output <file>", "write the picture as SVG")
    .option("--export-mnist <directory>", "write network.json and weights.npz of the digit network there")
    .option("--parameters <file>", "parameter file of ppu train to export; default: the shipped one")
    .option("--json", "print the figures as JSON")
    .addHelpText("after", EXAMPLES)
    .action((file: string | undefined, options: MapOptions) =>
      showingProblems(io, () => run(io, file, options)),
    );
}
