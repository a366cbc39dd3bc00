/** What a sweep is: everything that its results depend on, as data that stands at the head of its files. */
import { createHash } from "node:crypto";
import { packageVersion } from "../../package-root.ts";
import { programHash } from "../experiment/program-hash.ts";
import { type Grid, seedsText } from "./grid.ts";

export const SWEEP_FORMAT = "ppu-emu sweep 1";

/** A sweep can't be begun, continued or merged. One line: what, where, what to do. */
export class SweepError extends Error {
  override readonly name = "SweepError";
}

/** The figure of a cell that tables and pictures are about. */
export interface Measure {
  readonly column: string;
  /** Quantity, e.g. "accuracy". */
  readonly label: string;
  /** The column holds a fraction that is shown in per cent. */
  readonly percent: boolean;
}

export interface SweepPlan {
  readonly format: typeof SWEEP_FORMAT;
  readonly version: string;
  /** Hash of the emulator with its firmware and libraries. */
  readonly program: string;
  /** What is swept: "mnist", "infer" or "run". */
  readonly kind: string;
  /** As on the command line, by name. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** SHA-256 of what is read: 16 hex digits each. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly grid: Grid;
  /** Columns of a cell's result, in their order. */
  readonly columns: readonly string[];
  readonly measure: Measure;
}

/** A plan for this version of the program. */
export const makePlan = (parts: Omit<SweepPlan, "format" | "version" | "program">): SweepPlan => ({
  ...{ format: SWEEP_FORMAT, version: packageVersion(), program: programHash() },
  ...parts,
});

/** 16 hex digits over bytes and texts, each with its length. */
export function hashOf(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest("hex").slice(0, 16);
}

/** What of a plan a user has chosen, by the name of its option. */
function chosen({ kind, options, inputs, grid }: SweepPlan): Record<string, string> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const entries = [
    ["what is swept", kind],
    ["chip-seeds", seedsText(grid.chipSeeds)],
    ["noise-seeds", seedsText(grid.noiseSeeds)],
    ...grid.axes.map(({ name, values }) => [name, values.join(",")]),
    ...Object.entries(options).map(([name, value]) => [name, text(value)]),
    ...Object.entries(inputs).map(([name, hash]) => [`the contents of ${name}`, hash]),
  ];
  return Object.fromEntries(entries);
}

/** How a plan found in a file differs from the one wanted, in words; undefined: they are the same. */
export function planDifference(found: SweepPlan, wanted: SweepPlan): string | undefined {
  const [there, here] = [chosen(found), chosen(wanted)];
  for (const name of new Set([...Object.keys(here), ...Object.keys(there)])) {
    if (there[name] === here[name]) continue;
    return `${name}: ${there[name] ?? "not given"} there, ${here[name] ?? "not given"} here`;
  }
  if (found.version !== wanted.version) return `version ${found.version} there, ${wanted.version} here`;
  if (found.program !== wanted.program) return "the program has been changed since";
  return JSON.stringify(found) === JSON.stringify(wanted) ? undefined : "the order of options";
}
