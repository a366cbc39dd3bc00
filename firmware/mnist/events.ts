/** From activations to lists of trigger words. */
import { load32 } from "../lib/intrinsics";
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

/** The end of the list with an event of `driver` (its trigger word with activation 0), if the activation is not 0. */
// @ts-ignore: decorator
@inline
function append(end: usize, activation: u32, driver: u32): usize {
  if (activation == 0) return end;
  store<u32>(end, driver - (activation << 16));
  return end + 4;
}

/**
 * Appends events for `count` activations (a multiple of 4) at `values` (aligned to 4), of the drivers that begin at
 * `words`, every `stride` bytes; returns the new end.
 */
export function appendEvents(end: usize, values: usize, count: u32, words: usize, stride: u32): usize {
  const last = values + count;
  for (let at = values; at < last; at += 4) {
    const four = load<u32>(at);
    if (four) {
      // loads that keep their order: their latencies overlap
      const first = load32(words);
      const second = load32(words + stride);
      const third = load32(words + 2 * stride);
      const fourth = load32(words + 3 * stride);
      end = append(end, four >>> 24, first);
      end = append(end, (four >>> 16) & 0xff, second);
      end = append(end, (four >>> 8) & 0xff, third);
      end = append(end, four & 0xff, fourth);
    }
    words += 4 * stride;
  }
  return end;
}
