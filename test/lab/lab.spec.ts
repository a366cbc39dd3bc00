import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError, sliceImages } from "../../src/lab/image-set.ts";
import { loadMnist, mnistDirectory } from "../../src/lab/mnist-data.ts";
import {
  accuracy,
  activationIndex,
  argmax,
  clampInt8,
  classify,
  convertingRelu,
  gatherPatch,
  idealResult,
  inputBlocks,
  quantiseImages,
  quantisePixel,
} from "../../src/lab/network.ts";
import {
  decodeParameters,
  encodeParameters,
  ParameterFileError,
  readParameters,
} from "../../src/lab/parameter-file.ts";
import { randomNetwork } from "./random-network.ts";

describe("MNIST", () => {
  it("has 60,000 and 10,000 digits whose first labels are known", () => {
    const training = loadMnist("train");
    const test = loadMnist("test");
    expect([training.count, training.images.length, training.labels.length]).toEqual([
      60000, 47040000, 60000,
    ]);
    expect([test.count, test.images.length, test.labels.length]).toEqual([10000, 7840000, 10000]);
    expect([...training.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const part = sliceImages(test, 3, 5);
    expect([part.count, ...part.labels, part.images.length]).toEqual([2, 0, 4, 1568]);
  });

  it("says which file is damaged or missing", () => {
    const directory = mkdtempSync(join(tmpdir(), "mnist-"));
    try {
      expect(() => loadMnist("test", directory)).toThrow(/t10k-images-idx3-ubyte can't be read; reinstall/);
      const images = "t10k-images-idx3-ubyte";
      symlinkSync(join(mnistDirectory(), images), join(directory, images));
      writeFileSync(join(directory, "t10k-labels-idx1-ubyte"), new Uint8Array(10008));
      expect(() => loadMnist("test", directory)).toThrow(/t10k-labels-idx1-ubyte is damaged/);
      expect(() => loadMnist("test", directory)).toThrow(DataError);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("integer arithmetic of the network", () => {
  it("quantises all bytes as round(byte * 31 / 255)", () => {
    for (let byte = 0; byte < 256; byte++) expect(quantisePixel(byte)).toBe(Math.round((byte * 31) / 255));
    expect([...quantiseImages(Uint8Array.of(0, 4, 5, 255))]).toEqual([0, 0, 1, 31]);
  });

  it("gathers patches from the zero padded image", () => {
    const image = Uint8Array.from({ length: 784 }, (_, pixel) => pixel % 251);
    const padded = (row: number, column: number) =>
      row < 1 || row > 28 || column < 1 || column > 28 ? 0 : image[(row - 1) * 28 + column - 1];
    const out = new Uint8Array(100);
    for (let patch = 0; patch < 25; patch++) {
      gatherPatch(image, patch, out);
      const top = 5 * Math.floor(patch / 5);
      const left = 5 * (patch % 5);
      for (let n = 0; n < 100; n++) {
        expect(out[n]).toBe(padded(top + Math.floor(n / 10), left + (n % 10)));
      }
    }
  });

  it("clamps, shifts and picks the first largest", () => {
    expect([clampInt8(-129), clampInt8(-128), clampInt8(127), clampInt8(128)]).toEqual([
      -128, -128, 127, 127,
    ]);
    expect([-5, 0, 3, 4, 123, 124, 127].map((v) => convertingRelu(v, 2))).toEqual([0, 0, 0, 1, 30, 31, 31]);
    expect(argmax([1, 7, 7, -3])).toBe(1);
    expect(activationIndex(3, 7)).toBe(3 * 25 + 1 * 5 + 2);
    expect(inputBlocks(500).map((block) => block.count)).toEqual([128, 128, 128, 116]);
    expect([idealResult(-1, 1, 0.0018), idealResult(5000, 1, 0.0018), idealResult(1e6, 1, 0.0018)]).toEqual([
      -1, 9, 127,
    ]);
    expect([...classify(Int8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, 9, 0, 0, 0, 0, 0, 0, 0))]).toEqual([
      1, 0,
    ]);
    expect(accuracy(Uint8Array.of(1, 2, 3, 4), Uint8Array.of(1, 2, 0, 0))).toBe(0.5);
  });
});

describe("parameter file", () => {
  const network = randomNetwork(1);
  const bytes = encodeParameters(network);

  it("is read as it was written", () => {
    expect(bytes.length).toBe(36 + 67280);
    expect(decodeParameters(bytes)).toEqual(network);
  });

  it("refuses foreign, truncated and damaged files with one clear line", () => {
    const message = (contents: Uint8Array) => {
      try {
        decodeParameters(contents, "FILE");
      } catch (error) {
        expect(error).toBeInstanceOf(ParameterFileError);
        return (error as Error).message;
      }
      return "accepted";
    };
    const changed = (at: number, value: number) => {
      const copy = bytes.slice();
      copy[at] = value;
      return message(copy);
    };
    expect(message(new Uint8Array(0))).toMatch(/^FILE: not a parameter file of ppu-emu; make a new one/);
    expect(message(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46))).toMatch(/^FILE: not a parameter file/);
    expect(message(bytes.subarray(0, 20))).toMatch(/^FILE: truncated, 20 bytes/);
    expect(message(bytes.subarray(0, 5000))).toMatch(/^FILE: truncated, 5000 of 67316 bytes/);
    expect(message(Uint8Array.of(...bytes, 0))).toMatch(/^FILE: 1 bytes too long/);
    expect(changed(5, 9)).toMatch(/^FILE: version 9 instead of 1/);
    expect(changed(7, 2)).toMatch(/^FILE: 2 layers instead of 3/);
    expect(changed(9, 7)).toMatch(/^FILE: layer conv is 7 x 20 instead of 100 x 20/);
    expect(changed(13, 0)).toMatch(/^FILE: layer conv has 0 sends instead of 1..64/);
    expect(changed(23, 8)).toMatch(/^FILE: layer dense1 has shift 8 instead of 0..7/);
    expect(changed(100, bytes[100] ^ 1)).toMatch(/^FILE: damaged \(checksum differs\)/);
    expect(() => readParameters("/nowhere/p.bin")).toThrow(
      "/nowhere/p.bin can't be read; make it with ppu train",
    );
  });

  it("never fails otherwise", () => {
    const header = fc.uint8Array({ minLength: 0, maxLength: 60 });
    fc.assert(
      fc.property(header, fc.nat(70000), (noise, length) => {
        const contents = bytes.slice(0, length);
        contents.set(
          noise.subarray(0, contents.length),
          4 % (contents.length + 1) > 0 && length > 64 ? 4 : 0,
        );
        try {
          decodeParameters(contents);
        } catch (error) {
          expect(error).toBeInstanceOf(ParameterFileError);
        }
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
