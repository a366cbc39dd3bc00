/**
 * Every vector instruction: the kernel of its lanes, and the whole emulated instruction with its timing model, in a warm loop
 * on a lone PPU, against native C over the same lanes.
 */
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../../core/layout.ts";
import { kernelArgument, loadKernels } from "../../core/vector/kernels.ts";
import { executeLane } from "../../core/vector/lane-model.ts";
import { emptyAccumulatorState } from "../../core/vector/lanes.ts";
import { vectorTimingIndex } from "../../core/vector/timing-classes.ts";
import { VectorUnit } from "../../core/vector/unit.ts";
import { GCC, inScratch, isInstalled } from "../tools.ts";
import { geometricMean, median, medianRatio } from "../turns.ts";
import type { BenchContext, Row } from "../types.ts";
import { ADDRESS, type InstructionLoop, instructionLoop } from "./engine.ts";
import { instructionWord, nativeLanes, REGISTERS } from "./native.ts";

const GOAL = { atMost: 3 };
const PEER = "C by gcc -O3 -march=native";
/** Count of pack and unpack; conditions are 0, all lanes. */
const COUNT = 1;

/** Nanoseconds of processor time a call, so that other work on the machine does not count. */
function nanoseconds(calls: number, run: (calls: number) => void): number {
  const start = processorTime();
  run(calls);
  return (processorTime() - start) / calls;
}

/** Of this process, in nanoseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return 1000 * (user + system);
}

/** By row: its kernel over a memory of its own; undefined for those that only copy. */
function kernelTimers(): ((calls: number) => number)[] {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const bytes = new Uint8Array(memory.buffer);
  bytes.forEach((_, at) => {
    bytes[at] = at * 37;
  });
  bytes.fill(0xff, MEMORY_LAYOUT.masks, MEMORY_LAYOUT.masks + VECTOR_BYTES);
  const [t, a, b] = [REGISTERS.t, REGISTERS.a, REGISTERS.b].map(
    (register) => MEMORY_LAYOUT.vectors + register * VECTOR_BYTES,
  );
  const { byIndex } = loadKernels(memory);
  return FXV_INSTRUCTIONS.map((row, index) => {
    const kernel = byIndex[index];
    const argument = { mask: MEMORY_LAYOUT.masks, count: COUNT, amount: 2, value: 7 }[kernelArgument(row)];
    return (calls) =>
      kernel === undefined
        ? Number.NaN
        : nanoseconds(calls, (count) => {
            for (let i = 0; i < count; i++) kernel(t, a, b, argument);
          });
  });
}

/** By row: the instruction in translated code, which the first turn makes. */
function engineTimers(): ((calls: number) => number)[] {
  return FXV_INSTRUCTIONS.map((row) => {
    const cond = row.vector?.conditional || row.mnemonic === "fxvsel" ? 0 : COUNT;
    const isMemory = row.vector?.width === "none";
    const word = isMemory
      ? row.match | (REGISTERS.t << 21) | (ADDRESS.base << 16) | (ADDRESS.index << 11)
      : instructionWord(row, cond);
    let loop: InstructionLoop | undefined;
    return (calls) => {
      loop ??= instructionLoop(row.mnemonic, word);
      const start = processorTime();
      const executed = loop(calls);
      return (processorTime() - start) / executed;
    };
  });
}

/** By row: the plain model of its lanes. */
function modelTimers(): ((calls: number) => number)[] {
  const lanes = (factor: number) => Uint8Array.from({ length: VECTOR_BYTES }, (_, lane) => lane * factor);
  const [vra, vrb, state] = [lanes(37), lanes(11), emptyAccumulatorState()];
  return FXV_INSTRUCTIONS.map((row) => (calls) => {
    if (row.vector?.width === "none") return Number.NaN;
    return nanoseconds(calls, (count) => {
      for (let i = 0; i < count; i++) executeLane(row, { vra, vrb, imm: 2 }, state);
    });
  });
}

function timingModel(calls: number): number {
  const unit = new VectorUnit();
  const classes = ["madd2", "permute2", "madd1acc", "vectorLoad", "madd2acc", "shift"] as const;
  let cycle = 0;
  return nanoseconds(calls, (count) => {
    for (let i = 0; i < count; i++) {
      const index = vectorTimingIndex(classes[i % classes.length]);
      cycle = unit.issue(index, i & 15, (i + 5) & 15, 16, 0, cycle, 6);
    }
  });
}

/** Geometric mean, and each instruction, of quotients of turns. */
function ratioRows(
  what: string,
  above: number[][],
  below: number[][],
  peer: string,
  goal?: Row["goal"],
): Row[] {
  const each = FXV_INSTRUCTIONS.map(({ mnemonic }, index): Row => {
    const value = medianRatio(
      above.map((turn) => turn[index]),
      below.map((turn) => turn[index]),
    );
    return { name: mnemonic, value, unit: "x time", peer, group: what, ...(goal && { goal }) };
  }).filter(({ value }) => !Number.isNaN(value));
  const mean = geometricMean(each.map(({ value }) => value));
  const name = `${what}, geometric mean of ${each.length}`;
  return [{ name, value: mean, unit: "x time", peer, ...(goal && { goal }) }, ...each];
}

export async function vectorRows({ long, note }: BenchContext): Promise<Row[]> {
  const calls = long ? 200_000 : 20_000;
  const callsOfEngine = 5 * calls;
  const [kernels, engines, models] = [kernelTimers(), engineTimers(), modelTimers()];
  const figures = { native: [] as number[][], kernel: [] as number[][], engine: [] as number[][] };
  const plain: number[][] = [];
  const timing: number[] = [];
  const withGcc = isInstalled(GCC);
  if (!withGcc) note(`${GCC} is not installed: no comparison with native C`);
  await inScratch((directory) => {
    const native = withGcc ? nativeLanes(directory) : undefined;
    for (let turn = 0; turn < (long ? 8 : 4); turn++) {
      const inNative = native?.(calls);
      const inKernels = kernels.map((run) => run(calls));
      const inEngine = engines.map((run) => run(callsOfEngine));
      const inModels = models.map((run) => run(calls / 100));
      // The first turn compiles.
      if (turn === 0) continue;
      if (inNative) figures.native.push(inNative);
      figures.kernel.push(inKernels);
      figures.engine.push(inEngine);
      plain.push(inModels);
      // The loops before may have led to so many states that the model does without its memory for a while.
      timingModel(callsOfEngine);
      timing.push(timingModel(calls));
    }
  });
  const nanosecondsOf = (turns: number[][]) =>
    geometricMean(turns.map((turn) => geometricMean(turn.filter((time) => !Number.isNaN(time)))));
  return [
    { name: "kernel, geometric mean", value: nanosecondsOf(figures.kernel), unit: "ns" },
    {
      name: "whole instruction in a warm loop, geometric mean",
      value: nanosecondsOf(figures.engine),
      unit: "ns",
    },
    { name: "timing model alone, dense mix", value: median(timing), unit: "ns" },
    ...ratioRows("kernel", figures.kernel, plain, "a plain loop over lanes in JavaScript").slice(0, 1),
    ...(withGcc ? ratioRows("kernel", figures.kernel, figures.native, PEER, GOAL) : []),
    ...(withGcc
      ? ratioRows("whole instruction in a warm loop", figures.engine, figures.native, PEER, GOAL)
      : []),
  ];
}
