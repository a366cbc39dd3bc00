/** Instructions for pure scalar values. */
import type { Comparison, Value } from "../graph/ir.ts";
import { number, type Operand, register } from "../machine.ts";
import { logicalImmediate, rotateAndMask, selectAnd, selectOr } from "./bits.ts";
import { comparisonValue } from "./compare.ts";
import { fits, type Selection } from "./selection.ts";

export function selectArithmetic(s: Selection, v: Value, d: Operand, a: Value, b: Value): undefined {
  const n = b?.operation === "const" ? b.immediate : undefined;
  const two = (mnemonic: string, x = a, y = b) => s.emit(s.make(mnemonic, [d, s.use(x), s.use(y)]));
  const one = (mnemonic: string) => s.emit(s.make(mnemonic, [d, s.use(a)]));
  const immediate = (mnemonic: string, x: Operand, value: number, to = d) =>
    s.make(mnemonic, [to, x, number(value)]);
  switch (v.operation) {
    case "add": {
      if (n === undefined) return two("add");
      if (fits(n)) return s.emit(immediate("addi", s.use(a), n));
      if ((n & 0xffff) === 0) return s.emit(immediate("addis", s.use(a), n >> 16));
      if (s.analysis.loopOf.has(s.block)) return two("add");
      const t = s.temporary();
      const low = (n << 16) >> 16;
      return s.emit(immediate("addis", s.use(a), ((n - low) | 0) >> 16, t), immediate("addi", t, low));
    }
    case "sub":
      if (a.operation === "const") {
        const from = a.immediate;
        if (from === 0) return s.emit(s.make("neg", [d, s.use(b)]));
        if (from === -1) return two("nor", b, b);
        if (fits(from) && !s.analysis.loopOf.has(s.block)) {
          const t = s.temporary();
          return s.emit(s.make("neg", [t, s.use(b)]), immediate("addi", t, from));
        }
      }
      return two("subf", b, a);
    case "mul":
      return n !== undefined && fits(n) ? s.emit(immediate("mulli", s.use(a), n)) : two("mullw");
    case "mulhi_s":
      return two("mulhw");
    case "mulhi_u":
      return two("mulhwu");
    case "div_s":
      return two("divw");
    case "div_u":
      return two("divwu");
    case "and":
      return selectAnd(s, d, a, b);
    case "or":
      return selectOr(s, d, a, b);
    case "xor": {
      if (n === undefined) return two("xor");
      if (n === -1) return two("nor", a, a);
      if (!logicalImmediate(s, "xori", d, a, n)) two("xor");
      return;
    }
    case "shl":
      if (n === undefined) return two("slw");
      return rotateAndMask(s, d, a, n, -1 << n);
    case "shr_u":
      if (n === undefined) return two("srw");
      return rotateAndMask(s, d, a, 32 - n, (-1 >>> n) | 0);
    case "shr_s":
      return n === undefined ? two("sraw") : s.emit(immediate("srawi", s.use(a), n));
    case "rotl":
      if (n !== undefined) return rotateAndMask(s, d, a, n, -1);
      return s.emit(s.make("rlwnm", [d, s.use(a), s.use(b), number(0), number(31)]));
    case "clz":
      return one("cntlzw");
    case "extend8":
      return one("extsb");
    case "extend16":
      return one("extsh");
    case "popcnt": {
      const [bytes, sum] = [s.temporary(), s.temporary()];
      return s.emit(
        s.make("popcntb", [bytes, s.use(a)]),
        s.make("mullw", [sum, bytes, register(s.constant(0x01010101))]),
        s.make("rlwinm", [d, sum, number(8), number(24), number(31)]),
      );
    }
    default:
      return comparisonValue(s, v.operation as Comparison, d, a, b);
  }
}
