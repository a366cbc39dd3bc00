/** A command behind GDB's `monitor`, as a declared row. */
import type { PpuName } from "../../types.ts";
import type { GdbClient } from "../client.ts";
import { ProtocolError } from "../command.ts";

export interface MonitorCommand {
  readonly name: string;
  /** Arguments, e.g. `ROW [top|bottom]`. */
  readonly usage: string;
  readonly summary: string;
  /** For `monitor help NAME`: one more example. */
  readonly example: string;
  /** Text for the user, lines with their ends. Throws SessionError or ProtocolError. */
  run(client: GdbClient, args: MonitorArguments): string | Promise<string>;
}

/** The words behind the command's name. */
export class MonitorArguments {
  /** Everything behind the name. */
  readonly text: string;
  readonly #words: string[];
  readonly #usage: string;

  constructor(text: string, usage: string) {
    this.text = text.trim();
    this.#words = this.text === "" ? [] : this.text.split(/\s+/);
    this.#usage = usage;
  }

  /** The next word, if there is one. */
  word(): string | undefined {
    return this.#words.shift();
  }

  needed(what: string): string {
    const word = this.word();
    if (word === undefined) throw new ProtocolError(`${what} is missing; usage: ${this.#usage}`);
    return word;
  }

  /** The next word as a whole number of a range; `fallback` where there is none. */
  number(what: string, least: number, most: number, fallback?: number): number {
    const word = fallback === undefined ? this.needed(what) : this.word();
    if (word === undefined) return fallback as number;
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new ProtocolError(`${what} is a whole number from ${least} to ${most}, not "${word}"`);
    }
    return value;
  }

  /** The next word if it is one of a few; `fallback` at the end. */
  choice<T extends string>(choices: readonly T[], fallback: T): T {
    const word = this.word();
    if (word === undefined) return fallback;
    const found = choices.find((choice) => choice === word);
    if (!found) throw new ProtocolError(`"${word}" is none of ${choices.join(", ")}; usage: ${this.#usage}`);
    return found;
  }

  /** top or bottom; default: the PPU of GDB's thread. */
  ppu(client: GdbClient): PpuName {
    return this.choice(["top", "bottom"], client.generalPpu);
  }

  /** Throws ProtocolError when words are left. */
  end(): void {
    if (this.#words.length > 0) {
      throw new ProtocolError(`"${this.#words[0]}" is too much; usage: ${this.#usage}`);
    }
  }
}

/** What is left of a text behind its first `count` words. */
export const afterWords = (text: string, count: number): string =>
  text.replace(new RegExp(`^(?:\\s*\\S+){${count}}\\s*`), "");

/** GDB keeps what it has read of registers and memory after a `monitor` command. */
export const STALE = 'GDB shows the old state until "maintenance flush register-cache"\n';

const COLUMNS = 16;

/** Numbers in rows of 16, each row with the index of its first one. */
export function grid(values: ArrayLike<number>): string {
  const texts = Array.from(values, (value) => String(Number.isInteger(value) ? value : value.toFixed(1)));
  const width = Math.max(...texts.map(({ length }) => length));
  const lines: string[] = [];
  for (let at = 0; at < texts.length; at += COLUMNS) {
    const cells = texts.slice(at, at + COLUMNS).map((text) => text.padStart(width));
    lines.push(`${String(at).padStart(4)}: ${cells.join(" ")}\n`);
  }
  return lines.join("");
}
