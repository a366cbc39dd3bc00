/** Variables and the results of expressions as texts with expressions for their parts. */
import { type Datum, formatInteger, integerOf, toValue } from "./expression/datum.ts";
import { RESERVED_NAMES } from "./expression/evaluate.ts";
import { bitsOf } from "./expression/integers.ts";
import { isRegister } from "./registers.ts";
import { isAssignable, type TypedValue } from "./symbols/index.ts";
import type { EvaluateResult, NumberFormat, VariableInfo } from "./types.ts";

/** A name as an expression: in backquotes where it would mean something else. */
export function nameExpression(name: string): string {
  const isPlain = /^[A-Za-z_][\w$]*$/.test(name) && !isRegister(name) && !RESERVED_NAMES.includes(name);
  return isPlain ? name : `\`${name}\``;
}

export function variableInfo(
  name: string,
  value: TypedValue,
  kind: VariableInfo["kind"],
  expression: string,
): VariableInfo {
  const { type, place } = value;
  return {
    name,
    typeName: type.name,
    value: value.text(),
    kind,
    expression,
    childCount: value.childCount,
    assignable: isAssignable(place) && integerOf(value) !== undefined,
    ...(place.kind === "memory" && { address: place.address >>> 0 }),
  };
}

/** Members and elements of a variable. */
export function childrenOf(
  value: TypedValue,
  expression: string,
  start: number,
  limit: number,
): readonly VariableInfo[] {
  const base = /^[\w`$.\->[\]]+$/.test(expression) ? expression : `(${expression})`;
  return value.children(start, limit).map((child) => {
    const isElement = child.name.startsWith("[");
    const path = isElement ? `${base}${child.name}` : `${base}.${nameOfMember(child.name)}`;
    return variableInfo(child.name, child.value, isElement ? "element" : "member", path);
  });
}

const nameOfMember = (name: string) => (/^[A-Za-z_][\w$]*$/.test(name) ? name : `\`${name}\``);

/** Lanes are the children of a vector. */
export function lanesOf(
  datum: Datum & { kind: "lanes" },
  expression: string,
  start: number,
  limit: number,
): readonly VariableInfo[] {
  return datum.values.slice(start, start + limit).map((value, index) => ({
    name: `[${start + index}]`,
    typeName: datum.type,
    value: `${value}`,
    kind: "element",
    expression: `${expression}[${start + index}]`,
    childCount: 0,
    assignable: datum.lane?.(start + index).assign !== undefined,
  }));
}

const MOST_LANES = 256;

/** A value as a text in a format. */
export function resultOf(datum: Datum, format: NumberFormat): EvaluateResult {
  const value = toValue(datum);
  if (datum.kind === "variable") {
    const { variable } = datum;
    const integer = format === "natural" ? undefined : integerOf(variable);
    const text = integer ? formatInteger(integer.value, format, bitsOf(integer.type)) : variable.text();
    return {
      value,
      text,
      typeName: variable.type.name,
      ...(variable.place.kind === "memory" && { address: variable.place.address >>> 0 }),
      assignable: isAssignable(variable.place) && integerOf(variable) !== undefined,
      childCount: variable.childCount,
    };
  }
  if (datum.kind === "lanes") {
    const shown = datum.values.slice(0, MOST_LANES);
    const texts = shown.map((one) => formatInteger(one, format, bitsOf(datum.type)));
    const more = datum.values.length > shown.length ? ", …" : "";
    return {
      value,
      text: `{${texts.join(", ")}${more}}`,
      typeName: `${datum.type}[${datum.values.length}]`,
      assignable: datum.assign !== undefined,
      childCount: datum.values.length,
    };
  }
  if (datum.kind === "scope") {
    return { value, text: datum.name, typeName: "", assignable: false, childCount: 0 };
  }
  const used = format === "natural" && datum.isAddress ? "hex" : format;
  return {
    value,
    text: formatInteger(datum.value, used, bitsOf(datum.type)),
    typeName: datum.type,
    ...(datum.origin?.kind === "memory" && { address: datum.origin.address }),
    assignable: datum.assign !== undefined,
    childCount: 0,
  };
}
