import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { StepReport } from "../lab/calibration/step.ts";
import { counted } from "../lab/counted.ts";
import type { ExperimentResults } from "../lab/experiment/run.ts";
import type { ReportData } from "../lab/report/data.ts";
import { packageVersion } from "../package-root.ts";
import { type CliIo, printJson } from "./io.ts";
import { integerOption, MOST_SEED } from "./numbers.ts";
import { checkOutputs, makeOutputDirectory, writeOutput } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

interface ReportOptions {
  readonly chipSeed?: number;
  readonly calibration?: string;
  readonly noiseSeed: number;
  readonly images: number;
  readonly experiment?: string;
  readonly output: string;
  readonly pictures?: string;
  readonly json?: true;
}

const EXAMPLES = `
One HTML file that needs no network, scripts or display to be made: all calibration steps before and after, transfer curves,
gains of all columns, noise against sends, chip time and energy of the digit network; with --experiment also accuracies,
training and robustness. The same options give the same bytes.

Examples:
  ppu report --chip-seed 3                                calibrates chip 3, measures it, writes report.html
  ppu report --calibration calibration-3.json -o chip.html
  ppu report --images 0 --pictures pictures               without the digit network; each picture as an SVG file too
  ppu report --experiment experiment-mnist                with the results that ppu experiment mnist has left there

JSON: file, pictures, version, calibration (as ppu calibrate prints it), noiseSeed, steps (name, before, after: a value an
instance), raw and calibrated (transfer, gains, synapses, noise), firmware (images, accuracy, breakdown), experiment.
`;

function readExperiment(directory: string, isResults: (value: unknown) => value is ExperimentResults) {
  const path = join(directory, "results.json");
  const remedy = `make it with ppu experiment mnist -o ${directory}`;
  let contents: string;
  try {
    contents = readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${path} can't be read; ${remedy}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(contents);
  } catch {
    throw new UsageError(`${path} is damaged (no JSON); ${remedy}`);
  }
  if (!isResults(value)) throw new UsageError(`${path} holds no results of an experiment; ${remedy}`);
  return value;
}

/** The command that makes the same page: options that differ from their defaults, in a fixed order. */
function commandOf({ chipSeed, calibration, noiseSeed, images, experiment }: ReportOptions): string {
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name} ${value}`];
  return [
    "ppu report",
    ...option("chip-seed", chipSeed ?? (calibration === undefined ? 1 : undefined)),
    ...option("calibration", calibration),
    ...option("noise-seed", noiseSeed),
    ...option("images", images),
    ...option("experiment", experiment),
  ].join(" ");
}

/** Numbers of typed arrays as lists. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, item) => (ArrayBuffer.isView(item) ? Array.from(item as never) : item)),
  );

async function run(io: CliIo, options: ReportOptions): Promise<void> {
  const { calibrationWithValues, measureBoth } = await import("../lab/report/data.ts");
  const { reportPage } = await import("../lab/report/report.ts");
  const { pageHtml, picturesOf } = await import("../lab/report/page.ts");
  const { isExperimentResults } = await import("../lab/report/experiment.ts");
  const { readCalibration } = await import("../lab/calibration/file.ts");
  const { svgFile } = await import("../lab/plot/svg.ts");
  const { noiseSeed, images, output } = options;
  const say = (line: string) => {
    if (!options.json) io.stdout(`${line}\n`);
  };
  const stored =
    options.calibration === undefined ? undefined : readCalibration(options.calibration, options.chipSeed);
  const chipSeed = stored?.chipSeed ?? options.chipSeed ?? 1;
  const experiment =
    options.experiment === undefined ? undefined : readExperiment(options.experiment, isExperimentResults);
  checkOutputs(output);
  if (options.pictures !== undefined) makeOutputDirectory(options.pictures);

  say(`${stored ? "Repeating the calibration of" : "Calibrating"} raw chip ${chipSeed}`);
  const onStep = ({ name, instances }: StepReport) => say(`  ${name}: ${instances} instances`);
  const { calibration, steps } = await calibrationWithValues({ chipSeed, stored, onStep });
  say(`Measuring it, raw and calibrated (noise seed ${noiseSeed})`);
  const chip = measureBoth(calibration, noiseSeed);
  let data: ReportData = { calibration, steps, noiseSeed, ...chip, ...(experiment && { experiment }) };
  if (images > 0) {
    say(`Classifying ${counted(images, "test digit")} on it with the firmware`);
    const { runFirmware } = await import("../lab/report/firmware.ts");
    const { settings } = calibration;
    data = { ...data, firmware: await runFirmware({ chip: "raw", chipSeed, noiseSeed, settings }, images) };
  }

  const version = packageVersion();
  const page = reportPage(data, version, commandOf(options));
  writeOutput(output, pageHtml(page));
  const pictures = picturesOf(page);
  if (options.pictures !== undefined) {
    for (const picture of pictures) {
      writeOutput(join(options.pictures, `${picture.name}.svg`), svgFile(picture));
    }
  }
  if (options.json) {
    const { settings: _settings, ...head } = calibration;
    printJson(io, {
      ...{ file: output, pictures: pictures.map(({ name }) => name), version, calibration: head, noiseSeed },
      steps: steps.map(({ report, values }) => ({ name: report.name, ...(plain(values ?? {}) as object) })),
      ...{ raw: plain(data.raw), calibrated: plain(data.calibrated) },
      ...{ firmware: data.firmware, experiment },
    });
    return;
  }
  const kept = options.pictures === undefined ? "" : `, and its pictures as SVG files to ${options.pictures}`;
  say(`Wrote ${output} with ${pictures.length} pictures${kept}`);
}

/** The verb `report`: pictures and tables of a chip on one page. */
export function reportCommand(io: CliIo): Command {
  return new Command("report")
    .description("Calibrates and measures a raw chip, and writes pictures and tables as one HTML page")
    .option(
      "--chip-seed <n>",
      "which chip; default: that of the calibration file, or 1",
      integerOption("--chip-seed", 0, MOST_SEED),
    )
    .option("--calibration <file>", "show this calibration of ppu calibrate instead of a new one")
    .option(
      "--noise-seed <n>",
      "which trial: draws the noise of the measurements",
      integerOption("--noise-seed", 0, MOST_SEED),
      2,
    )
    .option(
      "--images <n>",
      "test digits for chip time and energy, 0..10000; 0: leave it out",
      integerOption("--images", 0, 10000),
      73,
    )
    .option("--experiment <directory>", "add the results that ppu experiment mnist left in this directory")
    .option("-o, --output <file>", "page to write", "report.html")
    .option("--pictures <directory>", "write each picture there as an SVG file too")
    .option("--json", "print the data behind the pictures as JSON")
    .addHelpText("after", EXAMPLES)
    .action((options: ReportOptions) => run(io, options));
}
