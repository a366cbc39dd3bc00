/** Variables that change by a constant in every iteration, and addresses that are linear in them. */
import { type Analysis, analyse, type Loop } from "../graph/analysis.ts";
import type { Block, Graph, Operation, Value } from "../graph/ir.ts";

export interface Induction {
  readonly phi: Value;
  readonly initial: Value;
  readonly next: Value;
  readonly step: number;
}

/** phi(initial, phi + step) in the header of a loop with one latch. */
export function inductions(loop: Loop): Induction[] {
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

export interface Linear {
  readonly scale: number;
  readonly offset: number;
  /** Values that do not change in the loop and are added. */
  readonly terms: Value[];
}

export interface Access extends Linear {
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

/** A graph whose loops are being reduced. */
export class Reduction {
  readonly graph: Graph;
  readonly analysis: Analysis;
  readonly counted = new Set<Loop>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.analysis = analyse(graph);
  }

  emit(block: Block, operation: Operation, operands: Value[], location?: Value["location"]): Value {
    const v = this.graph.value(operation, "i32", operands, block);
    v.location = location ?? block.values.at(-1)?.location;
    block.values.push(v);
    return v;
  }
}
