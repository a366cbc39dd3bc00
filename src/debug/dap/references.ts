/**
 * Numbers and texts by which a client names things: threads, frames, and addresses. An address of the PPU that
 * runs the program stands for itself; one of the other PPU has a 1 above its 32 bits, so that it stays a number.
 */
import type { PpuName } from "../types.ts";
import { RequestError } from "./checks.ts";

const OTHER = 2 ** 32;
const FRAMES_OF_A_THREAD = 0x1_0000;
const THREADS: readonly PpuName[] = ["top", "bottom"];

const otherOf = (ppu: PpuName): PpuName => (ppu === "top" ? "bottom" : "top");

export const threadOf = (ppu: PpuName): number => THREADS.indexOf(ppu) + 1;

/** Throws RequestError. */
export function ppuOfThread(thread: number): PpuName {
  const ppu = THREADS[thread - 1];
  if (ppu) return ppu;
  throw new RequestError(`there is no thread ${thread}; 1 is the top PPU, 2 the bottom one`);
}

export const frameId = (ppu: PpuName, index: number): number => threadOf(ppu) * FRAMES_OF_A_THREAD + index;

/** Throws RequestError. */
export function frameOf(id: number): { readonly ppu: PpuName; readonly frame: number } {
  return {
    ppu: ppuOfThread(Math.floor(id / FRAMES_OF_A_THREAD)),
    frame: id % FRAMES_OF_A_THREAD,
  };
}

export interface Place {
  readonly ppu: PpuName;
  readonly address: number;
}

/** `plain`: the PPU whose addresses stand for themselves. The address may lie outside the 32 bits. */
export function referenceOf({ ppu, address }: Place, plain: PpuName): string {
  const number = (ppu === plain ? 0 : OTHER) + address;
  return number < 0 ? `${number}` : `0x${number.toString(16)}`;
}

/** The place that a reference and a distance in bytes mean. Throws RequestError. */
export function placeOf(reference: string, plain: PpuName, offset = 0): Place {
  const value = /^\s*(0x[0-9a-f]{1,9}|\d{1,10})\s*$/i.test(reference) ? Number(reference) : Number.NaN;
  if (!(value < 2 * OTHER)) throw new RequestError(`"${reference}" is no address; write it as 0x120`);
  const address = (value % OTHER) + offset;
  if (address < 0 || address >= OTHER) {
    throw new RequestError(`${reference} and ${offset} bytes lies outside the 32-bit addresses`);
  }
  return { ppu: value >= OTHER ? otherOf(plain) : plain, address };
}
