/** Arguments of trace commands: traces of every kind, and programs that are run while they are read. */

import { basename } from "node:path";
import { Command } from "commander";
import { ANALOG_PRESETS } from "../../chip/analog/presets.ts";
import { ppusOf } from "../../chip/checks.ts";
import type { PpuSelection } from "../../chip/chip.ts";
import { liveTrace } from "../../trace/live.ts";
import type { PpuName, Trace, TraceHeader } from "../../trace/model.ts";
import { openTrace } from "../../trace/open.ts";
import { chipKind } from "../chip-kind.ts";
import { addProgramOptions, chipFactory, type ProgramOptions, readProgram } from "../program-options.ts";
import { UsageError } from "../usage-error.ts";
import { traceHeader } from "./header.ts";

/** Options of a program of which some were given and the others are defaults. */
export interface GivenOptions {
  readonly options: ProgramOptions;
  readonly given: ReadonlySet<string>;
}

/** What was given on the command line, by names as in `ProgramOptions`. */
export function givenOptions(command: Command): GivenOptions {
  const options = command.opts<ProgramOptions>();
  const given = Object.keys(options).filter((name) => command.getOptionValueSource(name) === "cli");
  return { options, given: new Set(given) };
}

/** Words of a text as a shell takes them apart: single and double quotes keep spaces. */
const shellWords = (text: string): string[] =>
  [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );

/** Options with others from a text such as `--noise-seed 2` in their place. Throws UsageError naming the option. */
export function withOptions(
  { options, given }: GivenOptions,
  text: string | undefined,
  name: string,
): GivenOptions {
  if (text === undefined) return { options, given };
  const command = addProgramOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse(shellWords(text), { from: "user" });
    if (command.args.length > 0) throw new UsageError(`unexpected "${command.args[0]}"`);
  } catch (error) {
    const [line] = (error as Error).message.replace(/^error: /, "").split("\n");
    throw new UsageError(`${name} "${text}": ${line}`);
  }
  const own = givenOptions(command);
  const changes = Object.fromEntries(Object.entries(own.options).filter(([key]) => own.given.has(key)));
  return { options: { ...options, ...changes }, given: new Set([...given, ...own.given]) };
}

const selection = (ppus: readonly PpuName[]): PpuSelection => (ppus.length === 2 ? "both" : ppus[0]);

/** Options that were not given are those of a recorded trace, so that a program runs as it was recorded. */
export function asRecorded(
  { options, given }: GivenOptions,
  { chip, timing, chipSeed, noiseSeed, ppus, has }: TraceHeader,
): ProgramOptions {
  const free = (...names: string[]) => !names.some((name) => given.has(name));
  const isPreset = ANALOG_PRESETS.some((preset) => preset === chip);
  const isTiming = /^(chip|rtl)\b/.test(timing);
  return {
    ...options,
    ...(has.accesses && free("chipSeed") && { chipSeed }),
    ...(has.accesses && free("noiseSeed") && { noiseSeed }),
    ...(free("ppu") && ppus.length > 0 && { ppu: selection(ppus) }),
    ...(isPreset &&
      free("chip", "ideal", "calibration", "analog") && { chip: chip as ProgramOptions["chip"] }),
    ...(isTiming && free("timing") && { timing }),
  };
}

/** How a program is run, in words. */
export function runText(file: string, options: ProgramOptions): string {
  const { ppu, chipSeed, noiseSeed, timing } = options;
  const where = ppu === "both" ? "both PPUs" : `the ${ppu} PPU`;
  return `${basename(file)}, run on ${where}, chip ${chipKind(options)}, chip seed ${chipSeed}, noise seed ${noiseSeed}, timing ${timing}`;
}

/** A trace of a program that runs while it is read. */
export async function runningTrace(file: string, options: ProgramOptions, maxCycles: number): Promise<Trace> {
  const image = await readProgram(file, options);
  const makeChip = await chipFactory(image, options);
  const ppus = ppusOf(options.ppu);
  const images = Object.fromEntries(ppus.map((ppu) => [ppu, image]));
  return liveTrace({ makeChip, images, header: traceHeader(file, options, { ppus }), maxCycles });
}

/** A trace, or a program to be run with these options. */
export const openArgument = (argument: string, options: ProgramOptions, maxCycles: number): Promise<Trace> =>
  openTrace(argument, { run: (path) => runningTrace(path, options, maxCycles) });
