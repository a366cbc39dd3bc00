/** Which function of the firmware's sources an instruction comes from, inlined or not. */
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Image } from "../../toolchain/image.ts";

const DECLARATION = /^\s*(?:export\s+)?function\s+(\w+)/;

/** For each line (from 1) of a source text the function declared at or above it; "" above the first one. */
function functionsByLine(text: string): string[] {
  const names = [""];
  let current = "";
  for (const line of text.split("\n")) {
    current = DECLARATION.exec(line)?.[1] ?? current;
    names.push(current);
  }
  return names;
}

/**
 * Names like `run/runArray` (file without extension / function) by word address (`pc >>> 2`), from the image's line table
 * and the sources it names; relative paths count from the working directory, as the compiler makes them. Code without lines is called after its symbol.
 * Throws what `readFileSync` throws when a source is missing.
 */
export function sourceFunctions(image: Image): readonly string[] {
  const names: string[] = [];
  const fill = (from: number, end: number, name: string) => {
    for (let address = from; address < end; address += 4) names[address >>> 2] = name;
  };
  for (const { name, address, size, type } of image.symbols) {
    if (type === "function") fill(address, address + size, name);
  }
  const sources = new Map<string, string[]>();
  const ends = image.symbols.filter(({ type }) => type === "function").map((s) => s.address + s.size);
  for (const [n, { address, file, line }] of image.lines.entries()) {
    let functions = sources.get(file);
    if (!functions) {
      functions = functionsByLine(readFileSync(resolve(file), "utf8"));
      sources.set(file, functions);
    }
    const next = image.lines[n + 1]?.address ?? Number.POSITIVE_INFINITY;
    const end = Math.min(next, ...ends.filter((bound) => bound > address));
    if (end !== Number.POSITIVE_INFINITY) {
      fill(address, end, `${basename(file, ".ts")}/${functions[line] ?? ""}`);
    }
  }
  return names;
}
