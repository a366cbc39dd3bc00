import { detectHemisphere } from "./location";
import {
  awaitReset,
  convertedOdd,
  convertEven,
  eventWord,
  NO_EVENT,
  resetNeurons,
  rest,
  result,
  sendEvent,
  sendEvents,
  sendEventsSpaced,
  settle,
  useMatrixMode,
} from "./matrix-mode";
import { EVEN, ODD, writeSignedWeights } from "./synapses";
import { describe, expectBetween, expectBytes, expectBytesBetween, expectEqual, expectWord, IDEAL, test } from "./testing";
import { now } from "./time";
import { loadBytes, splatBytes, sync } from "./vector";

const baseline = memory.data(256, 128);
const reading = memory.data(256, 128);
const words = memory.data(64, 16);

useMatrixMode(detectHemisphere());

/** Inputs 0..31 with these weights in the even and the odd columns. */
function prepare(even: i32, odd: i32): void {
  for (let i: u32 = 0; i < 32; i++) {
    writeSignedWeights(i, EVEN, splatBytes(even));
    writeSignedWeights(i, ODD, splatBytes(odd));
  }
  rest();
  convertEven().store(baseline);
  convertedOdd().store(baseline, 128);
}

function begin(): void {
  resetNeurons();
  awaitReset();
}

function finish(): void {
  settle();
  result(convertEven(), loadBytes(baseline)).store(reading);
  result(convertedOdd(), loadBytes(baseline, 128)).store(reading, 128);
  sync();
}

/** All 32 inputs with the same activation. */
function product(activation: u32): void {
  begin();
  for (let i: u32 = 0; i < 32; i++) sendEvent(i, activation);
  finish();
}

function mean(parity: u32): i32 {
  let sum = 0;
  for (let k = 0; k < 128; k++) sum += load<i8>(reading + 128 * parity + k);
  return sum / 128;
}

test("an event's word has its bus, its row and its activation", () => {
  expectWord(eventWord(0), 0x00200001);
  expectWord(eventWord(5) - (31 << 16), 0x00410002);
  expectWord(eventWord(127), 0x07e00008);
});

describe("a product on an ideal chip", () => {
  test("is 0.0018 times the sum of activation times weight", () => {
    prepare(40, -20);
    product(20);
    expectBytesBetween(loadBytes(reading), 44, 48); // 0.0018 * 32 * 20 * 40 = 46
    expectBytesBetween(loadBytes(reading + 128), -25, -21); // 23
  }).onChip(IDEAL);

  test("is proportional to the activation", () => {
    prepare(40, -40);
    product(10);
    const ten = mean(0);
    product(30);
    expectBetween(mean(0), 3 * ten - 3, 3 * ten + 3);
    expectBetween(mean(1), -3 * ten - 3, -3 * ten + 3);
  }).onChip(IDEAL);

  test("is 0 without events, and with activation 0", () => {
    prepare(63, -63);
    begin();
    finish();
    expectBytes(loadBytes(reading), splatBytes(0));
    product(0);
    expectBytes(loadBytes(reading), splatBytes(0));
    expectBytes(loadBytes(reading + 128), splatBytes(0));
  }).onChip(IDEAL);

  test("is the same for listed events, fast or spaced, as for single ones", () => {
    prepare(30, 15);
    for (let i: u32 = 0; i < 8; i++) store<u32>(words + 4 * i, eventWord(i) - (25 << 16));
    begin();
    for (let repeat = 0; repeat < 4; repeat++) for (let i: u32 = 0; i < 8; i++) sendEvent(i, 25);
    finish();
    const single = mean(0);
    begin();
    sendEvents(words, 8, 4);
    finish();
    expectBetween(mean(0), single - 1, single + 1);
    begin();
    sendEventsSpaced(words, 8, 4, 20);
    finish();
    expectBetween(mean(0), single - 2, single + 2);
  }).onChip(IDEAL);
});

test("a real chip is near an ideal one, whatever the noise", () => {
  prepare(40, -40);
  product(20);
  expectBetween(mean(0), 42, 50);
  expectBetween(mean(1), -50, -42);
  let near = 0;
  for (let k = 0; k < 128; k++) if (abs(load<i8>(reading + k) - 46) < 25) near++;
  expectBetween(near, 120, 128);
}).noiseSeeds(1, 3);

test("spaced events keep their distance", () => {
  for (let i: u32 = 0; i < 8; i++) store<u32>(words + 4 * i, NO_EVENT);
  const start = now();
  sendEventsSpaced(words, 8, 2, 100);
  const took = now() - start;
  expectBetween(took, 1500, 1600);
  expectEqual(load<u32>(words), 0);
});
