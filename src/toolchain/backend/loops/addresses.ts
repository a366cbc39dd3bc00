/** Which addresses of a loop become pointers. */
import { dominates, type Loop } from "../graph/analysis.ts";
import type { Block, Value } from "../graph/ir.ts";
import { terminatorOperands } from "../optimize/dead.ts";
import {
  type Access,
  addressOperand,
  type Induction,
  inductions,
  type Linear,
  type Reduction,
} from "./induction.ts";
import { makePointer, scaleIndex } from "./pointers.ts";

export function reduceAddresses(r: Reduction, loop: Loop): void {
  const latch = loop.latches[0];
  for (const induction of inductions(loop)) {
    const accesses = accessesOf(r, loop, induction);
    if (accesses.length === 0) continue;
    const groups = new Map<string, Access[]>();
    for (const access of accesses) {
      const id = `${access.scale}|${access.terms.map((v) => v.id).join(",")}`;
      groups.set(id, [...(groups.get(id) ?? []), access]);
    }
    const rest: Access[][] = [];
    for (const group of groups.values()) {
      const plain = group[0].scale === 1 && group[0].terms.length === 0;
      const first = group.findLast((access) => canUpdate(r, loop, latch, induction, access));
      if (first && (!plain || onlyAddresses(r, loop, induction, group))) {
        makePointer(r, loop, induction, group, first);
      } else if (!plain && (group[0].scale !== 1 || group[0].terms.length > 1)) rest.push(group);
    }
    if (rest.length === 1) makePointer(r, loop, induction, rest[0], undefined);
    else if (rest.length > 1) scaleIndex(r, loop, induction, rest);
  }
}

/** Loads, stores and vector accesses of this loop itself whose address is linear in the induction variable. */
export function accessesOf(r: Reduction, loop: Loop, induction: Induction): Access[] {
  const list: Access[] = [];
  for (const block of r.analysis.order) {
    if (!loop.blocks.has(block)) continue;
    for (const value of block.values) {
      const at = addressOperand(value);
      if (at === undefined) continue;
      const linear = linearIn(r, loop, induction, value.operands[at], 8);
      if (!linear || linear.scale === 0) continue;
      list.push({ ...linear, value, at, block, offset: (linear.offset + value.immediate) | 0 });
    }
  }
  return list;
}

export function linearIn(
  r: Reduction,
  loop: Loop,
  induction: Induction,
  v: Value,
  depth: number,
): Linear | undefined {
  if (v.operation === "const") return { scale: 0, offset: v.immediate, terms: [] };
  if (!loop.blocks.has(v.block)) return { scale: 0, offset: 0, terms: [v] };
  if (v === induction.phi) return { scale: 1, offset: 0, terms: [] };
  if (v === induction.next) return { scale: 1, offset: induction.step, terms: [] };
  if (depth === 0) return undefined;
  const [a, b] = v.operands;
  if (v.operation === "add") {
    const x = linearIn(r, loop, induction, a, depth - 1);
    const y = x && linearIn(r, loop, induction, b, depth - 1);
    if (!x || !y) return undefined;
    const terms = [...x.terms, ...y.terms].sort((p, q) => p.id - q.id);
    return { scale: (x.scale + y.scale) | 0, offset: (x.offset + y.offset) | 0, terms };
  }
  if ((v.operation === "shl" || v.operation === "mul") && b.operation === "const") {
    const x = linearIn(r, loop, induction, a, depth - 1);
    if (!x || x.terms.length > 0) return undefined;
    const factor = v.operation === "shl" ? 1 << b.immediate : b.immediate;
    return { scale: Math.imul(x.scale, factor), offset: Math.imul(x.offset, factor), terms: [] };
  }
  return undefined;
}

export function canUpdate(
  r: Reduction,
  loop: Loop,
  latch: Block,
  { step }: Induction,
  access: Access,
): boolean {
  const { value, block, scale } = access;
  if (value.operation !== "load" && value.operation !== "store") return false;
  if (r.analysis.loopOf.get(block) !== loop || !dominates(r.analysis, block, latch)) return false;
  const stride = Math.imul(scale, step);
  return stride >= (value.signed ? 0 : -0x8000) && stride <= 0x7fff && stride !== 0;
}

/** The variable serves for nothing but these addresses and a test that CTR has taken over. */
export function onlyAddresses(r: Reduction, loop: Loop, { phi, next }: Induction, group: Access[]): boolean {
  const mine = new Set<Value>([next, ...group.map((access) => access.value)]);
  const addresses = new Set(group.map((access) => access.value.operands[access.at]));
  const counts = (v: Value) => v === phi || v === next || (addresses.has(v) && v.operation === "add");
  for (const block of r.graph.blocks) {
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
