import { type RegisterGroupName, SessionError } from "../../types.ts";
import { addressArgument } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import { instructionLine, lineData, symbolAt } from "../render/places.ts";
import { hex32 } from "../style.ts";
import type { Terminal } from "../terminal.ts";

const SCALAR_GROUPS: readonly RegisterGroupName[] = ["general", "condition", "special"];
/** Special registers that `info registers` shows beside the general ones. */
const MAIN_SPECIALS = new Set(["pc", "cr", "xer", "lr", "ctr", "msr", "srr0", "srr1"]);
const REGISTERS_ACROSS = 4;

function registers(terminal: Terminal, text: string): Result {
  const { session, style, ppu, changes } = terminal;
  const scalars = session.registerDescriptions().filter(({ group }) => SCALAR_GROUPS.includes(group));
  const names = text.split(/[\s,]+/).filter(Boolean);
  const isAll = names.length === 1 && names[0] === "all";
  const unknown = isAll
    ? undefined
    : names.find((name) => !scalars.some((register) => register.name === name));
  if (unknown !== undefined) {
    throw new SessionError(
      `no scalar register "${unknown}"; info registers all lists them, info vector shows vectors`,
    );
  }
  const shown = scalars.filter(({ name, group }) => {
    if (isAll) return true;
    return names.length > 0 ? names.includes(name) : group === "general" || MAIN_SPECIALS.has(name);
  });
  const values = shown.map(({ name }) => {
    const value = Number(session.readRegister(ppu, name));
    return { name, value, changed: changes.isChanged(ppu, name, value) };
  });
  const width = Math.max(...values.map(({ name }) => name.length));
  const cells = values.map(({ name, value, changed }) => {
    const cell = `${name.padEnd(width)} ${hex32(value)}`;
    return changed ? style.changed(`${cell}*`) : `${cell} `;
  });
  const rows = Math.ceil(cells.length / REGISTERS_ACROSS);
  const lines = Array.from({ length: rows }, (_, row) =>
    cells
      .filter((_cell, index) => index % rows === row)
      .join("  ")
      .trimEnd(),
  );
  return { kind: "registers", data: { ppu, registers: values }, lines };
}

interface Examination {
  readonly count: number;
  readonly letter: string;
  readonly size: 1 | 2 | 4;
}

const SIZES: Readonly<Record<string, 1 | 2 | 4>> = { b: 1, h: 2, w: 4 };
const MOST_UNITS = 65536;
const ROW_BYTES = 16;
/** Longest text that x/s shows. */
const MOST_CHARACTERS = 256;

/** `16xb` taken apart: a count, a letter for the format, one for the size. */
function readFormat(format: string, before: string): Examination {
  const merged = format === "" ? before : format;
  const match = /^(\d*)([a-z]*)$/.exec(merged);
  if (!match) throw new SessionError(`x/${format}: the count stands first, as in x/16xb`);
  const letters = [...match[2]];
  const size = letters.filter((letter) => letter in SIZES);
  const other = letters.filter((letter) => !(letter in SIZES));
  if (size.length > 1 || other.length > 1) {
    throw new SessionError(`x/${format}: give one size (b, h, w) and one format (x, d, u, t, c, i, s)`);
  }
  const letter = other[0] ?? "x";
  const count = match[1] === "" ? 1 : Number(match[1]);
  if (count < 1 || count > MOST_UNITS)
    throw new SessionError(`x/${format}: the count must be 1..${MOST_UNITS}`);
  return { count, letter, size: SIZES[size[0]] ?? (letter === "c" || letter === "s" ? 1 : 4) };
}

function examine(terminal: Terminal, text: string, format: string): Result {
  const how = readFormat(format, terminal.examined?.format ?? "");
  if (text === "" && !terminal.examined) throw new SessionError("x needs an address");
  const address = text === "" ? terminal.examined!.next : addressArgument(terminal, text);
  const { result, next } =
    how.letter === "i"
      ? examineCode(terminal, address, how)
      : how.letter === "s"
        ? examineText(terminal, address)
        : examineUnits(terminal, address, how);
  terminal.examined = { next, format: format === "" ? (terminal.examined?.format ?? "") : format };
  return result;
}

function examineCode(terminal: Terminal, address: number, { count }: Examination) {
  const lines = terminal.session.disassemble(terminal.ppu, address & ~3, count);
  if (lines.length === 0) throw new SessionError(`no memory at ${hex32(address)}`);
  const data = lines.map(lineData);
  const result: Result = {
    kind: "code",
    data: { lines: data },
    lines: lines.map((line) => instructionLine(terminal, line)),
  };
  return { result, next: lines[lines.length - 1].address + 4 };
}

function examineText(terminal: Terminal, address: number) {
  const bytes = terminal.session.readMemory(terminal.ppu, address, MOST_CHARACTERS);
  const end = bytes.indexOf(0);
  const used = bytes.subarray(0, end < 0 ? bytes.length : end);
  const text = Array.from(used, (byte) => String.fromCharCode(byte)).join("");
  const line = `${terminal.style.address(address)}: ${JSON.stringify(text)}`;
  const result: Result = {
    kind: "memory",
    data: { address, size: 1, values: Array.from(used) },
    lines: [end < 0 ? `${line}…` : line],
  };
  return { result, next: address + used.length + 1 };
}

/** Units of memory, most significant byte first. */
function unitsOf(bytes: Uint8Array, size: number): number[] {
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, unit) =>
    bytes.subarray(unit * size, (unit + 1) * size).reduce((value, byte) => value * 256 + byte, 0),
  );
}

function unitText(value: number, { letter, size }: Examination): string {
  const bits = 8 * size;
  switch (letter) {
    case "d":
      return String(value >= 2 ** (bits - 1) ? value - 2 ** bits : value);
    case "u":
      return String(value);
    case "t":
      return value.toString(2).padStart(bits, "0");
    case "c":
      return value >= 0x20 && value < 0x7f ? `'${String.fromCharCode(value)}'` : String(value);
    default:
      return `0x${value.toString(16).padStart(2 * size, "0")}`;
  }
}

function examineUnits(terminal: Terminal, address: number, how: Examination) {
  const { session, style, ppu } = terminal;
  const bytes = session.readMemory(ppu, address, how.count * how.size);
  const values = unitsOf(bytes, how.size);
  if (values.length === 0)
    throw new SessionError(`memory ends before a unit of ${how.size} bytes at ${hex32(address)}`);
  const texts = values.map((value) => unitText(value, how));
  const width = Math.max(...texts.map((text) => text.length));
  const across = Math.max(1, Math.floor(ROW_BYTES / how.size / (how.letter === "t" ? 2 : 1)));
  const lines: string[] = [];
  for (let first = 0; first < texts.length; first += across) {
    const at = address + first * how.size;
    const symbol = symbolAt(terminal, ppu, at);
    const name = symbol ? ` <${style.symbol(symbol)}>` : "";
    const row = texts.slice(first, first + across).map((text) => text.padStart(width));
    lines.push(`${style.address(at)}${name}: ${row.join(" ")}`);
  }
  if (values.length < how.count) lines.push(style.dim("the memory ends here"));
  const result: Result = { kind: "memory", data: { address, size: how.size, values }, lines };
  return { result, next: address + values.length * how.size };
}

function memories(terminal: Terminal): Result {
  const regions = terminal.session.memoryMap(terminal.ppu);
  return {
    kind: "memories",
    data: { regions },
    lines: regions.map(
      ({ name, base, size, kind, description }) =>
        `${terminal.style.address(base)}  ${String(size).padStart(10)} bytes  ${kind.padEnd(9)}  ${name}: ${description}`,
    ),
  };
}

export const DATA: readonly Command[] = [
  {
    name: "info registers",
    aliases: ["info r"],
    group: "data",
    arguments: "[NAME... | all]",
    completes: "expression",
    summary: "scalar registers of the selected PPU; a star marks what changed since the last stop",
    example: ["stepi 4", "info registers", "info registers r1 lr", "info registers all"],
    result: "registers",
    run: (terminal, { text }) => registers(terminal, text),
  },
  {
    name: "x",
    group: "data",
    arguments: "[ADDRESS]",
    formats: "#xdutcisbhw",
    completes: "expression",
    summary: "show memory at a data address; again: what follows",
    help:
      "x/COUNT FORMAT SIZE: formats x hex, d signed, u unsigned, t binary, c character, i instruction, s text; sizes b, h, w. Reading has " +
      "no side effects. An array or vector variable stands for its address.",
    example: ["x/4xw 0x100", "x", "x/16db &readings", "x/3i 0"],
    result: ["memory", "code"],
    repeats: "without arguments",
    run: (terminal, { text, format }) => examine(terminal, text, format),
  },
  {
    name: "info memory",
    group: "data",
    arguments: "",
    summary: "memories that the selected PPU reaches by data address",
    example: ["info memory"],
    result: "memories",
    run: memories,
  },
];
