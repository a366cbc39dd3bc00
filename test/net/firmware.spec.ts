import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../../src/lab/mnist-run.ts";
import { FORMAT, NetworkError, parseNetwork } from "../../src/lab/net/description.ts";
import { estimateNetwork } from "../../src/lab/net/estimate.ts";
import { evaluateIntegers } from "../../src/lab/net/integer-model.ts";
import { mnistNetwork } from "../../src/lab/net/mnist.ts";
import { compileInferenceFirmware, type NetworkAnswers, NetworkRun } from "../../src/lab/net/network-run.ts";
import { planNetwork } from "../../src/lab/net/plan.ts";
import { evaluateIdeal, quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import type { Image } from "../../src/toolchain/image.ts";
import { type Case, makeCase, randomChoice } from "./random-networks.ts";

const { gain } = analogParameters("ideal");
let firmware: Image;

beforeAll(async () => {
  firmware = await compileInferenceFirmware();
}, 120_000);

describe("the MNIST network as network.json", () => {
  const parameters = readParameters();
  const network = mnistNetwork(parameters);
  const images = loadMnist("test").images.subarray(0, 9 * 784);
  let answers: NetworkAnswers;

  beforeAll(async () => {
    answers = await new NetworkRun(network, firmware, { ideal: true }).infer(images);
  }, 120_000);

  it("gives the results of the integer models", () => {
    expect(answers.results).toEqual(evaluateIdeal(parameters, quantiseImages(images), gain));
    expect(answers.results).toEqual(evaluateIntegers(network, images, gain).results);
  });

  it("gives the results and classes of firmware/mnist", async () => {
    const mnist = await new MnistRun(parameters, await compileMnistFirmware(), { ideal: true }).classify(
      images,
    );
    expect(answers.results).toEqual(mnist.results);
    expect([...answers.classes!]).toEqual([...mnist.classes]);
    console.log(`${answers.cycles} cycles, firmware/mnist ${mnist.cycles}`);
  });
});

async function expectOracle({ network, images }: Case): Promise<NetworkRun> {
  const run = new NetworkRun(network, firmware, { ideal: true });
  const { results, classes, count } = await run.infer(images);
  const expected = evaluateIntegers(network, images, gain);
  expect(results).toEqual(expected.results);
  expect(classes).toEqual(expected.classes);
  expect(count * network.input.shape.reduce((a, b) => a * b)).toBe(images.length);
  return run;
}

function fits(json: object): boolean {
  try {
    return planNetwork(parseNetwork(json)).memory.batch > 0;
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

const codes = (shape: number | number[], ...layers: object[]) => ({
  format: FORMAT,
  input: { shape, values: "code" },
  layers,
});

describe("ideal chip = exact integers", () => {
  it("for random networks, by firmware on both PPUs", async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(randomChoice, async (choice) => {
        fc.pre(fits(choice.json));
        await expectOracle(makeCase(choice));
        runs++;
      }),
      { numRuns: 40 },
    );
    expect(runs).toBe(40);
  });

  it("for a dense layer in several passes of both hemispheres", async () => {
    const layers = [{ kind: "dense", outputs: 120, num_sends: 3 }, { kind: "relu" }];
    const run = await expectOracle(makeCase({ json: codes(784, ...layers), images: 3, seed: 1 }));
    expect(run.plan.layers[0]).toMatchObject({ split: "blocks", blocks: 7, resident: 2, passes: 2 });
  });

  it("for blocks of which the last pass leaves one hemisphere idle", async () => {
    const layers = [{ kind: "dense", outputs: 130, num_sends: 5 }, { kind: "argmax" }];
    const run = await expectOracle(makeCase({ json: codes(300, ...layers), images: 2, seed: 2 }));
    expect(run.plan.layers[0]).toMatchObject({ split: "blocks", blocks: 3, passes: 2 });
  });

  it("for a kernel of several blocks side by side, between padded layers", async () => {
    const layers = [
      { kind: "conv2d", name: "a", channels: 30, kernel: 3, padding: 1, num_sends: 9 },
      ...[{ kind: "relu" }, { kind: "requantise", shift: 2 }],
      { kind: "conv2d", name: "b", channels: 60, kernel: 3, stride: 2, padding: 2, num_sends: 2 },
    ];
    const run = await expectOracle(makeCase({ json: codes([2, 4, 4], ...layers), images: 3, seed: 3 }));
    expect(run.plan.layers[1]).toMatchObject({ split: "images", blocks: 3, columns: 64, passes: 1 });
  });

  it("over batches, the last of them with a single image", async () => {
    const layers = [{ kind: "dense", outputs: 250, num_sends: 2 }, { kind: "argmax" }];
    const choice = makeCase({ json: codes(384, ...layers), images: 1, seed: 4 });
    const { batch } = new NetworkRun(choice.network, firmware, { ideal: true }).plan.memory;
    const { batches } = await expectOracle(
      makeCase({ json: codes(384, ...layers), images: batch + 1, seed: 5 }),
    ).then((run) => run.infer(choice.images.subarray(0, 384)));
    expect(batches).toBe(1);
  });
});

describe("estimated cycles", () => {
  it("are near what the emulated chip counts", async () => {
    const between = [{ kind: "relu" }, { kind: "requantise", shift: 1 }];
    const networks = {
      dense: codes(128, { kind: "dense", outputs: 128, num_sends: 10 }),
      blocks: codes(512, { kind: "dense", outputs: 128 }, ...between, {
        kind: "dense",
        name: "b",
        outputs: 10,
      }),
      convolution: codes([8, 8, 8], {
        kind: "conv2d",
        channels: 20,
        kernel: 5,
        stride: 2,
        padding: 1,
        num_sends: 2,
      }),
    };
    for (const [name, json] of Object.entries(networks)) {
      for (const images of [2, 21]) {
        const choice = makeCase({ json, images, seed: 9 });
        const run = await expectOracle(choice);
        const { cycles } = await run.infer(choice.images);
        const density = choice.images.filter((value) => value > 0).length / choice.images.length;
        const { batchCycles } = estimateNetwork(run.plan, density, images);
        console.log(`${name}, ${images} images: ${cycles} cycles, estimated ${batchCycles}`);
        expect(batchCycles / cycles).toBeGreaterThan(0.75);
        expect(batchCycles / cycles).toBeLessThan(1.3);
      }
    }
  });
});
