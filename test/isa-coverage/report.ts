/** From what spec files executed to a table, and what is missing. */
import Table from "cli-table3";
import { ALL_VARIANTS } from "./rows.ts";
import { SOURCE_KINDS, type SourceKind, sourceKind } from "./sources.ts";

/** Specs by variant; paths from the root of the repository. */
export type SpecsByVariant = Readonly<Record<string, readonly string[]>>;

export interface SpecNote {
  readonly spec: string;
  readonly variants: readonly string[];
}

export function specsByVariant(notes: readonly SpecNote[]): SpecsByVariant {
  const specs = new Map<string, string[]>();
  for (const { spec, variants } of notes.toSorted((a, b) => (a.spec < b.spec ? -1 : 1))) {
    for (const variant of variants) specs.set(variant, [...(specs.get(variant) ?? []), spec]);
  }
  return Object.fromEntries([...specs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Specs that execute any of some variants. */
export const specsOf = (specs: SpecsByVariant, variants: readonly string[]): readonly string[] =>
  [...new Set(variants.flatMap((variant) => specs[variant] ?? []))].sort();

const isIndependent = (kind: SourceKind): boolean => kind !== "model";

export const missingRows = (specs: SpecsByVariant): readonly string[] =>
  [...ALL_VARIANTS].filter(([, variants]) => specsOf(specs, variants).length === 0).map(([row]) => row);

export const missingVariants = (specs: SpecsByVariant): readonly string[] =>
  [...ALL_VARIANTS.values()].flat().filter((variant) => specs[variant] === undefined);

/** Rows that no spec compares with a source of its own. */
export const uncomparedRows = (specs: SpecsByVariant): readonly string[] =>
  [...ALL_VARIANTS]
    .filter(([, variants]) => !specsOf(specs, variants).some((spec) => isIndependent(sourceKind(spec))))
    .map(([row]) => row);

const FEW = 2;

const share = (covered: number, total: number): string =>
  `${covered} of ${total} (${Math.floor((1000 * covered) / total) / 10} %)`;

/** What the end of a test run prints. */
export function reportText(specs: SpecsByVariant): string {
  const all = [...ALL_VARIANTS];
  const variants = all.flatMap(([, names]) => names);
  const table = new Table({
    head: ["instructions executed by specs", "rows", "variants"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  const rowsWith = (fits: (spec: string) => boolean) =>
    all.filter(([, names]) => specsOf(specs, names).some(fits)).length;
  const variantsWith = (fits: (spec: string) => boolean) =>
    variants.filter((name) => specs[name]?.some(fits)).length;
  const row = (label: string, fits: (spec: string) => boolean) =>
    table.push([label, share(rowsWith(fits), all.length), share(variantsWith(fits), variants.length)]);
  for (const [kind, words] of Object.entries(SOURCE_KINDS)) {
    row(`compared with ${words}`, (spec) => sourceKind(spec) === kind);
  }
  row("compared with an independent source", (spec) => isIndependent(sourceKind(spec)));
  row("all", () => true);
  const few = all.filter(([, names]) => specsOf(specs, names).length <= FEW).map(([name]) => name);
  const lists: [string, readonly string[]][] = [
    ["rows never executed", missingRows(specs)],
    ["variants never executed", missingVariants(specs)],
    ["rows without an independent source", uncomparedRows(specs)],
    [`rows executed by at most ${FEW} spec files`, few],
  ];
  const text = lists
    .filter(([, names]) => names.length > 0)
    .map(([label, names]) => `${label}: ${names.join(", ")}\n`);
  return `${table.toString()}\n${text.join("")}npm run isa-coverage -- NAME tells which spec files execute an instruction\n`;
}
