/** Calls found from records, compared with the debugger's unwinder, which reads the stack in memory instead. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createProgramSymbols } from "../../src/debug/symbols/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { compileSource } from "../../src/toolchain/compile.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { type CallChange, CallTracker } from "../../src/trace/calls.ts";
import { functionsOf } from "../../src/trace/functions.ts";
import type { GapRecord, InstructionRecord, TraceRecord } from "../../src/trace/model.ts";
import { machineOf } from "../debug/symbols-machine.ts";

const instruction = (cycle: number, pc: number, word: number): InstructionRecord => ({
  ...{ kind: "instruction", ppu: "top", cycle, pc, word: word | 0, writes: [], accesses: [], stalls: [] },
});
const gap = (cycle: number): GapRecord => ({
  ...{ kind: "gap", ppu: "top", cycle, instructions: undefined, reason: "filter" },
});

/** Runs an image from address 0 until the pc is `end` and gives its records; `look` sees each before it is executed. */
function run(image: Image, end: string, look: (record: TraceRecord) => void = () => {}): TraceRecord[] {
  const machine = machineOf(image);
  machine.ppu.pc = 0;
  const records: TraceRecord[] = [];
  const push = (record: TraceRecord) => {
    records.push(record);
    look(record);
  };
  const entry = image.symbols.find(({ name }) => name === end)!.address;
  machine.ppu.observer = {
    retire(cycle, pc, word) {
      push(instruction(cycle, pc, word));
      if (pc === entry) machine.ppu.requestStop();
    },
    exception: (cycle, vector, returnAddress) =>
      push({ kind: "exception", ppu: "top", cycle, vector, returnAddress }),
  };
  machine.ppu.run(1e6);
  expect(records.at(-1)).toMatchObject({ pc: entry });
  return records;
}

/** `+name` for an enter, `-name` for a leave, with the kind where it is not a call. */
const told = ({ kind, frame }: CallChange): string =>
  `${kind === "enter" ? "+" : "-"}${frame.function.name}${kind === "leave" || frame.kind === "call" ? "" : ` ${frame.kind}`}`;

function story(image: Image, records: Iterable<TraceRecord>): string[] {
  const tracker = new CallTracker("top", functionsOf(image));
  return [...records].flatMap((record) => tracker.push(record).map(told));
}

const FIRMWARE = `
import { disableInterrupts, enableInterrupts, stopTimers } from "ppu/interrupts";
import { mtspr } from "ppu/intrinsics";
let ticks: i32 = 0;
function mix(a: i32, b: i32): i32 {
  let s = a * 3;
  for (let i = 0; i < b; i++) { s ^= s << 1; s += i; }
  return s;
}
function recurse(n: i32, k: i32): i32 {
  if (n == 0) return mix(k, 3);
  const here = mix(n, 2);
  return recurse(n - 1, k + here) + here;
}
export function isr_dec(): void { mtspr(336, 0x08000000); ticks += mix(ticks & 3, 1); }
export function main(): i32 {
  mtspr(54, 397); mtspr(22, 397); mtspr(340, 0x04400000);
  enableInterrupts();
  let sum = 0;
  for (let i = 0; i < 6; i++) sum += recurse(i, sum & 7);
  disableInterrupts();
  stopTimers();
  return sum;
}
`;

describe("firmware with interrupts and recursion", () => {
  let image: Image;
  beforeAll(async () => {
    ({ image } = await compileSource(FIRMWARE, {}));
  });

  it("agrees with the unwinder at every instruction", () => {
    const symbols = createProgramSymbols(image);
    const machine = machineOf(image);
    machine.ppu.pc = 0;
    const tracker = new CallTracker("top", functionsOf(image));
    const [exit] = symbols.findFunctions("exit");
    const seen = { deepest: 0, interrupted: 0 };
    machine.ppu.observer = {
      retire(cycle, pc, word) {
        tracker.push(instruction(cycle, pc, word));
        if (pc === exit.entry) return machine.ppu.requestStop();
        // The vectors themselves have no frame yet.
        if (pc < 0x34) return;
        const { frames } = symbols.backtrace(machine.registers, machine.memory);
        const unwound = frames.map(({ name, kind, pc: at }) => ({
          name,
          interrupt: kind === "interrupt",
          at,
        }));
        const { stack } = tracker;
        const tracked = stack.toReversed().map(({ function: { name }, vector }, n) => ({
          name,
          interrupt: vector !== undefined,
          at: n === 0 ? pc : stack[stack.length - n].returnAddress,
        }));
        expect(tracked).toEqual(unwound);
        seen.deepest = Math.max(seen.deepest, stack.length);
        if (stack.some(({ vector }) => vector !== undefined)) seen.interrupted++;
      },
      exception: (cycle, vector, returnAddress) =>
        void tracker.push({ kind: "exception", ppu: "top", cycle, vector, returnAddress }),
    };
    machine.ppu.run(1e6);
    expect(machine.ppu.pc).toBe(exit.entry + 4);
    expect(seen.deepest).toBeGreaterThan(8);
    expect(seen.interrupted).toBeGreaterThan(50);
  });

  it("finds its way again behind gaps at any place", () => {
    const records = run(image, "exit");
    const functions = functionsOf(image);
    const whole = new CallTracker("top", functions);
    const reference = records.map((record) => {
      whole.push(record);
      return whole.stack.map((frame) => frame.function.name);
    });
    fc.assert(
      fc.property(fc.integer({ min: 5, max: records.length - 300 }), fc.nat(200), (from, length) => {
        const tracker = new CallTracker("top", functions);
        for (const record of records.slice(0, from)) tracker.push(record);
        tracker.push(gap(records[from + length].cycle));
        for (const record of records.slice(from + length)) tracker.push(record);
        expect(tracker.stack.map((frame) => frame.function.name)).toEqual(reference.at(-1));
        expect(tracker.stack.length).toBeLessThan(20);
      }),
      { numRuns: 60 },
    );
  });
});

describe("ways of control in assembly", () => {
  const program = (body: string) =>
    assemble(
      `  .global start, f, g, h, end
  b start
  .org 0x40
start:
${body}
end: wait
  b end
`,
      "calls.s",
    );
  const storyOf = (body: string) => {
    const image = program(body);
    return story(image, run(image, "end"));
  };

  it("calls, calls through registers, conditional returns, recursion", () => {
    const body = `  bl f
  lis r9, g@ha
  addi r9, r9, g@l
  mtctr r9
  bctrl
  b end
f: cmpwi r3, 0
  bnelr
  mflr r31
  li r3, 1
  bl f
  mtlr r31
  blr
g: blr
`;
    expect(storyOf(body)).toEqual([
      ...["+0x00000000 start", "-0x00000000", "+start tail", "+f", "+f", "-f", "-f", "+g", "-g"],
      ...["-start", "+end tail"],
    ]);
  });

  it("tail calls return to the caller of the function left; jumps inside a function are none", () => {
    const body = `  bl f
  bl f
  b end
f: b inside
inside: lis r9, there@ha
  addi r9, r9, there@l
  mtctr r9
  bctr
there: b g
g: addi r3, r3, 1
h: blr
`;
    const once = ["+f", "-f", "+g tail", "-g", "+h tail", "-h"];
    expect(storyOf(body).slice(3, -2)).toEqual([...once, ...once]);
  });

  it("a return over several frames leaves them all, from inside to outside", () => {
    const body = `  bl f
  b end
f: mflr r31
  bl g
g: bl h
h: mtlr r31
  blr
`;
    // bl g and bl h lead to the next address: they are as good as no branch.
    expect(storyOf(body).slice(3, -2)).toEqual(["+f", "-f", "+g tail", "-g", "+h tail", "-h"]);
    const apart = `  bl f
  b end
f: mflr r31
  bl g
  trap
g: bl h
  trap
h: mtlr r31
  blr
`;
    expect(storyOf(apart).slice(3, -2)).toEqual(["+f", "+g", "+h", "-h", "-g", "-f"]);
  });

  it("a return to another place of the caller, and a jump out of a function whose caller is not known", () => {
    const body = `  bl f
  trap
  lis r9, g@ha
  addi r9, r9, g@l
  mtlr r9
  blr
f: mflr r4
  addi r4, r4, 4
  mtlr r4
  blr
g: b end
`;
    expect(storyOf(body).slice(3)).toEqual(["+f", "-f", "-start", "+g start", "-g", "+end tail"]);
  });

  it("a trace that begins inside a call goes on in its caller", () => {
    const image = program("  bl f\n  b end\nf: mflr r31\n  bl g\n  mtlr r31\n  blr\ng: nop\n  blr\n");
    const records = run(image, "end");
    const inside = records.findIndex((r) => r.kind === "instruction" && r.pc === 0x58);
    expect(story(image, records.slice(inside + 1))).toEqual([
      ...["+g start", "-g", "+f start", "-f", "+start start", "-start", "+end tail"],
    ]);
  });

  it("without symbols functions are where calls go", () => {
    const image = { ...program("  bl f\n  b end\nf: nop\n  b g\ng: blr\n"), symbols: [] };
    const records = run(program("  bl f\n  b end\nf: nop\n  b g\ng: blr\n"), "end");
    expect(story(image, records)).toEqual(["+0x00000000 start", "+0x00000048", "-0x00000048"]);
  });

  it("a reset leaves everything", () => {
    const image = program("  bl f\n  b end\nf: nop\n  blr\n");
    const records = run(image, "end").slice(0, 3);
    expect(story(image, [...records, { kind: "reset", ppu: "top", cycle: 99 }]).slice(-2)).toEqual([
      "-f",
      "-start",
    ]);
  });
});

describe("any records", () => {
  const pc = fc.integer({ min: 0, max: 40 }).map((n) => 4 * n);
  // bl, b, bclr, bclrl, bcctr, bcctrl, rfi, nop
  const word = fc.constantFrom(
    ...[0x48000001, 0x48000000, 0x4e800020, 0x4e800021, 0x4e800420, 0x4e800421, 0x4c000064, 0x60000000],
  );
  const record: fc.Arbitrary<(cycle: number) => TraceRecord> = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.tuple(pc, word).map(
        ([at, w]) =>
          (cycle: number) =>
            instruction(cycle, at, w),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(0x14, 0x18, 0x1c, 0x24), pc).map(
        ([vector, returnAddress]) =>
          (cycle: number): TraceRecord => ({
            ...{ kind: "exception", ppu: "top", cycle, vector, returnAddress },
          }),
      ),
    },
    { weight: 1, arbitrary: fc.constant((cycle: number): TraceRecord => gap(cycle)) },
  );

  it("enters and leaves nest, end empty, and the stack is what they say", () => {
    const image = assemble(
      Array.from({ length: 10 }, (_, n) => `.global f${n}\nf${n}: nop\n nop\n nop\n nop\n`).join(""),
      "f.s",
    );
    const functions = functionsOf(image);
    fc.assert(
      fc.property(fc.array(record, { maxLength: 120 }), (makers) => {
        const tracker = new CallTracker("top", functions);
        const open: unknown[] = [];
        let before = 0;
        const apply = (changes: readonly CallChange[]) => {
          for (const { kind, frame, cycle } of changes) {
            expect(cycle).toBeGreaterThanOrEqual(before);
            before = cycle;
            if (kind === "enter") open.push(frame);
            else expect(open.pop()).toBe(frame);
          }
        };
        makers.forEach((make, n) => {
          const made = make(3 * n);
          apply(tracker.push(made));
          expect(tracker.stack).toEqual(open);
          if (made.kind === "instruction") {
            const there = functions(made.pc);
            if (there) expect(tracker.top?.function).toBe(there);
          }
        });
        apply(tracker.finish(1e6));
        expect(open).toEqual([]);
        expect(tracker.stack).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("endless recursion does not need endless memory", () => {
    const tracker = new CallTracker("top");
    let enters = 0;
    for (let n = 0; n < 20_000; n++) {
      for (const { kind } of tracker.push(instruction(n, n % 2 === 0 ? 0x100 : 0x200, 0x48000001))) {
        if (kind === "enter") enters++;
      }
    }
    expect(enters).toBe(20_000);
    expect(tracker.stack.length).toBeLessThanOrEqual(4096);
  });
});
