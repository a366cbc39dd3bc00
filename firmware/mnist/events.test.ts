import { eventWord, NO_EVENT } from "../lib/matrix-mode";
import { expectEqual, expectWord, test } from "../lib/testing";
import { appendEvents, driverWords, events, finishEvents, prepareEvents } from "./events";

const activations = memory.data<u8>([0, 31, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);

prepareEvents();

test("lists an event for each activation that is not 0", () => {
  const end = appendEvents(events, activations, 12, driverWords, 4);
  expectEqual(<i32>(end - events), 5 * 4);
  expectWord(load<u32>(events), eventWord(1) - (31 << 16));
  for (let n: u32 = 0; n < 4; n++) expectWord(load<u32>(events + 4 + 4 * n), eventWord(8 + n) - ((n + 1) << 16));
});

test("a stride passes over drivers", () => {
  const end = appendEvents(events, activations + 8, 4, driverWords, 8);
  expectEqual(<i32>(end - events), 16);
  for (let n: u32 = 0; n < 4; n++) expectWord(load<u32>(events + 4 * n), eventWord(2 * n) - ((n + 1) << 16));
});

test("lists are padded to a multiple of 4 with words that reach no driver", () => {
  for (let count: u32 = 0; count <= 8; count++) {
    for (let at: u32 = 0; at < 64; at += 4) store<u32>(events + at, 0xffffffff);
    const padded = finishEvents(events + 4 * count);
    expectEqual(padded, (count + 3) & ~3);
    for (let n = count; n < padded; n++) expectWord(load<u32>(events + 4 * n), NO_EVENT);
  }
});
