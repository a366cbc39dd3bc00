/** How two traces are compared: what the user asks for, and what both have. */
import type { PpuName, Trace, TraceHeader, TraceRecord } from "../model.ts";
import type { Both } from "./types.ts";

/** Things that a comparison can leave out. */
export const IGNORABLE = ["cycles", "stalls", "addresses", "events"] as const;
export type Ignorable = (typeof IGNORABLE)[number];

export interface CompareMode {
  /**
   * `addresses`: functions and objects are compared by name and offset instead; `events`: events and conversions.
   */
  readonly ignore?: readonly Ignorable[];
  /** Only what instructions do: no cycles, stalls, events and conversions. */
  readonly results?: boolean;
  /** Only these registers, places and devices, as sequences of values (`SELECTION_HELP`). */
  readonly only?: readonly string[];
  /** The end of one trace is no difference. */
  readonly prefix?: boolean;
}

/** What is compared, after the headers of both. */
export interface Compared {
  readonly cycles: boolean;
  readonly words: boolean;
  readonly writes: boolean;
  readonly accesses: boolean;
  readonly stalls: boolean;
  readonly vectors: boolean;
  readonly kinds: ReadonlySet<TraceRecord["kind"]>;
}

const HAD: readonly (readonly [keyof TraceHeader["has"], string])[] = [
  ["cycles", "cycles"],
  ["words", "instruction words"],
  ["writes", "register values"],
  ["accesses", "accesses and events"],
  ["stalls", "stalls"],
  ["vectors", "vectors"],
];

/** What a mode compares of two traces. */
export function comparedFields(
  { ignore = [], results = false }: CompareMode,
  headers: Both<TraceHeader>,
): Compared {
  const have = (name: keyof TraceHeader["has"]) => headers.every(({ has }) => has[name] ?? true);
  const wanted = (name: Ignorable) => !ignore.includes(name);
  const kinds = new Set<TraceRecord["kind"]>(["instruction", "gap"]);
  if (have("writes") && have("accesses")) {
    kinds.add("exception");
    if (!results) kinds.add("reset");
    if (!results && wanted("events")) kinds.add("event").add("conversion");
  }
  return {
    cycles: have("cycles") && !results && wanted("cycles"),
    words: have("words"),
    writes: have("writes"),
    accesses: have("accesses"),
    stalls: have("stalls") && !results && wanted("stalls"),
    vectors: have("vectors"),
    kinds,
  };
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** What restricts the comparison, and how the two came about differently; a line each. */
export function headerNotes(headers: Both<TraceHeader>, names: Both<string>): string[] {
  const notes: string[] = [];
  for (const [side, header] of headers.entries()) {
    const other = headers[1 - side];
    const missing = HAD.filter(([name]) => !(header.has[name] ?? true) && (other.has[name] ?? true));
    if (missing.length > 0)
      notes.push(`${names[side]} has no ${listed(missing.map(([, text]) => text))}: not compared`);
    if (header.filters.length > 0) notes.push(`${names[side]} was recorded with ${header.filters.join(" ")}`);
  }
  const made = (["chipSeed", "noiseSeed", "chip", "timing"] as const).filter(
    (name) => headers[0][name] !== headers[1][name] && headers.every(isRun),
  );
  for (const name of made) {
    notes.push(`${HOW[name]} ${headers[0][name]} in ${names[0]}, ${headers[1][name]} in ${names[1]}`);
  }
  return notes;
}

const HOW = { chipSeed: "chip seed", noiseSeed: "noise seed", chip: "chip", timing: "timing" } as const;

/** Not a list or a log of something else. */
const isRun = ({ has }: TraceHeader): boolean => has.writes && has.accesses;

/** PPUs that are compared, A's and B's. */
export function pairsOf(
  traces: Both<Trace>,
  chosen: { readonly ppu?: PpuName; readonly a?: PpuName; readonly b?: PpuName },
): { readonly pairs: readonly Both<PpuName>[]; readonly notes: readonly string[] } {
  if (chosen.a !== undefined || chosen.b !== undefined || chosen.ppu !== undefined) {
    const other = chosen.ppu ?? chosen.a ?? chosen.b!;
    return { pairs: [[chosen.a ?? other, chosen.b ?? other]], notes: [] };
  }
  const [a, b] = traces.map(({ header }) => header.ppus);
  const both = a.filter((ppu) => b.includes(ppu));
  const notes = (["A", "B"] as const).flatMap((name, side) =>
    [a, b][side]
      .filter((ppu) => !both.includes(ppu))
      .map((ppu) => `only ${name} has records of the ${ppu} PPU: not compared`),
  );
  if (both.length === 0 && a.length === 1 && b.length === 1) return { pairs: [[a[0], b[0]]], notes: [] };
  return { pairs: both.map((ppu) => [ppu, ppu] as const), notes };
}
