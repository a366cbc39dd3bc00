/** Lists, logs of qemu-ppc and programs added to traces, and which reader takes which file. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import type { Trace } from "../../src/trace/model.ts";
import { isProgram, openTrace } from "../../src/trace/open.ts";
import { withProgram } from "../../src/trace/readers/with-program.ts";
import { workspace } from "../cli/harness.ts";

const { file } = workspace();

const placesOf = (trace: Trace) =>
  [...trace.records("top")].map((record) => record.kind === "instruction" && [record.cycle, record.pc]);

/** A dump as qemu-ppc 7.2 prints it, with r3 and cr0 of a given value. */
const dump = (pc: string, r3: string, cr = "00000000") => `
NIP ${pc}   LR 00000000 CTR 00000000 XER 20000007 CPU#0
MSR 00006940 HID0 00000000  HF 00006000 iidx 0 didx 0
TB 00377815 1622706745951641
GPR00 0000000000000000 00000000408008a0 0000000000000000 00000000${r3}
${[4, 8, 12, 16, 20, 24, 28].map((n) => `GPR${String(n).padStart(2, "0")}${" 0000000000000000".repeat(4)}`).join("\n")}
CR ${cr}  [ -  -  -  -  -  -  -  -  ]             RES ffffffff
`;
const block = (pc: string, word: string, text: string) =>
  `----------------\nIN: \n0x${pc}:  ${word}  ${text}\n`;

describe("lists", () => {
  const entries = fc.array(fc.tuple(fc.nat(1e9), fc.nat(0xffff_ffff)), { minLength: 1, maxLength: 40 });

  it("say the same as text and as JSON", async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const text = file("list.txt", list.map(([cycle, pc]) => `${cycle} 0x${pc.toString(16)}`).join("\n"));
        const json = file("list.json", JSON.stringify(list.map(([cycle, pc]) => [cycle, pc.toString(16)])));
        expect(placesOf(await openTrace(text))).toEqual(list);
        expect(placesOf(await openTrace(json))).toEqual(list);
      }),
      { numRuns: 30 },
    );
  });

  it("get their words from a program", async () => {
    const image = assemble("li 3, 1\nwait\n", "p.s");
    const list = await openTrace(file("words.txt", "3 0\n4 4\n5 100\n"));
    expect(list.header.has.words).toBe(false);
    const trace = withProgram(list, image);
    expect(trace.header.has.words).toBe(true);
    const words = [...trace.records("top")].map(
      (record) => record.kind === "instruction" && record.word >>> 0,
    );
    expect(words).toEqual([0x38600001, 0x7c00007c, 0]);
  });

  it.each([
    ["[[1, 2, 3], []]", /entry 1 is \[\]/],
    ['{"runs": 3}', /neither a list of \[cycle, "pc"\] nor an object with "runs"/],
    ['{"runs": [{"retired": 1}]}', /a run has no list "retired"/],
    ["[[1, ", /broken\.json: .*JSON/],
  ])("that are none are told in one line: %s", async (text, message) => {
    await expect(openTrace(file("broken.json", text))).rejects.toThrow(message);
  });
});

describe("logs of qemu-ppc", () => {
  const log = [
    block("00001000", "38630005", "addi     r3, r3, 5"),
    dump("00001000", "00000001"),
    block("00001004", "2c030006", "cmpwi    r3, 6"),
    dump("00001004", "00000006"),
    block("00001008", "44000002", "sc"),
    dump("00001008", "00000006", "20000000"),
  ].join("");

  it("give what each instruction wrote; the last one is not known", async () => {
    const trace = await openTrace(file("run.log", log));
    expect(trace.header.has).toMatchObject({ cycles: false, writes: true, accesses: false });
    expect(trace.initialState("top").get("r3")).toBe(1);
    // Bits of XER that the PPU does not have are left out.
    expect(trace.initialState("top").get("xer")).toBe(0x20000000);
    const records = [...trace.records("top")].map(
      (record) => record.kind === "instruction" && [record.pc, record.writes],
    );
    expect(records).toEqual([
      [0x1000, [{ register: "r3", value: 6 }]],
      [0x1004, [{ register: "cr0", value: 2 }]],
    ]);
  });

  it("have a gap where the dump of an instruction is missing", async () => {
    const cut = log.replace(dump("00001004", "00000006"), "");
    const kinds = [...(await openTrace(file("cut.log", cut))).records("top")].map(({ kind }) => kind);
    expect(kinds).toEqual(["instruction", "gap"]);
  });

  it("need words", async () => {
    const text = `${block("00001000", "38630005", "addi")}${dump("00002000", "00000001")}${dump("00002004", "00000002")}`;
    const trace = await openTrace(file("words.log", text));
    expect(() => [...trace.records("top")]).toThrow(
      /no instruction word for 0x2000; log with qemu-ppc -d in_asm,cpu -singlestep/,
    );
  });
});

describe("openTrace", () => {
  it("tells programs from traces", () => {
    expect(isProgram(file("p.s", "wait\n"))).toBe(true);
    expect(isProgram(file("p.bin", new Uint8Array([0x7c, 0, 0, 0x7c])))).toBe(true);
    expect(isProgram(file("l.txt", "3 0\n"))).toBe(false);
  });

  it("runs a program only if it is told how", async () => {
    const program = file("r.s", "wait\n");
    await expect(openTrace(program)).rejects.toThrow(/is a program; a trace is needed here/);
    const trace = await openTrace(file("t.txt", "3 0\n"));
    expect(await openTrace(program, { run: () => trace })).toBe(trace);
  });

  it("takes a name with # as it is if there is such a file", async () => {
    const list = file("odd#1", "3 0\n");
    expect(placesOf(await openTrace(list))).toEqual([[3, 0]]);
    await expect(openTrace(`${file("p2.s", "wait\n")}#1`)).rejects.toThrow(/has no runs; leave out #1/);
  });
});
