/** Functions of a compiled module of vector kernels, as instructions: so much of WebAssembly as such kernels consist of. */
import { LebReader } from "../../leb128.ts";

const SECTION = { types: 1, functions: 3, exports: 7, code: 10 } as const;
const HEADER_BYTES = 8;
const I32 = 0x7f;
const FUNCTION = 0x60;
const EMPTY = 0x40;
export const VECTOR_PREFIX = 0xfd;
const [ELSE, END] = [0x05, 0x0b];

const BLOCKS = new Map([
  [0x02, "block"],
  [0x03, "loop"],
  [0x04, "if"],
] as const);

const INDEXED = new Map([
  [0x0c, "br"],
  [0x0d, "br_if"],
  [0x20, "local.get"],
  [0x21, "local.set"],
  [0x22, "local.tee"],
] as const);

const I32_BINARY = new Map<number, (a: number, b: number) => number>([
  [0x46, (a, b) => Number(a === b)],
  [0x47, (a, b) => Number(a !== b)],
  [0x48, (a, b) => Number(a < b)],
  [0x49, (a, b) => Number(a >>> 0 < b >>> 0)],
  [0x4a, (a, b) => Number(a > b)],
  [0x4b, (a, b) => Number(a >>> 0 > b >>> 0)],
  [0x4c, (a, b) => Number(a <= b)],
  [0x4d, (a, b) => Number(a >>> 0 <= b >>> 0)],
  [0x4e, (a, b) => Number(a >= b)],
  [0x4f, (a, b) => Number(a >>> 0 >= b >>> 0)],
  [0x6a, (a, b) => (a + b) | 0],
  [0x6b, (a, b) => (a - b) | 0],
  [0x6c, Math.imul],
  [0x71, (a, b) => a & b],
  [0x72, (a, b) => a | b],
  [0x73, (a, b) => a ^ b],
  [0x74, (a, b) => a << b],
  [0x75, (a, b) => a >> b],
  [0x76, (a, b) => (a >>> b) | 0],
]);

/** Second byte of the vector instructions that are told apart; of all others only the shape counts. */
export const VECTOR = {
  load: 0x00,
  store: 0x0b,
  const: 0x0c,
  bitselect: 0x52,
  signedExtensions: new Set([0x87, 0x88, 0xa7, 0xa8]),
} as const;

/** What a vector instruction that makes a vector takes from the stack, an i32 last, and from the bytes behind it. */
interface Shape {
  readonly vectors: number;
  readonly takesScalar: boolean;
  readonly immediates: number;
}

const SHAPES = new Map<number, Shape>();

function shape(codes: readonly number[], vectors: number, takesScalar = false, immediates = 0): void {
  for (const code of codes) SHAPES.set(code, { vectors, takesScalar, immediates });
}

shape([VECTOR.const], 0, false, 16);
/** i8x16.shuffle. */
shape([0x0d], 2, false, 16);
/** Splats of i32. */
shape([0x0f, 0x10, 0x11], 0, true);
/** Comparisons of i8x16, i16x8, i32x4. */
shape([...range(0x23, 0x2c), ...range(0x2d, 0x36), ...range(0x37, 0x40)], 2);
/** and, andnot, or, xor. */
shape(range(0x4e, 0x51), 2);
shape([VECTOR.bitselect], 3);
/** Narrowing to i8x16, to i16x8. */
shape([0x65, 0x66, 0x85, 0x86], 2);
/** Shifts of i8x16, i16x8, i32x4. */
shape([...range(0x6b, 0x6d), ...range(0x8b, 0x8d), ...range(0xab, 0xad)], 1, true);
/** Sums and differences of i8x16, i16x8, i32x4. */
shape([...range(0x6e, 0x73), ...range(0x8e, 0x93), 0xae, 0xb1], 2);
/** Extensions to i16x8, to i32x4. */
shape([...range(0x87, 0x8a), ...range(0xa7, 0xaa)], 1);
/** Products of i16x8, i32x4, and those of twice the width. */
shape([0x95, 0xb5, ...range(0x9c, 0x9f), ...range(0xbc, 0xbf)], 2);

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export type KernelInstruction =
  | {
      readonly kind: "block" | "loop" | "if";
      readonly body: KernelInstruction[];
      readonly otherwise: KernelInstruction[];
    }
  | { readonly kind: "br" | "br_if" | "local.get" | "local.set" | "local.tee"; readonly index: number }
  | { readonly kind: "return" }
  | { readonly kind: "i32.const"; readonly value: number }
  | { readonly kind: "i32.binary"; readonly apply: (a: number, b: number) => number }
  | { readonly kind: "v128.load" | "v128.store"; readonly offset: number }
  | ({ readonly kind: "vector"; readonly code: number; readonly bytes: readonly number[] } & Shape);

export interface KernelBody {
  /** All of them i32. */
  readonly parameters: number;
  /** By number, parameters left out: whether a local is an i32 and not a v128. */
  readonly scalars: readonly boolean[];
  readonly instructions: readonly KernelInstruction[];
}

class UnknownInstruction extends Error {}

class Reader extends LebReader {
  /** The place behind. */
  skip(length: number): number {
    this.at += length;
    return this.at;
  }

  text(): string {
    const length = this.unsigned();
    return Buffer.from(this.bytes.subarray(this.at, this.skip(length))).toString("latin1");
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.unsigned() }, item);
  }
}

/** Instructions up to the end of a block, or to its `else`. */
function sequence(reader: Reader): { instructions: KernelInstruction[]; hasElse: boolean } {
  const instructions: KernelInstruction[] = [];
  for (;;) {
    const code = reader.byte();
    if (code === ELSE || code === END) return { instructions, hasElse: code === ELSE };
    instructions.push(instruction(reader, code));
  }
}

function instruction(reader: Reader, code: number): KernelInstruction {
  const block = BLOCKS.get(code as 2);
  if (block) {
    if (reader.byte() !== EMPTY) throw new UnknownInstruction();
    const { instructions: body, hasElse } = sequence(reader);
    return { kind: block, body, otherwise: hasElse ? sequence(reader).instructions : [] };
  }
  const indexed = INDEXED.get(code as 0x0c);
  if (indexed) return { kind: indexed, index: reader.unsigned() };
  const apply = I32_BINARY.get(code);
  if (apply) return { kind: "i32.binary", apply };
  if (code === 0x0f) return { kind: "return" };
  if (code === 0x41) return { kind: "i32.const", value: reader.signed() };
  if (code === VECTOR_PREFIX) return vectorInstruction(reader);
  throw new UnknownInstruction();
}

function vectorInstruction(reader: Reader): KernelInstruction {
  const start = reader.at;
  const code = reader.unsigned();
  if (code === VECTOR.load || code === VECTOR.store) {
    reader.unsigned();
    return { kind: code === VECTOR.load ? "v128.load" : "v128.store", offset: reader.unsigned() };
  }
  const form = SHAPES.get(code);
  if (!form) throw new UnknownInstruction();
  reader.skip(form.immediates);
  return {
    kind: "vector",
    code,
    bytes: [VECTOR_PREFIX, ...reader.bytes.subarray(start, reader.at)],
    ...form,
  };
}

/** A function's parameters and results by their types. */
function functionType(reader: Reader) {
  if (reader.byte() !== FUNCTION) throw new UnknownInstruction();
  return { parameters: reader.list(() => reader.byte()), results: reader.list(() => reader.byte()) };
}

function sectionsOf(bytes: Uint8Array): (id: number) => Reader {
  const sections = new Map<number, Reader>();
  for (const reader = new Reader(bytes, HEADER_BYTES); reader.at < bytes.length; ) {
    const id = reader.byte();
    const length = reader.unsigned();
    sections.set(id, new Reader(bytes, reader.at));
    reader.skip(length);
  }
  return (id) => sections.get(id)!;
}

/** The exported functions of a module that imports no function. */
export class KernelBodies {
  readonly #bytes: Uint8Array;
  readonly #types: readonly ReturnType<typeof functionType>[];
  /** By number: the function's type, and where its code begins. */
  readonly #functions: readonly { readonly type: number; readonly start: number }[];
  readonly #exports = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const section = sectionsOf(bytes);
    const types = section(SECTION.types);
    this.#types = types.list(() => functionType(types));
    const functions = section(SECTION.functions);
    const typeOf = functions.list(() => functions.unsigned());
    const code = section(SECTION.code);
    const starts = code.list(() => {
      const length = code.unsigned();
      return code.skip(length) - length;
    });
    this.#functions = starts.map((start, index) => ({ type: typeOf[index], start }));
    const exports = section(SECTION.exports);
    exports.list(() => {
      const name = exports.text();
      const isFunction = exports.byte() === 0;
      const index = exports.unsigned();
      if (isFunction) this.#exports.set(name, index);
    });
  }

  /** Undefined: no such function, one with a result, or one with instructions that are unknown here. */
  get(name: string): KernelBody | undefined {
    const index = this.#exports.get(name);
    if (index === undefined) return undefined;
    const { type, start } = this.#functions[index];
    const { parameters, results } = this.#types[type];
    if (results.length > 0 || parameters.some((one) => one !== I32)) return undefined;
    const reader = new Reader(this.#bytes, start);
    try {
      const groups = reader.list(() => [reader.unsigned(), reader.byte()]);
      const scalars = groups.flatMap(([length, one]) => new Array<boolean>(length).fill(one === I32));
      return { parameters: parameters.length, scalars, instructions: sequence(reader).instructions };
    } catch (error) {
      if (error instanceof UnknownInstruction) return undefined;
      throw error;
    }
  }
}
