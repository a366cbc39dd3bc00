/** Comparisons: as conditions of branches in CR0, and as numbers. */
import { possibleBits } from "../fold/bits.ts";
import { COMPARISONS, type Comparison, type Value } from "../graph/ir.ts";
import { type MachineInstruction, number, type Operand, register } from "../machine.ts";
import { maskRange } from "./bits.ts";
import { fits, fitsUnsigned, type Selection } from "./selection.ts";

interface ConditionBits {
  bit: 0 | 1 | 2;
  sense: boolean;
}

const CONDITION_BITS: Record<string, ConditionBits> = {
  lt: { bit: 0, sense: true },
  ge: { bit: 0, sense: false },
  gt: { bit: 1, sense: true },
  le: { bit: 1, sense: false },
  eq: { bit: 2, sense: true },
  ne: { bit: 2, sense: false },
};

/** Sets CR0 for a condition. */
export function compareForBranch(s: Selection, v: Value): ConditionBits {
  if (COMPARISONS.has(v.operation))
    return compare(s, v.operation as Comparison, v.operands[0], v.operands[1]);
  return compare(s, "ne", v, s.graph.constant(0));
}

export function compare(s: Selection, operation: Comparison, a: Value, b: Value): ConditionBits {
  const unsigned = operation.endsWith("_u");
  const equality = operation === "eq" || operation === "ne";
  const bits = CONDITION_BITS[operation.slice(0, 2)];
  if (b.operation === "const") {
    const n = b.immediate;
    if (n === 0 && equality && s.onlyUse(a) && testBits(s, a)) return bits;
    if (!unsigned && fits(n)) {
      s.emit(s.make("cmpi", [number(0), s.use(a), number(n)]));
      return bits;
    }
    if ((unsigned || equality) && fitsUnsigned(n)) {
      s.emit(s.make("cmpli", [number(0), s.use(a), number(n)]));
      return bits;
    }
  }
  s.emit(s.make(unsigned ? "cmpl" : "cmp", [number(0), s.use(a), s.use(b)]));
  return bits;
}

/** Compares bits selected by a mask with zero in one instruction, without keeping them. */
export function testBits(s: Selection, v: Value): boolean {
  if (v.operation !== "and") return false;
  const [a, b] = v.operands;
  const nowhere = register(0);
  if (b.operation !== "const") {
    s.emit(s.make("and.", [nowhere, s.use(a), s.use(b)]));
    return true;
  }
  if (fitsUnsigned(b.immediate)) {
    s.emit(s.make("andi.", [nowhere, s.use(a), number(b.immediate)]));
    return true;
  }
  const range = maskRange(b.immediate);
  if (!range) return false;
  s.emit(s.make("rlwinm.", [nowhere, s.use(a), number(0), number(range[0]), number(range[1])]));
  return true;
}

/** A comparison as the number 0 or 1, without touching XER. */
export function comparisonValue(
  s: Selection,
  operation: Comparison,
  d: Operand,
  a: Value,
  b: Value,
): undefined {
  const zero = b.operation === "const" && b.immediate === 0;
  const top = (from: Operand) => s.make("rlwinm", [d, from, number(1), number(31), number(31)]);
  const t = s.temporary();
  if (zero && operation === "lt_s") return s.emit(top(s.use(a)));
  if (zero && operation === "ge_s") {
    const x = s.use(a);
    return s.emit(s.make("nor", [t, x, x]), top(t));
  }
  if (zero && operation === "gt_s") {
    const x = s.use(a);
    const u = s.temporary();
    return s.emit(s.make("neg", [t, x]), s.make("andc", [u, t, x]), top(u));
  }
  if (operation === "eq" || operation === "ne") {
    if (zero && operation === "ne" && (possibleBits(a) & ~1) === 0) {
      return s.emit(s.machine.copy(d.kind === "register" ? d.register : 0, s.useNumber(a), s.location));
    }
    if (zero && operation === "eq" && (possibleBits(a) & ~1) === 0) {
      return s.emit(s.make("xori", [d, s.use(a), number(1)]));
    }
    const list: MachineInstruction[] = [];
    let difference = zero ? s.use(a) : t;
    if (!zero) {
      const n = b.operation === "const" ? b.immediate : undefined;
      if (n !== undefined && fits(-n)) list.push(s.make("addi", [t, s.use(a), number(-n)]));
      else if (n !== undefined && fitsUnsigned(n)) list.push(s.make("xori", [t, s.use(a), number(n)]));
      else list.push(s.make("subf", [t, s.use(b), s.use(a)]));
    } else difference = s.use(a);
    const zeros = s.temporary();
    list.push(s.make("cntlzw", [zeros, difference]));
    const equal = operation === "eq" ? d : s.temporary();
    list.push(s.make("rlwinm", [equal, zeros, number(27), number(5), number(31)]));
    if (operation === "ne") list.push(s.make("xori", [d, equal, number(1)]));
    return s.emit(...list);
  }
  // Emitted backwards: the comparison comes first when executed.
  const { bit, sense } = CONDITION_BITS[operation.slice(0, 2)];
  const list = [s.make("mfcr", [t])];
  const raw = sense ? d : s.temporary();
  list.push(s.make("rlwinm", [raw, t, number(bit + 1), number(31), number(31)]));
  if (!sense) list.push(s.make("xori", [d, raw, number(1)]));
  s.emit(...list);
  compare(s, operation, a, b);
}
