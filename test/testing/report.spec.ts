/** What reports say, and that they are what other programs expect. */
import fc from "fast-check";
import pc from "picocolors";
import { SaxesParser } from "saxes";
import { beforeAll, describe, expect, it } from "vitest";
import type { TestResult } from "../../src/testing/model.ts";
import { JsonReporter } from "../../src/testing/report/json.ts";
import { JunitReporter } from "../../src/testing/report/junit.ts";
import { TerminalReport } from "../../src/testing/report/terminal.ts";
import type { TestEvent } from "../../src/testing/runner.ts";
import { inDirectory, runFile } from "./programs.ts";

const write = inDirectory();

const SOURCE = `import { describe, expectEqual, test } from "ppu/testing";
import { store32, trap } from "ppu/intrinsics";
import { printLine } from "ppu/mailbox";

let divisor: i32 = 0;
divisor = load<i32>(0x3f00);

function divide(x: i32): i32 {
  if (divisor == 0) trap();
  return x / divisor;
}

test("adds", () => {
  expectEqual(1 + 1, 2);
});

describe("numbers", () => {
  test("are printed", () => {
    printLine("<1 & 2>");
    expectEqual(2 + 2, 5);
  });

  test("are divided", () => {
    expectEqual(divide(6), 3);
  });
});

test("has findings", () => {
  store32(0x20000000, 1);
  expectEqual(1, 2);
}).lenient();
`;

let events: TestEvent[] = [];

beforeAll(async () => {
  const results = await runFile(write("numbers.test.ts", SOURCE));
  const totals = {
    files: 2,
    failedFiles: 2,
    broken: 1,
    tests: 4,
    failed: 3,
    cycles: 1234,
    instructions: 567,
    bailed: false,
  };
  events = [
    { kind: "broken", file: "broken.test.ts", problems: ["broken.test.ts:1:1: something <odd>"] },
    { kind: "file", file: "numbers.test.ts", tests: 4 },
    ...results.map((result): TestEvent => ({ kind: "test", result })),
    { kind: "end", totals },
  ];
});

function terminal(colors = false): string {
  let text = "";
  const report = new TerminalReport({
    write: (piece) => {
      text += piece;
    },
    paint: pc.createColors(colors),
    namesSeeds: false,
    seeds: { chip: 0, noise: 0 },
  });
  for (const event of events) report.tell(event);
  return text;
}

/** Without numbers that any change of the compiler changes, columns included. */
const withoutFigures = (text: string): string =>
  text
    .replaceAll(/[\d ]+ cycles, [\d ]+ instructions/g, "… cycles, … instructions")
    .replaceAll(/^ +\d+ {2}0x[0-9a-f]{8}/gm, "    CYCLE  ADDRESS")
    .replaceAll(/, cycle \d+/g, ", cycle …")
    .replaceAll(/(\.ts:\d+):\d+/g, "$1:…");

describe("the report for people", () => {
  it("shows each test, and of failures what is known", () => {
    expect(withoutFigures(terminal())).toMatchInlineSnapshot(`
      "broken.test.ts
        ✗ cannot be run
      numbers.test.ts
        ✓ adds (… cycles, … instructions)
        ✗ numbers > are printed (… cycles, … instructions)
        ✗ numbers > are divided (… cycles, … instructions)
        ✗ has findings (… cycles, … instructions)

      FAIL broken.test.ts
        broken.test.ts:1:…: something <odd>

      FAIL numbers.test.ts > numbers > are printed (chip seed 0, noise seed 0)
        numbers.test.ts:20: expected 5, got 4
            18 |   test("are printed", () => {
            19 |     printLine("<1 & 2>");
          > 20 |     expectEqual(2 + 2, 5);
            21 |   });
            22 |
        mailbox (top):
          <1 & 2>

      FAIL numbers.test.ts > numbers > are divided (chip seed 0, noise seed 0)
        numbers.test.ts:9:…: trap (failed check or unreachable code)
             7 |
             8 | function divide(x: i32): i32 {
          >  9 |   if (divisor == 0) trap();
            10 |   return x / divisor;
            11 | }
        last instructions (top):
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1>       mflr r0           numbers.test.ts:23:…
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1+0x4>   stw r0, 4(r1)     numbers.test.ts:23:…
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1+0x8>   stwu r1, -16(r1)  numbers.test.ts:23:…
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1+0xc>   lwz r9, 912(0)    numbers.test.ts:9:…
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1+0x10>  cmpwi r9, 0       numbers.test.ts:9:…
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1+0x14>  bne 0x8d4         numbers.test.ts:9:…
          CYCLE  ADDRESS  <start:numbers.test~anonymous|1~anonymous|1+0x18>  trap              numbers.test.ts:9:…

      FAIL numbers.test.ts > has findings (chip seed 0, noise seed 0)
        numbers.test.ts:30: expected 2, got 1
            28 | test("has findings", () => {
            29 |   store32(0x20000000, 1);
          > 30 |   expectEqual(1, 2);
            31 | }).lenient();
        findings:
          store of 4 bytes to 0x20000000 has no effect: the SRAM ends at 0x00003fff (top PPU, cycle …, <start:numbers.test~anonymous|2+0x14> numbers.test.ts:29:…)

      3 failed, 1 file cannot be run, 1 passed (4 tests in 2 files)
      … cycles, … instructions; chip seed 0, noise seed 0
      "
    `);
  });

  it("has colours on a terminal, and says the same", () => {
    const colored = terminal(true);
    expect(colored).toContain("\u001b[31m✗\u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(terminal());
  });
});

describe("the JSON report", () => {
  it("has everything but counters", () => {
    const reporter = new JsonReporter();
    for (const event of events) reporter.tell(event);
    const report = JSON.parse(reporter.document);
    expect(report).toMatchObject({
      format: "ppu-emu tests 1",
      passed: false,
      totals: { tests: 4, failed: 3, broken: 1 },
      files: [
        { file: "broken.test.ts", problems: ["broken.test.ts:1:1: something <odd>"], tests: [] },
        { file: "numbers.test.ts", tests: [{ name: ["adds"], passed: true }, {}, {}, {}] },
      ],
    });
    const [, numbers] = report.files;
    expect(numbers.tests[1]).toMatchObject({
      name: ["numbers", "are printed"],
      failures: [
        { kind: "check", message: "expected 5, got 4", location: { file: "numbers.test.ts", line: 20 } },
      ],
      ppus: [{ ppu: "top", mailbox: expect.stringContaining("<1 & 2>\n"), returnCode: 1 }],
    });
    expect(reporter.document).not.toContain("counters");
  });
});

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** Reads XML; throws for what is not well-formed. */
function parse(xml: string): Element {
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element = { name, attributes: attributes as Record<string, string>, children: [], text: "" };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on("closetag", () => open.pop());
  parser.on("text", (text) => {
    open.at(-1)!.text += text;
  });
  parser.write(xml).close();
  return root.children[0];
}

const NUMBER = /^\d+$/;
const SECONDS = /^\d+\.\d+$/;

/** Rules that readers of JUnit XML agree on: what stands where, which attributes there are, and that numbers add up. */
const RULES: Record<string, { children: string[]; required: Record<string, RegExp>; optional: string[] }> = {
  testsuites: {
    children: ["testsuite"],
    required: { name: /./, tests: NUMBER, failures: NUMBER, errors: NUMBER, time: SECONDS },
    optional: [],
  },
  testsuite: {
    children: ["properties", "testcase", "system-out", "system-err"],
    required: { name: /./, tests: NUMBER, failures: NUMBER, errors: NUMBER, skipped: NUMBER, time: SECONDS },
    optional: ["file"],
  },
  testcase: {
    children: ["properties", "failure", "error", "skipped", "system-out", "system-err"],
    required: { name: /./, classname: /./, time: SECONDS },
    optional: ["file", "line"],
  },
  properties: { children: ["property"], required: {}, optional: [] },
  property: { children: [], required: { name: /./, value: /^/ }, optional: [] },
  failure: { children: [], required: { message: /^/, type: /./ }, optional: [] },
  error: { children: [], required: { message: /^/, type: /./ }, optional: [] },
  "system-out": { children: [], required: {}, optional: [] },
  "system-err": { children: [], required: {}, optional: [] },
};

function checkRules(element: Element): void {
  const { name, attributes, children } = element;
  const rule = RULES[name] ?? expect.fail(`<${name}> is no element of JUnit XML`);
  for (const [key, pattern] of Object.entries(rule.required))
    expect(attributes[key], `${name} ${key}`).toMatch(pattern);
  expect([...Object.keys(rule.required), ...rule.optional]).toEqual(
    expect.arrayContaining(Object.keys(attributes)),
  );
  const names = children.map((child) => child.name);
  expect(rule.children).toEqual(expect.arrayContaining(names));
  // in this order, and each but cases and properties once
  expect(names).toEqual(names.toSorted((a, b) => rule.children.indexOf(a) - rule.children.indexOf(b)));
  const several = ["testsuite", "testcase", "property"];
  expect(new Set(names).size).toBe(
    names.length - names.filter((n, i) => several.includes(n) && names.indexOf(n) < i).length,
  );
  if (children.length > 0) expect(element.text.trim()).toBe("");
  children.forEach(checkRules);
}

/** Counts of a suite, and of all suites, are those of their cases. */
function checkCounts(root: Element): void {
  const count = (cases: Element[], kind: string) =>
    cases.filter(({ children }) => children.some(({ name }) => name === kind)).length;
  const all = root.children.flatMap(({ children }) => children);
  for (const { attributes, children } of [...root.children, { attributes: root.attributes, children: all }]) {
    expect(attributes).toMatchObject({
      tests: String(children.length),
      failures: String(count(children, "failure")),
      errors: String(count(children, "error")),
    });
  }
}

function junit(list: readonly TestEvent[]): string {
  const reporter = new JunitReporter({ namesSeeds: false });
  for (const event of list) reporter.tell(event);
  return reporter.document;
}

describe("the JUnit report", () => {
  it("keeps the rules", () => {
    const root = parse(junit(events));
    checkRules(root);
    checkCounts(root);
    const [broken, numbers] = root.children;
    expect(broken.children[0].children[0]).toMatchObject({
      name: "error",
      text: "broken.test.ts:1:1: something <odd>",
    });
    const [adds, printed, divided, findings] = numbers.children;
    expect(adds.attributes).toMatchObject({
      name: "adds",
      classname: "numbers",
      file: "numbers.test.ts",
      line: "13",
    });
    expect(printed.attributes.name).toBe("numbers > are printed");
    expect(printed.children.map(({ name }) => name)).toEqual(["properties", "failure", "system-out"]);
    expect(printed.children[1].attributes).toEqual({ message: "expected 5, got 4", type: "check" });
    expect(printed.children[2].text).toBe("mailbox (top):\n<1 & 2>");
    expect(divided.children[1]).toMatchObject({
      attributes: { type: "trap" },
      text: expect.stringContaining("trap  "),
    });
    expect(findings.children.at(-1)).toMatchObject({
      name: "system-err",
      text: expect.stringContaining("0x20000000"),
    });
  });

  it("gives back any text, but for characters that XML does not have", () => {
    const [passed] = events.flatMap((event) => (event.kind === "test" ? [event.result] : []));
    const text = fc.string({
      unit: fc.oneof(
        fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
        fc.constantFrom("<", "&", '"', "]]>", "\n", "\r", "\t", "\ud800", "\ufffe", "\u0000"),
      ),
      minLength: 1,
      maxLength: 20,
    });
    const readable = (value: string) =>
      value.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (c) => ("\t\n\r".includes(c) ? c : "\ufffd"));
    fc.assert(
      fc.property(text, text, (name, message) => {
        const result: TestResult = {
          ...passed,
          name: [name],
          passed: false,
          failures: [{ kind: "check", ppu: "top", message }],
        };
        const totals = {
          files: 1,
          failedFiles: 1,
          broken: 0,
          tests: 1,
          failed: 1,
          cycles: 1,
          instructions: 1,
          bailed: false,
        };
        const list: TestEvent[] = [
          { kind: "file", file: "a.test.ts", tests: 1 },
          { kind: "test", result },
          { kind: "end", totals },
        ];
        const root = parse(junit(list));
        const [testcase] = root.children[0].children;
        expect(testcase.attributes.name).toBe(readable(name));
        expect(testcase.children.find((child) => child.name === "failure")?.attributes.message).toBe(
          readable(message),
        );
      }),
    );
  });

  it("counts nothing when nothing was run", () => {
    const totals = {
      files: 0,
      failedFiles: 0,
      broken: 0,
      tests: 0,
      failed: 0,
      cycles: 0,
      instructions: 0,
      bailed: false,
    };
    const root = parse(junit([{ kind: "end", totals }]));
    checkCounts(root);
  });
});
