import { VECTOR_LABELS } from "./addresses";
import { clearDrivers, EVEN, ODD, readWeights, writeLabels, writeSignedWeights, writeWeights } from "./synapses";
import { expectBytes, test } from "./testing";
import { loadBytes, readBytes, splatBytes, sync } from "./vector";

const ramp = memory.data(128, 128);
const positive = memory.data(128, 128);
const negative = memory.data(128, 128);

test("even and odd columns of a row are kept apart", () => {
  writeWeights(200, EVEN, splatBytes(11));
  writeWeights(200, ODD, splatBytes(22));
  writeWeights(201, EVEN, splatBytes(33));
  sync();
  expectBytes(readWeights(200, EVEN), splatBytes(11));
  expectBytes(readWeights(200, ODD), splatBytes(22));
  expectBytes(readWeights(201, EVEN), splatBytes(33));
  expectBytes(readWeights(201, ODD), splatBytes(0));
});

test("weights have 6 bits", () => {
  writeWeights(0, EVEN, splatBytes(-1));
  sync();
  expectBytes(readWeights(0, EVEN), splatBytes(63));
});

test("signed weights are split into an excitatory and an inhibitory row", () => {
  for (let i = 0; i < 128; i++) {
    const weight = i < 64 ? i - 63 : i - 64;
    store<i8>(ramp + i, weight);
    store<i8>(positive + i, weight > 0 ? weight : 0);
    store<i8>(negative + i, weight < 0 ? -weight : 0);
  }
  sync();
  writeSignedWeights(17, ODD, loadBytes(ramp));
  sync();
  expectBytes(readWeights(35, ODD), loadBytes(positive));
  expectBytes(readWeights(34, ODD), loadBytes(negative));
  expectBytes(readWeights(35, EVEN), splatBytes(0));
});

test("clearDrivers clears weights and labels of its drivers only", () => {
  for (let row: u32 = 8; row < 16; row++) {
    writeWeights(row, EVEN, splatBytes(1));
    writeLabels(row, ODD, splatBytes(2));
  }
  clearDrivers(5, 7);
  sync();
  for (let row: u32 = 8; row < 16; row++) {
    const cleared = row >= 10 && row < 14;
    expectBytes(readWeights(row, EVEN), splatBytes(cleared ? 0 : 1));
    expectBytes(readBytes(VECTOR_LABELS, 2 * row + ODD), splatBytes(cleared ? 0 : 2));
  }
});
