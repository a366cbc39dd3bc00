import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import { kernelModule } from "../../kernel-module.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../layout.ts";
import { selectsByCondition } from "./timing-classes.ts";

/**
 * One lane operation: byte addresses of VRT, VRA and VRB in the memory of the PPU, and what else the row takes: the
 * address of the byte mask of its condition, the bit count of pack and unpack, the shift amount, the splat value.
 */
export type Kernel = (t: number, a: number, b: number, argument: number) => void;

/** What the fourth argument of a row's kernel is. */
export type KernelArgument = "mask" | "count" | "amount" | "value";

export function kernelArgument(row: Instruction): KernelArgument {
  if (row.timing === "splat") return "value";
  if (row.timing === "shift") return "amount";
  return row.timing === "permute2" && !selectsByCondition(row) ? "count" : "mask";
}

export interface Kernels {
  /** By position in FXV_INSTRUCTIONS; undefined for fxvlax, fxvstax, fxvinx and fxvoutx, which only copy. */
  readonly byIndex: readonly (Kernel | undefined)[];
  /**
   * Executes the lane operation of row `index` with the register fields of the instruction word, over the state at
   * the offsets of layout.ts (mask 0 must hold 0xff in all lanes).
   * @param scalar content of GPR[RA] for splats, ignored for other rows
   */
  execute(index: number, word: number, scalar: number): void;
}

const ARGUMENTS = FXV_INSTRUCTIONS.map(kernelArgument);
const register = (field: number) => MEMORY_LAYOUT.vectors + (field & 31) * VECTOR_BYTES;

/** The vector kernels over the memory of one PPU (layout.ts). The module is compiled once per process. */
export function loadKernels(memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(kernelModule("kernels", "vector kernels"), {
    env: { memory },
  });
  const byIndex = FXV_INSTRUCTIONS.map((row) => exports[row.mnemonic] as Kernel | undefined);
  return {
    byIndex,
    execute(index, word, scalar) {
      const kernel = byIndex[index];
      if (kernel === undefined)
        throw new Error(`vector kernels: ${FXV_INSTRUCTIONS[index]?.mnemonic} has no lane operation`);
      let argument = scalar;
      switch (ARGUMENTS[index]) {
        case "mask":
          argument = MEMORY_LAYOUT.masks + (word & 3) * VECTOR_BYTES;
          break;
        case "count":
          argument = word & 3;
          break;
        case "amount":
          argument = (word << 16) >> 27;
      }
      kernel(register(word >>> 21), register(word >>> 16), register(word >>> 11), argument);
    },
  };
}
