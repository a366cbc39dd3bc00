import { ByteReader } from "../../toolchain/elf/bytes.ts";
import { OP } from "../../toolchain/elf/dwarf-constants.ts";
import { readU64 } from "../../toolchain/elf/dwarf-form.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";
import { binary, type StackType, type StackValue, stackValue, unary } from "./stack-operations.ts";

/** What location expressions ask for; each answer may be missing. */
export interface ExpressionContext {
  /** Value of a register by its DWARF number. */
  register(number: number): number | undefined;
  memory(address: number, length: number): Uint8Array | undefined;
  /** DW_AT_frame_base of the function. */
  frameBase?(): number | undefined;
  /** Canonical frame address. */
  frameAddress?(): number | undefined;
  /** Entry of `.debug_addr`. */
  indexedAddress?(index: number): number | undefined;
  /** Type at an offset in the unit; undefined when it is no integer. */
  baseType?(offset: number): StackType | undefined;
  /** Location expression of another entry of the unit (`global`: of `.debug_info`). */
  expressionOf?(offset: number, global: boolean): Uint8Array | undefined;
  /** Value that an expression had when the function was entered. */
  entryValue?(expression: Uint8Array): number | undefined;
}

/** Where a value lies by its expression, in terms of DWARF register numbers. */
export type Location =
  | { readonly kind: "memory"; readonly address: number }
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] };

export interface Piece {
  readonly location: Location;
  readonly bytes: number;
}

/** Operations carried out before an expression is taken as endless. */
const MOST_OPERATIONS = 10_000;
const MOST_CALLS = 8;

export const OPTIMIZED_OUT = "optimized out";

/** Ends an evaluation whose outcome is not known. */
class Unknown extends Error {}

const unknown = (reason: string): never => {
  throw new Unknown(reason);
};

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

class Evaluation {
  readonly stack: StackValue[] = [];
  private readonly context: ExpressionContext;
  private location: Location | undefined;
  private readonly pieces: Piece[] = [];
  private operations = 0;
  private calls = 0;

  constructor(context: ExpressionContext) {
    this.context = context;
  }

  private push(value: number | bigint, type?: StackType): void {
    this.stack.push(stackValue(BigInt(value), type));
  }

  private pop(): StackValue {
    return this.stack.pop() ?? unknown("damaged location expression");
  }

  private register(number: number): number {
    return this.context.register(number) ?? unknown(`register ${number} is not known`);
  }

  private load(address: number, length: number): Uint8Array {
    if (length > 16) unknown("damaged location expression");
    return this.context.memory(address, length) ?? unknown(`no memory at 0x${address.toString(16)}`);
  }

  private type(offset: number): StackType | undefined {
    if (offset === 0) return undefined;
    return this.context.baseType?.(offset) ?? unknown("its type can't be computed with");
  }

  /** What the operations up to here describe. */
  private take(): Location {
    const location = this.location ?? this.memoryLocation();
    this.location = undefined;
    return location;
  }

  private memoryLocation(): Location {
    const top = this.stack.pop();
    return top
      ? { kind: "memory", address: Number(BigInt.asUintN(32, top.value)) }
      : { kind: "absent", reason: OPTIMIZED_OUT };
  }

  run(expression: Uint8Array): void {
    const reader = new ByteReader(expression, "location expression");
    while (!reader.atEnd) {
      if (++this.operations > MOST_OPERATIONS) unknown("endless location expression");
      this.step(reader.u8(), reader);
    }
  }

  private step(operation: number, reader: ByteReader): void {
    const within = (first: number) => operation >= first && operation < first + 32;
    if (within(OP.lit0)) this.push(operation - OP.lit0);
    else if (within(OP.reg0)) this.inRegister(operation - OP.reg0);
    else if (within(OP.breg0)) this.push(this.register(operation - OP.breg0) + reader.sleb());
    else this.other(operation, reader);
  }

  private other(operation: number, reader: ByteReader): void {
    switch (operation) {
      case OP.addr:
      case OP.const4u:
        this.push(reader.u32());
        break;
      case OP.const1u:
        this.push(reader.u8());
        break;
      case OP.const1s:
        this.push(reader.i8());
        break;
      case OP.const2u:
        this.push(reader.u16());
        break;
      case OP.const2s:
        this.push((reader.u16() << 16) >> 16);
        break;
      case OP.const4s:
        this.push(reader.u32() | 0);
        break;
      case OP.const8u:
      case OP.const8s:
        this.push(readU64(reader));
        break;
      case OP.constu:
        this.push(reader.uleb());
        break;
      case OP.consts:
        this.push(reader.sleb());
        break;
      case OP.addrx:
      case OP.constx:
        this.push(this.context.indexedAddress?.(reader.uleb()) ?? unknown("an indexed address is missing"));
        break;
      case OP.plusUconst: {
        const base = this.pop();
        this.push(base.value + BigInt(reader.uleb()), base.type);
        break;
      }
      case OP.regx:
        this.inRegister(reader.uleb());
        break;
      case OP.bregx: {
        const number = reader.uleb();
        this.push(this.register(number) + reader.sleb());
        break;
      }
      case OP.fbreg: {
        const base = this.context.frameBase?.() ?? unknown("the frame base is not known");
        this.push(base + reader.sleb());
        break;
      }
      case OP.callFrameCfa:
        this.push(this.context.frameAddress?.() ?? unknown("the frame address is not known"));
        break;
      case OP.deref:
        this.push(bigEndian(this.load(Number(this.pop().value), 4)));
        break;
      case OP.derefSize:
        this.push(bigEndian(this.load(Number(this.pop().value), reader.u8())));
        break;
      case OP.skip:
        this.jump(reader);
        break;
      case OP.bra:
        if (this.pop().value !== 0n) this.jump(reader);
        else reader.skip(2);
        break;
      case OP.nop:
        break;
      case OP.piece:
        this.piece(reader.uleb());
        break;
      case OP.bitPiece: {
        const bits = reader.uleb();
        if (reader.uleb() !== 0 || bits % 8 !== 0) unknown("its parts are not whole bytes");
        this.piece(bits / 8);
        break;
      }
      case OP.stackValue:
        this.location = { kind: "value", value: this.pop().value };
        break;
      case OP.implicitValue: {
        const { bytes } = reader.part(reader.uleb(), "location expression");
        this.location = { kind: "bytes", bytes };
        break;
      }
      case OP.implicitPointer:
      case OP.gnuImplicitPointer:
        unknown("a pointer to a variable without memory");
        break;
      case OP.call2:
      case OP.call4:
      case OP.callRef:
        this.call(operation === OP.call2 ? reader.u16() : reader.u32(), operation === OP.callRef);
        break;
      case OP.entryValue:
      case OP.gnuEntryValue: {
        const { bytes } = reader.part(reader.uleb(), "location expression");
        this.push(this.context.entryValue?.(bytes) ?? unknown(OPTIMIZED_OUT));
        break;
      }
      default:
        if (!this.stackOperation(operation) && !this.typed(operation, reader)) {
          unknown(`location operation 0x${operation.toString(16)} is not supported`);
        }
    }
  }

  private inRegister(register: number): void {
    this.location = { kind: "register", register };
  }

  private jump(reader: ByteReader): void {
    const distance = (reader.u16() << 16) >> 16;
    const target = reader.offset + distance;
    if (target < 0 || target > reader.bytes.length) unknown("damaged location expression");
    reader.offset = target;
  }

  private piece(bytes: number): void {
    this.pieces.push({ location: this.take(), bytes });
  }

  private call(offset: number, global: boolean): void {
    if (++this.calls > MOST_CALLS) unknown("endless location expression");
    const expression = this.context.expressionOf?.(offset, global);
    if (expression) this.run(expression);
  }

  /** Operations on the stack alone; false for another operation. */
  private stackOperation(operation: number): boolean {
    const { stack } = this;
    const at = (depth: number) => stack[stack.length - 1 - depth] ?? unknown("damaged location expression");
    switch (operation) {
      case OP.dup:
        stack.push(at(0));
        return true;
      case OP.drop:
        this.pop();
        return true;
      case OP.over:
        stack.push(at(1));
        return true;
      case OP.swap: {
        const [b, a] = [this.pop(), this.pop()];
        stack.push(b, a);
        return true;
      }
      case OP.rot: {
        const [c, b, a] = [this.pop(), this.pop(), this.pop()];
        stack.push(c, a, b);
        return true;
      }
    }
    if (operation === OP.abs || operation === OP.neg || operation === OP.not) {
      stack.push(unary(operation, this.pop())!);
      return true;
    }
    const isBinary =
      (operation >= OP.and && operation <= OP.xor) || (operation >= OP.eq && operation <= OP.ne);
    if (!isBinary) return false;
    const [b, a] = [this.pop(), this.pop()];
    stack.push(binary(operation, a, b) ?? unknown("its location divides by zero"));
    return true;
  }

  /** Operations that name a base type, and those with an operand and the stack; false for another operation. */
  private typed(operation: number, reader: ByteReader): boolean {
    switch (operation) {
      case OP.pick: {
        const depth = reader.u8();
        this.stack.push(this.stack.at(-1 - depth) ?? unknown("damaged location expression"));
        return true;
      }
      case OP.constType:
      case OP.gnuConstType: {
        const type = this.type(reader.uleb());
        this.push(bigEndian(reader.part(reader.u8(), "location expression").bytes), type);
        return true;
      }
      case OP.regvalType:
      case OP.gnuRegvalType: {
        const value = this.register(reader.uleb());
        this.push(value, this.type(reader.uleb()));
        return true;
      }
      case OP.derefType:
      case OP.gnuDerefType: {
        const bytes = reader.u8();
        const type = this.type(reader.uleb());
        this.push(bigEndian(this.load(Number(BigInt.asUintN(32, this.pop().value)), bytes)), type);
        return true;
      }
      case OP.convert:
      case OP.gnuConvert:
      case OP.reinterpret:
      case OP.gnuReinterpret: {
        const type = this.type(reader.uleb());
        this.push(this.pop().value, type);
        return true;
      }
      default:
        return false;
    }
  }

  /** The outcome as a location. */
  finish(): Location {
    if (this.pieces.length > 0) return { kind: "pieces", pieces: this.pieces };
    return this.take();
  }
}

function evaluate<T>(context: ExpressionContext, use: (evaluation: Evaluation) => T): T | { reason: string } {
  try {
    return use(new Evaluation(context));
  } catch (error) {
    if (error instanceof Unknown) return { reason: error.message };
    if (error instanceof ImageError) return { reason: "damaged location expression" };
    throw error;
  }
}

/** Where an expression says that a value lies. An empty expression means optimized out. Never throws. */
export function evaluateLocation(expression: Uint8Array, context: ExpressionContext): Location {
  const location = evaluate(context, (evaluation) => {
    evaluation.run(expression);
    return evaluation.finish();
  });
  return "reason" in location ? { kind: "absent", reason: location.reason } : location;
}

/** The number that an expression computes, unsigned; undefined when it can't. `initial` lies on the stack at the begin. */
export function evaluateNumber(
  expression: Uint8Array,
  context: ExpressionContext,
  initial: readonly number[] = [],
): number | undefined {
  const result = evaluate(context, (evaluation) => {
    for (const value of initial) evaluation.stack.push(stackValue(BigInt(value)));
    evaluation.run(expression);
    const location = evaluation.finish();
    if (location.kind === "memory") return location.address;
    if (location.kind === "value") return Number(BigInt.asUintN(32, location.value));
    return location.kind === "register" ? context.register(location.register) : undefined;
  });
  return typeof result === "number" ? result : undefined;
}
