/** Pointers and scaled indices in place of computed addresses. */
import { dominates, type Loop } from "../graph/analysis.ts";
import type { Block, Value } from "../graph/ir.ts";
import { preheader } from "../optimize/edges.ts";
import type { Access, Induction, Reduction } from "./induction.ts";

export function invariant(
  r: Reduction,
  block: Block,
  terms: readonly Value[],
  induction: Induction,
  scale: number,
  offset: number,
) {
  let scaled = induction.initial;
  if (scale !== 1) scaled = r.emit(block, "mul", [scaled, r.graph.constant(scale)]);
  for (const term of terms) scaled = r.emit(block, "add", [scaled, term]);
  return offset === 0 ? scaled : r.emit(block, "add", [scaled, r.graph.constant(offset)]);
}

/** A phi that starts at `initial` and grows by `stride`; returns it and its successor, not yet placed. */
export function variable(
  r: Reduction,
  loop: Loop,
  initial: Value,
  stride: number,
  block: Block,
): [Value, Value] {
  const { header } = loop;
  const phi = r.graph.value("phi", "i32", [], header);
  const next = r.graph.value("add", "i32", [phi, r.graph.constant(stride)], block);
  phi.operands = header.predecessors.map((p) => (loop.blocks.has(p) ? next : initial));
  header.phis.push(phi);
  return [phi, next];
}

export function makePointer(
  r: Reduction,
  loop: Loop,
  induction: Induction,
  group: Access[],
  first: Access | undefined,
): void {
  const before = preheader(r.graph, loop);
  const { scale, terms } = group[0];
  const stride = Math.imul(scale, induction.step);
  const home = first ?? group[0];
  const start = first ? (home.offset - stride) | 0 : home.offset;
  const initial = invariant(r, before, terms, induction, scale, start);
  const block = first ? first.block : loop.latches[0];
  const [phi, next] = variable(r, loop, initial, stride, block);
  phi.location = next.location = home.value.location;
  block.values.splice(first ? block.values.indexOf(first.value) : block.values.length, 0, next);
  if (first) next.updatedBy = first.value;
  for (const access of group) {
    const behind = first !== undefined && follows(r, first, access);
    access.value.operands[access.at] = displaced(
      r,
      access,
      behind ? next : phi,
      (access.offset - home.offset + (first && !behind ? stride : 0)) | 0,
    );
  }
}

export function follows(r: Reduction, first: Access, access: Access): boolean {
  if (first.block !== access.block) return dominates(r.analysis, first.block, access.block);
  return first.block.values.indexOf(first.value) <= first.block.values.indexOf(access.value);
}

/** `base + offset` as the address of an access, the offset in its displacement if it has one. */
export function displaced(r: Reduction, access: Access, base: Value, offset: number): Value {
  const { value, block } = access;
  if (value.operation === "intrinsic") {
    if (offset === 0) return base;
    const v = r.graph.value("add", "i32", [base, r.graph.constant(offset)], block);
    v.location = value.location;
    block.values.splice(block.values.indexOf(value), 0, v);
    return v;
  }
  value.immediate = offset;
  return base;
}

/** One scaled index for several arrays, which are then addressed as base + index. */
export function scaleIndex(r: Reduction, loop: Loop, induction: Induction, groups: Access[][]): void {
  const before = preheader(r.graph, loop);
  const latch = loop.latches[0];
  for (const scale of new Set(groups.map((group) => group[0].scale))) {
    let index = induction.phi;
    if (scale !== 1) {
      const initial = invariant(r, before, [], induction, scale, 0);
      const [phi, next] = variable(r, loop, initial, Math.imul(scale, induction.step), latch);
      phi.location = next.location = groups[0][0].value.location;
      latch.values.push(next);
      index = phi;
    }
    for (const group of groups.filter((list) => list[0].scale === scale)) {
      let base: Value | undefined;
      for (const term of group[0].terms) base = base ? r.emit(before, "add", [base, term]) : term;
      for (const access of group) {
        let address = index;
        if (base) {
          address = r.graph.value("add", "i32", [base, index], access.block);
          address.location = access.value.location;
          access.block.values.splice(access.block.values.indexOf(access.value), 0, address);
        }
        access.value.operands[access.at] = displaced(r, access, address, access.offset);
      }
    }
  }
}
