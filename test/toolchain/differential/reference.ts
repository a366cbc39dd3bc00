/** Runs the same firmware as WebAssembly in Node; vector instructions come from the lane model. */
import { withExternrefOnly } from "./node-wasm.ts";
import { vectorImports } from "./vector-imports.ts";

export interface ReferenceRun {
  readonly exitCode: number;
  readonly memory: DataView;
}

/** Runs `main`. Static and computed data in memory are little endian. */
export function runReference(wasm: Uint8Array): ReferenceRun {
  const module = new WebAssembly.Module(withExternrefOnly(wasm));
  let memory: WebAssembly.Memory | undefined;
  const fxv = vectorImports(() => {
    if (!memory) throw new Error("the module exports no memory");
    return new Uint8Array(memory.buffer);
  });
  const ppu = { sync: () => undefined };
  const instance = new WebAssembly.Instance(module, { fxv, ppu });
  memory = instance.exports.memory as WebAssembly.Memory;
  const exitCode = (instance.exports.main as () => number)();
  return { exitCode, memory: new DataView(memory.buffer) };
}
