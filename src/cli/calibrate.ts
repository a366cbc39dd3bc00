import { Command } from "commander";
import type { Calibration, CalibrationOptions } from "../lab/calibration/calibrate.ts";
import type { Stage, StepReport } from "../lab/calibration/step.ts";
import { counted } from "../lab/counted.ts";
import { type CliIo, colors, printJson } from "./io.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";
import { checkOutputs, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

interface CalibrateOptions {
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly searchSeed: number;
  readonly steps?: string;
  readonly baselineTarget: number;
  readonly gain: string;
  readonly onChip?: true;
  readonly output?: string;
  readonly json?: true;
}

const EXAMPLES = `
The host sets registers of a raw chip and reads its CADC, nothing else; docs/calibration.md describes the procedure. With
--on-chip firmware/calibrate does the same on both PPUs, and cycles are printed: all, and those in which a PPU did not sleep.
The file belongs to the chip of its seed and is for --calibration of ppu run, ppu mnist and ppu infer.

Steps: cadc (ramps, channel offsets), leak (off), baseline (reset level), offsets (currents of the synaptic inputs),
drivers (ramps, offsets), neurons (synapse bias, excitatory and inhibitory gain).

Examples:
  ppu calibrate --chip-seed 3                       all steps; writes calibration-3.json
  ppu mnist --chip raw --chip-seed 3 --calibration calibration-3.json
  ppu calibrate --steps cadc,baseline --json        two steps, figures as JSON
  ppu calibrate --on-chip --chip-seed 3             all steps by the PPUs themselves
  ppu calibrate --baseline-target 0 -o relu.json    the ADC clips negative results: an analog ReLU

JSON: file, chipSeed, noiseSeed, searchSeed, stages, baselineTarget, gain, reads, chipTimeUs, wallSeconds, steps (name,
quantity, unit, target, knobs, instances, before, after, inRange, atRangeEnd, reads, chipTime in us, checks); with --on-chip
also where ("ppu"), cycles, and of each step cycles and awakeCycles.
`;

function parseStages(text: string | undefined, known: readonly Stage[]): Stage[] | undefined {
  return text?.split(",").map((piece) => {
    const stage = known.find((name) => name === piece.trim());
    if (stage === undefined) throw new UsageError(`--steps knows ${known.join(", ")}, not "${piece.trim()}"`);
    return stage;
  });
}

function parseGain(text: string): number | "median" {
  if (text === "median") return text;
  const gain = Number(text);
  if (text.trim() === "" || !(gain >= 0.001 && gain <= 0.04)) {
    throw new UsageError(`--gain needs 0.001..0.04 LSB per activation and weight, or median, got "${text}"`);
  }
  return gain;
}

/** By the host, or by firmware that has been compiled. */
async function calibrator(
  { onChip }: CalibrateOptions,
  say: (text: string) => void,
): Promise<(options: CalibrationOptions) => Calibration> {
  if (!onChip) return (await import("../lab/calibration/calibrate.ts")).calibrate;
  const { calibrateOnChip, compileCalibrationFirmware } = await import("../lab/calibration/on-chip.ts");
  say("Compiling firmware/calibrate for the PPUs ...\n");
  const firmware = await compileCalibrationFirmware();
  return (options) => calibrateOnChip(options, firmware);
}

async function run(io: CliIo, options: CalibrateOptions): Promise<void> {
  const { encodeCalibration } = await import("../lab/calibration/file.ts");
  const { STAGES } = await import("../lab/calibration/step.ts");
  const { STEP_HEADER, stepLines } = await import("../lab/calibration/table.ts");
  const { chipSeed, noiseSeed, searchSeed, baselineTarget } = options;
  const paint = colors(io);
  const say = (text: string) => {
    if (!options.json) io.stdout(text);
  };
  const onStep = (report: StepReport) => {
    const text = stepLines(report).replaceAll("MISS", paint.red("MISS"));
    const [title, ...rest] = text.split("\n");
    say(`${paint.bold(title)}\n${rest.join("\n")}\n`);
  };
  const stages = parseStages(options.steps, STAGES);
  const gain = parseGain(options.gain);
  const file = options.output ?? `calibration-${chipSeed}.json`;
  checkOutputs(file);
  const calibrate = await calibrator(options, say);
  say(`Calibrating raw chip ${chipSeed} (noise seed ${noiseSeed})\n${STEP_HEADER}\n`);
  const begin = process.hrtime.bigint();
  const calibration = calibrate({ chipSeed, noiseSeed, searchSeed, stages, baselineTarget, gain, onStep });
  const wallSeconds = Number(process.hrtime.bigint() - begin) / 1e9;
  writeOutput(file, encodeCalibration(calibration));
  const { settings: _settings, steps, ...head } = calibration;
  const sum = (value: (report: StepReport) => number) =>
    steps.reduce((total, step) => total + value(step), 0);
  const reads = sum((step) => step.reads);
  const chipTimeUs = sum((step) => step.chipTime);
  if (options.json) {
    printJson(io, { file, ...head, reads, chipTimeUs, wallSeconds, steps });
    return;
  }
  const checks = steps.flatMap((step) => step.checks);
  const good = checks.filter((check) => check.ok).length;
  say(
    `${paint.bold(`${good} of ${counted(checks.length, "comparison holds", "comparisons hold")}`)}; ${reads} reads, ${(chipTimeUs / 1e6).toFixed(2)} s on the chip, ${wallSeconds.toFixed(1)} s here\nwrote ${file}\n`,
  );
}

/** The verb `calibrate`: finds the settings of a raw chip and writes them to a file. */
export function calibrateCommand(io: CliIo): Command {
  const seed = (option: string) => integerOption(option, 0, MOST_SEED);
  return new Command("calibrate")
    .description("Calibrates a raw chip through its registers and CADC, and writes a calibration file")
    .option("--chip-seed <n>", "which chip: draws its mismatch", seed("--chip-seed"), 1)
    .option("--noise-seed <n>", "which trial: draws the noise", seed("--noise-seed"), 1)
    .option("--search-seed <n>", "scatters the starts of searches", seed("--search-seed"), 1)
    .option("--steps <names>", "only these steps, separated by commas; the other knobs stay as they are")
    .option(
      "--baseline-target <lsb>",
      "read after a reset, 0..180; near 0 for an analog ReLU",
      integerOption("--baseline-target", 0, 180),
      120,
    )
    .option("--gain <lsb>", "LSB per activation and weight, or median: that of all neurons", "median")
    .option("--on-chip", "by firmware on both PPUs instead of the host")
    .option("-o, --output <file>", "calibration file to write; default: calibration-SEED.json")
    .option("--json", "print the figures as JSON")
    .addHelpText("after", EXAMPLES)
    .action((options: CalibrateOptions) => run(io, options));
}
