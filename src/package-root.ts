import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

let found: string | undefined;

function isOurPackage(directory: string): boolean {
  const file = join(directory, "package.json");
  if (!existsSync(file)) return false;
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { name?: unknown }).name === "ppu-emu";
  } catch {
    return false;
  }
}

/**
 * Directory of this package: the nearest one upwards from here with the package.json of `ppu-emu`. The same from
 * `src/` (development) and from `dist/src/` (installed), so that `build/`, `firmware/` and `docs/` can be found.
 */
export function packageRoot(): string {
  if (found !== undefined) return found;
  const start = dirname(fileURLToPath(import.meta.url));
  for (let directory = start; ; directory = dirname(directory)) {
    if (isOurPackage(directory)) return (found = directory);
    if (directory === dirname(directory)) {
      throw new Error(`package root: no package.json of ppu-emu at or above ${start}; reinstall the package`);
    }
  }
}

/** This module is a TypeScript source, and so are the others of the package. */
export const isSource = (): boolean => import.meta.url.endsWith(".ts");

/** Directory of the modules of this package: of the sources, or of the compiled files, bundled or not. */
export const modulesRoot = (): string => (isSource() ? packageRoot() : join(packageRoot(), "dist"));

/** A module of this package by its path in `src`, without extension. */
export const packageModule = (path: string): URL =>
  pathToFileURL(join(modulesRoot(), "src", `${path}${isSource() ? ".ts" : ".js"}`));

/** Version of this package as package.json gives it. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { version: string })
    .version;
}
