import { createRequire } from "node:module";

interface CapstoneModule {
  readonly ARCH_PPC: number;
  readonly MODE_32: number;
  readonly MODE_BIG_ENDIAN: number;
  readonly Capstone: new (
    architecture: number,
    mode: number,
  ) => { disasm(bytes: readonly number[], address: number): { mnemonic: string; op_str: string }[] };
}

/** Capstone's text of a 32-bit big-endian PowerPC word, or undefined where it decodes none. */
export async function capstoneDisassembler(): Promise<(word: number, address: number) => string | undefined> {
  const load = createRequire(import.meta.url)("@alexaltea/capstone-js") as () => Promise<CapstoneModule>;
  const module = await load();
  const engine = new module.Capstone(module.ARCH_PPC, module.MODE_BIG_ENDIAN | module.MODE_32);
  return (word, address) => {
    try {
      const bytes = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
      const [first] = engine.disasm(bytes, address);
      return first && `${first.mnemonic} ${first.op_str}`.trim();
    } catch {
      return undefined;
    }
  };
}
