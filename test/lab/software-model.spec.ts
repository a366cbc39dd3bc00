import { describe, expect, it } from "vitest";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { sliceImages } from "../../src/lab/image-set.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { accuracy, classify, evaluateIdeal, quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import { SoftwareChip } from "../../src/lab/software-model.ts";
import { randomNetwork } from "./random-network.ts";

const digits = sliceImages(loadMnist("test"), 5000, 5400);
const images = quantiseImages(digits.images);

describe("software model of a chip", () => {
  it("agrees with the exact integer evaluation on the ideal chip, bit by bit", () => {
    const parameters = analogParameters("ideal");
    for (const network of [randomNetwork(3), readParameters()]) {
      const chip = new SoftwareChip({ chipSeed: 1, noiseSeed: 1, parameters, batch: 25 });
      const part = images.subarray(0, 40 * 784);
      expect(chip.evaluate(network, part)).toEqual(evaluateIdeal(network, part, parameters.gain));
    }
  });

  it("repeats itself for the same seeds and differs for others", () => {
    const part = images.subarray(0, 10 * 784);
    const network = readParameters();
    const run = (chipSeed: number, noiseSeed: number) =>
      new SoftwareChip({ chipSeed, noiseSeed }).evaluate(network, part).join();
    expect(run(1, 1)).toBe(run(1, 1));
    expect(run(1, 1)).not.toBe(run(1, 2));
    expect(run(1, 1)).not.toBe(run(2, 1));
  });
});

describe("shipped parameters", () => {
  const network = readParameters();

  it("recognise at least 97 % of 400 test digits on the ideal and three calibrated chips", () => {
    const ideal = accuracy(classify(evaluateIdeal(network, images, 0.0018)), digits.labels);
    expect(ideal).toBeGreaterThan(0.97);
    for (const seed of [1, 2, 3]) {
      const chip = new SoftwareChip({ chipSeed: seed, noiseSeed: seed });
      const share = accuracy(classify(chip.evaluate(network, images)), digits.labels);
      console.log(`chip seed ${seed}: ${(share * 100).toFixed(1)} % of 400`);
      expect(share).toBeGreaterThan(0.97);
    }
  });

  it("fail on a raw chip, which is what calibration is for", () => {
    const chip = new SoftwareChip({ chipSeed: 1, noiseSeed: 1, parameters: analogParameters("raw") });
    const part = 200;
    const answers = classify(chip.evaluate(network, images.subarray(0, part * 784)));
    expect(accuracy(answers, digits.labels.subarray(0, part))).toBeLessThan(0.95);
  });
});
