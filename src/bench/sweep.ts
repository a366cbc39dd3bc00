/**
 * How a sweep scales: the same chips on one thread and on as many as there are cores, in turns. On a machine that does other
 * things the speed-up is that of the cores that are free; the processor time a cell tells what the threads cost each other.
 */
import { availableParallelism } from "node:os";
import { sliceImages } from "../lab/image-set.ts";
import { loadMnist } from "../lab/mnist-data.ts";
import { compileMnistFirmware } from "../lab/mnist-run.ts";
import { readParameters } from "../lab/parameter-file.ts";
import { classifyWork } from "../lab/sweep/classify-work.ts";
import { cellAt, type Grid, indicesOf } from "../lab/sweep/grid.ts";
import { runCells } from "../lab/sweep/run.ts";
import { median } from "./turns.ts";
import type { BenchContext, Row } from "./types.ts";

interface ScalingOptions {
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

const now = () => Number(process.hrtime.bigint()) / 1e9;
const processorNow = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const SHORT: ScalingOptions = { chips: 48, images: 20, turns: 3 };
const LONG: ScalingOptions = { chips: 120, images: 50, turns: 5 };

/** Speed-ups are the medians of ratios of sweeps side by side. */
export async function sweepRows({ long, note }: BenchContext): Promise<Row[]> {
  const { chips, images, turns } = long ? LONG : SHORT;
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
  const goal = { atLeast: 0.9 * cores };
  const peer = "one thread";
  note(`${chips} chips, ${images} images each, ${cores} cores`);
  return [
    { name: "cells a second, one thread", value: median(one.map(({ rate }) => rate)), unit: "1/s" },
    { name: "cells a second, all threads", value: median(all.map(({ rate }) => rate)), unit: "1/s" },
    { name: "all threads, when they run", value: ratio(({ rate }) => rate), unit: "x speed", peer, goal },
    { name: "all threads, with their start", value: 1 / ratio(({ whole }) => whole), unit: "x speed", peer },
    { name: "processor time a cell, all threads", value: processor, unit: "x time", peer },
    { name: "what this allows on free cores", value: cores / processor, unit: "x speed", peer, goal },
  ];
}
