/**
 * Vector state outside the memory of a PPU: lanes in their architectural order (byte lane 0 first, as in memory on
 * the chip) and as the hexadecimal digits of the golden records.
 */
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../layout.ts";

export const HALFWORD_LANES = VECTOR_BYTES / 2;

/** Accumulator and condition register in lane order. */
export interface AccumulatorState {
  /** 64 accumulators of 32 bits, by halfword lane. */
  readonly acc: Int32Array;
  readonly vcr: ConditionLanes;
}

/** VCR by byte lane: 128 times 0 or 1 each. */
export interface ConditionLanes {
  readonly eq: Uint8Array;
  readonly gt: Uint8Array;
  readonly lt: Uint8Array;
}

/** Masks behind mask 0, in the order of the cond field 1..3. */
const CONDITIONS = ["gt", "lt", "eq"] as const;

/** Accumulator and VCR of a reset PPU: all 0. */
export function emptyAccumulatorState(): AccumulatorState {
  const lanes = () => new Uint8Array(VECTOR_BYTES);
  return { acc: new Int32Array(HALFWORD_LANES), vcr: { eq: lanes(), gt: lanes(), lt: lanes() } };
}

/** 128 byte lanes from byte offset `offset` of a PPU's memory. */
export function readLanes(memory: WebAssembly.Memory, offset: number): Uint8Array {
  const bytes = new Uint8Array(memory.buffer, offset, VECTOR_BYTES);
  return Uint8Array.from(bytes, (_, lane) => bytes[lane ^ 3]);
}

export function writeLanes(memory: WebAssembly.Memory, offset: number, lanes: ArrayLike<number>): void {
  const bytes = new Uint8Array(memory.buffer, offset, VECTOR_BYTES);
  for (let lane = 0; lane < VECTOR_BYTES; lane++) bytes[lane ^ 3] = lanes[lane];
}

/** Copy of accumulator and VCR. */
export function readAccumulatorState(memory: WebAssembly.Memory): AccumulatorState {
  const words = new Int32Array(memory.buffer, MEMORY_LAYOUT.accumulator, HALFWORD_LANES);
  const acc = Int32Array.from(words, (_, lane) => words[lane ^ 1]);
  const [gt, lt, eq] = CONDITIONS.map((_, i) =>
    readLanes(memory, MEMORY_LAYOUT.masks + (i + 1) * VECTOR_BYTES).map((mask) => mask & 1),
  );
  return { acc, vcr: { eq, gt, lt } };
}

/** Replaces accumulator and VCR, and sets mask 0 (always) to all lanes. */
export function writeAccumulatorState(memory: WebAssembly.Memory, state: AccumulatorState): void {
  const words = new Int32Array(memory.buffer, MEMORY_LAYOUT.accumulator, HALFWORD_LANES);
  for (let lane = 0; lane < HALFWORD_LANES; lane++) words[lane ^ 1] = state.acc[lane];
  new Uint8Array(memory.buffer, MEMORY_LAYOUT.masks, VECTOR_BYTES).fill(0xff);
  CONDITIONS.forEach((name, i) => {
    const masks = state.vcr[name].map((bit) => (bit ? 0xff : 0));
    writeLanes(memory, MEMORY_LAYOUT.masks + (i + 1) * VECTOR_BYTES, masks);
  });
}

/** 256 digits, byte lane 0 first. */
export function lanesToHex(lanes: Uint8Array): string {
  return Array.from(lanes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** 128 byte lanes from 256 hexadecimal digits; throws a RangeError for anything else. */
export function lanesFromHex(digits: string): Uint8Array {
  if (!/^[0-9a-f]{256}$/i.test(digits)) {
    throw new RangeError(`vector "${digits.slice(0, 16)}": give 256 hexadecimal digits, byte lane 0 first`);
  }
  return Uint8Array.from({ length: VECTOR_BYTES }, (_, lane) =>
    Number.parseInt(digits.slice(2 * lane, 2 * lane + 2), 16),
  );
}

/** 512 digits: 64 accumulators of 8 digits, halfword lane 0 first. */
export function accumulatorToHex(acc: Int32Array): string {
  return Array.from(acc, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** 64 accumulators from 512 hexadecimal digits; throws a RangeError for anything else. */
export function accumulatorFromHex(digits: string): Int32Array {
  if (!/^[0-9a-f]{512}$/i.test(digits)) {
    throw new RangeError(
      `accumulator "${digits.slice(0, 16)}": give 512 hexadecimal digits, halfword lane 0 first`,
    );
  }
  return Int32Array.from({ length: HALFWORD_LANES }, (_, lane) =>
    Number.parseInt(digits.slice(8 * lane, 8 * lane + 8), 16),
  );
}

/** 32 digits, byte lane 0 in the most significant bit. */
export function conditionToHex(lanes: Uint8Array): string {
  let digits = "";
  for (let lane = 0; lane < VECTOR_BYTES; lane += 4) {
    digits += (
      (lanes[lane] << 3) |
      (lanes[lane + 1] << 2) |
      (lanes[lane + 2] << 1) |
      lanes[lane + 3]
    ).toString(16);
  }
  return digits;
}

/** 128 lanes of 0 or 1 from 32 hexadecimal digits; throws a RangeError for anything else. */
export function conditionFromHex(digits: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/i.test(digits)) {
    throw new RangeError(`condition mask "${digits}": give 32 hexadecimal digits, byte lane 0 first`);
  }
  return Uint8Array.from(
    { length: VECTOR_BYTES },
    (_, lane) => (Number.parseInt(digits[lane >> 2], 16) >> (3 - (lane & 3))) & 1,
  );
}
