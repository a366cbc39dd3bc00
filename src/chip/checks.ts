/** What a host can get wrong when it makes a chip, names a PPU or restores a snapshot: one line each. */
import type { TimingProfile } from "../core/timing-profile.ts";
import type { AnalogParameters } from "./analog/parameters.ts";
import { HEMISPHERES } from "./registers/types.ts";
import { ChipError, type ChipOptions, type PpuName, type PpuSelection } from "./types.ts";

const OPTIONS: Readonly<Record<keyof ChipOptions, true>> = {
  chipSeed: true,
  noiseSeed: true,
  ideal: true,
  chip: true,
  settings: true,
  analogParameters: true,
  timing: true,
  strict: true,
  translation: true,
  configuration: true,
  sramFill: true,
  vectorGenerators: true,
};

/** Throws ChipError for a key that is no option of a chip. */
export function checkOptions(options: ChipOptions): void {
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(OPTIONS, key));
  if (unknown === undefined) return;
  throw new ChipError(`a chip has no option "${unknown}"; use ${Object.keys(OPTIONS).join(", ")}`);
}

/** Side 0 or 1 of a PPU. Throws ChipError for another name. */
export function sideOf(name: PpuName): number {
  const side = HEMISPHERES.indexOf(name);
  if (side < 0) throw new ChipError(`there is no PPU "${name}"; use top or bottom`);
  return side;
}

/** The same for a selection, which may be `both`. */
export function sidesOf(selection: PpuSelection): readonly number[] {
  if (selection === "both") return [0, 1];
  if (!HEMISPHERES.includes(selection)) {
    throw new ChipError(`there is no PPU "${selection}"; use top, bottom or both`);
  }
  return [sideOf(selection)];
}

/** The PPUs of a selection by name, top first. Throws ChipError for another name. */
export const ppusOf = (selection: PpuSelection): readonly PpuName[] =>
  sidesOf(selection).map((side) => HEMISPHERES[side]);

/** What must agree between two chips, beside the seeds, so that the state of one can be continued on the other. */
export interface ChipMake {
  readonly analogParameters: AnalogParameters;
  readonly timing: TimingProfile;
}

/** Throws ChipError naming the first value in which a snapshot differs from the chip. */
export function checkMake(ofSnapshot: ChipMake, ofChip: ChipMake): void {
  for (const group of ["analogParameters", "timing"] as const) {
    const theirs: Readonly<Record<string, unknown>> = { ...ofSnapshot[group] };
    const ours: Readonly<Record<string, unknown>> = { ...ofChip[group] };
    const name = Object.keys({ ...ours, ...theirs }).find((key) => !Object.is(ours[key], theirs[key]));
    if (name === undefined) continue;
    const kind = group === "timing" ? "timing" : "analog";
    throw new ChipError(
      `the snapshot belongs to a chip with ${kind} parameter ${name} = ${theirs[name]}, this one has ${ours[name]}; make the chip with the same options`,
    );
  }
}
