/** Raw records of both PPUs with what they cause in the analog core, in cycles of the chip. */

import type { Ppu } from "../core/ppu.ts";
import { Recorder } from "../core/record/recorder.ts";
import type { Hemisphere, HemisphereTap } from "./analog/hemisphere.ts";
import type { PpuName } from "./types.ts";

/** As `RecordSink` of the core; times in the entries plus `base` are cycles of the chip. */
export type ChipRecordSink = (
  ppu: PpuName,
  words: Int32Array,
  from: number,
  end: number,
  base: number,
) => void;

/** What recording needs to know of a chip; sides are 0 top, 1 bottom. */
export interface RecordedChip {
  readonly ppus: readonly Ppu[];
  readonly hemispheres: readonly Hemisphere[];
  readonly names: readonly PpuName[];
  /** The side that executes right now. */
  running(): number | undefined;
  /** Cycle of the chip for one of a PPU. */
  chipCycle(side: number, cycle: number): number;
}

/** A recording in progress. */
export interface Recording {
  /** Hands on what has been recorded so far. Not to be called while the chip runs. */
  flush(): void;
  /** Hands on the rest and ends the recording. */
  stop(): void;
}

/** What happens in the analog core goes to the PPU that executes, else to the hemisphere's own. */
class Tap implements HemisphereTap {
  readonly #chip: RecordedChip;
  readonly #recorders: readonly (Recorder | undefined)[];

  constructor(chip: RecordedChip, recorders: readonly (Recorder | undefined)[]) {
    this.#chip = chip;
    this.#recorders = recorders;
  }

  event(hemisphere: number, busMask: number, rowSelect: number, address: number, cycle: number): void {
    const packed = busMask | ((rowSelect & 31) << 8) | ((address & 63) << 16);
    const side = this.#side(hemisphere);
    this.#recorders[side]?.note("event", hemisphere, this.#relative(side, cycle), packed);
  }

  conversion(hemisphere: number, causal: Uint8Array, cycle: number): void {
    const side = this.#side(hemisphere);
    this.#recorders[side]?.conversion(hemisphere, this.#relative(side, cycle), causal);
  }

  #side(hemisphere: number): number {
    return this.#chip.running() ?? hemisphere;
  }

  #relative(side: number, cycle: number): number {
    return this.#recorders[side]?.relative(cycle - this.#chip.chipCycle(side, 0)) ?? 0;
  }
}

/** Records the PPUs of a chip that `selected` names. */
export function recordChip(
  chip: RecordedChip,
  selected: readonly PpuName[],
  sink: ChipRecordSink,
): Recording {
  const recorders = chip.names.map((name, side) =>
    selected.includes(name)
      ? new Recorder((words, from, end, base) => {
          sink(name, words, from, end, chip.chipCycle(side, base));
        })
      : undefined,
  );
  const tap = new Tap(chip, recorders);
  chip.ppus.forEach((ppu, side) => {
    ppu.recorder = recorders[side];
  });
  for (const hemisphere of chip.hemispheres) hemisphere.tap = tap;
  const flush = () => {
    for (const recorder of recorders) recorder?.flush();
  };
  return {
    flush,
    stop() {
      // A PPU hands on what its recorder still holds.
      for (const ppu of chip.ppus) ppu.recorder = undefined;
      for (const hemisphere of chip.hemispheres) hemisphere.tap = undefined;
    },
  };
}
