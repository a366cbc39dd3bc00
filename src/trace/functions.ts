import { createProgramSymbols } from "../debug/symbols/index.ts";
import type { Image } from "../toolchain/image.ts";
import type { FunctionAt, TracedFunction } from "./calls.ts";

/** Functions of an image by address, from its debug information or its symbols. Every address is looked up once. */
export function functionsOf(image: Image | undefined): FunctionAt {
  if (!image) return () => undefined;
  const symbols = createProgramSymbols(image);
  const known = new Map<number, TracedFunction | undefined>();
  return (address) => {
    let found = known.get(address);
    if (found === undefined && !known.has(address)) {
      found = symbols.functionAt(address);
      known.set(address, found);
    }
    return found;
  };
}
