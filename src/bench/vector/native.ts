/** The lane loops in C, compiled for this machine and checked against the kernels. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../../core/layout.ts";
import { loadKernels } from "../../core/vector/kernels.ts";
import {
  readAccumulatorState,
  readLanes,
  writeAccumulatorState,
  writeLanes,
} from "../../core/vector/lanes.ts";
import { GCC, runTool } from "../tools.ts";
import { lanesSource } from "./lanes-c.ts";

const WORD_OPERANDS = { ra: 0x12345678, imm: 2, cond: 1 };
/** VRT, VRA, VRB of the checked and of the timed instructions. */
export const REGISTERS = { t: 3, a: 1, b: 2 };
/** Bytes that the program reads and writes for a row. */
const INPUT_BYTES = 5 * VECTOR_BYTES + 2 * VECTOR_BYTES + 12;
const OUTPUT_BYTES = 7 * VECTOR_BYTES;

/** Which of T, and A and B, hold halfwords. */
function widths({ mnemonic, vector }: Instruction): { readonly target: boolean; readonly source: boolean } {
  const halfwords = vector?.width === "halfword";
  const moves = /^fxvu?pck/.test(mnemonic);
  return { target: halfwords, source: moves ? !halfwords : halfwords };
}

/** Byte lanes as C has them: pairs swapped where they are halfwords. */
const inC = (lanes: Uint8Array, halfwords: boolean): Uint8Array =>
  halfwords ? lanes.map((_, lane) => lanes[lane ^ 1]) : lanes;

/** Accumulators as C has them: 64 of 32 bits, or 128 of 16, the upper half of a word first. */
function accumulators(acc: Int32Array, halfwords: boolean): Uint8Array {
  const halves = new Int16Array(VECTOR_BYTES);
  acc.forEach((word, lane) => {
    halves[2 * lane + (halfwords ? 1 : 0)] = word >> 16;
    halves[2 * lane + (halfwords ? 0 : 1)] = word;
  });
  return new Uint8Array(halves.buffer);
}

const randomBytes = (seed: number, length: number): Uint8Array => {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    // Extremes, so that saturation is seen.
    return state & 0x100000 ? state >>> 24 : state & 0x200000 ? 0x80 : 0x7f;
  });
};

const inputs = (index: number) => {
  const [t, a, b, gt, memory] = [1, 2, 3, 4, 5].map((n) => randomBytes(100 * index + n, VECTOR_BYTES));
  const acc = new Int32Array(randomBytes(100 * index + 6, 2 * VECTOR_BYTES).buffer);
  return { t, a, b, acc, gt: gt.map((byte) => byte & 1), memory };
};

/** What the kernel of a row makes of its inputs, in the order in which the program writes. */
function byKernel(row: Instruction, index: number): readonly Uint8Array[] {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { t, a, b, acc, gt } = inputs(index);
  const at = (register: number) => MEMORY_LAYOUT.vectors + register * VECTOR_BYTES;
  const none = new Uint8Array(VECTOR_BYTES);
  writeAccumulatorState(memory, { acc, vcr: { gt, eq: none, lt: none } });
  writeLanes(memory, at(REGISTERS.t), t);
  writeLanes(memory, at(REGISTERS.a), a);
  writeLanes(memory, at(REGISTERS.b), b);
  loadKernels(memory).execute(index, instructionWord(row, WORD_OPERANDS.cond), WORD_OPERANDS.ra);
  const { target } = widths(row);
  const state = readAccumulatorState(memory);
  const compares = row.timing === "compare";
  return [
    inC(readLanes(memory, at(REGISTERS.t)), target),
    accumulators(state.acc, target),
    ...(compares ? [state.vcr.eq, state.vcr.gt, state.vcr.lt].map((bits) => bits.map((bit) => -bit)) : []),
  ];
}

/** The word of a row with `REGISTERS` and, where it has them, a shift by 2 and a condition or count. */
export function instructionWord(row: Instruction, cond: number): number {
  const third = row.timing === "shift" ? WORD_OPERANDS.imm : REGISTERS.b;
  const takesCondition = row.vector?.conditional || row.timing === "permute2";
  const registers = (REGISTERS.t << 21) | (REGISTERS.a << 16) | (third << 11);
  return row.match | registers | (takesCondition ? cond : 0);
}

function inputOf(row: Instruction, index: number): Uint8Array {
  const { t, a, b, acc, gt, memory } = inputs(index);
  const { target, source } = widths(row);
  const operands = new Int32Array([WORD_OPERANDS.ra, WORD_OPERANDS.imm, WORD_OPERANDS.cond]);
  const parts = [
    inC(t, target),
    inC(a, source),
    inC(b, source),
    accumulators(acc, target),
    gt.map((bit) => -bit),
    memory,
    new Uint8Array(operands.buffer),
  ];
  return Buffer.concat(parts, INPUT_BYTES);
}

function check(program: string): void {
  const input = Buffer.concat(FXV_INSTRUCTIONS.map(inputOf));
  const output = execFileSync(program, { input, maxBuffer: 2 ** 20 });
  FXV_INSTRUCTIONS.forEach((row, index) => {
    if (row.vector?.width === "none") return;
    const at = index * OUTPUT_BYTES;
    const [t, acc, ...conditions] = byKernel(row, index);
    const wanted = Buffer.concat([t, acc, ...conditions]);
    const all = output.subarray(at, at + OUTPUT_BYTES);
    // The memory stands between the accumulators and the conditions.
    const got = Buffer.concat([all.subarray(0, t.length + acc.length), all.subarray(4 * VECTOR_BYTES)]);
    if (!got.subarray(0, wanted.length).equals(wanted)) {
      throw new Error(`${row.mnemonic}: C and the kernel compute different lanes`);
    }
  });
}

/**
 * Compiles the loops into `directory`; throws Error when one of them computes something else than its kernel.
 * @returns a function that times them: nanoseconds a call, by position in FXV_INSTRUCTIONS
 */
export function nativeLanes(directory: string): (calls: number) => number[] {
  const [source, program] = [join(directory, "lanes.c"), join(directory, "lanes")];
  writeFileSync(source, lanesSource());
  runTool(GCC, ["-O3", "-march=native", "-fwrapv", "-o", program, source]);
  check(program);
  return (calls) =>
    execFileSync(program, [String(calls)], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map(Number);
}
