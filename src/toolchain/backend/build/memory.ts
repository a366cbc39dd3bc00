/** memory.copy and memory.fill: written out when small, else calls of the run-time library. */

import type { Node } from "../../wasm-tree.ts";
import type { Value } from "../graph/ir.ts";
import type { Builder } from "./builder.ts";

/** Copies and fills of constant size up to this many bytes are written out. */
const INLINE_BYTES = 8;

function split(bytes: number, aligned: boolean): { at: number; width: 1 | 4 }[] {
  const pieces: { at: number; width: 1 | 4 }[] = [];
  for (let at = 0; at < bytes; ) {
    const width = aligned && bytes - at >= 4 ? 4 : 1;
    pieces.push({ at, width });
    at += width;
  }
  return pieces;
}

export function helperCall(b: Builder, name: "__memory_copy" | "__memory_fill", values: Value[]): void {
  b.append("call", "none", values).target = b.context.helper(name);
}

export function buildMemoryCopy(b: Builder, node: Extract<Node, { op: "memoryCopy" }>): undefined {
  const [to, from, bytes] = b.arguments([node.to, node.from, node.bytes]);
  if (bytes.operation !== "const" || bytes.immediate >>> 0 > 4 * INLINE_BYTES) {
    return void helperCall(b, "__memory_copy", [to, from, bytes]);
  }
  const aligned = [to, from].every((v) => v.operation === "const" && v.immediate % 4 === 0);
  const pieces = split(bytes.immediate, aligned);
  if (pieces.length > INLINE_BYTES) return void helperCall(b, "__memory_copy", [to, from, bytes]);
  const values = pieces.map(({ at, width }) => b.load(from, width, false, at));
  pieces.forEach(({ at, width }, i) => {
    b.store(to, values[i], width, at);
  });
}

export function buildMemoryFill(b: Builder, node: Extract<Node, { op: "memoryFill" }>): undefined {
  const [to, value, bytes] = b.arguments([node.to, node.value, node.bytes]);
  const aligned = to.operation === "const" && to.immediate % 4 === 0 && value.operation === "const";
  const pieces =
    bytes.operation === "const" && bytes.immediate >>> 0 <= 4 * INLINE_BYTES
      ? split(bytes.immediate, aligned)
      : undefined;
  if (!pieces || pieces.length > INLINE_BYTES) {
    return void helperCall(b, "__memory_fill", [to, value, bytes]);
  }
  for (const { at, width } of pieces) {
    const word = width === 4 ? b.number(Math.imul(value.immediate & 0xff, 0x01010101)) : value;
    b.store(to, word, width, at);
  }
}
