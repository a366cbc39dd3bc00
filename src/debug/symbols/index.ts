export { isAssignable } from "./place.ts";
export { createProgramSymbols, type SymbolOptions } from "./program.ts";
export { stripped } from "./type-reader.ts";
export type * from "./types.ts";
export { assign, integerBytes, integerOf } from "./value.ts";
