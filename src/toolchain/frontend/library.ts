/**
 * Where firmware finds `ppu/…`: the files of firmware/lib, handed to asc as library files, and the runtime that
 * replaces asc's heap.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Import module of the functions that stand for the heap; a call to one of them is a compile error. */
export const HEAP_MODULE = "heap";

const HEAP_FUNCTIONS = [
  "__alloc(size: usize): usize",
  "__realloc(pointer: usize, size: usize): usize",
  "__free(pointer: usize): void",
  "__reset(): void",
  "__new(size: usize, id: u32): usize",
  "__renew(pointer: usize, size: usize): usize",
  "__link(parent: usize, child: usize, multiple: bool): void",
  "__pin(pointer: usize): usize",
  "__unpin(pointer: usize): void",
  "__visit(pointer: usize, cookie: u32): void",
  "__collect(): void",
];

/** Source of the runtime that has no heap. */
export const HEAPLESS_RUNTIME = HEAP_FUNCTIONS.map((signature) => {
  const name = signature.slice(0, signature.indexOf("("));
  return `// @ts-ignore: decorator\n@global @unsafe @external("${HEAP_MODULE}", "${name}")\nexport declare function ${signature};\n`;
}).join("");

let directory: string | undefined;

/** The directory firmware/lib of this package. */
export function libraryDirectory(): string {
  if (directory) return directory;
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const candidate = join(at, "firmware", "lib");
    if (existsSync(join(candidate, "vector.ts"))) {
      directory = candidate;
      return candidate;
    }
    if (at === dirname(at))
      throw new Error("firmware/lib not found beside the compiler: reinstall the package");
  }
}

/** Paths of the sources of the library. */
export function libraryFiles(): string[] {
  return readdirSync(libraryDirectory())
    .filter((file) => file.endsWith(".ts") && !/\.(d|test)\.ts$/.test(file))
    .map((file) => join(libraryDirectory(), file));
}

/** Library sources by import name, e.g. `ppu/vector`. */
export function readLibrary(): Map<string, string> {
  return new Map(libraryFiles().map((path) => [`ppu/${basename(path, ".ts")}`, readFileSync(path, "utf8")]));
}
