/** Accesses that the PPU cannot make in one instruction: unaligned ones, and stores of 64-bit constants. */
import type { SourceLocation } from "../image.ts";
import type { Node, ValueType } from "../wasm-tree.ts";

type NewLocal = (type: ValueType) => number;
type At = SourceLocation | undefined;

interface Access {
  readonly bytes: 1 | 2 | 4;
  readonly offset: number;
  readonly address: Node;
}

const constant = (value: number, location: At): Node => ({ op: "const", value, type: "i32", location });
const get = (index: number, location: At): Node => ({ op: "localGet", index, type: "i32", location });
const set = (index: number, value: Node, location: At): Node => ({
  op: "localSet",
  index,
  tee: false,
  value,
  type: "none",
  location,
});
const binary = (operator: "or" | "shl" | "shr_u", left: Node, right: Node, location: At): Node => ({
  op: "binary",
  operator,
  left,
  right,
  type: "i32",
  location,
});

/** A big-endian load byte by byte. */
export function unalignedLoad(
  access: Access & { readonly signed: boolean },
  newLocal: NewLocal,
  location: At,
): Node {
  const pointer = newLocal("i32");
  let value: Node | undefined;
  for (let n = 0; n < access.bytes; n++) {
    const byte: Node = {
      op: "load",
      bytes: 1,
      signed: access.signed && n === 0,
      offset: access.offset + n,
      address: get(pointer, location),
      type: "i32",
      location,
    };
    value = value
      ? binary("or", binary("shl", value, constant(8, location), location), byte, location)
      : byte;
  }
  const body = [set(pointer, access.address, location), value as Node];
  return { op: "block", label: null, body, type: "i32", location };
}

/** A big-endian store byte by byte. */
export function unalignedStore(
  access: Access & { readonly value: Node },
  newLocal: NewLocal,
  location: At,
): Node {
  const pointer = newLocal("i32");
  const value = newLocal("i32");
  const body = [set(pointer, access.address, location), set(value, access.value, location)];
  for (let n = 0; n < access.bytes; n++) {
    const shift = 8 * (access.bytes - 1 - n);
    const rest = get(value, location);
    body.push({
      op: "store",
      bytes: 1,
      offset: access.offset + n,
      address: get(pointer, location),
      value: shift === 0 ? rest : binary("shr_u", rest, constant(shift, location), location),
      type: "none",
      location,
    });
  }
  return { op: "block", label: null, body, type: "none", location };
}

/** Stores a 64-bit constant, upper word at the lower address. */
export function wideStore(
  address: Node,
  offset: number,
  align: number,
  words: readonly [high: number, low: number],
  newLocal: NewLocal,
  location: At,
): Node {
  const pointer = newLocal("i32");
  const body: Node[] = [set(pointer, address, location)];
  words.forEach((word, n) => {
    const access = {
      bytes: 4,
      offset: offset + 4 * n,
      address: get(pointer, location),
      value: constant(word, location),
    } as const;
    body.push(
      align < 4
        ? unalignedStore(access, newLocal, location)
        : { op: "store", ...access, type: "none", location },
    );
  });
  return { op: "block", label: null, body, type: "none", location };
}
