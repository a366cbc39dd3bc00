/** Instructions by function, label and source line. */
import { PPUS, type PpuName } from "../model.ts";
import type { SymbolsByPpu } from "../symbols.ts";
import { TraceError } from "../trace-error.ts";
import { equality, instruction, type Match, type QueryContext } from "./matches.ts";
import type { Predicate } from "./syntax.ts";
import { pattern } from "./values.ts";

const NO_PROGRAM = "the trace does not hold its program; --program gives it one";

/** Names of all functions and labels of the programs. */
function namesOf(symbols: SymbolsByPpu): readonly string[] {
  return [symbols.top, symbols.bottom].flatMap(({ image, program }) => [
    ...(program?.functions.map(({ name }) => name) ?? []),
    ...(image?.symbols.flatMap(({ name, type }) => (type === "file" || type === "section" ? [] : [name])) ??
      []),
  ]);
}

/**
 * Whether an address belongs to a function, label or inlined call of a name, with `*` for anything. Throws TraceError where a
 * program is known and has none.
 */
export function inSymbol(text: string, symbols: SymbolsByPpu): (ppu: PpuName, pc: number) => boolean {
  const matches = pattern(text);
  const known = { top: new Map<number, boolean>(), bottom: new Map<number, boolean>() };
  const test = (ppu: PpuName, pc: number): boolean => {
    let found = known[ppu].get(pc);
    if (found === undefined) {
      const { functionAt, nameOf } = symbols[ppu];
      const inlined = symbols[ppu].callsAt(pc).map(({ name }) => name);
      const names = [functionAt(pc)?.name, nameOf(pc)?.replace(/\+0x[0-9a-f]+$/, ""), ...inlined];
      found = names.some((name) => name !== undefined && matches(name));
      known[ppu].set(pc, found);
    }
    return found;
  };
  let isThere = namesOf(symbols).some(matches);
  // A function of which only inlined copies are left has no symbol.
  for (const ppu of PPUS) {
    if (isThere) break;
    for (const { address } of symbols[ppu].image?.lines ?? []) isThere ||= test(ppu, address);
  }
  if (!isThere) {
    const isKnown = symbols.top.image !== undefined || symbols.bottom.image !== undefined;
    throw new TraceError(`"${text}": ${isKnown ? "the program has no such function or label" : NO_PROGRAM}`);
  }
  return test;
}

export function inSymbolOf(predicate: Predicate, { symbols }: QueryContext): Match {
  const { value, wanted } = equality(predicate);
  const isInside = inSymbol(value, symbols);
  return instruction(({ ppu, pc }) => isInside(ppu, pc) === wanted);
}

/** `hello.ts:12`, `hello.ts:12..20`, `hello.ts`; a path matches by its end. */
export function sourceLine(text: string, { trace, symbols }: QueryContext): Match {
  const [, file, first, last] = /^(.+?)(?::(\d+)(?:\.\.(\d+))?)?$/s.exec(text)!;
  const isFile = (name: string) => name === file || name.endsWith(file.startsWith("/") ? file : `/${file}`);
  const files = [...new Set(PPUS.flatMap((ppu) => symbols[ppu].program?.files ?? []))];
  if (!files.some(isFile)) {
    const known =
      trace.image("top") || trace.image("bottom")
        ? `the program has ${files.join(", ") || "none"}`
        : NO_PROGRAM;
    throw new TraceError(`"${text}": there is no source file ${file}; ${known}`);
  }
  const [low, high] = [Number(first ?? 0), Number(last ?? first ?? Number.MAX_SAFE_INTEGER)];
  return instruction(({ ppu, pc }) => {
    const found = symbols[ppu].sourceAt(pc);
    return found !== undefined && isFile(found.file) && found.line >= low && found.line <= high;
  });
}
