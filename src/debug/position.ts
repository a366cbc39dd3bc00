/** Places in the deterministic course of a chip. */
import type { Boundary, Chip, PpuName } from "../chip/index.ts";
import type { Position } from "./types.ts";

export const PPUS = ["top", "bottom"] as const satisfies readonly PpuName[];
export const sideIndex = (ppu: PpuName): 0 | 1 => (ppu === "top" ? 0 : 1);

/** Where the chip stands; `ppu`: at whose instruction boundary, undefined = at a window boundary. */
export function positionOf(chip: Chip, ppu: PpuName | undefined, changes: number): Position {
  const instructions: [number, number] = [chip.instructions("top"), chip.instructions("bottom")];
  const { time, windowEnd, epochs } = chip.clock;
  if (ppu === undefined) return { instructions, cycle: time, windowEnd, changes };
  const cycle = chip.ppus[ppu].cycle + epochs[sideIndex(ppu)];
  return { instructions, ppu, cycle, windowEnd, changes };
}

/** Retired instructions of both PPUs. */
export const totalOf = ({ instructions }: Position): number => instructions[0] + instructions[1];

/** The boundary to run to, or undefined for a window boundary. */
export function boundaryOf({ ppu, instructions, cycle, windowEnd }: Position): Boundary | undefined {
  return ppu && { ppu, instructions, cycle, windowEnd };
}

/** First boundary at which a PPU has retired `count` instructions since the chip was made. */
export function retiredBoundary(ppu: PpuName, count: number): Boundary {
  return { ppu, instructions: ppu === "top" ? [count, 0] : [0, count], cycle: 0, windowEnd: 0 };
}

export function samePosition(a: Position, b: Position): boolean {
  return (
    a.instructions[0] === b.instructions[0] &&
    a.instructions[1] === b.instructions[1] &&
    a.ppu === b.ppu &&
    a.cycle === b.cycle &&
    a.changes === b.changes
  );
}

/** True if `a` certainly comes before `b`. Where nothing retires between the two, that may not be known. */
export function isBefore(a: Position, b: Position): boolean {
  if (a.changes !== b.changes) return a.changes < b.changes;
  if (totalOf(a) !== totalOf(b)) return totalOf(a) < totalOf(b);
  return a.ppu === undefined && b.ppu === undefined && a.cycle < b.cycle;
}
