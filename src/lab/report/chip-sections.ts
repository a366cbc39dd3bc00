/** The parts of a report about the analog core of its chip. */
import { figures, share } from "../calibration/statistics.ts";
import type { StepReport } from "../calibration/step.ts";
import { HIGH_REFERENCE, LOW_REFERENCE, RAMP, TRIAL_NOISE } from "../calibration/step-kinds.ts";
import { shortNumber } from "../calibration/table.ts";
import { decimalNumber } from "../plot/svg.ts";
import {
  gainPictures,
  noisePicture,
  PUBLISHED_NOISE,
  relativeGains,
  synapsePicture,
  transferPictures,
} from "./chip-figures.ts";
import type { ReportData } from "./data.ts";
import { type ChipMeasurement, fitNoise, GAIN_DRIVE, SYNAPSE_DRIVE } from "./measure.ts";
import { type Block, details, type Section, type Table, table, text } from "./page.ts";
import { numberOf, type StepOutcome, stepPictures, targetOf } from "./steps.ts";

/** In a cell: there is no such thing. */
const NONE = "-";
const NOISE_NOTE =
  "Before and after are measured with calibrated ADC ramps; the raw chip's noise stands under “Noise against the number of sends”.";

const capital = (words: string) => words[0].toUpperCase() + words.slice(1);

/** How many comparisons with limits hold. */
function checksLine(reports: readonly StepReport[]): string {
  const checks = reports.flatMap((report) => report.checks);
  const good = checks.filter(({ ok }) => ok).length;
  return `Comparisons with published and expected limits: ${good} of ${checks.length} hold.`;
}

function summary(data: ReportData): Section {
  const { raw, calibrated } = relativeGains(data);
  const std = (values: Float64Array) => `${(100 * figures(values).std).toFixed(1)} %`;
  const near = (values: Float64Array) =>
    `${(100 * share(values, (value) => Math.abs(value - 1) <= 0.05)).toFixed(1)} %`;
  const noise = (chip: ChipMeasurement) => decimalNumber(fitNoise(chip.noise).rest, 2);
  const rows = [
    ["excitatory gain, std over 512 columns", std(raw.exc), std(calibrated.exc)],
    ["inhibitory gain, std over 512 columns", std(raw.inh), std(calibrated.inh)],
    ["excitatory gains within 5 % of the median", near(raw.exc), near(calibrated.exc)],
    ["inhibitory gains within 5 % of the median", near(raw.inh), near(calibrated.inh)],
    ["noise without events, LSB", noise(data.raw), noise(data.calibrated)],
  ];
  return {
    ...{ id: "summary", title: "Summary" },
    blocks: [
      text(
        `${checksLine(data.steps.map(({ report }) => report))} All values of the chip on this page are reads of its ADC, as a host sees them.`,
      ),
      table({ caption: "The chip before and after", head: ["measured", "raw", "calibrated"], rows }),
    ],
  };
}

function stepTable(steps: readonly StepOutcome[]): Table {
  const rows = steps.map(({ report }) => {
    const { name, unit, before, after, inRange, atRangeEnd, reads, chipTime } = report;
    const both = [before, after].flatMap(({ mean, std }) => [mean, std]);
    const target = targetOf(report);
    return [
      `${name}${unit && `, ${unit}`}`,
      target === undefined ? NONE : shortNumber(target),
      ...[...both, inRange.std].map(numberOf(report)),
      target === undefined ? NONE : `${atRangeEnd}`,
      `${reads}`,
      (chipTime / 1000).toFixed(0),
    ];
  });
  return {
    caption:
      "Steps of the calibration. “Before” is measured just before the step, so after the steps above it, not on the raw chip; “in range” leaves out instances whose knobs ended at a range end",
    head: [
      ...["step", "target", "mean before", "std before", "mean after", "std after"],
      ...["std in range", "at ends", "reads", "chip time, ms"],
    ],
    rows,
  };
}

function calibrationSection({ steps }: ReportData): Section {
  const pictured = steps.flatMap(({ report, values }, n) =>
    values === undefined ? [] : [{ report, pictures: stepPictures({ report, values }, n + 1) }],
  );
  const missing =
    "Histograms are left out: repeating this calibration from its file gave other settings, so it was made by another version.";
  return {
    ...{ id: "calibration", title: "Calibration, step by step" },
    blocks: [
      table(stepTable(steps)),
      ...(pictured.length === 0 ? [text(missing)] : []),
      ...pictured.map(({ report, pictures }): Block => {
        const { name, quantity, knobs } = report;
        const knob = knobs.length === 0 ? "" : ` Knob: ${knobs.join(", ")}.`;
        const when = name === TRIAL_NOISE ? ` ${NOISE_NOTE}` : "";
        const caption = `${capital(quantity)}.${knob} ${checksLine([report])}${when}`;
        return { kind: "figure", figure: { title: capital(name), pictures, caption } };
      }),
    ],
  };
}

function transferSection(data: ReportData): Section {
  const rows = data.calibrated.transfer.flatMap(({ weight, points }, w) =>
    points
      .filter(({ x }) => x % 5 === 0 || x === 31)
      .map((point, n) => {
        const before = data.raw.transfer[w].points.filter(({ x }) => x % 5 === 0 || x === 31)[n];
        const cells = [before, point].flatMap(({ mean, low, high }) => [mean, low, high]);
        return [`w = ${weight}, x = ${point.x}`, ...cells.map((value) => decimalNumber(value, 1))];
      }),
  );
  return {
    ...{ id: "transfer", title: "Transfer curves" },
    blocks: [
      {
        kind: "figure",
        figure: {
          pictures: transferPictures(data),
          caption:
            "Result of a run against the activation that all 128 inputs have, one weight in all synapses. Line: mean over 512 columns; shaded: the inner 80 % of them. Results are reads minus a read without events; the ADC ends at 0 and 255.",
        },
      },
      details({
        caption: "Transfer curves, LSB",
        head: ["point", "raw mean", "10 %", "90 %", "calibrated mean", "10 %", "90 %"],
        rows,
      }),
    ],
  };
}

function gainSection(data: ReportData): Section {
  const { typical } = relativeGains(data);
  const { x, weight } = GAIN_DRIVE;
  const synapse = SYNAPSE_DRIVE;
  return {
    ...{ id: "gains", title: "Gains" },
    blocks: [
      {
        kind: "figure",
        figure: {
          pictures: gainPictures(data),
          caption: `Gain of each column: amplitude of one event on each of the 128 drivers (x = ${x}, w = ±${weight}) over the read without events. 1 is the median after calibration, ${shortNumber(1000 * typical)} thousandths of an LSB per activation and weight; colours end at 0.4 and 1.6. What stays afterwards are columns at range ends, dead ones, and the spread of synapses and drivers, which have no knob.`,
        },
      },
      {
        kind: "figure",
        figure: {
          pictures: [synapsePicture(data)],
          caption: `Single excitatory synapses of the top hemisphere, every fourth driver and column: ${synapse.sends} events of x = ${synapse.x} at w = ${synapse.weight}, mean of several runs. Vertical stripes are columns, horizontal ones drivers.`,
        },
      },
    ],
  };
}

/**
 * Why noise differs before and after: it is that of the membranes, seen through the ADC. With nothing but the two ramp knobs
 * of a calibration set, a raw chip has the noise of the calibrated one (docs/calibration.md).
 */
function adcLine({ steps }: ReportData): string {
  const ramp = steps.find(({ report }) => report.name === RAMP.name)?.values;
  const raw = ramp ? ` Here the raw ADC has ${decimalNumber(rangeOf(ramp.before), 1)} LSB` : "";
  const wanted = HIGH_REFERENCE.read - LOW_REFERENCE.read;
  const compared = ramp
    ? `${raw} between its references, mean of the quadrants, the calibrated one ${wanted}.`
    : "";
  return `Noise in LSB follows the ADC's LSB per volt, so calibrating its ramps changes it, up or down; no other knob does.${compared}`;
}

/** LSB between both references, mean of the quadrants, from what they miss at the low, then at the high one. */
function rangeOf(misses: Float64Array): number {
  const half = misses.length / 2;
  const [low, high] = [misses.subarray(0, half), misses.subarray(half)].map((part) => figures(part).mean);
  return HIGH_REFERENCE.read + high - (LOW_REFERENCE.read + low);
}

function noiseSection(data: ReportData): Section {
  const fit = fitNoise(data.calibrated.noise);
  const { rangeSource, pointSource } = PUBLISHED_NOISE;
  const clipped = data.raw.noise.at(-1)?.clipped ?? 0;
  const rows = data.calibrated.noise.map(({ sends, mean, low, high }, n) => [
    `${sends}`,
    ...[data.raw.noise[n].mean, mean, low, high].map((value) => value.toFixed(2)),
  ]);
  return {
    ...{ id: "noise", title: "Noise against the number of sends" },
    blocks: [
      {
        kind: "figure",
        figure: {
          pictures: [noisePicture(data)],
          caption: `Standard deviation of single results of a column while 128 events are sent again and again, mean over the columns; shaded: the inner 80 % of the columns, calibrated. The line is fitted to the calibrated points: ${shortNumber(fit.rest)} LSB without events and ${shortNumber(fit.perSend)} LSB a send, added in quadrature. ${adcLine(data)} Columns with reads at 0 or 255 are left out (raw, most sends: ${clipped}). Published: ${rangeSource}; ${pointSource}.`,
        },
      },
      details({
        caption: "Noise, LSB",
        head: ["sends", "raw mean", "calibrated mean", "10 %", "90 %"],
        rows,
      }),
    ],
  };
}

export function checksSection({ steps }: ReportData): Section {
  const rows = steps.flatMap(({ report }) =>
    report.checks.map(({ what, value, unit, least, most, ok, source }) => [
      `${report.name}: ${what}`,
      `${shortNumber(value)}${unit && ` ${unit}`}`,
      least !== undefined && most !== undefined
        ? `${shortNumber(least)} to ${shortNumber(most)}`
        : least === undefined
          ? `at most ${shortNumber(most ?? 0)}`
          : `at least ${shortNumber(least)}`,
      ok ? "holds" : "missed",
      source,
    ]),
  );
  return {
    ...{ id: "checks", title: "All comparisons with published and expected limits" },
    blocks: [
      table({ caption: "Comparisons", head: ["what", "measured", "limit", "result", "source"], rows }),
    ],
  };
}

/** In the order of the page. */
export const chipSections = (data: ReportData): Section[] => [
  summary(data),
  calibrationSection(data),
  transferSection(data),
  gainSection(data),
  noiseSection(data),
];
