/** Chip time, rates and energy of a run of the digit network, per image, beside what is published. */

import type { PpuName } from "../../chip/chip.ts";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import type { ActivityCounts, PpuAccount } from "../chip-time/accounting.ts";
import { type LowerBounds, lowerBounds } from "../chip-time/lower-bound.ts";
import { PHASE_TEXTS, PHASES, type Phase } from "../chip-time/phases.ts";
import { LAYER_SHAPES, PATCHES } from "../network.ts";
import { ECG, ENERGY_TERMS, type EnergyEstimate, estimateEnergy } from "./model.ts";

const SIDES = ["top", "bottom"] as const;

/** Multiply-accumulates of the network for one image: 115,280. */
export const MACS_PER_IMAGE = LAYER_SHAPES.reduce(
  (sum, { name, inputs, outputs }) => sum + inputs * outputs * (name === "conv" ? PATCHES : 1),
  0,
);

export interface Breakdown {
  readonly images: number;
  readonly cyclesPerImage: number;
  readonly microsecondsPerImage: number;
  /** Cycles per image by PPU and phase; each PPU's phases add up to `cyclesPerImage`. */
  readonly phases: Readonly<Record<PpuName, Readonly<Record<Phase, number>>>>;
  readonly functions: Readonly<Record<PpuName, PpuAccount["functions"]>>;
  /** Per image, both sides together. */
  readonly activity: ActivityCounts;
  readonly runsPerImage: number;
  /** Of the busier hemisphere, per array run. */
  readonly microsecondsPerRun: number;
  readonly macsPerImage: number;
  readonly macsPerSecond: number;
  readonly energy: EnergyEstimate;
  readonly lowerBounds: LowerBounds;
}

/** Figures per image; throws RangeError for no images. */
export function breakdown(
  account: Readonly<Record<PpuName, PpuAccount>>,
  cycles: number,
  images: number,
): Breakdown {
  if (!(images > 0)) throw new RangeError("a breakdown needs at least one image");
  const keys = Object.keys(account.top.activity) as (keyof ActivityCounts)[];
  const activity = Object.fromEntries(
    keys.map((key) => [key, (account.top.activity[key] + account.bottom.activity[key]) / images]),
  ) as unknown as ActivityCounts;
  const cyclesPerImage = cycles / images;
  const microsecondsPerImage = cyclesPerImage / CYCLES_PER_MICROSECOND;
  const most = (key: keyof ActivityCounts) =>
    Math.max(account.top.activity[key], account.bottom.activity[key]) / images;
  const perImage = (side: PpuName) =>
    Object.fromEntries(PHASES.map((phase) => [phase, account[side].phases[phase] / images])) as Record<
      Phase,
      number
    >;
  return {
    images,
    cyclesPerImage,
    microsecondsPerImage,
    phases: { top: perImage("top"), bottom: perImage("bottom") },
    functions: { top: account.top.functions, bottom: account.bottom.functions },
    activity,
    runsPerImage: activity.conversions,
    microsecondsPerRun: microsecondsPerImage / most("conversions"),
    macsPerImage: MACS_PER_IMAGE,
    macsPerSecond: (MACS_PER_IMAGE / microsecondsPerImage) * 1e6,
    energy: estimateEnergy(microsecondsPerImage / 1e6, SIDES.length * cyclesPerImage, activity),
    lowerBounds: lowerBounds(most("conversions"), most("events")),
  };
}

const line = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, n) => (n === 0 || n === cells.length - 1 ? cell.padEnd(widths[n]) : cell.padStart(widths[n])))
    .join("  ")
    .trimEnd();

function phaseTable({ phases, cyclesPerImage, microsecondsPerImage }: Breakdown): string[] {
  const widths = [10, 8, 8, 8, 0];
  const mean = (phase: Phase) => (phases.top[phase] + phases.bottom[phase]) / 2 / CYCLES_PER_MICROSECOND;
  return [
    line(["phase", "top", "bottom", "mean us", "cycles an image of each PPU"], widths),
    ...PHASES.map((phase) =>
      line(
        [
          phase,
          phases.top[phase].toFixed(0),
          phases.bottom[phase].toFixed(0),
          mean(phase).toFixed(1),
          PHASE_TEXTS[phase],
        ],
        widths,
      ),
    ),
    line(
      ["total", cyclesPerImage.toFixed(0), cyclesPerImage.toFixed(0), microsecondsPerImage.toFixed(1), ""],
      widths,
    ),
  ];
}

function comparison(b: Breakdown): string[] {
  const widths = [34, 22, 0];
  const run = b.microsecondsPerRun.toFixed(1);
  return [
    line(["figure", "here", "published or bound"], widths),
    line(
      ["array run (one input vector)", `${run} us`, "38 us + events (grenade), about 7 us at best"],
      widths,
    ),
    line(
      [
        "time an image",
        `${b.microsecondsPerImage.toFixed(0)} us`,
        `${ECG.microseconds} us (ECG, another network)`,
      ],
      widths,
    ),
    line(
      [
        "  at least, one event a store",
        `${b.lowerBounds.ppuEvents.toFixed(0)} us`,
        "resets, settling, conversions, 8 ns an event",
      ],
      widths,
    ),
    line(
      [
        "  at least, this hardware",
        `${b.lowerBounds.hardware.toFixed(0)} us`,
        "events on four buses, conversion 0.54 us",
      ],
      widths,
    ),
    line(
      [
        "multiply-accumulates a second",
        `${(b.macsPerSecond / 1e6).toFixed(0)} M (${((2 * b.macsPerSecond) / 1e9).toFixed(2)} GOp/s)`,
        "0.15..0.24 GOp/s through the host; 19 GOp/s in theory",
      ],
      widths,
    ),
    line(
      [
        "energy an image (model)",
        `${b.energy.microjoules.toFixed(0)} uJ (${b.energy.watts.toFixed(2)} W)`,
        `${ECG.microjoules} uJ (ECG), 0.70 W`,
      ],
      widths,
    ),
    line(
      [
        "  at the published power",
        `${b.energy.atPublishedPower.toFixed(0)} uJ`,
        "0.70 W, no further assumption",
      ],
      widths,
    ),
  ];
}

/** The tables of `ppu mnist --breakdown`, plain text. */
export function breakdownText(b: Breakdown): string {
  const widths = [16, 10, 10, 0];
  const energy = ENERGY_TERMS.map((term, n) => {
    const part = b.energy.parts[n];
    const cost = term.unit === "W" ? `${term.value} W` : `${(term.value * 1e9).toPrecision(2)} nJ`;
    return line(
      [term.name, `${part.microjoules.toFixed(2)} uJ`, cost, `${term.basis}: ${term.text}`],
      widths,
    );
  });
  return [
    "Where the cycles go:",
    ...phaseTable(b),
    "",
    "Speed and energy:",
    ...comparison(b),
    "",
    "Energy model, an image:",
    ...energy,
    "",
  ].join("\n");
}
