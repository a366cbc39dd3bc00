/** Branches on a phi of constants and conditions, as `a && b` leaves them, are taken where the phi's operands come from. */
import {
  type Block,
  COMPARISONS,
  type Graph,
  replaceSuccessor,
  successors,
  type Value,
} from "../graph/ir.ts";

interface Decision {
  readonly phi: Value;
  readonly whenSet: Block;
  readonly whenZero: Block;
}

/** The block does nothing but choose between two ways by a phi of its own. */
function decision(block: Block): Decision | undefined {
  const t = block.terminator;
  if (t.kind !== "branch" || t.whenTrue === t.whenFalse || successors(block).includes(block))
    return undefined;
  const [only] = block.values;
  if (block.values.length === 0) {
    return block.phis.includes(t.condition)
      ? { phi: t.condition, whenSet: t.whenTrue, whenZero: t.whenFalse }
      : undefined;
  }
  const [phi, zero] = only.operands;
  const test = only.operation === "eq" || only.operation === "ne";
  if (block.values.length > 1 || only !== t.condition || !test || !block.phis.includes(phi)) return undefined;
  if (zero.operation !== "const" || zero.immediate !== 0) return undefined;
  return only.operation === "ne"
    ? { phi, whenSet: t.whenTrue, whenZero: t.whenFalse }
    : { phi, whenSet: t.whenFalse, whenZero: t.whenTrue };
}

/** Are the values of the block wanted only by itself and on its ways out? */
function selfContained(graph: Graph, block: Block): boolean {
  const own = new Set<Value>([...block.phis, ...block.values]);
  const foreign = (v: Value) => own.has(v);
  for (const other of graph.blocks) {
    for (const phi of other.phis) {
      if (phi.operands.some((v, i) => foreign(v) && other.predecessors[i] !== block)) return false;
    }
    if (other === block) continue;
    if (other.values.some((v) => v.operands.some(foreign))) return false;
    const t = other.terminator;
    const wanted =
      t.kind === "branch"
        ? t.condition
        : t.kind === "switch"
          ? t.index
          : t.kind === "return"
            ? t.value
            : undefined;
    if (wanted && foreign(wanted)) return false;
  }
  return true;
}

export function threadBranches(graph: Graph): void {
  for (const block of graph.blocks) {
    const found = decision(block);
    if (!found || !selfContained(graph, block)) continue;
    const { phi, whenSet, whenZero } = found;
    for (const from of [...block.predecessors]) {
      const at = block.predecessors.indexOf(from);
      const chosen = phi.operands[at];
      const connect = (to: Block): void => {
        const way = to.predecessors.indexOf(block);
        to.predecessors.push(from);
        for (const other of to.phis) {
          const value = other.operands[way];
          other.operands.push(
            value.operation === "phi" && block.phis.includes(value) ? value.operands[at] : value,
          );
        }
      };
      if (chosen.operation === "const") {
        const to = chosen.immediate !== 0 ? whenSet : whenZero;
        if (successors(from).includes(to)) continue;
        connect(to);
        replaceSuccessor(from, block, to);
      } else if (from.terminator.kind === "jump" && COMPARISONS.has(chosen.operation)) {
        connect(whenSet);
        connect(whenZero);
        const { terminator } = block;
        const location = terminator.kind === "branch" ? terminator.location : undefined;
        from.terminator = {
          kind: "branch",
          condition: chosen,
          whenTrue: whenSet,
          whenFalse: whenZero,
          location,
        };
      } else continue;
      block.predecessors.splice(at, 1);
      for (const other of block.phis) other.operands.splice(at, 1);
    }
  }
}
