/** Converts one function body from binaryen expressions to nodes. */
import type Binaryen from "binaryen";
import type { SourceLocation } from "../image.ts";
import type { BinaryOperator, DebugEvent, Node, ResultType, UnaryOperator, ValueType } from "../wasm-tree.ts";
import { DEBUG_MODULE } from "./debug-markers.ts";
import type { CompileProblem } from "./errors.ts";
import { describe, type Expression } from "./expressions.ts";
import type { LocationMap } from "./locations.ts";
import { unalignedLoad, unalignedStore, wideStore } from "./memory-access.ts";
import {
  FLOAT,
  HEAP,
  type Restriction,
  restrictionOf,
  UNSUPPORTED,
  valueTypeOf,
  WIDE,
} from "./restrictions.ts";
import { symbolName } from "./symbol-name.ts";
import type { CallSite } from "./user-locations.ts";

export interface ModuleContext {
  readonly binaryen: typeof Binaryen;
  readonly imports: ReadonlyMap<string, { readonly module: string; readonly base: string }>;
  /** Import module whose functions may not be called because there is no heap. */
  readonly heapModule: string;
}

export interface ConvertedBody {
  readonly body: Node;
  readonly extraLocals: readonly ValueType[];
  readonly problems: readonly CompileProblem[];
  readonly calls: readonly Omit<CallSite, "caller">[];
}

const UNARY: Readonly<Record<string, UnaryOperator>> = {
  EqZInt32: "eqz",
  ClzInt32: "clz",
  CtzInt32: "ctz",
  PopcntInt32: "popcnt",
  ExtendS8Int32: "extend8",
  ExtendS16Int32: "extend16",
};

const BINARY: Readonly<Record<string, BinaryOperator>> = {
  AddInt32: "add",
  SubInt32: "sub",
  MulInt32: "mul",
  DivSInt32: "div_s",
  DivUInt32: "div_u",
  RemSInt32: "rem_s",
  RemUInt32: "rem_u",
  AndInt32: "and",
  OrInt32: "or",
  XorInt32: "xor",
  ShlInt32: "shl",
  ShrSInt32: "shr_s",
  ShrUInt32: "shr_u",
  RotLInt32: "rotl",
  RotRInt32: "rotr",
  EqInt32: "eq",
  NeInt32: "ne",
  LtSInt32: "lt_s",
  LtUInt32: "lt_u",
  LeSInt32: "le_s",
  LeUInt32: "le_u",
  GtSInt32: "gt_s",
  GtUInt32: "gt_u",
  GeSInt32: "ge_s",
  GeUInt32: "ge_u",
};

let unaryByCode: Map<number, UnaryOperator> | undefined;
let binaryByCode: Map<number, BinaryOperator> | undefined;

function operatorTables(binaryen: typeof Binaryen): {
  unary: Map<number, UnaryOperator>;
  binary: Map<number, BinaryOperator>;
} {
  const codes = binaryen as unknown as Record<string, number>;
  unaryByCode ??= new Map(Object.entries(UNARY).map(([name, operator]) => [codes[name], operator]));
  binaryByCode ??= new Map(Object.entries(BINARY).map(([name, operator]) => [codes[name], operator]));
  return { unary: unaryByCode, binary: binaryByCode };
}

/**
 * @param locations location of every expression
 * @param firstFreeLocal number of parameters and locals of the function
 */
export function convertBody(
  context: ModuleContext,
  body: number,
  locations: LocationMap,
  firstFreeLocal: number,
): ConvertedBody {
  const { binaryen, imports } = context;
  const { unary, binary } = operatorTables(binaryen);
  const extraLocals: ValueType[] = [];
  const problems: CompileProblem[] = [];
  const calls: Omit<CallSite, "caller">[] = [];
  const newLocal = (type: ValueType): number => firstFreeLocal + extraLocals.push(type) - 1;

  function reject(location: SourceLocation | undefined, restriction: Restriction): Node {
    problems.push({ ...restriction, location });
    return { op: "unreachable", type: "unreachable", location };
  }

  function convert(reference: number): Node {
    const e = describe(binaryen, reference);
    const location = locations.get(reference);
    const type = resultType(e.type);
    if (!type) return reject(location, restrictionOf(binaryen, e.type));
    const common = { type, location };
    const children = (list: readonly number[]): Node[] => list.map(convert);
    const optional = (child: number): Node | undefined => (child ? convert(child) : undefined);
    switch (e.kind) {
      case "nop":
      case "unreachable":
      case "null":
        return { op: e.kind, ...common };
      case "const":
        return { op: "const", value: e.value as number, ...common };
      case "localGet":
        return { op: "localGet", index: e.index, ...common };
      case "localSet":
        return { op: "localSet", index: e.index, tee: e.isTee, value: convert(e.value), ...common };
      case "globalGet":
        return { op: "globalGet", name: symbolName(e.name), ...common };
      case "globalSet":
        return { op: "globalSet", name: symbolName(e.name), value: convert(e.value), ...common };
      case "load":
        return load(e, location);
      case "store":
        return store(e, location);
      case "unary": {
        const operator = unary.get(e.op);
        if (!operator) return reject(location, wideOrFloat(e.value));
        return { op: "unary", operator, value: convert(e.value), ...common };
      }
      case "binary": {
        const operator = binary.get(e.op);
        if (!operator) return reject(location, wideOrFloat(e.left));
        return { op: "binary", operator, left: convert(e.left), right: convert(e.right), ...common };
      }
      case "select": {
        const whenTrue = convert(e.ifTrue);
        const whenFalse = convert(e.ifFalse);
        return { op: "select", condition: convert(e.condition), whenTrue, whenFalse, ...common };
      }
      case "block":
        return { op: "block", label: e.name, body: children(e.children), ...common };
      case "loop":
        return { op: "loop", label: e.name, body: convert(e.body), ...common };
      case "if": {
        const condition = convert(e.condition);
        const otherwise = optional(e.ifFalse);
        // biome-ignore lint/suspicious/noThenProperty: field of an if node in wasm-tree.ts
        return { op: "if", condition, then: convert(e.ifTrue), ...(otherwise && { otherwise }), ...common };
      }
      case "break": {
        const value = optional(e.value);
        const condition = optional(e.condition);
        return {
          op: "break",
          label: e.name,
          ...(condition && { condition }),
          ...(value && { value }),
          ...common,
        };
      }
      case "switch":
        if (e.value) return reject(location, UNSUPPORTED("a switch with a value"));
        return {
          op: "switch",
          labels: e.names.slice(0, -1),
          fallback: e.defaultName,
          index: convert(e.condition),
          ...common,
        };
      case "call":
        return call(e, location);
      case "callIndirect": {
        const list = children(e.operands);
        return {
          op: "callIndirect",
          arguments: list,
          callee: convert(e.target),
          parameters: list.map((argument) => (isValue(argument.type) ? argument.type : "i32")),
          ...common,
        };
      }
      case "return": {
        const value = optional(e.value);
        return { op: "return", ...(value && { value }), ...common };
      }
      case "drop":
        return { op: "drop", value: convert(e.value), ...common };
      case "memoryCopy":
        return {
          op: "memoryCopy",
          to: convert(e.dest),
          from: convert(e.source),
          bytes: convert(e.size),
          ...common,
        };
      case "memoryFill":
        return {
          op: "memoryFill",
          to: convert(e.dest),
          value: convert(e.value),
          bytes: convert(e.size),
          ...common,
        };
      default:
        return reject(location, UNSUPPORTED(e.name));
    }
  }

  function call(e: Extract<Expression, { kind: "call" }>, location: SourceLocation | undefined): Node {
    const type = resultType(e.type) as ResultType;
    const imported = imports.get(e.target);
    if (!imported) {
      calls.push({ callee: e.target, location });
      return { op: "call", target: symbolName(e.target), arguments: e.operands.map(convert), type, location };
    }
    if (imported.module === DEBUG_MODULE) {
      const [id, value] = e.operands.map(convert);
      const number = id.op === "const" ? id.value : 0;
      if (value) return { op: "debugValue", variable: number, value, type, location };
      return { op: "debugScope", event: imported.base as DebugEvent, id: number, type, location };
    }
    if (imported.module === context.heapModule) {
      return reject(location, HEAP);
    }
    if (imported.module !== "fxv" && imported.module !== "ppu") {
      return reject(location, {
        message: `import "${imported.module}.${imported.base}" has no meaning on the PPU`,
        hint: "only the functions of ppu/intrinsics can be declared as imports",
      });
    }
    return { op: "intrinsic", name: imported.base, arguments: e.operands.map(convert), type, location };
  }

  function load(e: Extract<Expression, { kind: "load" }>, location: SourceLocation | undefined): Node {
    if (e.isAtomic) return reject(location, UNSUPPORTED("an atomic access"));
    const bytes = e.bytes as 1 | 2 | 4;
    const common = { type: "i32", location } as const;
    const address = convert(e.ptr);
    if (e.align < e.bytes) {
      return unalignedLoad({ bytes, signed: e.isSigned, offset: e.offset, address }, newLocal, location);
    }
    return { op: "load", bytes, signed: e.isSigned, offset: e.offset, address, ...common };
  }

  /** Also takes the copies and fills of up to 8 bytes that binaryen makes of `memory.copy` and `memory.fill`. */
  function store(e: Extract<Expression, { kind: "store" }>, location: SourceLocation | undefined): Node {
    if (e.isAtomic) return reject(location, UNSUPPORTED("an atomic access"));
    const common = { type: "none", location } as const;
    const value = describe(binaryen, e.value);
    const isCopy = value.kind === "load" && value.bytes === e.bytes && !value.isAtomic;
    if (isCopy && (e.bytes === 8 || e.align < e.bytes || value.align < e.bytes)) {
      return {
        op: "memoryCopy",
        to: plus(convert(e.ptr), e.offset),
        from: plus(convert(value.ptr), value.offset),
        bytes: { op: "const", value: e.bytes, type: "i32", location },
        ...common,
      };
    }
    if (value.type === binaryen.i64 && value.kind === "const" && e.bytes === 8) {
      return wideStore(convert(e.ptr), e.offset, e.align, words(value.value), newLocal, location);
    }
    if (value.type !== binaryen.i32 && value.type !== binaryen.unreachable) {
      return reject(location, restrictionOf(binaryen, value.type));
    }
    const bytes = e.bytes as 1 | 2 | 4;
    const address = convert(e.ptr);
    const converted = convert(e.value);
    if (e.align < e.bytes) {
      return unalignedStore({ bytes, offset: e.offset, address, value: converted }, newLocal, location);
    }
    return { op: "store", bytes, offset: e.offset, address, value: converted, ...common };
  }

  function plus(address: Node, offset: number): Node {
    if (offset === 0) return address;
    const common = { type: "i32", location: address.location } as const;
    return {
      op: "binary",
      operator: "add",
      left: address,
      right: { op: "const", value: offset | 0, ...common },
      ...common,
    };
  }

  function wideOrFloat(operand: number): Restriction {
    const type = binaryen.getExpressionType(operand);
    return type === binaryen.i64 ? WIDE : FLOAT;
  }

  function resultType(type: number): ResultType | null {
    if (type === binaryen.none) return "none";
    if (type === binaryen.unreachable) return "unreachable";
    return valueTypeOf(binaryen, type);
  }

  return { body: convert(body), extraLocals, problems, calls };
}

function isValue(type: ResultType): type is ValueType {
  return type !== "none" && type !== "unreachable";
}

/** Upper and lower word of a 64-bit constant as binaryen gives it. */
function words(value: number | bigint | { low: number; high: number }): [high: number, low: number] {
  if (typeof value === "object") return [value.high | 0, value.low | 0];
  const wide = BigInt(value);
  return [Number(BigInt.asIntN(32, wide >> 32n)), Number(BigInt.asIntN(32, wide))];
}
