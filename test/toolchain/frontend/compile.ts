/** Compiles a single source for the front-end tests. */
import {
  CompileError,
  compileTrees,
  type FrontendOptions,
  type FrontendResult,
} from "../../../src/toolchain/frontend/index.ts";
import type { Node, WasmFunction, WasmModule } from "../../../src/toolchain/wasm-tree.ts";

export function trees(source: string, options: FrontendOptions = {}): Promise<FrontendResult> {
  return compileTrees("main.ts", { ...options, sources: new Map([["main.ts", source]]) });
}

/** The lines of the error that a source causes. */
export async function problemsOf(source: string, options: FrontendOptions = {}): Promise<string[]> {
  try {
    await trees(source, options);
  } catch (error) {
    if (error instanceof CompileError) return error.message.split("\n");
    throw error;
  }
  return [];
}

/** All nodes of a function, in no particular order. */
export function nodesOf(module: WasmModule, name = "main"): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === "object" && value !== null) {
      if ("op" in value) found.push(value as Node);
      for (const [key, child] of Object.entries(value)) if (key !== "location") visit(child);
    }
  };
  visit(functionOf(module, name).body);
  return found;
}

export function functionOf(module: WasmModule, name = "main"): WasmFunction {
  const found = module.functions.find((f) => f.exports.includes(name) || f.name === name);
  if (!found) throw new Error(`no function ${name} among ${module.functions.map((f) => f.name).join(", ")}`);
  return found;
}
