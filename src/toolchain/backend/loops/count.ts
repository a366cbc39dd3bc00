/** How often a loop runs, and loops on CTR. */
import type { Loop } from "../graph/analysis.ts";
import { type Block, COMPARISONS, type Comparison, INVERSE, MIRROR, type Value } from "../graph/ir.ts";
import { preheader } from "../optimize/edges.ts";
import { type Induction, inductions, type Reduction } from "./induction.ts";

/** Is the comparison known to be true where the loop is entered? */
export function implied(r: Reduction, loop: Loop, operation: Comparison, a: Value, b: Value): boolean {
  const facts: [Comparison, Value, Value][] = [
    [operation, a, b],
    [MIRROR[operation], b, a],
  ];
  const zero = (v: Value) => v.operation === "const" && v.immediate === 0;
  if (operation === "lt_u" && zero(a)) facts.push(["ne", b, a]);
  if (operation === "gt_u" && zero(b)) facts.push(["ne", a, b]);
  let block: Block | undefined = loop.header;
  while (block) {
    const up: Block | undefined = r.analysis.immediateDominator.get(block);
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

export function countLoop(r: Reduction, loop: Loop): void {
  const latch = loop.latches[0];
  const t = latch.terminator;
  if (loop.latches.length !== 1 || t.kind !== "branch" || !COMPARISONS.has(t.condition.operation)) return;
  if (t.condition.operation === "const" || !freeOfCounter(loop)) return;
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
    const trip = tripCount(r, loop, induction, ahead, operation, limit);
    if (!trip) continue;
    const before = preheader(r.graph, loop);
    const v = r.graph.value("tripCount", "none", [trip(before)], before);
    v.location = t.location;
    before.values.push(v);
    latch.terminator = {
      kind: "count",
      whenTrue: loop.header,
      whenFalse: again ? t.whenFalse : t.whenTrue,
      location: t.location,
    };
    r.counted.add(loop);
    return;
  }
}

export function freeOfCounter(loop: Loop): boolean {
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
export function tripCount(
  r: Reduction,
  loop: Loop,
  { initial, step }: Induction,
  ahead: number,
  operation: Comparison,
  limit: Value,
): ((block: Block) => Value) | undefined {
  const constant = (n: number) => r.graph.constant(n);
  if (initial.operation === "const" && limit.operation === "const") {
    const n = constantTrips(initial.immediate + ahead, step, operation, limit.immediate);
    return n === undefined ? undefined : () => constant(n);
  }
  if (step !== 1 && step !== -1) return undefined;
  const difference = (block: Block, extra: number): Value => {
    const [from, to] = step === 1 ? [initial, limit] : [limit, initial];
    const distance = r.emit(block, "sub", [to, from]);
    return extra === 0 ? distance : r.emit(block, "add", [distance, constant(extra)]);
  };
  // Runs while y != limit, y starting at initial + ahead.
  if (operation === "ne") return (block) => difference(block, 1 - ahead * step);
  if (ahead !== step) return undefined;
  const strict: Comparison[] = step === 1 ? ["lt_s", "lt_u"] : ["gt_s", "gt_u"];
  if (strict.includes(operation)) {
    return implied(r, loop, operation, initial, limit) ? (block) => difference(block, 0) : undefined;
  }
  const weak: Record<string, number> =
    step === 1 ? { le_s: 0x7fffffff, le_u: -1 } : { ge_s: -0x80000000, ge_u: 0 };
  if (operation in weak && limit.operation === "const" && limit.immediate !== weak[operation]) {
    // i <= c stands in guards as i <= c or i < c + 1.
    const nearby = constant(limit.immediate + step);
    const sharp = operation.replace("le", "lt").replace("ge", "gt") as Comparison;
    if (implied(r, loop, operation, initial, limit) || implied(r, loop, sharp, initial, nearby)) {
      return (block) => difference(block, 1);
    }
  }
  return undefined;
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
