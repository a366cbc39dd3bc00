export { type CodegenOptions, type CodegenResult, generateCode } from "./codegen.ts";
export { CodegenError } from "./errors.ts";
export { ALIGNMENT_EXIT_CODE, TRAP_EXIT_CODE } from "./exit-codes.ts";
