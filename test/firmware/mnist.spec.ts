import { beforeAll, describe, expect, it } from "vitest";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { BATCH_CAPACITY, batchPieces, networkPieces } from "../../src/lab/mnist-memory.ts";
import { compileMnistFirmware, MnistRun } from "../../src/lab/mnist-run.ts";
import { accuracy, evaluateIdeal, quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import type { Image } from "../../src/toolchain/image.ts";

const test = loadMnist("test");
const network = readParameters();
let firmware: Image;

beforeAll(async () => {
  firmware = await compileMnistFirmware();
});

describe("MNIST by firmware on both PPUs", () => {
  it("on an ideal chip every result equals the integer model, over batches of all sizes", async () => {
    const count = BATCH_CAPACITY + 4;
    const images = test.images.subarray(0, count * 784);
    const answers = await new MnistRun(network, firmware, { ideal: true }).classify(images);
    expect(answers.batches).toBe(2);
    const expected = evaluateIdeal(network, quantiseImages(images), analogParameters("ideal").gain);
    expect(answers.results).toEqual(expected);
    const single = await new MnistRun(network, firmware, { ideal: true }).classify(images.subarray(0, 784));
    expect(single.results).toEqual(expected.slice(0, 10));
  });

  it("repeats itself exactly with the same seeds and differs with another noise seed", async () => {
    const images = test.images.subarray(0, 10 * 784);
    const run = (noiseSeed: number) =>
      new MnistRun(network, firmware, { chipSeed: 5, noiseSeed }).classify(images);
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(first);
    expect(other.results).not.toEqual(first.results);
  });

  it("answers most digits right on a calibrated chip", async () => {
    const count = 2 * BATCH_CAPACITY;
    const run = new MnistRun(network, firmware, { chipSeed: 1, noiseSeed: 1 });
    const { classes } = await run.classify(test.images.subarray(0, count * 784));
    expect(accuracy(classes, test.labels)).toBeGreaterThan(0.93);
    expect(run.chip.diagnostics).toEqual([]);
  });

  it("stops early when asked and keeps what is done", async () => {
    const run = new MnistRun(network, firmware, { ideal: true });
    const images = test.images.subarray(0, (BATCH_CAPACITY + 1) * 784);
    const { classes } = await run.classify(images, () => false);
    expect(classes.length).toBe(BATCH_CAPACITY);
  });

  it("refuses batches and networks that the firmware can't take", () => {
    expect(() => batchPieces(network, new Uint8Array(784 * (BATCH_CAPACITY + 1)))).toThrow(/up to 73 images/);
    const [conv, dense1, dense2] = network;
    expect(() => networkPieces([{ ...conv, shift: 0 }, dense1, dense2])).toThrow(/shift of at least 1/);
  });
});
