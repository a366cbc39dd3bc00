/** Runs scalar benchmark programs on a lone PPU. */
import { NO_BUS } from "../../core/bus.ts";
import { Ppu } from "../../core/ppu.ts";
import { CHIP_TIMING } from "../../core/timing-profile.ts";
import type { TranslationMode } from "../../core/translation/mode.ts";
import { secondsSince } from "../turns.ts";
import { ORIGIN, type ScalarProgram, WAIT } from "./programs.ts";

/** The chip's profile, with code outside the SRAM as fast as in it. */
const TIMING = { ...CHIP_TIMING, externalFetchPenalty: 0 };
export interface Measured {
  readonly seconds: number;
  readonly instructions: number;
  /** Of the chip's clock; 0 where nobody counts them. */
  readonly cycles: number;
  /** Low byte of r3. */
  readonly checksum: number;
}

/** Runs to the end; `prepare` sees the PPU before. Throws Error when it stops elsewhere. */
export function onEngine(
  program: ScalarProgram,
  repetitions: number,
  prepare: (ppu: Ppu) => void = () => {},
  { bus = NO_BUS, translation = "auto" as TranslationMode } = {},
): Measured {
  const ppu = new Ppu({ name: "bench", bus, timing: TIMING, translation });
  program.words(repetitions, WAIT).forEach((word, index) => {
    ppu.writeSramWord(ORIGIN + 4 * index, word);
  });
  ppu.pc = ORIGIN;
  prepare(ppu);
  const begin = process.hrtime.bigint();
  const reason = ppu.run(Number.POSITIVE_INFINITY);
  const seconds = secondsSince(begin);
  if (reason !== "sleep") throw new Error(`"${program.name}" stopped by ${reason}`);
  return { seconds, instructions: ppu.instructions, cycles: ppu.cycle, checksum: ppu.gpr(3) & 255 };
}
