/**
 * Speed of scalar programs: million instructions a second on a lone PPU, and as ratios to the same code under qemu-ppc
 * and to decoding in every step; what breakpoints and observers cost. All rows of a program are
 * measured in turns, the figures are medians. `--long`: more turns of longer runs.
 */
import { executeScalar, type ScalarState } from "../test/isa/interpreter.ts";
import { type Measured, NO_BUS, onEngine, secondsSince } from "./scalar-engine.ts";
import { ORIGIN, type ScalarProgram, scalarPrograms, WAIT } from "./scalar-programs.ts";
import { hasQemu, QemuBench } from "./scalar-qemu.ts";

const long = process.argv.includes("--long");
const TURNS = long ? 12 : 6;
/** Instructions of one run. */
const ENGINE_INSTRUCTIONS = long ? 20e6 : 4e6;
const INSTRUCTIONS = {
  engine: ENGINE_INSTRUCTIONS,
  breakpoint: ENGINE_INSTRUCTIONS,
  observer: ENGINE_INSTRUCTIONS / 2,
  undecoded: ENGINE_INSTRUCTIONS / 8,
  trees: ENGINE_INSTRUCTIONS / 200,
  qemu: ENGINE_INSTRUCTIONS * 100,
};
const CHECKED_REPETITIONS = 20;
/** From the code in the SRAM to the same outside. */
const OUTSIDE = 0x10000;
/** An address that no program reaches. */
const NEVER_REACHED = 0x2ffc;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Decodes and walks the tree of the declared meaning for every instruction; no cycles. */
function onTrees(program: ScalarProgram, repetitions: number): Measured {
  const memory = new Map<number, number>();
  program.words(repetitions, WAIT).forEach((word, index) => {
    memory.set(ORIGIN + 4 * index, word);
  });
  const state: ScalarState = {
    gpr: new Int32Array(32),
    ...{ cr: 0, ca: 0, ov: 0, so: 0, msr: 0, pc: ORIGIN, background: WAIT, zeroExtendR1: false },
    spr: new Map(),
    memory,
    events: [],
  };
  let instructions = 0;
  const begin = process.hrtime.bigint();
  for (let word = 0; word !== WAIT; instructions++) {
    word = memory.get(state.pc) ?? WAIT;
    executeScalar(word, state);
  }
  return { seconds: secondsSince(begin), instructions, checksum: state.gpr[3] & 255 };
}

/** The same code outside the SRAM, where the engine decodes every instruction whenever it comes by. */
function onUndecoded(program: ScalarProgram, repetitions: number): Measured {
  const words = program.words(repetitions, WAIT);
  const bus = { ...NO_BUS, fetch: (address: number) => words[(address - OUTSIDE - ORIGIN) >> 2] };
  return onEngine(program, repetitions, (ppu) => (ppu.pc = OUTSIDE + ORIGIN), bus);
}

function onObserved(program: ScalarProgram, repetitions: number): Measured {
  let seen = 0;
  const observer = { retire: () => void seen++ };
  const run = onEngine(program, repetitions, (ppu) => (ppu.observer = observer));
  if (seen !== run.instructions)
    throw new Error(`the observer saw ${seen} of ${run.instructions} instructions`);
  return run;
}

const qemu = hasQemu() ? new QemuBench() : undefined;
if (!qemu) console.log("qemu-ppc is not installed: no comparison with it");

const ROWS = ["engine", "breakpoint", "observer", "undecoded", "trees", "qemu"] as const;
type Row = (typeof ROWS)[number];

/** One measurement of any row but qemu's. */
function measure(row: Row, program: ScalarProgram, repetitions: number): Measured {
  switch (row) {
    case "breakpoint":
      return onEngine(program, repetitions, (ppu) => ppu.breakpoints.add(NEVER_REACHED));
    case "observer":
      return onObserved(program, repetitions);
    case "undecoded":
      return onUndecoded(program, repetitions);
    case "trees":
      return onTrees(program, repetitions);
    default:
      return onEngine(program, repetitions);
  }
}

/** Seconds that qemu needs beyond those for a single repetition. */
function measureQemu(bench: QemuBench, program: ScalarProgram, repetitions: number, once: number): Measured {
  const start = bench.run(program, 1).seconds;
  const { seconds, checksum } = bench.run(program, repetitions);
  return { seconds: seconds - start, instructions: (repetitions - 1) * once, checksum };
}

function checkResults(program: ScalarProgram): void {
  const wanted = onEngine(program, CHECKED_REPETITIONS).checksum;
  const check = (what: string, checksum: number) => {
    if (checksum !== wanted)
      throw new Error(`"${program.name}": ${what} computes ${checksum}, the engine ${wanted}`);
  };
  check("the interpreter of trees", onTrees(program, CHECKED_REPETITIONS).checksum);
  check("the engine outside the SRAM", onUndecoded(program, CHECKED_REPETITIONS).checksum);
  if (qemu) check("qemu-ppc", qemu.run(program, CHECKED_REPETITIONS).checksum);
}

function bench(program: ScalarProgram): void {
  checkResults(program);
  const once = onEngine(program, 1000).instructions / 1000;
  const rates = new Map<Row, number[]>(ROWS.map((row) => [row, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (let place = 0; place < ROWS.length; place++) {
      // Another order in each turn, so that no row always comes behind the same one.
      const row = ROWS[(turn + place) % ROWS.length];
      if (row === "qemu" && !qemu) continue;
      const repetitions = Math.max(2, Math.round(INSTRUCTIONS[row] / once));
      const { seconds, instructions } =
        row === "qemu" ? measureQemu(qemu!, program, repetitions, once) : measure(row, program, repetitions);
      rates.get(row)!.push(instructions / seconds / 1e6);
    }
  }
  const rate = (row: Row) => median(rates.get(row)!);
  const ratio = (row: Row, digits: number) => (rate("engine") / rate(row)).toFixed(digits);
  console.log(`${program.name} (${Math.round(once)} instructions a round)`);
  console.log(`  engine, cycles counted: ${rate("engine").toFixed(1)} million instructions a second`);
  if (qemu) console.log(`  ${ratio("qemu", 3)} x qemu-ppc, which translates and counts no cycles`);
  console.log(
    `  ${ratio("undecoded", 1)} x itself where it has to decode in every step (code outside the SRAM)`,
  );
  console.log(
    `  ${ratio("trees", 0)} x an interpreter that decodes and walks the declared meaning in every step`,
  );
  console.log(`  ${ratio("breakpoint", 2)} x itself with a breakpoint that is never hit`);
  console.log(`  ${ratio("observer", 2)} x itself with an observer of every instruction`);
}

for (const program of scalarPrograms()) bench(program);
qemu?.close();
