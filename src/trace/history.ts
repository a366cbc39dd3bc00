/** The last instructions of a PPU for messages about what went wrong. */
import { disassemble } from "../../isa/disassemble.ts";
import type { Chip, PpuName } from "../chip/index.ts";
import { peekInstruction } from "../debug/memory.ts";
import type { Image } from "../toolchain/image.ts";
import { AddressIndex, formatLocation } from "../toolchain/symbols.ts";

export interface PastInstruction {
  /** Of the PPU, when it issued. */
  readonly cycle: number;
  readonly pc: number;
  /** As the memory holds it now. */
  readonly instruction: string;
  readonly symbol: string | null;
  readonly source: string | null;
}

/**
 * At most `count` instructions, oldest first, from the PPU's counters; none without counters. `until`: those before and
 * including the last one at this address, as fault handlers come behind it.
 */
export function lastInstructions(
  chip: Chip,
  ppu: PpuName,
  image: Image,
  count: number,
  until?: number,
): PastInstruction[] {
  const all = chip.ppus[ppu].counters?.history() ?? [];
  const last = until === undefined ? -1 : all.findLastIndex(({ pc }) => pc === until);
  const end = last < 0 ? all.length : last + 1;
  const index = new AddressIndex(image);
  return all.slice(Math.max(0, end - count), end).map(({ pc, cycle }) => {
    const word = peekInstruction(chip, ppu, pc);
    const source = index.sourceAt(pc);
    return {
      cycle,
      pc,
      instruction: word === undefined ? "?" : disassemble(word, pc).text,
      symbol: index.nameOf(pc) ?? null,
      source: source ? formatLocation(source) : null,
    };
  });
}

/** One line an instruction, in columns. */
export function formatHistory(history: readonly PastInstruction[]): string[] {
  const cells = history.map(({ cycle, pc, instruction, symbol, source }) => [
    String(cycle),
    `0x${pc.toString(16).padStart(8, "0")}`,
    symbol ? `<${symbol}>` : "",
    instruction,
    source ?? "",
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padStart(widths[0]) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
