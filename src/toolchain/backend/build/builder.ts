/** State of the translation of a function into a graph: current block, values of the locals, labels in reach. */

import type { SourceLocation } from "../../image.ts";
import type { Node, ValueType, WasmFunction, WasmModule } from "../../wasm-tree.ts";
import { locationIn, sourceFunction } from "../debug/scopes.ts";
import { DebugState } from "../debug/state.ts";
import { CodegenError } from "../errors.ts";
import { type Block, Graph, type Kind, type Operation, type Value } from "../graph/ir.ts";

/** What a function body refers to outside itself. */
export interface ModuleContext {
  readonly module: WasmModule;
  readonly functions: ReadonlyMap<string, WasmFunction>;
  /** Addresses of the globals that live in memory. */
  readonly globals: ReadonlyMap<string, number>;
  /** Values of the globals that never change. */
  readonly fixedGlobals: ReadonlyMap<string, number>;
  /** Address of the word of the first table entry. */
  readonly tableAddress: number;
  /** Registers a helper of the run-time library and returns its name. */
  helper(name: "__memory_copy" | "__memory_fill"): string;
}

export interface Label {
  readonly name: string | null;
  readonly target: Block;
  /** Loops: phi of each local that the loop changes. */
  readonly phis?: Map<number, Value>;
  /** Blocks and ifs: the ways in. */
  readonly entries: {
    block: Block;
    locals: Value[];
    value: Value | undefined;
    debug: DebugState | undefined;
  }[];
  /** Loops: phi of each variable of the source program that the loop changes. */
  readonly debugPhis?: ReadonlyMap<string, Value>;
}

export const kindOf = (type: ValueType): Kind => (type === "i32" ? "i32" : "vector");

/** The graph of one function while it grows. */
export class Builder {
  /** Builds one node with everything in it. */
  readonly translate: (b: Builder, node: Node) => Value | undefined;
  readonly context: ModuleContext;
  readonly source: WasmFunction;
  readonly graph: Graph;
  current: Block;
  reachable = true;
  locals: Value[];
  labels: Label[] = [];
  location: SourceLocation | undefined;
  order = 0;
  /** Variables of the source program, in builds with debug information. */
  debug: DebugState | undefined;

  constructor(context: ModuleContext, source: WasmFunction, translate: Builder["translate"]) {
    this.translate = translate;
    this.context = context;
    this.source = source;
    this.graph = new Graph(source.name);
    this.graph.location = source.location;
    this.location = source.location;
    this.current = this.graph.block();
    this.start(this.current);
    this.graph.parameters = source.parameters.map((type, index) => {
      const v = this.graph.value("parameter", kindOf(type), [], this.current);
      v.immediate = index;
      v.location = source.location;
      return v;
    });
    const { debug } = context.module;
    if (debug) {
      this.debug = new DebugState(debug, sourceFunction(debug, source));
    }
    this.locals = [...this.graph.parameters, ...source.locals.map((type) => this.zero(kindOf(type)))];
  }

  start(block: Block): void {
    block.order = this.order++;
    this.graph.blocks.push(block);
    this.current = block;
  }

  zero(kind: Kind): Value {
    return kind === "vector" ? this.append("zero", "vector", []) : this.graph.constant(0);
  }

  append(operation: Operation, kind: Kind, operands: Value[], immediate = 0): Value {
    const v = this.graph.value(operation, kind, operands, this.current);
    v.immediate = immediate;
    v.location = this.location;
    this.current.values.push(v);
    return v;
  }

  number(value: number): Value {
    return this.graph.constant(value);
  }

  /** Ends the current block; what follows in the source is unreachable until somebody starts a block. */
  end(): void {
    this.reachable = false;
    this.current = this.graph.block(); // collects what is built but never reached
  }

  finishWithReturn(value: Value | undefined): void {
    this.debug?.point(this);
    this.current.terminator = { kind: "return", value, location: this.location };
    this.end();
  }

  jump(to: Block): void {
    this.current.terminator = { kind: "jump", to };
    to.predecessors.push(this.current);
  }

  /** Where the branch on a condition stands: at the test itself, because a loop has no place and copies of its test differ. */
  placeOfTest({ op, location }: Node): SourceLocation | undefined {
    if (!location || (op !== "binary" && op !== "unary")) return this.location;
    return this.debug ? locationIn(location, this.debug.scope) : location;
  }

  branch(condition: Value, whenTrue: Block, whenFalse: Block, location = this.location): void {
    this.current.terminator = { kind: "branch", condition, whenTrue, whenFalse, location };
    whenTrue.predecessors.push(this.current);
    whenFalse.predecessors.push(this.current);
  }

  fail(message: string): never {
    throw new CodegenError(`${message} (in function ${this.source.name})`, this.location);
  }

  build(node: Node): Value | undefined {
    const outer = this.location;
    if (node.location) this.location = this.debug ? this.debug.visit(this, node) : node.location;
    const value = this.translate(this, node);
    this.location = outer;
    return value;
  }

  /** The value of an operand; code behind an unreachable operand gets a stand-in that is never executed. */
  operand(node: Node): Value {
    const value = this.build(node);
    if (value) return value;
    if (this.reachable) this.fail(`operand of kind "${node.op}" has no value`);
    return this.zero(node.type === "bytes" || node.type === "halves" ? "vector" : "i32");
  }

  globalAddress(name: string): number {
    const address = this.context.globals.get(name);
    return address ?? this.fail(`unknown global "${name}"`);
  }

  load(address: Value, bytes: 1 | 2 | 4, signed: boolean, offset: number, volatile = false): Value {
    const v = this.append("load", "i32", [address], offset | 0);
    v.bytes = bytes;
    v.volatile = volatile;
    if (signed && bytes === 1) return this.append("extend8", "i32", [v]);
    v.signed = signed && bytes === 2;
    return v;
  }

  store(address: Value, value: Value, bytes: 1 | 2 | 4, offset: number, volatile = false): void {
    const v = this.append("store", "none", [address, value], offset | 0);
    v.bytes = bytes;
    v.volatile = volatile;
  }

  phi(block: Block, kind: Kind, operands: Value[]): Value {
    const v = this.graph.value("phi", kind, operands, block);
    v.location = this.location;
    block.phis.push(v);
    return v;
  }

  arguments(nodes: readonly Node[]): Value[] {
    return nodes.map((node) => this.operand(node));
  }
}
