/** Interrupt vectors and data as sections. */

import type { Section } from "../../image.ts";
import { CodegenError } from "../errors.ts";
import { hex, type LinkOptions, type OutsideMemory, type Program } from "./program.ts";

export function vectorSection(program: Program, resolve: (name: string) => number): Section {
  const view = new DataView(new ArrayBuffer(program.vectorsEnd));
  for (const { address, target } of program.vectors) {
    const to = target === undefined ? 0 : resolve(target);
    view.setInt32(address, 0x48000000 | ((to - address) & 0x03fffffc));
  }
  return {
    name: "int.vectors",
    address: 0,
    size: view.byteLength,
    data: new Uint8Array(view.buffer),
    executable: true,
    writable: false,
    align: 4,
  };
}

export function dataSections(
  program: Program,
  options: LinkOptions,
  tables: readonly { address: number; labels: string[] }[],
  end: number,
  resolve: (name: string) => number,
): Section[] {
  const base = Math.min(
    options.dataBase,
    ...program.data.filter((d) => d.address >>> 0 < options.ramEnd).map((d) => d.address),
  );
  if (base < program.vectorsEnd) {
    throw new CodegenError(
      `static data at 0x${hex(base, 4)} lies over the interrupt vectors; raise the memory base`,
    );
  }
  const sections: Section[] = [];
  const bytes = new Uint8Array(Math.max(0, end - base));
  const view = new DataView(bytes.buffer);
  let used = base;
  for (const { address, bytes: content } of program.data) {
    if (address >>> 0 >= options.ramEnd) continue;
    if (address + content.length > end) {
      throw new CodegenError(`data at 0x${hex(address)} reaches beyond the end of static data 0x${hex(end)}`);
    }
    bytes.set(content, address - base);
    used = Math.max(used, address + content.length);
  }
  for (const { address, value } of program.words) view.setInt32(address - base, value);
  program.functionTable.names.forEach((name, i) => {
    view.setInt32(program.functionTable.address + 4 * i - base, name === null ? 0 : resolve(name));
  });
  for (const { address, labels } of tables) {
    labels.forEach((label, i) => {
      view.setInt32(address + 4 * i - base, resolve(label));
    });
  }
  const data = (from: number, to: number, name: string): void => {
    if (to <= from) return;
    const content = bytes.slice(from - base, to - base);
    sections.push({
      name,
      address: from,
      size: to - from,
      data: content,
      executable: false,
      writable: true,
      align: 4,
    });
  };
  // Zeroed space between the initialised data and the generator's own words takes no room in the file.
  const gapStart = (used + 3) & -4;
  const gapEnd = options.dataEnd & -4;
  if (gapEnd - gapStart >= 64) {
    data(base, gapStart, "int.data");
    sections.push({
      name: "int.bss",
      address: gapStart,
      size: gapEnd - gapStart,
      executable: false,
      writable: true,
      align: 4,
    });
    data(gapEnd, end, "int.data.words");
  } else data(base, end, "int.data");
  return sections;
}

/** Gaps up to this many bytes, which alignment leaves, do not begin another section of external data. */
const SMALL_GAP = 16;

/** Data in a memory outside of the PPU, behind the code that ends at `codeEnd`; pieces that lie close together in one section. */
export function outsideData(program: Program, memory: OutsideMemory, codeEnd: number): Section[] {
  const sections: { address: number; data: Uint8Array }[] = [];
  for (const { address, data } of outsidePieces(program, memory, codeEnd)) {
    const last = sections.at(-1);
    if (!last || address > last.address + last.data.length + SMALL_GAP) sections.push({ address, data });
    else {
      const joined = new Uint8Array(address - last.address + data.length);
      joined.set(last.data);
      joined.set(data, address - last.address);
      last.data = joined;
    }
  }
  return sections.map(({ address, data }) => ({
    name: memory.sections.data,
    address,
    size: data.length,
    data,
    executable: false,
    writable: true,
    align: 4,
  }));
}

function outsidePieces(
  program: Program,
  { title, decorator, code, data: begin, bytes: size }: OutsideMemory,
  codeEnd: number,
): { address: number; data: Uint8Array }[] {
  const codeBytes = codeEnd - code;
  return program.data
    .map(({ address, bytes, name }) => ({ address: address >>> 0, bytes, name }))
    .filter(({ address }) => address >= begin && address < begin + size)
    .sort((a, b) => a.address - b.address)
    .map(({ address, bytes, name }) => {
      const offset = address - begin;
      if (offset + bytes.length > size) {
        const excess = offset + bytes.length - size;
        throw new CodegenError(
          `${decorator} data ${name ?? `at 0x${hex(address)}`} of ${bytes.length} bytes reaches ${excess} bytes beyond the ` +
            `${title}; make ${decorator} data smaller`,
        );
      }
      if (offset < codeBytes) {
        throw new CodegenError(
          `data at 0x${hex(address)} lies over code in ${title}, which takes ${codeBytes} bytes`,
        );
      }
      return { address, data: bytes };
    });
}
