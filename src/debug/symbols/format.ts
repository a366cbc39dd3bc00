/** Values as C writes them, in one line, in the style of gdb. */
import { stripped } from "./type-reader.ts";
import type { FormatOptions, MemoryReader, NamedValue, Place, Type, TypedValue } from "./types.ts";

export interface FormatContext {
  /** Values that may still be shown; keeps nested arrays and damaged types from growing without bound. */
  readonly budget: { left: number };
  readonly options: FormatOptions;
  readonly memory: MemoryReader;
  nameOf?(address: number): string | undefined;
}

const DEFAULT_ELEMENTS = 200;
/** Equal neighbours from which on they are counted instead of shown. */
const REPEATS = 10;
const MOST_NESTED = 8;
/** Longest text that a pointer to characters shows. */
const MOST_TEXT = 200;

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [7, "\\a"],
  [8, "\\b"],
  [9, "\\t"],
  [10, "\\n"],
  [11, "\\v"],
  [12, "\\f"],
  [13, "\\r"],
  [27, "\\033"],
  [92, "\\\\"],
]);

function character(code: number, quote: string): string {
  const escaped = ESCAPES.get(code);
  if (escaped) return escaped;
  if (code >= 32 && code < 127)
    return String.fromCharCode(code) === quote ? `\\${quote}` : String.fromCharCode(code);
  return `\\${code.toString(8).padStart(3, "0")}`;
}

function reasonOf(place: Place): string | undefined {
  if (place.kind === "absent") return place.reason;
  if (place.kind === "part") return reasonOf(place.of);
  if (place.kind !== "pieces") return undefined;
  return place.pieces.map((piece) => reasonOf(piece.place)).find((reason) => reason !== undefined);
}

function unreadable(value: TypedValue): string {
  const reason = reasonOf(value.place);
  if (reason !== undefined) return `<${reason}>`;
  if (value.place.kind === "memory") return `<no memory at 0x${value.place.address.toString(16)}>`;
  return "<not known>";
}

/** A whole in memory that is not there is not shown member by member. */
const isOutside = (value: TypedValue): boolean =>
  value.place.kind === "memory" && value.childCount > 0 && value.bytes() === undefined;

const hexadecimal = (value: number | bigint, bytes: number): string =>
  `0x${(typeof value === "bigint" ? BigInt.asUintN(8 * bytes, value) : value < 0 ? BigInt.asUintN(8 * bytes, BigInt(value)) : value).toString(16)}`;

function integer(value: number | bigint, bytes: number, radix: number): string {
  return radix === 16 ? hexadecimal(value, bytes) : String(value);
}

function float(value: number, bytes: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return String(Number(value.toPrecision(bytes === 4 ? 9 : 17)));
}

function enumeration(type: Type & { kind: "enum" }, value: number): string {
  const exact = type.values.find((candidate) => candidate.value === value);
  if (exact) return exact.name;
  const flags = type.values.filter((flag) => flag.value > 0 && Number.isInteger(Math.log2(flag.value)));
  let rest = value;
  const names: string[] = [];
  for (const flag of flags) {
    if (rest > 0 && (rest & flag.value) !== 0) {
      names.push(flag.name);
      rest &= ~flag.value;
    }
  }
  if (names.length === 0 || rest < 0) return String(value);
  return `(${[...names, ...(rest === 0 ? [] : [`unknown: 0x${rest.toString(16)}`])].join(" | ")})`;
}

function isCharacter(type: Type): boolean {
  const bare = stripped(type);
  return bare.kind === "base" && bare.bytes === 1 && bare.encoding.endsWith("Character");
}

function quoted(bytes: Uint8Array, limit: number): string {
  const shown = bytes.subarray(0, limit);
  return `"${[...shown].map((code) => character(code, '"')).join("")}"${shown.length < bytes.length ? "..." : ""}`;
}

/** A text up to its first zero byte. */
function text(value: TypedValue, limit: number): string | undefined {
  const bytes = value.bytes();
  if (!bytes) return undefined;
  const end = bytes.indexOf(0);
  return quoted(end < 0 ? bytes : bytes.subarray(0, end), limit);
}

/** Text that a pointer to characters points to; undefined when it has no end or no memory. */
function pointedText(value: TypedValue, { memory }: FormatContext): string | undefined {
  const target = value.dereference();
  if (target?.place.kind !== "memory") return undefined;
  const codes: number[] = [];
  for (let n = 0; n < MOST_TEXT; n++) {
    const code = memory.read(target.place.address + n, 1)?.[0];
    if (code === undefined) return undefined;
    if (code === 0) return quoted(Uint8Array.from(codes), MOST_TEXT);
    codes.push(code);
  }
  return `${quoted(Uint8Array.from(codes), MOST_TEXT)}...`;
}

function pointer(value: TypedValue, type: Type & { kind: "pointer" }, context: FormatContext): string {
  const address = value.number();
  if (address === undefined) return unreadable(value);
  const shown = `0x${address.toString(16)}`;
  const target = stripped(type.target);
  if (target.kind === "function") {
    const name = context.nameOf?.(Number(address));
    return name === undefined ? shown : `${shown} <${name}>`;
  }
  const characters = isCharacter(target) && Number(address) !== 0 ? pointedText(value, context) : undefined;
  return characters === undefined ? shown : `${shown} ${characters}`;
}

function base(value: TypedValue, type: Type & { kind: "base" }, radix: number): string {
  const number = value.number();
  if (number === undefined) {
    const bytes = value.bytes();
    if (!bytes) return unreadable(value);
    return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
  if (type.encoding === "float") return float(Number(number), type.bytes);
  if (type.encoding === "boolean" && (number === 0 || number === 1)) return number === 1 ? "true" : "false";
  const shown = integer(number, type.bytes, radix);
  return isCharacter(type) ? `${shown} '${character(Number(number) & 0xff, "'")}'` : shown;
}

/** Texts of children, until the budget is used up. */
function formatAll(children: readonly NamedValue[], context: FormatContext, depth: number): string[] {
  const texts: string[] = [];
  for (const child of children) {
    if (context.budget.left <= 0) break;
    texts.push(format(child.value, context, depth));
  }
  return texts;
}

function array(
  value: TypedValue,
  type: Type & { kind: "array" },
  context: FormatContext,
  depth: number,
): string {
  const { options } = context;
  const limit = options.elements ?? DEFAULT_ELEMENTS;
  if (value.place.kind === "absent") return unreadable(value);
  if (isCharacter(type.element) && !type.vector) return text(value, limit) ?? unreadable(value);
  const items: string[] = [];
  let shown = 0;
  const elements = value.children(0, Math.min(type.count, limit * REPEATS));
  const texts = formatAll(elements, context, depth + 1);
  for (let first = 0; first < texts.length && shown < limit; ) {
    let next = first + 1;
    while (next < texts.length && texts[next] === texts[first]) next++;
    if (next - first >= REPEATS) {
      items.push(`${texts[first]} <repeats ${next - first} times>`);
      shown += REPEATS;
    } else {
      next = Math.min(next, first + limit - shown);
      items.push(...texts.slice(first, next));
      shown += next - first;
    }
    first = next;
    if (first < type.count && (shown >= limit || first >= texts.length)) return `{${items.join(", ")}...}`;
  }
  return `{${items.join(", ")}}`;
}

function format(value: TypedValue, context: FormatContext, depth: number): string {
  const { options } = context;
  const type = stripped(value.type);
  context.budget.left--;
  if (depth > MOST_NESTED) return "{...}";
  if (isOutside(value)) return unreadable(value);
  switch (type.kind) {
    case "base":
      return base(value, type, options.radix ?? 10);
    case "pointer":
      return pointer(value, type, context);
    case "enum": {
      const number = value.number();
      return number === undefined ? unreadable(value) : enumeration(type, Number(number));
    }
    case "array":
      return array(value, type, context, depth);
    case "struct":
    case "union":
    case "class": {
      if (value.place.kind === "absent") return unreadable(value);
      const children = value.children(0, options.elements ?? DEFAULT_ELEMENTS);
      const texts = formatAll(children, context, depth + 1).map((shown, n) => {
        const child = children[n];
        const member = type.members[n];
        if (member.isBase) return `<${member.type.name}> = ${shown}`;
        return child.name === "" ? shown : `${child.name} = ${shown}`;
      });
      return `{${texts.join(", ")}${texts.length < type.members.length ? "..." : ""}}`;
    }
    case "function":
      return "{function}";
    default:
      return type.kind === "void" ? "void" : `<${type.name === "" ? "unknown type" : type.name}>`;
  }
}

/** One line of text for a value. */
export function formatValue(value: TypedValue, context: Omit<FormatContext, "budget">): string {
  const elements = context.options.elements ?? DEFAULT_ELEMENTS;
  return format(value, { ...context, budget: { left: REPEATS * elements + 100 } }, 0);
}
