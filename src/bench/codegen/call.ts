/** Calls a compiled kernel on a lone PPU. */

import { NO_BUS } from "../../core/bus.ts";
import { Ppu } from "../../core/ppu.ts";
import { WAIT } from "../scalar/programs.ts";
import { secondsSince } from "../turns.ts";
import type { KernelCode } from "./compilers.ts";

/** Addresses of the kernel's data. */
export const A = 0x2000;
export const B = 0x2800;
export const STACK = 0x3f00;
/** Where the kernel returns to: `wait`. */
const STOP = 0x3ff0;
/** Cycles after which a kernel has gone astray. */
const LEAST_LIMIT = 5_000_000;
const LIMIT_PER_N = 50_000;

export interface KernelCall {
  readonly seconds: number;
  /** Executed instructions. */
  readonly instructions: number;
  readonly cycles: number;
  readonly result: number;
}

/** A new PPU that holds the code and the same input data each time calls (A, B, n). Throws Error when it does not return. */
export function callKernel(code: KernelCode, n: number): KernelCall {
  const ppu = new Ppu({ name: "bench", bus: NO_BUS });
  const { words, gpr } = ppu.state;
  for (const { address, data } of code.sections) {
    data.forEach((byte, index) => {
      const at = address + index;
      words[at >> 2] |= byte << (24 - 8 * (at & 3));
    });
  }
  for (let i = 0; i < 0x200; i++) words[(A >> 2) + i] = Math.imul(i + 1, 0x9e3779b1);
  words[STOP >> 2] = WAIT;
  ppu.pc = code.entry;
  gpr[1] = STACK;
  [gpr[3], gpr[4], gpr[5]] = [A, B, n];
  ppu.setRegister("lr", STOP);
  const begin = process.hrtime.bigint();
  const reason = ppu.run(LEAST_LIMIT + LIMIT_PER_N * n);
  const seconds = secondsSince(begin);
  if (reason !== "sleep") throw new Error(`a kernel at 0x${code.entry.toString(16)} stopped by ${reason}`);
  return { seconds, instructions: ppu.instructions - 1, cycles: ppu.cycle, result: gpr[3] };
}
