import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeCheck, readTexts } from "../../src/testing/texts.ts";

const check = (text: string) => describeCheck({ file: "a.ts", line: 1, text });

describe("texts of tests", () => {
  it("are read as the official runtime prints them", () => {
    const text = `[ Run      ] Test(sum.small)
[       Ok ] Passed 2 tests
[ Run      ] Test(sum.large)
noise
sum.cpp:12: failed: equal(4,5)
sum.cpp:13: failed: equal({1,2},{1,3})
[  Failed  ]

[==========]
[  Passed  ] 1 test cases
[  Failed  ] 1 test cases

[==========]
[  Passed  ] 2 tests
[  Failed  ] 2 tests
`;
    expect(readTexts(text)).toEqual({
      cases: [
        { name: "Test(sum.small)", status: "passed", checks: [], output: "" },
        {
          name: "Test(sum.large)",
          status: "failed",
          checks: [
            { file: "sum.cpp", line: 12, text: "equal(4,5)" },
            { file: "sum.cpp", line: 13, text: "equal({1,2},{1,3})" },
          ],
          output: "noise\n",
        },
      ],
      checks: [],
      output: "",
    });
  });

  it("may stand behind text that does not end its line, and may be cut off", () => {
    const { cases, output } = readTexts(
      "begin[ Run      ] one\nabc[       Ok ] Passed 0 tests\n[ Run      ] two\nhalf",
    );
    expect(cases).toEqual([
      { name: "one", status: "passed", checks: [], output: "abc" },
      { name: "two", status: "open", checks: [], output: "half" },
    ]);
    expect(output).toBe("begin");
  });

  it("are found again whatever else is printed", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9 .>()]{0,20}$/).map((text) => text.trimEnd());
    const failedCheck = fc.record({
      file: fc.stringMatching(/^[a-z/]{1,12}\.(ts|cpp)$/),
      line: fc.integer({ min: 1, max: 9999 }),
      text: fc.stringMatching(/^[a-z_]{1,8}\([-0-9,{} a-z:]{0,20}\)$/),
    });
    const one = fc.record({
      name: word,
      checks: fc.array(failedCheck, { maxLength: 3 }),
      output: fc.array(word, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (cases) => {
        const text = cases
          .map(({ name, checks, output }) => {
            const lines = [...output, ...checks.map((c) => `${c.file}:${c.line}: failed: ${c.text}`)];
            const end = checks.length > 0 ? "[  Failed  ]" : `[       Ok ] Passed ${output.length} tests`;
            return [`[ Run      ] ${name}`, ...lines, end, ""].join("\n");
          })
          .join("");
        expect(readTexts(text).cases).toEqual(
          cases.map(({ name, checks, output }) => ({
            name,
            checks,
            status: checks.length > 0 ? "failed" : "passed",
            output: output.map((line) => `${line}\n`).join(""),
          })),
        );
      }),
    );
  });

  it("never throw", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        readTexts(text);
        check(text);
      }),
    );
  });
});

describe("a failed check in words", () => {
  it.each([
    ["equal(4,5)", "expected 5, got 4"],
    ["equal(lane 3: -4,5)", "lane 3: expected 5, got -4"],
    ["equal({1,2},{1,3})", "expected {1,3}, got {1,2}"],
    ["not_equal(4,4)", "expected anything but 4"],
    ["at_least(lane 0: 1,2)", "lane 0: expected at least 2, got 1"],
    ["at_most(3,2)", "expected at most 2, got 3"],
    ["true(0,1)", "expected a condition to hold"],
    ["false(1,0)", "expected a condition not to hold"],
    ["fail(a message, with (parts))", "a message, with (parts)"],
    ["near(1,2,3)", "near(1,2,3)"],
    ["toString(1,2)", "toString(1,2)"],
  ])("%s", (text, words) => {
    expect(check(text)).toBe(words);
  });
});
