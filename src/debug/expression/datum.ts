/** Values on their way through an expression: integers, lanes and variables, with the way to assign them. */
import type { TypedValue } from "../symbols/index.ts";
import type { ElementType, PpuName, SynapseRegionName, Value } from "../types.ts";

/** What a watchpoint can look at in place of the expression. */
export type Origin =
  | { readonly kind: "register"; readonly ppu: PpuName; readonly name: string }
  | {
      readonly kind: "vector";
      readonly ppu: PpuName;
      readonly register: number;
      readonly lane?: { readonly type: "b" | "h"; readonly index: number };
    }
  | { readonly kind: "accumulator"; readonly ppu: PpuName; readonly lane?: number }
  | { readonly kind: "conditions"; readonly ppu: PpuName }
  | { readonly kind: "memory"; readonly ppu: PpuName; readonly address: number; readonly length: number }
  | {
      readonly kind: "synapses";
      readonly hemisphere: PpuName;
      readonly region: SynapseRegionName;
      readonly row: number;
      readonly columns?: readonly [number, number];
    }
  | { readonly kind: "cadc"; readonly hemisphere: PpuName };

export interface IntegerDatum {
  readonly kind: "integer";
  readonly type: ElementType;
  readonly value: number;
  readonly origin?: Origin;
  /** Natural form is hexadecimal. */
  readonly isAddress?: boolean;
  readonly assign?: (value: number) => void;
}

export interface LanesDatum {
  readonly kind: "lanes";
  readonly type: ElementType;
  readonly values: readonly number[];
  readonly origin?: Origin;
  /** One lane, with its place. */
  readonly lane?: (index: number) => IntegerDatum;
  /** The same bits in another shape, by member name. */
  readonly views?: Readonly<Record<string, () => LanesDatum>>;
  readonly assign?: (values: readonly number[]) => void;
}

export interface VariableDatum {
  readonly kind: "variable";
  readonly variable: TypedValue;
  readonly ppu: PpuName;
}

/** A name that means something only in front of `.` or `(`. */
export interface ScopeDatum {
  readonly kind: "scope";
  readonly name: string;
  readonly ppu: PpuName;
}

export type Datum = IntegerDatum | LanesDatum | VariableDatum | ScopeDatum;

const hex = (value: number) => `0x${value.toString(16)}`;

/** Integer of a variable of an integer-like type; undefined for structures, arrays, floating point. */
export function integerOf(variable: TypedValue): IntegerDatum | undefined {
  let { type } = variable;
  while (type.kind === "typedef" || type.kind === "const" || type.kind === "volatile") type = type.target;
  if (type.kind === "base" && type.encoding === "float") return undefined;
  if (!["base", "pointer", "enum"].includes(type.kind)) return undefined;
  const number = variable.number();
  if (number === undefined) return undefined;
  const signed =
    type.kind === "enum" ? type.signed : type.kind === "base" && type.encoding.startsWith("signed");
  const bits = type.bytes * 8;
  const elementType: ElementType =
    bits > 32 ? "i64" : (`${signed ? "i" : "u"}${bits === 8 || bits === 16 ? bits : 32}` as ElementType);
  return { kind: "integer", type: elementType, value: Number(number), isAddress: type.kind === "pointer" };
}

export function toValue(datum: Datum): Value {
  switch (datum.kind) {
    case "integer":
      return { kind: "integer", type: datum.type, value: datum.value };
    case "lanes":
      return { kind: "lanes", type: datum.type, values: datum.values };
    case "scope":
      return { kind: "object", typeName: "scope", text: datum.name };
    case "variable": {
      const integer = integerOf(datum.variable);
      if (integer) return { kind: "integer", type: integer.type, value: integer.value };
      const { type, place } = datum.variable;
      const address = place.kind === "memory" ? { address: place.address } : {};
      return { kind: "object", typeName: type.name, text: datum.variable.text(), ...address };
    }
  }
}

/** The way a number is written in a format; `bits` for hexadecimal and binary. */
export function formatInteger(
  value: number,
  format: "natural" | "hex" | "unsigned" | "binary" | "character",
  bits: number,
): string {
  const unsigned = value < 0 ? value + 2 ** bits : value;
  switch (format) {
    case "hex":
      return hex(unsigned);
    case "binary":
      return `0b${unsigned.toString(2).padStart(Math.min(bits, 32), "0")}`;
    case "unsigned":
      return `${unsigned}`;
    case "character":
      return `${value} '${unsigned >= 0x20 && unsigned < 0x7f ? String.fromCharCode(unsigned) : "."}'`;
    default:
      return `${value}`;
  }
}
