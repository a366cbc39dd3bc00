/**
 * Builds with debug information: calls of imported functions mark in the WebAssembly module where a variable gets a
 * value and where a function or an inlined copy begins and ends. Optimisers keep them in order as they keep every call,
 * so what remains of the source program can be told from them; the code generator makes no code of them.
 *
 * - `debug.i32(variable, value)`, `debug.bytes`, `debug.halves`: the variable has this value from here on;
 *   variable -1 is what the call returns that is about to end;
 * - `debug.call(site)` … `debug.end(site)`: around a call, with its arguments; what lies between when the call has been inlined
 *   is its copy, which begins with `debug.enter(function)`.
 */
import type Binaryen from "binaryen";
import type { DebugTables, DebugVariable, SourceRange } from "../debug-info.ts";
import type { SourceLocation } from "../image.ts";
import type { ValueType } from "../wasm-tree.ts";
import type { AscFunction, DebugRecords, InlineCall, Range } from "./debug-hooks.ts";
import { DebugTypes } from "./debug-types.ts";
import { describe, type Expression } from "./expressions.ts";
import { valueTypeOf } from "./restrictions.ts";
import { symbolName } from "./symbol-name.ts";

/** Stands for what a call returns in place of a variable. */
export const RESULT = -1;

/** The import module of the markers. */
export const DEBUG_MODULE = "debug";

export interface DebugInput {
  readonly records: DebugRecords;
  /** All functions that asc compiled, by internal name. */
  readonly functions: ReadonlyMap<string, AscFunction>;
  locate(range: Range, end?: boolean): SourceLocation | undefined;
  toNumber(value: unknown): number;
}

/** Fields that hold children, by the class of binaryen's that sets them. */
const FIELDS: Partial<Record<Expression["kind"], readonly [string, ...string[]]>> = {
  localSet: ["LocalSet", "value"],
  globalSet: ["GlobalSet", "value"],
  unary: ["Unary", "value"],
  return: ["Return", "value"],
  drop: ["Drop", "value"],
  load: ["Load", "ptr"],
  store: ["Store", "ptr", "value"],
  binary: ["Binary", "left", "right"],
  select: ["Select", "ifTrue", "ifFalse", "condition"],
  loop: ["Loop", "body"],
  if: ["If", "condition", "ifTrue", "ifFalse"],
  break: ["Break", "value", "condition"],
  switch: ["Switch", "value", "condition"],
  callIndirect: ["CallIndirect", "target"],
  memoryCopy: ["MemoryCopy", "dest", "source", "size"],
  memoryFill: ["MemoryFill", "dest", "value", "size"],
};

type Setters = Record<string, Record<string, (expression: number, ...values: number[]) => void>>;

class Marking {
  readonly functions: { name: string; location: SourceLocation | undefined }[] = [];
  readonly variables: DebugVariable[] = [];
  readonly sites: { callee: number; location: SourceLocation | undefined }[] = [];
  private readonly functionIds = new Map<string, number>();
  private readonly variableIds = new Map<string, number>();
  /** Variables by target function and local. */
  private readonly ofLocal = new Map<string, number>();
  private readonly types = new DebugTypes();
  private readonly binaryen: typeof Binaryen;
  private readonly module: Binaryen.Module;
  private readonly input: DebugInput;
  /** The function being marked. */
  private current: { name: string; reference: number; localTypes: number[] } = {
    name: "",
    reference: 0,
    localTypes: [],
  };

  constructor(binaryen: typeof Binaryen, module: Binaryen.Module, input: DebugInput) {
    this.binaryen = binaryen;
    this.module = module;
    this.input = input;
  }

  private functionId(f: AscFunction): number {
    const known = this.functionIds.get(f.internalName);
    if (known !== undefined) return known;
    const location = this.input.locate(f.declaration.name.range);
    const id = this.functions.push({ name: symbolName(f.internalName), location }) - 1;
    this.functionIds.set(f.internalName, id);
    // Parameters first and in their order.
    const { thisType, parameterTypes } = f.signature;
    const list = parameterTypes.map((type, i) => [f.getParameterName(i), type] as const);
    for (const [name, type] of [...(thisType ? [["this", thisType] as const] : []), ...list]) {
      this.variable(f, name, {
        name,
        function: id,
        type: this.types.of(type),
        parameter: true,
        location,
      });
    }
    return id;
  }

  private variable(owner: AscFunction, key: string, variable: DebugVariable): number {
    const id = `${owner.internalName}:${key}`;
    const known = this.variableIds.get(id);
    if (known !== undefined) return known;
    const made = this.variables.push(variable) - 1;
    this.variableIds.set(id, made);
    return made;
  }

  /** Numbers the variables that asc saw. */
  declare(): void {
    const { records, locate, functions, toNumber } = this.input;
    for (const [internalName, f] of functions) {
      this.functionId(f);
      const { thisType, parameterTypes } = f.signature;
      const names = [...(thisType ? ["this"] : []), ...parameterTypes.map((_, i) => f.getParameterName(i))];
      names.forEach((name, index) => {
        this.ofLocal.set(`${internalName}:${index}`, this.variableIds.get(`${internalName}:${name}`)!);
      });
    }
    for (const { target, owner, name, type, range, scope, index, constant, hidden } of records.variables) {
      if (hidden) continue;
      const whole: SourceRange | undefined = scope && sourceRange(locate, scope);
      const id = this.variable(owner, `${name}@${range.start}`, {
        name,
        function: this.functionId(owner),
        type: this.types.of(type),
        parameter: false,
        location: locate(range),
        ...(whole && { scope: whole }),
        ...(constant !== undefined && { constant: toNumber(constant) }),
      });
      if (index >= 0) this.ofLocal.set(`${target.internalName}:${index}`, id);
    }
  }

  private call(name: string, ...operands: number[]): number {
    return this.module.call(`${DEBUG_MODULE}.${name}`, operands, this.binaryen.none);
  }

  private constant(n: number): number {
    return this.module.i32.const(n);
  }

  private valueMarker(variable: number, local: number): number[] {
    const type = this.current.localTypes[local];
    const kind = valueTypeOf(this.binaryen, type);
    return kind ? [this.call(kind, this.constant(variable), this.module.local.get(local, type))] : [];
  }

  /** Gives a marker the place of another expression. */
  private placeAt(marker: number, reference: number): void {
    const range = this.input.functions.get(this.current.name)?.debugLocations.get(reference);
    const location = range && this.input.locate(range);
    if (!location || range.source.debugInfoIndex < 0) return;
    const { line, column } = location;
    this.module.setDebugLocation(
      this.current.reference,
      marker,
      range.source.debugInfoIndex,
      line,
      column - 1,
    );
  }

  private newLocal(type: number): number {
    this.current.localTypes.push(type);
    const add = (this.binaryen as unknown as { _BinaryenFunctionAddVar(f: number, type: number): number })
      ._BinaryenFunctionAddVar;
    return add(this.current.reference, type);
  }

  markFunction(reference: number): void {
    const info = this.binaryen.getFunctionInfo(reference) as unknown as {
      name: string;
      module: string | null;
      params: number;
      vars: number[];
      body: number;
    };
    if (info.module) return;
    const parameters = this.binaryen.expandType(info.params);
    this.current = { name: info.name, reference, localTypes: [...parameters, ...info.vars] };
    const id = this.functionIds.get(info.name);
    const body = this.mark(info.body);
    const head =
      id === undefined
        ? []
        : [
            this.call("enter", this.constant(id)),
            ...parameters.flatMap((_, i) => {
              const variable = this.ofLocal.get(`${info.name}:${i}`);
              return variable === undefined ? [] : this.valueMarker(variable, i);
            }),
          ];
    const type = this.binaryen.getExpressionType(body);
    const whole = head.length > 0 ? this.module.block(null, [...head, body], type) : body;
    (this.binaryen as unknown as Setters).Function.setBody(reference, whole);
  }

  /** The expression with markers in it, which takes the place of the given one. */
  private mark(reference: number): number {
    const expression = describe(this.binaryen, reference);
    const copy = this.copyOf(reference);
    const parameters = copy ? this.enterCopy(copy) : [];
    this.markChildren(expression, copy?.leading ?? 0);
    if (copy && expression.kind === "block") return this.markCopy(expression, copy, parameters);
    if (expression.kind === "localSet") return this.markAssignment(expression);
    if (expression.kind === "call") {
      const callee = this.functionIds.get(expression.target);
      if (callee === undefined) return reference;
      const range = this.input.functions.get(this.current.name)?.debugLocations.get(reference);
      return this.around(reference, callee, range && this.input.locate(range));
    }
    return reference;
  }

  private copyOf(reference: number): InlineCall | undefined {
    const copy = this.input.records.inlined.get(reference);
    return copy?.hidden ? undefined : copy;
  }

  /** The parameters of a copy: variable and local. */
  private enterCopy({ callee, parameters }: InlineCall): [variable: number, local: number][] {
    this.functionId(callee);
    return [...parameters].flatMap(([name, { index }]): [number, number][] => {
      const variable = this.variableIds.get(`${callee.internalName}:${name}`);
      if (variable === undefined || index < 0) return [];
      this.ofLocal.set(`${this.current.name}:${index}`, variable);
      return [[variable, index]];
    });
  }

  /** `leading` assignments of parameters are marked when all are done. */
  private markChildren(expression: Expression, leading: number): void {
    const { reference } = expression;
    const setters = this.binaryen as unknown as Setters;
    const replace = (child: number, put: (made: number) => void): void => {
      const made = this.mark(child);
      if (made !== child) put(made);
    };
    if (expression.kind === "block") {
      expression.children.forEach((child, i) => {
        const assigned = i < leading ? describe(this.binaryen, child) : undefined;
        if (assigned?.kind === "localSet")
          replace(assigned.value, (made) => setters.LocalSet.setValue(child, made));
        else replace(child, (made) => setters.Block.setChildAt(reference, i, made));
      });
      return;
    }
    if (expression.kind === "call" || expression.kind === "callIndirect") {
      const owner = expression.kind === "call" ? setters.Call : setters.CallIndirect;
      expression.operands.forEach((child, i) => {
        replace(child, (made) => owner.setOperandAt(reference, i, made));
      });
    }
    const [owner, ...fields] = FIELDS[expression.kind] ?? [];
    if (owner === undefined) return;
    for (const field of fields) {
      const child = (expression as unknown as Record<string, number>)[field];
      const setter = `set${field[0].toUpperCase()}${field.slice(1)}`;
      if (child) replace(child, (made) => setters[owner][setter](reference, made));
    }
  }

  private markAssignment(expression: Extract<Expression, { kind: "localSet" }>): number {
    const { reference, index, value, isTee } = expression;
    const variable = this.ofLocal.get(`${this.current.name}:${index}`);
    const { binaryen, module } = this;
    if (variable === undefined || binaryen.getExpressionType(value) === binaryen.unreachable)
      return reference;
    const marker = this.valueMarker(variable, index);
    for (const call of marker) this.placeAt(call, reference);
    if (!isTee) return module.block(null, [reference, ...marker], binaryen.none);
    const type = this.current.localTypes[index];
    return module.block(
      null,
      [module.local.set(index, value), ...marker, module.local.get(index, type)],
      type,
    );
  }

  private markCopy(
    block: Extract<Expression, { kind: "block" }>,
    { callee, leading, site }: InlineCall,
    parameters: readonly [variable: number, local: number][],
  ): number {
    const id = this.functionId(callee);
    const markers = [
      this.call("enter", this.constant(id)),
      ...parameters.flatMap(([variable, local]) => this.valueMarker(variable, local)),
    ];
    const assigned = block.children
      .slice(0, leading)
      .findIndex((child) => describe(this.binaryen, child).kind !== "localSet");
    const at = assigned < 0 ? Math.min(leading, block.children.length) : assigned;
    const { insertChildAt } = (this.binaryen as unknown as Setters).Block;
    markers.forEach((marker, i) => {
      insertChildAt(block.reference, at + i, marker);
    });
    return this.around(block.reference, id, site && this.input.locate(site));
  }

  /** The call between the markers of its site. */
  private around(reference: number, callee: number, location: SourceLocation | undefined): number {
    const { binaryen, module } = this;
    const site = this.sites.push({ callee, location }) - 1;
    const type = binaryen.getExpressionType(reference);
    const begin = this.call("call", this.constant(site));
    const end = this.call("end", this.constant(site));
    if (type === binaryen.none || type === binaryen.unreachable) {
      return module.block(null, [begin, reference, end], type);
    }
    const local = this.newLocal(type);
    // The result is wanted here, so that it is not computed behind the call.
    const wanted = this.valueMarker(RESULT, local);
    const result = module.local.get(local, type);
    return module.block(null, [begin, module.local.set(local, reference), ...wanted, end, result], type);
  }
}

function sourceRange(locate: DebugInput["locate"], range: Range): SourceRange | undefined {
  const [start, end] = [locate(range), locate(range, true)];
  return start && end && { start, end };
}

/** Puts markers into all functions of the module. */
export function insertMarkers(
  binaryen: typeof Binaryen,
  module: Binaryen.Module,
  input: DebugInput,
): DebugTables {
  const marking = new Marking(binaryen, module, input);
  marking.declare();
  const importMarker = (name: string, ...types: number[]): void => {
    const parameters = binaryen.createType([binaryen.i32, ...types]);
    module.addFunctionImport(`${DEBUG_MODULE}.${name}`, DEBUG_MODULE, name, parameters, binaryen.none);
  };
  const functions = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i));
  const kinds: Record<ValueType, number> = {
    i32: binaryen.i32,
    bytes: binaryen.externref,
    halves: binaryen.anyref,
  };
  for (const [name, type] of Object.entries(kinds)) importMarker(name, type);
  for (const name of ["call", "enter", "end"]) importMarker(name);
  for (const reference of functions) marking.markFunction(reference);
  const { functions: list, variables, sites } = marking;
  return { functions: list, variables, sites };
}
