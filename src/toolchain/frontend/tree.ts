/** From an optimised binaryen module to the trees the code generator works on. */
import type Binaryen from "binaryen";
import type { DebugGlobal } from "../debug-info.ts";
import type { SourceLocation } from "../image.ts";
import type { Placement, ValueType, WasmFunction, WasmModule } from "../wasm-tree.ts";
import type { StaticLayout } from "./compiler-hooks.ts";
import { convertBody, type ModuleContext } from "./convert.ts";
import { CompileError, type CompileProblem } from "./errors.ts";
import { childrenOf, describe } from "./expressions.ts";
import { HEAP_MODULE } from "./library.ts";
import { readLocations } from "./locations.ts";
import { GLOBAL_VECTOR, HEAP, restrictionOf, UNSUPPORTED, valueTypeOf } from "./restrictions.ts";
import { symbolName } from "./symbol-name.ts";
import { type CallSite, findUserCalls, isLibraryFile, resolveLocations } from "./user-locations.ts";

export interface TreeInput {
  readonly module: Binaryen.Module;
  readonly layout: StaticLayout;
  /** Where functions marked `@cold` or `@dram` go, by internal name. */
  readonly placements: ReadonlyMap<string, Placement>;
  /** Where functions and globals are declared, by internal name. */
  readonly declarations: ReadonlyMap<string, SourceLocation>;
  readonly variables: readonly DebugGlobal[];
  displayPath(file: string): string;
}

interface FunctionInfo {
  name: string;
  module: string | null;
  base: string | null;
  params: number;
  results: number;
  vars: number[];
  body: number;
}

/**
 * @returns the trees, and the number of functions for which no source locations were found (0 is expected)
 * @throws CompileError where the program uses what the PPU does not have: heap, floating point, 64-bit arithmetic, …
 */
export function readModule(
  binaryen: typeof Binaryen,
  input: TreeInput,
): { module: WasmModule; unpaired: number } {
  const { module, declarations } = input;
  const all = readFunctions(binaryen, module);
  const defined = all.filter((info) => !info.module);
  const imports = new Map<string, { module: string; base: string }>();
  for (const { name, module, base } of all) if (module && base) imports.set(name, { module, base });
  const bodies = defined.map((info) => info.body);
  const { locations, unpaired } = readLocations(binaryen, module, bodies, input.displayPath);
  const context: ModuleContext = { binaryen, imports, heapModule: HEAP_MODULE };
  const exports = readExports(binaryen, module);
  const calls: CallSite[] = [];
  const problems: (CompileProblem & { within?: string })[] = [];

  const functions = defined.map((info): WasmFunction => {
    const declared = declarations.get(info.name);
    const badTypes: number[] = [];
    const valueType = (type: number): ValueType => {
      const known = valueTypeOf(binaryen, type);
      if (!known) badTypes.push(type);
      return known ?? "i32";
    };
    const parameters = binaryen.expandType(info.params).map(valueType);
    const locals = info.vars.map(valueType);
    const result = info.results === binaryen.none ? "none" : valueType(info.results);
    const resolved = resolveLocations(binaryen, info.body, locations, declared);
    const converted = convertBody(context, info.body, resolved, parameters.length + locals.length);
    for (const call of converted.calls) calls.push({ ...call, caller: info.name });
    for (const problem of converted.problems) problems.push({ ...problem, within: info.name });
    if (converted.problems.length === 0 && badTypes.length > 0) {
      problems.push({ ...restrictionOf(binaryen, badTypes[0]), location: declared, within: info.name });
    }
    return {
      name: symbolName(info.name),
      exports: exports.get(info.name) ?? [],
      parameters,
      result,
      locals: [...locals, ...converted.extraLocals],
      body: converted.body,
      location: declared,
      placement: input.placements.get(info.name) ?? "internal",
    };
  });
  const globals = readGlobals(binaryen, module, declarations, problems);
  if (problems.length > 0) throw new CompileError(attribute(problems, calls, declarations));
  const names = new Set(functions.map(({ name }) => name));
  if (names.size < functions.length) throw new Error("two functions have the same symbol name");
  return {
    module: {
      functions,
      globals,
      data: input.layout.data.map(({ address, bytes, name }) => ({
        address,
        bytes,
        ...(name ? { name: symbolName(name) } : {}),
      })),
      table: readTable(binaryen, module),
      dataEnd: input.layout.end,
      variables: input.variables,
    },
    unpaired,
  };
}

function readFunctions(binaryen: typeof Binaryen, module: Binaryen.Module): FunctionInfo[] {
  return Array.from(
    { length: module.getNumFunctions() },
    (_, i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)) as unknown as FunctionInfo,
  );
}

/**
 * Names of the functions that call an import of the given module, and of the functions of the standard library that
 * lead there.
 */
export function callersOf(
  binaryen: typeof Binaryen,
  module: Binaryen.Module,
  importModule: string,
  declarations: ReadonlyMap<string, SourceLocation>,
): readonly string[] {
  const all = readFunctions(binaryen, module);
  const imports = all.filter((info) => info.module === importModule).map(({ name }) => name);
  if (imports.length === 0) return [];
  const callers = new Map<string, Set<string>>();
  const scan = (caller: string, reference: number): void => {
    const expression = describe(binaryen, reference);
    if (expression.kind === "call") {
      callers.set(expression.target, (callers.get(expression.target) ?? new Set()).add(caller));
    }
    for (const child of childrenOf(expression)) scan(caller, child);
  };
  for (const info of all) if (!info.module) scan(info.name, info.body);
  const found = new Set(imports.flatMap((name) => [...(callers.get(name) ?? [])]));
  for (const name of found) {
    for (const caller of callers.get(name) ?? []) {
      if (isLibraryFile(declarations.get(caller)?.file ?? "")) found.add(caller);
    }
  }
  return [...found];
}

/** Problems at user lines, each line and message once; a library call that needs the heap has no other problem. */
function attribute(
  problems: readonly (CompileProblem & { within?: string })[],
  calls: readonly CallSite[],
  declarations: ReadonlyMap<string, SourceLocation>,
): CompileProblem[] {
  const unique = new Map<string, CompileProblem>();
  const allocating = new Set<string>();
  const inLibrary: [key: string, place: string][] = [];
  for (const { within, ...problem } of problems) {
    const hidden =
      within?.endsWith("#constructor") || (problem.location && isLibraryFile(problem.location.file));
    const sites = within && hidden ? findUserCalls(within, calls, declarations) : [];
    for (const location of sites.length > 0 ? sites : [problem.location]) {
      const place = `${location?.file}:${location?.line}`;
      const key = `${place}:${problem.message}`;
      unique.set(key, { ...problem, location });
      if (problem.message === HEAP.message) allocating.add(place);
      else if (sites.length > 0) inLibrary.push([key, place]);
    }
  }
  for (const [key, place] of inLibrary) if (allocating.has(place)) unique.delete(key);
  return [...unique.values()];
}

function readExports(binaryen: typeof Binaryen, module: Binaryen.Module): Map<string, string[]> {
  const exports = new Map<string, string[]>();
  for (let i = 0; i < module.getNumExports(); i++) {
    const info = binaryen.getExportInfo(module.getExportByIndex(i));
    if (info.kind !== binaryen.ExternalFunction) continue;
    exports.set(info.value, [...(exports.get(info.value) ?? []), info.name]);
  }
  return exports;
}

function readGlobals(
  binaryen: typeof Binaryen,
  module: Binaryen.Module,
  declarations: ReadonlyMap<string, SourceLocation>,
  problems: CompileProblem[],
): WasmModule["globals"] {
  const globals: { name: string; mutable: boolean; initial: number }[] = [];
  for (let i = 0; i < module.getNumGlobals(); i++) {
    const info = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
    const location = declarations.get(info.name);
    const type = valueTypeOf(binaryen, info.type);
    const initial = describe(binaryen, info.init);
    if (type !== "i32") {
      problems.push({ ...(type ? GLOBAL_VECTOR : restrictionOf(binaryen, info.type)), location });
    } else if (initial.kind !== "const") {
      problems.push({ ...UNSUPPORTED(`the initial value of ${symbolName(info.name)}`), location });
    } else {
      globals.push({ name: symbolName(info.name), mutable: info.mutable, initial: initial.value as number });
    }
  }
  return globals;
}

function readTable(binaryen: typeof Binaryen, module: Binaryen.Module): (string | null)[] {
  const table: (string | null)[] = [];
  for (let i = 0; i < module.getNumElementSegments(); i++) {
    const info = binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(i));
    const offset = describe(binaryen, info.offset);
    const base = offset.kind === "const" ? (offset.value as number) : 0;
    info.data.forEach((name, n) => {
      table[base + n] = symbolName(name);
    });
  }
  return Array.from(table, (name) => name ?? null);
}
