/** The functions of import module `fxv`, computed by the lane model from the rows of the instruction set. */
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import { enabledLanes, executeLane, type LaneOperands } from "../../../src/core/vector/lane-model.ts";
import { emptyAccumulatorState } from "../../../src/core/vector/lanes.ts";

type Vector = Uint8Array | null;
type Import = (...values: unknown[]) => unknown;

const OPERAND_OF: Readonly<Record<string, keyof LaneOperands>> = {
  VRA: "vra",
  VRB: "vrb",
  RA: "scalar",
  IMM: "imm",
  COND: "cond",
};

/** Where the arguments of an intrinsic go, in order; the unconditional form has no condition argument. */
function roles(row: Instruction, predicated: boolean): (keyof LaneOperands)[] {
  const list = row.operands
    .filter(({ field }) => field !== "VRT" && (predicated || field !== "COND" || !row.vector?.conditional))
    .map(({ field }) => OPERAND_OF[field]);
  const writesVector = row.operands.some(({ field }) => field === "VRT");
  return predicated && writesVector ? ["vrt", ...list] : list;
}

/**
 * All imports, with an accumulator, a condition register and a parallel bus of their own.
 * @param memory bytes of the linear memory
 */
export function vectorImports(memory: () => Uint8Array): Record<string, Import> {
  const state = emptyAccumulatorState();
  const parallel = new Map<number, Uint8Array>();
  const zero = new Uint8Array(128);
  const write = (vector: Vector, address: number, cond: number): void => {
    const target = parallel.get(address)?.slice() ?? new Uint8Array(128);
    const enabled = enabledLanes(cond, state.vcr);
    for (let lane = 0; lane < 128; lane++) if (enabled[lane]) target[lane] = (vector ?? zero)[lane];
    parallel.set(address, target);
  };
  const imports: Record<string, Import> = {
    bytes: (vector) => vector,
    halves: (vector) => vector,
    fxvlax: (base, index) => {
      const at = ((base as number) + (index as number)) & ~3;
      return memory().slice(at, at + 128);
    },
    fxvstax: (vector, base, index) => {
      memory().set((vector as Vector) ?? zero, ((base as number) + (index as number)) & ~3);
    },
    fxvinx: (base, index) => parallel.get(((base as number) + (index as number)) >>> 0) ?? zero,
    fxvoutx: (vector, base, index) =>
      write(vector as Vector, ((base as number) + (index as number)) >>> 0, 0),
    fxvoutx_if: (vector, base, index, cond) =>
      write(vector as Vector, ((base as number) + (index as number)) >>> 0, cond as number),
  };
  for (const row of FXV_INSTRUCTIONS) {
    if (imports[row.mnemonic]) continue;
    for (const predicated of row.vector?.conditional ? [false, true] : [false]) {
      const order = roles(row, predicated);
      imports[row.mnemonic + (predicated ? "_if" : "")] = (...values) => {
        const operands = Object.fromEntries(order.map((role, i) => [role, values[i] ?? zero]));
        return executeLane(row, operands as LaneOperands, state);
      };
    }
  }
  return imports;
}
