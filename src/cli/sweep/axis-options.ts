/** The chips of a sweep, as the command line names them: axes of the grid, and what all chips have in common. */
import {
  type AnalogOverrides,
  analogParameters,
  parseAnalogOverrides,
} from "../../chip/analog/parameters.ts";
import { ANALOG_PRESETS, type AnalogPreset } from "../../chip/analog/presets.ts";
import { readCalibration } from "../../lab/calibration/file.ts";
import { type ChipPlan, calibrationPath, PRESET_AXIS } from "../../lab/sweep/chip-plan.ts";
import type { Axis, Grid, Shard } from "../../lab/sweep/grid.ts";
import { hashOf } from "../../lab/sweep/plan.ts";
import { readInput } from "../../toolchain/loader.ts";
import { readInteger } from "../numbers.ts";
import { UsageError } from "../usage-error.ts";
import type { SweepFlags } from "./options.ts";

/** More than anybody waits for. */
const MOST_CELLS = 1_000_000;
const MOST_VALUES = 10_000;
const MOST_SHARDS = 100_000;

/** Reads `--chip raw,calibrated`. */
export function parsePresets(text: string): AnalogPreset[] {
  const presets = text.split(",").map((piece) => {
    const preset = ANALOG_PRESETS.find((name) => name === piece.trim());
    if (!preset)
      throw new UsageError(`--chip needs ${ANALOG_PRESETS.join(", ")} or several of them, got "${text}"`);
    return preset;
  });
  return [...new Set(presets)];
}

/** Numbers of a piece: `2`, `0..4` in steps of 1, or `40..90:10`; undefined for others. */
function valuesOf(piece: string): number[] | undefined {
  const [range, stepText = "1", ...more] = piece.split(":");
  const ends = range.split("..");
  const numbers = [...ends, stepText].map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  if (more.length > 0 || ends.length > 2 || !numbers.every(Number.isFinite)) return undefined;
  const [first, last] = numbers;
  const step = Number(stepText);
  if (ends.length === 1) return piece.includes(":") ? undefined : [first];
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  if (!(step > 0) || count < 1 || count > MOST_VALUES) return undefined;
  // Twelve digits: 0.1 + 2 * 0.1 is 0.3 here.
  return Array.from({ length: count }, (_, n) => Number((first + n * step).toPrecision(12)));
}

/** Reads `--vary NAME=V1,V2,…`. */
export function parseAxis(text: string): Axis {
  const [name, list, ...rest] = text.split("=").map((part) => part.trim());
  const pieces = (list ?? "").split(",").map(valuesOf);
  if (!name || rest.length > 0 || pieces.includes(undefined)) {
    throw new UsageError(
      `--vary needs NAME=VALUES, such as noise=0,0.5,1 or temperature=40..90:10, got "${text}"`,
    );
  }
  const values = [...new Set(pieces.flatMap((piece) => piece ?? []))];
  for (const value of values) analogParameters("calibrated", { [name]: value });
  return { name, values };
}

/** Reads `--shard 3/16`. */
export function parseShard(text: string): Shard {
  const [number, of, ...rest] = text.split("/").map(readInteger);
  const fits = number !== undefined && of !== undefined && number >= 1 && number <= of && of <= MOST_SHARDS;
  if (!fits || rest.length > 0) {
    throw new UsageError(`--shard needs I/N with I from 1 to N, such as 3/16, got "${text}"`);
  }
  return { number, of };
}

function checkAxes(axes: readonly Axis[], analog: AnalogOverrides): void {
  const seen = new Set<string>();
  for (const { name } of axes) {
    if (seen.has(name)) throw new UsageError(`--vary ${name} is given twice; list all values in one`);
    if (name in analog) throw new UsageError(`${name} is in --analog and in --vary; give one of them`);
    seen.add(name);
  }
}

/** The grid of the flags; throws UsageError when it is larger than anybody waits for. */
function gridOf({ chipSeeds, noiseSeeds, chip, vary = [] }: SweepFlags): Grid {
  const presets = chip ?? ["calibrated"];
  const grid = { axes: [{ name: PRESET_AXIS, values: presets }, ...vary], chipSeeds, noiseSeeds };
  const cells = [...grid.axes.map(({ values }) => values), chipSeeds, noiseSeeds].reduce(
    (product, { length }) => product * length,
    1,
  );
  if (cells > MOST_CELLS)
    throw new UsageError(`${cells} cells are more than ${MOST_CELLS}; give fewer values`);
  return grid;
}

/** Hash of the calibration files of all chips. Throws CalibrationFileError for missing ones and those of other chips. */
function calibrationHash(pattern: string, { chip, chipSeeds }: SweepFlags): string {
  if (chip?.join() !== "raw") throw new UsageError("--calibration is for raw chips; add --chip raw");
  if (chipSeeds.length > 1 && !pattern.includes("{seed}")) {
    throw new UsageError(
      `--calibration: each chip has its own file; write {seed} where its number stands, such as calibration-{seed}.json`,
    );
  }
  const paths = chipSeeds.map((seed) => {
    const path = calibrationPath(pattern, seed);
    readCalibration(path, seed);
    return path;
  });
  return hashOf(...paths.map(readInput));
}

export interface SweptChips {
  readonly grid: Grid;
  readonly chip: ChipPlan;
  /** Parts of the plan. */
  readonly options: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Throws UsageError, RangeError or CalibrationFileError for flags that can't be used. */
export function sweptChips(flags: SweepFlags): SweptChips {
  const { analog: text = "", vary = [], timing, calibration } = flags;
  const analog = parseAnalogOverrides(text);
  checkAxes(vary, analog);
  return {
    grid: gridOf(flags),
    chip: { analog, timing, ...(calibration !== undefined && { calibration }) },
    options: { timing, ...(text !== "" && { analog: text }) },
    inputs: calibration === undefined ? {} : { "calibration files": calibrationHash(calibration, flags) },
  };
}
