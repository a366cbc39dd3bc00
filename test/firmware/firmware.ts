/** Compiles programs of `firmware/` and runs them on a chip, for the suites here. */
import { join } from "node:path";
import { Chip, type ChipOptions, type PpuSelection, type RunResult } from "../../src/chip/chip.ts";
import { packageRoot } from "../../src/package-root.ts";
import { compileFirmware } from "../../src/toolchain/compile.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { mailboxBase, memoryPieces } from "../../src/toolchain/loader.ts";

export const firmwarePath = (name: string): string => join(packageRoot(), "firmware", name);

const images = new Map<string, Promise<Image>>();

/** The image of a program, compiled once per suite. */
export function firmwareImage(name: string): Promise<Image> {
  let image = images.get(name);
  if (!image) images.set(name, (image = compileFirmware(firmwarePath(name)).then((result) => result.image)));
  return image;
}

export interface FirmwareRun {
  readonly chip: Chip;
  readonly result: RunResult;
}

/** Runs a program to its end on a new chip; `prepare` may fill memories before the start. */
export async function runFirmware(
  name: string,
  options: ChipOptions = {},
  ppus: PpuSelection = "top",
  prepare: (chip: Chip) => void = () => undefined,
): Promise<FirmwareRun> {
  const image = await firmwareImage(name);
  const chip = new Chip(options);
  chip.mailboxBase = mailboxBase(image);
  chip.load(memoryPieces(image), ppus);
  prepare(chip);
  chip.reset(ppus);
  return { chip, result: chip.run({ maxCycles: 100_000_000 }) };
}
