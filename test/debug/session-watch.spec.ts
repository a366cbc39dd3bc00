/** Watchpoints stop exactly where single steps see a change; the last writer is the last one that single steps saw. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DebugSession, type PpuName, type WatchTarget } from "../../src/debug/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { DATA, programs, SHARED, sessionOf } from "./session-programs.ts";

const ppu = fc.constantFrom<PpuName>("top", "bottom");
const lane = (count: number) => fc.integer({ min: 0, max: count - 1 });

const target: fc.Arbitrary<WatchTarget> = fc.oneof(
  fc
    .tuple(ppu, fc.integer({ min: 3, max: 9 }))
    .map(([name, n]): WatchTarget => ({ kind: "register", ppu: name, name: `r${n}` })),
  fc
    .tuple(ppu, fc.constantFrom("cr0", "cr1", "cr", "xer", "lr", "ctr", "srr0", "msr"))
    .map(([name, register]): WatchTarget => ({ kind: "register", ppu: name, name: register })),
  fc.tuple(ppu, lane(6)).map(([name, register]): WatchTarget => ({ kind: "vector", ppu: name, register })),
  fc.tuple(ppu, lane(6), fc.constantFrom("b" as const, "h" as const), lane(64)).map(
    ([name, register, type, index]): WatchTarget => ({
      kind: "vector",
      ppu: name,
      register,
      lane: { type, index },
    }),
  ),
  fc.tuple(ppu, fc.option(lane(64), { nil: undefined })).map(
    ([name, index]): WatchTarget => ({
      kind: "accumulator",
      ppu: name,
      ...(index !== undefined && { lane: index }),
    }),
  ),
  ppu.map((name): WatchTarget => ({ kind: "conditions", ppu: name })),
  fc
    .tuple(ppu, fc.constantFrom(DATA, SHARED), lane(90), fc.constantFrom(1, 2, 4, 13))
    .map(
      ([name, base, at, length]): WatchTarget => ({ kind: "memory", ppu: name, address: base + at, length }),
    ),
  fc
    .tuple(ppu, lane(128))
    .map(([name, at]): WatchTarget => ({ kind: "memory", ppu: name, address: DATA + 128 + at, length: 4 })),
  fc
    .tuple(ppu, lane(128))
    .map(([name, at]): WatchTarget => ({ kind: "memory", ppu: name, address: 0x40000000 + at, length: 2 })),
  ppu.map((name): WatchTarget => ({ kind: "synapses", hemisphere: name, row: 12 })),
  fc.tuple(ppu, lane(256)).map(
    ([name, column]): WatchTarget => ({
      kind: "synapses",
      hemisphere: name,
      row: 12,
      columns: [column, column],
    }),
  ),
  ppu.map(
    (name): WatchTarget => ({
      kind: "expression",
      ppu: name,
      text: `mem32(${DATA + 80}) + r19 * 3 > 20 ? v1.b[5] : r5`,
    }),
  ),
);

/** Value of a target by plain inspection. */
function contentsOf(session: DebugSession, watched: WatchTarget): string {
  const { chip } = session;
  switch (watched.kind) {
    case "memory":
      return `${session.readMemory(watched.ppu, watched.address, watched.length)}`;
    case "register":
      return `${session.readRegister(watched.ppu, watched.name)}`;
    case "vector": {
      const bytes = chip.ppus[watched.ppu].vector(watched.register);
      if (!watched.lane) return `${bytes}`;
      const { type, index } = watched.lane;
      return type === "b" ? `${bytes[index]}` : `${bytes[2 * index]},${bytes[2 * index + 1]}`;
    }
    case "accumulator": {
      const words = session.readRegister(watched.ppu, "acc") as Int32Array;
      return watched.lane === undefined ? `${words}` : `${words[watched.lane]}`;
    }
    case "conditions":
      return ["gt", "lt", "eq"].map((name) => `${session.readRegister(watched.ppu, `vcr.${name}`)}`).join();
    case "synapses": {
      const [first, last] = watched.columns ?? [0, 255];
      return `${session.synapseRow(watched.hemisphere, "weights", watched.row).subarray(first, last + 1)}`;
    }
    case "expression":
      return session.evaluate(watched.text, { ppu: watched.ppu }).text;
    default:
      return "";
  }
}

interface Change {
  readonly instructions: string;
  readonly ppu: PpuName;
}

/** Executes the course one instruction of the chip after the other and notes what changes a value. */
function bruteForce(session: DebugSession, watched: WatchTarget): Change[] {
  const { chip } = session;
  const changes: Change[] = [];
  let before = contentsOf(session, watched);
  for (;;) {
    const result = chip.run({
      boundaries: (["top", "bottom"] as const).map((name) => {
        const instructions: [number, number] = [0, 0];
        instructions[name === "top" ? 0 : 1] = chip.instructions(name) + 1;
        return { ppu: name, instructions, cycle: 0, windowEnd: 0 };
      }),
      stopAsleep: true,
    });
    if (result.reason !== "goal") return changes;
    const after = contentsOf(session, watched);
    if (after !== before)
      changes.push({
        instructions: `${chip.instructions("top")}/${chip.instructions("bottom")}`,
        ppu: result.ppu!,
      });
    before = after;
  }
}

describe("a watchpoint", () => {
  it("stops at exactly the instructions that change its target", async () => {
    await fc.assert(
      fc.asyncProperty(programs, target, async (images, watched) => {
        const expected = bruteForce(sessionOf(images), watched);
        const session = sessionOf(images);
        session.addWatchpoint(watched);
        const found: Change[] = [];
        const values: string[] = [];
        for (;;) {
          const stop = await session.resume();
          if (stop.reason !== "watch") break;
          found.push({ instructions: stop.position.instructions.join("/"), ppu: stop.ppu });
          values.push(contentsOf(session, watched));
        }
        expect(found).toEqual(expected);
        // The way back finds the same hits, each one in front of the instruction.
        for (const change of found.toReversed()) {
          const stop = await session.reverseContinue();
          expect(stop.reason).toBe("watch");
          await session.stepInstruction(stop.ppu);
          expect(session.position.instructions.join("/")).toBe(change.instructions);
          expect(contentsOf(session, watched)).toBe(values.pop());
          await session.goTo(stop.position);
        }
        expect((await session.reverseContinue()).reason).toBe("historyStart");
      }),
      { numRuns: 20, seed: 3, endOnFailure: true },
    );
  });

  it("finds reads and any access of memory, over each port and from both PPUs", async () => {
    const text = `
      li r3, 0x100
      lwz r4, 0(r3)
      stw r4, 0(r3)
      lbz r4, 3(r3)
      fxvlax v1, 0, r3
      fxvstax v1, 0, r3
      fxvinx v2, 0, r5
      lis r6, 8
      fxvinx v2, 0, r6
      b .
    `;
    const image = assemble(text, "reads.s");
    const pcs = async (watched: WatchTarget, access: "read" | "write" | "access") => {
      const session = new DebugSession({ image, load: "top", chip: { ideal: true } });
      session.addWatchpoint(watched, access);
      const list: string[] = [];
      for (;;) {
        const stop = await session.runTo({ cycle: 3000 });
        if (stop.reason !== "watch") return list;
        list.push(`${stop.hits[0].access} ${stop.hits[0].pc}`);
      }
    };
    const memory = { kind: "memory", ppu: "top", address: 0x102, length: 2 } as const;
    expect(await pcs(memory, "read")).toEqual(["read 4", "read 12", "read 16"]);
    expect(await pcs(memory, "access")).toEqual(["read 4", "write 8", "read 12", "read 16", "write 20"]);
    expect(await pcs(memory, "write")).toEqual([]);
    expect(await pcs({ kind: "synapses", hemisphere: "top", row: 0 }, "read")).toEqual(["read 24"]);
    expect(await pcs({ kind: "cadc", hemisphere: "top" }, "read")).toEqual(["read 32"]);
  });
});

describe("who wrote", () => {
  it("names the last instruction that has changed a target", async () => {
    await fc.assert(
      fc.asyncProperty(programs, target, async (images, watched) => {
        fc.pre(watched.kind !== "expression");
        const expected = bruteForce(sessionOf(images), watched);
        const session = sessionOf(images, { checkpointInterval: 200 });
        await session.resume();
        const end = session.position;
        const writer = await session.whoWrote(watched);
        expect(session.position).toEqual(end);
        const last = expected.at(-1);
        if (!writer) {
          expect(last).toBeUndefined();
          return;
        }
        // Writing the same value again is a write too, so that the writer may be later than the last change.
        await session.goTo(writer.before);
        expect(session.chip.ppus[writer.ppu!].pc).toBe(writer.pc);
        const at = session.position.instructions;
        await session.stepInstruction(writer.ppu!);
        const [top, bottom] = last?.instructions.split("/").map(Number) ?? [0, 0];
        const after = session.position.instructions;
        expect(after[0] + after[1]).toBeGreaterThanOrEqual(top + bottom);
        expect(at[0] + at[1]).toBeLessThan(end.instructions[0] + end.instructions[1]);
      }),
      { numRuns: 15, seed: 5, endOnFailure: true },
    );
  });
});
