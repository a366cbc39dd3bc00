import { AT, ENCODING, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import type { Die } from "../dwarf/die.ts";
import { evaluateNumber } from "../dwarf/expression.ts";
import type { BaseEncoding, Member, Type } from "./types.ts";

const VOID: Type = { kind: "void", name: "void", bytes: 0 };
const unknownType = (name: string): Type => ({ kind: "unknown", name, bytes: 0 });

/** Types that refer to each other without a struct between them; longer chains are damaged ones. */
const LONGEST_CHAIN = 32;

const ENCODINGS: ReadonlyMap<number, BaseEncoding> = new Map([
  [ENCODING.boolean, "boolean"],
  [ENCODING.float, "float"],
  [ENCODING.signed, "signed"],
  [ENCODING.signedChar, "signedCharacter"],
  [ENCODING.unsigned, "unsigned"],
  [ENCODING.unsignedChar, "unsignedCharacter"],
  [ENCODING.address, "unsigned"],
  [ENCODING.utf, "unsignedCharacter"],
]);

const POINTERS: ReadonlySet<number> = new Set([
  TAG.pointerType,
  TAG.referenceType,
  TAG.rvalueReferenceType,
  TAG.pointerToMemberType,
]);

const STRUCTS: ReadonlyMap<number, "struct" | "union" | "class"> = new Map([
  [TAG.structureType, "struct"],
  [TAG.unionType, "union"],
  [TAG.classType, "class"],
]);

const QUALIFIERS: ReadonlyMap<number, "typedef" | "const" | "volatile"> = new Map([
  [TAG.typedef, "typedef"],
  [TAG.constType, "const"],
  [TAG.volatileType, "volatile"],
]);

/** Entries that `TypeReader` makes named types of. */
export const NAMED_TYPES: ReadonlySet<number> = new Set([
  TAG.baseType,
  TAG.typedef,
  TAG.enumerationType,
  ...STRUCTS.keys(),
]);

/** Makes types of the entries that describe them; one type for one entry. */
export class TypeReader {
  private readonly types = new Map<Die, Type>();
  private readonly arrays = new Map<string, Type>();
  /** Definition of a struct of which only a declaration is there. */
  private readonly definition: (name: string, tag: number) => Die | undefined;

  constructor(definition: (name: string, tag: number) => Die | undefined) {
    this.definition = definition;
  }

  /** Type that an entry has. */
  of(die: Die): Type {
    const type = die.reference(AT.type);
    return type ? this.read(type) : VOID;
  }

  read(die: Die): Type {
    let type = this.types.get(die);
    if (!type) {
      type = this.make(die);
      this.types.set(die, type);
    }
    return type;
  }

  private make(die: Die): Type {
    let chain: Die | undefined = die;
    for (let n = 0; chain; n++) {
      if (n > LONGEST_CHAIN) return unknownType("<damaged type>");
      chain = chain.own(AT.type) ? chain.reference(AT.type) : undefined;
    }
    // A declaration whose definition is in a type unit.
    const whole = die.reference(AT.signature);
    if (whole && whole !== die && !whole.own(AT.signature)) return this.read(whole);
    const { tag } = die;
    const name = die.qualifiedName ?? "";
    const bytes = die.number(AT.byteSize);
    const qualifier = QUALIFIERS.get(tag);
    if (qualifier) return this.qualified(qualifier, name, die);
    if (POINTERS.has(tag)) return this.pointer(this.of(die), bytes ?? 4, tag === TAG.pointerType ? "*" : "&");
    const struct = STRUCTS.get(tag);
    if (struct) return this.struct(struct, die, name, bytes ?? 0);
    switch (tag) {
      case TAG.baseType: {
        const encoding = ENCODINGS.get(die.number(AT.encoding) ?? 0) ?? "other";
        return { kind: "base", name, bytes: bytes ?? 0, encoding };
      }
      case TAG.restrictType:
      case TAG.atomicType:
        return this.of(die);
      case TAG.arrayType:
        return this.array(die);
      case TAG.enumerationType:
        return this.enumeration(die, name);
      case TAG.subroutineType:
        return { kind: "function", name: `${this.of(die).name} ()`, bytes: 1 };
      default:
        return unknownType(name || "<unknown type>");
    }
  }

  private qualified(kind: "typedef" | "const" | "volatile", name: string, die: Die): Type {
    const target = this.of(die);
    const isSaid = kind === "typedef" || target.name.startsWith(`${kind} `);
    const ownName = kind === "typedef" ? name : isSaid ? target.name : `${kind} ${target.name}`;
    return { kind, name: ownName, bytes: target.bytes, target };
  }

  /** A pointer to a type; what it points to is read when it is asked for. */
  pointer(target: Type, bytes = 4, sign = "*"): Type {
    const name = /[\])]$/.test(target.name)
      ? target.name.replace(/ ?([[(].*)$/, ` (${sign})$1`)
      : `${target.name}${/[*&]$/.test(target.name) ? "" : " "}${sign}`;
    return { kind: "pointer", name, bytes, target };
  }

  private struct(kind: "struct" | "union" | "class", die: Die, name: string, bytes: number): Type {
    if (die.flag(AT.declaration) && die.name !== undefined) {
      const whole = this.definition(name, die.tag);
      if (whole && whole !== die) return this.read(whole);
    }
    const read = () => this.members(die);
    let members: readonly Member[] | undefined;
    return {
      kind,
      name: name || `${kind} {...}`,
      bytes,
      get members() {
        members ??= read();
        return members;
      },
    };
  }

  private members(die: Die): readonly Member[] {
    const members: Member[] = [];
    for (const child of die.children) {
      const isBase = child.tag === TAG.inheritance;
      if (!isBase && child.tag !== TAG.member) continue;
      if (child.flag(AT.external) || child.flag(AT.declaration)) continue;
      const expression = child.bytes(AT.dataMemberLocation);
      const offset = expression
        ? evaluateNumber(expression, { register: () => undefined, memory: () => undefined }, [0])
        : child.number(AT.dataMemberLocation);
      const first = child.number(AT.dataBitOffset) ?? 8 * (offset ?? 0) + (child.number(AT.bitOffset) ?? 0);
      const count = child.number(AT.bitSize);
      members.push({
        name: child.name ?? "",
        type: this.of(child),
        offset: offset ?? Math.floor(first / 8),
        ...(count !== undefined && { bits: { first, count } }),
        isBase,
      });
    }
    return members;
  }

  private enumeration(die: Die, name: string): Type {
    const values = die.children
      .filter((child) => child.tag === TAG.enumerator)
      .map((child) => ({ name: child.name ?? "", value: child.number(AT.constValue) ?? 0 }));
    const underlying = die.own(AT.type) ? this.of(die) : undefined;
    const bytes = die.number(AT.byteSize) ?? underlying?.bytes ?? 4;
    const signed =
      values.some(({ value }) => value < 0) ||
      (underlying?.kind === "base" && underlying.encoding.startsWith("signed"));
    return { kind: "enum", name: name || "enum {...}", bytes, signed, values };
  }

  private array(die: Die): Type {
    const counts = die.children
      .filter((child) => child.tag === TAG.subrangeType)
      .map((child) => {
        const upper = child.number(AT.upperBound);
        const last = upper === undefined || upper >= 0xffff_ffff ? undefined : upper;
        const lower = child.number(AT.lowerBound) ?? 0;
        return child.number(AT.count) ?? (last === undefined ? 0 : Math.max(0, last - lower + 1));
      });
    const vector = die.flag(AT.gnuVector);
    let type = this.of(die);
    for (const count of counts.length > 0 ? counts.reverse() : [0]) type = this.arrayOf(type, count, vector);
    return type;
  }

  /** An array of elements; the same one for the same parts. */
  arrayOf(element: Type, count: number, vector = false): Type {
    const suffix = `[${count > 0 ? count : ""}]`;
    const at = element.kind === "array" ? element.name.indexOf("[") : -1;
    const name =
      at < 0 ? `${element.name} ${suffix}` : element.name.slice(0, at) + suffix + element.name.slice(at);
    const key = `${vector}:${name}:${element.bytes}`;
    const known = this.arrays.get(key);
    if (known?.kind === "array" && known.element === element) return known;
    const type: Type = { kind: "array", name, bytes: element.bytes * count, element, count, vector };
    this.arrays.set(key, type);
    return type;
  }
}

/** The type without typedefs and qualifiers. */
export function stripped(type: Type): Type {
  let bare = type;
  while (bare.kind === "typedef" || bare.kind === "const" || bare.kind === "volatile") bare = bare.target;
  return bare;
}
