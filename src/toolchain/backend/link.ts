/** Addresses for everything, encoded words, symbols, line entries, listing and map. */
import type { Image, ImageSymbol, LineEntry, Section } from "../image.ts";
import type { WasmFunction } from "../wasm-tree.ts";
import { CodegenError } from "./errors.ts";
import { type CodeLine, labelOf, linearize } from "./layout.ts";
import { formatInstruction } from "./listing.ts";
import { encode, type MachineFunction, type Operand } from "./machine.ts";

export interface Program {
  readonly vectors: readonly { readonly address: number; readonly target: string | undefined }[];
  readonly vectorsEnd: number;
  /** Start-up code first. */
  readonly code: readonly {
    readonly f: MachineFunction;
    readonly source: WasmFunction | undefined;
    readonly external: boolean;
  }[];
  readonly words: readonly { readonly address: number; readonly value: number }[];
  readonly functionTable: { readonly address: number; readonly names: readonly (string | null)[] };
  /** Where the jump tables of switches go. */
  readonly tablesAt: number;
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array }[];
}

export interface LinkOptions {
  readonly dataBase: number;
  readonly dataEnd: number;
  readonly mailboxBytes: number;
  readonly ramEnd: number;
  readonly stackTop: number;
  readonly minimumStack: number;
  readonly listing: boolean;
}

const EXTERNAL_CODE = 0x80000000;
const EXTERNAL_DATA = 0x40000000;
const EXTERNAL_BYTES = 0x20000;
const LARGEST_SHOWN = 8;
const hex = (n: number, digits = 8) => (n >>> 0).toString(16).padStart(digits, "0");

interface Placed {
  readonly f: MachineFunction;
  readonly source: WasmFunction | undefined;
  readonly external: boolean;
  readonly lines: CodeLine[];
  address: number;
}

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
      const value = (operand: Exclude<Operand, { kind: "register" | "number" }>): number => {
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
    lines: lineEntries(placed),
  };
  const map = mapText(image, placed, internal, options);
  return options.listing ? { image, map, listing: listingText(placed, encodeAll) } : { image, map };
}

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

function vectorSection(program: Program, resolve: (name: string) => number): Section {
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

function dataSections(
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

function externalData(program: Program, codeEnd: number): Section[] {
  const codeBytes = codeEnd - EXTERNAL_CODE;
  return program.data
    .filter((d) => d.address >>> 0 >= EXTERNAL_DATA)
    .map(({ address, bytes }) => {
      const offset = (address >>> 0) % EXTERNAL_DATA;
      if (offset < codeBytes) {
        throw new CodegenError(
          `external data at 0x${hex(address)} lies over external code, which takes ${codeBytes} bytes`,
        );
      }
      return {
        name: "ext.data",
        address: address >>> 0,
        size: bytes.length,
        data: bytes,
        executable: false,
        writable: true,
        align: 4,
      };
    });
}

function symbols(
  placed: readonly Placed[],
  internal: number,
  external: number,
  options: LinkOptions,
): ImageSymbol[] {
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
  absolute("stack_redzone", ((internal + 15) & -16) + 128);
  for (const p of placed) {
    list.push({
      name: p.f.name,
      address: p.address,
      size: 4 * p.lines.length,
      type: "function",
      global: p.source === undefined || p.source.exports.length > 0,
      section: p.external ? "ext.text" : "int.text",
    });
    for (const name of p.source?.exports ?? []) {
      if (name === p.f.name || placed.some((other) => other.f.name === name)) continue;
      list.push({
        name,
        address: p.address,
        size: 4 * p.lines.length,
        type: "function",
        global: true,
        section: p.external ? "ext.text" : "int.text",
      });
    }
  }
  return list;
}

function lineEntries(placed: readonly Placed[]): LineEntry[] {
  const entries: LineEntry[] = [];
  for (const p of placed) {
    let last = p.source?.location;
    if (last) entries.push({ ...last, address: p.address });
    p.lines.forEach(({ instruction }, i) => {
      const location = instruction.location;
      if (!location || i === 0) return;
      if (
        last &&
        location.file === last.file &&
        location.line === last.line &&
        location.column === last.column
      )
        return;
      last = location;
      entries.push({ ...location, address: p.address + 4 * i });
    });
  }
  return entries.sort((a, b) => a.address - b.address);
}

function listingText(placed: readonly Placed[], encodeAll: (p: Placed) => Uint8Array): string {
  const text: string[] = [];
  for (const p of placed) {
    const words = new DataView(encodeAll(p).buffer);
    text.push("", `${hex(p.address)} <${p.f.name}>:`);
    let last = "";
    p.lines.forEach(({ instruction }, i) => {
      const { location } = instruction;
      const where = location ? `${location.file}:${location.line}` : "";
      if (where && where !== last) text.push(`; ${where}`);
      last = where || last;
      const here = p.address + 4 * i;
      const word = words.getInt32(4 * i);
      text.push(`${hex(here)}:  ${hex(word)}  ${formatInstruction(word, here)}`);
    });
  }
  return `${text.join("\n")}\n`;
}

function mapText(image: Image, placed: readonly Placed[], internal: number, options: LinkOptions): string {
  const text = ["section          address   bytes"];
  for (const s of image.sections)
    text.push(`${s.name.padEnd(16)} ${hex(s.address)} ${String(s.size).padStart(6)}`);
  text.push("", "function                                  address   bytes");
  for (const p of placed) {
    text.push(`${p.f.name.padEnd(41)} ${hex(p.address)} ${String(4 * p.lines.length).padStart(6)}`);
  }
  text.push("", `SRAM used ${internal} bytes, free for the stack ${options.stackTop - internal} bytes`);
  return `${text.join("\n")}\n`;
}
