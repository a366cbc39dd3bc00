/** The same sweep on one thread and on all, in turns. */
import { availableParallelism } from "node:os";
import { sliceImages } from "../src/lab/image-set.ts";
import { loadMnist } from "../src/lab/mnist-data.ts";
import { compileMnistFirmware } from "../src/lab/mnist-run.ts";
import { readParameters } from "../src/lab/parameter-file.ts";
import { classifyWork } from "../src/lab/sweep/classify-work.ts";
import { cellAt, type Grid, indicesOf } from "../src/lab/sweep/grid.ts";
import { runCells } from "../src/lab/sweep/run.ts";

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is aimed at; default: nothing in particular. */
  readonly goal?: number;
}

export interface ScalingOptions {
  /** Of the chip seeds 1 to `chips`. */
  readonly chips: number;
  readonly images: number;
  /** Each is one sweep on one thread and one on all. */
  readonly turns: number;
}

/** Part of a sweep, at its begin, in which threads start and V8 compiles. */
const START = 1 / 3;

interface Turn {
  /** Seconds from the begin to the last cell. */
  readonly whole: number;
  /** Cells a second when the start is over. */
  readonly rate: number;
  /** Processor seconds a cell then. */
  readonly processor: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];
const now = () => Number(process.hrtime.bigint()) / 1e9;
const processorNow = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** `cores`: how many there are; speed-ups are the medians of ratios of sweeps side by side. */
export async function measureSweep({ chips, images, turns }: ScalingOptions): Promise<Row[]> {
  const cores = availableParallelism();
  const part = sliceImages(loadMnist("test"), 0, images);
  const [network, firmware] = [readParameters(), await compileMnistFirmware()];
  const chip = { analog: {}, timing: "chip" };
  const work = classifyWork({ kind: "mnist", network, firmware, chip, ...part });
  const grid: Grid = { axes: [], chipSeeds: Array.from({ length: chips }, (_, n) => n + 1), noiseSeeds: [1] };
  const cells = indicesOf(grid).map((index) => cellAt(grid, index));

  async function sweep(workers: number): Promise<Turn> {
    const begin = now();
    const times: { readonly wall: number; readonly processor: number }[] = [];
    const onResult = () => times.push({ wall: now(), processor: processorNow() });
    await runCells(cells, work, { workers, onResult });
    const first = Math.floor(cells.length * START);
    const [steady, last] = [times[first], times[times.length - 1]];
    const count = cells.length - 1 - first;
    return {
      whole: last.wall - begin,
      rate: count / (last.wall - steady.wall),
      processor: (last.processor - steady.processor) / count,
    };
  }

  const [one, all]: [Turn[], Turn[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    one.push(await sweep(1));
    all.push(await sweep(cores));
  }
  const ratio = (value: (turn: Turn) => number) => median(one.map((turn, n) => value(all[n]) / value(turn)));
  const processor = ratio(({ processor }) => processor);
  const goal = 0.9 * cores;
  return [
    { name: "cores", value: cores, unit: "" },
    { name: "cells a second, one thread", value: median(one.map(({ rate }) => rate)), unit: "1/s" },
    { name: "cells a second, all", value: median(all.map(({ rate }) => rate)), unit: "1/s" },
    { name: "speed-up when all threads run", value: ratio(({ rate }) => rate), unit: "x", goal },
    { name: "speed-up with the start of threads", value: 1 / ratio(({ whole }) => whole), unit: "x" },
    { name: "processor time a cell, all against one", value: processor, unit: "x" },
    { name: "speed-up that this allows on free cores", value: cores / processor, unit: "x", goal },
  ];
}
