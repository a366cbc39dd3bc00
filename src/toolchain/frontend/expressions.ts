/** binaryen's expressions as a typed union; what has no place on the PPU is `other`. */
import type Binaryen from "binaryen";

export type Expression = { readonly reference: number; readonly type: number } & (
  | { readonly kind: "nop" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "null" }
  | { readonly kind: "const"; readonly value: number | bigint | { low: number; high: number } }
  | { readonly kind: "localGet"; readonly index: number }
  | { readonly kind: "localSet"; readonly index: number; readonly value: number; readonly isTee: boolean }
  | { readonly kind: "globalGet"; readonly name: string }
  | { readonly kind: "globalSet"; readonly name: string; readonly value: number }
  | {
      readonly kind: "load";
      readonly bytes: number;
      readonly isSigned: boolean;
      readonly offset: number;
      readonly align: number;
      readonly ptr: number;
      readonly isAtomic: boolean;
    }
  | {
      readonly kind: "store";
      readonly bytes: number;
      readonly offset: number;
      readonly align: number;
      readonly ptr: number;
      readonly value: number;
      readonly isAtomic: boolean;
    }
  | { readonly kind: "unary"; readonly op: number; readonly value: number }
  | { readonly kind: "binary"; readonly op: number; readonly left: number; readonly right: number }
  | { readonly kind: "select"; readonly ifTrue: number; readonly ifFalse: number; readonly condition: number }
  | { readonly kind: "block"; readonly name: string | null; readonly children: readonly number[] }
  | { readonly kind: "loop"; readonly name: string | null; readonly body: number }
  | { readonly kind: "if"; readonly condition: number; readonly ifTrue: number; readonly ifFalse: number }
  | { readonly kind: "break"; readonly name: string; readonly condition: number; readonly value: number }
  | {
      readonly kind: "switch";
      readonly names: readonly string[];
      readonly defaultName: string;
      readonly condition: number;
      readonly value: number;
    }
  | { readonly kind: "call"; readonly target: string; readonly operands: readonly number[] }
  | { readonly kind: "callIndirect"; readonly target: number; readonly operands: readonly number[] }
  | { readonly kind: "return"; readonly value: number }
  | { readonly kind: "drop"; readonly value: number }
  | { readonly kind: "memoryCopy"; readonly dest: number; readonly source: number; readonly size: number }
  | { readonly kind: "memoryFill"; readonly dest: number; readonly value: number; readonly size: number }
  | { readonly kind: "other"; readonly name: string; readonly operands: readonly number[] }
);

const KINDS: readonly (readonly [id: string, kind: Expression["kind"]])[] = [
  ["Const", "const"],
  ["LocalGet", "localGet"],
  ["LocalSet", "localSet"],
  ["GlobalGet", "globalGet"],
  ["GlobalSet", "globalSet"],
  ["Load", "load"],
  ["Store", "store"],
  ["Unary", "unary"],
  ["Binary", "binary"],
  ["Select", "select"],
  ["Block", "block"],
  ["Loop", "loop"],
  ["If", "if"],
  ["Break", "break"],
  ["Switch", "switch"],
  ["Call", "call"],
  ["CallIndirect", "callIndirect"],
  ["Return", "return"],
  ["Drop", "drop"],
  ["MemoryCopy", "memoryCopy"],
  ["MemoryFill", "memoryFill"],
];

let kinds: Map<number, Expression["kind"]> | undefined;
let ids: Record<string, number> = {};

function kindOf(binaryen: typeof Binaryen, id: number): Expression["kind"] | undefined {
  if (!kinds) {
    ids = binaryen as unknown as Record<string, number>;
    kinds = new Map(KINDS.map(([name, kind]) => [ids[`${name}Id`], kind]));
  }
  return kinds.get(id);
}

/** Fields of an expression, without its children's. */
export function describe(binaryen: typeof Binaryen, reference: number): Expression {
  const id: number = binaryen.getExpressionId(reference);
  const type = binaryen.getExpressionType(reference);
  const kind = kindOf(binaryen, id);
  if (kind) {
    const info = binaryen.getExpressionInfo(reference) as unknown as Record<string, unknown>;
    return { ...info, kind, reference, type, ...switchNames(info) } as Expression;
  }
  if (id === ids.NopId) return { kind: "nop", reference, type };
  if (id === ids.UnreachableId) return { kind: "unreachable", reference, type };
  if (id === ids.RefNullId) return { kind: "null", reference, type };
  const name = Object.keys(ids).find((key) => key.endsWith("Id") && ids[key] === id) ?? "unknown";
  const operands = WITH_OPERAND[name] ? [operandOf(binaryen, reference, WITH_OPERAND[name])] : [];
  return { kind: "other", name: name.slice(0, -2), operands, reference, type };
}

/** Expressions that firmware can reach though the PPU has no use for them, and their one operand. */
const WITH_OPERAND: Readonly<Record<string, string>> = {
  MemoryGrowId: "delta",
  RefIsNullId: "value",
  RefAsId: "value",
};

function operandOf(binaryen: typeof Binaryen, reference: number, field: string): number {
  return (binaryen.getExpressionInfo(reference) as unknown as Record<string, number>)[field];
}

function switchNames(info: Record<string, unknown>): object {
  return info.defaultName ? { names: [...(info.names as string[]), info.defaultName] } : {};
}

/** Children in the order of evaluation. */
export function childrenOf(expression: Expression): readonly number[] {
  const list = (...references: (number | undefined)[]): number[] =>
    references.filter((reference): reference is number => !!reference);
  switch (expression.kind) {
    case "localSet":
    case "globalSet":
    case "unary":
    case "return":
    case "drop":
      return list(expression.value);
    case "load":
      return list(expression.ptr);
    case "store":
      return list(expression.ptr, expression.value);
    case "binary":
      return list(expression.left, expression.right);
    case "select":
      return list(expression.ifTrue, expression.ifFalse, expression.condition);
    case "block":
      return expression.children;
    case "loop":
      return list(expression.body);
    case "if":
      return list(expression.condition, expression.ifTrue, expression.ifFalse);
    case "break":
    case "switch":
      return list(expression.value, expression.condition);
    case "call":
      return expression.operands;
    case "callIndirect":
      return list(...expression.operands, expression.target);
    case "memoryCopy":
      return list(expression.dest, expression.source, expression.size);
    case "memoryFill":
      return list(expression.dest, expression.value, expression.size);
    case "other":
      return expression.operands;
    default:
      return [];
  }
}
