/** Front end: AssemblyScript to trees. */
import type Binaryen from "binaryen";
import type { SourceLocation } from "../image.ts";
import type { WasmModule } from "../wasm-tree.ts";
import { type AscOutput, withAsc } from "./asc.ts";
import { insertMarkers } from "./debug-markers.ts";
import { CompileError } from "./errors.ts";
import { HEAP_MODULE } from "./library.ts";
import { callersOf, readModule } from "./tree.ts";

export { CompileError, type CompileProblem, formatProblem } from "./errors.ts";
export { libraryDirectory, libraryFiles } from "./library.ts";
export { type SourceFunction, sourceFunctions } from "./source-functions.ts";

/** Data view of the external memory. */
const EXTERNAL_MEMORY = 0x40000000;
/** Where data marked `@dram` begins: 192 MiB into the DRAM, behind code. */
const DRAM_DATA = 0x5c000000;

export interface FrontendOptions {
  /** Sources by path, used instead of files on disk. */
  readonly sources?: ReadonlyMap<string, string>;
  /** 1 to 3, as `asc -O`; default 3. At least 1, because operands of instructions must become constants. */
  readonly optimizeLevel?: 1 | 2 | 3;
  /** 0 speed, 1 size, 2 more size; default 0. */
  readonly shrinkLevel?: 0 | 1 | 2;
  /** Bounds checks of static arrays and `assert`; a failure traps. Default: off. */
  readonly checks?: boolean;
  /** Keep variables and inlined calls visible to debuggers, at the cost of speed and size. Default: off. */
  readonly debug?: boolean;
  /** First byte of static data in SRAM; default 0x100 (vectors and start-up code lie below). */
  readonly memoryBase?: number;
  /** Static data in SRAM must end here; default 0x3000, where the mailbox begins. */
  readonly memoryLimit?: number;
  /** Where in external memory the data marked `@cold` begins, in bytes from its start; default 64 KiB. */
  readonly externalDataOffset?: number;
  /** Told the path of each file that is read, those of the library excepted; also when the program has errors. */
  readonly onSource?: (path: string) => void;
}

export interface FrontendResult {
  readonly module: WasmModule;
  /** The same program as WebAssembly, with WebAssembly's little-endian static data. */
  readonly wasm: Uint8Array;
  /** Functions without source locations; more than 0 means the compiler's parts do not fit together. */
  readonly unpaired: number;
}

function optimise(binaryen: typeof Binaryen, output: AscOutput, options: FrontendOptions): void {
  const { module } = output;
  binaryen.setDebugInfo(true);
  binaryen.setOptimizeLevel(options.optimizeLevel ?? 3);
  binaryen.setShrinkLevel(options.shrinkLevel ?? 0);
  binaryen.setGenerateStackIR(false);
  binaryen.setOptimizeStackIR(false);
  // Address arithmetic wraps at 32 bits on the PPU, so offsets may always be folded into loads and stores.
  binaryen.setLowMemoryUnused(true);
  binaryen.setZeroFilledMemory(false);
  binaryen.setTrapsNeverHappen(false);
  binaryen.setClosedWorld(false);
  binaryen.setFastMath(false);
  // asc leaves its own limits behind after a run; without these a second compile would give other code.
  binaryen.setAlwaysInlineMaxSize(2);
  binaryen.setFlexibleInlineMaxSize(20);
  binaryen.setOneCallerInlineMaxSize(-1);
  binaryen.setAllowInliningFunctionsWithLoops(false);
  binaryen.clearPassArguments();
  binaryen.clearPassesToSkip();
  // Functions that allocate are errors, which need their callers' locations.
  const allocating = callersOf(binaryen, module, HEAP_MODULE, output.declarations);
  for (const name of [...output.placements.keys(), ...allocating]) {
    binaryen.setPassArgument("no-inline", name);
    module.runPasses(["no-inline"]);
  }
  binaryen.clearPassArguments();
  module.optimize();
}

/**
 * Makes `main` run the initialisers of globals first and return a code.
 * @returns where functions are declared, with those that asc and this function add
 */
function addEntry(
  binaryen: typeof Binaryen,
  output: AscOutput,
  entry: string,
): ReadonlyMap<string, SourceLocation> {
  const { module, layout } = output;
  const exported = module.getExport("main");
  const info = exported ? binaryen.getExportInfo(exported) : null;
  if (info?.kind !== binaryen.ExternalFunction) {
    throw new CompileError([
      { message: `${entry} has no function main`, hint: "add: export function main(): i32 { return 0; }" },
    ]);
  }
  const signature = binaryen.getFunctionInfo(module.getFunction(info.value));
  const location = output.declarations.get(info.value);
  const returns = signature.results === binaryen.i32;
  if (signature.params !== binaryen.none || !(returns || signature.results === binaryen.none)) {
    throw new CompileError([{ message: "main must be declared as main(): i32", location }]);
  }
  if (returns && !layout.start) return output.declarations;
  const call = module.call(info.value, [], signature.results);
  const body = [
    ...(layout.start ? [module.call(layout.start, [], binaryen.none)] : []),
    ...(returns ? [call] : [call, module.i32.const(0)]),
  ];
  module.removeExport("main");
  module.addFunction("main", binaryen.none, binaryen.i32, [], module.block(null, body, binaryen.i32));
  module.addFunctionExport("main", "main");
  if (!location) return output.declarations;
  return new Map([
    ...output.declarations,
    ["main", location],
    ...(layout.start ? [[layout.start, location] as const] : []),
  ]);
}

/**
 * Compiles firmware to trees.
 * @param entry path of the file that exports `main`; other files are found relative to it
 * @throws CompileError with file, line and column of each problem
 */
export function compileTrees(entry: string, options: FrontendOptions = {}): Promise<FrontendResult> {
  const input = {
    entry,
    sources: options.sources,
    onSource: options.onSource,
    memoryBase: options.memoryBase ?? 0x100,
    memoryLimit: options.memoryLimit ?? 0x3000,
    outsideBases: {
      external: EXTERNAL_MEMORY + (options.externalDataOffset ?? 0x10000),
      dram: DRAM_DATA,
    },
    checks: options.checks ?? false,
    debug: options.debug ?? false,
  };
  return withAsc(input, (output, binaryen) => {
    const declarations = addEntry(binaryen, output, entry);
    const debug = output.debug && insertMarkers(binaryen, output.module, output.debug);
    optimise(binaryen, output, options);
    const read = readModule(binaryen, { ...output, declarations });
    const { unpaired } = read;
    const module = debug ? { ...read.module, debug } : read.module;
    return { module, wasm: output.module.emitBinary(), unpaired };
  });
}
