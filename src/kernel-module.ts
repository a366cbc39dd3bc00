import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

const HINT = 'run "npm run build:kernels" in the package directory';
const compiled = new Map<string, WebAssembly.Module>();

/** The file `build/<name>.wasm`. `what` begins the message of the error that is thrown where it is missing. */
export function kernelBytes(name: string, what: string): Uint8Array {
  const file = fileOf(name);
  try {
    return readFileSync(file);
  } catch {
    throw new Error(`${what}: ${file} is missing; ${HINT}`);
  }
}

const fileOf = (name: string) => join(packageRoot(), "build", `${name}.wasm`);

/** The module in that file, compiled once per process. Throws also where it is damaged. */
export function kernelModule(name: string, what: string): WebAssembly.Module {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const bytes = kernelBytes(name, what);
  try {
    const made = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
    compiled.set(name, made);
    return made;
  } catch {
    throw new Error(`${what}: ${fileOf(name)} is damaged; ${HINT}`);
  }
}
