/** Values of predicates: numbers, ranges, addresses by name, patterns. */
import type { Image } from "../../toolchain/image.ts";
import { AddressIndex, findSymbol } from "../../toolchain/symbols.ts";
import { TraceError } from "../trace-error.ts";
import type { Operator, Predicate } from "./syntax.ts";

/** Both ends belong to it. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const NUMBER = /^-?(?:0x[0-9a-f]+|0b[01]+|\d+)$/i;

export function readNumber(text: string, { text: predicate }: Predicate): number {
  if (!NUMBER.test(text)) throw new TraceError(`"${predicate}": "${text}" is not a number`);
  return text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
}

/** `5`, `0x120..0x180`, `main`, `main+0x10`, `main..exit`; a name alone stands for all bytes of its symbol. */
export function readRange(predicate: Predicate, images: readonly (Image | undefined)[] = []): Range {
  const place = (text: string): { first: number; last: number } => {
    if (NUMBER.test(text)) {
      const value = readNumber(text, predicate);
      return { first: value, last: value };
    }
    const [name, offset] = text.split("+");
    const [found] = images.flatMap((image) => {
      const symbol = image && findSymbol(image, name);
      return symbol ? [{ image, symbol }] : [];
    });
    if (!found) {
      throw new TraceError(`"${predicate.text}": "${text}" is neither a number nor a symbol of the program`);
    }
    const { address, size } = found.symbol;
    if (offset !== undefined) {
      const at = address + readNumber(offset, predicate);
      return { first: at, last: at };
    }
    const end = size > 0 ? address + size : new AddressIndex(found.image).endOf(found.symbol);
    return { first: address, last: Math.max(end - 1, address) };
  };
  const [begin, end] = (predicate.value ?? "").split("..");
  const low = place(begin);
  if (end === undefined) return { low: low.first, high: low.last };
  const { last } = place(end);
  if (last < low.first) throw new TraceError(`"${predicate.text}": the range ends before it begins`);
  return { low: low.first, high: last };
}

/** Comparison of a number with the range behind an operator. */
export function comparison(operator: Operator, { low, high }: Range): (value: number) => boolean {
  switch (operator) {
    case "=":
      return (value) => value >= low && value <= high;
    case "!=":
      return (value) => value < low || value > high;
    case ">":
      return (value) => value > high;
    case ">=":
      return (value) => value >= low;
    case "<":
      return (value) => value < low;
    case "<=":
      return (value) => value <= high;
  }
}

/** A name in which `*` stands for anything. */
export function pattern(text: string): (name: string) => boolean {
  if (!text.includes("*")) return (name) => name === text;
  const source = text
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}

/** Throws unless the value is one of the names; says which there are. */
export function checkName(predicate: Predicate, value: string, names: readonly string[]): void {
  const matches = pattern(value);
  if (names.some((name) => matches(name))) return;
  const near = names.filter((name) => name.toLowerCase().includes(value.toLowerCase()));
  const shown = near.length > 0 ? near : names;
  const list = shown.length > MOST_NAMES ? `${shown.slice(0, MOST_NAMES).join(", ")}, …` : shown.join(", ");
  throw new TraceError(`"${predicate.text}": there is no "${value}"; known: ${list}`);
}

const MOST_NAMES = 40;
