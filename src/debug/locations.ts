/** Places in programs: how people write them, and the addresses that they mean. */
import type { PpuName } from "../chip/index.ts";
import type { SourceLocation } from "../toolchain/image.ts";
import { PPUS } from "./position.ts";
import type { ScopeHost } from "./scope.ts";
import { type Location, SessionError } from "./types.ts";

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

/** Text of a location, as `parseLocation` reads it. */
export function formatLocation(location: Location): string {
  if ("address" in location) return hex(location.address);
  return "symbol" in location ? location.symbol : `${location.file}:${location.line}`;
}

/** `0x120`, `*0x120`, `main`, `main+8`, `file.ts:12`, `12`: a line of the file `here`. Throws SessionError. */
export function parseLocation(text: string, here: SourceLocation | undefined): Location {
  const plain = text.trim();
  const line = /^(?:(.+):)?([1-9]\d*)$/.exec(plain);
  if (line) {
    const file = line[1] ?? here?.file;
    if (file === undefined)
      throw new SessionError(`line ${plain}: there is no current file; write file:line`);
    return { file, line: Number(line[2]) };
  }
  const address = /^\*?\s*(0[xX][0-9a-fA-F]+|0)$|^\*\s*(\d+)$/.exec(plain);
  if (address) return { address: Number(address[1] ?? address[2]) };
  if (/^[^\s+:*]+(?:\s*\+\s*(?:0x[0-9a-fA-F]+|\d+))?$/.test(plain))
    return { symbol: plain.replaceAll(" ", "") };
  throw new SessionError(`"${plain}" is no place; write an address, a symbol, or file:line`);
}

/** Addresses of a location in the program of a PPU; empty if it has no such place. Throws SessionError for data. */
export function addressesOf(host: ScopeHost, ppu: PpuName, location: Location): readonly number[] {
  const symbols = host.symbols(ppu);
  if ("address" in location) {
    const { address } = location;
    if (!Number.isInteger(address) || address < 0 || address >= 2 ** 32 || address % 4 !== 0) {
      throw new SessionError(`${hex(address)} is no address of an instruction: they are multiples of 4`);
    }
    return [address];
  }
  if ("file" in location) {
    const places = symbols.placesOfLine(location.file, location.line);
    return [...new Set(places.flatMap(({ addresses }) => addresses))];
  }
  const [, name, offset] = /^([^+]+)(?:\+(.+))?$/.exec(location.symbol) ?? [];
  if (name === undefined) return [];
  if (offset === undefined) {
    const places = symbols.placesOfFunction(name);
    if (places.length > 0) return places;
  }
  const image = host.image(ppu);
  const symbol = image?.symbols.find((one) => one.name === name && one.type !== "file");
  const start = symbols.findFunctions(name)[0]?.entry ?? symbol?.address;
  if (start === undefined) return [];
  if (symbol?.type === "object")
    throw new SessionError(`${name} is data; a breakpoint there would never be hit`);
  const address = start + (offset === undefined ? 0 : Number(offset));
  if (address % 4 !== 0) throw new SessionError(`${location.symbol} is no address of an instruction`);
  return [address];
}

/** Addresses by PPU. */
export function placesOf(host: ScopeHost, location: Location): Readonly<Record<PpuName, readonly number[]>> {
  const [top, bottom] = PPUS.map((ppu) => addressesOf(host, ppu, location));
  return { top, bottom };
}

/** `WHAT if CONDITION` taken apart. */
export function splitCondition(text: string): { readonly what: string; readonly condition?: string } {
  const match = /^(.*?)(?:^|\s)if(?:\s+(.*)|(?=\().*|$)/s.exec(text);
  if (!match) return { what: text };
  const at = match[1].length;
  const condition = text.slice(at).replace(/^\s*if\s*/, "");
  if (condition === "") throw new SessionError("if needs a condition behind it");
  return { what: match[1].trim(), condition };
}
