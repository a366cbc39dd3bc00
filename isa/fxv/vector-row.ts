import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

/** Register operands of a multiply-add instruction. */
export type Form = "VRT, VRA, VRB" | "VRT, VRA" | "VRA, VRB" | "VRA";

/** A row under primary opcode 4; the reference and the fixed fields are common to all. */
export function vectorRow(
  source: Pick<
    Instruction,
    "mnemonic" | "aliases" | "family" | "summary" | "meaning" | "timing" | "quirk"
  > & {
    readonly form?: string;
    readonly xo: number;
    readonly operands: string;
    readonly vector: NonNullable<Instruction["vector"]>;
  },
): Instruction {
  const { xo, aliases, quirk, form, ...rest } = source;
  return row({
    ...rest,
    ...(aliases && { aliases }),
    ...(quirk !== undefined && { quirk }),
    form: form ?? "FXV",
    fixed: { OPCD: 4, XOV: xo },
    reference: "fxv-isa 3",
  });
}
