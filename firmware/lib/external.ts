/**
 * External memory through the vector IO port. An access takes one request for 128 bytes, but the 32 words of the vector
 * come in reversed order: byte n of memory is lane n ^ 124. What is written and read through this port agrees with itself.
 */
import { VECTOR_EXTERNAL } from "./addresses";
import { type Bytes, readBytes, sync } from "./vector";

/** Lane (or offset in a copy made by `copyReversed`) of byte `n` of external memory. */
// @ts-ignore: decorator
@inline
export function reversed(n: u32): u32 {
  return n ^ 124;
}

/** Reads the 128 bytes at `offset` (a multiple of 16), words reversed. */
// @ts-ignore: decorator
@inline
export function readExternal(offset: u32): Bytes {
  return readBytes(VECTOR_EXTERNAL, offset >> 4);
}

/** Writes 128 bytes at `offset` (a multiple of 16), words reversed. */
// @ts-ignore: decorator
@inline
export function writeExternal(value: Bytes, offset: u32): void {
  value.write(VECTOR_EXTERNAL, offset >> 4);
}

/** Copies `vectors` times 128 bytes from external memory at `offset` to SRAM at `to`; byte n lands at `to + reversed(n)`. */
export function copyReversed(to: usize, offset: u32, vectors: u32): void {
  for (let i: u32 = 0; i < vectors; i++) readExternal(offset + 128 * i).store(to, 128 * i);
  sync();
}
