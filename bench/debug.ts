/**
 * The debugger: how long a step back takes after ten million instructions, and what a run costs with breakpoints and
 * watchpoints that are never hit, as ratios to a run without any. Times are of this host; ratios are medians.
 */
import { DebugSession } from "../src/debug/index.ts";
import { assemble } from "../src/toolchain/assembler/index.ts";

const long = process.argv.includes("--long");
const ROUNDS = long ? 7 : 3;
/** Rounds of the loop in 65536: six instructions each. */
const LOOP_COUNT = 26;

const IMAGE = assemble(
  `
  lis r5, ${LOOP_COUNT}
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

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
const makeSession = () => new DebugSession({ image: IMAGE, load: "top", chip: { ideal: true } });

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return (performance.now() - begin) / 1000;
}

const KINDS: Readonly<Record<string, (session: DebugSession) => unknown>> = {
  "no breakpoint": () => undefined,
  "a breakpoint never reached": (session) => session.addBreakpoint({ address: 0x2000 }),
  "a watch on memory nobody writes": (session) =>
    session.addWatchpoint({ kind: "memory", ppu: "top", address: 0x2000, length: 4 }),
  "a watch on a register nobody writes": (session) =>
    session.addWatchpoint({ kind: "register", ppu: "top", name: "r20" }),
  "a watch on a vector lane": (session) =>
    session.addWatchpoint({ kind: "vector", ppu: "top", register: 3, lane: { type: "h", index: 17 } }),
  "a watch on saturation": (session) => session.addWatchpoint({ kind: "saturation", ppu: "top" }),
};

const times = new Map<string, number[]>(Object.keys(KINDS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, prepare] of Object.entries(KINDS)) {
    const session = makeSession();
    prepare(session);
    times.get(name)!.push(await seconds(() => session.resume()));
  }
}
const plain = median(times.get("no breakpoint")!);
for (const [name, list] of times)
  console.log(`  ${(median(list) / plain).toFixed(2)} x a plain run: ${name}`);

const back: number[][] = [[], []];
let session = makeSession();
for (let round = 0; round < ROUNDS; round++) {
  session = makeSession();
  await session.resume();
  back[0].push(await seconds(() => session.reverseStepInstruction()));
  back[1].push(await seconds(() => session.reverseStepInstruction()));
}
const { instructions, checkpoints, bytes } = session.history;
console.log(
  `  ${(instructions / 1e6).toFixed(1)} million instructions, ${checkpoints} checkpoints, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
);
console.log(
  `  first step back ${(1000 * median(back[0])).toFixed(1)} ms, next ${(1000 * median(back[1])).toFixed(1)} ms`,
);
