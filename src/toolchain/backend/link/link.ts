/** Addresses for everything, encoded words, symbols, line entries, listing and map. */

import type { Image, Section } from "../../image.ts";
import type { Placement } from "../../wasm-tree.ts";
import { describeProgram } from "../debug/program.ts";
import { CodegenError } from "../errors.ts";
import { labelOf, linearize } from "../layout.ts";
import { encode, type Operand } from "../machine.ts";
import { type LinkOptions, OUTSIDE, type Placed, type Program } from "./program.ts";
import { dataSections, outsideData, vectorSection } from "./sections.ts";
import { lineEntries, symbols } from "./symbols.ts";
import { listingText, mapText } from "./text.ts";

/** Gives everything an address and makes the image. Throws CodegenError when the program does not fit. */
export function link(
  program: Program,
  options: LinkOptions,
): { image: Image; listing?: string; map: string } {
  const addresses = new Map<string, number>();
  let dataEnd = program.tablesAt;
  const tables: { address: number; labels: string[] }[] = [];
  for (const { f } of program.code) {
    for (const table of f.tables) {
      addresses.set(table.name, dataEnd);
      tables.push({ address: dataEnd, labels: table.targets.map((block) => labelOf(f, block)) });
      dataEnd += 4 * table.targets.length;
    }
  }
  const textStart = (dataEnd + 15) & -16;
  const placed: Placed[] = program.code.map(({ f, source, placement }) => ({
    f,
    source,
    placement,
    lines: linearize(f),
    address: 0,
  }));
  /** Where the next function of a placement goes. */
  const ends = { internal: textStart } as Record<Placement, number>;
  for (const { placement, code } of OUTSIDE) ends[placement] = code;
  for (const p of placed) {
    p.address = ends[p.placement];
    ends[p.placement] += 4 * p.lines.length;
    addresses.set(p.f.name, p.address);
    p.lines.forEach((line, i) => {
      for (const label of line.labels) addresses.set(label, p.address + 4 * i);
    });
  }
  checkSize(placed, ends, options);

  const resolve = (name: string): number => {
    const address = addresses.get(name);
    if (address === undefined) throw new CodegenError(`undefined symbol "${name}"`);
    return address;
  };
  const encodeAll = (p: Placed): Uint8Array => {
    const bytes = new DataView(new ArrayBuffer(4 * p.lines.length));
    p.lines.forEach(({ instruction }, i) => {
      const here = p.address + 4 * i;
      const value = (operand: Exclude<Operand, { kind: "register" | "number" | "lost" }>): number => {
        if (operand.kind === "frame") {
          throw new CodegenError(`stack place in ${p.f.name} without a frame`, instruction.location);
        }
        const target = resolve(operand.name) + operand.addend;
        if (operand.part === "relative") return target - here;
        if (operand.part === "high") return target >> 16;
        if (operand.part === "highAdjusted") return (target + 0x8000) >> 16;
        return instruction.mnemonic === "ori" ? target & 0xffff : (target << 16) >> 16;
      };
      bytes.setInt32(4 * i, encode(instruction, value));
    });
    return new Uint8Array(bytes.buffer);
  };

  const sections: Section[] = [vectorSection(program, resolve)];
  sections.push(...dataSections(program, options, tables, dataEnd, resolve));
  const text = (name: string, list: Placed[], address: number): void => {
    if (list.length === 0) return;
    const parts = list.map(encodeAll);
    const data = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      data.set(part, at);
      at += part.length;
    }
    sections.push({ name, address, size: data.length, data, executable: true, writable: false, align: 4 });
  };
  const codeOf = (placement: Placement) => placed.filter((p) => p.placement === placement);
  text("int.text", codeOf("internal"), textStart);
  for (const memory of OUTSIDE) {
    text(memory.sections.code, codeOf(memory.placement), memory.code);
    sections.push(...outsideData(program, memory, ends[memory.placement]));
  }

  const image: Image = {
    entry: resolve("__init"),
    sections,
    symbols: symbols(placed, ends, options),
    lines: lineEntries(placed, options.debug !== undefined),
    debug: describeProgram(program, placed, options),
  };
  const map = mapText(image, placed, ends.internal, options);
  return options.listing ? { image, map, listing: listingText(placed, encodeAll) } : { image, map };
}

const LARGEST_SHOWN = 8;

function checkSize(
  placed: readonly Placed[],
  ends: Readonly<Record<Placement, number>>,
  options: LinkOptions,
): void {
  const limit = options.stackTop - options.minimumStack;
  const { internal } = ends;
  const largest = (placement: Placement) =>
    placed
      .filter((p) => p.placement === placement)
      .sort((a, b) => b.lines.length - a.lines.length)
      .slice(0, LARGEST_SHOWN)
      .map((p) => `${p.f.name} ${4 * p.lines.length}`)
      .join(", ");
  if (internal > limit) {
    throw new CodegenError(
      `program too large for the SRAM by ${internal - limit} bytes (${internal} bytes with data, ${limit} available ` +
        `below a stack of ${options.minimumStack} bytes); place cold functions in external memory; largest functions: ${largest("internal")}`,
    );
  }
  for (const { placement, title, code, bytes } of OUTSIDE) {
    const excess = ends[placement] - code - bytes;
    if (excess <= 0) continue;
    throw new CodegenError(
      `code in ${title} is too large by ${excess} bytes; largest functions: ${largest(placement)}`,
    );
  }
}
