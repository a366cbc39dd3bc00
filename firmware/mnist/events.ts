/** From activations to lists of trigger words. */
import { DRIVERS, eventWord, NO_EVENT } from "../lib/matrix-mode";

/** Trigger words of one input vector, padded to a multiple of 4. */
export const events = memory.data(4 * 132, 16);
/** Trigger word of each driver with activation 0. */
export const driverWords = memory.data(4 * 128, 16);

export function prepareEvents(): void {
  for (let i: u32 = 0; i < DRIVERS; i++) store<u32>(driverWords + 4 * i, eventWord(i));
}

/** Pads the list that ends at `end` and returns its length in words. */
export function finishEvents(end: usize): u32 {
  store<u32>(end, NO_EVENT);
  store<u32>(end, NO_EVENT, 4);
  store<u32>(end, NO_EVENT, 8);
  return ((<u32>(end - events) >> 2) + 3) & ~3;
}

/** Appends events for `count` activations at `values`, of the drivers that begin at `words`, every `stride` bytes; returns the new end. */
export function appendEvents(end: usize, values: usize, count: u32, words: usize, stride: u32): usize {
  for (let at: u32 = 0; at < count; at++) {
    const activation = load<u8>(values + at);
    if (activation) {
      store<u32>(end, load<u32>(words) - (<u32>activation << 16));
      end += 4;
    }
    words += stride;
  }
  return end;
}
