/** The texts in which programs report their tests (firmware-abi section 6): those of the official runtime and of `ppu/unittest`. */

/** A check that did not hold. */
export interface FailedCheck {
  readonly file: string;
  readonly line: number;
  /** As printed: `equal(4,5)`. */
  readonly text: string;
}

export interface ReportedCase {
  readonly name: string;
  /** `open`: the text ends before the case does. */
  readonly status: "passed" | "failed" | "open";
  readonly checks: readonly FailedCheck[];
  /** What else it printed. */
  readonly output: string;
}

export interface ReportedTexts {
  readonly cases: readonly ReportedCase[];
  /** Failed checks outside of any case. */
  readonly checks: readonly FailedCheck[];
  /** What was printed outside of any case, without the summary. */
  readonly output: string;
}

const RUN = /^(.*)\[ Run {6}\] (.*)$/;
const PASSED = /^(.*)\[ {7}Ok \] Passed \d+ tests$/;
const FAILED = /^(.*)\[ {2}Failed {2}\]$/;
const CHECK = /^(.+?):(\d+): failed: (.*)$/;
const SUMMARY = /^\[==========\]$|^\[ {2}(Passed|Failed) {2}\] \d+ (test cases|tests)$/;

interface Draft {
  readonly name: string;
  status: ReportedCase["status"];
  readonly checks: FailedCheck[];
  output: string;
}

/** Reads the text of a mailbox. Any text will do; one without cases has none. */
export function readTexts(text: string): ReportedTexts {
  const cases: Draft[] = [];
  const loose: Draft = { name: "", status: "open", checks: [], output: "" };
  let current = loose;
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    const end = index + 1 < lines.length ? "\n" : "";
    const run = RUN.exec(line);
    const over = PASSED.exec(line) ?? FAILED.exec(line);
    const check = CHECK.exec(line);
    if (run) {
      // A program's own text may stand on the line before the marker.
      current.output += run[1];
      current = { name: run[2], status: "open", checks: [], output: "" };
      cases.push(current);
    } else if (over && current !== loose) {
      current.output += over[1];
      current.status = PASSED.test(line) ? "passed" : "failed";
      current = loose;
    } else if (check) {
      current.checks.push({ file: check[1], line: Number(check[2]), text: check[3] });
    } else if (!SUMMARY.test(line) && !(over && current === loose)) {
      current.output += line + end;
    }
  });
  return { cases, checks: loose.checks, output: loose.output.trim() === "" ? "" : loose.output };
}

/** Arguments of a call as printed, split at the commas outside of braces. */
function splitArguments(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

const SENTENCES: Readonly<Record<string, (actual: string, expected: string) => string>> = {
  equal: (actual, expected) => `expected ${expected}, got ${actual}`,
  not_equal: (actual) => `expected anything but ${actual}`,
  at_least: (actual, expected) => `expected at least ${expected}, got ${actual}`,
  at_most: (actual, expected) => `expected at most ${expected}, got ${actual}`,
  true: () => "expected a condition to hold",
  false: () => "expected a condition not to hold",
};

/** A failed check in words: `expected 5, got 4`. Checks that are not known stay as they were printed. */
export function describeCheck({ text }: FailedCheck): string {
  const [, operator = "", list = ""] = /^(\w+)\((.*)\)$/.exec(text) ?? [];
  if (operator === "fail") return list;
  const [, lane, rest] = /^(lane \d+): (.*)$/.exec(list) ?? ["", "", list];
  const values = splitArguments(rest);
  const sentence = Object.hasOwn(SENTENCES, operator) ? SENTENCES[operator] : undefined;
  if (!sentence || values.length !== 2) return text;
  return `${lane === "" ? "" : `${lane}: `}${sentence(values[0], values[1])}`;
}
