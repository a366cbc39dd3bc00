/** Calls and parameters: where arguments travel (firmware-abi section 3). */

import type { SourceLocation } from "../../image.ts";
import { type BoundVariable, variableKey } from "../debug/scopes.ts";
import { CodegenError } from "../errors.ts";
import type { Value } from "../graph/ir.ts";
import {
  DebugPoint,
  frame,
  type MachineInstruction,
  number,
  type Operand,
  register,
  symbol,
  VECTOR_BASE,
} from "../machine.ts";
import type { Selection } from "./selection.ts";

export const SCALAR_ARGUMENTS = [3, 4, 5, 6, 7, 8, 9, 10];

export const VECTOR_ARGUMENTS = Array.from({ length: 13 }, (_, i) => VECTOR_BASE + 2 + i);

/** Scalar registers that a call destroys (firmware-abi section 3). */
const VOLATILE = [0, ...Array.from({ length: 10 }, (_, i) => 3 + i)];

interface Place {
  register?: number;
  /** Word in the argument area of the caller's frame. */
  stack?: number;
}

/** Where arguments travel, by position: r3..r10 and then the stack, V2..V14. */
function assignArguments(
  values: readonly Value[],
  name: string,
  location: SourceLocation | undefined,
): { places: Place[]; words: number } {
  let scalars = 0;
  let vectors = 0;
  const places = values.map((v): Place => {
    if (v.kind === "vector") {
      if (vectors === VECTOR_ARGUMENTS.length) {
        throw new CodegenError(
          `${name} takes more than ${VECTOR_ARGUMENTS.length} vector arguments; pass the address of an array`,
          location,
        );
      }
      return { register: VECTOR_ARGUMENTS[vectors++] };
    }
    const at = scalars++;
    return at < SCALAR_ARGUMENTS.length
      ? { register: SCALAR_ARGUMENTS[at] }
      : { stack: at - SCALAR_ARGUMENTS.length };
  });
  return { places, words: Math.max(0, scalars - SCALAR_ARGUMENTS.length) };
}

export function receiveParameters(s: Selection): undefined {
  const { places } = assignArguments(s.graph.parameters, s.graph.name, s.graph.location);
  const list: MachineInstruction[] = [];
  s.graph.parameters.forEach((v, i) => {
    if (!s.needed.has(v)) return;
    const to = s.registerOf(v);
    const { stack } = places[i];
    if (stack === undefined) list.push(s.machine.copy(to, places[i].register!, s.location));
    else list.push(s.make("lwz", [register(to), frame("incoming", stack), register(1)]));
  });
  const entry = parametersAtEntry(s, places);
  s.emit(...(entry ? [entry] : []), ...list);
}

/** Where variables that begin as parameters are before the first instruction. */
function parametersAtEntry(s: Selection, places: readonly Place[]): DebugPoint | undefined {
  const bound: BoundVariable[] = [];
  const operands: Operand[] = [];
  for (const v of s.graph.entry.values) {
    if (v.operation !== "debug") continue;
    v.variables.forEach((variable, i) => {
      const place = v.operands[i].operation === "parameter" ? places[v.operands[i].immediate] : undefined;
      const known = bound.some((other) => variableKey(other) === variableKey(variable));
      if (place?.register === undefined || variable.scope || known) return;
      bound.push(variable);
      operands.push(register(place.register));
    });
  }
  return bound.length > 0 ? new DebugPoint(bound, operands, true) : undefined;
}

export function selectCall(s: Selection, v: Value): undefined {
  const { machine } = s;
  const indirect = v.operation === "callIndirect";
  const values = indirect ? v.operands.slice(1) : v.operands;
  const { places, words } = assignArguments(values, v.target || "a function pointer", v.location);
  // What lies behind the call must not keep constants alive across it.
  s.flushConstants(s.stretch);
  s.location = v.location;
  const after: MachineInstruction[] = [];
  if (v.kind !== "none" && s.needed.has(v)) {
    after.push(machine.copy(s.registerOf(v), v.kind === "vector" ? VECTOR_BASE + 2 : 3, s.location));
  }
  s.emit(...after);
  const reads = places.flatMap((place) => place.register ?? []);
  machine.hasCalls = true;
  machine.outgoingWords = Math.max(machine.outgoingWords, words);
  const transfer: MachineInstruction[] = [];
  if (indirect) {
    transfer.push(s.make("mtspr", [number(9), s.use(v.operands[0])]));
    transfer.push(s.make("bcctrl", [number(20), number(0)]));
  } else if (s.around.near(v.target)) transfer.push(s.make("bl", [symbol(v.target, "relative")]));
  else {
    transfer.push(
      s.make("addis", [register(12), number(0), symbol(v.target, "high")]),
      s.make("ori", [register(12), register(12), symbol(v.target, "low")]),
      s.make("mtspr", [number(9), register(12)]),
      s.make("bcctrl", [number(20), number(0)]),
    );
  }
  const jump = transfer[transfer.length - 1];
  jump.extraReads = reads;
  jump.extraWrites = [...VOLATILE, ...s.around.vectorsWritten(indirect ? undefined : v.target)];
  s.emit(...transfer);
  const moves: MachineInstruction[] = [];
  values.forEach((value, i) => {
    const { stack, register: to } = places[i];
    if (stack !== undefined) {
      moves.unshift(s.make("stw", [s.use(value), frame("outgoing", stack), register(1)]));
    } else if (value.operation === "const") moves.push(...s.constantInto(to!, value.immediate));
    else moves.push(machine.copy(to!, s.useNumber(value), s.location));
  });
  s.emit(...moves);
}
