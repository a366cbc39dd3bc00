import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isVector } from "../../src/core/engine/vector-operations.ts";
import type { Ppu } from "../../src/core/ppu.ts";
import {
  fromHex,
  type GoldenBus,
  loadProgram,
  type Program,
  type ProgramRun,
  readProgram,
  runProgram,
  STATE_NAMES,
  toHex,
} from "./golden.ts";
import { accumulatorHex, conditionHex, lanesHex, withoutShadows } from "./golden-state.ts";

const PROGRAMS = readdirSync(new URL("../golden/programs", import.meta.url))
  .filter((file) => file.endsWith(".json"))
  .map((file) => readProgram(file.replace(".json", "")));
/** Issue cycles of vector programs may deviate by this share. */
const VECTOR_TOLERANCE = 0.03;

const usesVectors = (program: Program) =>
  program.image.some((word) => fromHex(word) >>> 26 === 4 && isVector(fromHex(word)));
const configuration = (run: ProgramRun) =>
  `branch cache ${run.branch_cache_entries}, latencies ${run.latency.data}/${run.latency.vector_mem}/${run.latency.pio}`;

interface Outcome {
  readonly ppu: Ppu;
  readonly bus: GoldenBus;
  readonly retired: [number, number][];
}

function execute(program: Program, run: ProgramRun): Outcome {
  const { ppu, bus } = loadProgram(program, run);
  const retired: [number, number][] = [];
  ppu.observer = { retire: (cycle, pc) => void retired.push([cycle, pc]) };
  runProgram(program, run, ppu);
  return { ppu, bus, retired };
}

/** Final state that differs from the RTL, as text. */
function differences(program: Program, run: ProgramRun, { ppu, bus }: Outcome): string[] {
  const end = run.end ?? program.end;
  const wrong: string[] = [];
  const compare = (what: string, got: string, wanted: string) => {
    if (got !== wanted) wrong.push(`${what} is ${got}, RTL ${wanted}`);
  };
  end.gpr.forEach((value, register) => {
    compare(`r${register}`, toHex(ppu.gpr(register)), value);
  });
  for (const name of STATE_NAMES) {
    if (end[name] !== undefined) compare(name, toHex(ppu.register(name)), end[name]);
  }
  program.image.forEach((word, index) => {
    const address = toHex(4 * index);
    compare(`memory at ${address}`, toHex(ppu.readSramWord(4 * index)), end.mem_changed[address] ?? word);
  });
  for (const [address, wanted] of Object.entries(end.mem_changed)) {
    compare(`memory at ${address}`, toHex(ppu.readSramWord(fromHex(address))), wanted);
  }
  for (let register = 0; end.v && register < 32; register++) {
    compare(`v${register}`, lanesHex(ppu.vector(register)), end.v[register] ?? "00".repeat(128));
  }
  if (end.acc) compare("acc", accumulatorHex(ppu), [end.acc].flat().join(""));
  if (end.vcr) {
    for (const name of ["eq", "gt", "lt"] as const)
      compare(`vcr ${name}`, conditionHex(ppu, name), end.vcr[name]);
  }
  for (const [address, wanted] of Object.entries(end.pio_changed ?? {})) {
    compare(`parallel location ${address}`, lanesHex(bus.vector(fromHex(address))), wanted);
  }
  return wrong;
}

const rows: { program: string; run: string; cycles: number; rtl: number; worst: number }[] = [];

describe.each(PROGRAMS)("golden program $name", (program) => {
  it.each(program.runs.map((run) => ({ name: configuration(run), run })))("$name", ({ run }) => {
    const outcome = execute(program, run);
    const wanted = withoutShadows(program, run);
    expect(differences(program, run, outcome)).toEqual([]);
    const end = wanted.length === outcome.retired.length ? undefined : outcome.retired.length - 1;
    const got = outcome.retired.slice(0, end);
    expect(got.map(([, pc]) => toHex(pc))).toEqual(wanted.map(([, pc]) => toHex(pc)));

    const worst = Math.max(...got.map(([cycle], index) => Math.abs(cycle - wanted[index][0])));
    const sleep = run.sleep_cycle;
    rows.push({
      program: program.name,
      run: configuration(run),
      cycles: sleep === undefined ? got.at(-1)![0] : outcome.ppu.sleepCycle,
      rtl: sleep ?? wanted.at(-1)![0],
      worst,
    });
    if (usesVectors(program)) {
      if (sleep !== undefined)
        expect(Math.abs(outcome.ppu.sleepCycle - sleep)).toBeLessThanOrEqual(VECTOR_TOLERANCE * sleep);
    } else {
      expect(got.map(([cycle]) => cycle)).toEqual(wanted.map(([cycle]) => cycle));
      if (sleep !== undefined) expect(outcome.ppu.sleepCycle).toBe(sleep);
    }
  });
});

describe("deviation from the RTL", () => {
  it("prints the table", () => {
    const lines = rows.map(
      ({ program, run, cycles, rtl, worst }) =>
        `${program.padEnd(20)} ${run.padEnd(38)} ${String(cycles).padStart(7)} ${String(rtl).padStart(7)} ` +
        `${(((cycles - rtl) / rtl) * 100).toFixed(2).padStart(7)} % ${String(worst).padStart(5)}`,
    );
    const head = `${"program".padEnd(20)} ${"configuration".padEnd(38)} ${"cycles".padStart(7)} ${"RTL".padStart(7)} ${"deviation".padStart(9)} ${"worst".padStart(5)}`;
    console.log([head, ...lines].join("\n"));
    expect(rows.length).toBe(PROGRAMS.reduce((sum, program) => sum + program.runs.length, 0));
  });
});
