/** Conditions on records against plain filters written here. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../../isa/decode.ts";
import { type InstructionRecord, mergedRecords, type TraceRecord } from "../../src/trace/model.ts";
import { compileQuery, PREDICATES } from "../../src/trace/query/index.ts";
import { TraceError } from "../../src/trace/trace-error.ts";
import { everything } from "./everything.ts";

const trace = everything();
const records = [...mergedRecords(trace)];
const address = (name: string) => trace.image("top")!.symbols.find((symbol) => symbol.name === name)!.address;
const found = (expression: string) => records.filter(compileQuery(expression, trace));
const only = (test: (record: InstructionRecord) => boolean) => (record: TraceRecord) =>
  record.kind === "instruction" && test(record);
const mnemonic = ({ word }: InstructionRecord) => decode(word)?.mnemonic ?? "";

/** What a predicate finds, said in another way. */
const MEANINGS: readonly (readonly [string, (record: TraceRecord) => boolean])[] = [
  ["ppu=bottom", ({ ppu }) => ppu === "bottom"],
  ["cycle=100..200", ({ cycle }) => cycle >= 100 && cycle <= 200],
  ["cycle>3000", ({ cycle }) => cycle > 3000],
  ["pc=0x40..0x50", only(({ pc }) => pc >= 0x40 && pc <= 0x50)],
  ["pc=scale", only(({ pc }) => pc >= address("scale") && pc < address("skip"))],
  ["pc=scale+4", only(({ pc }) => pc === address("scale") + 4)],
  ["symbol=work", only(({ pc }) => pc >= address("work") && pc < address("scale"))],
  ["symbol=on_*", only(({ pc }) => pc >= address("on_timer") && pc < address("on_fault") + 16)],
  ["symbol=again", only(({ pc }) => pc >= address("again") && pc < address("finish"))],
  ["mnemonic=fxvmtach", only((record) => mnemonic(record) === "fxvmtach")],
  ["mnemonic=li", only(({ word }) => word >>> 26 === 14 && ((word >>> 16) & 31) === 0)],
  ["mnemonic=addi", only((record) => mnemonic(record) === "addi")],
  ["mnemonic=st*", only((record) => mnemonic(record).startsWith("st"))],
  ["class=branch", only(({ word }) => [16, 18, 19].includes(word >>> 26))],
  ['class="vector accumulator"', only((record) => /^fxv(mt|ma|mul|add)\w*ac/.test(mnemonic(record)))],
  ["class=PLS", only((record) => /^fxv(in|out)x$/.test(mnemonic(record)))],
  ["class=vector", only((record) => mnemonic(record).startsWith("fxv"))],
  ["reg=r3", only(({ writes }) => writes.some(({ register }) => register === "r3"))],
  ["reg=cr", only(({ writes }) => writes.some(({ register }) => /^cr\d$/.test(register)))],
  [
    "reads=r9",
    only(
      (record) =>
        (mnemonic(record) === "ori" || mnemonic(record) === "stw") &&
        / r9/.test(` r${(record.word >>> 21) & 31}`),
    ),
  ],
  ["r3=0x6", only(({ writes }) => writes.some(({ register, value }) => register === "r3" && value === 6))],
  [
    "r31>3",
    only(({ writes }) => writes.some(({ register, value }) => register === "r31" && (value as number) > 3)),
  ],
  ["cr0=eq", only(({ writes }) => writes.some(({ register, value }) => register === "cr0" && value === 2))],
  [
    "v2=06*128",
    only(({ writes }) =>
      writes.some(
        ({ register, value }) => register === "v2" && (value as Uint8Array).every((byte) => byte === 6),
      ),
    ),
  ],
  ["lr", only(({ writes }) => writes.some(({ register }) => register === "lr"))],
  [
    "mem=0x2f00..0x2fff",
    only(({ accesses }) =>
      accesses.some(
        ({ port, address: at, bytes }) => port !== "parallel" && at + bytes > 0x2f00 && at <= 0x2fff,
      ),
    ),
  ],
  [
    "mem=table",
    only(({ accesses }) =>
      accesses.some(({ address: at }) => at >= address("table") && at < address("table") + 12),
    ),
  ],
  ["value=0x7", only(({ accesses }) => accesses.some(({ value }) => value === 7))],
  ["read", only(({ accesses }) => accesses.some(({ write }) => !write))],
  ["write", only(({ accesses }) => accesses.some(({ write }) => write))],
  ["port=parallel", only(({ accesses }) => accesses.some(({ port }) => port === "parallel"))],
  ["device=cadc", only((record) => mnemonic(record) === "fxvinx")],
  ["device=weights", only((record) => mnemonic(record) === "fxvoutx")],
  [
    "device=padiTrigger",
    only(({ accesses }) => accesses.some(({ address: at }) => at === 0x80440000 || at === 0x80460000)),
  ],
  [
    "device=registers",
    only(({ accesses }) => accesses.some(({ port, address: at }) => port === "scalar" && at >= 0x80000000)),
  ],
  ["stall", only(({ stalls }) => stalls.length > 0)],
  ["stall>4", only(({ stalls }) => stalls.reduce((sum, { cycles }) => sum + cycles, 0) > 4)],
  ["stall=special", only(({ stalls }) => stalls.some(({ cause }) => cause === "special"))],
  ["stall=r6", only(({ stalls }) => stalls.some(({ register }) => register === "r6"))],
  ["aborted", only(({ aborted }) => aborted === true)],
  ["instruction", ({ kind }) => kind === "instruction"],
  ["exception", ({ kind }) => kind === "exception"],
  ["exception=doorbell", (record) => record.kind === "exception" && record.vector === 0x24],
  ["event", ({ kind }) => kind === "event"],
  ["conversion", ({ kind }) => kind === "conversion"],
];

describe("predicates", () => {
  it.each(MEANINGS)("%s", (expression, test) => {
    const expected = records.filter(test);
    expect(found(expression)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(records.length);
  });

  it("source lines", () => {
    const line = trace.image("top")!.lines.find(({ address: at }) => at === address("scale"))!.line;
    expect(found(`program.s:${line}`)).toEqual(records.filter(only(({ pc }) => pc === address("scale"))));
    expect(found(`source=program.s:${line}..${line + 1}`)).toEqual(
      records.filter(only(({ pc }) => pc === address("scale") || pc === address("scale") + 4)),
    );
    expect(found("source=program.s").length).toBeGreaterThan(500);
  });

  it("that nothing in this run has", () => {
    for (const expression of ["reset", "gap", "mem=0x10000000", "exception=fixedInterval"])
      expect(found(expression)).toEqual([]);
    expect(found("not (reset or gap)")).toEqual(records);
  });

  it("all have an example in the help that can be used", () => {
    for (const { usage } of Object.values(PREDICATES)) {
      for (const example of usage.split(", ")) {
        if (/main|isr_|hello\.ts/.test(example)) continue;
        expect(() => compileQuery(example, trace), example).not.toThrow();
      }
    }
  });
});

describe("expressions", () => {
  type Tree = { readonly text: string; readonly test: (record: TraceRecord) => boolean };
  const leaf = fc.constantFrom(...MEANINGS).map(([text, test]): Tree => ({ text, test }));
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(tie("tree"), tie("tree"), fc.constantFrom(" and ", " && ", " ")).map(
        ([a, b, and]): Tree => ({
          text: `(${a.text})${and}(${b.text})`,
          test: (record) => a.test(record) && b.test(record),
        }),
      ),
      fc.tuple(tie("tree"), tie("tree"), fc.constantFrom(" or ", " || ")).map(
        ([a, b, or]): Tree => ({
          text: `( ${a.text} )${or}( ${b.text} )`,
          test: (record) => a.test(record) || b.test(record),
        }),
      ),
      fc.tuple(tie("tree"), fc.constantFrom("not ", "!")).map(
        ([a, not]): Tree => ({
          text: `${not}(${a.text})`,
          test: (record) => !a.test(record),
        }),
      ),
    ),
  }));

  it("combine as they say", () => {
    fc.assert(
      fc.property(tree, ({ text, test }) => {
        expect(found(text)).toEqual(records.filter(test));
      }),
      { numRuns: 60 },
    );
  });

  it("and binds closer than or", () => {
    expect(found("event or write and ppu=top")).toEqual(found("event or (write and ppu=top)"));
    expect(found("ppu=top write or event")).toEqual(found("(ppu=top and write) or event"));
    expect(found("not write read")).toEqual(found("(not write) and read"));
  });
});

describe("errors are one line and name what there is", () => {
  it.each([
    ["", "give a predicate"],
    ["foo", /^"foo" is no predicate; there are ppu, cycle, pc, .*, register=value, file:line$/],
    ["r32=5", /^"r32=5" is no predicate/],
    ["mnemonic", '"mnemonic" needs a value: mnemonic=fxvmtach, mnemonic=st*'],
    ["mnemonic=bll", /^"mnemonic=bll": there is no "bll"; known: /],
    ["mnemonic=fxvmtc", /^"mnemonic=fxvmtc": there is no "fxvmtc"; known: .*…$/],
    ["class=brunch", /^there is no class "brunch"; known: scalar, vector, /],
    ["ppu=left", '"ppu=left": there is no "left"; known: top, bottom'],
    ["ppu>top", '"ppu>top": only = and != compare with a name'],
    ["device=adc", /^"device=adc": there is no "adc"; known: cadc, madc, /],
    ["pc=nowhere", '"pc=nowhere": "nowhere" is neither a number nor a symbol of the program'],
    ["pc=0x20..0x10", '"pc=0x20..0x10": the range ends before it begins'],
    ["pc=", '"pc=" lacks a value behind ='],
    ["cycle>5x", '"cycle>5x": "5x" is neither a number nor a symbol of the program'],
    ["symbol=nothing", '"nothing": the program has no such function or label'],
    ["write=5", '"write=5": write takes no value'],
    ["reg=x3", '"reg=x3": there is no register "x3"'],
    [
      "stall=tired",
      /^"stall=tired": a stall has a number of cycles, a register, or a cause: register, condition/,
    ],
    ["exception=fire", /^"exception=fire": there is no "fire"; known: externalInput, alignment/],
    ["other.ts:5", /^"other.ts:5": there is no source file other.ts; the program has program.s$/],
    ["(write", 'a parenthesis is not closed in "(write"'],
    ["write)", '")" has no counterpart in "write)"'],
    ["write and", 'a predicate is missing at the end of "write and"'],
    ["or write", 'a predicate is missing before "or" in "or write"'],
    ['symbol="a', '"symbol="a": a quotation mark is not closed'],
    ["=5", '"=5" is no predicate like mnemonic=bl, r3=0x10 or stall>5'],
  ])("%s", (expression, message) => {
    const use = () => compileQuery(expression, trace);
    expect(use).toThrow(TraceError);
    expect(use).toThrow(message);
  });

  it("whatever is written, nothing else is thrown", () => {
    const piece = fc.oneof(
      fc.constantFrom("(", ")", " and ", " or ", "not ", "!", "=", "..", "write", "r3", "0x10", '"', " "),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          compileQuery(pieces.join(""), trace);
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
