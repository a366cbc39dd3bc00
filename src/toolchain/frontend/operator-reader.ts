/** Reads the operators of each function out of a WebAssembly binary, with their byte offsets in the file. */
import { LebReader } from "../../leb128.ts";

export interface Operator {
  readonly opcode: number;
  /** In the file. */
  readonly offset: number;
}

const CODE_SECTION = 10;
const BR_TABLE = 0x0e;
const TYPED_SELECT = 0x1c;
const F32_CONST = 0x43;
const F64_CONST = 0x44;
const PREFIX_FC = 0xfc;

/** LEB128 numbers that follow br, br_if, call, local, global and table access, memory.size, constants, ref.null, ref.func. */
const NUMBERS_AFTER: ReadonlyMap<number, number> = new Map([
  [0x0c, 1],
  [0x0d, 1],
  [0x10, 1],
  [0x11, 2],
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26].map((opcode) => [opcode, 1] as const),
  ...[0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2].map((opcode) => [opcode, 1] as const),
]);
/** LEB128 numbers behind the second operator number of bulk memory and table operators. */
const BULK_NUMBERS: Readonly<Record<number, number>> = {
  8: 2,
  9: 1,
  10: 2,
  11: 1,
  12: 2,
  13: 1,
  14: 2,
  15: 1,
  16: 1,
  17: 1,
};

/** Operators without immediates: 0x00, 0x01, 0x05 (else), 0x0b (end), 0x0f, 0x1a, 0x1b, 0x45..0xc4, 0xd1. */
function hasNoImmediate(opcode: number): boolean {
  if (opcode >= 0x45 && opcode <= 0xc4) return true;
  return [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(opcode);
}

class Reader extends LebReader {
  /** Skips a LEB128 number of any size. */
  skip(): void {
    while (this.byte() >= 0x80);
  }
  valueType(): void {
    const type = this.byte();
    if (type === 0x63 || type === 0x64) this.skip();
  }
  blockType(): void {
    const type = this.bytes[this.at];
    if (type === 0x63 || type === 0x64) this.valueType();
    else this.skip();
  }
  memoryArgument(): void {
    if (this.unsigned() & 0x40) this.skip();
    this.skip();
  }
  skipMany(count: number): void {
    for (let i = 0; i < count; i++) this.skip();
  }
  /** Skips what follows an operator byte; throws RangeError for an operator that is not known. */
  immediates(opcode: number): void {
    if (hasNoImmediate(opcode)) return;
    if (opcode >= 0x28 && opcode <= 0x3e) this.memoryArgument();
    else if (opcode >= 0x02 && opcode <= 0x04) this.blockType();
    else if (NUMBERS_AFTER.has(opcode)) this.skipMany(NUMBERS_AFTER.get(opcode) as number);
    else if (opcode === BR_TABLE) this.skipMany(this.unsigned() + 1);
    else if (opcode === TYPED_SELECT) for (let count = this.unsigned(); count > 0; count--) this.valueType();
    else if (opcode === F32_CONST) this.at += 4;
    else if (opcode === F64_CONST) this.at += 8;
    else if (opcode === PREFIX_FC) this.skipMany(BULK_NUMBERS[this.unsigned()] ?? 0);
    else throw new RangeError(`operator 0x${opcode.toString(16)} is not known`);
  }
}

/**
 * Operators of the functions defined in the module, in order; `null` for a function with an operator outside the
 * MVP, bulk memory and reference type instructions.
 */
export function readOperators(binary: Uint8Array): (Operator[] | null)[] {
  const functions: (Operator[] | null)[] = [];
  const sections = new Reader(binary, 8);
  while (sections.at < binary.length) {
    const id = sections.byte();
    const size = sections.unsigned();
    const end = sections.at + size;
    if (id === CODE_SECTION) {
      for (let count = sections.unsigned(); count > 0; count--) {
        const bodyEnd = sections.unsigned() + sections.at;
        functions.push(readBody(binary, sections.at, bodyEnd));
        sections.at = bodyEnd;
      }
    }
    sections.at = end;
  }
  return functions;
}

function readBody(binary: Uint8Array, start: number, end: number): Operator[] | null {
  const body = new Reader(binary, start);
  for (let groups = body.unsigned(); groups > 0; groups--) {
    body.skip();
    body.valueType();
  }
  const operators: Operator[] = [];
  try {
    while (body.at < end) {
      const offset = body.at;
      const opcode = body.byte();
      body.immediates(opcode);
      operators.push({ opcode, offset });
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return operators;
}
