import type { SectionBuilder } from "./section-builder.ts";

/** Memories an assembled program is laid out in: where code and where data begin (firmware-abi 1.1). */
const REGIONS = [
  { prefix: "ext_dram", code: 0x9000_0000, data: 0x5000_0000 },
  { prefix: "ext", code: 0x8000_0000, data: 0x4000_0000 },
  { prefix: "", code: 0, data: 0 },
] as const;

export const RAM_END = 0x4000;
const STACK_REDZONE_BYTES = 128;

const alignUp = (value: number, alignment: number): number => Math.ceil(value / alignment) * alignment;
const rank = (section: SectionBuilder): number => (section.kind.executable ? 0 : section.kind.empty ? 2 : 1);
const atReset = (section: SectionBuilder): number => (section.name.startsWith("int.text") ? 0 : 1);

/**
 * Gives every section its address: in each memory code, then data, then zeroed space, each group from a multiple of
 * 16. `int.text` comes first, since the PPU starts at address 0. In external memory data follow the code at the same
 * offset of the data view. Returns the end of what lies in the SRAM.
 */
export function layOut(sections: readonly SectionBuilder[], textAddress: number): number {
  let internalEnd = 0;
  const left = new Set(sections);
  for (const region of REGIONS) {
    const mine = [...left].filter((section) => section.name.startsWith(region.prefix));
    for (const section of mine) left.delete(section);
    mine.sort((a, b) => rank(a) - rank(b) || atReset(a) - atReset(b));
    let offset = region.prefix === "" ? textAddress : 0;
    let group = 0;
    for (const section of mine) {
      if (section.size > 0 && rank(section) !== group) {
        group = rank(section);
        offset = alignUp(offset, 16);
      }
      offset = alignUp(offset, section.align);
      section.address = (section.kind.executable ? region.code : region.data) + offset;
      offset += section.size;
    }
    if (region.prefix === "") internalEnd = offset;
  }
  return internalEnd;
}

/** Values of the symbols that the official linker script defines (firmware-abi 1.1), by name. */
export function linkerSymbols(internalEnd: number, mailboxBytes: number): ReadonlyMap<string, number> {
  const mailboxBase = RAM_END - mailboxBytes;
  const redzone = alignUp(internalEnd, 16) + STACK_REDZONE_BYTES;
  return new Map([
    ["ram_base", 0],
    ["ram_end", RAM_END],
    ["mailbox_size", mailboxBytes],
    ["mailbox_base", mailboxBase],
    ["mailbox_end", RAM_END],
    ["stack_ptr_init", mailboxBase - 16],
    ["_int_end", internalEnd],
    ["stack_redzone", redzone],
    ["heap_base", redzone],
    ["heap_end", mailboxBase - 8],
  ]);
}
