/** Fields of a calibration file besides its settings: what is wrong with them. */
import { KNOB_NAMES } from "../../chip/analog/knobs.ts";
import { BANDS } from "./bands.ts";
import { STAGES } from "./step.ts";

type Test = (value: unknown) => boolean;
type Tests = Readonly<Record<string, Test>>;

export const isSeed: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumber: Test = Number.isFinite;
const isText: Test = (value) => typeof value === "string";
const isAmong =
  (known: readonly unknown[]): Test =>
  (value) =>
    known.includes(value);
const isMissingOr =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const isList =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);

/** The first field of an object that fails its test; undefined when all hold. */
function firstWrong(value: unknown, tests: Tests): string | undefined {
  if (typeof value !== "object" || value === null) return "no object";
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.keys(tests).find((name) => !tests[name](fields[name]));
}

const isObject =
  (tests: Tests): Test =>
  (value) =>
    firstWrong(value, tests) === undefined;

const FIGURES = isObject({ mean: isNumber, std: isNumber, min: isNumber, max: isNumber });

const CHECK: Tests = {
  ...{ name: isAmong(Object.keys(BANDS)), what: isText, unit: isText, source: isText },
  ...{ least: isMissingOr(isNumber), most: isMissingOr(isNumber) },
  // JSON has null for the mean of no instances.
  ...{ value: (value) => value === null || isNumber(value), ok: isAmong([true, false]) },
};

const STEP: Tests = {
  ...{ stage: isAmong(STAGES), name: isText, quantity: isText, unit: isText, target: isNumber },
  ...{ knobs: isList(isAmong(KNOB_NAMES)), instances: isSeed, atRangeEnd: isSeed },
  ...{ before: FIGURES, after: FIGURES, inRange: FIGURES },
  ...{ reads: isNumber, chipTime: isNumber, checks: isList(isObject(CHECK)) },
  ...{ cycles: isMissingOr(isNumber), awakeCycles: isMissingOr(isNumber) },
};

const CALIBRATION: Tests = {
  ...{ noiseSeed: isSeed, searchSeed: isSeed, stages: isList(isAmong(STAGES)), baselineTarget: isNumber },
  gain: (value) => value === "median" || isNumber(value),
  cycles: isMissingOr(isNumber),
};

/** What is wrong with the fields of a calibration, settings, chip seed and `where` apart; undefined when nothing is. */
export function damagedField(calibration: Readonly<Record<string, unknown>>): string | undefined {
  const field = firstWrong(calibration, CALIBRATION);
  if (field !== undefined) return field in calibration ? `${field} is damaged` : `${field} is missing`;
  const { steps } = calibration;
  if (!Array.isArray(steps)) return "steps are missing";
  for (const [n, step] of steps.entries()) {
    const wrong = firstWrong(step, STEP);
    if (wrong !== undefined) return `step ${n + 1} is damaged (${wrong})`;
  }
  return undefined;
}
