/** Symbols of the ABI and of functions, and line entries. */

import type { ImageSymbol, LineEntry, SourceLocation } from "../../image.ts";
import type { Placement } from "../../wasm-tree.ts";
import { codeSection, type LinkOptions, ownPlace, type Placed } from "./program.ts";

export function symbols(
  placed: readonly Placed[],
  ends: Readonly<Record<Placement, number>>,
  options: LinkOptions,
): ImageSymbol[] {
  const { internal, external, dram } = ends;
  const list: ImageSymbol[] = [];
  const absolute = (name: string, address: number): void => {
    list.push({ name, address, size: 0, type: "none", global: true });
  };
  const mailboxBase = options.ramEnd - options.mailboxBytes;
  absolute("ram_base", 0);
  absolute("ram_end", options.ramEnd);
  absolute("mailbox_size", options.mailboxBytes);
  absolute("mailbox_base", mailboxBase);
  absolute("mailbox_end", options.ramEnd);
  absolute("stack_ptr_init", options.stackTop);
  absolute("_isr_undefined", 0);
  absolute("_int_end", internal);
  absolute("_ext_end", external);
  absolute("_ext_dram_end", dram);
  absolute("stack_redzone", ((internal + 15) & -16) + 128);
  for (const p of placed) {
    list.push({
      name: p.f.name,
      address: p.address,
      size: 4 * p.lines.length,
      type: "function",
      global: p.source === undefined || p.source.exports.length > 0,
      section: codeSection(p.placement),
    });
    for (const name of p.source?.exports ?? []) {
      if (name === p.f.name || placed.some((other) => other.f.name === name)) continue;
      list.push({
        name,
        address: p.address,
        size: 4 * p.lines.length,
        type: "function",
        global: true,
        section: codeSection(p.placement),
      });
    }
  }
  return list;
}

const entry = ({ file, line, column }: SourceLocation, address: number): LineEntry => ({
  file,
  line,
  column,
  address,
});

/**
 * Lines of functions: first where each is declared, then where its instructions were written, the first instruction
 * included if that is another line. With `debug`, by `ownPlace`.
 */
export function lineEntries(placed: readonly Placed[], debug: boolean): LineEntry[] {
  const entries: LineEntry[] = [];
  for (const p of placed) {
    let last = p.source?.location;
    if (last) entries.push(entry(last, p.address));
    p.lines.forEach(({ instruction }, i) => {
      const location = debug ? ownPlace(p, instruction) : instruction.location;
      if (!location) return;
      const isSameLine = last && location.file === last.file && location.line === last.line;
      if (isSameLine && (i === 0 || location.column === last?.column)) return;
      last = location;
      entries.push(entry(location, p.address + 4 * i));
    });
  }
  return entries.sort((a, b) => a.address - b.address);
}
