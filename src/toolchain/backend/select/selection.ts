/** State of instruction selection for one function, and the ways to emit an instruction and to name a register. */

import type { SourceLocation } from "../../image.ts";
import { type Analysis, analyse, type Loop } from "../graph/analysis.ts";
import type { Block, Graph, Value } from "../graph/ir.ts";
import {
  type MachineBlock,
  MachineFunction,
  MachineInstruction,
  number,
  type Operand,
  register,
} from "../machine.ts";
import { removeDead } from "../optimize/dead.ts";
import { preheader, splitCriticalEdges } from "../optimize/edges.ts";

/** What the selector must know of other functions. */
export interface Surroundings {
  /** Is the function reached by a relative branch from here? */
  near(target: string): boolean;
  /** Vector registers (numbers from 32) that a call may destroy; of an indirect call without a target. */
  vectorsWritten(target: string | undefined): readonly number[];
}

export const fits = (n: number) => n >= -0x8000 && n <= 0x7fff;

export const fitsUnsigned = (n: number) => n >= 0 && n <= 0xffff;

/** Constants that may wait for their first use in registers at once: in front of a loop, in a stretch of code. */
const MOST_CONSTANTS = { loop: 24, stretch: 12 };

/** What all parts of the selector share: the registers of values, and the instructions of the current block. */
export class Selection {
  readonly graph: Graph;
  readonly around: Surroundings;
  readonly analysis: Analysis;
  readonly machine: MachineFunction;
  readonly blocks = new Map<Block, MachineBlock>();
  readonly registers = new Map<Value, number>();
  readonly needed = new Set<Value>();
  readonly emitted = new Set<Value>();
  readonly uses = new Map<Value, number>();
  readonly callLoops = new Set<Loop>();
  /** Constants kept in registers: those of loops by their preheader, those of the current stretch of code. */
  readonly loopConstants = new Map<Block, Map<number, number>>();
  stretch = new Map<number, number>();
  /** The current block, last instruction first. */
  reversed: MachineInstruction[] = [];
  block: Block;
  location: SourceLocation | undefined;
  tableCount = 0;

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

  need(v: Value): undefined {
    if (v.operation !== "const") this.needed.add(v);
  }

  registerOf(v: Value): number {
    let n = this.registers.get(v);
    if (n === undefined) {
      n = this.machine.virtual(v.kind === "vector" ? "vector" : "scalar");
      this.registers.set(v, n);
    }
    return n;
  }

  /** The register that holds the value, which is computed for it if nobody else asked before. */
  use(v: Value): Operand {
    return register(this.useNumber(v));
  }

  useNumber(v: Value): number {
    if (v.operation === "const") return this.constant(v.immediate);
    this.need(v);
    return this.registerOf(v);
  }

  constant(n: number): number {
    const home = this.constantHome();
    const outside = home && this.loopConstants.get(home)!;
    const map = outside && (outside.has(n) || outside.size < MOST_CONSTANTS.loop) ? outside : this.stretch;
    const r = map.get(n) ?? this.machine.virtual("scalar");
    // Maps keep the order of entry, so the constant used last moves to the end.
    map.delete(n);
    map.set(n, r);
    return r;
  }

  /** The preheader outside all loops without calls, if the current block is in one. */
  constantHome(): Block | undefined {
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

  loadConstant(to: number, n: number): MachineInstruction[] {
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

  make(mnemonic: string, operands: Operand[]): MachineInstruction {
    return new MachineInstruction(mnemonic, operands, this.location);
  }

  /** Emits instructions given in the order of execution. */
  emit(...list: MachineInstruction[]): undefined {
    for (let i = list.length - 1; i >= 0; i--) this.reversed.push(list[i]);
  }

  temporary(): Operand {
    return register(this.machine.virtual("scalar"));
  }

  flushConstants(map: Map<number, number>): undefined {
    for (const [n, to] of map) this.emit(...this.loadConstant(to, n));
    map.clear();
  }

  /** Loads those constants of the stretch here that have been used farthest away. */
  limitConstants(): undefined {
    for (const [n, to] of this.stretch) {
      if (this.stretch.size <= MOST_CONSTANTS.stretch) return;
      this.emit(...this.loadConstant(to, n));
      this.stretch.delete(n);
    }
  }

  /** A constant loaded into a register that other code writes too, so it cannot be made again on demand. */
  constantInto(to: number, n: number): MachineInstruction[] {
    const t = register(to);
    if (fits(n)) return [this.make("addi", [t, number(0), number(n)])];
    const upper = this.make("addis", [t, number(0), number(n >> 16)]);
    if ((n & 0xffff) === 0) return [upper];
    return [upper, this.make("ori", [t, t, number(n & 0xffff)])];
  }

  onlyUse(v: Value): boolean {
    return this.uses.get(v) === 1 && !this.needed.has(v) && v.operation !== "const";
  }
}
