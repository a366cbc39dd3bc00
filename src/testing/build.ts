/** From a file to tests that can be run: builds its program and asks it for the list of its tests. */

import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { ppusOf } from "../chip/checks.ts";
import { compileFirmware } from "../toolchain/compile.ts";
import { writeElf } from "../toolchain/elf/index.ts";
import { libraryFiles } from "../toolchain/frontend/index.ts";
import type { Image } from "../toolchain/image.ts";
import { loadProgramFile, memoryPieces, requireContents } from "../toolchain/loader.ts";
import { AddressIndex } from "../toolchain/symbols.ts";
import { type ChipStore, execute } from "./execution.ts";
import type { BrokenFile, BuiltFile, ListedTest, RunSettings } from "./model.ts";
import { askForList, hasTests, MOST_CYCLES_AROUND, readTests } from "./registry.ts";
import { stopFailure } from "./verdict.ts";

export interface BuildOptions {
  /** Checks of bounds and `assert` in AssemblyScript. */
  readonly checks: boolean;
  /** Debug builds of AssemblyScript. */
  readonly debug: boolean;
  readonly settings: RunSettings;
}

/** Problems of a file that somebody has to solve there; other errors are our own. */
const OF_THE_FILE: readonly string[] = ["CompileError", "CodegenError", "ImageError", "AssemblerError"];

/** Why tests of a file cannot be run. */
class FileProblem extends Error {}

/** Lines of an error about a file; undefined for others. */
export function problemLines(error: unknown): string[] | undefined {
  if (!(error instanceof Error)) return undefined;
  if (!(error instanceof FileProblem) && !OF_THE_FILE.includes(error.name)) return undefined;
  return error.message.split("\n").filter((line) => line.trim() !== "");
}

/** Tells the contents of a file from those at other times; empty: there is no such file. */
export function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size}` : "";
}

/** Builds a file; the program is compiled anew each time. Problems of the file are a `BrokenFile`. */
export async function buildFile(
  file: string,
  { checks, debug, settings }: BuildOptions,
  chips: ChipStore,
): Promise<BuiltFile | BrokenFile> {
  const sources: Record<string, string> = {};
  const note = (path: string) => {
    sources[resolve(path)] = stampOf(path);
  };
  note(file);
  try {
    const image = await readImage(file, { checks, debug }, note);
    const tests = hasTests(image) ? listTests(image, file, settings, chips) : undefined;
    for (const input of tests?.flatMap(({ demands }) => demands.inputs) ?? []) {
      note(join(dirname(file), input.file));
    }
    const elf = writeElf(image);
    const id = createHash("sha256").update(elf).digest("hex");
    return { file, id, elf: shared(elf), ...(tests && { tests }), sources };
  } catch (error) {
    const problems = problemLines(error);
    if (!problems) throw error;
    return { file, problems, sources };
  }
}

async function readImage(
  file: string,
  options: Pick<BuildOptions, "checks" | "debug">,
  onSource: (path: string) => void,
): Promise<Image> {
  if (extname(file) !== ".ts") return loadProgramFile(file);
  for (const path of libraryFiles()) onSource(path);
  const { image } = await compileFirmware(file, { ...options, onSource });
  memoryPieces(image);
  return requireContents(image, file);
}

/** Runs what stands outside of the tests and reads the list. */
function listTests(image: Image, file: string, settings: RunSettings, chips: ChipStore): ListedTest[] {
  const { chip: kind, timing } = settings;
  const [side] = ppusOf(settings.ppus);
  const chip = chips.take({ chip: kind, timing, strict: settings.strict ?? true });
  const execution = execute(chip, {
    image,
    ppus: side,
    maxCycles: MOST_CYCLES_AROUND,
    prepare: () => askForList(chip, image, side),
  });
  const [ppu] = execution.ppus;
  const stop = stopFailure(execution, ppu, new AddressIndex(image));
  if (stop || ppu.returnCode !== 0) {
    const { location, message } = stop ?? { message: `return code ${ppu.returnCode}` };
    const place = location ? `${location.file}:${location.line}: ` : "";
    const text = ppu.mailbox.trim();
    throw new FileProblem(`${place}outside of the tests: ${message}${text === "" ? "" : `\n${text}`}`);
  }
  const tests = readTests(chip, image, side);
  checkTests(tests, file);
  return tests;
}

function checkTests(tests: readonly ListedTest[], file: string): void {
  if (tests.length === 0) throw new FileProblem(`${file}: no tests; declare some with test("…", () => {…})`);
  for (const { demands, location } of tests) {
    const missing = demands.inputs.find((input) => !existsSync(join(dirname(file), input.file)));
    if (!missing) continue;
    const place = location ? `${location.file}:${location.line}: ` : "";
    throw new FileProblem(`${place}cannot load ${join(dirname(file), missing.file)}: no such file`);
  }
}

/** Bytes that all threads read without copies. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
