import { load32, store32 } from "./intrinsics";
import { detectHemisphere } from "./location";
import { barrier, peerAddress } from "./peer";
import { expectEqual, test } from "./testing";
import { waitCycles } from "./time";

const inbox = memory.data(64, 4);

test("a word stored at peerAddress arrives before the barrier is passed", () => {
  const here = detectHemisphere();
  for (let i: u32 = 0; i < 16; i++) store32(peerAddress(here, <u32>inbox + 4 * i), 1000 * here + i);
  barrier(here);
  for (let i: u32 = 0; i < 16; i++) expectEqual(load32(inbox + 4 * i), 1000 * (1 - here) + i);
}).onBothPpus();

test("barriers keep a slow PPU and a fast one in step", () => {
  const here = detectHemisphere();
  for (let turn: u32 = 1; turn <= 10; turn++) {
    // each is the slow one in turn
    if ((turn & 1) == here) waitCycles(700);
    store32(peerAddress(here, <u32>inbox), turn);
    barrier(here);
    expectEqual(load32(inbox), turn);
    barrier(here);
  }
}).onBothPpus();

test("a PPU alone waits for ever", () => {
  barrier(detectHemisphere());
}).expectTimeout(20000);
