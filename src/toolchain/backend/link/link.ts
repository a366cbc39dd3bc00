/** Addresses for everything, encoded words, symbols, line entries, listing and map. */

import type { Image, Section } from "../../image.ts";
import { describeProgram } from "../debug/program.ts";
import { CodegenError } from "../errors.ts";
import { labelOf, linearize } from "../layout.ts";
import { encode, type Operand } from "../machine.ts";
import { EXTERNAL_BYTES, EXTERNAL_CODE, type LinkOptions, type Placed, type Program } from "./program.ts";
import { dataSections, externalData, vectorSection } from "./sections.ts";
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
  const placed: Placed[] = program.code.map(({ f, source, external }) => ({
    f,
    source,
    external,
    lines: linearize(f),
    address: 0,
  }));
  let internal = textStart;
  let external = EXTERNAL_CODE;
  for (const p of placed) {
    p.address = p.external ? external : internal;
    if (p.external) external += 4 * p.lines.length;
    else internal += 4 * p.lines.length;
    addresses.set(p.f.name, p.address);
    p.lines.forEach((line, i) => {
      for (const label of line.labels) addresses.set(label, p.address + 4 * i);
    });
  }
  checkSize(placed, internal, external, options);

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
  const inside = placed.filter((p) => !p.external);
  const outside = placed.filter((p) => p.external);
  text("int.text", inside, textStart);
  text("ext.text", outside, EXTERNAL_CODE);
  sections.push(...externalData(program, external));

  const image: Image = {
    entry: resolve("__init"),
    sections,
    symbols: symbols(placed, internal, external, options),
    lines: lineEntries(placed, options.debug !== undefined),
    debug: describeProgram(program, placed, options),
  };
  const map = mapText(image, placed, internal, options);
  return options.listing ? { image, map, listing: listingText(placed, encodeAll) } : { image, map };
}

const LARGEST_SHOWN = 8;

function checkSize(
  placed: readonly Placed[],
  internal: number,
  external: number,
  options: LinkOptions,
): void {
  const limit = options.stackTop - options.minimumStack;
  const largest = (outside: boolean) =>
    placed
      .filter((p) => p.external === outside)
      .sort((a, b) => b.lines.length - a.lines.length)
      .slice(0, LARGEST_SHOWN)
      .map((p) => `${p.f.name} ${4 * p.lines.length}`)
      .join(", ");
  if (internal > limit) {
    throw new CodegenError(
      `program too large for the SRAM by ${internal - limit} bytes (${internal} bytes with data, ${limit} available ` +
        `below a stack of ${options.minimumStack} bytes); place cold functions in external memory; largest functions: ${largest(false)}`,
    );
  }
  if (external - EXTERNAL_CODE > EXTERNAL_BYTES) {
    throw new CodegenError(
      `external code is too large by ${external - EXTERNAL_CODE - EXTERNAL_BYTES} bytes; largest functions: ${largest(true)}`,
    );
  }
}
