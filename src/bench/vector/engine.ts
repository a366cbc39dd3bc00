/** A vector instruction in an endless loop on a lone PPU, in the state that long runs are in. */
import { NO_BUS } from "../../core/bus.ts";
import { Ppu } from "../../core/ppu.ts";
import { CHIP_TIMING } from "../../core/timing-profile.ts";
import { assemble } from "../../toolchain/assembler/index.ts";

/** Copies of an instruction in its loop. */
const COPIES = 32;
/** Vector memory of loads and stores: the register RA holds its address. */
const DATA = 0x2000;
/** Registers RA and RB of loads and stores. */
export const ADDRESS = { base: 4, index: 5 };
/** Runs until the loop is translated, and the code that it becomes is entered again in V8's best compilation. */
const WARM_RUNS = 30;
const CYCLES_OF_RUN = 50_000;

/** Runs at least so many of the instruction, and returns how many. */
export type InstructionLoop = (instructions: number) => number;

export function instructionLoop(name: string, word: number): InstructionLoop {
  const ppu = new Ppu({ name: "bench", bus: NO_BUS, timing: CHIP_TIMING, translation: "auto" });
  const text = `again: ${`.long ${word >>> 0}\n`.repeat(COPIES)} b again`;
  const { data } = assemble(text, `${name}.s`).sections.find(({ executable }) => executable)!;
  ppu.writeSram(0, data!);
  ppu.setGpr(ADDRESS.base, DATA);
  const run = (cycles: number) => {
    const reason = ppu.run(ppu.cycle + cycles);
    if (reason !== "cycle") throw new Error(`the loop of ${name} stopped by ${reason}`);
  };
  for (let warm = 0; warm < WARM_RUNS; warm++) run(CYCLES_OF_RUN);
  return (instructions) => {
    const before = ppu.instructions;
    const target = before + (instructions * (COPIES + 1)) / COPIES;
    while (ppu.instructions < target) run(CYCLES_OF_RUN);
    return ((ppu.instructions - before) * COPIES) / (COPIES + 1);
  };
}
