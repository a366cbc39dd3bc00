/** Masks, rotates, insertions and logical immediates. */
import { possibleBits } from "../fold/bits.ts";
import type { Value } from "../graph/ir.ts";
import { number, type Operand } from "../machine.ts";
import { fitsUnsigned, type Selection } from "./selection.ts";

/** First and last bit (Power numbering) of a mask that is one run of ones, possibly around the end. */
export function maskRange(mask: number): [begin: number, end: number] | undefined {
  if (mask === 0) return undefined;
  if (mask === -1) return [0, 31];
  const run = (m: number): [number, number] | undefined => {
    const begin = Math.clz32(m);
    const end = 31 - (31 - Math.clz32(m & -m));
    return (begin === 0 ? -1 << (31 - end) : ((-1 >>> begin) & (-1 << (31 - end))) | 0) === (m | 0)
      ? [begin, end]
      : undefined;
  };
  const straight = run(mask);
  if (straight) return straight;
  const gap = run(~mask);
  return gap && [gap[1] + 1, gap[0] - 1];
}

/** xori/xoris or ori/oris for constants of one half; false when both halves are set. */
export function logicalImmediate(
  s: Selection,
  mnemonic: "xori" | "ori",
  d: Operand,
  a: Value,
  n: number,
): boolean {
  const low = n & 0xffff;
  const high = n >>> 16;
  if (high !== 0 && low !== 0 && s.analysis.loopOf.has(s.block)) return false;
  if (high === 0) s.emit(s.make(mnemonic, [d, s.use(a), number(low)]));
  else if (low === 0) s.emit(s.make(`${mnemonic}s`, [d, s.use(a), number(high)]));
  else {
    const t = s.temporary();
    s.emit(s.make(`${mnemonic}s`, [t, s.use(a), number(high)]), s.make(mnemonic, [d, t, number(low)]));
  }
  return true;
}

/** (a rotated left by `count`) & mask, taking shifts and masks of a single use along. */
export function rotateAndMask(s: Selection, d: Operand, a: Value, count: number, mask: number): undefined {
  let source = a;
  let turn = count & 31;
  let bits = mask;
  for (let depth = 0; depth < 4 && s.onlyUse(source); depth++) {
    const [inner, by] = source.operands;
    const k = by?.operation === "const" ? by.immediate : undefined;
    if (k === undefined) break;
    let innerMask: number;
    let innerTurn = 0;
    if (source.operation === "and") innerMask = k;
    else if (source.operation === "shl") [innerMask, innerTurn] = [-1 << k, k];
    else if (source.operation === "shr_u") [innerMask, innerTurn] = [(-1 >>> k) | 0, 32 - k];
    else if (source.operation === "rotl") [innerMask, innerTurn] = [-1, k];
    else break;
    const turned = turn === 0 ? innerMask : (innerMask << turn) | (innerMask >>> (32 - turn));
    const both = bits & turned;
    if (both !== 0 && !maskRange(both)) break;
    if (both === 0) break;
    bits = both;
    turn = (turn + innerTurn) & 31;
    source = inner;
  }
  const range = maskRange(bits)!;
  s.emit(s.make("rlwinm", [d, s.use(source), number(turn), number(range[0]), number(range[1])]));
}

export function selectAnd(s: Selection, d: Operand, a: Value, b: Value): undefined {
  if (b.operation === "const") {
    const n = b.immediate;
    if (maskRange(n)) return rotateAndMask(s, d, a, 0, n);
    if (fitsUnsigned(n)) return s.emit(s.make("andi.", [d, s.use(a), number(n)]));
    if ((n & 0xffff) === 0) return s.emit(s.make("andis.", [d, s.use(a), number(n >>> 16)]));
  }
  for (const [x, y] of [
    [a, b],
    [b, a],
  ]) {
    if (y.operation === "xor" && y.operands[1].operation === "const" && y.operands[1].immediate === -1) {
      if (s.onlyUse(y)) return s.emit(s.make("andc", [d, s.use(x), s.use(y.operands[0])]));
    }
  }
  s.emit(s.make("and", [d, s.use(a), s.use(b)]));
}

export function selectOr(s: Selection, d: Operand, a: Value, b: Value): undefined {
  if (b.operation === "const" && logicalImmediate(s, "ori", d, a, b.immediate)) return;
  // A shifted value beside bits that it leaves free is inserted.
  for (const [x, y] of [
    [a, b],
    [b, a],
  ]) {
    if (!s.onlyUse(y) || y.operands[1]?.operation !== "const" || x.operation === "const") continue;
    const k = y.operands[1].immediate;
    const mask = y.operation === "shl" ? -1 << k : y.operation === "shr_u" ? (-1 >>> k) | 0 : 0;
    if (mask === 0 || (possibleBits(x) & mask) !== 0) continue;
    const range = maskRange(mask)!;
    const turn = y.operation === "shl" ? k : 32 - k;
    const into = d.kind === "register" ? d.register : 0;
    const from = s.useNumber(x);
    s.emit(
      s.machine.copy(into, from, s.location),
      s.make("rlwimi", [d, s.use(y.operands[0]), number(turn), number(range[0]), number(range[1])]),
    );
    return;
  }
  s.emit(s.make("or", [d, s.use(a), s.use(b)]));
}
