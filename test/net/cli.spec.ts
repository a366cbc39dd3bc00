import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadFashionMnist } from "../../src/lab/fashion-mnist.ts";
import { parseNetworkText } from "../../src/lab/net/description.ts";
import { mnistNetwork } from "../../src/lab/net/mnist.ts";
import { encodeNpy } from "../../src/lab/net/npy.ts";
import { decodeNpz } from "../../src/lab/net/npz.ts";
import { attachWeights } from "../../src/lab/net/weights.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import { packageRoot } from "../../src/package-root.ts";
import { ppu, workspace } from "../cli/harness.ts";

const { path, file } = workspace();
const example = (...names: string[]) => join(packageRoot(), "examples", ...names);
const XOR = [
  example("xor", "network.json"),
  ...["--weights", example("xor", "weights.npz"), "--images", example("xor", "images.npy")],
];

describe("ppu map", () => {
  it("draws the digit network, in text and SVG, and counts", async () => {
    const svg = path("plan.svg");
    const { code, stdout } = await ppu("map", example("mnist", "network.json"), "-o", svg);
    expect(code).toBe(0);
    expect(stdout).toMatch(/D {2}inputs 384\.\.499 on drivers 0\.\.115 .* on columns 128\.\.255/);
    expect(stdout).toMatch(/│ conv {3}│ +25 │ +25 │ +2250 │ +2000 │ +50000 │/);
    expect(stdout).toMatch(/67280 weights; .* 57 images a batch/);
    const picture = readFileSync(svg, "utf8");
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    // 6 arrays of 3 layers, the background, and a rectangle for each of the 2 + 4 + 2 blocks
    expect(picture.match(/<rect /g)).toHaveLength(6 + 1 + 8);
    expect(picture.split("<g>").length).toBe(picture.split("</g>").length);
  });

  it("exports the shipped digit network; the shipped description is its own", async () => {
    const { code } = await ppu("map", "--export-mnist", path("mnist"));
    expect(code).toBe(0);
    const text = readFileSync(join(path("mnist"), "network.json"), "utf8");
    expect(text).toBe(readFileSync(example("mnist", "network.json"), "utf8"));
    const arrays = decodeNpz(readFileSync(join(path("mnist"), "weights.npz")));
    const { network } = attachWeights(parseNetworkText(text), arrays);
    expect(network.weights).toEqual(mnistNetwork(readParameters()).weights);
  });

  it("prints every problem in a line of its own", async () => {
    const bad = file(
      "bad.json",
      '{"format": "ppu-emu network 1", "input": {"shape": [4]}, "layers": [{"kind": "x"}]}',
    );
    const { code, stderr, stdout } = await ppu("map", bad);
    expect([code, stdout]).toEqual([127, ""]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      `ppu: ${bad}: layers[0]: unknown kind "x"; there are dense, conv2d, relu, requantise, argmax`,
      `ppu: ${bad}: there is no dense or conv2d layer`,
    ]);
    expect((await ppu("map")).stderr).toMatch(/^ppu: which network\?/);
    expect((await ppu("map", path("none.json"))).stderr).toMatch(
      /none\.json can't be read \(no such file\)\n$/,
    );
    expect((await ppu("map", bad, "--density", "2")).stderr).toMatch(/--density needs a number from 0 to 1/);
  });
});

describe("ppu infer", () => {
  it("solves the exclusive or on a chip with mismatch and noise", async () => {
    const { code, stdout } = await ppu("infer", ...XOR, "--labels", example("xor", "labels.npy"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/Accuracy 100\.00 % \(4 of 4 images\)/);
  });

  it("equals the integer model on the ideal chip, as JSON", async () => {
    const { stdout } = await ppu("infer", ...XOR, "--ideal", "--compare", "--json", "--count", "3");
    expect(JSON.parse(stdout)).toMatchObject({ images: 3, classes: [0, 1, 1], different: 0, batches: 1 });
  });

  it("says that a batch was not full, and after Ctrl-C what has been done", async () => {
    const full = await ppu("infer", ...XOR, "--show", "0");
    expect(full.stdout).toMatch(/The batch is part-filled \(4 of \d+ images\)/);
    const press = (event: string | symbol, listener: () => void) => {
      if (event === "SIGINT") setImmediate(listener);
    };
    // 1,000 images are a batch, so there are two.
    const images = file("many.npy", encodeNpy({ shape: [1001, 3], data: new Uint8Array(3003) }));
    process.on("newListener", press);
    const { code, stdout } = await ppu("infer", ...XOR.slice(0, 4), images, "--json");
    process.removeListener("newListener", press);
    expect(code).toBe(130);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ images: 1000, batches: 1, imagesInBatch: 1000, interrupted: true });
    expect(answer.classes).toHaveLength(1000);
  });

  it("refuses labels of another shape, and of classes that the network does not have", async () => {
    const table = file("table.npy", encodeNpy({ shape: [4, 3], data: new Uint8Array(12) }));
    expect((await ppu("infer", ...XOR, "--labels", table)).stderr).toBe(
      `ppu: ${table}: shape 4 x 3 is no list of labels; give one whole number an image\n`,
    );
    const nine = file("nine.npy", encodeNpy({ shape: [4], data: Uint8Array.of(0, 1, 9, 1) }));
    expect((await ppu("infer", ...XOR, "--labels", nine)).stderr).toBe(
      `ppu: ${nine}: there is the label 9; the network has 2 classes, 0..1\n`,
    );
  });

  it("refuses unusable images and weights in one line", async () => {
    const [network, option, weights] = XOR;
    const images = file("images.npy", encodeNpy({ shape: [1, 3], data: Uint8Array.of(1, 2, 32) }));
    const tooLarge = await ppu("infer", network, option, weights, "--images", images);
    expect([tooLarge.code, tooLarge.stderr]).toEqual([
      127,
      `ppu: ${images}: inputs beyond 31; the network takes codes 0..31\n`,
    ]);
    const foreign = await ppu("infer", network, option, images, "--images", images);
    expect(foreign.stderr).toBe(`ppu: ${images}: truncated or not an npz file (no end of a zip archive)\n`);
    expect((await ppu("infer", network)).stderr).toMatch(/required option '--weights <file>' not specified/);
  });
});

describe("Fashion-MNIST", () => {
  const image = (category: number, n: number) => [category, n, ...new Array<number>(782).fill(0)];

  it("is split by class with a seed; no image is lost or in both sets", () => {
    for (let c = 0; c < 10; c++) {
      const data = Array.from({ length: 7 }, (_, n) => image(c, n));
      file(`${c}.json`, JSON.stringify({ data: c === 0 ? [...data, [], []] : data }));
    }
    const options = { directory: path("."), perClass: 7, trainingPerClass: 5 };
    const { train, test } = loadFashionMnist(options);
    const keys = (set: typeof train) =>
      Array.from({ length: set.count }, (_, n) => `${set.images[784 * n]} ${set.images[784 * n + 1]}`);
    expect([train.count, test.count]).toEqual([50, 20]);
    expect(new Set([...keys(train), ...keys(test)]).size).toBe(70);
    for (const set of [train, test]) {
      for (let n = 0; n < set.count; n++) expect(set.labels[n]).toBe(set.images[784 * n]);
      for (let c = 0; c < 10; c++)
        expect(set.labels.filter((label) => label === c).length).toBe(set.count / 10);
    }
    expect(keys(loadFashionMnist(options).train)).toEqual(keys(train));
    expect(keys(loadFashionMnist({ ...options, seed: 2 }).train)).not.toEqual(keys(train));
  });

  it("says what is wrong with a file", () => {
    expect(() => loadFashionMnist({ directory: path("nowhere") })).toThrow(
      /0\.json can't be read; reinstall/,
    );
    expect(() => loadFashionMnist({ directory: path("."), perClass: 8 })).toThrow(
      /does not hold 8 images of 784 bytes/,
    );
  });
});
