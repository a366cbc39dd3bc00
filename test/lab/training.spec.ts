import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sliceImages } from "../../src/lab/image-set.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { encodeParameters } from "../../src/lab/parameter-file.ts";
import { type Matrix, MatrixMemory, transpose } from "../../src/lab/training/matrix.ts";
import { Pass } from "../../src/lab/training/pass.ts";
import { RandomStream } from "../../src/lab/training/random-stream.ts";
import { TRAINING_DEFAULTS, train } from "../../src/lab/training/train.ts";

function fill(matrix: Matrix, value: (row: number, column: number) => number): void {
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++) matrix.data[i * matrix.stride + j] = value(i, j);
  }
}

describe("matrix kernel", () => {
  it("multiplies small integers exactly, with and without transposition", async () => {
    const memory = await MatrixMemory.create(16);
    const size = fc.integer({ min: 1, max: 40 });
    let used = 0;
    fc.assert(
      fc.property(size, size, size, fc.nat(1000), (rows, inner, columns, mix) => {
        used++;
        const value = (i: number, j: number) => ((i * 31 + j * 17 + mix) % 13) - 6;
        const a = memory.matrix(rows, inner);
        const at = memory.matrix(inner, rows);
        const b = memory.matrix(inner, columns);
        const c = memory.matrix(rows, columns);
        const d = memory.matrix(rows, columns);
        fill(a, value);
        transpose(a, at);
        fill(b, (i, j) => value(j, i + 3));
        memory.multiply(a, b, c);
        memory.multiplyTransposed(at, b, d);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) sum += value(i, k) * value(j, k + 3);
            expect(c.data[i * c.stride + j]).toBe(sum);
            expect(d.data[i * d.stride + j]).toBe(sum);
          }
        }
      }),
      { seed: 1, numRuns: 20 },
    );
    expect(used).toBe(20);
  });
});

describe("gradients", () => {
  it("of the last layers agree with differences of the loss", async () => {
    const pass = await Pass.create(4);
    const random = new RandomStream(5);
    const weights = pass.weights();
    for (const matrix of [pass.hidden1, ...weights]) random.fillNormal(matrix.data, 0.1);
    const labels = Uint8Array.of(3, 1, 4, 9);
    const loss = () => {
      pass.dense1(weights[1]);
      const [a, b, c, d] = pass.partial.map((block) => block.data);
      for (let n = 0; n < 4 * 128; n++) pass.hidden2.data[n] = a[n] + b[n] + c[n] + d[n];
      pass.dense2(weights[2]);
      return pass.loss(labels, 1);
    };
    loss();
    pass.backward3(weights[2]);
    pass.dSum.data.set(pass.dHidden2.data);
    pass.backward2(weights[1]);
    const cases = [
      [weights[1], pass.gradients[1], 77 * 128 + 5],
      [weights[1], pass.gradients[1], 499 * 128 + 127],
      [weights[2], pass.gradients[2], 100 * 16 + 9],
      [pass.hidden1, pass.dHidden1, 2 * pass.hidden1.stride + 400],
    ] as const;
    for (const [matrix, gradient, at] of cases) {
      const before = matrix.data[at];
      const step = 0.02;
      matrix.data[at] = before + step;
      const above = loss();
      matrix.data[at] = before - step;
      const below = loss();
      matrix.data[at] = before;
      expect((above - below) / (2 * step)).toBeCloseTo(gradient.data[at], 3);
    }
  });
});

describe("training", () => {
  it("learns from a few digits and is reproducible by seed", async () => {
    const digits = sliceImages(loadMnist("train"), 0, 2500);
    const test = sliceImages(loadMnist("test"), 0, 40);
    const options = { ...TRAINING_DEFAULTS, floatEpochs: 3, chipEpochs: 1, validation: 100, batch: 100 };
    const run = async (seed: number) => {
      const lines: string[] = [];
      const result = await train(digits, test, { ...options, seed }, (line) => lines.push(line));
      expect(lines.filter((line) => / epoch /.test(line)).length).toBe(4);
      return result;
    };
    const first = await run(1);
    expect(first.validation.float).toBeGreaterThan(0.75);
    expect(first.validation.chips[1]).toBeGreaterThan(0.75);
    // 40 images are less than a batch.
    expect(first.test?.float).toBeGreaterThan(0.7);
    expect((40 * (first.test?.float ?? 0)) % 1).toBeCloseTo(0, 9);
    const bytes = encodeParameters(first.network);
    expect(encodeParameters((await run(1)).network)).toEqual(bytes);
  });
});
