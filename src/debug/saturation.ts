/** Which lanes of a vector instruction saturate, from the meaning of its row. */
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";
import type { Expression, Statement } from "../../isa/meaning.ts";
import { meaningOf } from "../../isa/read-write.ts";
import type { Instruction } from "../../isa/types.ts";
import type { Ppu } from "../chip/index.ts";
import { enabledLanes } from "../core/vector/lane-model.ts";
import { readAccumulatorState } from "../core/vector/lanes.ts";
import type { Saturation } from "./types.ts";

interface Lane {
  readonly VRA: number;
  readonly VRB: number;
  readonly ACC: number;
  /** First value that was clamped, and what it became. */
  clamped?: { readonly exact: number; readonly result: number };
}

type Compiled = (lane: Lane) => number;

const CLAMPING = new Set(["sat", "satD", "fmul"]);
const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "<<": (a, b) => a * 2 ** b,
  ">>": (a, b) => Math.floor(a / 2 ** b),
};

/** Sums of a halfword accumulator need 33 bits, so that nothing here may be cut to 32. */
function clamp(lane: Lane, exact: number, bits: number): number {
  const result = Math.min(Math.max(exact, -(2 ** (bits - 1))), 2 ** (bits - 1) - 1);
  if (result !== exact) lane.clamped ??= { exact, result };
  return result;
}

function compile(node: Expression, width: number): Compiled {
  const sub = (part: Expression) => compile(part, width);
  switch (node.kind) {
    case "number":
      return () => node.value;
    case "name": {
      const { name } = node;
      if (name === "W") return () => width;
      if (name === "VRA" || name === "VRB" || name === "ACC") return (lane) => lane[name];
      break;
    }
    case "binary": {
      const operation = OPERATIONS[node.operator];
      const [left, right] = [sub(node.left), sub(node.right)];
      if (operation) return (lane) => operation(left(lane), right(lane));
      break;
    }
    case "call": {
      const parts = node.arguments.map(sub);
      if (node.name === "sat") return (lane) => clamp(lane, parts[0](lane), width);
      if (node.name === "satD") return (lane) => clamp(lane, parts[0](lane), 2 * width);
      if (node.name === "fmul") return (lane) => clamp(lane, 2 * parts[0](lane) * parts[1](lane), 2 * width);
    }
  }
  throw new Error(
    `a saturating vector row uses ${JSON.stringify(node)}, which lanes cannot be followed through`,
  );
}

function clamps(node: Expression): boolean {
  if (node.kind === "call") return CLAMPING.has(node.name) || node.arguments.some(clamps);
  if (node.kind === "binary") return clamps(node.left) || clamps(node.right);
  return false;
}

interface Saturating {
  readonly row: Instruction;
  readonly width: 8 | 16;
  readonly value: Compiled;
  readonly writesAccumulator: boolean;
  readonly operands: readonly ("VRA" | "VRB" | "ACC")[];
}

function describe(row: Instruction): Saturating | undefined {
  const [statement]: readonly Statement[] = meaningOf(row);
  if (statement?.kind !== "assign" || !clamps(statement.value)) return undefined;
  const width = row.vector!.width === "byte" ? 8 : 16;
  const operands = (["VRA", "VRB", "ACC"] as const).filter((name) =>
    new RegExp(`\\b${name}\\b`).test(row.meaning.split("=")[1]),
  );
  return {
    row,
    width,
    value: compile(statement.value, width),
    writesAccumulator: statement.target === "ACC",
    operands,
  };
}

const SATURATING = FXV_INSTRUCTIONS.map(describe).filter((entry) => entry !== undefined);

const rowOf = (word: number): Saturating | undefined =>
  SATURATING.find(({ row }) => (word & row.mask) === row.match);

/** True for a vector instruction whose lanes can saturate. */
export const canSaturate = (word: number): boolean => rowOf(word) !== undefined;

/** The first enabled lane that an instruction is about to saturate, from the state in front of it. */
export function firstSaturation(ppu: Ppu, word: number): Saturation | undefined {
  const found = rowOf(word);
  if (!found) return undefined;
  const { row, width, value, writesAccumulator, operands } = found;
  const { acc, vcr } = readAccumulatorState(ppu.memory as WebAssembly.Memory);
  const enabled = enabledLanes(word & 3, vcr);
  const [a, b] = [ppu.vector((word >>> 16) & 31), ppu.vector((word >>> 11) & 31)];
  const element = (bytes: Uint8Array, lane: number) =>
    width === 8 ? (bytes[lane] << 24) >> 24 : ((bytes[2 * lane] << 24) | (bytes[2 * lane + 1] << 16)) >> 16;
  for (let index = 0; index < 1024 / width; index++) {
    // A halfword of which one byte is enabled is written in part.
    if (width === 8 ? !enabled[index] : !enabled[2 * index] && !enabled[2 * index + 1]) continue;
    const accumulated = width === 16 ? acc[index] : (acc[index >> 1] << (index & 1 ? 16 : 0)) >> 16;
    const lane: Lane = { VRA: element(a, index), VRB: element(b, index), ACC: accumulated };
    value(lane);
    if (!lane.clamped) continue;
    return {
      mnemonic: row.mnemonic,
      register: writesAccumulator ? "acc" : `v${(word >>> 21) & 31}`,
      laneType: width === 8 ? "b" : "h",
      lane: index,
      operands: Object.fromEntries(operands.map((name) => [name, lane[name]])),
      ...lane.clamped,
    };
  }
  return undefined;
}
