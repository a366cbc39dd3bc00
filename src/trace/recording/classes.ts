/** Kinds of instructions by name, from their rows. */
import { decode, timingClass } from "../../../isa/decode.ts";
import { INSTRUCTIONS } from "../../../isa/index.ts";
import type { Slot } from "../../core/record/entries.ts";
import { layoutOf } from "../../core/record/layout.ts";
import { VECTOR_UNITS } from "../../core/vector/timing-classes.ts";
import { TraceError } from "../trace-error.ts";

type Test = (word: number) => boolean;

const reaches =
  (...kinds: readonly Slot["kind"][]): Test =>
  (word) =>
    layoutOf(word).slots.some(({ kind }) => kinds.includes(kind));

/** Classes that rows do not name themselves, and what they are. */
const GENERAL: Readonly<Record<string, { readonly help: string; readonly test: Test }>> = {
  scalar: { help: "the Power core's own", test: (word) => decode(word)?.vector === undefined },
  vector: { help: "the vector unit's", test: (word) => decode(word)?.vector !== undefined },
  load: { help: "read memory, scalars or vectors", test: reaches("load", "loadMultiple", "vectorLoad") },
  store: { help: "write memory, scalars or vectors", test: reaches("store", "storeMultiple", "vectorStore") },
  io: { help: "vector IO", test: reaches("parallelRead", "parallelWrite") },
  mac: { help: "the multiply-accumulate unit", test: (word) => decode(word)?.vector?.unit === "MADD" },
};

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)];
const TIMING_CLASSES = unique(["nop", ...INSTRUCTIONS.map(({ timing }) => timing)]);
const FAMILIES = unique(INSTRUCTIONS.map(({ family }) => family));

/** For help texts. */
export const CLASS_HELP = [
  ...Object.entries(GENERAL).map(([name, { help }]) => `${name}: ${help}`),
  `by timing: ${TIMING_CLASSES.join(", ")}`,
  `by family: ${FAMILIES.join(", ")}`,
  `by unit: ${VECTOR_UNITS.join(", ")}`,
];

const isOneOf = (names: readonly string[], name: string): boolean =>
  names.some((candidate) => candidate.toLowerCase() === name);

/** The test of a class: a general one, a timing class, a family or a unit, in any case. Throws TraceError. */
export function instructionClass(text: string): Test {
  const name = text.toLowerCase();
  const same = (candidate: string | undefined) => candidate?.toLowerCase() === name;
  if (Object.hasOwn(GENERAL, name)) return GENERAL[name].test;
  if (isOneOf(TIMING_CLASSES, name)) return (word) => same(timingClass(word));
  if (isOneOf(FAMILIES, name)) return (word) => same(decode(word)?.family);
  if (isOneOf(VECTOR_UNITS, name)) return (word) => same(decode(word)?.vector?.unit);
  const known = unique([...Object.keys(GENERAL), ...TIMING_CLASSES, ...FAMILIES, ...VECTOR_UNITS]);
  throw new TraceError(`there is no class "${text}"; known: ${known.join(", ")}`);
}
