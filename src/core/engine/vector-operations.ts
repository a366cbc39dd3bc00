/** The vector instructions as the engines see them: what their rows say, by extended opcode. */
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import { selectsByCondition, vectorTimingIndex } from "../vector/timing-classes.ts";
import { pack } from "../vector/unit-word.ts";

const EXTENDED_OPCODES = 512;

/** What one vector row needs at each execution, by extended opcode. */
export interface VectorOperation {
  readonly row: Instruction;
  /** Position in FXV_INSTRUCTIONS, which numbers the kernels. */
  readonly kernel: number;
  readonly timing: number;
  readonly conditional: boolean;
  /** RA and RB are general purpose registers: an address. */
  readonly addressed: boolean;
  /** RA is a general purpose register: a splat. */
  readonly splat: boolean;
  /** Vector registers read, as shifts of their field. */
  readonly reads: readonly number[];
  readonly writes: boolean;
}

const FIELD_SHIFT: Record<string, number> = { VRT: 21, VRA: 16, VRB: 11 };

function describe(row: Instruction, kernel: number): VectorOperation {
  const vectors = row.operands.filter((operand) => operand.kind === "vector");
  return {
    row,
    kernel,
    timing: vectorTimingIndex(row.timing),
    conditional: selectsByCondition(row),
    addressed: row.operands.some((operand) => operand.kind === "gpr0"),
    splat: row.timing === "splat",
    reads: vectors.filter(({ access }) => access !== "write").map(({ field }) => FIELD_SHIFT[field]),
    writes: vectors.some(({ access }) => access === "write" || access === "readWrite"),
  };
}

const OPERATIONS: (VectorOperation | undefined)[] = Array.from({ length: EXTENDED_OPCODES });
FXV_INSTRUCTIONS.forEach((row, index) => {
  OPERATIONS[(row.match >>> 2) & (EXTENDED_OPCODES - 1)] = describe(row, index);
});

/** True if the word, of primary opcode 4, is one of the vector instructions. */
export const isVector = (word: number): boolean => vectorOperation(word) !== undefined;

/** Of a word with primary opcode 4. */
export const vectorOperation = (word: number): VectorOperation | undefined =>
  OPERATIONS[(word >>> 2) & (EXTENDED_OPCODES - 1)];

/** What the timing of the vector unit has to know of an instruction (unit-word.ts). */
export function packedWord({ timing, conditional }: VectorOperation, word: number): number {
  const predicated = conditional && (word & 3) !== 0 ? 1 : 0;
  return pack(timing, (word >>> 21) & 31, (word >>> 16) & 31, (word >>> 11) & 31, predicated);
}
