/**
 * Speed of scalar programs on a lone PPU, every cycle counted: against the chip, against the same words under qemu-ppc, and
 * against two ways of decoding in every step; C against the same C compiled for this machine.
 */
import { NO_BUS } from "../../core/bus.ts";
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { inScratch, isInstalled, QEMU } from "../tools.ts";
import { median, medianRatio, rateOf, takeWarmTurns, turnSeconds } from "../turns.ts";
import type { BenchContext, Row } from "../types.ts";
import { compiledRows } from "./compiled.ts";
import { type Measured, onEngine } from "./engine.ts";
import { blocksProgram, EXIT, mixProgram, ORIGIN, type ScalarProgram, WAIT } from "./programs.ts";
import { onQemu } from "./qemu.ts";
import { onStepper } from "./stepper.ts";

const BLOCK_COUNTS = [8, 64, 300];
const LOOPS_GOAL = { atLeast: 1 };
const BRANCHY_GOAL = { atLeast: 0.7 };
const CHECKED_REPETITIONS = 20;
/** From the code in the SRAM to the same outside. */
const OUTSIDE = 0x10000;

type Runner = (program: ScalarProgram, repetitions: number) => Pick<Measured, "seconds" | "checksum">;

/** The same code outside the SRAM, where the engine decodes every instruction whenever it comes by. */
function onUndecoded(program: ScalarProgram, repetitions: number): Measured {
  const words = program.words(repetitions, WAIT);
  const bus = { ...NO_BUS, fetch: (address: number) => words[(address - OUTSIDE - ORIGIN) >> 2] };
  return onEngine(program, repetitions, (ppu) => (ppu.pc = OUTSIDE + ORIGIN), { bus });
}

const qemuRunner =
  (directory: string): Runner =>
  (program, repetitions) =>
    onQemu(directory, program.words(repetitions, EXIT), ORIGIN);

function checkResults(program: ScalarProgram, runners: Readonly<Record<string, Runner>>): void {
  const results = Object.entries(runners).map(([name, run]) => ({
    name,
    checksum: run(program, CHECKED_REPETITIONS).checksum,
  }));
  const [first] = results;
  const other = results.find(({ checksum }) => checksum !== first.checksum);
  if (other !== undefined) {
    const sides = `${other.name} computes ${other.checksum}, ${first.name} ${first.checksum}`;
    throw new Error(`"${program.name}": ${sides}`);
  }
}

/** Without translation, which only changes the speed. */
const onStepping: Runner = (program, repetitions) =>
  onEngine(program, repetitions, undefined, { translation: "off" });

const PEERS = {
  stepping: "the stepping engine (--translation off)",
  stepper: "an if-chain that decodes in every step, no cycles counted",
  undecoded: "itself decoding in every step (code outside the SRAM)",
  qemu: QEMU,
};

async function programRows(
  program: ScalarProgram,
  goal: Row["goal"],
  directory: string | undefined,
  long: boolean,
): Promise<Row[]> {
  const runners: Record<string, Runner> = {
    engine: (one, repetitions) => onEngine(one, repetitions),
    stepping: onStepping,
    stepper: onStepper,
    undecoded: onUndecoded,
    ...(directory !== undefined && { qemu: qemuRunner(directory) }),
  };
  checkResults(program, runners);
  const { instructions, cycles } = onEngine(program, 1000);
  const sides: Record<string, () => number> = {};
  for (const [name, run] of Object.entries(runners)) {
    const hasStart = name === "qemu";
    const seconds = (count: number) => run(program, count).seconds;
    sides[name] = rateOf(turnSeconds(long, hasStart), seconds, hasStart);
  }
  const rates = await takeWarmTurns(long ? 7 : 3, sides);
  const rate = median(rates.engine);
  const { name } = program;
  const chipRate = (1e6 * CYCLES_PER_MICROSECOND) / (cycles / 1000);
  const rows: Row[] = [
    { name, value: (rate * instructions) / 1000 / 1e6, unit: "million instructions/s" },
    { name, value: rate / chipRate, unit: "x speed", peer: "the chip" },
  ];
  for (const [side, peer] of Object.entries(PEERS)) {
    if (!(side in rates)) continue;
    const value = medianRatio(rates.engine, rates[side]);
    rows.push({ name, value, unit: "x speed", peer, ...(side === "qemu" && goal && { goal }) });
  }
  return rows;
}

export async function scalarRows({ long, note }: BenchContext): Promise<Row[]> {
  const withQemu = isInstalled(QEMU);
  if (!withQemu) note(`${QEMU} is not installed: no comparison with it`);
  return inScratch(async (directory) => {
    const rows = await programRows(mixProgram(), LOOPS_GOAL, withQemu ? directory : undefined, long);
    for (const count of BLOCK_COUNTS) {
      const program = blocksProgram(count);
      rows.push(...(await programRows(program, BRANCHY_GOAL, withQemu ? directory : undefined, long)));
    }
    rows.push(...(await compiledRows(directory, { withQemu, goal: LOOPS_GOAL, long, note })));
    return rows;
  });
}
