/** Names that can stand at the end of a beginning of an expression. */
import type { PpuName } from "../chip/index.ts";
import { PSEUDO_NAMES } from "./expression/evaluate.ts";
import { VECTOR_SHAPES } from "./expression/lanes.ts";
import { REGISTER_DESCRIPTIONS } from "./registers.ts";
import { Scope, type ScopeHost } from "./scope.ts";
import type { Completion } from "./types.ts";

const MOST = 500;

/** Completions of the last word, each with the whole word; sorted, variables first. */
export function completions(
  host: ScopeHost,
  text: string,
  { ppu, frame }: { readonly ppu: PpuName; readonly frame: number },
): readonly Completion[] {
  const [, before, word] = /^(.*?)([$A-Za-z_~][\w$/~]*)?$/s.exec(text)!;
  const start = word ?? "";
  const scoped = /\b(top|bottom)\.$/.exec(before);
  if (before.endsWith(".") && !scoped) return membersOf(before, start);
  const symbols = host.symbols(ppu);
  const scope = new Scope(host, ppu, frame);
  const here = scope.frames(frame + 1)[frame];
  const variables = here && !scoped ? symbols.variables(here, scope.memory).map(({ name }) => name) : [];
  const lists: readonly (readonly [Completion["kind"], readonly string[]])[] = [
    ["variable", [...variables, ...symbols.globals.map(({ name }) => name)]],
    ["register", [...REGISTER_DESCRIPTIONS.map(({ name }) => name), ...PSEUDO_NAMES]],
    ["function", symbols.functions.map(({ name }) => name)],
    [
      "symbol",
      host
        .image(ppu)
        ?.symbols.filter(({ type }) => type !== "file" && type !== "section")
        .map(({ name }) => name) ?? [],
    ],
  ];
  const plain = start.startsWith("$") ? start.slice(1) : start;
  const seen = new Set<string>();
  const found: Completion[] = [];
  for (const [kind, names] of lists) {
    for (const name of [...new Set(names)].sort()) {
      if (name === "" || !name.startsWith(plain) || seen.has(name)) continue;
      seen.add(name);
      found.push({ text: name, kind: name === "top" || name === "bottom" ? "ppu" : kind });
    }
  }
  return found.slice(0, MOST);
}

function membersOf(before: string, start: string): readonly Completion[] {
  const names = /\bv\d+\.$/.test(before)
    ? Object.keys(VECTOR_SHAPES)
    : /\bacc\.$/.test(before)
      ? ["w", "h"]
      : /\bvcr\.$/.test(before)
        ? ["gt", "lt", "eq"]
        : [];
  return names.filter((name) => name.startsWith(start)).map((text) => ({ text, kind: "register" }));
}
