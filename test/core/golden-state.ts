/** Golden notation of vector state, and the retired list without what the RTL issues in the shadow of exceptions. */
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../../src/core/layout.ts";
import type { Ppu } from "../../src/core/ppu.ts";
import { fromHex, type Program, type ProgramRun, toHex } from "./golden.ts";

const ACCUMULATORS = 64;
const ALIGNMENT_VECTOR = 0x18;
const PROGRAM_VECTOR = 0x1c;
const ALIGNMENT_TO_VECTOR = 8;

export const lanesHex = (lanes: ArrayLike<number>): string =>
  Array.from(lanes, (lane) => lane.toString(16).padStart(2, "0")).join("");

export function accumulatorHex(ppu: Ppu): string {
  const words = new Int32Array(ppu.memory.buffer, MEMORY_LAYOUT.accumulator, ACCUMULATORS);
  return Array.from({ length: ACCUMULATORS }, (_, lane) => toHex(words[lane ^ 1])).join("");
}

/** One mask of VCR, byte lane 0 as the most significant bit. */
export function conditionHex(ppu: Ppu, name: "gt" | "lt" | "eq"): string {
  const at = MEMORY_LAYOUT.masks + VECTOR_BYTES * { gt: 1, lt: 2, eq: 3 }[name];
  const bytes = new Uint8Array(ppu.memory.buffer, at, VECTOR_BYTES);
  const bits = Array.from({ length: VECTOR_BYTES }, (_, lane) => (bytes[lane ^ 3] ? "1" : "0")).join("");
  return BigInt(`0b${bits}`)
    .toString(16)
    .padStart(VECTOR_BYTES / 4, "0");
}

function isTrap(program: Program, pc: number): boolean {
  const word = fromHex(program.image[pc >>> 2] ?? "0");
  return word >>> 26 === 3 || (word >>> 26 === 31 && ((word >>> 1) & 1023) === 4);
}

/**
 * The retired list with numeric addresses. Instructions that issue between a misaligned access or a taken trap and its
 * vector have no effect (timing-measured T3) and are left out.
 */
export function withoutShadows(program: Program, run: ProgramRun): [number, number][] {
  const list: [number, number][] = [];
  for (const [cycle, text] of run.retired) {
    const pc = fromHex(text);
    if (pc === ALIGNMENT_VECTOR) {
      while (list.length > 0 && list.at(-1)![0] > cycle - ALIGNMENT_TO_VECTOR) list.pop();
    } else if (pc === PROGRAM_VECTOR) {
      while (list.length > 0 && !isTrap(program, list.at(-1)![1])) list.pop();
    }
    list.push([cycle, pc]);
  }
  return list;
}
