/** The cells of a sweep: every setting with every chip seed and every noise seed, in a fixed order. */

export type AxisValue = number | string;

/** One setting of the chips and the values it takes. */
export interface Axis {
  readonly name: string;
  readonly values: readonly AxisValue[];
}

export interface Grid {
  /** The first one changes slowest. */
  readonly axes: readonly Axis[];
  readonly chipSeeds: readonly number[];
  /** Changes fastest. */
  readonly noiseSeeds: readonly number[];
}

export type Settings = Readonly<Record<string, AxisValue>>;

export interface Cell {
  /** In grid order, from 0. */
  readonly index: number;
  /** By name of the axis. */
  readonly settings: Settings;
  readonly chipSeed: number;
  readonly noiseSeed: number;
}

/** Part `number` (from 1) of `of`: every `of`-th cell. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

const settingsCount = ({ axes }: Grid): number =>
  axes.reduce((product, { values }) => product * values.length, 1);

export const cellCount = (grid: Grid): number =>
  settingsCount(grid) * grid.chipSeeds.length * grid.noiseSeeds.length;

/** The cell of an index from 0 to `cellCount - 1`. */
export function cellAt(grid: Grid, index: number): Cell {
  let rest = index;
  const take = <T>(values: readonly T[]): T => {
    const value = values[rest % values.length];
    rest = Math.floor(rest / values.length);
    return value;
  };
  const noiseSeed = take(grid.noiseSeeds);
  const chipSeed = take(grid.chipSeeds);
  const reversed = grid.axes.toReversed().map(({ name, values }) => [name, take(values)] as const);
  return { index, settings: Object.fromEntries(reversed.toReversed()), chipSeed, noiseSeed };
}

/** All combinations of the axes, in grid order. */
export function allSettings(grid: Grid): Settings[] {
  const each = grid.chipSeeds.length * grid.noiseSeeds.length;
  return Array.from({ length: settingsCount(grid) }, (_, n) => cellAt(grid, n * each).settings);
}

/** Indices of a shard, or of the whole grid. */
export function indicesOf(grid: Grid, shard: Shard = { number: 1, of: 1 }): number[] {
  const count = Math.max(0, Math.ceil((cellCount(grid) - (shard.number - 1)) / shard.of));
  return Array.from({ length: count }, (_, n) => n * shard.of + shard.number - 1);
}

/** "noise=2, temperature=40"; empty without axes. */
export const settingsText = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");

export const cellText = ({ settings, chipSeed, noiseSeed }: Cell): string =>
  [settingsText(settings), `chip seed ${chipSeed}`, `noise seed ${noiseSeed}`].filter(Boolean).join(", ");

/** Seeds as an option takes them, in their order: "1..3,7". */
export function seedsText(seeds: readonly number[]): string {
  const parts: string[] = [];
  for (let first = 0, last = 0; first < seeds.length; first = ++last) {
    while (seeds[last + 1] === seeds[last] + 1) last++;
    parts.push(first === last ? `${seeds[first]}` : `${seeds[first]}..${seeds[last]}`);
  }
  return parts.join(",");
}
