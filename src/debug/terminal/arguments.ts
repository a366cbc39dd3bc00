/** Arguments that several commands take. All throw SessionError with one line. */
import { type PpuName, type PpuSelection, SessionError, type WatchTarget } from "../types.ts";
import type { Terminal } from "./terminal.ts";

const PPU_WORDS: Readonly<Record<string, PpuName>> = { top: "top", bottom: "bottom", 1: "top", 2: "bottom" };

/** A count from 1; `fallback` when nothing was typed. */
export function count(text: string, what: string, fallback = 1): number {
  if (text === "") return fallback;
  const value = wholeNumber(text);
  if (value === undefined || value < 1)
    throw new SessionError(`${what} needs a number from 1, got "${text}"`);
  return value;
}

/** A whole number from 0, decimal or 0x…; undefined for anything else. */
export function wholeNumber(text: string): number | undefined {
  if (!/^(\d[\d_]*|0x[\da-f_]+)$/i.test(text)) return undefined;
  const value = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A PPU by name or thread number; the selected one when nothing was typed. */
export function ppuArgument(terminal: Terminal, text: string): PpuName {
  if (text === "") return terminal.ppu;
  const ppu = PPU_WORDS[text];
  if (!ppu) throw new SessionError(`no PPU "${text}"; use top (1) or bottom (2)`);
  return ppu;
}

export function ppusArgument(terminal: Terminal, text: string): PpuSelection {
  return text === "both" ? "both" : ppuArgument(terminal, text);
}

/** Numbers of breakpoints, separated by blanks. */
export function ids(text: string): number[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => {
      const id = wholeNumber(word);
      if (id === undefined)
        throw new SessionError(`"${word}" is not the number of a breakpoint; info breakpoints lists them`);
      return id;
    });
}

/** The text of an argument that must be there. */
export function needed(text: string, what: string): string {
  if (text === "") throw new SessionError(`${what} is missing`);
  return text;
}

/** A numeric value of an expression, or the address of the object that it names. */
export function addressArgument(terminal: Terminal, text: string): number {
  const { value, address } = terminal.session.evaluate(text, terminal.context);
  if (value.kind === "integer") return value.value >>> 0;
  if (address !== undefined) return address;
  throw new SessionError(`"${text}" is not an address`);
}

/** What `watch` and `who-wrote` take: a target of the session; `*ADDRESS@BYTES` with any expressions. */
export function watchTarget(terminal: Terminal, text: string): WatchTarget {
  const memory = /^\*\s*(.+?)\s*@\s*(.+)$/s.exec(text);
  if (!memory) return terminal.session.parseWatchTarget(text, terminal.context);
  const length = terminal.session.evaluate(memory[2], terminal.context).value;
  if (length.kind !== "integer" || length.value < 1) {
    throw new SessionError(`${text}: the number of bytes behind @ must be 1 or more`);
  }
  return {
    kind: "memory",
    ppu: terminal.ppu,
    address: addressArgument(terminal, memory[1]),
    length: length.value,
  };
}
