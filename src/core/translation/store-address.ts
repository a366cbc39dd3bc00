/** Where a store of a word goes. */
import { FIELDS, fieldValue } from "../../../isa/index.ts";
import { OPERATION, operationOf, VARIANTS } from "../engine/variants.ts";
import { isVector } from "../engine/vector-operations.ts";

/** The address as int32; undefined for other instructions. */
export function storeAddress(word: number, gpr: Int32Array): number | undefined {
  const variant = VARIANTS[operationOf(word, isVector) - OPERATION.first];
  if (!variant?.called.has("store32")) return undefined;
  const base = fieldValue(word, FIELDS.RA);
  const isIndexed = variant.row.operands.some(({ field }) => field === "RB");
  const offset = isIndexed ? gpr[fieldValue(word, FIELDS.RB)] : fieldValue(word, FIELDS.D);
  return ((base === 0 ? 0 : gpr[base]) + offset) | 0;
}
