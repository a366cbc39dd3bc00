/** Bytes of WebAssembly: instructions of one function, and the module around it. */
import { pushSigned, pushUnsigned } from "../../leb128.ts";

const END = 0x0b;

/** Binary operators and others without immediates, by their names in the text format. */
const OPCODE = {
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.ne": 0x47,
  "i32.lt_s": 0x48,
  "i32.lt_u": 0x49,
  "i32.gt_s": 0x4a,
  "i32.gt_u": 0x4b,
  "i32.le_s": 0x4c,
  "i32.ge_s": 0x4e,
  "i32.ge_u": 0x4f,
  "i32.clz": 0x67,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_s": 0x6d,
  "i32.div_u": 0x6e,
  "i32.rem_u": 0x70,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "i32.rotl": 0x77,
  "i64.add": 0x7c,
  "i64.mul": 0x7e,
  "i64.shr_u": 0x88,
  "i32.wrap_i64": 0xa7,
  "i64.extend_i32_s": 0xac,
  "i64.extend_i32_u": 0xad,
  select: 0x1b,
} as const;

/** Loads and stores with the alignment that they claim (log2 of bytes). */
const ACCESS = {
  "v128.load": [0xfd, 0x00, 0],
  "v128.store": [0xfd, 0x0b, 0],
  "i32.load": [0x28, 2],
  "i32.load8_u": [0x2d, 0],
  "i32.load16_u": [0x2f, 1],
  "i32.store": [0x36, 2],
  "i32.store8": [0x3a, 0],
  "i32.store16": [0x3b, 1],
} as const;

/** Vector operators without immediates. */
const VECTOR_OPCODE = {
  "v128.or": 0x50,
  "v128.any_true": 0x53,
} as const;
const VECTOR_PREFIX = 0xfd;

export type Operator = keyof typeof OPCODE;
export type Access = keyof typeof ACCESS;
export type VectorOperator = keyof typeof VECTOR_OPCODE;

/** A function that a module imports: so many i32 parameters, and perhaps an i32 result. */
export interface Import {
  readonly name: string;
  readonly parameters: number;
  readonly result: boolean;
}

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
const EMPTY = 0x40;

const WIDE_LOCALS = 1;
const VECTOR_LOCALS = 10;

/** Instructions of a function whose parameters and locals are i32, but for one of i64 and some of v128. */
export class Code {
  readonly bytes: number[] = [];
  readonly #parameters: number;
  /** The v128 locals; as `scalar` they depend on nothing but the number of parameters. */
  readonly vectors: readonly number[];
  /** The first is `scalar`. */
  #locals = 1;
  readonly #imports: Import[] = [];
  /** Open blocks, loops and ifs. */
  depth = 0;

  constructor(parameters: number) {
    this.#parameters = parameters;
    this.vectors = Array.from({ length: VECTOR_LOCALS }, (_, index) => parameters + WIDE_LOCALS + index);
  }

  /** Number of i32 locals, parameters left out. */
  get locals(): number {
    return this.#locals;
  }

  /** In the order of their numbers. */
  get imports(): readonly Import[] {
    return this.#imports;
  }

  /** The one i64 local. */
  get wide(): number {
    return this.#parameters;
  }

  /** An i32 local that holds no value for long. */
  get scalar(): number {
    return this.#parameters + WIDE_LOCALS + VECTOR_LOCALS;
  }

  newLocal(): number {
    return this.#parameters + WIDE_LOCALS + VECTOR_LOCALS + this.#locals++;
  }

  /** Whole instructions. */
  raw(bytes: readonly number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  op(name: Operator): this {
    this.bytes.push(OPCODE[name]);
    return this;
  }

  vector(name: VectorOperator): this {
    this.bytes.push(VECTOR_PREFIX, VECTOR_OPCODE[name]);
    return this;
  }

  call(callee: Import): this {
    let index = this.#imports.findIndex(({ name }) => name === callee.name);
    if (index < 0) index = this.#imports.push(callee) - 1;
    this.bytes.push(0x10);
    pushUnsigned(this.bytes, index);
    return this;
  }

  constant(value: number): this {
    this.bytes.push(0x41);
    pushSigned(this.bytes, value);
    return this;
  }

  /** An i64 constant of two words, each below 2^31. */
  constant64(high: number, low: number): this {
    this.bytes.push(0x42);
    let rest = high * 2 ** 32 + low;
    while (rest > 63) {
      this.bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.bytes.push(rest);
    return this;
  }

  get(local: number): this {
    this.bytes.push(0x20);
    pushUnsigned(this.bytes, local);
    return this;
  }

  set(local: number): this {
    this.bytes.push(0x21);
    pushUnsigned(this.bytes, local);
    return this;
  }

  tee(local: number): this {
    this.bytes.push(0x22);
    pushUnsigned(this.bytes, local);
    return this;
  }

  access(name: Access, offset: number): this {
    this.bytes.push(...ACCESS[name]);
    pushUnsigned(this.bytes, offset);
    return this;
  }

  block(): this {
    this.depth++;
    this.bytes.push(0x02, EMPTY);
    return this;
  }

  loop(): this {
    this.depth++;
    this.bytes.push(0x03, EMPTY);
    return this;
  }

  /** `value`: both arms leave an i32. */
  if(value = false): this {
    this.depth++;
    this.bytes.push(0x04, value ? I32 : EMPTY);
    return this;
  }

  else(): this {
    this.bytes.push(0x05);
    return this;
  }

  end(): this {
    this.depth--;
    this.bytes.push(END);
    return this;
  }

  /** To the block or loop that was opened as the `depth`th, counted from 1. */
  branch(depth: number): this {
    this.bytes.push(0x0c);
    pushUnsigned(this.bytes, this.depth - depth);
    return this;
  }

  /** The same if the i32 on the stack is not 0. */
  branchIf(depth: number): this {
    this.bytes.push(0x0d);
    pushUnsigned(this.bytes, this.depth - depth);
    return this;
  }

  branchTable(depths: readonly number[], otherwise: number): this {
    this.bytes.push(0x0e);
    pushUnsigned(this.bytes, depths.length);
    for (const depth of [...depths, otherwise]) pushUnsigned(this.bytes, this.depth - depth);
    return this;
  }

  unreachable(): this {
    this.bytes.push(0x00);
    return this;
  }
}

const text = (value: string) => [value.length, ...Buffer.from(value, "latin1")];

function section(id: number, content: readonly number[]): number[] {
  const head = [id];
  pushUnsigned(head, content.length);
  return head.concat(content);
}

const functionType = (parameters: number, result: boolean) => [
  0x60,
  parameters,
  ...Array.from({ length: parameters }, () => I32),
  ...(result ? [1, I32] : [0]),
];

/** A list with its length before it. */
function vectorOf(items: readonly (readonly number[])[]): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, items.length);
  return bytes.concat(...items);
}

/** A module that imports `env.memory` of at least `pages` and what the code calls from `env`, and exports one function `run` with an i32 result. */
export function moduleOf(code: Code, parameters: number, pages: number): Uint8Array {
  const memory = [...text("env"), ...text("memory"), 0x02, 0x00, pages];
  const imports = code.imports.map(({ name }, index) => [...text("env"), ...text(name), 0x00, index + 1]);
  const types = [
    functionType(parameters, true),
    ...code.imports.map((one) => functionType(one.parameters, one.result)),
  ];
  const locals = [3, WIDE_LOCALS, I64, VECTOR_LOCALS, V128];
  pushUnsigned(locals, code.locals);
  locals.push(I32);
  const body: number[] = [];
  pushUnsigned(body, locals.length + code.bytes.length + 1);
  body.push(...locals);
  const contents = [1];
  const codeSection = [10];
  pushUnsigned(codeSection, contents.length + body.length + code.bytes.length + 1);
  codeSection.push(...contents, ...body);
  const run = [...text("run"), 0x00];
  pushUnsigned(run, imports.length);
  return Buffer.concat([
    Buffer.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    Buffer.from(section(1, vectorOf(types))),
    Buffer.from(section(2, vectorOf([memory, ...imports]))),
    Buffer.from(section(3, [1, 0])),
    Buffer.from(section(7, vectorOf([run]))),
    Buffer.from(codeSection),
    Buffer.from(code.bytes),
    Buffer.from([END]),
  ]);
}
