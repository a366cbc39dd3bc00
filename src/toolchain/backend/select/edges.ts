/** How a block ends: branches, returns, jumps through tables, and the copies that phis ask for. */

import type { SourceLocation } from "../../image.ts";
import { variableKey } from "../debug/scopes.ts";
import type { Block, Value } from "../graph/ir.ts";
import { type Exit, type MachineInstruction, number, register, symbol, VECTOR_BASE } from "../machine.ts";
import { compareForBranch } from "./compare.ts";
import type { Selection } from "./selection.ts";

export function selectExit(s: Selection, block: Block): Exit {
  const t = block.terminator;
  const to = (b: Block) => s.blocks.get(b)!;
  if ("location" in t) s.location = t.location;
  switch (t.kind) {
    case "jump":
      return { kind: "jump", to: to(t.to) };
    case "branch": {
      const condition = compareForBranch(s, t.condition);
      return { kind: "branch", ...condition, to: to(t.whenTrue), otherwise: to(t.whenFalse) };
    }
    case "count":
      return { kind: "count", to: to(t.whenTrue), otherwise: to(t.whenFalse) };
    case "switch": {
      const name = `${s.graph.name}.switch${s.tableCount++}`;
      const entry = s.temporary();
      const targets = t.cases.map((i) => to(t.targets[i]));
      s.machine.tables.push({ name, targets });
      const index = s.temporary();
      s.emit(
        s.make("rlwinm", [index, s.use(t.index), number(2), number(0), number(29)]),
        s.make("lwz", [entry, symbol(name, "low"), index]),
        s.make("mtspr", [number(9), entry]),
      );
      return { kind: "table", targets: t.targets.map(to) };
    }
    case "return": {
      if (!t.value) return { kind: "return", reads: [] };
      const place = t.value.kind === "vector" ? VECTOR_BASE + 2 : 3;
      if (t.value.operation === "const") {
        const aside = s.machine.virtual("scalar");
        s.emit(...s.constantInto(aside, t.value.immediate), s.machine.copy(place, aside, s.location));
      } else s.emit(s.machine.copy(place, s.useNumber(t.value), s.location));
      return { kind: "return", reads: [place] };
    }
    case "trap":
      s.emit(s.make("tw", [number(31), register(0), register(0)]));
      return { kind: "stop" };
    case "none":
      return { kind: "stop" };
  }
}

/** Where the source program gives a value to a variable in a block, as far as its points tell. */
function assignmentOf(block: Block, source: Value): SourceLocation | undefined {
  const points = block.values.filter((v) => v.operation === "debug");
  const holders = points.map(
    (v) => new Set(v.variables.filter((_, i) => v.operands[i] === source).map(variableKey)),
  );
  const at = holders.findLastIndex((keys, n) => n > 0 && [...keys].some((key) => !holders[n - 1].has(key)));
  if (at > 0) return points[at].location;
  return holders[0]?.size > 0 ? points[0].location : undefined;
}

/**
 * Place of a copy to a phi: that of the value made in this block, else that of the assignment, else that of the value. A
 * constant that has neither goes with the branch that leads here.
 */
function placeOfCopy(s: Selection, block: Block, phi: Value, source: Value): SourceLocation | undefined {
  if (source.location && source.block === block) return source.location;
  const place = (s.graph.debug ? assignmentOf(block, source) : undefined) ?? source.location;
  if (place) return place;
  const [before] = block.predecessors.length === 1 ? block.predecessors : [];
  return before?.terminator.kind === "branch" ? before.terminator.location : phi.location;
}

export function copyToPhis(s: Selection, block: Block): undefined {
  const t = block.terminator;
  if (t.kind !== "jump" || t.to.phis.length === 0) return;
  const at = t.to.predecessors.indexOf(block);
  const list: MachineInstruction[] = [];
  const constants: MachineInstruction[] = [];
  let pending: { to: number; from: number; location: SourceLocation | undefined }[] = [];
  for (const phi of t.to.phis) {
    const source = phi.operands[at];
    const to = s.registerOf(phi);
    s.location = placeOfCopy(s, block, phi, source);
    if (source.operation === "const") constants.push(...s.constantInto(to, source.immediate));
    else {
      const from = s.useNumber(source);
      if (from !== to) pending.push({ to, from, location: s.location });
    }
  }
  while (pending.length > 0) {
    const free = pending.find((c) => !pending.some((other) => other !== c && other.from === c.to));
    if (free) {
      list.push(s.machine.copy(free.to, free.from, free.location));
      pending = pending.filter((c) => c !== free);
      continue;
    }
    // A ring: its first member waits in a register of its own.
    const first = pending[0];
    const aside = s.machine.virtual(s.machine.isVector(first.to) ? "vector" : "scalar");
    list.push(s.machine.copy(aside, first.to, first.location));
    for (const c of pending) if (c.from === first.to) c.from = aside;
  }
  s.emit(...list, ...constants);
}
