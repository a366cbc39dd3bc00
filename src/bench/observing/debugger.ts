/** A debug session whose breakpoints and watchpoints are never hit, and a step back after ten million instructions. */
import { DebugSession } from "../../debug/index.ts";
import { assemble } from "../../toolchain/assembler/index.ts";
import { median, medianRatio, processorSeconds, takeWarmTurns, timed } from "../turns.ts";
import type { BenchContext, Row } from "../types.ts";

const PLAIN = "the same session without";
/** Rounds of the loop in 65536: six instructions each. */
const LONG_LOOP = 26;
const SHORT_LOOP = 13;

const image = (rounds: number) =>
  assemble(
    `
  lis r5, ${rounds}
  mtctr r5
  li r6, 0x1000
loop:
  addi r3, r3, 1
  xor r4, r3, r4
  stw r4, 0(r6)
  lwz r7, 0(r6)
  add r8, r7, r3
  bdnz loop
never: wait
  b never
`,
    "loop.s",
  );

const openSession = (rounds: number) =>
  new DebugSession({ image: image(rounds), load: "top", chip: { ideal: true } });

const STOPS: Readonly<Record<string, (session: DebugSession) => unknown>> = {
  plain: () => undefined,
  "a breakpoint never reached": (session) => session.addBreakpoint({ address: 0x2000 }),
  "a watch on memory nobody writes": (session) =>
    session.addWatchpoint({ kind: "memory", ppu: "top", address: 0x2000, length: 4 }),
  "a watch on a register nobody writes": (session) =>
    session.addWatchpoint({ kind: "register", ppu: "top", name: "r20" }),
  "a watch on a vector lane": (session) =>
    session.addWatchpoint({ kind: "vector", ppu: "top", register: 3, lane: { type: "h", index: 17 } }),
  "a watch on saturation": (session) => session.addWatchpoint({ kind: "saturation", ppu: "top" }),
};

export async function debuggerRows({ long }: BenchContext): Promise<Row[]> {
  const turns = long ? 7 : 3;
  const sides = Object.entries(STOPS).map(([name, prepare]) => {
    const side = async () => {
      const session = openSession(long ? LONG_LOOP : SHORT_LOOP);
      prepare(session);
      return processorSeconds(() => session.resume());
    };
    return [name, side] as const;
  });
  const times = await takeWarmTurns(turns, Object.fromEntries(sides));
  const costs = Object.keys(STOPS)
    .filter((name) => name !== "plain")
    .map((name): Row => {
      const value = medianRatio(times[name], times.plain);
      return { name: `session: ${name}`, value, unit: "x time", peer: PLAIN };
    });
  const back: [number[], number[]] = [[], []];
  let session = openSession(LONG_LOOP);
  for (let turn = 0; turn < (long ? turns : 1); turn++) {
    session = openSession(LONG_LOOP);
    await session.resume();
    for (const list of back) list.push((await timed(() => session.reverseStepInstruction())).seconds);
  }
  const { instructions, checkpoints, bytes } = session.history;
  const after = `after ${(instructions / 1e6).toFixed(0)} million instructions`;
  return [
    ...costs,
    { name: `step back ${after}`, value: 1000 * median(back[0]), unit: "ms" },
    { name: "next step back", value: 1000 * median(back[1]), unit: "ms" },
    { name: `checkpoints ${after}`, value: checkpoints, unit: "checkpoints" },
    { name: `memory of checkpoints ${after}`, value: bytes / 2 ** 20, unit: "MiB" },
  ];
}
