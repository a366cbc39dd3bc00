/** Records as text and back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Image } from "../../../src/toolchain/image.ts";
import { memoryTrace, PPUS, type Trace, type TraceRecord } from "../../../src/trace/model.ts";
import { symbolsOf } from "../../../src/trace/symbols.ts";
import {
  formatRecord,
  isTextTrace,
  type LosslessOptions,
  openTextTrace,
  parseTextTrace,
  traceLines,
  traceText,
} from "../../../src/trace/text/index.ts";
import { TraceError } from "../../../src/trace/trace-error.ts";
import { anyTrace, traceHeader, traceRecords } from "../arbitrary.ts";
import { assembled, randomRuns, runTrace } from "../run.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-text-"));
afterAll(() => rmSync(directory, { recursive: true }));

const FORMS: readonly LosslessOptions[] = [
  {},
  { addresses: "symbolic", cycles: "relative" },
  { source: true, cycles: "relative" },
];

function expectSame(read: Trace, written: Trace): void {
  expect(read.header).toEqual(written.header);
  for (const ppu of PPUS) {
    expect([...read.records(ppu)]).toEqual([...written.records(ppu)]);
    expect([...read.initialState(ppu)]).toEqual([...written.initialState(ppu)]);
  }
  expect(read.end()).toEqual(written.end());
}

/** Functions, labels of equal names, data, and names that look like something else. */
const PROGRAM = `
  .global start, r3, reset, twice
  b start
  .org 0x40
  .type start, @function
start: li r4, 5
  mtctr r4
loop: addi r3, r3, 1
  bdnz loop
  bl r3
  bl twice
end: wait
  b end
  .size start, . - start
r3: mflr r0
  stw r0, 4(r1)
  bl reset
  lwz r0, 4(r1)
  mtlr r0
  blr
reset: lwz r5, table(0)
  lwz r6, table + 4(0)
  blr
twice: blr
  .data
table: .long 1, 2, 3
`;

describe("round trips", () => {
  it("any trace without a program, in all forms", () => {
    fc.assert(
      fc.property(anyTrace(), fc.constantFrom(...FORMS), (trace, form) => {
        expectSame(parseTextTrace(traceText(trace, form)), trace);
      }),
      { numRuns: 150 },
    );
  });

  it("any records of a program: symbols are read from the head", () => {
    const image = assembled(PROGRAM);
    const renamed: Image = {
      ...image,
      symbols: image.symbols.map((symbol) =>
        symbol.name === "twice"
          ? { ...symbol, name: "a +[&]= b; @\\u{e9}" }
          : symbol.name === "end"
            ? { ...symbol, name: "loop" }
            : symbol,
      ),
    };
    const pc = fc.integer({ min: 0, max: 0x25 }).map((n) => 4 * n);
    fc.assert(
      fc.property(
        ...([
          traceHeader,
          traceRecords("top", { pc }),
          traceRecords("bottom", { pc }),
          fc.constantFrom(...FORMS),
        ] as const),
        (header, top, bottom, form) => {
          const trace = memoryTrace(header, { top, bottom }, { top: renamed, bottom: image });
          const read = parseTextTrace(traceText(trace, form));
          expectSame(read, trace);
          const [from, to] = [symbolsOf(trace).top, symbolsOf(read).top];
          for (const record of top) {
            if (record.kind !== "instruction") continue;
            expect(to.functionAt(record.pc)?.entry).toBe(from.functionAt(record.pc)?.entry);
            expect(to.nameOf(record.pc)?.replace("loop~2", "loop")).toBe(from.nameOf(record.pc));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("text that is read is written the same", () => {
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        const text = traceText(trace, FORMS[1]);
        expect(traceText(parseTextTrace(text), FORMS[1])).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it("runs of both PPUs, through files", () => {
    for (const [index, trace] of randomRuns(4, 11).entries()) {
      expect([...trace.records("bottom")].length).toBeGreaterThan(100);
      const path = join(directory, "run.txt");
      writeFileSync(path, traceText(trace, FORMS[index % FORMS.length]));
      expectSame(openTextTrace(path), trace);
    }
  });
});

describe("files", () => {
  it("are read in pieces: characters and lines across their borders", () => {
    const lines = Array.from(
      { length: 3000 },
      (_, n): TraceRecord => ({
        ...{ kind: "instruction", ppu: PPUS[n & 1], cycle: n, pc: 4 * n, word: 0x60000000 },
        ...{
          writes: [{ register: "v3", value: Uint8Array.from({ length: 128 }, (_, i) => i * n) }],
          accesses: [],
          stalls: [],
        },
      }),
    );
    const header = fc.sample(traceHeader, { numRuns: 1, seed: 5 })[0];
    for (const program of ["é".repeat(700), "\u{1f4a1}x".repeat(333)]) {
      const trace = memoryTrace(
        { ...header, program },
        {
          top: lines.filter(({ ppu }) => ppu === "top"),
          bottom: lines.filter(({ ppu }) => ppu === "bottom"),
        },
      );
      const path = join(directory, "pieces.txt");
      writeFileSync(path, traceText(trace));
      expectSame(openTextTrace(path), trace);
    }
  });

  it("with line ends of Windows", () => {
    const [trace] = randomRuns(1, 12);
    const path = join(directory, "crlf.txt");
    writeFileSync(path, traceText(trace).replaceAll("\n", "\r\n"));
    expectSame(openTextTrace(path), trace);
  });

  it("are recognised by their first line", () => {
    const text = traceText(fc.sample(anyTrace(), { numRuns: 1, seed: 1 })[0]);
    expect(isTextTrace(text)).toBe(true);
    expect(isTextTrace("\x7fELF")).toBe(false);
    expect(isTextTrace("")).toBe(false);
  });
});

describe("a text cut anywhere", () => {
  it("gives the records before the cut and says that something is missing", () => {
    const [trace] = fc.sample(anyTrace({ maxLength: 12 }), { numRuns: 1, seed: 7 });
    const text = traceText(trace);
    const begin = text.indexOf("\ntop ") + 1;
    const whole = { top: [...trace.records("top")], bottom: [...trace.records("bottom")] };
    for (let cut = begin; cut < text.length - 1; cut += 7) {
      const read = parseTextTrace(text.slice(0, cut));
      for (const ppu of PPUS) {
        const records = [...read.records(ppu)];
        expect(records).toEqual(whole[ppu].slice(0, records.length));
      }
      expect(read.problems.join()).toMatch(/cut|ends inside/);
      expect(read.end()).toBeUndefined();
    }
  });
});

describe("errors name file, line and what is wrong", () => {
  const [trace] = fc.sample(anyTrace({ maxLength: 3 }), { numRuns: 1, seed: 3 });
  const head = [...traceLines({ ...trace, records: () => [], end: () => undefined })];
  const messageOf = (...lines: string[]): string => {
    try {
      const read = parseTextTrace([...head, ...lines].map((line) => `${line}\n`).join(""), "a.txt");
      for (const ppu of PPUS) for (const _ of read.records(ppu));
    } catch (error) {
      expect(error).toBeInstanceOf(TraceError);
      return (error as Error).message;
    }
    return "none";
  };
  const at = `a.txt:${head.length + 1}: `;

  it.each([
    ["top 5 00000100 60000000 nop", "none"],
    ["# a comment of the reader", "none"],
    [
      "middle 5 00000100 60000000 nop",
      `${at}a line begins with top, bottom or #, not "middle 5 00000100 60"`,
    ],
    ["top x 00000100", `${at}a record begins with PPU and cycle`],
    ["top 5 00000100", `${at}there is no instruction`],
    ["top 5 <main> nop", `${at}no symbol "main" in the header`],
    ["top 5 00000100 fadd f1, f2", `${at}unknown instruction "fadd"`],
    ["top 5 00000100 60000000 nop ; r32=0x5", `${at}there is no register "r32"`],
    ["top 5 00000100 60000000 nop ; r3=5", `${at}"5" is not a number like 0x1f`],
    ["top 5 00000100 60000000 nop ; cr0=xx", `${at}"xx" is not a condition field like gt or eq|so`],
    ["top 5 00000100 60000000 nop ; v1=00*64", `${at}"00*64" is not 128 bytes in hexadecimal digits`],
    [
      "top 5 00000100 60000000 nop ; v1=0011...",
      `${at}"0011..." is shortened; use the text that ppu trace export writes`,
    ],
    ["top 5 00000100 60000000 nop ; [0x5->0x5", `${at}"[0x5->0x5" is not an access like [0x100]->0x05`],
    ["top 5 00000100 60000000 nop ; [0x5]->0x123", `${at}"[0x5]->0x123" has no value of 1, 2 or 4 bytes`],
    ["top 5 00000100 60000000 nop ; +3 tired", `${at}"+3 tired" is not a stall`],
    ["top 5 00000100 60000000 nop ; what", `${at}"what" is no write, access or stall`],
    [
      "top 5 event up buses 1 row 0 address 0",
      `${at}"event up buses 1 row 0 address 0" is neither an instruction nor another record`,
    ],
    ["top 5 gap 5 tea", `${at}"gap 5 tea" is neither an instruction nor another record`],
    ["top 5 conversion top 00*255", `${at}"00*255" is not 256 bytes in hexadecimal digits`],
  ])("%s", (line, message) => expect(messageOf(line)).toBe(message));

  it("of the head", () => {
    const open =
      (...lines: string[]) =>
      () =>
        parseTextTrace(lines.map((line) => `${line}\n`).join(""), "a.txt");
    expect(open()).toThrow('a.txt:1: not a trace as text, which begins with "# ppu trace, text form 1"');
    expect(open("# ppu trace, text form 9")).toThrow("a.txt:1: text form 9 is not known, only form 1 is");
    expect(open(...head.slice(0, 3))).toThrow('a.txt:3: the line "# chip seed: …" is missing');
    expect(open(...head, "# symbol: 100 4 function main")).toThrow(
      /^a.txt:\d+: a symbol is written as address, size/,
    );
    expect(open(...head, "# initial top: r99=0x1")).toThrow(/there is no register "r99"/);
    expect(open(...head.map((line) => line.replace("# has: ", "# has: colour ")))).toThrow(
      /"colour" is none of cycles/,
    );
  });

  it("whatever is changed in a text, nothing else is thrown", () => {
    const text = traceText(fc.sample(anyTrace({ maxLength: 8 }), { numRuns: 1, seed: 9 })[0]);
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.nat(20),
        fc.string({ unit: "binary", maxLength: 6 }),
        (from, length, put) => {
          try {
            const read = parseTextTrace(text.slice(0, from) + put + text.slice(from + length));
            for (const ppu of PPUS) for (const _ of read.records(ppu));
          } catch (error) {
            expect(error).toBeInstanceOf(TraceError);
            expect((error as Error).message).not.toContain("\n");
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("reads well", () => {
  it("absolute and symbolic", () => {
    const trace = runTrace({ top: assembled(PROGRAM) });
    expect(traceText(trace)).toMatchInlineSnapshot(`
      "# ppu trace, text form 1
      # program: program.s
      # chip: calibrated
      # chip seed: 0
      # noise seed: 0
      # timing: chip
      # ppus: top
      # has: cycles writes accesses stalls vectors
      # symbol: 00000040     32 function start
      # symbol: 00000048     16 label    loop
      # symbol: 00000058      8 label    end
      # symbol: 00000060     24 function r3
      # symbol: 00000078     12 function reset
      # symbol: 00000084      4 function twice
      top            3  00000000                            48000040 b          start
      top            8  00000040 <start>                    38800005 li         r4, 5                 ; r4=0x5
      top            9  00000044 <start+0x4>                7c8903a6 mtctr      r4                    ; ctr=0x5
      top           10  00000048 <loop>                     38630001 addi       r3, r3, 1             ; r3=0x1
      top           11  0000004c <loop+0x4>                 4200fffc bdnz       loop                  ; ctr=0x4
      top           16  00000048 <loop>                     38630001 addi       r3, r3, 1             ; r3=0x2
      top           17  0000004c <loop+0x4>                 4200fffc bdnz       loop                  ; ctr=0x3
      top           18  00000048 <loop>                     38630001 addi       r3, r3, 1             ; r3=0x3
      top           19  0000004c <loop+0x4>                 4200fffc bdnz       loop                  ; ctr=0x2
      top           20  00000048 <loop>                     38630001 addi       r3, r3, 1             ; r3=0x4
      top           21  0000004c <loop+0x4>                 4200fffc bdnz       loop                  ; ctr=0x1
      top           22  00000048 <loop>                     38630001 addi       r3, r3, 1             ; r3=0x5
      top           23  0000004c <loop+0x4>                 4200fffc bdnz       loop                  ; ctr=0x0
      top           28  00000050 <loop+0x8>                 48000011 bl         r3                    ; lr=0x54
      top           33  00000060 <r3>                       7c0802a6 mflr       r0                    ; r0=0x54
      top           34  00000064 <r3+0x4>                   90010004 stw        r0, 4(r1)             ; [0x4]<-0x00000054
      top           35  00000068 <r3+0x8>                   48000011 bl         reset                 ; lr=0x6c
      top           40  00000078 <reset>                    80a00090 lwz        r5, 144(0)            ; r5=0x1 [0x90]->0x00000001
      top           41  0000007c <reset+0x4>                80c00094 lwz        r6, 148(0)            ; r6=0x2 [0x94]->0x00000002
      top           42  00000080 <reset+0x8>                4e800020 blr
      top           47  0000006c <r3+0xc>                   80010004 lwz        r0, 4(r1)             ; r0=0x54 [0x4]->0x00000054
      top           53  00000070 <r3+0x10>                  7c0803a6 mtlr       r0                    ; lr=0x54 +5 register r0
      top           55  00000074 <r3+0x14>                  4e800020 blr                              ; +1 special lr
      top           60  00000054 <loop+0xc>                 48000031 bl         twice                 ; lr=0x58
      top           65  00000084 <twice>                    4e800020 blr
      top           70  00000058 <end>                      7c00007c wait
      # end: cycle 80, instructions 26 0, finished
      "
    `);
    expect(traceText(trace, FORMS[1])).toMatchInlineSnapshot(`
      "# ppu trace, text form 1
      # program: program.s
      # chip: calibrated
      # chip seed: 0
      # noise seed: 0
      # timing: chip
      # ppus: top
      # has: cycles writes accesses stalls vectors
      # symbol: 00000040     32 function start
      # symbol: 00000048     16 label    loop
      # symbol: 00000058      8 label    end
      # symbol: 00000060     24 function r3
      # symbol: 00000078     12 function reset
      # symbol: 00000084      4 function twice
      # symbol: 00000090     12 data     table
      top           +3  00000000                   b          start
      top           +5  <start>                    li         r4, 5                 ; r4=0x5
      top           +1  <start+0x4>                mtctr      r4                    ; ctr=0x5
      top           +1  <loop>                     addi       r3, r3, 1             ; r3=0x1
      top           +1  <loop+0x4>                 bdnz       loop                  ; ctr=0x4
      top           +5  <loop>                     addi       r3, r3, 1             ; r3=0x2
      top           +1  <loop+0x4>                 bdnz       loop                  ; ctr=0x3
      top           +1  <loop>                     addi       r3, r3, 1             ; r3=0x3
      top           +1  <loop+0x4>                 bdnz       loop                  ; ctr=0x2
      top           +1  <loop>                     addi       r3, r3, 1             ; r3=0x4
      top           +1  <loop+0x4>                 bdnz       loop                  ; ctr=0x1
      top           +1  <loop>                     addi       r3, r3, 1             ; r3=0x5
      top           +1  <loop+0x4>                 bdnz       loop                  ; ctr=0x0
      top           +5  <loop+0x8>                 bl         r3                    ; lr=loop+0xc
      top           +5  <r3>                       mflr       r0                    ; r0=loop+0xc
      top           +1  <r3+0x4>                   stw        r0, 4(r1)             ; [0x4]<-loop+0xc
      top           +1  <r3+0x8>                   bl         reset                 ; lr=r3+0xc
      top           +5  <reset>                    lwz        r5, 144(0)            ; r5=0x1 [table]->0x00000001
      top           +1  <reset+0x4>                lwz        r6, 148(0)            ; r6=0x2 [table+0x4]->0x00000002
      top           +1  <reset+0x8>                blr
      top           +5  <r3+0xc>                   lwz        r0, 4(r1)             ; r0=loop+0xc [0x4]->loop+0xc
      top           +6  <r3+0x10>                  mtlr       r0                    ; lr=loop+0xc +5 register r0
      top           +2  <r3+0x14>                  blr                              ; +1 special lr
      top           +5  <loop+0xc>                 bl         twice                 ; lr=end
      top           +5  <twice>                    blr
      top           +5  <end>                      wait
      # end: cycle 80, instructions 26 0, finished
      "
    `);
  });

  it("a function that has moved changes no line but those of the symbols", () => {
    const moved = PROGRAM.replace("r3: mflr", "unused: nop\n  nop\nr3: mflr").replace(
      ".data",
      ".data\n  .align 6",
    );
    const lines = [PROGRAM, moved].map((source) => [
      ...traceLines(runTrace({ top: assembled(source) }), FORMS[1]),
    ]);
    const [before, after] = lines.map((list) => list.filter((line) => !line.startsWith("# symbol")));
    const loads = /lwz {8}r[56], \d+\(0\)/;
    expect(before.filter((line) => loads.test(line))).toHaveLength(2);
    const masked = (list: readonly string[]) => list.map((line) => line.replace(loads, "lwz"));
    expect(masked(after)).toEqual(masked(before));
    expect(lines[0]).not.toEqual(lines[1]);
  });

  it("shortened vectors and values that were not asked for", () => {
    const record: TraceRecord = {
      ...{ kind: "instruction", ppu: "top", cycle: 12, pc: 0x100, word: 0x7c642a14 },
      writes: [
        { register: "r3", value: 5 },
        { register: "v1", value: Uint8Array.from({ length: 128 }, (_, n) => n) },
      ],
      accesses: [{ port: "scalar", address: 0x2000, bytes: 2, write: false, value: 7 }],
      stalls: [{ cause: "register", cycles: 3, register: "r5" }],
    };
    const line = (options: Parameters<typeof formatRecord>[1]) =>
      formatRecord(record, options).split(" ; ")[1];
    expect(line({ short: true })).toBe(
      "r3=0x5 v1=000102030405060708090a0b0c0d0e0f... [0x2000]->0x0007 +3 register r5",
    );
    expect(line({ registers: new Set(["r3"]), stalls: false, accesses: false })).toBe("r3=0x5");
    expect(formatRecord(record, { registers: new Set(), stalls: false, accesses: false })).toBe(
      "top           12  00000100 7c642a14 add        r3, r4, r5",
    );
  });
});
