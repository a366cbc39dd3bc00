/**
 * Reports tests as JUnit XML, as continuous integration reads it: `testsuites` of one `testsuite` a file with its `testcase`s. Times
 * are those of the chip, in seconds.
 */
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { fullName, type Seeds, type TestResult } from "../model.ts";
import type { TestEvent, TestTotals } from "../runner.ts";
import { Excerpts, failureLine, findingLine, historyLines, printedLines, seedText } from "./printed.ts";

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Control characters, halves of surrogate pairs: XML 1.0 has no place for most of them, not even as a reference. */
const UNWANTED = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;
const WHITE = "\t\n\r";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

const clean = (text: string): string => text.replace(UNWANTED, (c) => (WHITE.includes(c) ? c : "\ufffd"));
const attribute = (text: string): string => clean(text).replace(/[&<>"\n\r\t]/g, (c) => ENTITIES[c]);
const content = (text: string): string => clean(text).replace(/[&<>\r]/g, (c) => ENTITIES[c]);

interface Element {
  readonly name: string;
  readonly attributes: Attributes;
  readonly children?: readonly Element[];
  readonly text?: string;
}

function write({ name, attributes, children = [], text }: Element, indent = ""): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  const begin = `${indent}<${name}${written.join("")}`;
  if (text !== undefined) return `${begin}>${content(text)}</${name}>\n`;
  if (children.length === 0) return `${begin}/>\n`;
  return `${begin}>\n${children.map((child) => write(child, `${indent}  `)).join("")}${indent}</${name}>\n`;
}

const seconds = (cycles: number): string => (cycles / CYCLES_PER_MICROSECOND / 1e6).toFixed(9);

/** `firmware/lib/vector.test.ts` as a class: `firmware.lib.vector`. */
const className = (file: string): string =>
  file
    .replace(/^(\.{0,2}\/)+/, "")
    .replace(/(\.test)?\.\w+$/, "")
    .replaceAll("/", ".");

interface Suite {
  readonly file: string;
  problems: readonly string[];
  readonly results: TestResult[];
  cycles: number;
}

/** Gathers events; `document` is there after the last one. */
export class JunitReporter {
  readonly #suites: Suite[] = [];
  readonly #excerpts = new Excerpts();
  /** Seeds belong to the names of tests. */
  readonly #namesSeeds: boolean;
  #totals: TestTotals | undefined;

  constructor({ namesSeeds }: { readonly namesSeeds: boolean }) {
    this.#namesSeeds = namesSeeds;
  }

  tell(event: TestEvent): void {
    const last = this.#suites.at(-1);
    switch (event.kind) {
      case "file":
        this.#suites.push({ file: event.file, problems: [], results: [], cycles: 0 });
        break;
      case "broken":
        if (last?.file === event.file) last.problems = event.problems;
        else this.#suites.push({ file: event.file, problems: event.problems, results: [], cycles: 0 });
        break;
      case "test":
        last!.results.push(event.result);
        last!.cycles += event.result.cycles ?? 0;
        break;
      case "program":
        last!.cycles += Math.max(...event.ppus.map(({ cycles }) => cycles));
        break;
      case "end":
        this.#totals = event.totals;
    }
  }

  get document(): string {
    if (!this.#totals) throw new Error("the run of the tests is not over");
    const { tests, failed, broken, cycles } = this.#totals;
    const children = this.#suites.map((suite) => this.#suite(suite));
    const counts = { tests: tests + broken, failures: failed, errors: broken, time: seconds(cycles) };
    const root = { name: "testsuites", attributes: { name: "ppu test", ...counts }, children };
    return `<?xml version="1.0" encoding="UTF-8"?>\n${write(root)}`;
  }

  #suite({ file, problems, results, cycles }: Suite): Element {
    const broken = problems.length > 0 ? 1 : 0;
    const failures = results.filter(({ passed }) => !passed).length;
    const cases = results.map((result) => this.#case(result));
    if (broken) {
      const [message] = problems;
      const error = { name: "error", attributes: { message, type: "build" }, text: problems.join("\n") };
      const attributes = { name: "builds", classname: className(file), time: seconds(0) };
      cases.push({ name: "testcase", attributes, children: [error] });
    }
    const counts = { tests: cases.length, failures, errors: broken, skipped: 0, time: seconds(cycles) };
    return { name: "testsuite", attributes: { name: file, ...counts, file }, children: cases };
  }

  #case(result: TestResult): Element {
    const { file, name, seeds, location, cycles, instructions, failures } = result;
    const place = location && { file: location.file, line: location.line };
    const full = fullName(name);
    const values = { cycles, instructions, ...numbersOf(seeds) };
    const properties = Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]): Element => ({ name: "property", attributes: { name: key, value } }));
    const printed = printedLines(result).flatMap(({ title, lines }) => [`${title}:`, ...lines]);
    const findings = result.findings.map(findingLine);
    return {
      name: "testcase",
      attributes: {
        name: this.#namesSeeds ? `${full} [${seedText(seeds)}]` : full,
        classname: className(file),
        time: seconds(cycles ?? 0),
        ...place,
      },
      children: [
        { name: "properties", attributes: {}, children: properties },
        ...(failures.length > 0 ? [this.#failure(result)] : []),
        ...(printed.length > 0 ? [{ name: "system-out", attributes: {}, text: printed.join("\n") }] : []),
        ...(findings.length > 0 ? [{ name: "system-err", attributes: {}, text: findings.join("\n") }] : []),
      ],
    };
  }

  /** One element for all: most readers take the first only. */
  #failure({ failures, file, ppus }: TestResult): Element {
    const onBoth = ppus.length > 1;
    const [{ message, kind }] = failures;
    const lines = failures.flatMap((failure) => [
      failureLine(failure, onBoth),
      ...(failure.location ? this.#excerpts.lines(failure.location, file).map((line) => `  ${line}`) : []),
      ...historyLines(failure.history ?? []).map((line) => `  ${line}`),
    ]);
    return { name: "failure", attributes: { message, type: kind }, text: lines.join("\n") };
  }
}

const numbersOf = ({ chip, noise }: Seeds) => ({ "chip-seed": chip, "noise-seed": noise });
