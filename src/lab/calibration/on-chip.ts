/**
 * Calibration of a raw chip by firmware on both PPUs (`firmware/calibrate`), 256 columns of each at once. The host leaves
 * a header, lets the chip run, and reads records and registers.
 */
import { join } from "node:path";
import { Chip } from "../../chip/chip.ts";
import { readSettings } from "../../chip/settings.ts";
import { packageRoot } from "../../package-root.ts";
import type { Image } from "../../toolchain/image.ts";
import { mailboxBase, memoryPieces } from "../../toolchain/loader.ts";
import { type Calibration, type CalibrationOptions, completeOptions } from "./calibrate.ts";
import { encodeHeader, RecordReader, SHARED_OFFSET } from "./on-chip-records.ts";
import { OnChipSteps } from "./on-chip-steps.ts";
import { reportStep, type StepReport } from "./step.ts";

/** The firmware prints nothing; a small mailbox leaves SRAM to the program. */
const MAILBOX_BYTES = 256;
/** Searches nest, and the inner functions keep vectors on the stack. */
const STACK_BYTES = 2048;
/** The host looks for new records after so many cycles: 0.1 s of the chip. */
const SLICE_CYCLES = 25_000_000;
/** Four times what a whole calibration takes. */
const MAX_CYCLES = 4_000_000_000;

/** The firmware stopped without a result; one line. */
export class OnChipCalibrationError extends Error {
  override name = "OnChipCalibrationError";
}

export interface OnChipCalibration extends Calibration {
  readonly where: "ppu";
  readonly cycles: number;
  readonly steps: readonly OnChipStep[];
}

/** With cycles of the PPU that took longer; it slept while analog cells settled. */
export type OnChipStep = StepReport & Required<Pick<StepReport, "cycles" | "awakeCycles">>;

/** Compiles `firmware/calibrate`. */
export async function compileCalibrationFirmware(): Promise<Image> {
  const { compileFirmware } = await import("../../toolchain/compile.ts");
  const entry = join(packageRoot(), "firmware", "calibrate", "main.ts");
  return (await compileFirmware(entry, { mailboxBytes: MAILBOX_BYTES, minimumStack: STACK_BYTES })).image;
}

/**
 * Calibrates the chip of a seed by its own PPUs; the same steps and options as `calibrate`, without trial noise.
 * `firmware`: of `compileCalibrationFirmware`. Throws RangeError for options out of range, OnChipCalibrationError when
 * the firmware fails.
 */
export function calibrateOnChip(options: CalibrationOptions, firmware: Image): OnChipCalibration {
  const { working, ...head } = completeOptions(options);
  const { chipSeed, noiseSeed, parameters, onStep } = options;
  const chip = new Chip({
    ...{ chip: "raw", chipSeed, noiseSeed },
    ...(parameters ? { analogParameters: parameters } : {}),
  });
  chip.mailboxBase = mailboxBase(firmware);
  chip.load(memoryPieces(firmware));
  chip.externalMemory.write(SHARED_OFFSET, encodeHeader({ ...head, working }));
  chip.reset();
  const records = new RecordReader((offset, bytes) => chip.externalMemory.read(offset, bytes));
  const outcomes = new OnChipSteps({ working, baselineTarget: head.baselineTarget });
  const steps: OnChipStep[] = [];
  for (let running = true; running; ) {
    const stop = chip.run({ maxCycles: SLICE_CYCLES });
    for (const { kind, findings, effort } of records.takeNew().flatMap((record) => outcomes.of(record))) {
      const report = { ...reportStep(kind, findings, effort), ...effort };
      steps.push(report);
      onStep?.(report, findings);
    }
    running = stop.reason === "cycles" && chip.cycle < MAX_CYCLES;
    if (!running) checkEnd(chip, stop.reason);
  }
  return {
    ...head,
    where: "ppu",
    settings: readSettings(chip),
    steps,
    cycles: chip.cycle,
  };
}

/** A finding about the firmware makes its result doubtful, too. */
function checkEnd(chip: Chip, reason: string): void {
  const codes = [chip.returnCode("top"), chip.returnCode("bottom")];
  if (reason === "finished" && codes.every((code) => code === 0) && chip.diagnostics.length === 0) return;
  throw new OnChipCalibrationError(
    `the calibration firmware stopped by "${reason}" with return codes ${codes.join(" and ")}; ${chip.diagnostics[0]?.message ?? "no diagnostics"}`,
  );
}
