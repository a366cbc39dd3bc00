/** Classifies images on the chip of a cell: a thread of a sweep. Firmware, networks and images come once. */
import { workerData } from "node:worker_threads";
import { MnistRun } from "../mnist-run.ts";
import { NetworkRun } from "../net/network-run.ts";
import { argmax } from "../network.ts";
import { chipOptionsOf } from "./chip-plan.ts";
import type { ClassifyWork } from "./classify-work.ts";
import type { Cell } from "./grid.ts";
import type { CellResult } from "./journal.ts";
import { hashOf } from "./plan.ts";

interface Answers {
  readonly classes: ArrayLike<number>;
  readonly cycles: number;
  readonly instructions: number;
}

const work = workerData as ClassifyWork;

async function classify(options: ReturnType<typeof chipOptionsOf>): Promise<Answers> {
  const { firmware, images } = work;
  if (work.kind === "mnist") return new MnistRun(work.network, firmware, options).classify(images);
  const { results, classes, count, ...figures } = await new NetworkRun(work.network, firmware, options).infer(
    images,
  );
  const size = results.length / count;
  const largest = (n: number) => argmax(results.subarray(n * size, (n + 1) * size));
  return { classes: classes ?? Array.from({ length: count }, (_, n) => largest(n)), ...figures };
}

/** A firmware that fails is a result as well; other errors end the sweep. */
const OF_THE_CELL = new Set(["MnistRunError", "NetworkError"]);

export default async function classifyCell(cell: Cell): Promise<CellResult> {
  try {
    const { classes, cycles, instructions } = await classify(chipOptionsOf(work.chip, cell));
    const images = classes.length;
    const correct = Array.from(classes).filter((answer, n) => answer === work.labels[n]).length;
    const predictions = hashOf(Array.from(classes).join(","));
    return { images, correct, accuracy: correct / images, cycles, instructions, predictions };
  } catch (error) {
    const { name, message } = error as Error;
    if (!OF_THE_CELL.has(name)) throw error;
    return { error: message };
  }
}
