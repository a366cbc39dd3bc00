/** Runs asc in memory on firmware and hands over its live binaryen module, not yet optimised. */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type * as AscModule from "assemblyscript/asc";
import type Binaryen from "binaryen";
import type { DebugGlobal } from "../debug-info.ts";
import type { SourceLocation } from "../image.ts";
import type { Placement } from "../wasm-tree.ts";
import { addCallSites } from "./call-sites.ts";
import { installHooks, type OutsideBases, placementOf, type StaticLayout } from "./compiler-hooks.ts";
import { type AscGlobal, describeGlobals } from "./debug-globals.ts";
import { type AscFunction, type Range, recordDebugInfo } from "./debug-hooks.ts";
import type { DebugInput } from "./debug-markers.ts";
import { explain, withoutEchoes } from "./diagnostics.ts";
import { CompileError, type CompileProblem } from "./errors.ts";
import { HEAPLESS_RUNTIME, libraryDirectory, readLibrary } from "./library.ts";
import { THROW } from "./restrictions.ts";
import { symbolName } from "./symbol-name.ts";
import { prepareTests } from "./test-programs.ts";

export interface AscInput {
  /** Path of the entry file; other files are found relative to it. */
  readonly entry: string;
  /** Sources by path that are used instead of the files on disk. */
  readonly sources?: ReadonlyMap<string, string>;
  readonly onSource?: (path: string) => void;
  /** First byte of static data in SRAM. */
  readonly memoryBase: number;
  /** Static data in SRAM must end at or before this byte. */
  readonly memoryLimit: number;
  /** First bytes of static data marked `@cold` and `@dram`. */
  readonly outsideBases: OutsideBases;
  /** Check indices of static arrays and `assert` conditions; a failure traps. */
  readonly checks: boolean;
  /** Note variables and inlined calls for markers. */
  readonly debug: boolean;
}

export interface AscOutput {
  readonly module: Binaryen.Module;
  readonly layout: StaticLayout;
  /** Where functions marked `@cold` or `@dram` go, by internal name. */
  readonly placements: ReadonlyMap<string, Placement>;
  /** Where functions and globals are declared, by internal name. */
  readonly declarations: ReadonlyMap<string, SourceLocation>;
  /** Global variables and constants, with addresses of static data. */
  readonly variables: readonly DebugGlobal[];
  /** What asc noted for a build with debug information. */
  readonly debug?: DebugInput;
  /** Path to show for a file name of the debug information. */
  displayPath(file: string): string;
}

interface Toolchain {
  readonly asc: typeof AscModule;
  readonly compiler: typeof import("assemblyscript");
  readonly binaryen: typeof Binaryen;
}

interface VectorType {
  asNullable(): VectorType;
}
interface WrapperClass {
  wrappedType: VectorType;
}
interface ProgramView {
  filesByName: Map<string, { lookupExport(name: string): unknown }>;
  resolver: { resolveClass(prototype: unknown, typeArguments: null): WrapperClass | null };
  wrapperClasses: Map<VectorType, WrapperClass>;
  elementsByName: Map<
    string,
    Parameters<typeof placementOf>[0] & { declaration?: { name?: { range: AscRange } } }
  >;
  instancesByName: Map<
    string,
    Parameters<typeof placementOf>[0] & { declaration?: { name?: { range: AscRange } } }
  >;
}

const LIBRARY_PREFIX = "~lib/";
const OPERATIONS: readonly (readonly [type: "extern" | "any", className: string])[] = [
  ["extern", "ByteOperations"],
  ["any", "HalfOperations"],
];

let toolchain: Promise<Toolchain> | undefined;

/** asc, its compiler and binaryen; loading them takes about half a second, hence not before they are needed. */
export function loadToolchain(): Promise<Toolchain> {
  toolchain ??= (async () => {
    const [asc, compiler, { default: binaryen }] = await Promise.all([
      import("assemblyscript/asc"),
      import("assemblyscript"),
      import("binaryen"),
    ]);
    return { asc, compiler, binaryen };
  })();
  return toolchain;
}

/** Line and column (from 1) of an offset in a text. */
function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** Gives vectors the operators and methods of the classes in `ppu/vector`, if the program uses that file. */
function registerVectors(program: ProgramView, types: Record<string, VectorType>): void {
  const file = program.filesByName.get(`${LIBRARY_PREFIX}ppu/vector`);
  if (!file) return;
  for (const [typeName, className] of OPERATIONS) {
    const nullable = types[typeName].asNullable();
    const operations = program.resolver.resolveClass(file.lookupExport(className), null);
    if (!operations) throw new Error(`ppu/vector does not export ${className}`);
    operations.wrappedType = nullable;
    program.wrapperClasses.set(nullable, operations);
  }
}

/** Removes `type` from imports, which asc does not know, without moving anything. */
export function withoutTypeImports(text: string): string {
  return text.replace(/^import\s+(type\s+)?\{[^}]*\}/gm, (statement) =>
    statement
      .replace(/^import(\s+)type(\s*)/, "import$1    $2")
      .replace(/([{,]\s*)type(\s+[A-Za-z_$])/g, "$1    $2"),
  );
}

let queue: Promise<unknown> = Promise.resolve();

/**
 * Compiles and calls `use` with the module, which lives until `use` returns. Runs are strictly one after another
 * because asc's library table and binaryen's settings are global.
 * @throws CompileError with asc's diagnostics
 */
export function withAsc<T>(
  input: AscInput,
  use: (output: AscOutput, binaryen: typeof Binaryen) => T,
): Promise<T> {
  const run = queue.then(() => runAsc(input, use));
  queue = run.catch(() => undefined);
  return run;
}

async function runAsc<T>(
  input: AscInput,
  use: (output: AscOutput, binaryen: typeof Binaryen) => T,
): Promise<T> {
  const { asc, compiler, binaryen } = await loadToolchain();
  const baseDirectory = resolve(dirname(input.entry));
  const shownDirectory = dirname(input.entry);
  const given = new Map([...(input.sources ?? [])].map(([path, text]) => [resolve(path), text]));
  const texts = new Map<string, string>();
  const library = readLibrary();

  const displayPath = (file: string): string => {
    const ours = `${LIBRARY_PREFIX}ppu/`;
    if (file.startsWith(ours)) {
      return relative(process.cwd(), join(libraryDirectory(), file.slice(ours.length)));
    }
    return file.startsWith(LIBRARY_PREFIX) ? file : join(shownDirectory, file);
  };

  const readFile = (name: string): string | null => {
    // Also asks for an asconfig.json, which would not be that of the firmware.
    if (!name.endsWith(".ts")) return null;
    const path = resolve(baseDirectory, name);
    let text = given.get(path);
    if (text === undefined) {
      // A file of the library reached by path is the same module as under its import name.
      const inLibrary = relative(libraryDirectory(), path).match(/^([\w-]+)\.ts$/);
      if (inLibrary && library.has(`ppu/${inLibrary[1]}`)) text = `export * from "ppu/${inLibrary[1]}";\n`;
    }
    if (text === undefined) {
      try {
        text = readFileSync(path, "utf8");
      } catch {
        return null;
      }
      input.onSource?.(path);
    }
    text = withoutTypeImports(text);
    texts.set(name, text);
    return text;
  };

  const entryName = basename(input.entry);
  if (readFile(entryName) === null) {
    throw new CompileError([
      { message: `cannot read ${input.entry}`, hint: "give the path of an existing .ts file" },
    ]);
  }

  const problems: CompileProblem[] = [];
  const locate = (range: AscRange | null, end = false): SourceLocation | undefined => {
    const file = range?.source?.normalizedPath;
    if (!range || !file) return undefined;
    const text = file.startsWith(LIBRARY_PREFIX)
      ? asc.libraryFiles[file.slice(LIBRARY_PREFIX.length).replace(/\.ts$/, "")]
      : texts.get(file);
    return {
      file: displayPath(file),
      ...(text ? position(text, end ? range.end : range.start) : { line: 1, column: 0 }),
    };
  };

  let result: { value: T } | undefined;
  const hooks = installHooks(compiler, input.outsideBases);
  const recording = input.debug
    ? recordDebugInfo(
        compiler,
        () => hooks.callSite() as Range | undefined,
        () => hooks.userCallSite() as Range | undefined,
      )
    : undefined;
  const stockRuntime = asc.libraryFiles["rt/stub"];
  asc.libraryFiles["rt/stub"] = HEAPLESS_RUNTIME;
  for (const [name, text] of library) asc.libraryFiles[name] = withoutTypeImports(text);
  let program: ProgramView | undefined;
  const transform = {
    afterParse(parser: { sources: Parameters<typeof addCallSites>[1] }) {
      const texts = prepareTests(compiler, parser.sources, entryName);
      addCallSites(compiler, parser.sources, (range) => locate(range as AscRange) ?? { file: "", line: 0 });
      hooks.keepOutside(
        texts.size === 0
          ? texts
          : new Set([...texts, ...parser.sources.map(({ normalizedPath }) => displayPath(normalizedPath))]),
      );
    },
    afterInitialize(initialized: ProgramView) {
      program = initialized;
      registerVectors(initialized, compiler.Type as unknown as Record<string, VectorType>);
    },
    afterCompile(module: Binaryen.Module) {
      const placements = new Map<string, Placement>();
      const declarations = new Map<string, SourceLocation>();
      const elements = [...(program?.elementsByName ?? []), ...(program?.instancesByName ?? [])];
      for (const [name, element] of elements) {
        const placement = placementOf(element);
        if (placement !== "internal") placements.set(name, placement);
        const range = element.declaration?.name?.range;
        const location = range && locate(range);
        if (location) declarations.set(name, location);
      }
      const debug = recording && {
        records: recording.records,
        functions: new Map(
          [...(program?.instancesByName ?? [])].filter(
            (entry): entry is [string, AscFunction & (typeof entry)[1]] =>
              "debugLocations" in entry[1] && hasBody(entry[1]) && isDefined(binaryen, module, entry[0]),
          ),
        ),
        locate: (range: Range, end?: boolean) => locate(range as AscRange, end),
        toNumber: (value: unknown) => glue.i64_low(value),
      };
      const layout = hooks.layout();
      const globals = elements.filter(([, element]) => element instanceof compiler.Global);
      const variables = describeGlobals(
        globals as unknown as [string, AscGlobal][],
        layout,
        declarations,
        (n) => glue.i64_low(n),
      );
      const output = { module, layout, placements, declarations, variables, displayPath };
      result = { value: use({ ...output, ...(debug && { debug }) }, binaryen) };
    },
  };
  /** At the largest variable, with the names of the largest ones. */
  const dataTooLarge = ({ code, message }: AscDiagnostic): CompileProblem => {
    const largest = hooks.sizes().slice(0, 5);
    const range = largest[0] && program?.elementsByName.get(largest[0][0])?.declaration?.name?.range;
    const list = largest.map(([name, bytes]) => `${symbolName(name)} ${bytes}`).join(", ");
    const explained = explain(code, message);
    return {
      ...explained,
      message: `${explained.message.replace(/\.$/, "")}${list && `; largest variables in bytes: ${list}`}`,
      location: range && locate(range),
    };
  };
  try {
    const { error } = await guardCrash(() =>
      asc.main(
        [
          entryName,
          ...["--baseDir", baseDirectory],
          ...["--runtime", "stub", "--use", "abort=", "--debug", "--sourceMap", "--noColors"],
          ...["--enable", "reference-types", "--enable", "gc"],
          ...["--optimizeLevel", "0", "--noEmit", "--noValidate"],
          ...["--memoryBase", String(input.memoryBase), "--lowMemoryLimit", String(input.memoryLimit)],
          ...(input.checks ? [] : ["--noAssert", "--uncheckedBehavior", "always"]),
        ],
        {
          readFile,
          writeFile: () => undefined,
          listFiles: () => [],
          stdout: { write: () => true },
          stderr: { write: () => true },
          reportDiagnostic: (diagnostic: AscDiagnostic) => {
            if (diagnostic.category !== ERROR_CATEGORY) return;
            if (diagnostic.code === DATA_TOO_LARGE) {
              problems.push(dataTooLarge(diagnostic));
              return;
            }
            problems.push({
              ...explain(diagnostic.code, diagnostic.message),
              location: locate(diagnostic.range),
            });
          },
          transforms: [transform],
        } as unknown as Parameters<typeof asc.main>[1],
      ),
    );
    for (const range of hooks.thrown)
      problems.push({ ...THROW, location: locate(range as unknown as AscRange) });
    if (problems.length > 0) throw new CompileError(withoutEchoes(problems));
    if (error) throw error;
    if (!result) throw new CompileError([{ message: `asc produced no module for ${input.entry}` }]);
    return result.value;
  } finally {
    recording?.restore();
    hooks.restore();
    asc.libraryFiles["rt/stub"] = stockRuntime;
    for (const name of library.keys()) delete asc.libraryFiles[name];
  }
}

/** asc's 64-bit integers; defined by loading it. */
const glue = globalThis as unknown as { i64_low(value: unknown): number };

/** Accessors of fields have none; they are no calls to the author of a program. */
function hasBody(element: object): boolean {
  return !!(element as { prototype?: { bodyNode?: object | null } }).prototype?.bodyNode;
}

function isDefined(binaryen: typeof Binaryen, module: Binaryen.Module, name: string): boolean {
  const reference = module.getFunction(name);
  return reference !== 0 && !(binaryen.getFunctionInfo(reference) as { module: string | null }).module;
}

const ERROR_CATEGORY = 3;
const DATA_TOO_LARGE = 104;

interface AscRange {
  start: number;
  end: number;
  source: { normalizedPath: string } | null;
}
interface AscDiagnostic {
  message: string;
  code: number;
  category: number;
  range: AscRange | null;
}

/** asc ends the process when its own assertions fail; here that becomes an error. */
async function guardCrash<T>(run: () => Promise<T>): Promise<T> {
  const { exit } = process;
  const output = globalThis.console as unknown as { error(...values: unknown[]): void };
  const { error: print } = output;
  let report = "";
  output.error = (...values: unknown[]) => {
    report += values.join("");
  };
  process.exit = () => {
    const cause = report.match(/▌ +((?:\w*Error|AssertionError)[^\n]*)/)?.[1] ?? "no details";
    throw new CompileError([{ message: `the AssemblyScript compiler failed: ${cause}` }]);
  };
  try {
    return await run();
  } finally {
    process.exit = exit;
    output.error = print;
  }
}
