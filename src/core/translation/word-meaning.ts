/** What an instruction word at an address means: everything that they tell is folded. */
import { FIELDS, type FieldName, fieldValue } from "../../../isa/index.ts";
import type { Expression, Statement } from "../../../isa/meaning.ts";
import { type Bindings, foldStatements } from "../engine/fold.ts";
import { REGISTER_NAMES } from "../engine/translate.ts";
import type { Variant } from "../engine/variants.ts";

/** A branch that ends a meaning; without `condition` it is always taken. */
export interface BranchMeaning {
  readonly condition?: Expression;
  readonly target: Expression;
}

/** Values of the fields of a word by name; registers go by their numbers elsewhere. */
function bindingsOf(word: number, pc: number): Bindings {
  const bindings: Record<string, number> = { PC: pc };
  for (const name of Object.keys(FIELDS) as FieldName[]) {
    if (!(name in REGISTER_NAMES)) bindings[name] = fieldValue(word, FIELDS[name]);
  }
  if (fieldValue(word, FIELDS.RA) === 0) bindings.RA0 = 0;
  return bindings;
}

const meanings = new Map<string, readonly Statement[]>();
const MOST_MEANINGS = 20_000;

/** The meaning of an instruction with everything folded that its word and address tell. */
export function meaningOf(variant: Variant, word: number, pc: number): readonly Statement[] {
  const key = `${word} ${variant.read.has("PC") ? pc : ""}`;
  let meaning = meanings.get(key);
  if (meaning) return meaning;
  meaning = foldStatements(variant.statements, bindingsOf(word, pc));
  if (meanings.size >= MOST_MEANINGS) meanings.clear();
  meanings.set(key, meaning);
  return meaning;
}

/** Number of the register that a meaning knows as RT, RA, RA0 and the like. */
export const registerOf = (name: string, word: number): number =>
  fieldValue(word, FIELDS[(name === "RA0" ? "RA" : name) as FieldName]);

/** General purpose registers, LR and CTR that an instruction reads. */
export function registersRead(variant: Variant, word: number): string[] {
  const names = new Set<string>();
  for (const name of variant.read) {
    if (name === "LR" || name === "CTR") names.add(name);
    if (!(name in REGISTER_NAMES)) continue;
    const number = registerOf(name, word);
    if (name !== "RA0" || number !== 0) names.add(`r${number}`);
  }
  return [...names];
}

/** The branch that ends a folded meaning. */
export function branchOf(meaning: readonly Statement[]): BranchMeaning | undefined {
  const last = meaning.at(-1);
  const node = last?.kind === "if" ? last.then[0] : last;
  if (node?.kind !== "do" || node.call.name !== "branch") return undefined;
  const [target] = node.call.arguments;
  return last?.kind === "if" ? { condition: last.condition, target } : { target };
}

export function constantOf(node: Expression): number {
  if (node.kind !== "number") throw new Error("translated code needs a constant");
  return node.value;
}
