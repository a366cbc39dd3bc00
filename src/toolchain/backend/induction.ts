/** Loops whose number of iterations is known run on CTR; addresses that grow by a constant become pointers. */
import { type Analysis, analyse, dominates, type Loop } from "./analysis.ts";
import {
  type Block,
  COMPARISONS,
  type Comparison,
  type Graph,
  INVERSE,
  MIRROR,
  type Operation,
  type Value,
} from "./ir.ts";
import { preheader, terminatorOperands } from "./optimize.ts";

interface Induction {
  readonly phi: Value;
  readonly initial: Value;
  readonly next: Value;
  readonly step: number;
}

/** phi(initial, phi + step) in the header of a loop with one latch. */
function inductions(loop: Loop): Induction[] {
  const { header } = loop;
  if (loop.latches.length !== 1 || header.predecessors.length !== 2) return [];
  const back = header.predecessors.indexOf(loop.latches[0]);
  return header.phis.flatMap((phi) => {
    const next = phi.operands[back];
    const initial = phi.operands[1 - back];
    return next.operation === "add" && next.operands[0] === phi && next.operands[1].operation === "const"
      ? [{ phi, initial, next, step: next.operands[1].immediate }]
      : [];
  });
}

class Reducer {
  private readonly graph: Graph;
  private readonly analysis: Analysis;
  private readonly counted = new Set<Loop>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.analysis = analyse(graph);
  }

  run(): void {
    // Preheaders first, so that the analysis stays right while loops change.
    for (const loop of this.analysis.loops) this.count(loop);
    for (const loop of this.analysis.loops) this.reduceAddresses(loop);
  }

  private emit(block: Block, operation: Operation, operands: Value[], location?: Value["location"]): Value {
    const v = this.graph.value(operation, "i32", operands, block);
    v.location = location ?? block.values.at(-1)?.location;
    block.values.push(v);
    return v;
  }

  /** Is the comparison known to be true where the loop is entered? */
  private implied(loop: Loop, operation: Comparison, a: Value, b: Value): boolean {
    const facts: [Comparison, Value, Value][] = [
      [operation, a, b],
      [MIRROR[operation], b, a],
    ];
    const zero = (v: Value) => v.operation === "const" && v.immediate === 0;
    if (operation === "lt_u" && zero(a)) facts.push(["ne", b, a]);
    if (operation === "gt_u" && zero(b)) facts.push(["ne", a, b]);
    let block: Block | undefined = loop.header;
    while (block) {
      const up: Block | undefined = this.analysis.immediateDominator.get(block);
      if (!up || up === block) return false;
      const t = up.terminator;
      const entered: Block[] = block.predecessors.filter((p) => !loop.blocks.has(p) || block !== loop.header);
      if (t.kind === "branch" && COMPARISONS.has(t.condition.operation) && entered.length === 1) {
        const known = t.condition.operation as Comparison;
        // The way from `up` to `block` may pass blocks with one way in only.
        let way: Block = entered[0] === up ? block : entered[0];
        while (way !== block && way.predecessors.length === 1 && way.predecessors[0] !== up) {
          way = way.predecessors[0];
        }
        const holds = t.whenTrue === way ? known : t.whenFalse === way ? INVERSE[known] : undefined;
        const [x, y] = t.condition.operands;
        if (holds && facts.some(([op, p, q]) => op === holds && p === x && q === y)) return true;
      }
      block = up;
    }
    return false;
  }

  private count(loop: Loop): void {
    const latch = loop.latches[0];
    const t = latch.terminator;
    if (loop.latches.length !== 1 || t.kind !== "branch" || !COMPARISONS.has(t.condition.operation)) return;
    if (t.condition.operation === "const" || !this.freeOfCounter(loop)) return;
    const again = t.whenTrue === loop.header;
    if (loop.blocks.has(again ? t.whenFalse : t.whenTrue)) return;
    const known = t.condition.operation as Comparison;
    let operation = again ? known : INVERSE[known];
    let [x, limit] = t.condition.operands;
    const invariant = (v: Value) => v.operation === "const" || !loop.blocks.has(v.block);
    if (invariant(x)) {
      [x, limit] = [limit, x];
      operation = MIRROR[operation];
    }
    if (!invariant(limit)) return;
    for (const induction of inductions(loop)) {
      const ahead =
        x === induction.phi
          ? 0
          : x.operation === "add" && x.operands[0] === induction.phi && x.operands[1].operation === "const"
            ? x.operands[1].immediate
            : undefined;
      if (ahead === undefined) continue;
      const trip = this.tripCount(loop, induction, ahead, operation, limit);
      if (!trip) continue;
      const before = preheader(this.graph, loop);
      const v = this.graph.value("tripCount", "none", [trip(before)], before);
      v.location = t.location;
      before.values.push(v);
      latch.terminator = {
        kind: "count",
        whenTrue: loop.header,
        whenFalse: again ? t.whenFalse : t.whenTrue,
        location: t.location,
      };
      this.counted.add(loop);
      return;
    }
  }

  private freeOfCounter(loop: Loop): boolean {
    for (const block of loop.blocks) {
      if (block.terminator.kind === "switch" || block.terminator.kind === "count") return false;
      if (block.values.some((v) => /^(call|callIndirect|tripCount)$/.test(v.operation))) return false;
    }
    return true;
  }

  /**
   * How often the body runs when it runs again while `phi + ahead` compares so with the limit, as a recipe to emit
   * into the preheader; undefined when that is not known. CTR = 0 means 2^32, as the arithmetic modulo 2^32 does.
   */
  private tripCount(
    loop: Loop,
    { initial, step }: Induction,
    ahead: number,
    operation: Comparison,
    limit: Value,
  ): ((block: Block) => Value) | undefined {
    const constant = (n: number) => this.graph.constant(n);
    if (initial.operation === "const" && limit.operation === "const") {
      const n = constantTrips(initial.immediate + ahead, step, operation, limit.immediate);
      return n === undefined ? undefined : () => constant(n);
    }
    if (step !== 1 && step !== -1) return undefined;
    const difference = (block: Block, extra: number): Value => {
      const [from, to] = step === 1 ? [initial, limit] : [limit, initial];
      const distance = this.emit(block, "sub", [to, from]);
      return extra === 0 ? distance : this.emit(block, "add", [distance, constant(extra)]);
    };
    // Runs while y != limit, y starting at initial + ahead.
    if (operation === "ne") return (block) => difference(block, 1 - ahead * step);
    if (ahead !== step) return undefined;
    const strict: Comparison[] = step === 1 ? ["lt_s", "lt_u"] : ["gt_s", "gt_u"];
    if (strict.includes(operation)) {
      return this.implied(loop, operation, initial, limit) ? (block) => difference(block, 0) : undefined;
    }
    const weak: Record<string, number> =
      step === 1 ? { le_s: 0x7fffffff, le_u: -1 } : { ge_s: -0x80000000, ge_u: 0 };
    if (operation in weak && limit.operation === "const" && limit.immediate !== weak[operation]) {
      // i <= c stands in guards as i <= c or i < c + 1.
      const nearby = constant(limit.immediate + step);
      const sharp = operation.replace("le", "lt").replace("ge", "gt") as Comparison;
      if (this.implied(loop, operation, initial, limit) || this.implied(loop, sharp, initial, nearby)) {
        return (block) => difference(block, 1);
      }
    }
    return undefined;
  }

  private reduceAddresses(loop: Loop): void {
    const latch = loop.latches[0];
    for (const induction of inductions(loop)) {
      const accesses = this.accesses(loop, induction);
      if (accesses.length === 0) continue;
      const groups = new Map<string, Access[]>();
      for (const access of accesses) {
        const id = `${access.scale}|${access.terms.map((v) => v.id).join(",")}`;
        groups.set(id, [...(groups.get(id) ?? []), access]);
      }
      const rest: Access[][] = [];
      for (const group of groups.values()) {
        const plain = group[0].scale === 1 && group[0].terms.length === 0;
        const first = group.find((access) => this.canUpdate(loop, latch, induction, access));
        if (first && (!plain || this.onlyAddresses(loop, induction, group))) {
          this.makePointer(loop, induction, group, first);
        } else if (!plain && (group[0].scale !== 1 || group[0].terms.length > 1)) rest.push(group);
      }
      if (rest.length === 1) this.makePointer(loop, induction, rest[0], undefined);
      else if (rest.length > 1) this.scaleIndex(loop, induction, rest);
    }
  }

  /** Loads, stores and vector accesses of this loop itself whose address is linear in the induction variable. */
  private accesses(loop: Loop, induction: Induction): Access[] {
    const list: Access[] = [];
    for (const block of this.analysis.order) {
      if (!loop.blocks.has(block)) continue;
      for (const value of block.values) {
        const at = addressOperand(value);
        if (at === undefined) continue;
        const linear = this.linear(loop, induction, value.operands[at], 8);
        if (!linear || linear.scale === 0) continue;
        list.push({ ...linear, value, at, block, offset: (linear.offset + value.immediate) | 0 });
      }
    }
    return list;
  }

  private linear(loop: Loop, induction: Induction, v: Value, depth: number): Linear | undefined {
    if (v.operation === "const") return { scale: 0, offset: v.immediate, terms: [] };
    if (!loop.blocks.has(v.block)) return { scale: 0, offset: 0, terms: [v] };
    if (v === induction.phi) return { scale: 1, offset: 0, terms: [] };
    if (v === induction.next) return { scale: 1, offset: induction.step, terms: [] };
    if (depth === 0) return undefined;
    const [a, b] = v.operands;
    if (v.operation === "add") {
      const x = this.linear(loop, induction, a, depth - 1);
      const y = x && this.linear(loop, induction, b, depth - 1);
      if (!x || !y) return undefined;
      const terms = [...x.terms, ...y.terms].sort((p, q) => p.id - q.id);
      return { scale: (x.scale + y.scale) | 0, offset: (x.offset + y.offset) | 0, terms };
    }
    if ((v.operation === "shl" || v.operation === "mul") && b.operation === "const") {
      const x = this.linear(loop, induction, a, depth - 1);
      if (!x || x.terms.length > 0) return undefined;
      const factor = v.operation === "shl" ? 1 << b.immediate : b.immediate;
      return { scale: Math.imul(x.scale, factor), offset: Math.imul(x.offset, factor), terms: [] };
    }
    return undefined;
  }

  private canUpdate(loop: Loop, latch: Block, { step }: Induction, access: Access): boolean {
    const { value, block, scale } = access;
    if (value.operation !== "load" && value.operation !== "store") return false;
    if (this.analysis.loopOf.get(block) !== loop || !dominates(this.analysis, block, latch)) return false;
    const stride = Math.imul(scale, step);
    return stride >= (value.signed ? 0 : -0x8000) && stride <= 0x7fff && stride !== 0;
  }

  /** The variable serves for nothing but these addresses and a test that CTR has taken over. */
  private onlyAddresses(loop: Loop, { phi, next }: Induction, group: Access[]): boolean {
    const mine = new Set<Value>([next, ...group.map((access) => access.value)]);
    const addresses = new Set(group.map((access) => access.value.operands[access.at]));
    const counts = (v: Value) => v === phi || v === next || (addresses.has(v) && v.operation === "add");
    for (const block of this.graph.blocks) {
      for (const v of block.phis) if (v !== phi && v.operands.some(counts)) return false;
      for (const v of block.values) {
        if (!v.operands.some(counts) || mine.has(v) || addresses.has(v)) continue;
        return false;
      }
      if (terminatorOperands(block).some((v) => counts(v) || v.operands.some(counts))) return false;
    }
    for (const access of group) {
      const { value, at } = access;
      if (value.operands.some((v, i) => i !== at && counts(v))) return false;
    }
    return loop.blocks.size > 0;
  }

  private invariant(
    block: Block,
    terms: readonly Value[],
    induction: Induction,
    scale: number,
    offset: number,
  ) {
    let scaled = induction.initial;
    if (scale !== 1) scaled = this.emit(block, "mul", [scaled, this.graph.constant(scale)]);
    for (const term of terms) scaled = this.emit(block, "add", [scaled, term]);
    return offset === 0 ? scaled : this.emit(block, "add", [scaled, this.graph.constant(offset)]);
  }

  /** A phi that starts at `initial` and grows by `stride`; returns it and its successor, not yet placed. */
  private variable(loop: Loop, initial: Value, stride: number, block: Block): [Value, Value] {
    const { header } = loop;
    const phi = this.graph.value("phi", "i32", [], header);
    const next = this.graph.value("add", "i32", [phi, this.graph.constant(stride)], block);
    phi.operands = header.predecessors.map((p) => (loop.blocks.has(p) ? next : initial));
    header.phis.push(phi);
    return [phi, next];
  }

  private makePointer(loop: Loop, induction: Induction, group: Access[], first: Access | undefined): void {
    const before = preheader(this.graph, loop);
    const { scale, terms } = group[0];
    const stride = Math.imul(scale, induction.step);
    const home = first ?? group[0];
    const start = first ? (home.offset - stride) | 0 : home.offset;
    const initial = this.invariant(before, terms, induction, scale, start);
    const block = first ? first.block : loop.latches[0];
    const [phi, next] = this.variable(loop, initial, stride, block);
    phi.location = next.location = home.value.location;
    block.values.splice(first ? block.values.indexOf(first.value) : block.values.length, 0, next);
    if (first) next.updatedBy = first.value;
    for (const access of group) {
      const behind = first !== undefined && this.follows(first, access);
      access.value.operands[access.at] = this.displaced(
        access,
        behind ? next : phi,
        (access.offset - home.offset + (first && !behind ? stride : 0)) | 0,
      );
    }
  }

  private follows(first: Access, access: Access): boolean {
    if (first.block !== access.block) return dominates(this.analysis, first.block, access.block);
    return first.block.values.indexOf(first.value) <= first.block.values.indexOf(access.value);
  }

  /** `base + offset` as the address of an access, the offset in its displacement if it has one. */
  private displaced(access: Access, base: Value, offset: number): Value {
    const { value, block } = access;
    if (value.operation === "intrinsic") {
      if (offset === 0) return base;
      const v = this.graph.value("add", "i32", [base, this.graph.constant(offset)], block);
      v.location = value.location;
      block.values.splice(block.values.indexOf(value), 0, v);
      return v;
    }
    value.immediate = offset;
    return base;
  }

  /** One scaled index for several arrays, which are then addressed as base + index. */
  private scaleIndex(loop: Loop, induction: Induction, groups: Access[][]): void {
    const before = preheader(this.graph, loop);
    const latch = loop.latches[0];
    for (const scale of new Set(groups.map((group) => group[0].scale))) {
      let index = induction.phi;
      if (scale !== 1) {
        const initial = this.invariant(before, [], induction, scale, 0);
        const [phi, next] = this.variable(loop, initial, Math.imul(scale, induction.step), latch);
        phi.location = next.location = groups[0][0].value.location;
        latch.values.push(next);
        index = phi;
      }
      for (const group of groups.filter((list) => list[0].scale === scale)) {
        let base: Value | undefined;
        for (const term of group[0].terms) base = base ? this.emit(before, "add", [base, term]) : term;
        for (const access of group) {
          let address = index;
          if (base) {
            address = this.graph.value("add", "i32", [base, index], access.block);
            address.location = access.value.location;
            access.block.values.splice(access.block.values.indexOf(access.value), 0, address);
          }
          access.value.operands[access.at] = this.displaced(access, address, access.offset);
        }
      }
    }
  }
}

interface Linear {
  readonly scale: number;
  readonly offset: number;
  /** Values that do not change in the loop and are added. */
  readonly terms: Value[];
}

interface Access extends Linear {
  readonly value: Value;
  readonly at: number;
  readonly block: Block;
}

/** Which operand of an access is its address. */
export function addressOperand(value: Value): number | undefined {
  if (value.operation === "load" || value.operation === "store") return 0;
  if (value.operation !== "intrinsic") return undefined;
  const at = value.intrinsic!.arguments.findIndex((operand) => operand !== "old" && operand.kind === "gpr0");
  return at < 0 ? undefined : at;
}

const LONGEST = 1 << 20;

/** Iterations of a loop whose numbers are all known, found by counting; undefined when it takes too long. */
function constantTrips(
  first: number,
  step: number,
  operation: Comparison,
  limit: number,
): number | undefined {
  const y0 = first | 0;
  const span = (limit - y0) / step;
  // The usual cases without counting; the sum must not leave the range of the numbers.
  const ordered: Partial<Record<Comparison, number>> = {
    lt_s: Math.ceil(span),
    gt_s: Math.ceil(span),
    le_s: Math.floor(span) + 1,
    ge_s: Math.floor(span) + 1,
    ne: Number.isInteger(span) ? span : undefined,
  };
  const upward = operation === "lt_s" || operation === "le_s";
  const downward = operation === "gt_s" || operation === "ge_s";
  if ((upward && step < 0) || (downward && step > 0)) return undefined;
  const unsigned: Partial<Record<Comparison, Comparison>> = {
    lt_u: "lt_s",
    le_u: "le_s",
    gt_u: "gt_s",
    ge_u: "ge_s",
  };
  const same = unsigned[operation];
  if (same) {
    if (y0 < 0 || limit < 0 || (step < 0 && operation === "ge_u")) return undefined;
    if (step < 0 && limit + step < -1) return undefined;
    return constantTrips(first, step, same, limit);
  }
  const more = ordered[operation];
  if (more === undefined) return undefined;
  const count = 1 + Math.max(0, more);
  const last = y0 + (count - 1) * step;
  if (operation === "ne" && more < 0) return undefined;
  if (last > 0x7fffffff || last < -0x80000000) return undefined;
  return count < LONGEST * 1024 ? count : undefined;
}

/** Counted loops and reduced addresses, for all loops of the graph. */
export function reduceLoops(graph: Graph): void {
  new Reducer(graph).run();
}
