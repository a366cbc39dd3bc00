/** The page of a report. */
import { PHASE_TEXTS, PHASES } from "../chip-time/phases.ts";
import { counted } from "../counted.ts";
import { dataSet } from "../data-sets.ts";
import { ENERGY_TERMS } from "../energy/model.ts";
import type { ExperimentResults } from "../experiment/run.ts";
import { accuracyTable, curveTable, equalRowLines } from "../experiment/table.ts";
import { checksSection, chipSections } from "./chip-sections.ts";
import type { ReportData } from "./data.ts";
import { experimentPictures, onlyLosses } from "./experiment.ts";
import { energyPicture, type FirmwareRun, timePicture } from "./firmware.ts";
import { type Block, details, type Page, type Section, type Table, table, text } from "./page.ts";

/** Rows of a table in Markdown. */
function fromMarkdown(caption: string, markdown: string): Table {
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [head, , ...rows] = markdown.split("\n").map(cells);
  return { caption, head, rows };
}

function making(data: ReportData, version: string, command: string): Section {
  const { calibration, noiseSeed, firmware, experiment } = data;
  const { chipSeed, searchSeed, stages, baselineTarget, gain } = calibration;
  const rows = [
    ["ppu-emu", version],
    ["chip seed", `${chipSeed}`],
    ["calibrated by", calibration.where === "ppu" ? "firmware on both PPUs" : "the host"],
    ["noise seed of the calibration", `${calibration.noiseSeed}`],
    ["search seed of the calibration", `${searchSeed}`],
    ["steps", stages.join(", ")],
    ["baseline target", `${baselineTarget} LSB`],
    ["gain target", typeof gain === "number" ? `${gain} LSB per activation and weight` : gain],
    ["noise seed of the measurements", `${noiseSeed}`],
  ];
  if (firmware) rows.push(["test digits for chip time and energy", `${firmware.images}`]);
  if (experiment) {
    const list = Object.entries(experiment.options).map(([name, value]) => `${name} ${value}`);
    rows.push(["experiment", list.join(", ")]);
  }
  return {
    ...{ id: "making", title: "How this page was made" },
    blocks: [
      text("The same version, seeds and options give the same page, byte by byte."),
      { kind: "commands", lines: [command] },
      table({ caption: "Version, seeds and options", head: ["what", "value"], rows }),
    ],
  };
}

function firmwareSection({ images, accuracy, breakdown }: FirmwareRun): Section {
  const { phases, cyclesPerImage, microsecondsPerImage, lowerBounds, energy } = breakdown;
  const time = [
    ...PHASES.map((phase) => [
      phase,
      phases.top[phase].toFixed(0),
      phases.bottom[phase].toFixed(0),
      PHASE_TEXTS[phase],
    ]),
    ["total", cyclesPerImage.toFixed(0), cyclesPerImage.toFixed(0), ""],
  ];
  const costs = ENERGY_TERMS.map(({ name, basis, text }, n) => [
    name,
    energy.parts[n].microjoules.toFixed(2),
    `${basis}: ${text}`,
  ]);
  return {
    ...{ id: "firmware", title: "Chip time and energy of the digit network" },
    blocks: [
      text(
        `The firmware classified the first ${counted(images, "test digit")} on the calibrated chip, ${(100 * accuracy).toFixed(1)} % right, in ${microsecondsPerImage.toFixed(0)} us an image. The array can't be faster than ${lowerBounds.ppuEvents.toFixed(0)} us with events sent by the processors, ${lowerBounds.hardware.toFixed(0)} us with all buses at once.`,
      ),
      {
        kind: "figure",
        figure: {
          pictures: [timePicture(breakdown), energyPicture(breakdown)],
          caption:
            "First, where the time of an image goes; waits count only as far as no work hides them. Second, the energy of the chip by a model with declared assumptions, beside published power.",
        },
      },
      table({ caption: "Cycles an image", head: ["phase", "top", "bottom", "what"], rows: time }),
      table({ caption: "Energy model, uJ an image", head: ["term", "uJ", "basis"], rows: costs }),
    ],
  };
}

function experimentSection(results: ExperimentResults, chipSeed: number): Section {
  const { data, chips, images, curveImages, trainImages, epochs } = results.options;
  const { title, noun } = dataSet(data);
  const pictures = experimentPictures(results);
  const figure = (name: keyof typeof pictures, caption: string): Block => ({
    kind: "figure",
    figure: { pictures: pictures[name], caption },
  });
  return {
    ...{ id: "experiment", title: `The experiment of the paper, ${title}, on ${chipsOfExperiment(results)}` },
    blocks: [
      text(
        `The chips of this part are not the one of the page: ppu experiment ${data} takes raw ${chipsOfExperiment(results)}, calibrates them anew, and trains on each.${chipSeed <= chips ? ` Its chip ${chipSeed} has the same mismatch as that of the page, but another calibration.` : ""}`,
      ),
      table(
        fromMarkdown(
          `Accuracy in %: first ${counted(images, `test ${noun}`)}, ${counted(trainImages, `training ${noun}`)}, ${counted(epochs, "epoch")} in the loop; rows of single chips by firmware`,
          accuracyTable(results),
        ),
      ),
      ...equalRowLines(results).map(text),
      figure(
        "training",
        "Training with each chip in the loop, on its own noise. “Start kept”: no epoch was better than the start on the validation split, so the weights stay those of the start.",
      ),
      ...onlyLosses(results).map(text),
      figure(
        "robustness",
        `Accuracy of the first ${counted(curveImages, `test ${noun}`)} while one property of the chips changes. Line: mean over the chips; shaded: least to most.`,
      ),
      details(fromMarkdown("Noise factor, accuracy in %", curveTable("noise x", results.noise))),
      details(fromMarkdown("Mismatch factor, accuracy in %", curveTable("mismatch x", results.mismatch))),
      details(fromMarkdown("Temperature, accuracy in %", curveTable("temperature, C", results.temperature))),
      figure(
        "transfer",
        "Weights that were trained in the loop on one chip, used on each of the others: calibrated and as made.",
      ),
    ],
  };
}

const chipsOfExperiment = ({ options: { chips } }: ExperimentResults) =>
  chips === 1 ? "chip 1" : `chips 1 to ${chips}`;

/** The page of a report. `command` is printed in it. */
export function reportPage(data: ReportData, version: string, command: string): Page {
  const { chipSeed } = data.calibration;
  return {
    title: `Chip ${chipSeed}: calibration and measurements${
      data.experiment ? `; experiment on ${chipsOfExperiment(data.experiment)}` : ""
    }`,
    introduction: `An emulated BrainScaleS-2 chip, raw and calibrated: the two halves of its analog core with 512 neurons, 256 synapse drivers and 131,072 synapses. LSB is one count of its column ADC.`,
    sections: [
      ...chipSections(data),
      ...(data.firmware ? [firmwareSection(data.firmware)] : []),
      ...(data.experiment ? [experimentSection(data.experiment, chipSeed)] : []),
      checksSection(data),
      making(data, version, command),
    ],
  };
}
