import { VECTOR_ARITHMETIC } from "./fxv/arithmetic.ts";
import { VECTOR_LOAD_STORE } from "./fxv/load-store.ts";
import { VECTOR_PERMUTE_COMPARE } from "./fxv/permute-compare.ts";
import { BRANCH } from "./power/branch.ts";
import { COMPARE_TRAP } from "./power/compare-trap.ts";
import { CONDITION_REGISTER } from "./power/condition-register.ts";
import { INTEGER_ARITHMETIC } from "./power/integer-arithmetic.ts";
import { LOAD_STORE } from "./power/load-store.ts";
import { LOGICAL } from "./power/logical.ts";
import { ROTATE_SHIFT } from "./power/rotate-shift.ts";
import { SYSTEM } from "./power/system.ts";
import type { Instruction } from "./types.ts";

export * from "./fields.ts";
export { UNDECODED, UNDECODED_EXTENDED } from "./power/undecoded.ts";
export * from "./sprs.ts";

/** The scalar instructions, by family. */
export const POWER_INSTRUCTIONS: readonly Instruction[] = [
  ...INTEGER_ARITHMETIC,
  ...LOGICAL,
  ...ROTATE_SHIFT,
  ...COMPARE_TRAP,
  ...LOAD_STORE,
  ...BRANCH,
  ...CONDITION_REGISTER,
  ...SYSTEM,
];

/** The 53 vector instructions in the order of their extended opcodes. */
export const FXV_INSTRUCTIONS: readonly Instruction[] = [
  ...VECTOR_ARITHMETIC,
  ...VECTOR_PERMUTE_COMPARE,
  ...VECTOR_LOAD_STORE,
].sort((a, b) => a.match - b.match);

/** Every instruction of the PPU, each declared once. */
export const INSTRUCTIONS: readonly Instruction[] = [...POWER_INSTRUCTIONS, ...FXV_INSTRUCTIONS];

const BY_MNEMONIC = new Map<string, Instruction>(
  INSTRUCTIONS.flatMap((row) => [row.mnemonic, ...(row.aliases ?? [])].map((name) => [name, row])),
);

/** Row of a base mnemonic or alias (no `.`, `o`, `l`, `a` suffix), or undefined. */
export const instructionByMnemonic = (mnemonic: string): Instruction | undefined => BY_MNEMONIC.get(mnemonic);
