/** Evaluation of expressions in an environment. */
import { type ElementType, SessionError, type SynapseRegionName } from "../types.ts";
import { type Datum, type IntegerDatum, integerOf, type LanesDatum, type Origin } from "./datum.ts";
import type { Environment } from "./environment.ts";
import { binaryOperation, isElementType, literalType, unaryOperation, wrap } from "./integers.ts";
import { bytesToLanes, registerLanes } from "./lanes.ts";
import { ExpressionError, type Node } from "./syntax.ts";

const ROW_FUNCTIONS: Readonly<Record<string, SynapseRegionName>> = {
  row: "weights",
  labels: "labels",
  timeCalibration: "timeCalibration",
  amplitudeCalibration: "amplitudeCalibration",
};
const MEMORY_FUNCTIONS: Readonly<Record<string, ElementType>> = { mem8: "u8", mem16: "u16", mem32: "u32" };
const LANE_FUNCTIONS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  sum: (values) => values.reduce((total, value) => total + value, 0),
  any: (values) => (values.some((value) => value !== 0) ? 1 : 0),
  all: (values) => (values.every((value) => value !== 0) ? 1 : 0),
  length: (values) => values.length,
};
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...Object.keys(ROW_FUNCTIONS),
  ...Object.keys(MEMORY_FUNCTIONS),
  ...Object.keys(LANE_FUNCTIONS),
  "abs",
]);
/** Names that come before those of the program, as registers do. */
export const RESERVED_NAMES: readonly string[] = ["sp", "vcr", "top", "bottom"];
/** Names that are no registers but stand for something of the chip. */
export const PSEUDO_NAMES: readonly string[] = [
  ...RESERVED_NAMES,
  "cycle",
  "instructions",
  "causal",
  "acausal",
  ...FUNCTIONS,
];
const MOST_ELEMENTS = 4096;
const ROWS = 257;

/** Evaluates a tree; throws ExpressionError. Assignments in it go to the environment. */
export function evaluateNode(tree: Node, environment: Environment, text: string): Datum {
  const fail = (problem: string, node: Node): never => {
    throw new ExpressionError(problem, text, node.column);
  };
  const guard = <T>(node: Node, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      if (error instanceof SessionError && !(error instanceof ExpressionError)) fail(error.message, node);
      throw error;
    }
  };

  const integer = (node: Node): IntegerDatum => toInteger(evaluate(node), node);

  function toInteger(datum: Datum, node: Node): IntegerDatum {
    if (datum.kind === "integer") return datum;
    if (datum.kind === "variable") {
      const known = integerOf(datum.variable);
      if (known) return known;
      const { place } = datum.variable;
      if (place.kind === "absent") return fail(place.reason, node);
      return fail(`a ${datum.variable.type.name || datum.variable.type.kind} is not a number`, node);
    }
    if (datum.kind === "lanes") return fail("several lanes are not a number; choose one with [n]", node);
    return fail(`${datum.name} alone has no value`, node);
  }

  function plain(value: number, type: ElementType = "i32"): IntegerDatum {
    return { kind: "integer", type, value };
  }

  function memory(env: Environment, address: number, type: ElementType, node: Node): IntegerDatum {
    const length = type.endsWith("8") ? 1 : type.endsWith("16") ? 2 : 4;
    const at = address >>> 0;
    const bytes = env.readMemory(at, length);
    if (!bytes) return fail(`there is no memory at 0x${at.toString(16)}`, node);
    return {
      ...plain(bytesToLanes(bytes, type)[0], type),
      origin: { kind: "memory", ppu: env.ppu, address: at, length },
      assign: (value) => {
        env.writeMemory(
          at,
          Uint8Array.from({ length }, (_, byte) => value >>> (8 * (length - 1 - byte))),
        );
      },
    };
  }

  function row(env: Environment, region: SynapseRegionName, number: number, node: Node): LanesDatum {
    if (!Number.isInteger(number) || number < 0 || number >= ROWS)
      return fail(`rows are 0..${ROWS - 1}`, node);
    const values = [...env.readRow(region, number)];
    const origin = { kind: "synapses", hemisphere: env.ppu, region, row: number } as const;
    return {
      kind: "lanes",
      type: "u8",
      values,
      origin,
      lane: (column) => ({
        ...plain(values[column], "u8"),
        origin: { ...origin, columns: [column, column] },
        assign: (value) => env.writeSynapse(region, number, column, value),
      }),
      assign: (changed) => {
        changed.forEach((value, column) => {
          env.writeSynapse(region, number, column, value);
        });
      },
    };
  }

  function name(node: Node & { kind: "name" }, env: Environment): Datum {
    const isRegister = node.name.startsWith("$");
    const plainName = isRegister ? node.name.slice(1) : node.name;
    if (!node.quoted) {
      const known = reserved(plainName, env) ?? register(plainName, env);
      if (known) return known;
      if (isRegister) return ofChip(plainName, env) ?? fail(`there is no register ${plainName}`, node);
    }
    const variable = env.variable(plainName);
    if (variable) return { kind: "variable", variable, ppu: env.ppu };
    const known = node.quoted ? undefined : ofChip(plainName, env);
    if (known) return known;
    const symbol = env.symbol(plainName);
    if (symbol) return { ...plain(symbol.address >>> 0, "u32"), isAddress: true };
    return fail(`there is no register, variable or symbol ${plainName}`, node);
  }

  function reserved(text: string, env: Environment): Datum | undefined {
    if (text === "sp") return register("r1", env);
    return RESERVED_NAMES.includes(text) ? { kind: "scope", name: text, ppu: env.ppu } : undefined;
  }

  function ofChip(text: string, env: Environment): Datum | undefined {
    switch (text) {
      case "cycle":
        return plain(env.cycle, "i64");
      case "instructions":
        return plain(env.instructions, "i64");
      case "causal":
      case "acausal":
        return {
          kind: "lanes",
          type: "u8",
          values: [...env.conversions(text)],
          origin: { kind: "cadc", hemisphere: env.ppu },
        };
      default:
        return undefined;
    }
  }

  function register(text: string, env: Environment): Datum | undefined {
    if (!env.isRegister(text)) return undefined;
    const value = env.readRegister(text);
    if (typeof value !== "number") return registerLanes(text, value, env);
    const isAddress = /^(pc|lr|ctr|m?c?srr0)$/.test(text);
    return {
      ...(/^r\d/.test(text) ? plain(value | 0) : plain(value, "u32")),
      isAddress,
      origin: { kind: "register", ppu: env.ppu, name: text },
      assign: (changed: number) => env.writeRegister(text, changed >>> 0),
    };
  }

  function member(node: Node & { kind: "member" }): Datum {
    const object = evaluate(node.object);
    if (object.kind === "scope") {
      if (object.name === "top" || object.name === "bottom") {
        return name({ ...node, kind: "name", quoted: false }, environment.of(object.name));
      }
      if (object.name === "vcr") {
        return (
          register(`vcr.${node.name}`, environment.of(object.ppu)) ?? fail("vcr has gt, lt and eq", node)
        );
      }
      return fail(`${object.name} has no members`, node);
    }
    if (object.kind === "lanes") {
      const view = object.views?.[node.name];
      if (view) return view();
      const shapes = object.views ? Object.keys(object.views).join(", ") : "none";
      return fail(`no lanes ${node.name}; there are: ${shapes}`, node);
    }
    if (object.kind !== "variable") return fail("a number has no members", node);
    const variable = node.arrow ? object.variable.dereference() : object.variable;
    if (!variable) return fail("-> needs a pointer that can be read", node);
    const found = variable.children(0, MOST_ELEMENTS).find((child) => child.name === node.name);
    if (!found) return fail(`${variable.type.name || "it"} has no member ${node.name}`, node);
    return { ...object, variable: found.value };
  }

  function element(object: Datum, index: number, node: Node): Datum {
    if (object.kind === "lanes") {
      if (index < 0 || index >= object.values.length) {
        return fail(`lanes are 0..${object.values.length - 1}, not ${index}`, node);
      }
      return object.lane?.(index) ?? plain(object.values[index], object.type);
    }
    if (object.kind !== "variable") return fail("only lanes, arrays and pointers have elements", node);
    const { variable } = object;
    const pointed = environment.of(object.ppu).pointed(variable, index);
    if (pointed) return { ...object, variable: pointed };
    const child = index >= 0 ? variable.children(index, 1)[0] : undefined;
    if (!child) return fail(`there is no element ${index}`, node);
    return { ...object, variable: child.value };
  }

  function slice(node: Node & { kind: "slice" }): Datum {
    const object = evaluate(node.object);
    const first = integer(node.first).value;
    const last = integer(node.last).value;
    if (last < first || last - first >= MOST_ELEMENTS) return fail(`no elements ${first}..${last}`, node);
    const parts = Array.from({ length: last - first + 1 }, (_, index) => {
      const part = element(object, first + index, node);
      const number =
        part.kind === "variable" ? integerOf(part.variable) : part.kind === "integer" ? part : undefined;
      return number ?? fail("only elements that are numbers can be listed", node);
    });
    return { kind: "lanes", type: parts[0].type, values: parts.map(({ value }) => value) };
  }

  /** A function of the language, of this PPU or of the one in front of the dot. */
  function calleeOf(callee: Node): { readonly name: string; readonly env: Environment } {
    if (callee.kind === "name" && !callee.quoted && FUNCTIONS.has(callee.name)) {
      return { name: callee.name, env: environment };
    }
    if (callee.kind === "member" && callee.object.kind === "name" && FUNCTIONS.has(callee.name)) {
      const { name: ppu } = callee.object;
      if (ppu === "top" || ppu === "bottom") return { name: callee.name, env: environment.of(ppu) };
    }
    return fail(`only these can be called: ${[...FUNCTIONS].join(", ")}`, callee);
  }

  function call(node: Node & { kind: "call" }): Datum {
    const { name: called, env: of } = calleeOf(node.callee);
    const argument = (): Node =>
      node.parts.length === 1 ? node.parts[0] : fail(`${called} takes one argument`, node);
    if (called in ROW_FUNCTIONS) return row(of, ROW_FUNCTIONS[called], integer(argument()).value, node);
    if (called in MEMORY_FUNCTIONS) {
      return memory(of, integer(argument()).value, MEMORY_FUNCTIONS[called], node);
    }
    if (called === "abs") return plain(Math.abs(integer(argument()).value));
    if (called in LANE_FUNCTIONS) {
      const datum = evaluate(argument());
      if (datum.kind !== "lanes") return fail(`${called} takes lanes`, node);
      const value = LANE_FUNCTIONS[called](datum.values);
      return plain(value, literalType(Math.abs(value)) === "i32" ? "i32" : "i64");
    }
    return fail(`${called} takes something else`, node);
  }

  function unary(node: Node & { kind: "unary" }): Datum {
    const { operator, operand } = node;
    if (operator === "*") {
      const datum = evaluate(operand);
      if (datum.kind === "variable") {
        const pointed = datum.variable.dereference();
        if (pointed) return { ...datum, variable: pointed };
      }
      return memory(environment, toInteger(datum, operand).value, "u32", node);
    }
    if (operator === "&") {
      const datum = evaluate(operand);
      if (datum.kind === "variable" && datum.variable.place.kind === "memory") {
        return { ...plain(datum.variable.place.address >>> 0, "u32"), isAddress: true };
      }
      if (datum.kind === "integer" && datum.origin?.kind === "memory") {
        return { ...plain(datum.origin.address, "u32"), isAddress: true };
      }
      if (datum.kind === "integer" && datum.isAddress && !datum.origin) return datum;
      return fail("it has no address", node);
    }
    const datum = evaluate(operand);
    if (datum.kind === "lanes") {
      const parts = datum.values.map((value) => unaryOperation(operator, { type: datum.type, value }));
      return { kind: "lanes", type: parts[0]?.type ?? "i32", values: parts.map(({ value }) => value) };
    }
    const { type, value } = unaryOperation(operator, toInteger(datum, operand));
    return plain(value, type);
  }

  function binary(node: Node & { kind: "binary" }): Datum {
    const { operator } = node;
    if (operator === "&&" || operator === "||") {
      const left = integer(node.left).value !== 0;
      if (left === (operator === "||")) return plain(left ? 1 : 0);
      return plain(integer(node.right).value !== 0 ? 1 : 0);
    }
    const left = evaluate(node.left);
    const right = evaluate(node.right);
    const apply = (a: IntegerDatum, b: IntegerDatum): IntegerDatum => {
      const result = binaryOperation(operator, a, b);
      return result ? plain(result.value, result.type) : fail("division by 0", node);
    };
    if (left.kind !== "lanes" && right.kind !== "lanes") {
      return apply(toInteger(left, node.left), toInteger(right, node.right));
    }
    const at = (datum: Datum, part: Node): ((index: number) => IntegerDatum) => {
      if (datum.kind === "lanes") return (index) => plain(datum.values[index], datum.type);
      const same = toInteger(datum, part);
      return () => same;
    };
    const lengths = [left, right].flatMap((datum) => (datum.kind === "lanes" ? [datum.values.length] : []));
    if (lengths[0] !== (lengths[1] ?? lengths[0])) {
      return fail(`${lengths[0]} and ${lengths[1]} lanes do not fit together`, node);
    }
    const [a, b] = [at(left, node.left), at(right, node.right)];
    const parts = Array.from({ length: lengths[0] }, (_, index) => apply(a(index), b(index)));
    return { kind: "lanes", type: parts[0]?.type ?? "i32", values: parts.map(({ value }) => value) };
  }

  function assign(node: Node & { kind: "assign" }): Datum {
    const target = evaluate(node.target);
    const value = evaluate(node.value);
    if (target.kind === "lanes" && target.assign) {
      if (value.kind === "lanes" && value.values.length === target.values.length) {
        guard(node, () => target.assign!(value.values));
      } else if (value.kind === "lanes") {
        return fail(`${target.values.length} lanes take as many, not ${value.values.length}`, node);
      } else {
        const fill = toInteger(value, node.value).value;
        guard(node, () => target.assign!(target.values.map(() => fill)));
      }
      return evaluate(node.target);
    }
    if (target.kind === "integer" && target.assign) {
      const { value: number } = toInteger(value, node.value);
      guard(node, () => target.assign!(wrap(target.type, number)));
      return evaluate(node.target);
    }
    if (target.kind === "variable") {
      guard(node, () =>
        environment.of(target.ppu).assignVariable(target.variable, toInteger(value, node.value).value),
      );
      return evaluate(node.target);
    }
    return fail("this cannot be assigned", node.target);
  }

  function evaluate(node: Node): Datum {
    switch (node.kind) {
      case "number":
        return plain(node.value, literalType(node.value));
      case "name":
        return guard(node, () => name(node, environment));
      case "member":
        return guard(node, () => member(node));
      case "index":
        return element(evaluate(node.object), integer(node.index).value, node);
      case "slice":
        return slice(node);
      case "call":
        if (node.callee.kind === "name" && isElementType(node.callee.name) && node.parts.length === 1) {
          const { name: type } = node.callee;
          return plain(wrap(type, integer(node.parts[0]).value), type);
        }
        return guard(node, () => call(node));
      case "unary":
        return unary(node);
      case "binary":
        return binary(node);
      case "conditional":
        return evaluate(integer(node.condition).value !== 0 ? node.whenTrue : node.whenFalse);
      case "assign":
        return assign(node);
    }
  }

  return evaluate(tree);
}

/** The place that a value comes from, if it is one that a watchpoint can look at. */
export function originOf(datum: Datum): Origin | undefined {
  if (datum.kind === "integer" || datum.kind === "lanes") return datum.origin;
  if (datum.kind !== "variable") return undefined;
  const { place, type } = datum.variable;
  if (place.kind === "memory" && type.bytes > 0) {
    return { kind: "memory", ppu: datum.ppu, address: place.address >>> 0, length: type.bytes };
  }
  if (place.kind === "gpr") return { kind: "register", ppu: datum.ppu, name: `r${place.register}` };
  if (place.kind === "special") return { kind: "register", ppu: datum.ppu, name: place.name };
  if (place.kind === "vector") return { kind: "vector", ppu: datum.ppu, register: place.register };
  return undefined;
}
