import { OPTIMIZED_OUT } from "../dwarf/expression.ts";
import { formatValue } from "./format.ts";
import { type Access, isAssignable, partOf, readPlace, writePlace } from "./place.ts";
import { stripped } from "./type-reader.ts";
import type { FormatOptions, Member, NamedValue, Place, PlaceWriter, Type, TypedValue } from "./types.ts";

const DEFAULT_CHILDREN = 1000;

/** What values need beside registers and memory. */
export interface ValueContext extends Access {
  /** `name` or `name+0x10` of a code address, for pointers to functions. */
  nameOf?(address: number): string | undefined;
}

/** Integer of some bytes, most significant first. */
export function integerOf(bytes: Uint8Array, signed: boolean): number | bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  if (signed) value = BigInt.asIntN(8 * bytes.length, value);
  return bytes.length <= 6 ? Number(value) : value;
}

/** Bytes of an integer, most significant first; higher bits are cut off. */
export function integerBytes(value: number | bigint, length: number): Uint8Array {
  let rest = BigInt.asUintN(8 * length, typeof value === "bigint" ? value : BigInt(Math.trunc(value)));
  const bytes = new Uint8Array(length);
  for (let n = length - 1; n >= 0; n--) {
    bytes[n] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function isSigned(type: Type): boolean {
  if (type.kind === "enum") return type.signed;
  return type.kind === "base" && (type.encoding === "signed" || type.encoding === "signedCharacter");
}

export class Value implements TypedValue {
  readonly type: Type;
  readonly place: Place;
  readonly context: ValueContext;

  constructor(type: Type, place: Place, context: ValueContext) {
    this.type = type;
    this.place = place;
    this.context = context;
  }

  bytes(): Uint8Array | undefined {
    return readPlace(this.place, this.type.bytes, this.context);
  }

  number(): number | bigint | undefined {
    const type = stripped(this.type);
    if (type.kind !== "base" && type.kind !== "enum" && type.kind !== "pointer") return undefined;
    if (type.bytes === 0 || type.bytes > 8) return undefined;
    const bytes = this.bytes();
    if (!bytes) return undefined;
    if (type.kind === "base" && type.encoding === "float") {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (bytes.length === 4) return view.getFloat32(0);
      return bytes.length === 8 ? view.getFloat64(0) : undefined;
    }
    return integerOf(bytes, isSigned(type));
  }

  text(options: FormatOptions = {}): string {
    return formatValue(this, { options, ...this.context });
  }

  get childCount(): number {
    const type = stripped(this.type);
    if (type.kind === "array") return type.count;
    return "members" in type ? type.members.length : 0;
  }

  children(start = 0, limit = DEFAULT_CHILDREN): readonly NamedValue[] {
    const type = stripped(this.type);
    if (type.kind === "array") {
      const count = Math.max(0, Math.min(limit, type.count - start));
      return Array.from({ length: count }, (_, n) => ({
        name: `[${start + n}]`,
        value: this.part(type.element, (start + n) * type.element.bytes),
      }));
    }
    if (!("members" in type)) return [];
    return type.members
      .slice(start, start + limit)
      .map((member) => ({ name: member.name, value: this.member(member) }));
  }

  private part(type: Type, offset: number): Value {
    return new Value(type, partOf(this.place, this.type.bytes, offset, type.bytes), this.context);
  }

  private member(member: Member): Value {
    const { bits, type } = member;
    if (!bits) return this.part(type, member.offset);
    const first = Math.floor(bits.first / 8);
    const behind = Math.ceil((bits.first + bits.count) / 8);
    const place = partOf(this.place, this.type.bytes, first, behind - first);
    const bytes = behind > this.type.bytes ? undefined : readPlace(place, behind - first, this.context);
    if (!bytes)
      return new Value(type, place.kind === "absent" ? place : absent("not readable"), this.context);
    const shifted = BigInt(integerOf(bytes, false)) >> BigInt(8 * behind - bits.first - bits.count);
    const value = isSigned(stripped(type))
      ? BigInt.asIntN(bits.count, shifted)
      : BigInt.asUintN(bits.count, shifted);
    return new Value(type, { kind: "value", bytes: integerBytes(value, type.bytes) }, this.context);
  }

  dereference(): Value | undefined {
    const type = stripped(this.type);
    if (type.kind !== "pointer") return undefined;
    const address = this.number();
    if (address === undefined) return undefined;
    return new Value(type.target, { kind: "memory", address: Number(address) }, this.context);
  }
}

export const absent = (reason: string = OPTIMIZED_OUT): Place => ({ kind: "absent", reason });

/**
 * Gives a value new contents: a number for scalars, or all its bytes. Returns why it can't be assigned, or undefined
 * when it is done.
 */
export function assign(
  value: TypedValue,
  contents: number | bigint | Uint8Array,
  writer: PlaceWriter,
): string | undefined {
  const { type, place } = value;
  const bare = stripped(type);
  if (!(value instanceof Value) || !isAssignable(place)) {
    return place.kind === "absent" ? place.reason : "it has no place that could be written";
  }
  if (contents instanceof Uint8Array) {
    if (contents.length !== type.bytes) return `it has ${type.bytes} bytes, not ${contents.length}`;
    return writePlace(place, contents, value.context, writer) ? undefined : "its register is not known";
  }
  if (bare.kind !== "base" && bare.kind !== "enum" && bare.kind !== "pointer") {
    return `it is of type ${type.name}; assign its members`;
  }
  const bytes =
    bare.kind === "base" && bare.encoding === "float"
      ? floatBytes(Number(contents), bare.bytes)
      : scalarBytes(contents, bare, place);
  return writePlace(place, bytes, value.context, writer) ? undefined : "its register is not known";
}

/** A register keeps a shorter value extended to a word, as compiled code expects it. */
function scalarBytes(contents: number | bigint, type: Type, place: Place): Uint8Array {
  const bytes = integerBytes(contents, type.bytes);
  if (place.kind !== "gpr" || type.bytes >= 4) return bytes;
  return integerBytes(integerOf(bytes, isSigned(type)), 4);
}

function floatBytes(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  if (length === 4) view.setFloat32(0, value);
  else if (length === 8) view.setFloat64(0, value);
  return bytes;
}
