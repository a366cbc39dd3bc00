/**
 * MNIST by the firmware on the whole chip: images a second, speed against the chip's own time, the ratio to a lone PPU
 * with a scalar program measured in the same turns, and where the time goes. `--long`: more turns of more images.
 */
import { CYCLES_PER_MICROSECOND } from "../src/core/clock.ts";
import { loadMnist } from "../src/lab/mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../src/lab/mnist-run.ts";
import { readParameters } from "../src/lab/parameter-file.ts";
import { onEngine } from "./scalar-engine.ts";
import { scalarPrograms } from "./scalar-programs.ts";
import { profile, SHARES } from "./whole-shares.ts";

const long = process.argv.includes("--long");
const TURNS = long ? 7 : 3;
const IMAGES = long ? 584 : 146;
const REPETITIONS = 3000;
const IMAGE_BYTES = 784;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Seconds of wall time. */
async function timed<T>(work: () => Promise<T>): Promise<{ readonly seconds: number; readonly result: T }> {
  const begin = process.hrtime.bigint();
  const result = await work();
  return { seconds: Number(process.hrtime.bigint() - begin) / 1e9, result };
}

const compilation = await timed(compileMnistFirmware);
const images = loadMnist("test").images.subarray(0, IMAGES * IMAGE_BYTES);
const network = readParameters(undefined);
const makeRun = () => new MnistRun(network, compilation.result, { chipSeed: 1, noiseSeed: 1 });
const construction = await timed(async () => makeRun());
const classify = () => makeRun().classify(images);
const [mix] = scalarPrograms();

const first = await timed(classify);
const seconds: number[] = [];
const ratios: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  const chip = makeRun();
  const whole = await timed(() => chip.classify(images));
  const lone = onEngine(mix, REPETITIONS);
  seconds.push(whole.seconds);
  ratios.push(whole.result.instructions / whole.seconds / (lone.instructions / lone.seconds));
}
const { cycles, instructions } = first.result;
const wall = median(seconds);
const chipSeconds = cycles / CYCLES_PER_MICROSECOND / 1e6;
console.log(`${IMAGES} images, two PPUs, ${(instructions / IMAGES).toFixed(0)} instructions an image`);
console.log(
  `  ${(IMAGES / wall).toFixed(0)} images a second, ${(IMAGES / first.seconds).toFixed(0)} when the process is new`,
);
console.log(
  `  ${(chipSeconds / wall).toFixed(4)} x the speed of the chip, whose time is ${(chipSeconds * 1000).toFixed(1)} ms`,
);
console.log(
  `  ${(instructions / wall / 1e6).toFixed(1)} million instructions a second, ${median(ratios).toFixed(2)} x a lone PPU on "${mix.name}"`,
);
console.log(
  `  start: ${compilation.seconds.toFixed(1)} s to compile the firmware, ${construction.seconds.toFixed(1)} s to make a chip`,
);
const shares = await profile(classify);
console.log(`  ${SHARES.map((share) => `${share} ${(100 * shares[share]).toFixed(0)} %`).join(", ")}`);
