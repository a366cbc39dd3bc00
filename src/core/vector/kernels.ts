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
  /** By the names of `kernelName`. */
  readonly exports: Readonly<Record<string, unknown>>;
  /**
   * Executes the lane operation of row `index` with the register fields of the instruction word, over the state at
   * the offsets of layout.ts (mask 0 must hold 0xff in all lanes).
   * @param scalar content of GPR[RA] for splats, ignored for other rows
   */
  execute(index: number, word: number, scalar: number): void;
}

const ARGUMENTS = FXV_INSTRUCTIONS.map(kernelArgument);
const register = (field: number) => MEMORY_LAYOUT.vectors + (field & 31) * VECTOR_BYTES;

export const kernelName = (index: number): string => FXV_INSTRUCTIONS[index].mnemonic;

/** What the kernel of row `index` takes as its last argument; undefined: GPR[RA]. */
function lastArgument(index: number, word: number): number | undefined {
  switch (ARGUMENTS[index]) {
    case "mask":
      return MEMORY_LAYOUT.masks + (word & 3) * VECTOR_BYTES;
    case "count":
      return word & 3;
    case "amount":
      return (word << 16) >> 27;
    default:
      return undefined;
  }
}

/** The arguments of the kernel of row `index` for an instruction word; undefined: GPR[RA]. */
export const kernelArguments = (index: number, word: number) =>
  [register(word >>> 21), register(word >>> 16), register(word >>> 11), lastArgument(index, word)] as const;

/** The vector kernels over the memory of one PPU (layout.ts). The module is compiled once per process. */
export function loadKernels(memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(kernelModule("kernels", "vector kernels"), {
    env: { memory },
  });
  const byIndex = FXV_INSTRUCTIONS.map((_, index) => exports[kernelName(index)] as Kernel | undefined);
  return {
    byIndex,
    exports,
    execute(index, word, scalar) {
      const kernel = byIndex[index];
      if (kernel === undefined) throw new Error(`vector kernels: ${kernelName(index)} has no lane operation`);
      const argument = lastArgument(index, word) ?? scalar;
      kernel(register(word >>> 21), register(word >>> 16), register(word >>> 11), argument);
    },
  };
}
