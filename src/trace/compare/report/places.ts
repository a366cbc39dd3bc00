/** Where a record stands: instruction, symbol, source. */
import { disassemble } from "../../../../isa/disassemble.ts";
import { escapeControls } from "../../../text.ts";
import type { Trace } from "../../model.ts";
import { type SymbolsByPpu, symbolsOf } from "../../symbols.ts";
import type { Both, Placed } from "../types.ts";
import { hex8 } from "./values.ts";

/** Symbols of both traces. */
export type BothSymbols = Both<SymbolsByPpu>;

export const bothSymbols = (a: Trace, b: Trace): BothSymbols => [symbolsOf(a), symbolsOf(b)];

/** `lwz r5, 0(r4) at convolve+0x10 (conv.ts:44)`; what a record is where it is no instruction. */
export function placeText({ record }: Placed, symbols: SymbolsByPpu, hasWords = true): string {
  if (record.kind === "exception") return `exception ${hex8(record.vector)}`;
  if (record.kind !== "instruction") return record.kind;
  const known = symbols[record.ppu];
  const symbolAt = (address: number) => known.nameOf(address);
  const name = known.nameOf(record.pc);
  const source = known.sourceAt(record.pc);
  const instruction = hasWords ? `${disassemble(record.word, record.pc, { symbolAt }).text} at ` : "";
  const place = source ? ` (${source.file}:${source.line})` : "";
  return escapeControls(`${instruction}${name ?? hex8(record.pc)}${place}`);
}

/** The line of source that an instruction belongs to; undefined where there is none or the file is not found. */
export function sourceLine({ record }: Placed, symbols: SymbolsByPpu): string | undefined {
  if (record.kind !== "instruction") return undefined;
  const known = symbols[record.ppu];
  const source = known.sourceAt(record.pc);
  const text = source && known.program?.sourceText(source.file)?.[source.line - 1];
  return text === undefined ? undefined : escapeControls(`${source!.file}:${source!.line}: ${text.trim()}`);
}
