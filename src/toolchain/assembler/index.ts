export { type AssembleOptions, assemble } from "./assemble.ts";
export { AssemblerError, type AssemblyFinding } from "./assembler-error.ts";
