/** The run-time library: functions that code generation calls by itself, written as trees. */
import type { BinaryOperator, Node, WasmFunction } from "../wasm-tree.ts";

const get = (index: number): Node => ({ op: "localGet", type: "i32", index });
const set = (index: number, value: Node): Node => ({
  op: "localSet",
  type: "none",
  index,
  value,
  tee: false,
});
const constant = (value: number): Node => ({ op: "const", type: "i32", value });
const binary = (operator: BinaryOperator, left: Node, right: Node): Node => ({
  op: "binary",
  type: "i32",
  operator,
  left,
  right,
});
const load = (bytes: 1 | 4, address: Node): Node => ({
  op: "load",
  type: "i32",
  bytes,
  signed: false,
  offset: 0,
  address,
});
const store = (bytes: 1 | 4, address: Node, value: Node): Node => ({
  op: "store",
  type: "none",
  bytes,
  offset: 0,
  address,
  value,
});
const block = (...body: Node[]): Node => ({ op: "block", type: "none", label: null, body });
const when = (condition: Node, then: Node, otherwise?: Node): Node => ({
  op: "if",
  type: "none",
  condition,
  then,
  otherwise,
});

/** Runs the body with local `i` counting from `from` while it differs from `to`. */
function each(label: string, i: number, from: Node, to: Node, step: number, ...body: Node[]): Node {
  return block(
    set(i, from),
    when(binary("ne", get(i), to), {
      op: "loop",
      type: "none",
      label,
      body: block(...body, set(i, binary("add", get(i), constant(step))), {
        op: "break",
        type: "none",
        label,
        condition: binary("ne", get(i), to),
      }),
    }),
  );
}

const at = (base: number, i: number): Node => binary("add", get(base), get(i));

/** memory.copy(to, from, bytes): overlapping areas allowed, words where both are aligned. */
const memoryCopy: WasmFunction = {
  name: "__memory_copy",
  exports: [],
  parameters: ["i32", "i32", "i32"],
  result: "none",
  locals: ["i32", "i32"],
  placement: "internal",
  body: when(
    binary("lt_u", binary("sub", get(0), get(1)), get(2)),
    // The target begins inside the source: from the end.
    block(
      set(3, get(2)),
      when(get(3), {
        op: "loop",
        type: "none",
        label: "down",
        body: block(set(3, binary("sub", get(3), constant(1))), store(1, at(0, 3), load(1, at(1, 3))), {
          op: "break",
          type: "none",
          label: "down",
          condition: binary("ne", get(3), constant(0)),
        }),
      }),
    ),
    block(
      set(4, constant(0)),
      when(
        binary("eq", binary("and", binary("or", get(0), get(1)), constant(3)), constant(0)),
        block(
          set(4, binary("and", get(2), constant(-4))),
          each("words", 3, constant(0), get(4), 4, store(4, at(0, 3), load(4, at(1, 3)))),
        ),
      ),
      each("bytes", 3, get(4), get(2), 1, store(1, at(0, 3), load(1, at(1, 3)))),
    ),
  ),
};

/** memory.fill(to, value, bytes): words where the area is aligned. */
const memoryFill: WasmFunction = {
  name: "__memory_fill",
  exports: [],
  parameters: ["i32", "i32", "i32"],
  result: "none",
  locals: ["i32", "i32"],
  placement: "internal",
  body: block(
    set(4, constant(0)),
    when(
      binary("eq", binary("and", get(0), constant(3)), constant(0)),
      block(
        set(1, binary("mul", binary("and", get(1), constant(0xff)), constant(0x01010101))),
        set(4, binary("and", get(2), constant(-4))),
        each("words", 3, constant(0), get(4), 4, store(4, at(0, 3), get(1))),
      ),
    ),
    each("bytes", 3, get(4), get(2), 1, store(1, at(0, 3), get(1))),
  ),
};

export const HELPERS = { __memory_copy: memoryCopy, __memory_fill: memoryFill } as const;
