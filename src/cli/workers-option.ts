import { availableParallelism } from "node:os";
import { Option } from "commander";
import { integerOption } from "./numbers.ts";

const MOST_WORKERS = 256;

/** The option `--workers`: how many threads, by default as many as there are cores. */
export const workersOption = (description: string): Option =>
  new Option("--workers <n>", description)
    .argParser(integerOption("--workers", 1, MOST_WORKERS))
    .default(Math.min(availableParallelism(), MOST_WORKERS));
