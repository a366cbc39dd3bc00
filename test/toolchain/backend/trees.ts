/** Short ways to write trees in tests. */
import type {
  BinaryOperator,
  Node,
  UnaryOperator,
  ValueType,
  WasmFunction,
  WasmModule,
} from "../../../src/toolchain/wasm-tree.ts";

export const constant = (value: number): Node => ({ op: "const", type: "i32", value });
export const get = (index: number, type: ValueType = "i32"): Node => ({ op: "localGet", type, index });
export const set = (index: number, value: Node): Node => ({
  op: "localSet",
  type: "none",
  index,
  value,
  tee: false,
});
export const tee = (index: number, value: Node): Node => ({
  op: "localSet",
  type: value.type,
  index,
  value,
  tee: true,
});
export const binary = (operator: BinaryOperator, left: Node, right: Node): Node => ({
  op: "binary",
  type: "i32",
  operator,
  left,
  right,
});
export const unary = (operator: UnaryOperator, value: Node): Node => ({
  op: "unary",
  type: "i32",
  operator,
  value,
});
export const load = (bytes: 1 | 2 | 4, address: Node, offset = 0, signed = false): Node => ({
  op: "load",
  type: "i32",
  bytes,
  signed,
  offset,
  address,
});
export const store = (bytes: 1 | 2 | 4, address: Node, value: Node, offset = 0): Node => ({
  op: "store",
  type: "none",
  bytes,
  offset,
  address,
  value,
});
export const block = (label: string | null, body: Node[], type: Node["type"] = "none"): Node => ({
  op: "block",
  type,
  label,
  body,
});
export const loop = (label: string, ...body: Node[]): Node => ({
  op: "loop",
  type: "none",
  label,
  body: body.length === 1 ? body[0] : block(null, body),
});
export const br = (label: string, condition?: Node, value?: Node): Node => ({
  op: "break",
  type: condition ? (value?.type ?? "none") : "unreachable",
  label,
  condition,
  value,
});
export const when = (condition: Node, then: Node, otherwise?: Node, type: Node["type"] = "none"): Node => ({
  op: "if",
  type,
  condition,
  then,
  otherwise,
});
export const select = (condition: Node, whenTrue: Node, whenFalse: Node): Node => ({
  op: "select",
  type: whenTrue.type,
  condition,
  whenTrue,
  whenFalse,
});
export const call = (target: string, args: Node[] = [], type: Node["type"] = "i32"): Node => ({
  op: "call",
  type,
  target,
  arguments: args,
});
export const intrinsic = (name: string, args: Node[], type: Node["type"] = "none"): Node => ({
  op: "intrinsic",
  type,
  name,
  arguments: args,
});
export const give = (value?: Node): Node => ({ op: "return", type: "unreachable", value });

export function func(
  name: string,
  parameters: ValueType[],
  result: ValueType | "none",
  locals: ValueType[],
  ...body: Node[]
): WasmFunction {
  return {
    name,
    exports: name === "main" || name.startsWith("isr_") ? [name] : [],
    parameters,
    result,
    locals,
    body: block(null, body, result),
    location: { file: `${name}.ts`, line: 1, column: 1 },
    placement: "internal",
  };
}

export function moduleOf(functions: WasmFunction[], rest: Partial<WasmModule> = {}): WasmModule {
  return { functions, globals: [], data: [], table: [], dataEnd: 0x100, ...rest };
}

/** for (let i = from; i < to; i++) body, as AssemblyScript writes it. */
export const counting = (label: string, i: number, from: Node, to: Node, ...body: Node[]): Node =>
  block(null, [
    set(i, from),
    loop(
      label,
      when(
        binary("lt_s", get(i), to),
        block(null, [...body, set(i, binary("add", get(i), constant(1))), br(label)]),
      ),
    ),
  ]);
