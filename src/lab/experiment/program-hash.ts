/** One hash for everything of the package that results depend on, so that no result outlives the program that made it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSource, modulesRoot, packageRoot } from "../../package-root.ts";

/** Instruction set, chip, compiler, calibration, training: below the root of the sources, or of the compiled modules. */
const MODULES = ["isa", "src/core", "src/chip", "src/toolchain", "src/lab"];
/** Below the root of the package. */
const FIRMWARE = "firmware";
const FILES = ["build/kernels.wasm", "build/branch-cache.wasm", "build/analog.wasm", "package.json"];

function filesBelow(directory: string, extension = ""): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** 16 hex digits over modules, firmware with its shipped parameters, kernels and package.json as they are now. */
export function programHash(): string {
  const root = packageRoot();
  const hash = createHash("sha256");
  const files = [
    ...MODULES.flatMap((part) => filesBelow(join(modulesRoot(), part), isSource() ? ".ts" : ".js")),
    ...filesBelow(join(root, FIRMWARE)),
    ...FILES.map((name) => join(root, name)),
  ];
  for (const file of files) hash.update(file.slice(root.length)).update("\0").update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}
