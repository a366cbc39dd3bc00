/** Modules that run in threads of their own, from compiled files as well as from the TypeScript sources. */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isSource, packageModule } from "./package-root.ts";

/** What a thread is started with. */
export interface ThreadModule {
  /** Path of the module. */
  readonly filename: string;
  /** Options of node. */
  readonly execArgv: string[];
}

/**
 * From TypeScript sources a thread has to learn to load them. Only them: a loader for everything would also translate the
 * compiler and its libraries, which takes far longer than loading them.
 */
function sourceLoader(): string[] {
  // That of tsx, which is only there where the sources are.
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const esbuild = pathToFileURL(createRequire(tsx).resolve("esbuild")).href;
  const hooks = `
    import { readFile } from "node:fs/promises";
    import { fileURLToPath } from "node:url";
    import esbuild from ${JSON.stringify(esbuild)};
    export async function load(url, context, next) {
      if (!url.startsWith("file:") || !/\\.ts$/.test(url)) return next(url, context);
      const text = await readFile(fileURLToPath(url), "utf8");
      const { code } = await esbuild.transform(text, { loader: "ts", format: "esm", target: "node20" });
      return { format: "module", source: code, shortCircuit: true };
    }`;
  const url = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(url(hooks))});`;
  return ["--import", url(register)];
}

/** A module of this package by its path in `src`, without extension. */
export function threadModule(path: string): ThreadModule {
  return { filename: fileURLToPath(packageModule(path)), execArgv: isSource() ? sourceLoader() : [] };
}
