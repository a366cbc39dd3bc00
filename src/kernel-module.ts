import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

const HINT = 'run "npm run build:kernels" in the package directory';
const compiled = new Map<string, WebAssembly.Module>();

/**
 * The module `build/<name>.wasm`, compiled once per process. `what` begins the message of the error that is thrown
 * where the file is missing or damaged.
 */
export function kernelModule(name: string, what: string): WebAssembly.Module {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const file = join(packageRoot(), "build", `${name}.wasm`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new Error(`${what}: ${file} is missing; ${HINT}`);
  }
  try {
    const made = new WebAssembly.Module(bytes);
    compiled.set(name, made);
    return made;
  } catch {
    throw new Error(`${what}: ${file} is damaged; ${HINT}`);
  }
}
