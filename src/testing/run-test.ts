/** Runs one test, or a program that tells its cases itself, on a chip. */

import { readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { ppusOf } from "../chip/checks.ts";
import type { Chip, ChipOptions, PpuSelection } from "../chip/index.ts";
import { checkPoke, pokeMemory } from "../debug/memory.ts";
import { readElf } from "../toolchain/elf/index.ts";
import type { Image } from "../toolchain/image.ts";
import { AddressIndex } from "../toolchain/symbols.ts";
import { type ChipStore, type Execution, execute, type PpuExecution } from "./execution.ts";
import type {
  BuiltFile,
  ListedTest,
  PpuOutcome,
  RunSettings,
  Seeds,
  TestFailure,
  TestInput,
  TestResult,
} from "./model.ts";
import { askForTest, CALLER, MOST_CYCLES_AROUND } from "./registry.ts";
import { readTexts } from "./texts.ts";
import { checkFailure, findingsOf, outcomeOf, stopFailure, testFailures } from "./verdict.ts";

export interface TestTask {
  readonly built: Pick<BuiltFile, "file" | "id" | "elf">;
  /** Undefined: run the program as a whole. */
  readonly test?: ListedTest & {
    /** In the list of its program, from 0. */
    readonly number: number;
  };
  readonly seeds: Seeds;
  readonly settings: RunSettings;
}

export interface TaskResult {
  readonly results: readonly TestResult[];
  /** What the PPUs did for a program that was run as a whole. */
  readonly program?: readonly PpuOutcome[];
}

/** Programs that were read lately. */
export class ImageStore {
  readonly #images = new Map<string, { readonly image: Image; readonly index: AddressIndex }>();
  readonly #most = 8;

  get({ file, id, elf }: TestTask["built"]): { readonly image: Image; readonly index: AddressIndex } {
    const known = this.#images.get(id);
    if (known) return known;
    // The reader does not take shared bytes.
    const image = readElf(elf.slice(), file);
    const entry = { image, index: new AddressIndex(image) };
    this.#images.set(id, entry);
    const [oldest] = this.#images.keys();
    if (this.#images.size > this.#most) this.#images.delete(oldest);
    return entry;
  }
}

/** Runs what a task asks for. Throws SessionError or ImageError for inputs that do not fit into a memory. */
export function runTask(task: TestTask, images: ImageStore, chips: ChipStore): TaskResult {
  const { image, index } = images.get(task.built);
  return task.test
    ? runTest({ ...task, test: task.test }, image, index, chips)
    : runProgram(task, image, index, chips);
}

function runTest(
  { built, test, seeds, settings }: TestTask & { readonly test: NonNullable<TestTask["test"]> },
  image: Image,
  index: AddressIndex,
  chips: ChipStore,
): TaskResult {
  const { demands, name, location, number } = test;
  const ppus = demands.onBothPpus ? "both" : settings.ppus;
  const options: ChipOptions = {
    chip: demands.chip ?? settings.chip,
    chipSeed: seeds.chip,
    noiseSeed: seeds.noise,
    timing: settings.timing,
    strict: !demands.lenient && (settings.strict ?? true),
  };
  const maxCycles = demands.maxCycles ?? settings.maxCycles;
  const execution = execute(chips.take(options), {
    image,
    ppus,
    maxCycles,
    maxCyclesAround: MOST_CYCLES_AROUND,
    prepare(chip) {
      askForTest(chip, image, ppus, number);
      for (const input of demands.inputs) loadInput(chip, ppus, built.file, input);
    },
    within: CALLER,
  });
  const failures = execution.ppus.flatMap((ppu) =>
    testFailures(execution, ppu, index, { expects: demands.expects, maxCycles }),
  );
  const outcomes = execution.ppus.map((ppu) => outcomeOf(ppu, settings.counters));
  const result = {
    file: built.file,
    name,
    ...(location && { location }),
    seeds,
    ...summaryOf(execution, index),
  };
  return {
    results: [{ ...result, passed: failures.length === 0, failures, ...longest(outcomes), ppus: outcomes }],
  };
}

const summaryOf = (execution: Execution, index: AddressIndex) => ({
  reason: execution.result.reason,
  findings: findingsOf(execution, index),
});

/** Cycles and instructions of the PPU that took longest. */
const longest = (outcomes: readonly PpuOutcome[]): { cycles: number; instructions: number } =>
  outcomes
    .map(({ cycles, instructions }) => ({ cycles, instructions }))
    .reduce((a, b) => (b.cycles > a.cycles ? b : a));

function loadInput(chip: Chip, ppus: PpuSelection, testFile: string, { file, address }: TestInput): void {
  const bytes = new Uint8Array(readFileSync(join(dirname(testFile), file)));
  checkPoke(address, bytes.length);
  for (const side of ppusOf(ppus)) pokeMemory(chip, side, address, bytes);
}

/** The one case of a program that tells none. */
const WHOLE_PROGRAM = "returns 0";

function runProgram(
  { built, seeds, settings }: TestTask,
  image: Image,
  index: AddressIndex,
  chips: ChipStore,
): TaskResult {
  const { chip: kind, timing, ppus, maxCycles, strict = false } = settings;
  const chip = chips.take({ chip: kind, chipSeed: seeds.chip, noiseSeed: seeds.noise, timing, strict });
  const execution = execute(chip, { image, ppus, maxCycles });
  const inWords = extname(built.file) === ".ts";
  const common = { file: built.file, seeds, ...summaryOf(execution, index) };
  const results = execution.ppus.flatMap((ppu) =>
    programCases(execution, ppu, index, inWords).map(
      ({ name, failures, output }): TestResult => ({
        ...common,
        name: execution.ppus.length > 1 ? [ppu.name, name] : [name],
        passed: failures.length === 0,
        failures,
        ppus: [],
        output,
      }),
    ),
  );
  return { results, program: execution.ppus.map((ppu) => outcomeOf(ppu, settings.counters)) };
}

interface ProgramCase {
  readonly name: string;
  readonly failures: readonly TestFailure[];
  readonly output: string;
}

/** The cases that a program tells, and one for the program itself if it tells none or fails otherwise. */
function programCases(
  execution: Execution,
  ppu: PpuExecution,
  index: AddressIndex,
  inWords: boolean,
): ProgramCase[] {
  const texts = readTexts(ppu.mailbox);
  const stop = stopFailure(execution, ppu, index);
  let toldStop = false;
  const cases = texts.cases.map(({ name, status, checks, output }): ProgramCase => {
    const failures = checks.map((check) => checkFailure(check, ppu.name, inWords));
    if (status === "open") {
      toldStop ||= stop !== undefined;
      const message = "the text ends before the case does";
      failures.push(stop ?? { kind: "return", ppu: ppu.name, message });
    } else if (status === "failed" && failures.length === 0) {
      failures.push({ kind: "check", ppu: ppu.name, message: "failed" });
    }
    return { name, failures, output };
  });
  const own = texts.checks.map((check) => checkFailure(check, ppu.name, inWords));
  if (stop && !toldStop) own.push(stop);
  const hasFailed = own.length > 0 || cases.some(({ failures }) => failures.length > 0);
  if (!stop && !hasFailed && ppu.returnCode !== undefined && ppu.returnCode !== 0) {
    own.push({ kind: "return", ppu: ppu.name, message: `return code ${ppu.returnCode}` });
  }
  if (cases.length > 0 && own.length === 0) return cases;
  return [...cases, { name: WHOLE_PROGRAM, failures: own, output: texts.output }];
}
