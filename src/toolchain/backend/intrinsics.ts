/**
 * Imported functions that become instructions. What a vector intrinsic takes, reads and writes is derived from its
 * row of the instruction set; nothing about it is restated here.
 */
import { INSTRUCTIONS } from "../../../isa/index.ts";
import { namesIn, parseMeaning } from "../../../isa/meaning.ts";
import type { Instruction, Operand } from "../../../isa/types.ts";

/** How one use of an intrinsic behaves. */
export interface IntrinsicUse {
  readonly name: string;
  /** The row, for vector intrinsics. */
  readonly row: Instruction | undefined;
  /** Which operands of the row the arguments are, in their order; `old` is the tied content of VRT. */
  readonly arguments: readonly (Operand | "old")[];
  readonly predicated: boolean;
  readonly pure: boolean;
  readonly effect: boolean;
  readonly result: "i32" | "vector" | "none";
}

const SCALAR: Record<string, { parameters: number; result: "i32" | "none" }> = {
  mfspr: { parameters: 1, result: "i32" },
  mtspr: { parameters: 2, result: "none" },
  mfmsr: { parameters: 0, result: "i32" },
  mtmsr: { parameters: 1, result: "none" },
  sync: { parameters: 0, result: "none" },
  wait: { parameters: 0, result: "none" },
  trap: { parameters: 0, result: "none" },
};

const BY_MNEMONIC = new Map<string, Instruction>();
for (const row of INSTRUCTIONS) {
  if (!row.vector) continue;
  for (const name of [row.mnemonic, ...(row.aliases ?? [])]) BY_MNEMONIC.set(name, row);
}

function vectorUse(name: string): IntrinsicUse | undefined {
  const predicated = name.endsWith("_if");
  const row = BY_MNEMONIC.get(predicated ? name.slice(0, -3) : name);
  if (!row?.vector || (predicated && !row.vector.conditional)) return undefined;
  const target = row.operands.find((operand) => operand.field === "VRT");
  const writesTarget = target?.access === "write" || target?.access === "readWrite";
  // A store names its vector VRT and reads it. A condition operand exists only where it is asked for.
  const counts = row.vector.unit === "PERMUTE" && !row.vector.conditional;
  const list: (Operand | "old")[] = row.operands.filter(
    (operand) =>
      !(operand.field === "VRT" && writesTarget) &&
      !(operand.kind === "condition" && !predicated && !counts && row.mnemonic !== "fxvsel"),
  );
  if (predicated && writesTarget) list.unshift("old");
  const uses = namesIn(parseMeaning(row.meaning));
  const state = ["ACC", "VCR", "EQ", "GT", "LT", "ENABLED"];
  const port = row.vector.unit === "LS" || row.vector.unit === "PLS";
  const writesState = port || !writesTarget;
  const readsState = state.some((word) => uses.read.has(word)) || predicated || row.mnemonic === "fxvsel";
  return {
    name,
    row,
    arguments: list,
    predicated,
    pure: !writesState && !readsState,
    effect: writesState,
    result: writesTarget ? "vector" : "none",
  };
}

const CACHE = new Map<string, IntrinsicUse | undefined>();

/** The behaviour of an intrinsic that is a single instruction, or undefined when there is none of this name. */
export function intrinsicUse(name: string): IntrinsicUse | undefined {
  if (CACHE.has(name)) return CACHE.get(name);
  const scalar = SCALAR[name];
  const use: IntrinsicUse | undefined = scalar
    ? {
        name,
        row: undefined,
        arguments: new Array(scalar.parameters).fill("old"),
        predicated: false,
        pure: false,
        effect: true,
        result: scalar.result,
      }
    : vectorUse(name);
  CACHE.set(name, use);
  return use;
}
