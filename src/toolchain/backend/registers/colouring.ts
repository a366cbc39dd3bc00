/**
 * Register allocation by graph colouring with conservative coalescing (George and Appel, "Iterated register
 * coalescing", TOPLAS 18(3), 1996). Scalars and vectors share the graph but never interfere.
 */
import { CodegenError } from "../errors.ts";
import { DebugPoint, type MachineFunction, VIRTUAL_BASE } from "../machine.ts";
import { liveness } from "./liveness.ts";
import { isCalleeSaved, SCALAR_COLOURS, VECTOR_COLOURS } from "./registers.ts";

interface Move {
  readonly to: number;
  readonly from: number;
  state: "worklist" | "active" | "done";
}

const LOOP_WEIGHT = 8;
/** A function with more than this is refused before it fills the host's memory. */
const MAXIMUM_EDGES = 8_000_000;

/** One attempt to give every register a colour. */
export class Colouring {
  private readonly f: MachineFunction;
  private readonly size: number;
  private readonly unspillable: ReadonlySet<number>;
  /** Of virtual registers; fixed ones have too many and need none. */
  private readonly neighbours: Set<number>[];
  private edges = 0;
  private readonly degree: number[];
  private readonly moves: Move[][];
  private readonly cost: number[];
  private readonly alias: number[];
  private readonly colour: number[];
  private readonly present: boolean[];
  /** Where a node is: initial lists, on the stack, or merged into another node. */
  private readonly place: ("simplify" | "freeze" | "spill" | "stack" | "merged" | "fixed")[];
  private readonly simplifyList = new Set<number>();
  private readonly freezeList = new Set<number>();
  private readonly spillList = new Set<number>();
  private readonly stack: number[] = [];
  private worklist: Move[] = [];

  constructor(f: MachineFunction, unspillable: ReadonlySet<number>) {
    this.f = f;
    this.unspillable = unspillable;
    this.size = VIRTUAL_BASE + f.classes.length;
    this.neighbours = Array.from({ length: this.size }, () => new Set());
    this.moves = Array.from({ length: this.size }, () => []);
    this.degree = new Array(this.size).fill(0);
    this.cost = new Array(this.size).fill(0);
    this.alias = Array.from({ length: this.size }, (_, i) => i);
    this.colour = Array.from({ length: this.size }, (_, i) => (i < VIRTUAL_BASE ? i : -1));
    this.present = new Array(this.size).fill(false);
    this.place = new Array(this.size).fill("fixed");
  }

  private colours(n: number): readonly number[] {
    return this.f.isVector(n) ? VECTOR_COLOURS : SCALAR_COLOURS;
  }

  private edge(a: number, b: number): void {
    if (a === b || (a < VIRTUAL_BASE && b < VIRTUAL_BASE)) return;
    if (this.f.isVector(a) !== this.f.isVector(b)) return;
    if (this.interfere(a, b)) return;
    if (++this.edges > MAXIMUM_EDGES) {
      const message = `too many values are alive at once in function ${this.f.name}; split the function`;
      throw new CodegenError(message, this.f.location);
    }
    if (a >= VIRTUAL_BASE) {
      this.neighbours[a].add(b);
      this.degree[a]++;
    }
    if (b >= VIRTUAL_BASE) {
      this.neighbours[b].add(a);
      this.degree[b]++;
    }
  }

  private interfere(a: number, b: number): boolean {
    return a >= VIRTUAL_BASE ? this.neighbours[a].has(b) : this.neighbours[b].has(a);
  }

  private build(): void {
    const { outOf } = liveness(this.f);
    for (const block of this.f.blocks) {
      const weight = LOOP_WEIGHT ** Math.min(block.depth, 6);
      const live = outOf.get(block)!.copy();
      if (block.exit.kind === "return") for (const n of block.exit.reads) live.add(n);
      for (let i = block.instructions.length - 1; i >= 0; i--) {
        const instruction = block.instructions[i];
        const move = instruction.move();
        const reads = instruction.reads();
        const writes = instruction.writes();
        if (move) {
          live.delete(move.from);
          if (this.f.isVector(move.to) === this.f.isVector(move.from)) {
            const m: Move = { ...move, state: "worklist" };
            if (move.to !== move.from) {
              this.moves[move.to].push(m);
              this.moves[move.from].push(m);
              this.worklist.push(m);
            }
          }
        }
        for (const n of writes) live.add(n);
        for (const n of writes) {
          this.present[n] = true;
          this.cost[n] += weight;
          live.forEach((other) => {
            this.edge(n, other);
          });
        }
        for (const n of writes) live.delete(n);
        for (const n of reads) {
          this.present[n] = true;
          if (!(instruction instanceof DebugPoint)) this.cost[n] += weight;
          live.add(n);
        }
      }
    }
    // Earlier moves in deep loops matter most.
    this.worklist.reverse();
  }

  private active(m: Move): boolean {
    return m.state !== "done";
  }

  private movesOf(n: number): Move[] {
    return this.moves[n].filter((m) => this.active(m));
  }

  private current(n: number): number[] {
    return [...this.neighbours[n]].filter((m) => this.place[m] !== "stack" && this.place[m] !== "merged");
  }

  private limit(n: number): number {
    return this.colours(n).length;
  }

  private put(n: number, list: "simplify" | "freeze" | "spill"): void {
    this.simplifyList.delete(n);
    this.freezeList.delete(n);
    this.spillList.delete(n);
    this.place[n] = list;
    (list === "simplify" ? this.simplifyList : list === "freeze" ? this.freezeList : this.spillList).add(n);
  }

  private take(n: number, place: "stack" | "merged"): void {
    this.simplifyList.delete(n);
    this.freezeList.delete(n);
    this.spillList.delete(n);
    this.place[n] = place;
  }

  private sort(n: number): void {
    if (this.degree[n] >= this.limit(n)) this.put(n, "spill");
    else this.put(n, this.movesOf(n).length > 0 ? "freeze" : "simplify");
  }

  private lowerDegree(n: number): void {
    if (n < VIRTUAL_BASE) return;
    if (this.degree[n]-- === this.limit(n)) {
      for (const m of [n, ...this.current(n)]) {
        for (const move of this.movesOf(m)) {
          if (move.state === "active") {
            move.state = "worklist";
            this.worklist.push(move);
          }
        }
      }
      this.put(n, this.movesOf(n).length > 0 ? "freeze" : "simplify");
    }
  }

  private find(n: number): number {
    let x = n;
    while (this.place[x] === "merged") x = this.alias[x];
    return x;
  }

  private release(n: number): undefined {
    if (
      n >= VIRTUAL_BASE &&
      this.place[n] === "freeze" &&
      this.movesOf(n).length === 0 &&
      this.degree[n] < this.limit(n)
    ) {
      this.put(n, "simplify");
    }
  }

  private coalesce(move: Move): undefined {
    let u = this.find(move.to);
    let v = this.find(move.from);
    if (v < VIRTUAL_BASE) [u, v] = [v, u];
    move.state = "done";
    if (u === v) return this.release(u);
    // Registers that the allocator does not hand out take part in no merging.
    const usable = u >= VIRTUAL_BASE || this.colours(u).includes(u);
    if (v < VIRTUAL_BASE || this.interfere(u, v) || !usable) {
      this.release(u);
      return this.release(v);
    }
    const mergeable =
      u < VIRTUAL_BASE
        ? this.current(v).every(
            (t) => t < VIRTUAL_BASE || this.degree[t] < this.limit(t) || this.interfere(t, u),
          )
        : this.conservative(u, v);
    if (!mergeable) {
      move.state = "active";
      return;
    }
    this.take(v, "merged");
    this.alias[v] = u;
    this.moves[u].push(...this.moves[v]);
    this.cost[u] += this.cost[v];
    for (const t of this.current(v)) {
      const before = this.interfere(t, u);
      this.edge(t, u);
      if (before) this.lowerDegree(t);
      else if (t >= VIRTUAL_BASE) {
        // The neighbour exchanged v for u: its degree grew by the new edge and falls by the old one.
        this.degree[t]--;
      }
    }
    if (u >= VIRTUAL_BASE) {
      if (this.degree[u] >= this.limit(u)) this.put(u, "spill");
      else this.release(u);
    }
  }

  private conservative(u: number, v: number): boolean {
    const both = new Set([...this.current(u), ...this.current(v)]);
    let significant = 0;
    for (const n of both) {
      if (n < VIRTUAL_BASE) {
        significant++;
        continue;
      }
      // A common neighbour loses one edge by the merge.
      const common = this.interfere(n, u) && this.interfere(n, v) ? 1 : 0;
      if (this.degree[n] - common >= this.limit(n)) significant++;
    }
    return significant < this.limit(u);
  }

  private simplify(n: number): void {
    this.take(n, "stack");
    this.stack.push(n);
    for (const m of this.current(n)) this.lowerDegree(m);
  }

  private freezeMoves(n: number): void {
    for (const move of this.movesOf(n)) {
      move.state = "done";
      const x = this.find(move.to);
      const y = this.find(move.from);
      this.release(x === this.find(n) ? y : x);
    }
  }

  /** Gives colours; returns the registers that found none. */
  run(): { colour: number[]; spilled: number[] } {
    this.build();
    for (let n = VIRTUAL_BASE; n < this.size; n++) if (this.present[n]) this.sort(n);
    for (;;) {
      const next = first(this.simplifyList);
      if (next !== undefined) this.simplify(next);
      else if (this.worklist.length > 0) {
        const move = this.worklist.pop()!;
        if (move.state === "worklist") this.coalesce(move);
      } else if (this.freezeList.size > 0) {
        const n = first(this.freezeList)!;
        this.put(n, "simplify");
        this.freezeMoves(n);
      } else if (this.spillList.size > 0) {
        const n = this.cheapest();
        this.put(n, "simplify");
        this.freezeMoves(n);
      } else break;
    }
    return this.assign();
  }

  private cheapest(): number {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const n of this.spillList) {
      const factor = this.unspillable.has(n) ? 1e12 : this.f.remade.has(n) ? 0.3 : 1;
      const price = (this.cost[n] * factor) / Math.max(1, this.degree[n]);
      if (price < least || best < 0) {
        least = price;
        best = n;
      }
    }
    return best;
  }

  private assign(): { colour: number[]; spilled: number[] } {
    const spilled: number[] = [];
    const usedSaved = new Set<number>();
    while (this.stack.length > 0) {
      const n = this.stack.pop()!;
      const taken = new Set<number>();
      for (const m of this.neighbours[n]) {
        const c = this.colour[this.find(m)];
        if (c >= 0) taken.add(c);
      }
      const free = this.colours(n).filter((c) => !taken.has(c));
      const choice = free.find((c) => !isCalleeSaved(c) || usedSaved.has(c)) ?? free[0];
      if (choice === undefined) spilled.push(n);
      else {
        this.colour[n] = choice;
        if (isCalleeSaved(choice)) usedSaved.add(choice);
      }
      this.place[n] = "fixed";
    }
    for (let n = VIRTUAL_BASE; n < this.size; n++) {
      if (this.place[n] === "merged") this.colour[n] = this.colour[this.find(n)];
    }
    return { colour: this.colour, spilled };
  }
}

function first<T>(set: Set<T>): T | undefined {
  for (const element of set) return element;
  return undefined;
}
