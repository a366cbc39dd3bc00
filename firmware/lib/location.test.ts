import { detectHemisphere, perHemisphere, TOP } from "./location";
import { load32, store32 } from "./intrinsics";
import { barrier, peerAddress } from "./peer";
import { expectEqual, expectNotEqual, test } from "./testing";

const fromPeer = memory.data(4, 4);

test("both PPUs know where they are, each something else", () => {
  const here = detectHemisphere();
  store32(peerAddress(here, <u32>fromPeer), here);
  barrier(here);
  expectNotEqual(load32(fromPeer), here);
  expectEqual(load32(fromPeer) + here, 1);
}).onBothPpus();

test("finds the hemisphere again and again", () => {
  const here = detectHemisphere();
  for (let i = 0; i < 3; i++) expectEqual(detectHemisphere(), here);
  expectEqual(perHemisphere(here, 10, 20), here == TOP ? 10 : 20);
});
