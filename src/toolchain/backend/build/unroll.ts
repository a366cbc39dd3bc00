/**
 * Writes the body of small counted loops down several times, so that values which move from local to local need no
 * copies, loads stand in front of the uses of others, and a branch serves several iterations. What is left over when
 * the number of iterations is no multiple runs in the loop as it was.
 */
import type { BinaryOperator, Node, WasmFunction } from "../../wasm-tree.ts";
import { forEachChild, mapChildren, statements } from "./rotate.ts";

/** The largest unrolled body, and what all of them may add to a function, in operations. */
const LARGEST_BODY = 32;
const LARGEST_GROWTH = 64;
const FACTORS = [4, 2];

type Loop = Extract<Node, { op: "loop" }>;

/** while (`counter` compares so with `limit`) { body; counter += step } */
interface CountedLoop {
  readonly counter: number;
  readonly step: 1 | -1;
  readonly limit: Node;
  readonly condition: Node;
  /** The iterations left are the distance of counter and limit plus this. */
  readonly extra: 0 | 1;
  readonly body: readonly Node[];
}

const constant = (value: number): Node => ({ op: "const", type: "i32", value });
const get = (index: number): Node => ({ op: "localGet", type: "i32", index });
const binary = (operator: BinaryOperator, left: Node, right: Node): Node => ({
  op: "binary",
  type: "i32",
  operator,
  left,
  right,
});
const set = (index: number, value: Node): Node => ({
  op: "localSet",
  type: "none",
  index,
  value,
  tee: false,
});
const block = (...body: Node[]): Node => ({ op: "block", type: "none", label: null, body });

const MIRROR: Partial<Record<BinaryOperator, BinaryOperator>> = {
  gt_s: "lt_s",
  gt_u: "lt_u",
  ge_s: "le_s",
  ge_u: "le_u",
  lt_s: "gt_s",
  lt_u: "gt_u",
  le_s: "ge_s",
  le_u: "ge_u",
  ne: "ne",
};
const UPWARD = /^(lt_s|lt_u|le_s|le_u|ne)$/;
const DOWNWARD = /^(gt_s|gt_u|ge_s|ge_u|ne)$/;

/** Nodes that become no jump and no call. */
const STRAIGHT = /^(const|nop|localGet|localSet|globalGet|globalSet|load|store|unary|binary|drop)$/;

/** Operations of a straight body, or undefined when it is not straight. */
function operations(node: Node): number | undefined {
  if (!STRAIGHT.test(node.op) && !(node.op === "block" && node.label === null)) return undefined;
  if (node.op === "binary" && /^(div|rem)/.test(node.operator)) return undefined;
  let count: number | undefined = /^(load|store|unary|binary|globalGet|globalSet)$/.test(node.op) ? 1 : 0;
  forEachChild(node, (child) => {
    const inner = operations(child);
    count = count === undefined || inner === undefined ? undefined : count + inner;
  });
  return count;
}

function writes(node: Node, local: number): boolean {
  let found = node.op === "localSet" && node.index === local;
  forEachChild(node, (child) => {
    found ||= writes(child, local);
  });
  return found;
}

/** `counter + 1` or `counter - 1` assigned to the counter. */
function stepOf(node: Node): { counter: number; step: 1 | -1 } | undefined {
  if (node.op !== "localSet" || node.tee || node.value.op !== "binary") return undefined;
  const { operator, left, right } = node.value;
  if (left.op !== "localGet" || left.index !== node.index || right.op !== "const") return undefined;
  const by = operator === "add" ? right.value : operator === "sub" ? -right.value : 0;
  return by === 1 || by === -1 ? { counter: node.index, step: by } : undefined;
}

function countedLoop(loop: Loop): CountedLoop | undefined {
  const [test, ...rest] = statements(loop.body);
  if (loop.label === null || test?.op !== "if" || rest.length > 0 || test.condition.op !== "binary")
    return undefined;
  const inner = statements(test.then);
  const last = inner.at(-1);
  if (last?.op !== "break" || last.label !== loop.label || last.condition || last.value) return undefined;
  const increment = inner.at(-2);
  const counting = increment && stepOf(increment);
  if (!counting) return undefined;
  const { counter, step } = counting;
  let { operator, left, right } = test.condition;
  if (right.op === "localGet" && right.index === counter) {
    const mirrored = MIRROR[operator];
    if (!mirrored) return undefined;
    [operator, left, right] = [mirrored, right, left];
  }
  const body = inner.slice(0, -2);
  const fixed = right.op === "const" || (right.op === "localGet" && right.index !== counter);
  const { index } = right.op === "localGet" ? right : { index: -1 };
  if (left.op !== "localGet" || left.index !== counter || !fixed) return undefined;
  if (!(step === 1 ? UPWARD : DOWNWARD).test(operator)) return undefined;
  if (body.some((node) => writes(node, counter) || writes(node, index))) return undefined;
  const extra = /^[lg]e/.test(operator) ? 1 : 0;
  return { counter, step, limit: right, condition: test.condition, extra, body: inner.slice(0, -1) };
}

class Unroller {
  /** Locals added so far. */
  counters = 0;
  private growth = 0;
  private readonly firstLocal: number;

  constructor(source: WasmFunction) {
    this.firstLocal = source.parameters.length + source.locals.length;
  }

  unroll(node: Node): Node {
    const mapped = mapChildren(node, (child) => this.unroll(child));
    if (mapped.op === "block") {
      const body = mapped.body.flatMap((child, i) => {
        if (child.op !== "loop") return [child];
        return this.unrollLoop(child, mapped.body.slice(0, i)) ?? [child];
      });
      return { ...mapped, body };
    }
    return mapped;
  }

  /** The statements that take the place of the loop; `before` are those in front of it in its block. */
  private unrollLoop(loop: Loop, before: readonly Node[]): Node[] | undefined {
    const counted = countedLoop(loop);
    if (!counted || loop.type !== "none") return undefined;
    const size = operations(block(...counted.body));
    if (size === undefined) return undefined;
    const trips = knownTrips(counted, before);
    const exact = (n: number) => trips !== undefined && trips > 0 && trips % n === 0;
    if (trips !== undefined && trips < 2 * FACTORS[0] && !FACTORS.some(exact)) return undefined;
    const fitting = FACTORS.filter((n) => size * n <= LARGEST_BODY);
    const factor = fitting.find(exact) ?? fitting[0];
    if (factor === undefined || this.growth + size * factor > LARGEST_GROWTH) return undefined;
    this.growth += size * factor;
    const { counter, limit, step, extra, condition, body } = counted;
    const label = `${loop.label}|unrolled`;
    const copies = Array.from({ length: factor }, () => body).flat();
    const repeat = (...tail: Node[]): Node => ({
      op: "loop",
      type: "none",
      label,
      body: block(...copies, ...tail),
      location: loop.location,
    });
    const again = (test: Node): Node => ({ op: "break", type: "none", label, condition: test });
    if (exact(factor)) return [repeat(again(condition))];
    const left = this.firstLocal + this.counters++;
    const [from, to] = step === 1 ? [get(counter), limit] : [limit, get(counter)];
    const distance = binary("sub", to, from);
    const rounds = binary(
      "shr_u",
      extra === 0 ? distance : binary("add", distance, constant(extra)),
      constant(Math.log2(factor)),
    );
    const many: Node = {
      op: "if",
      type: "none",
      condition: get(left),
      // biome-ignore lint/suspicious/noThenProperty: the contract of the trees names it so
      then: repeat(
        set(left, binary("add", get(left), constant(-1))),
        again(binary("ne", get(left), constant(0))),
      ),
    };
    const guarded: Node = {
      op: "if",
      type: "none",
      condition,
      // biome-ignore lint/suspicious/noThenProperty: the contract of the trees names it so
      then: block(set(left, rounds), many),
      location: loop.location,
    };
    return [guarded, loop];
  }
}

/** The number of iterations when the counter starts from a constant that stands in the same block. */
function knownTrips(
  { counter, limit, step, extra, condition }: CountedLoop,
  before: readonly Node[],
): number | undefined {
  if (limit.op !== "const") return undefined;
  const signed = condition.op === "binary" && /_s$/.test(condition.operator);
  for (const node of [...before].reverse()) {
    if (node.op === "localSet" && node.index === counter) {
      const from = node.value;
      if (from.op !== "const" || (!signed && (from.value < 0 || limit.value < 0))) return undefined;
      return (limit.value - from.value) * step + extra;
    }
    if (writes(node, counter)) return undefined;
  }
  return undefined;
}

/** The function with its small innermost loops unrolled; code outside of the SRAM stays as small as it is. */
export function unrollLoops(source: WasmFunction): WasmFunction {
  if (source.placement !== "internal") return source;
  const unroller = new Unroller(source);
  const body = unroller.unroll(source.body);
  const extra = new Array<"i32">(unroller.counters).fill("i32");
  return { ...source, locals: [...source.locals, ...extra], body };
}
