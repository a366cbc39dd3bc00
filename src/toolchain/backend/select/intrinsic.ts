/** Functions of the modules `fxv` and `ppu` that are single instructions. */

import { CodegenError } from "../errors.ts";
import type { Value } from "../graph/ir.ts";
import { addressOperand } from "../loops/induction.ts";
import { type MachineInstruction, number, type Operand, register } from "../machine.ts";
import { vectorAddress } from "./access.ts";
import type { Selection } from "./selection.ts";

export function selectIntrinsic(s: Selection, v: Value): undefined {
  const use = v.intrinsic!;
  if (!use.row) return selectScalarIntrinsic(s, v);
  const at = addressOperand(v);
  const operands: Operand[] = [];
  const before: MachineInstruction[] = [];
  const target = use.result === "vector" ? s.registerOf(v) : undefined;
  let next = 0;
  for (const operand of use.row.operands) {
    if (operand.field === "VRT" && target !== undefined) {
      operands.push(register(target));
      if (use.predicated) before.push(s.machine.copy(target, s.useNumber(v.operands[next++]), s.location));
    } else if (operand.kind === "condition") {
      if (use.arguments.includes(operand)) operands.push(number(constantOperand(v, next++, 0, 3)));
    } else if (operand.kind === "immediate") {
      operands.push(number(constantOperand(v, next++, -16, 15)));
    } else if (next === at) {
      operands.push(...vectorAddress(s, v.operands[next++]));
    } else if (at !== undefined && operand.field === "RB") {
      // Second half of the address, pushed with the first.
    } else operands.push(s.use(v.operands[next++]));
  }
  const instruction = s.make(use.row.mnemonic, operands);
  instruction.tied = use.predicated && target !== undefined;
  s.emit(...before, instruction);
}

export function constantOperand(v: Value, index: number, low: number, high: number): number {
  const operand = v.operands[index];
  const what = `argument ${index + 1} of ${v.intrinsic!.name}`;
  if (operand.operation !== "const") {
    throw new CodegenError(
      `${what} must be a constant; pass a literal or a const, and mark functions that hand it on @inline`,
      v.location,
    );
  }
  if (operand.immediate < low || operand.immediate > high) {
    throw new CodegenError(`${what} is ${operand.immediate}; allowed are ${low} to ${high}`, v.location);
  }
  return operand.immediate;
}

export function selectScalarIntrinsic(s: Selection, v: Value): undefined {
  const { name } = v.intrinsic!;
  const d = () => register(s.registerOf(v));
  switch (name) {
    case "mfspr":
      return s.emit(s.make("mfspr", [d(), number(constantOperand(v, 0, 0, 1023))]));
    case "mtspr":
      return s.emit(s.make("mtspr", [number(constantOperand(v, 0, 0, 1023)), s.use(v.operands[1])]));
    case "mfmsr":
      return s.emit(s.make("mfmsr", [d()]));
    case "mtmsr":
      return s.emit(s.make("mtmsr", [s.use(v.operands[0])]));
    case "trap":
      return s.emit(s.make("tw", [number(31), register(0), register(0)]));
    default:
      return s.emit(s.make(name, [number(0)]));
  }
}
