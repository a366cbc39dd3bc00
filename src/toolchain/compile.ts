/** Firmware in AssemblyScript to a program for the PPU. */
import { join } from "node:path";
import { CodegenError, type CodegenOptions, generateCode } from "./backend/index.ts";
import { CompileError, compileTrees, type FrontendOptions, type FrontendResult } from "./frontend/index.ts";
import type { Image, ImageSymbol } from "./image.ts";
import type { WasmModule } from "./wasm-tree.ts";

export { CompileError, type CompileProblem, formatProblem, libraryDirectory } from "./frontend/index.ts";

export interface CompileOptions extends FrontendOptions, Omit<CodegenOptions, "dataBase"> {}

export interface CompileResult {
  readonly image: Image;
  /** The trees between front and back end. */
  readonly module: WasmModule;
  /** The same program as WebAssembly, little endian; runs in Node with an implementation of the intrinsics. */
  readonly wasm: Uint8Array;
  /** Sections and functions with addresses and sizes, one a line. */
  readonly map: string;
  /** Addresses, words and instructions, if asked for. */
  readonly listing?: string;
}

/** `file/name` without the file. */
const plainName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/**
 * Adds symbols for static data and global variables, so that a host finds them by name (objects with a header: at the
 * header): `file/name`, and the plain name where only one thing in the program has it.
 */
function withVariables(image: Image, module: WasmModule): Image {
  const known = new Set(image.symbols.map(({ name }) => name));
  const data = module.data.flatMap(({ name, address, bytes }): ImageSymbol[] => {
    if (!name || known.has(name)) return [];
    known.add(name);
    const section = image.sections.find((s) => address >= s.address && address < s.address + s.size)?.name;
    return [{ name, address, size: bytes.length, type: "object", global: true, ...(section && { section }) }];
  });
  const symbols = [...image.symbols, ...data];
  const owners = new Map<string, Set<string>>();
  for (const { name } of symbols) {
    const plain = plainName(name);
    owners.set(plain, (owners.get(plain) ?? new Set()).add(name));
  }
  const plain = symbols
    .filter(({ name, type }) => type === "object" && name.includes("/"))
    .filter(({ name }) => owners.get(plainName(name))?.size === 1)
    .map((symbol) => ({ ...symbol, name: plainName(symbol.name) }));
  return { ...image, symbols: [...symbols, ...plain] };
}

function translate(trees: FrontendResult, options: CompileOptions): CompileResult {
  try {
    const code = generateCode(trees.module, { ...options, dataBase: options.memoryBase });
    return {
      ...code,
      image: withVariables(code.image, trees.module),
      module: trees.module,
      wasm: trees.wasm,
    };
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    const { location } = error;
    const place = location ? `${location.file}:${location.line}:${location.column}: ` : "";
    const message = error.message.startsWith(place) ? error.message.slice(place.length) : error.message;
    throw new CompileError([{ message, location }]);
  }
}

/**
 * Compiles the firmware whose entry file exports `main(): i32`. Imports of `ppu/…` come from firmware/lib, all others
 * from files relative to the importing one.
 * @param entry path of the entry file
 * @throws CompileError: one line per problem with file, line and column
 */
export async function compileFirmware(entry: string, options: CompileOptions = {}): Promise<CompileResult> {
  const mailboxBytes = options.mailboxBytes ?? 4096;
  const trees = await compileTrees(entry, { memoryLimit: 0x4000 - mailboxBytes, ...options });
  return translate(trees, options);
}

/** The same for a single source text; `name` is shown in messages and debug information. */
export function compileSource(
  text: string,
  options: CompileOptions & { readonly name?: string } = {},
): Promise<CompileResult> {
  const { name = "main.ts", ...rest } = options;
  const sources = new Map([...(rest.sources ?? []), [join(".", name), text]]);
  return compileFirmware(join(".", name), { ...rest, sources });
}
