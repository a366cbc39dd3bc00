/** Loads and stores with displacement, index or update, and the addresses of vector accesses. */
import type { Value } from "../graph/ir.ts";
import { number, type Operand, register } from "../machine.ts";
import { fits, type Selection } from "./selection.ts";

const LOADS: Record<string, string> = { "1": "lbz", "2": "lhz", "2s": "lha", "4": "lwz" };

const STORES: Record<string, string> = { "1": "stb", "2": "sth", "4": "stw" };

/** Splits an address into (RA|0) + displacement or RA + RB; emits what is needed in front when told to. */
export function splitAddress(
  s: Selection,
  v: Value,
  offset: number,
  lowest: number,
): { base: Operand; displacement: Operand } | [Operand, Operand] {
  let base = v;
  let at = offset;
  if (base.operation === "const") {
    at = (at + base.immediate) | 0;
    if (fits(at) && at >= lowest) return { base: number(0), displacement: number(at) };
    const low = (at << 16) >> 16;
    if (low >= lowest) {
      return { base: register(s.constant((at - low) | 0)), displacement: number(low) };
    }
    return { base: register(s.constant(at)), displacement: number(0) };
  }
  if (base.operation === "symbol") return { base: s.use(base), displacement: number(at) };
  while (base.operation === "add" && base.operands[1].operation === "const" && !base.updatedBy) {
    const sum = (at + base.operands[1].immediate) | 0;
    if (!fits(sum) || sum < lowest) break;
    at = sum;
    base = base.operands[0];
  }
  if (!fits(at) || at < lowest) return [s.use(base), register(s.constant(at))];
  if (
    at === 0 &&
    base.operation === "add" &&
    base.operands[1].operation !== "const" &&
    !s.needed.has(base) &&
    s.analysis.loopOf.get(base.block) === s.analysis.loopOf.get(s.block)
  ) {
    return [s.use(base.operands[0]), s.use(base.operands[1])];
  }
  return { base: s.use(base), displacement: number(at) };
}

export function selectAccess(s: Selection, v: Value): undefined {
  const load = v.operation === "load";
  const mnemonic = load ? LOADS[`${v.bytes}${v.signed ? "s" : ""}`] : STORES[v.bytes];
  // A load whose result nobody uses still happens when it is volatile.
  const data = load ? register(s.registerOf(v)) : s.use(v.operands[1]);
  const increment = v.operands[0];
  const make = (form: string, operands: Operand[]) => {
    const instruction = s.make(`${mnemonic}${form}`, operands);
    instruction.ordered = v.volatile;
    return instruction;
  };
  if (increment.updatedBy === v) {
    s.emitted.add(increment);
    const pointer = register(s.registerOf(increment));
    s.emit(
      s.machine.copy(s.registerOf(increment), s.useNumber(increment.operands[0]), s.location),
      make("u", [data, number(increment.operands[1].immediate), pointer]),
    );
    return;
  }
  const address = splitAddress(s, v.operands[0], v.immediate, v.signed ? 0 : -0x8000);
  if (Array.isArray(address)) s.emit(make("x", [data, ...address]));
  else s.emit(make("", [data, address.displacement, address.base]));
}

/** (RA|0) and RB of a vector access. */
export function vectorAddress(s: Selection, v: Value): [Operand, Operand] {
  if (v.operation === "add" && !s.needed.has(v)) {
    const [a, b] = v.operands;
    const outer = s.analysis.loopOf.get(v.block) !== s.analysis.loopOf.get(s.block);
    if (!outer) return [s.use(a), s.use(b)];
  }
  return [number(0), s.use(v)];
}
