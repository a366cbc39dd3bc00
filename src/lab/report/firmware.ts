/** Chip time and energy of the digit network on a calibrated chip, run by the firmware. */
import type { ChipOptions } from "../../chip/chip.ts";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { ChipAccounting } from "../chip-time/accounting.ts";
import { PHASES } from "../chip-time/phases.ts";
import { ECG } from "../energy/model.ts";
import { type Breakdown, breakdown } from "../energy/report.ts";
import { sliceImages } from "../image-set.ts";
import { loadMnist } from "../mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../mnist-run.ts";
import { accuracy } from "../network.ts";
import { readParameters } from "../parameter-file.ts";
import { stackedBars } from "../plot/stacked-bars.ts";
import type { Picture } from "../plot/svg.ts";

export interface FirmwareRun {
  readonly images: number;
  /** Share of right answers. */
  readonly accuracy: number;
  readonly breakdown: Breakdown;
}

/** Classifies the first test digits with the shipped parameters, and counts every cycle. */
export async function runFirmware(chip: ChipOptions, images: number): Promise<FirmwareRun> {
  const firmware = await compileMnistFirmware();
  const run = new MnistRun(readParameters(), firmware, chip);
  const accounting = new ChipAccounting(run.chip, firmware);
  run.accounting = accounting;
  const digits = sliceImages(loadMnist("test"), 0, images);
  const { classes, cycles } = await run.classify(digits.images);
  return {
    images,
    accuracy: accuracy(classes, digits.labels),
    breakdown: breakdown(accounting.close(), cycles, images),
  };
}

const us = (cycles: number) => cycles / CYCLES_PER_MICROSECOND;

/** Where the time of an image goes; the lower bounds stand in the caption's table. */
export function timePicture({ phases, microsecondsPerImage }: Breakdown): Picture {
  const total = `${microsecondsPerImage.toFixed(0)} us an image`;
  return stackedBars({
    ...{ name: "chip-time", title: "Chip time of an image" },
    description: `Microseconds of an image by phase, both processors; ${total}.`,
    parts: PHASES,
    bars: (["top", "bottom"] as const).map((side) => ({
      ...{ label: `${side} PPU`, total },
      values: PHASES.map((phase) => us(phases[side][phase])),
    })),
    xLabel: "chip time of an image, us",
  });
}

export function energyPicture({ energy }: Breakdown): Picture {
  const names = energy.parts.map(({ name }) => name);
  const whole = "not split";
  const single = (microjoules: number) => [...names.map(() => 0), microjoules];
  const text = (microjoules: number) => `${microjoules.toFixed(0)} uJ`;
  return stackedBars({
    ...{ name: "energy", title: "Energy of an image" },
    description: `Model: ${text(energy.microjoules)} an image, of which ${energy.parts.map(({ name, microjoules }) => `${name} ${microjoules.toFixed(2)} uJ`).join(", ")}.`,
    parts: [...names, whole],
    bars: [
      {
        label: "model",
        values: [...energy.parts.map(({ microjoules }) => microjoules), 0],
        total: text(energy.microjoules),
      },
      {
        label: "the same time at the published power",
        values: single(energy.atPublishedPower),
        total: text(energy.atPublishedPower),
      },
      {
        label: "published, ECG demonstration, another network",
        values: single(ECG.microjoules),
        total: text(ECG.microjoules),
      },
    ],
    xLabel: "energy of the ASIC, uJ",
  });
}
