/**
 * Notes which instruction words the PPUs of a spec file execute. `plugin.ts` lets the engine's program class pass
 * them here as it decodes them, once for each word of memory, so that running costs nothing more.
 */
const KEY = Symbol.for("ppu-emu executed words");

/** Words (int32) that were executed in this thread since its start. */
export function executedWords(): Set<number> {
  const holder = globalThis as { [KEY]?: Set<number> };
  holder[KEY] ??= new Set();
  return holder[KEY];
}
