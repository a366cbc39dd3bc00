/** Trees to a graph in static single assignment form. */
import type { SourceLocation } from "../image.ts";
import type { Node, ValueType, WasmFunction, WasmModule } from "../wasm-tree.ts";
import { CodegenError } from "./errors.ts";
import { intrinsicUse } from "./intrinsics.ts";
import { type Block, COMPARISONS, Graph, type Kind, type Operation, type Value } from "./ir.ts";
import { forEachChild, rotateLoops } from "./rotate.ts";

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

interface Label {
  readonly name: string | null;
  readonly target: Block;
  /** Loops: phi of each local that the loop changes. */
  readonly phis?: Map<number, Value>;
  /** Blocks and ifs: the ways in. */
  readonly entries: { block: Block; locals: Value[]; value: Value | undefined }[];
}

/** Copies and fills of constant size up to this many bytes are written out. */
const INLINE_BYTES = 8;

export const kindOf = (type: ValueType): Kind => (type === "i32" ? "i32" : "vector");

class Builder {
  private readonly context: ModuleContext;
  private readonly source: WasmFunction;
  private readonly graph: Graph;
  private current: Block;
  private reachable = true;
  private locals: Value[];
  private labels: Label[] = [];
  private location: SourceLocation | undefined;
  private order = 0;

  constructor(context: ModuleContext, source: WasmFunction) {
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
    this.locals = [...this.graph.parameters, ...source.locals.map((type) => this.zero(kindOf(type)))];
  }

  run(): Graph {
    const value = this.build(rotateLoops(this.source.body));
    if (this.reachable) this.finishWithReturn(this.source.result === "none" ? undefined : value);
    return this.graph;
  }

  private start(block: Block): void {
    block.order = this.order++;
    this.graph.blocks.push(block);
    this.current = block;
  }

  private zero(kind: Kind): Value {
    return kind === "vector" ? this.append("zero", "vector", []) : this.graph.constant(0);
  }

  private append(operation: Operation, kind: Kind, operands: Value[], immediate = 0): Value {
    const v = this.graph.value(operation, kind, operands, this.current);
    v.immediate = immediate;
    v.location = this.location;
    this.current.values.push(v);
    return v;
  }

  private number(value: number): Value {
    return this.graph.constant(value);
  }

  /** Ends the current block; what follows in the source is unreachable until somebody starts a block. */
  private end(): void {
    this.reachable = false;
    this.current = this.graph.block(); // collects what is built but never reached
  }

  private finishWithReturn(value: Value | undefined): void {
    this.current.terminator = { kind: "return", value, location: this.location };
    this.end();
  }

  private jump(to: Block): void {
    this.current.terminator = { kind: "jump", to };
    to.predecessors.push(this.current);
  }

  private branch(condition: Value, whenTrue: Block, whenFalse: Block): void {
    this.current.terminator = { kind: "branch", condition, whenTrue, whenFalse, location: this.location };
    whenTrue.predecessors.push(this.current);
    whenFalse.predecessors.push(this.current);
  }

  private fail(message: string): never {
    throw new CodegenError(`${message} (in function ${this.source.name})`, this.location);
  }

  private build(node: Node): Value | undefined {
    const outer = this.location;
    if (node.location) this.location = node.location;
    const value = this.node(node);
    this.location = outer;
    return value;
  }

  /** The value of an operand; code behind an unreachable operand gets a stand-in that is never executed. */
  private operand(node: Node): Value {
    const value = this.build(node);
    if (value) return value;
    if (this.reachable) this.fail(`operand of kind "${node.op}" has no value`);
    return this.zero(node.type === "bytes" || node.type === "halves" ? "vector" : "i32");
  }

  private node(node: Node): Value | undefined {
    switch (node.op) {
      case "const":
        return this.number(node.value);
      case "null":
        return this.append("zero", "vector", []);
      case "nop":
        return undefined;
      case "localGet":
        return this.locals[node.index];
      case "localSet": {
        const value = this.operand(node.value);
        this.locals[node.index] = value;
        return node.tee ? value : undefined;
      }
      case "globalGet": {
        const fixed = this.context.fixedGlobals.get(node.name);
        if (fixed !== undefined) return this.number(fixed);
        return this.load(this.number(this.globalAddress(node.name)), 4, false, 0);
      }
      case "globalSet":
        this.store(this.number(this.globalAddress(node.name)), this.operand(node.value), 4, 0);
        return undefined;
      case "load":
        return this.load(this.operand(node.address), node.bytes, node.signed, node.offset);
      case "store": {
        const address = this.operand(node.address);
        this.store(address, this.operand(node.value), node.bytes, node.offset);
        return undefined;
      }
      case "unary":
        return this.unary(node.operator, this.operand(node.value));
      case "binary": {
        const left = this.operand(node.left);
        return this.binary(node.operator, left, this.operand(node.right));
      }
      case "select":
        return this.select(node);
      case "block":
        return this.block(node);
      case "loop":
        return this.loop(node);
      case "if":
        return this.ifElse(node);
      case "break":
        return this.break(node);
      case "switch":
        return this.switch(node);
      case "call":
        return this.call(node);
      case "callIndirect":
        return this.callIndirect(node);
      case "intrinsic":
        return this.intrinsic(node.name.replace(/^.*\./, ""), node.arguments);
      case "memoryCopy":
        return this.memoryCopy(node);
      case "memoryFill":
        return this.memoryFill(node);
      case "return": {
        const value = node.value && this.operand(node.value);
        if (this.reachable) this.finishWithReturn(value);
        return undefined;
      }
      case "drop":
        this.build(node.value);
        return undefined;
      case "unreachable":
        if (this.reachable) {
          this.current.terminator = { kind: "trap", location: this.location };
          this.end();
        }
        return undefined;
    }
  }

  private globalAddress(name: string): number {
    const address = this.context.globals.get(name);
    return address ?? this.fail(`unknown global "${name}"`);
  }

  private load(address: Value, bytes: 1 | 2 | 4, signed: boolean, offset: number, volatile = false): Value {
    const v = this.append("load", "i32", [address], offset | 0);
    v.bytes = bytes;
    v.volatile = volatile;
    if (signed && bytes === 1) return this.append("extend8", "i32", [v]);
    v.signed = signed && bytes === 2;
    return v;
  }

  private store(address: Value, value: Value, bytes: 1 | 2 | 4, offset: number, volatile = false): void {
    const v = this.append("store", "none", [address, value], offset | 0);
    v.bytes = bytes;
    v.volatile = volatile;
  }

  private unary(operator: string, value: Value): Value {
    switch (operator) {
      case "eqz":
        return this.append("eq", "i32", [value, this.number(0)]);
      case "ctz": {
        const below = this.append("and", "i32", [
          this.append("add", "i32", [value, this.number(-1)]),
          this.append("xor", "i32", [value, this.number(-1)]),
        ]);
        return this.append("sub", "i32", [this.number(32), this.append("clz", "i32", [below])]);
      }
      default:
        return this.append(operator as Operation, "i32", [value]);
    }
  }

  private binary(operator: string, left: Value, right: Value): Value {
    switch (operator) {
      case "rem_s":
      case "rem_u": {
        const quotient = this.append(operator === "rem_s" ? "div_s" : "div_u", "i32", [left, right]);
        return this.append("sub", "i32", [left, this.append("mul", "i32", [quotient, right])]);
      }
      case "rotr":
        return this.append("rotl", "i32", [left, this.append("sub", "i32", [this.number(32), right])]);
      default:
        return this.append(operator as Operation, "i32", [left, right]);
    }
  }

  private select(node: Extract<Node, { op: "select" }>): Value {
    const whenTrue = this.operand(node.whenTrue);
    const whenFalse = this.operand(node.whenFalse);
    const condition = this.operand(node.condition);
    if (whenTrue === whenFalse) return whenTrue;
    if (whenTrue.operation === "const" && whenFalse.operation === "const") {
      const [t, f] = [whenTrue.immediate, whenFalse.immediate];
      if (t === 1 && f === 0) return this.truth(condition);
      if (t === 0 && f === 1) return this.append("eq", "i32", [condition, this.number(0)]);
    }
    if (!this.reachable) return whenTrue;
    const taken = this.graph.block();
    const join = this.graph.block();
    this.branch(condition, taken, join);
    const before = this.current;
    this.start(taken);
    this.jump(join);
    join.predecessors = [before, taken];
    this.start(join);
    return this.phi(join, whenTrue.kind, [whenFalse, whenTrue]);
  }

  private truth(condition: Value): Value {
    return COMPARISONS.has(condition.operation)
      ? condition
      : this.append("ne", "i32", [condition, this.number(0)]);
  }

  private phi(block: Block, kind: Kind, operands: Value[]): Value {
    const v = this.graph.value("phi", kind, operands, block);
    v.location = this.location;
    block.phis.push(v);
    return v;
  }

  /** Starts the block where the ways in meet, with phis for what they disagree on. */
  private join(label: Label, wantsValue: boolean): Value | undefined {
    const { entries, target } = label;
    if (entries.length === 0) return undefined;
    this.start(target);
    this.reachable = true;
    this.locals = entries[0].locals.map((first, index) =>
      entries.every((entry) => entry.locals[index] === first)
        ? first
        : this.phi(
            target,
            first.kind,
            entries.map((entry) => entry.locals[index]),
          ),
    );
    const first = entries[0].value;
    if (!wantsValue || !first) return undefined;
    if (entries.every((entry) => entry.value === first)) return first;
    return this.phi(
      target,
      first.kind,
      entries.map((entry) => entry.value ?? this.fail("a way out of a block lacks its value")),
    );
  }

  private enter(label: Label, value: Value | undefined): void {
    label.entries.push({ block: this.current, locals: [...this.locals], value });
  }

  private body(nodes: readonly Node[]): Value | undefined {
    let value: Value | undefined;
    for (const child of nodes) {
      if (!this.reachable) return undefined;
      value = this.build(child);
    }
    return value;
  }

  private block(node: Extract<Node, { op: "block" }>): Value | undefined {
    if (node.label === null) return this.body(node.body);
    const label: Label = { name: node.label, target: this.graph.block(), entries: [] };
    this.labels.push(label);
    const value = this.body(node.body);
    this.labels.pop();
    if (label.entries.length === 0) return value;
    if (this.reachable) {
      this.enter(label, value);
      this.jump(label.target);
    }
    return this.join(label, node.type !== "none" && node.type !== "unreachable");
  }

  private loop(node: Extract<Node, { op: "loop" }>): Value | undefined {
    if (!this.reachable) return undefined;
    if (node.label === null) return this.build(node.body);
    const changed = new Set<number>();
    const scan = (child: Node): void => {
      if (child.op === "localSet") changed.add(child.index);
      forEachChild(child, scan);
    };
    scan(node.body);
    const header = this.graph.block();
    this.jump(header);
    this.start(header);
    const phis = new Map<number, Value>();
    for (const index of changed) {
      const v = this.phi(header, this.locals[index].kind, [this.locals[index]]);
      phis.set(index, v);
      this.locals[index] = v;
    }
    this.labels.push({ name: node.label, target: header, phis, entries: [] });
    const value = this.build(node.body);
    this.labels.pop();
    return value;
  }

  private ifElse(node: Extract<Node, { op: "if" }>): Value | undefined {
    const condition = this.operand(node.condition);
    if (!this.reachable) return undefined;
    const then = this.graph.block();
    const otherwise = this.graph.block();
    const label: Label = { name: null, target: this.graph.block(), entries: [] };
    this.branch(condition, then, otherwise);
    const locals = [...this.locals];
    for (const [block, arm] of [
      [then, node.then],
      [otherwise, node.otherwise],
    ] as const) {
      this.start(block);
      this.reachable = true;
      this.locals = [...locals];
      const value = arm && this.build(arm);
      if (this.reachable) {
        this.enter(label, value);
        this.jump(label.target);
      }
    }
    return this.join(label, node.type !== "none" && node.type !== "unreachable");
  }

  private find(name: string): Label {
    for (let i = this.labels.length - 1; i >= 0; i--) if (this.labels[i].name === name) return this.labels[i];
    return this.fail(`break to unknown label "${name}"`);
  }

  /** Records that the current block goes to the label. */
  private arrive(label: Label, value: Value | undefined): void {
    if (label.phis) for (const [index, phi] of label.phis) phi.operands.push(this.locals[index]);
    else this.enter(label, value);
  }

  private break(node: Extract<Node, { op: "break" }>): Value | undefined {
    const value = node.value && this.operand(node.value);
    const condition = node.condition && this.operand(node.condition);
    if (!this.reachable) return value;
    const label = this.find(node.label);
    this.arrive(label, value);
    if (condition) {
      const next = this.graph.block();
      this.branch(condition, label.target, next);
      this.start(next);
      return value;
    }
    this.jump(label.target);
    this.end();
    return undefined;
  }

  private switch(node: Extract<Node, { op: "switch" }>): undefined {
    const index = this.operand(node.index);
    if (!this.reachable) return;
    const targets: Block[] = [];
    const position = (name: string): number => {
      const label = this.find(name);
      const known = targets.indexOf(label.target);
      if (known >= 0) return known;
      this.arrive(label, undefined);
      label.target.predecessors.push(this.current);
      targets.push(label.target);
      return targets.length - 1;
    };
    const cases = node.labels.map(position);
    const fallback = position(node.fallback);
    this.current.terminator = { kind: "switch", index, targets, cases, fallback, location: this.location };
    this.end();
  }

  private arguments(nodes: readonly Node[]): Value[] {
    return nodes.map((node) => this.operand(node));
  }

  private call(node: Extract<Node, { op: "call" }>): Value | undefined {
    const callee = this.context.functions.get(node.target);
    if (!callee) this.fail(`call of unknown function "${node.target}"`);
    const values = this.arguments(node.arguments);
    const kind = callee.result === "none" ? "none" : kindOf(callee.result);
    const v = this.append("call", kind, values);
    v.target = node.target;
    return kind === "none" ? undefined : v;
  }

  private callIndirect(node: Extract<Node, { op: "callIndirect" }>): Value | undefined {
    const values = this.arguments(node.arguments);
    const callee = this.operand(node.callee);
    const scaled = this.append("shl", "i32", [callee, this.number(2)]);
    const code = this.load(scaled, 4, false, this.context.tableAddress);
    const kind = node.type === "none" || node.type === "unreachable" ? "none" : kindOf(node.type);
    const v = this.append("callIndirect", kind, [code, ...values]);
    return kind === "none" ? undefined : v;
  }

  private intrinsic(name: string, nodes: readonly Node[]): Value | undefined {
    const values = this.arguments(nodes);
    const count = (n: number) => {
      if (values.length !== n) this.fail(`${name} takes ${n} arguments, not ${values.length}`);
    };
    const access = /^(load|store)(8|16|32)$/.exec(name);
    if (access) {
      const bytes = (Number(access[2]) / 8) as 1 | 2 | 4;
      if (access[1] === "load") {
        count(1);
        return this.load(values[0], bytes, false, 0, true);
      }
      count(2);
      this.store(values[0], values[1], bytes, 0, true);
      return undefined;
    }
    if (name === "bytes" || name === "halves") {
      count(1);
      return values[0];
    }
    if (name === "exit") {
      count(1);
      const v = this.append("call", "none", values);
      v.target = "exit";
      if (this.reachable) this.end();
      return undefined;
    }
    const use = intrinsicUse(name);
    if (!use) this.fail(`unknown intrinsic "${name}"`);
    count(use.arguments.length);
    // Memory and parallel-bus forms add two registers; here the address is one value, split again by the selector.
    const at = use.arguments.findIndex((operand) => operand !== "old" && operand.kind === "gpr0");
    if (at >= 0) values.splice(at, 2, this.append("add", "i32", [values[at], values[at + 1]]));
    const v = this.append("intrinsic", use.result, values);
    v.intrinsic = use;
    return use.result === "none" ? undefined : v;
  }

  private helperCall(name: "__memory_copy" | "__memory_fill", values: Value[]): void {
    this.append("call", "none", values).target = this.context.helper(name);
  }

  private memoryCopy(node: Extract<Node, { op: "memoryCopy" }>): undefined {
    const [to, from, bytes] = this.arguments([node.to, node.from, node.bytes]);
    if (bytes.operation !== "const" || bytes.immediate >>> 0 > 4 * INLINE_BYTES) {
      return void this.helperCall("__memory_copy", [to, from, bytes]);
    }
    const aligned = [to, from].every((v) => v.operation === "const" && v.immediate % 4 === 0);
    const pieces = split(bytes.immediate, aligned);
    if (pieces.length > INLINE_BYTES) return void this.helperCall("__memory_copy", [to, from, bytes]);
    const values = pieces.map(({ at, width }) => this.load(from, width, false, at));
    pieces.forEach(({ at, width }, i) => {
      this.store(to, values[i], width, at);
    });
  }

  private memoryFill(node: Extract<Node, { op: "memoryFill" }>): undefined {
    const [to, value, bytes] = this.arguments([node.to, node.value, node.bytes]);
    const aligned = to.operation === "const" && to.immediate % 4 === 0 && value.operation === "const";
    const pieces =
      bytes.operation === "const" && bytes.immediate >>> 0 <= 4 * INLINE_BYTES
        ? split(bytes.immediate, aligned)
        : undefined;
    if (!pieces || pieces.length > INLINE_BYTES) {
      return void this.helperCall("__memory_fill", [to, value, bytes]);
    }
    for (const { at, width } of pieces) {
      const word = width === 4 ? this.number(Math.imul(value.immediate & 0xff, 0x01010101)) : value;
      this.store(to, word, width, at);
    }
  }
}

function split(bytes: number, aligned: boolean): { at: number; width: 1 | 4 }[] {
  const pieces: { at: number; width: 1 | 4 }[] = [];
  for (let at = 0; at < bytes; ) {
    const width = aligned && bytes - at >= 4 ? 4 : 1;
    pieces.push({ at, width });
    at += width;
  }
  return pieces;
}

/** The graph of one function. Errors (CodegenError) name the source location. */
export function buildGraph(context: ModuleContext, source: WasmFunction): Graph {
  return new Builder(context, source).run();
}
