/**
 * Instruction selection: walks each block backwards and emits a value only when somebody needs it in a register, so
 * that whatever folds into its users (displacements, shifts and masks, comparisons) never becomes an instruction.
 */
import type { SourceLocation } from "../image.ts";
import { type Analysis, analyse, type Loop } from "./analysis.ts";
import { CodegenError } from "./errors.ts";
import { possibleBits } from "./fold.ts";
import { addressOperand } from "./induction.ts";
import { type Block, COMPARISONS, type Comparison, type Graph, hasEffect, type Value } from "./ir.ts";
import {
  type Exit,
  frame,
  MachineBlock,
  MachineFunction,
  MachineInstruction,
  number,
  type Operand,
  register,
  symbol,
  VECTOR_BASE,
} from "./machine.ts";
import { preheader, removeDead, splitCriticalEdges } from "./optimize.ts";

/** What the selector must know of other functions. */
export interface Surroundings {
  /** Is the function reached by a relative branch from here? */
  near(target: string): boolean;
  /** Vector registers (numbers from 32) that a call may destroy; of an indirect call without a target. */
  vectorsWritten(target: string | undefined): readonly number[];
}

export const SCALAR_ARGUMENTS = [3, 4, 5, 6, 7, 8, 9, 10];
export const VECTOR_ARGUMENTS = Array.from({ length: 13 }, (_, i) => VECTOR_BASE + 2 + i);
/** Scalar registers that a call destroys (firmware-abi section 3). */
const VOLATILE = [0, ...Array.from({ length: 10 }, (_, i) => 3 + i)];

const fits = (n: number) => n >= -0x8000 && n <= 0x7fff;
const fitsUnsigned = (n: number) => n >= 0 && n <= 0xffff;

/** First and last bit (Power numbering) of a mask that is one run of ones, possibly around the end. */
export function maskRange(mask: number): [begin: number, end: number] | undefined {
  if (mask === 0) return undefined;
  if (mask === -1) return [0, 31];
  const run = (m: number): [number, number] | undefined => {
    const begin = Math.clz32(m);
    const end = 31 - (31 - Math.clz32(m & -m));
    return (begin === 0 ? -1 << (31 - end) : ((-1 >>> begin) & (-1 << (31 - end))) | 0) === (m | 0)
      ? [begin, end]
      : undefined;
  };
  const straight = run(mask);
  if (straight) return straight;
  const gap = run(~mask);
  return gap && [gap[1] + 1, gap[0] - 1];
}

interface ConditionBits {
  bit: 0 | 1 | 2;
  sense: boolean;
}

const CONDITION_BITS: Record<string, ConditionBits> = {
  lt: { bit: 0, sense: true },
  ge: { bit: 0, sense: false },
  gt: { bit: 1, sense: true },
  le: { bit: 1, sense: false },
  eq: { bit: 2, sense: true },
  ne: { bit: 2, sense: false },
};

const LOADS: Record<string, string> = { "1": "lbz", "2": "lhz", "2s": "lha", "4": "lwz" };
const STORES: Record<string, string> = { "1": "stb", "2": "sth", "4": "stw" };

class Selector {
  private readonly graph: Graph;
  private readonly around: Surroundings;
  private readonly analysis: Analysis;
  private readonly machine: MachineFunction;
  private readonly blocks = new Map<Block, MachineBlock>();
  private readonly registers = new Map<Value, number>();
  private readonly needed = new Set<Value>();
  private readonly emitted = new Set<Value>();
  private readonly uses = new Map<Value, number>();
  private readonly callLoops = new Set<Loop>();
  /** Constants kept in registers: those of loops by their preheader, those of the current stretch of code. */
  private readonly loopConstants = new Map<Block, Map<number, number>>();
  private stretch = new Map<number, number>();
  /** The current block, last instruction first. */
  private reversed: MachineInstruction[] = [];
  private block: Block;
  private location: SourceLocation | undefined;
  private tableCount = 0;

  constructor(graph: Graph, around: Surroundings) {
    this.graph = graph;
    this.around = around;
    for (const loop of analyse(graph).loops) preheader(graph, loop);
    splitCriticalEdges(graph);
    removeDead(graph);
    this.analysis = analyse(graph);
    this.machine = new MachineFunction(graph.name);
    this.machine.location = graph.location;
    this.block = graph.entry;
  }

  run(): MachineFunction {
    const { graph, machine } = this;
    this.prepare();
    graph.blocks.forEach((block, i) => {
      const mb = new MachineBlock(i);
      mb.depth = this.analysis.loopOf.get(block)?.depth ?? 0;
      this.blocks.set(block, mb);
      machine.blocks.push(mb);
    });
    for (const block of graph.blocks)
      for (const phi of block.phis) for (const v of phi.operands) this.need(v);
    const order = [...this.analysis.order].reverse();
    for (const block of order) this.selectBlock(block);
    // Preheaders come after their loops in this order, so their constants are complete by now.
    return machine;
  }

  private prepare(): undefined {
    const count = (v: Value) => this.uses.set(v, (this.uses.get(v) ?? 0) + 1);
    for (const block of this.graph.blocks) {
      for (const v of block.phis) v.operands.forEach(count);
      for (const v of block.values) v.operands.forEach(count);
      const t = block.terminator;
      if (t.kind === "branch") count(t.condition);
      else if (t.kind === "switch") count(t.index);
      else if (t.kind === "return" && t.value) count(t.value);
      for (const v of block.values) {
        v.block = block;
        if (v.operation !== "call" && v.operation !== "callIndirect") continue;
        for (let loop = this.analysis.loopOf.get(block); loop; loop = loop.parent) this.callLoops.add(loop);
      }
      for (const v of block.values) if (v.updatedBy) this.checkUpdate(block, v);
    }
  }

  /** The increment merges with its access only if both are still there with nothing between that uses it. */
  private checkUpdate(block: Block, increment: Value): undefined {
    const access = increment.updatedBy!;
    const from = block.values.indexOf(increment);
    const to = block.values.indexOf(access);
    const right =
      increment.operation === "add" &&
      increment.operands[1].operation === "const" &&
      to > from &&
      access.operands[0] === increment &&
      access.immediate === 0 &&
      access.operands[1] !== increment &&
      !block.values.slice(from + 1, to).some((v) => v.operands.includes(increment));
    if (!right) increment.updatedBy = undefined;
  }

  private need(v: Value): undefined {
    if (v.operation !== "const") this.needed.add(v);
  }

  private registerOf(v: Value): number {
    let n = this.registers.get(v);
    if (n === undefined) {
      n = this.machine.virtual(v.kind === "vector" ? "vector" : "scalar");
      this.registers.set(v, n);
    }
    return n;
  }

  /** The register that holds the value, which is computed for it if nobody else asked before. */
  private use(v: Value): Operand {
    return register(this.useNumber(v));
  }

  private useNumber(v: Value): number {
    if (v.operation === "const") return this.constant(v.immediate);
    this.need(v);
    return this.registerOf(v);
  }

  private constant(n: number): number {
    const home = this.constantHome();
    const map = home ? this.loopConstants.get(home)! : this.stretch;
    let r = map.get(n);
    if (r === undefined) {
      r = this.machine.virtual("scalar");
      map.set(n, r);
    }
    return r;
  }

  /** The preheader outside all loops without calls, if the current block is in one. */
  private constantHome(): Block | undefined {
    let home: Block | undefined;
    for (let loop = this.analysis.loopOf.get(this.block); loop; loop = loop.parent) {
      if (this.callLoops.has(loop)) break;
      const outside = loop.header.predecessors.filter((p) => !loop.blocks.has(p));
      if (outside.length !== 1) break;
      home = outside[0];
    }
    if (home && !this.loopConstants.has(home)) this.loopConstants.set(home, new Map());
    return home;
  }

  private loadConstant(to: number, n: number): MachineInstruction[] {
    const t = register(to);
    const make = (mnemonic: string, operands: Operand[]) => this.make(mnemonic, operands);
    if (fits(n)) {
      this.machine.remade.set(to, () => make("addi", [t, number(0), number(n)]));
      return [make("addi", [t, number(0), number(n)])];
    }
    if ((n & 0xffff) === 0) {
      this.machine.remade.set(to, () => make("addis", [t, number(0), number(n >> 16)]));
      return [make("addis", [t, number(0), number(n >> 16)])];
    }
    const upper = this.machine.virtual("scalar");
    return [
      make("addis", [register(upper), number(0), number(n >> 16)]),
      make("ori", [t, register(upper), number(n & 0xffff)]),
    ];
  }

  private make(mnemonic: string, operands: Operand[]): MachineInstruction {
    return new MachineInstruction(mnemonic, operands, this.location);
  }

  /** Emits instructions given in the order of execution. */
  private emit(...list: MachineInstruction[]): undefined {
    for (let i = list.length - 1; i >= 0; i--) this.reversed.push(list[i]);
  }

  private temporary(): Operand {
    return register(this.machine.virtual("scalar"));
  }

  private flushConstants(map: Map<number, number>): undefined {
    for (const [n, to] of map) this.emit(...this.loadConstant(to, n));
    map.clear();
  }

  private selectBlock(block: Block): undefined {
    const machineBlock = this.blocks.get(block)!;
    this.block = block;
    this.reversed = [];
    this.stretch = new Map();
    this.location = undefined;
    machineBlock.exit = this.exit(block);
    machineBlock.exitLocation = this.location;
    this.phiCopies(block);
    const loopConstants = this.loopConstants.get(block);
    if (loopConstants) this.flushConstants(loopConstants);
    for (let i = block.values.length - 1; i >= 0; i--) {
      const v = block.values[i];
      if (this.emitted.has(v) || !(hasEffect(v) || this.needed.has(v))) continue;
      this.location = v.location;
      this.value(v);
    }
    this.location = this.graph.location;
    this.flushConstants(this.stretch);
    if (block === this.graph.entry) this.parameters();
    machineBlock.instructions = this.reversed.reverse();
  }

  private parameters(): undefined {
    const { places } = assignArguments(this.graph.parameters, this.graph.name, this.graph.location);
    const list: MachineInstruction[] = [];
    this.graph.parameters.forEach((v, i) => {
      if (!this.needed.has(v)) return;
      const to = this.registerOf(v);
      const { stack } = places[i];
      if (stack === undefined) list.push(this.machine.copy(to, places[i].register!, this.location));
      else list.push(this.make("lwz", [register(to), frame("incoming", stack), register(1)]));
    });
    this.emit(...list);
  }

  private phiCopies(block: Block): undefined {
    const t = block.terminator;
    if (t.kind !== "jump" || t.to.phis.length === 0) return;
    const at = t.to.predecessors.indexOf(block);
    const list: MachineInstruction[] = [];
    const constants: MachineInstruction[] = [];
    let pending: { to: number; from: number; location: SourceLocation | undefined }[] = [];
    for (const phi of t.to.phis) {
      const source = phi.operands[at];
      const to = this.registerOf(phi);
      this.location = source.location ?? phi.location;
      if (source.operation === "const") constants.push(...this.constantInto(to, source.immediate));
      else {
        const from = this.useNumber(source);
        if (from !== to) pending.push({ to, from, location: this.location });
      }
    }
    while (pending.length > 0) {
      const free = pending.find((c) => !pending.some((other) => other !== c && other.from === c.to));
      if (free) {
        list.push(this.machine.copy(free.to, free.from, free.location));
        pending = pending.filter((c) => c !== free);
        continue;
      }
      // A ring: its first member waits in a register of its own.
      const first = pending[0];
      const aside = this.machine.virtual(this.machine.isVector(first.to) ? "vector" : "scalar");
      list.push(this.machine.copy(aside, first.to, first.location));
      for (const c of pending) if (c.from === first.to) c.from = aside;
    }
    this.emit(...list, ...constants);
  }

  /** A constant loaded into a register that other code writes too, so it cannot be made again on demand. */
  private constantInto(to: number, n: number): MachineInstruction[] {
    const t = register(to);
    if (fits(n)) return [this.make("addi", [t, number(0), number(n)])];
    const upper = this.make("addis", [t, number(0), number(n >> 16)]);
    if ((n & 0xffff) === 0) return [upper];
    return [upper, this.make("ori", [t, t, number(n & 0xffff)])];
  }

  private exit(block: Block): Exit {
    const t = block.terminator;
    const to = (b: Block) => this.blocks.get(b)!;
    if ("location" in t) this.location = t.location;
    switch (t.kind) {
      case "jump":
        return { kind: "jump", to: to(t.to) };
      case "branch": {
        const condition = this.condition(t.condition);
        return { kind: "branch", ...condition, to: to(t.whenTrue), otherwise: to(t.whenFalse) };
      }
      case "count":
        return { kind: "count", to: to(t.whenTrue), otherwise: to(t.whenFalse) };
      case "switch": {
        const name = `${this.graph.name}.switch${this.tableCount++}`;
        const entry = this.temporary();
        const targets = t.cases.map((i) => to(t.targets[i]));
        this.machine.tables.push({ name, targets });
        const index = this.temporary();
        this.emit(
          this.make("rlwinm", [index, this.use(t.index), number(2), number(0), number(29)]),
          this.make("lwz", [entry, symbol(name, "low"), index]),
          this.make("mtspr", [number(9), entry]),
        );
        return { kind: "table", targets: t.targets.map(to) };
      }
      case "return": {
        if (!t.value) return { kind: "return", reads: [] };
        const place = t.value.kind === "vector" ? VECTOR_BASE + 2 : 3;
        if (t.value.operation === "const") {
          const aside = this.machine.virtual("scalar");
          this.emit(
            ...this.constantInto(aside, t.value.immediate),
            this.machine.copy(place, aside, this.location),
          );
        } else this.emit(this.machine.copy(place, this.useNumber(t.value), this.location));
        return { kind: "return", reads: [place] };
      }
      case "trap":
        this.emit(this.make("tw", [number(31), register(0), register(0)]));
        return { kind: "stop" };
      case "none":
        return { kind: "stop" };
    }
  }

  /** Sets CR0 for a condition. */
  private condition(v: Value): ConditionBits {
    if (COMPARISONS.has(v.operation))
      return this.compare(v.operation as Comparison, v.operands[0], v.operands[1]);
    return this.compare("ne", v, this.graph.constant(0));
  }

  private compare(operation: Comparison, a: Value, b: Value): ConditionBits {
    const unsigned = operation.endsWith("_u");
    const equality = operation === "eq" || operation === "ne";
    const bits = CONDITION_BITS[operation.slice(0, 2)];
    if (b.operation === "const") {
      const n = b.immediate;
      if (n === 0 && equality && this.onlyUse(a) && this.test(a)) return bits;
      if (!unsigned && fits(n)) {
        this.emit(this.make("cmpi", [number(0), this.use(a), number(n)]));
        return bits;
      }
      if ((unsigned || equality) && fitsUnsigned(n)) {
        this.emit(this.make("cmpli", [number(0), this.use(a), number(n)]));
        return bits;
      }
    }
    this.emit(this.make(unsigned ? "cmpl" : "cmp", [number(0), this.use(a), this.use(b)]));
    return bits;
  }

  private onlyUse(v: Value): boolean {
    return this.uses.get(v) === 1 && !this.needed.has(v) && v.operation !== "const";
  }

  /** Compares bits selected by a mask with zero in one instruction, without keeping them. */
  private test(v: Value): boolean {
    if (v.operation !== "and") return false;
    const [a, b] = v.operands;
    const nowhere = register(0);
    if (b.operation !== "const") {
      this.emit(this.make("and.", [nowhere, this.use(a), this.use(b)]));
      return true;
    }
    if (fitsUnsigned(b.immediate)) {
      this.emit(this.make("andi.", [nowhere, this.use(a), number(b.immediate)]));
      return true;
    }
    const range = maskRange(b.immediate);
    if (!range) return false;
    this.emit(this.make("rlwinm.", [nowhere, this.use(a), number(0), number(range[0]), number(range[1])]));
    return true;
  }

  private value(v: Value): undefined {
    const [a, b] = v.operands;
    switch (v.operation) {
      case "load":
      case "store":
        return this.access(v);
      case "call":
      case "callIndirect":
        return this.call(v);
      case "tripCount":
        return this.emit(this.make("mtspr", [number(9), this.use(a)]));
      case "intrinsic":
        return this.intrinsic(v);
      case "zero": {
        const t = this.constant(0);
        return this.emit(this.make("fxvsplatb", [register(this.registerOf(v)), register(t)]));
      }
      case "parameter":
      case "phi":
      case "const":
        return;
      case "symbol": {
        const d = register(this.registerOf(v));
        return this.emit(this.make("addi", [d, number(0), symbol(v.target, "low")]));
      }
      default:
        return this.arithmetic(v, register(this.registerOf(v)), a, b);
    }
  }

  private arithmetic(v: Value, d: Operand, a: Value, b: Value): undefined {
    const n = b?.operation === "const" ? b.immediate : undefined;
    const two = (mnemonic: string, x = a, y = b) =>
      this.emit(this.make(mnemonic, [d, this.use(x), this.use(y)]));
    const one = (mnemonic: string) => this.emit(this.make(mnemonic, [d, this.use(a)]));
    const immediate = (mnemonic: string, x: Operand, value: number, to = d) =>
      this.make(mnemonic, [to, x, number(value)]);
    switch (v.operation) {
      case "add": {
        if (n === undefined) return two("add");
        if (fits(n)) return this.emit(immediate("addi", this.use(a), n));
        if ((n & 0xffff) === 0) return this.emit(immediate("addis", this.use(a), n >> 16));
        if (this.analysis.loopOf.has(this.block)) return two("add");
        const t = this.temporary();
        const low = (n << 16) >> 16;
        return this.emit(
          immediate("addis", this.use(a), ((n - low) | 0) >> 16, t),
          immediate("addi", t, low),
        );
      }
      case "sub":
        if (a.operation === "const") {
          const from = a.immediate;
          if (from === 0) return this.emit(this.make("neg", [d, this.use(b)]));
          if (from === -1) return two("nor", b, b);
          if (fits(from) && !this.analysis.loopOf.has(this.block)) {
            const t = this.temporary();
            return this.emit(this.make("neg", [t, this.use(b)]), immediate("addi", t, from));
          }
        }
        return two("subf", b, a);
      case "mul":
        return n !== undefined && fits(n) ? this.emit(immediate("mulli", this.use(a), n)) : two("mullw");
      case "mulhi_s":
        return two("mulhw");
      case "mulhi_u":
        return two("mulhwu");
      case "div_s":
        return two("divw");
      case "div_u":
        return two("divwu");
      case "and":
        return this.and(d, a, b);
      case "or":
        return this.or(d, a, b);
      case "xor": {
        if (n === undefined) return two("xor");
        if (n === -1) return two("nor", a, a);
        if (!this.logicalImmediate("xori", d, a, n)) two("xor");
        return;
      }
      case "shl":
        if (n === undefined) return two("slw");
        return this.rotate(d, a, n, -1 << n);
      case "shr_u":
        if (n === undefined) return two("srw");
        return this.rotate(d, a, 32 - n, (-1 >>> n) | 0);
      case "shr_s":
        return n === undefined ? two("sraw") : this.emit(immediate("srawi", this.use(a), n));
      case "rotl":
        if (n !== undefined) return this.rotate(d, a, n, -1);
        return this.emit(this.make("rlwnm", [d, this.use(a), this.use(b), number(0), number(31)]));
      case "clz":
        return one("cntlzw");
      case "extend8":
        return one("extsb");
      case "extend16":
        return one("extsh");
      case "popcnt": {
        const [bytes, sum] = [this.temporary(), this.temporary()];
        return this.emit(
          this.make("popcntb", [bytes, this.use(a)]),
          this.make("mullw", [sum, bytes, register(this.constant(0x01010101))]),
          this.make("rlwinm", [d, sum, number(8), number(24), number(31)]),
        );
      }
      default:
        return this.truth(v.operation as Comparison, d, a, b);
    }
  }

  /** xori/xoris or ori/oris for constants of one half; false when both halves are set. */
  private logicalImmediate(mnemonic: "xori" | "ori", d: Operand, a: Value, n: number): boolean {
    const low = n & 0xffff;
    const high = n >>> 16;
    if (high !== 0 && low !== 0 && this.analysis.loopOf.has(this.block)) return false;
    if (high === 0) this.emit(this.make(mnemonic, [d, this.use(a), number(low)]));
    else if (low === 0) this.emit(this.make(`${mnemonic}s`, [d, this.use(a), number(high)]));
    else {
      const t = this.temporary();
      this.emit(
        this.make(`${mnemonic}s`, [t, this.use(a), number(high)]),
        this.make(mnemonic, [d, t, number(low)]),
      );
    }
    return true;
  }

  /** (a rotated left by `count`) & mask, taking shifts and masks of a single use along. */
  private rotate(d: Operand, a: Value, count: number, mask: number): undefined {
    let source = a;
    let turn = count & 31;
    let bits = mask;
    for (let depth = 0; depth < 4 && this.foldable(source); depth++) {
      const [inner, by] = source.operands;
      const k = by?.operation === "const" ? by.immediate : undefined;
      if (k === undefined) break;
      let innerMask: number;
      let innerTurn = 0;
      if (source.operation === "and") innerMask = k;
      else if (source.operation === "shl") [innerMask, innerTurn] = [-1 << k, k];
      else if (source.operation === "shr_u") [innerMask, innerTurn] = [(-1 >>> k) | 0, 32 - k];
      else if (source.operation === "rotl") [innerMask, innerTurn] = [-1, k];
      else break;
      const turned = turn === 0 ? innerMask : (innerMask << turn) | (innerMask >>> (32 - turn));
      const both = bits & turned;
      if (both !== 0 && !maskRange(both)) break;
      if (both === 0) break;
      bits = both;
      turn = (turn + innerTurn) & 31;
      source = inner;
    }
    const range = maskRange(bits)!;
    this.emit(this.make("rlwinm", [d, this.use(source), number(turn), number(range[0]), number(range[1])]));
  }

  private foldable(v: Value): boolean {
    return this.onlyUse(v);
  }

  private and(d: Operand, a: Value, b: Value): undefined {
    if (b.operation === "const") {
      const n = b.immediate;
      if (maskRange(n)) return this.rotate(d, a, 0, n);
      if (fitsUnsigned(n)) return this.emit(this.make("andi.", [d, this.use(a), number(n)]));
      if ((n & 0xffff) === 0) return this.emit(this.make("andis.", [d, this.use(a), number(n >>> 16)]));
    }
    for (const [x, y] of [
      [a, b],
      [b, a],
    ]) {
      if (y.operation === "xor" && y.operands[1].operation === "const" && y.operands[1].immediate === -1) {
        if (this.onlyUse(y)) return this.emit(this.make("andc", [d, this.use(x), this.use(y.operands[0])]));
      }
    }
    this.emit(this.make("and", [d, this.use(a), this.use(b)]));
  }

  private or(d: Operand, a: Value, b: Value): undefined {
    if (b.operation === "const" && this.logicalImmediate("ori", d, a, b.immediate)) return;
    // A shifted value beside bits that it leaves free is inserted.
    for (const [x, y] of [
      [a, b],
      [b, a],
    ]) {
      if (!this.onlyUse(y) || y.operands[1]?.operation !== "const" || x.operation === "const") continue;
      const k = y.operands[1].immediate;
      const mask = y.operation === "shl" ? -1 << k : y.operation === "shr_u" ? (-1 >>> k) | 0 : 0;
      if (mask === 0 || (possibleBits(x) & mask) !== 0) continue;
      const range = maskRange(mask)!;
      const turn = y.operation === "shl" ? k : 32 - k;
      const into = d.kind === "register" ? d.register : 0;
      const from = this.useNumber(x);
      this.emit(
        this.machine.copy(into, from, this.location),
        this.make("rlwimi", [d, this.use(y.operands[0]), number(turn), number(range[0]), number(range[1])]),
      );
      return;
    }
    this.emit(this.make("or", [d, this.use(a), this.use(b)]));
  }

  /** A comparison as the number 0 or 1, without touching XER. */
  private truth(operation: Comparison, d: Operand, a: Value, b: Value): undefined {
    const zero = b.operation === "const" && b.immediate === 0;
    const top = (from: Operand) => this.make("rlwinm", [d, from, number(1), number(31), number(31)]);
    const t = this.temporary();
    if (zero && operation === "lt_s") return this.emit(top(this.use(a)));
    if (zero && operation === "ge_s") {
      const x = this.use(a);
      return this.emit(this.make("nor", [t, x, x]), top(t));
    }
    if (zero && operation === "gt_s") {
      const x = this.use(a);
      const u = this.temporary();
      return this.emit(this.make("neg", [t, x]), this.make("andc", [u, t, x]), top(u));
    }
    if (operation === "eq" || operation === "ne") {
      if (zero && operation === "ne" && (possibleBits(a) & ~1) === 0) {
        return this.emit(
          this.machine.copy(d.kind === "register" ? d.register : 0, this.useNumber(a), this.location),
        );
      }
      if (zero && operation === "eq" && (possibleBits(a) & ~1) === 0) {
        return this.emit(this.make("xori", [d, this.use(a), number(1)]));
      }
      const list: MachineInstruction[] = [];
      let difference = zero ? this.use(a) : t;
      if (!zero) {
        const n = b.operation === "const" ? b.immediate : undefined;
        if (n !== undefined && fits(-n)) list.push(this.make("addi", [t, this.use(a), number(-n)]));
        else if (n !== undefined && fitsUnsigned(n))
          list.push(this.make("xori", [t, this.use(a), number(n)]));
        else list.push(this.make("subf", [t, this.use(b), this.use(a)]));
      } else difference = this.use(a);
      const zeros = this.temporary();
      list.push(this.make("cntlzw", [zeros, difference]));
      const equal = operation === "eq" ? d : this.temporary();
      list.push(this.make("rlwinm", [equal, zeros, number(27), number(5), number(31)]));
      if (operation === "ne") list.push(this.make("xori", [d, equal, number(1)]));
      return this.emit(...list);
    }
    // Emitted backwards: the comparison comes first when executed.
    const { bit, sense } = CONDITION_BITS[operation.slice(0, 2)];
    const list = [this.make("mfcr", [t])];
    const raw = sense ? d : this.temporary();
    list.push(this.make("rlwinm", [raw, t, number(bit + 1), number(31), number(31)]));
    if (!sense) list.push(this.make("xori", [d, raw, number(1)]));
    this.emit(...list);
    this.compare(operation, a, b);
  }

  /** Splits an address into (RA|0) + displacement or RA + RB; emits what is needed in front when told to. */
  private address(
    v: Value,
    offset: number,
    lowest: number,
  ): { base: Operand; displacement: Operand } | [Operand, Operand] {
    let base = v;
    let at = offset;
    if (base.operation === "const") {
      at = (at + base.immediate) | 0;
      if (fits(at) && at >= lowest) return { base: number(0), displacement: number(at) };
      const low = (at << 16) >> 16;
      if (low >= lowest) {
        return { base: register(this.constant((at - low) | 0)), displacement: number(low) };
      }
      return { base: register(this.constant(at)), displacement: number(0) };
    }
    if (base.operation === "symbol") return { base: this.use(base), displacement: number(at) };
    while (base.operation === "add" && base.operands[1].operation === "const" && !base.updatedBy) {
      const sum = (at + base.operands[1].immediate) | 0;
      if (!fits(sum) || sum < lowest) break;
      at = sum;
      base = base.operands[0];
    }
    if (!fits(at) || at < lowest) return [this.use(base), register(this.constant(at))];
    if (
      at === 0 &&
      base.operation === "add" &&
      base.operands[1].operation !== "const" &&
      !this.needed.has(base) &&
      this.analysis.loopOf.get(base.block) === this.analysis.loopOf.get(this.block)
    ) {
      return [this.use(base.operands[0]), this.use(base.operands[1])];
    }
    return { base: this.use(base), displacement: number(at) };
  }

  private access(v: Value): undefined {
    const load = v.operation === "load";
    const mnemonic = load ? LOADS[`${v.bytes}${v.signed ? "s" : ""}`] : STORES[v.bytes];
    // A load whose result nobody uses still happens when it is volatile.
    const data = load ? register(this.registerOf(v)) : this.use(v.operands[1]);
    const increment = v.operands[0];
    if (increment.updatedBy === v) {
      this.emitted.add(increment);
      const pointer = register(this.registerOf(increment));
      this.emit(
        this.machine.copy(this.registerOf(increment), this.useNumber(increment.operands[0]), this.location),
        this.make(`${mnemonic}u`, [data, number(increment.operands[1].immediate), pointer]),
      );
      return;
    }
    const address = this.address(v.operands[0], v.immediate, v.signed ? 0 : -0x8000);
    if (Array.isArray(address)) this.emit(this.make(`${mnemonic}x`, [data, ...address]));
    else this.emit(this.make(mnemonic, [data, address.displacement, address.base]));
  }

  private call(v: Value): undefined {
    const { machine } = this;
    const indirect = v.operation === "callIndirect";
    const values = indirect ? v.operands.slice(1) : v.operands;
    const { places, words } = assignArguments(values, v.target || "a function pointer", v.location);
    // What lies behind the call must not keep constants alive across it.
    this.flushConstants(this.stretch);
    this.location = v.location;
    const after: MachineInstruction[] = [];
    if (v.kind !== "none" && this.needed.has(v)) {
      after.push(machine.copy(this.registerOf(v), v.kind === "vector" ? VECTOR_BASE + 2 : 3, this.location));
    }
    this.emit(...after);
    const reads = places.flatMap((place) => place.register ?? []);
    machine.hasCalls = true;
    machine.outgoingWords = Math.max(machine.outgoingWords, words);
    const transfer: MachineInstruction[] = [];
    if (indirect) {
      transfer.push(this.make("mtspr", [number(9), this.use(v.operands[0])]));
      transfer.push(this.make("bcctrl", [number(20), number(0)]));
    } else if (this.around.near(v.target)) transfer.push(this.make("bl", [symbol(v.target, "relative")]));
    else {
      transfer.push(
        this.make("addis", [register(12), number(0), symbol(v.target, "high")]),
        this.make("ori", [register(12), register(12), symbol(v.target, "low")]),
        this.make("mtspr", [number(9), register(12)]),
        this.make("bcctrl", [number(20), number(0)]),
      );
    }
    const jump = transfer[transfer.length - 1];
    jump.extraReads = reads;
    jump.extraWrites = [...VOLATILE, ...this.around.vectorsWritten(indirect ? undefined : v.target)];
    this.emit(...transfer);
    const moves: MachineInstruction[] = [];
    values.forEach((value, i) => {
      const { stack, register: to } = places[i];
      if (stack !== undefined) {
        moves.unshift(this.make("stw", [this.use(value), frame("outgoing", stack), register(1)]));
      } else if (value.operation === "const") moves.push(...this.constantInto(to!, value.immediate));
      else moves.push(machine.copy(to!, this.useNumber(value), this.location));
    });
    this.emit(...moves);
  }

  private intrinsic(v: Value): undefined {
    const use = v.intrinsic!;
    if (!use.row) return this.scalarIntrinsic(v);
    const at = addressOperand(v);
    const operands: Operand[] = [];
    const before: MachineInstruction[] = [];
    const target = use.result === "vector" ? this.registerOf(v) : undefined;
    let next = 0;
    for (const operand of use.row.operands) {
      if (operand.field === "VRT" && target !== undefined) {
        operands.push(register(target));
        if (use.predicated)
          before.push(this.machine.copy(target, this.useNumber(v.operands[next++]), this.location));
      } else if (operand.kind === "condition") {
        if (use.arguments.includes(operand)) operands.push(number(this.constantOperand(v, next++, 0, 3)));
      } else if (operand.kind === "immediate") {
        operands.push(number(this.constantOperand(v, next++, -16, 15)));
      } else if (next === at) {
        operands.push(...this.vectorAddress(v.operands[next++]));
      } else if (at !== undefined && operand.field === "RB") {
        // Second half of the address, pushed with the first.
      } else operands.push(this.use(v.operands[next++]));
    }
    const instruction = this.make(use.row.mnemonic, operands);
    instruction.tied = use.predicated && target !== undefined;
    this.emit(...before, instruction);
  }

  /** (RA|0) and RB of a vector access. */
  private vectorAddress(v: Value): [Operand, Operand] {
    if (v.operation === "add" && !this.needed.has(v)) {
      const [a, b] = v.operands;
      const outer = this.analysis.loopOf.get(v.block) !== this.analysis.loopOf.get(this.block);
      if (!outer) return [this.use(a), this.use(b)];
    }
    return [number(0), this.use(v)];
  }

  private constantOperand(v: Value, index: number, low: number, high: number): number {
    const operand = v.operands[index];
    const what = `argument ${index + 1} of ${v.intrinsic!.name}`;
    if (operand.operation !== "const") {
      throw new CodegenError(
        `${what} must be a constant; pass a literal or a const, and mark functions that hand it on @inline`,
        v.location,
      );
    }
    if (operand.immediate < low || operand.immediate > high) {
      throw new CodegenError(`${what} is ${operand.immediate}; allowed are ${low} to ${high}`, v.location);
    }
    return operand.immediate;
  }

  private scalarIntrinsic(v: Value): undefined {
    const { name } = v.intrinsic!;
    const d = () => register(this.registerOf(v));
    switch (name) {
      case "mfspr":
        return this.emit(this.make("mfspr", [d(), number(this.constantOperand(v, 0, 0, 1023))]));
      case "mtspr":
        return this.emit(
          this.make("mtspr", [number(this.constantOperand(v, 0, 0, 1023)), this.use(v.operands[1])]),
        );
      case "mfmsr":
        return this.emit(this.make("mfmsr", [d()]));
      case "mtmsr":
        return this.emit(this.make("mtmsr", [this.use(v.operands[0])]));
      case "trap":
        return this.emit(this.make("tw", [number(31), register(0), register(0)]));
      default:
        return this.emit(this.make(name, [number(0)]));
    }
  }
}

interface Place {
  register?: number;
  /** Word in the argument area of the caller's frame. */
  stack?: number;
}

/** Where arguments travel, by position: r3..r10 and then the stack, V2..V14. */
function assignArguments(
  values: readonly Value[],
  name: string,
  location: SourceLocation | undefined,
): { places: Place[]; words: number } {
  let scalars = 0;
  let vectors = 0;
  const places = values.map((v): Place => {
    if (v.kind === "vector") {
      if (vectors === VECTOR_ARGUMENTS.length) {
        throw new CodegenError(
          `${name} takes more than ${VECTOR_ARGUMENTS.length} vector arguments; pass the address of an array`,
          location,
        );
      }
      return { register: VECTOR_ARGUMENTS[vectors++] };
    }
    const at = scalars++;
    return at < SCALAR_ARGUMENTS.length
      ? { register: SCALAR_ARGUMENTS[at] }
      : { stack: at - SCALAR_ARGUMENTS.length };
  });
  return { places, words: Math.max(0, scalars - SCALAR_ARGUMENTS.length) };
}

/** Machine code with virtual registers for a graph, which it changes (edges are split, preheaders made). */
export function selectInstructions(graph: Graph, around: Surroundings): MachineFunction {
  return new Selector(graph, around).run();
}
