import { describe, expect, it } from "vitest";
import { FORMAT, NetworkError, parseNetwork, parseNetworkText } from "../../src/lab/net/description.ts";
import { estimateNetwork } from "../../src/lab/net/estimate.ts";
import { planNetwork } from "../../src/lab/net/plan.ts";
import { attachWeights, exportWeights, percentileMagnitude } from "../../src/lab/net/weights.ts";

const BETWEEN = [{ kind: "relu" }, { kind: "requantise", shift: 2 }];
const dense = (outputs: number, more: object = {}) => ({ kind: "dense", outputs, ...more });
const json = (shape: unknown, ...layers: object[]) => ({ format: FORMAT, input: { shape }, layers });

function problems(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof NetworkError) return error.problems;
    throw error;
  }
  return [];
}

describe("network.json", () => {
  it("has its shapes worked out, PyTorch's defaults included", () => {
    const conv = { kind: "conv2d", channels: 6, kernel: [3, 2], stride: [2, 1], padding: [1, 0] };
    const network = parseNetwork(json([2, 9, 8], conv, ...BETWEEN, dense(10), { kind: "argmax" }));
    expect(network.layers[0]).toMatchObject({ name: "layer0", inputs: 12, output: [6, 5, 7], shift: 2 });
    expect(network.layers[1]).toMatchObject({
      name: "layer3",
      inputs: 210,
      output: [10, 1, 1],
      sends: 1,
      wait: 0,
    });
    expect(network).toMatchObject({ argmax: true, input: { values: "byte" } });
  });

  it("is refused with one line per problem", () => {
    const faults = {
      format: "other",
      input: { shape: [1, 2], values: "float" },
      layers: [
        { kind: "relu" },
        { kind: "dense", units: 5, num_sends: 0, name: "fc" },
        { kind: "pool" },
        { kind: "requantise", shift: 9 },
        dense(3, { name: "fc", scale: -1 }),
        { kind: "argmax" },
        dense(1),
      ],
    };
    expect(problems(() => parseNetwork(faults, "n.json"))).toEqual([
      `n.json: format must be "${FORMAT}"`,
      "n.json: input: shape must be [channels, rows, columns] or [inputs] with whole numbers 1..4096",
      'n.json: input: values must be "byte" (0..255) or "code" (0..31)',
      "n.json: layers[0]: relu must follow a dense or conv2d layer",
      'n.json: layers[1]: unknown field "units"; a dense layer has kind, name, num_sends, wait, scale, weights, outputs',
      "n.json: layers[1]: num_sends must be a whole number 1..64, not 0",
      "n.json: layers[1]: outputs must be a whole number 1..4096, missing",
      'n.json: layers[2]: unknown kind "pool"; there are dense, conv2d, relu, requantise, argmax',
      "n.json: layers[3]: requantise must directly follow relu (negative values have no 5-bit code)",
      "n.json: layers[3]: shift must be a whole number 0..7, not 9",
      'n.json: layers[4]: scale must be "percentile", {"percentile": 0..100} or a factor above 0',
      "n.json: layers[4]: the name fc is taken",
      "n.json: layers[6]: nothing can follow argmax",
      "n.json: layers[6]: inputs have 5 bit (0..31), the results of fc are signed bytes; put relu and requantise between",
    ]);
    expect(problems(() => parseNetwork([], "n.json"))[0]).toBe("n.json: must be an object");
    expect(problems(() => parseNetworkText("{", "n.json"))[0]).toMatch(/^n\.json: not JSON: /);
    const conv = { kind: "conv2d", channels: 1, kernel: 5, padding: 5 };
    expect(problems(() => parseNetwork(json([1, 2, 20], { ...conv, padding: 1 })))).toEqual([
      "network.json: layers[0]: kernel 5 x 5 is larger than the padded input 4 x 22",
    ]);
    expect(problems(() => parseNetwork(json([1, 2, 2], conv)))).toEqual([
      "network.json: layers[0]: padding must be smaller than the kernel",
    ]);
  });
});

describe("weights", () => {
  const network = parseNetwork(json([3], dense(2, { name: "fc" })));
  const array = (data: number[], shape = [2, 3]) => ({ shape, data: Float32Array.from(data) });
  const attach = (data: number[], scale?: unknown) =>
    attachWeights(
      parseNetwork(json([3], dense(2, { name: "fc", scale }))),
      new Map([["fc.weight", array(data)]]),
      "w",
    );

  it("go from PyTorch's order to inputs first and back", () => {
    const arrays = new Map([["fc.weight", array([1, 2, 3, -4, -5, 63])]]);
    const { network: mapped, reports } = attachWeights(network, arrays);
    expect([...mapped.weights[0]]).toEqual([1, -4, 2, -5, 3, 63]);
    expect(reports).toEqual([{ layer: "fc", factor: 1, clipped: 0 }]);
    expect([...exportWeights(mapped).get("fc.weight")!.data]).toEqual([1, 2, 3, -4, -5, 63]);
  });

  it("are quantised by factor or percentile, half away from zero", () => {
    expect([...attach([0.25, -0.25, 0.1, 1, -1, 2], 10).network.weights[0]]).toEqual([3, 10, -3, -10, 1, 20]);
    const { network: mapped, reports } = attach([0.5, -1, 0, 0.25, 4, -0.5], { percentile: 80 });
    expect([...mapped.weights[0]]).toEqual([32, 16, -63, 63, 0, -32]);
    expect(reports).toEqual([{ layer: "fc", factor: 63, clipped: 1 }]);
    expect(percentileMagnitude([3, -1, 2], 100)).toBe(3);
    expect(attach([0, 0, 0, 0, 0, 0], "percentile").reports[0].factor).toBe(1);
  });

  it("are refused with one line per problem", () => {
    const lines = (arrays: [string, ReturnType<typeof array>][]) =>
      problems(() => attachWeights(network, new Map(arrays), "w.npz"));
    expect(lines([])).toEqual(["w.npz: there is no fc.weight for layer fc"]);
    const good = [1, 2, 3, 4, 5, 6];
    expect(lines([["fc.weight", array(good, [3, 2])]])).toEqual([
      "w.npz: fc.weight has shape 3 x 2, layer fc needs 2 x 3",
    ]);
    expect(lines([["fc.weight", array([1, 64, -70, 0, 0, 0])]])).toEqual([
      'w.npz: fc.weight: 2 weights are beyond 63; give the layer a "scale", e.g. "percentile"',
    ]);
    expect(lines([["fc.weight", array([1, 0.5, 0, 0, 0, 0])]])[0]).toMatch(/are not whole numbers; give/);
    expect(lines([["fc.weight", array([1, Number.NaN, 0, 0, 0, 0])]])[0]).toMatch(/no finite numbers/);
    const others: [string, ReturnType<typeof array>][] = ["fc.bias", "bn.mean"].map((name) => [
      name,
      array([1], [1]),
    ]);
    expect(lines([["fc", array(good)], ...others])).toEqual([
      "w.npz: fc.bias can't be used, the array adds no bias; train without",
      "w.npz: bn.mean belongs to no layer; leave it out",
    ]);
  });
});

describe("a network that does not fit", () => {
  const plan = (shape: unknown, ...layers: object[]) =>
    problems(() => planNetwork(parseNetwork(json(shape, ...layers))));

  it("is refused with the reason and with what would fit", () => {
    expect(plan([10], dense(300, { name: "fc" }))).toEqual([
      "layer fc: 300 outputs need 304 columns, an array has 256; use up to 256 outputs (a network is a chain: no second layer can take the others)",
    ]);
    const conv = { kind: "conv2d", name: "conv", channels: 64, kernel: 5 };
    expect(plan([32, 8, 8], conv)).toEqual([
      "layer conv: 800 kernel inputs (32 x 5 x 5) are 7 blocks of 128; side by side they need 448 columns, an array has 256; use up to 32 channels with this kernel or up to 512 kernel inputs with these channels",
      "layer conv: 800 kernel inputs, the gather table in PPU memory holds 512; use fewer input channels or a smaller kernel",
    ]);
    expect(plan([4, 32, 32], { ...conv, channels: 8, kernel: 3 })).toEqual([
      "layer conv: an image takes 4096 bytes before it (padding 0 x 0 included), PPU memory holds 3072; use fewer channels or a smaller image",
      "layer conv: an image takes 7200 bytes behind it (padding of the next layer included), PPU memory holds 2048; use fewer channels or a larger stride",
    ]);
    expect(plan([1024], dense(200, { name: "fc" }))).toEqual([
      "external memory: weights, tables and one image need 264578 bytes, there are 131072 (133506 too many); the largest layer is fc with 262144 bytes of weights, use fewer inputs or outputs there",
    ]);
  });

  it("really begins beyond the limits that the messages name", () => {
    expect(plan([10], dense(256))).toEqual([]);
    expect(plan([32, 4, 4], { kind: "conv2d", channels: 64, kernel: 4 })).toEqual([]);
    expect(plan([3, 32, 32], { kind: "conv2d", channels: 8, kernel: 3, stride: 2 })).toEqual([]);
    expect(plan([784], dense(128), ...BETWEEN, dense(10))).toEqual([]);
  });
});

describe("the placement", () => {
  it("deals blocks out evenly and uses no driver or column twice", () => {
    for (const [inputs, outputs] of [
      [784, 128],
      [300, 250],
      [640, 40],
      [1280, 48],
    ]) {
      const { layers } = planNetwork(parseNetwork(json([inputs], dense(outputs))));
      const { tiles, split, blocks } = layers[0];
      const used = new Set<string>();
      for (const { hemisphere, pass, firstColumn } of tiles) {
        expect(firstColumn + outputs).toBeLessThanOrEqual(256);
        for (let column = firstColumn; column < firstColumn + outputs; column++)
          used.add(`${hemisphere} ${pass} ${column}`);
      }
      expect(used.size).toBe(outputs * tiles.length);
      const [top, bottom] = [0, 1].map(
        (side) => tiles.filter(({ hemisphere }) => hemisphere === side).length,
      );
      if (split === "images") expect([top, bottom]).toEqual([blocks, blocks]);
      else {
        expect(top + bottom).toBe(blocks);
        expect(top - bottom).toBeLessThanOrEqual(layers[0].resident);
      }
      expect(tiles.reduce((sum, tile) => sum + tile.inputs, 0)).toBe(
        split === "images" ? 2 * inputs : inputs,
      );
    }
  });

  it("counts vectors, runs, events and multiply-accumulates", () => {
    const conv = { kind: "conv2d", channels: 20, kernel: 10, stride: 5, padding: 1, num_sends: 4 };
    const { layers } = estimateNetwork(planNetwork(parseNetwork(json([1, 28, 28], conv))), 0.5);
    expect(layers[0]).toMatchObject({ vectors: 25, runs: 25, events: 25 * 100 * 0.5 * 4, macs: 50000 });
  });
});
