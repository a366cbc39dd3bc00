/**
 * ppu-emu: emulator and toolchain for the plasticity processing units of the BrainScaleS-2 chip.
 *
 * ```ts
 * import { assemble, Chip, memoryPieces } from "ppu-emu";
 *
 * const image = assemble("li r3, 42\nstop: wait\nb stop\n", "answer.s");
 * const chip = new Chip({ chipSeed: 1, noiseSeed: 1 });
 * chip.load(memoryPieces(image), "both");
 * chip.reset("both");
 * chip.run({ maxCycles: 1_000_000 }); // { reason: "finished", … }
 * chip.ppus.top.gpr(3); // 42
 * ```
 */
export { decode } from "../isa/decode.ts";
export { type DisassembleOptions, type Disassembly, disassemble } from "../isa/disassemble.ts";
export { EncodingError, encode } from "../isa/encode.ts";
export { FXV_INSTRUCTIONS, INSTRUCTIONS, POWER_INSTRUCTIONS } from "../isa/index.ts";
export type { Instruction } from "../isa/types.ts";
export type { StopReason } from "./chip/index.ts";
export * from "./chip/index.ts";
export type { StopReason as SessionStopReason } from "./debug/index.ts";
export * from "./debug/index.ts";
export * from "./lab/calibration/index.ts";
export * from "./lab/net/index.ts";
export { type AssembleOptions, AssemblerError, assemble } from "./toolchain/assembler/index.ts";
export {
  CompileError,
  type CompileOptions,
  type CompileResult,
  compileFirmware,
  compileSource,
} from "./toolchain/compile.ts";
export { ImageError, isElf, readElf, writeElf } from "./toolchain/elf/index.ts";
export type { Image, ImageSymbol, LineEntry, Section, SourceLocation } from "./toolchain/image.ts";
export { loadProgramFile, mailboxBase, memoryPieces, rawImage } from "./toolchain/loader.ts";
export { AddressIndex, findSymbol } from "./toolchain/symbols.ts";
