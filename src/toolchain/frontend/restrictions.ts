/** What WebAssembly has and firmware cannot use. */
import type Binaryen from "binaryen";
import type { ValueType } from "../wasm-tree.ts";

export interface Restriction {
  readonly message: string;
  readonly hint?: string;
}

export const FLOAT: Restriction = {
  message: "floating point is not available on the PPU",
  hint: "use integers or fixed point; constants are folded if cast to an integer type",
};
export const WIDE: Restriction = {
  message: "64-bit arithmetic is not available on the PPU",
  hint: "use i32 or u32; 64-bit values can only be copied from memory to memory or stored as constants",
};
export const HEAP: Restriction = {
  message: "heap allocation is not available on the PPU",
  hint: "use memory.data(bytes), a static array at top level, or an @unmanaged class over such memory",
};
export const THROW: Restriction = {
  message: "exceptions do not exist on the PPU",
  hint: "stop with trap() of ppu/intrinsics, or return a code",
};
export const GLOBAL_VECTOR: Restriction = {
  message: "a vector cannot be a global variable",
  hint: "keep vectors in locals, or in memory.data(128) with load and store",
};
export const UNSUPPORTED = (what: string): Restriction => ({
  message: `${what} is not available on the PPU`,
});

/** `bytes` for a reference to an external value, `halves` for any other reference, null for what the PPU lacks. */
export function valueTypeOf(binaryen: typeof Binaryen, type: number): ValueType | null {
  if (type === binaryen.i32) return "i32";
  if (type === binaryen.externref || type === binaryen.nullexternref) return "bytes";
  if (type === binaryen.anyref || type === binaryen.nullref) return "halves";
  return null;
}

/** Why values of a type are rejected. */
export function restrictionOf(binaryen: typeof Binaryen, type: number): Restriction {
  if (type === binaryen.i64) return WIDE;
  if (type === binaryen.f32 || type === binaryen.f64) return FLOAT;
  return UNSUPPORTED("a value of this type");
}
