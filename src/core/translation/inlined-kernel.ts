/**
 * Kernels with constant arguments: their loops are unrolled, and what is left are stores of vectors to known addresses. Loads
 * and operators are put off until a store needs them, so that those which turn out to be needless vanish.
 */
import { type KernelBody, type KernelInstruction, VECTOR, VECTOR_PREFIX } from "./kernel-body.ts";
import { Code } from "./wasm-code.ts";

const STEP = 16;
/** Instructions of a kernel that are followed. */
const MOST_INSTRUCTIONS = 5000;
const RETURN = Number.POSITIVE_INFINITY;
const NO_BRANCH = -1;
/** Up to the address, which is an immediate and added to 0; they claim no alignment. */
const LOAD = [...new Code(0).constant(0).bytes, VECTOR_PREFIX, VECTOR.load, 0];
const STORE = [VECTOR_PREFIX, VECTOR.store, 0];

/** A vector: how it is made from others, or where it is loaded from. */
interface Vector {
  readonly operands: readonly Vector[];
  /** Instructions behind the operands. */
  readonly bytes: readonly number[];
  readonly load?: { readonly address: number; readonly storesBefore: number };
  /** How many others need it; while code is made: how many still will. */
  uses: number;
  local?: number;
}

/** The argument that is only known when the code runs. */
const UNKNOWN = Symbol("unknown");
type Value = number | typeof UNKNOWN | Vector;

/** Thrown where a kernel cannot be inlined. */
class NotInlined extends Error {}

export interface InlineOptions {
  /** i32 local with the argument that is undefined. */
  readonly scalar: number;
  /** Numbers of the v128 locals. */
  readonly vectors: readonly number[];
  /** Address of memory that holds 1 in every bit, and its length. */
  readonly ones: { readonly address: number; readonly length: number };
  /** Pushes the address of a load or store. */
  readonly pushAddress: (bytes: number[], address: number) => void;
}

/** Bytes of the instructions of a kernel with these arguments; undefined: it cannot be inlined. */
export function inlinedKernel(
  body: KernelBody,
  args: readonly (number | undefined)[],
  options: InlineOptions,
): readonly number[] | undefined {
  try {
    return new Emission(new Course(body, args, options).stores, options).code.bytes;
  } catch (error) {
    if (error instanceof NotInlined) return undefined;
    throw error;
  }
}

interface Store {
  readonly address: number;
  readonly value: Vector;
}

const constant = (byte: number): Vector => ({
  operands: [],
  bytes: [VECTOR_PREFIX, VECTOR.const, ...new Array<number>(STEP).fill(byte)],
  uses: 0,
});

const overlaps = (a: number, b: number) => Math.abs(a - b) < STEP;

/** What a kernel does, in the order of its stores. */
class Course {
  readonly stores: Store[] = [];
  readonly #options: InlineOptions;
  readonly #locals: Value[];
  readonly #stack: Value[] = [];
  readonly #constants = new Map<KernelInstruction, Vector>();
  readonly #loaded = new Map<number, Vector>();
  readonly #ones = constant(0xff);
  #left = MOST_INSTRUCTIONS;

  constructor(body: KernelBody, args: readonly (number | undefined)[], options: InlineOptions) {
    this.#options = options;
    const zero = constant(0);
    const locals = body.scalars.map((isScalar) => (isScalar ? 0 : zero));
    if (args.length !== body.parameters) throw new NotInlined();
    this.#locals = [...args.map((arg) => arg ?? UNKNOWN), ...locals];
    this.#run(body.instructions);
  }

  /** The labels that a branch goes out of, itself left out; NO_BRANCH: the end is reached. */
  #run(instructions: readonly KernelInstruction[]): number {
    for (const instruction of instructions) {
      if (this.#left-- === 0) throw new NotInlined();
      const branch = this.#step(instruction);
      if (branch !== NO_BRANCH) return branch;
    }
    return NO_BRANCH;
  }

  #step(instruction: KernelInstruction): number {
    const stack = this.#stack;
    switch (instruction.kind) {
      case "local.get":
        stack.push(this.#locals[instruction.index]);
        break;
      case "local.set":
        this.#locals[instruction.index] = this.#pop();
        break;
      case "local.tee":
        this.#locals[instruction.index] = stack.at(-1)!;
        break;
      case "i32.const":
        stack.push(instruction.value);
        break;
      case "i32.binary": {
        const b = this.#popNumber();
        stack.push(instruction.apply(this.#popNumber(), b));
        break;
      }
      case "v128.load":
        stack.push(this.#load(this.#popNumber() + instruction.offset));
        break;
      case "v128.store": {
        const value = this.#popVector();
        this.#store(this.#popNumber() + instruction.offset, value);
        break;
      }
      case "vector":
        stack.push(this.#vector(instruction));
        break;
      case "br":
        return instruction.index;
      case "br_if":
        return this.#popNumber() === 0 ? NO_BRANCH : instruction.index;
      case "return":
        return RETURN;
      default:
        return this.#block(instruction);
    }
    return NO_BRANCH;
  }

  #block({ kind, body, otherwise }: KernelInstruction & { kind: "block" | "loop" | "if" }): number {
    const chosen = kind === "if" && this.#popNumber() === 0 ? otherwise : body;
    const height = this.#stack.length;
    for (;;) {
      const branch = this.#run(chosen);
      if (branch === NO_BRANCH) return NO_BRANCH;
      this.#stack.length = height;
      if (branch > 0) return branch - 1;
      if (kind !== "loop") return NO_BRANCH;
    }
  }

  // ---- values ------------------------------------------------------------------------------------------------------

  #pop(): Value {
    return this.#stack.pop()!;
  }

  #popNumber(): number {
    const value = this.#pop();
    if (typeof value !== "number") throw new NotInlined();
    return value;
  }

  #popVector(): Vector {
    const value = this.#pop();
    if (typeof value !== "object") throw new NotInlined();
    return value;
  }

  #vector(instruction: KernelInstruction & { kind: "vector" }): Vector {
    const { code, bytes, vectors, takesScalar } = instruction;
    if (takesScalar) {
      const scalar = this.#pop();
      return { operands: this.#operands(vectors), bytes: [...this.#push(scalar), ...bytes], uses: 0 };
    }
    if (vectors === 0) {
      const known = this.#constants.get(instruction) ?? { operands: [], bytes, uses: 0 };
      this.#constants.set(instruction, known);
      return known;
    }
    const operands = this.#operands(vectors);
    if (code === VECTOR.bitselect && operands[2] === this.#ones) return operands[0];
    if (VECTOR.signedExtensions.has(code) && operands[0] === this.#ones) return this.#ones;
    return { operands, bytes, uses: 0 };
  }

  #operands(count: number): Vector[] {
    const operands = new Array<Vector>(count);
    for (let index = count; index-- > 0; ) operands[index] = this.#popVector();
    return operands;
  }

  #push(scalar: Value): readonly number[] {
    if (typeof scalar === "object") throw new NotInlined();
    const code = new Code(0);
    return (scalar === UNKNOWN ? code.get(this.#options.scalar) : code.constant(scalar)).bytes;
  }

  #load(address: number): Vector {
    const { ones } = this.#options;
    if (address >= ones.address && address + STEP <= ones.address + ones.length) return this.#ones;
    let loaded = this.#loaded.get(address);
    if (!loaded) {
      const load = { address, storesBefore: this.stores.length };
      loaded = { operands: [], bytes: LOAD, load, uses: 0 };
      this.#loaded.set(address, loaded);
    }
    return loaded;
  }

  #store(address: number, value: Vector): void {
    this.stores.push({ address, value });
    this.#loaded.clear();
  }
}

/** Code for stores: a vector that is needed more than once stays in a local. */
class Emission {
  readonly code = new Code(0);
  readonly #stores: readonly Store[];
  readonly #options: InlineOptions;
  readonly #free: number[];
  #stored = 0;

  constructor(stores: readonly Store[], options: InlineOptions) {
    this.#stores = stores;
    this.#options = options;
    this.#free = [...options.vectors].reverse();
    for (const { value } of stores) this.#count(value);
    for (const { address, value } of stores) {
      this.code.constant(0);
      this.#push(value);
      this.code.raw(STORE);
      options.pushAddress(this.code.bytes, address);
      this.#stored++;
    }
  }

  #count(vector: Vector): void {
    if (vector.uses++ === 0) for (const operand of vector.operands) this.#count(operand);
  }

  #push(vector: Vector): void {
    const { code } = this;
    vector.uses--;
    if (vector.local !== undefined) code.get(vector.local);
    else {
      for (const operand of vector.operands) this.#push(operand);
      code.raw(vector.bytes);
      if (vector.load) this.#load(vector.load);
      if (vector.uses === 0) return;
      vector.local = this.#free.pop();
      if (vector.local === undefined) throw new NotInlined();
      code.tee(vector.local);
    }
    if (vector.uses === 0) this.#free.push(vector.local);
  }

  /** A load that has been put off behind a store to the same place would come too late. */
  #load({ address, storesBefore }: NonNullable<Vector["load"]>): void {
    for (let index = storesBefore; index < this.#stored; index++) {
      if (overlaps(this.#stores[index].address, address)) throw new NotInlined();
    }
    this.#options.pushAddress(this.code.bytes, address);
  }
}
