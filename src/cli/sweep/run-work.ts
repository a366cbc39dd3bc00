/** Work of a sweep over chips that run a program: what the threads are given. */
import type { AnalogOverrides } from "../../chip/analog/parameters.ts";
import { calibrationPath, overridesOf, presetOf } from "../../lab/sweep/chip-plan.ts";
import type { Cell } from "../../lab/sweep/grid.ts";
import type { Image } from "../../toolchain/image.ts";
import type { ProgramOptions } from "../program-options.ts";

/** Options of `ppu run` that all cells have in common. */
export type CommonOptions = Pick<ProgramOptions, "ppu" | "timing" | "set" | "load" | "strict">;

export interface RunWork {
  readonly image: Image;
  readonly options: CommonOptions;
  readonly analog: AnalogOverrides;
  /** With `{seed}` for the chip seed. */
  readonly calibration?: string;
  readonly maxCycles: number;
  /** Regular expression whose first group is a number in the text of the mailbox. */
  readonly value?: string;
}

/** The options with which `ppu run` runs the program of a cell. */
export function programOptionsOf({ options, analog, calibration }: RunWork, cell: Cell): ProgramOptions {
  const { chipSeed, noiseSeed } = cell;
  const overrides = Object.entries(overridesOf(analog, cell));
  return {
    ...options,
    ...{ chipSeed, noiseSeed, chip: presetOf(cell) },
    ...(overrides.length > 0 && { analog: overrides.map(([name, value]) => `${name}=${value}`).join(",") }),
    ...(calibration !== undefined && { calibration: calibrationPath(calibration, chipSeed) }),
  };
}
