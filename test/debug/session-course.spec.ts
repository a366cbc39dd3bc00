/** However a session walks, forwards and backwards, it is always the one course of the chip. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DebugSession, Position } from "../../src/debug/index.ts";
import { programs, SHARED, sessionOf } from "./session-programs.ts";
import { digestOf } from "./session-state.ts";

const key = ({ instructions, cycle, ppu }: Position) => `${instructions.join("/")} ${ppu ?? "-"} ${cycle}`;

interface Walk {
  readonly text: string;
  readonly go: (session: DebugSession) => Promise<unknown>;
}
const make = (text: string, go: Walk["go"]): Walk => ({ text, go });
const ppu = fc.constantFrom("top" as const, "bottom" as const);
const few = fc.integer({ min: 1, max: 40 });
const walk: fc.Arbitrary<Walk> = fc.oneof(
  fc
    .tuple(ppu, few)
    .map(([name, n]) => make(`step ${name} ${n}`, (session) => session.stepInstruction(name, n))),
  few.map((n) => make(`step both ${n}`, (session) => session.stepInstruction("both", Math.ceil(n / 8)))),
  fc
    .tuple(ppu, few)
    .map(([name, n]) => make(`back ${name} ${n}`, (session) => session.reverseStepInstruction(name, n))),
  fc
    .tuple(ppu, few)
    .map(([name, n]) =>
      make(`cycle ${name} +${7 * n}`, (session) =>
        session.runTo({ cycle: session.chip.ppuCycle(name) + 7 * n }, name),
      ),
    ),
  fc.constant(make("reverse continue", (session) => session.reverseContinue())),
  fc.constant(make("continue", (session) => session.resume())),
  fc.tuple(ppu, few, fc.boolean()).map(([name, n, back]) =>
    make(`break ${name} ${n} ${back ? "backwards" : ""}`, async (session) => {
      const { id } = session.addBreakpoint({ address: 0x90 + 4 * n }, { ppus: name });
      await (back ? session.reverseContinue() : session.resume());
      session.removeBreakable(id);
    }),
  ),
);

describe("the course", () => {
  it("is the same for every walk through it", async () => {
    await fc.assert(
      fc.asyncProperty(programs, fc.array(walk, { minLength: 3, maxLength: 14 }), async (images, walks) => {
        const session = sessionOf(images, { checkpointInterval: 150 });
        const taken: string[] = [];
        const seen = new Map<string, { digest: Record<string, string>; position: Position }>();
        const look = (position: Position) => {
          const digest = digestOf(session.chip);
          const known = seen.get(key(position));
          if (known) expect(digest, `${taken.join(", ")}: ${key(position)}`).toEqual(known.digest);
          else seen.set(key(position), { digest, position });
        };
        for (const step of walks) {
          taken.push(step.text);
          await step.go(session);
          look(session.position);
        }
        for (const { position } of seen.values()) {
          await session.goTo(position);
          expect(key(session.position)).toBe(key(position));
          look(session.position);
        }
        // The same end as without any debugger.
        expect((await session.resume()).reason).toBe("asleep");
        const plain = sessionOf(images).chip;
        plain.run({ stopAsleep: true });
        expect(session.chip.cycle).toBe(plain.cycle);
        expect(digestOf(session.chip)).toEqual(digestOf(plain));
      }),
      { numRuns: 10, seed: 11, endOnFailure: true },
    );
  });

  it("can be gone back to everywhere, with the changes of the user in it", async () => {
    const address = fc.integer({ min: 0, max: 30 }).map((n) => SHARED + 4 * n);
    const change: fc.Arbitrary<(session: DebugSession) => void> = fc.oneof(
      ppu.map((name) => (session: DebugSession) => session.ringDoorbell(name)),
      fc.tuple(ppu, few).map(
        ([name, n]) =>
          (session: DebugSession) =>
            session.setPins(name, n & 15),
      ),
      fc.tuple(ppu, few).map(
        ([name, n]) =>
          (session: DebugSession) =>
            session.writeRegister(name, "r20", n & 7),
      ),
      fc.tuple(ppu, address).map(
        ([name, at]) =>
          (session: DebugSession) =>
            session.writeMemory(name, at, Uint8Array.of(1, 2, 3, 4)),
      ),
      fc.tuple(ppu, few).map(
        ([name, n]) =>
          (session: DebugSession) =>
            void session.assign(`${name}.v2.b[${n}]`, `${n}`),
      ),
      ppu.map((name) => (session: DebugSession) => session.change("reset", (chip) => chip.reset(name))),
    );
    const moves = fc.array(fc.tuple(ppu, fc.integer({ min: 1, max: 90 }), fc.option(change)), {
      minLength: 3,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(programs, moves, fc.infiniteStream(fc.nat()), async (images, list, order) => {
        const session = sessionOf(images, { checkpointInterval: 100 });
        const seen: { position: Position; digest: Record<string, string> }[] = [];
        const look = () => seen.push({ position: session.position, digest: digestOf(session.chip) });
        for (const [name, count, apply] of list) {
          await session.stepInstruction(name, count);
          look();
          if (!apply) continue;
          apply(session);
          look();
        }
        await session.resume();
        look();
        for (let visit = 0; visit < 12; visit++) {
          const { position, digest } = seen[order.next().value % seen.length];
          await session.goTo(position);
          expect(session.position).toEqual(position);
          expect(digestOf(session.chip)).toEqual(digest);
        }
        // Running on makes the same changes at the same places again.
        await session.goTo(seen[0].position);
        const last = seen[seen.length - 1];
        while (session.position.changes < last.position.changes || session.stop.reason !== "asleep")
          await session.resume();
        expect(digestOf(session.chip)).toEqual(last.digest);
      }),
      { numRuns: 10, seed: 4, endOnFailure: true },
    );
  });
});
