/** The data sets that the network of `firmware/mnist` can be trained on: 28 x 28 bytes, 10 classes. */
import { FASHION_CLASSES, fashionDirectory, loadFashionMnist } from "./fashion-mnist.ts";
import type { ImageSet, Part } from "./image-set.ts";
import { loadMnist, mnistDirectory } from "./mnist-data.ts";
import { shippedParametersPath } from "./parameter-file.ts";

export interface DataSet {
  readonly title: string;
  /** What one of its images is called. */
  readonly noun: string;
  /** By label. */
  readonly classes: readonly string[];
  /** Where its installed package has the files; throws DataError with one line when it is not installed. */
  readonly directory: () => string;
  /** Throws DataError with one line when the package is not installed or damaged. */
  readonly load: (part: Part) => ImageSet;
  /** File of the trained parameters that the package ships, if it does. */
  readonly parameters?: string;
}

export const DATA_SETS = {
  mnist: {
    title: "MNIST",
    noun: "digit",
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    directory: mnistDirectory,
    load: (part) => loadMnist(part),
    parameters: shippedParametersPath(),
  },
  "fashion-mnist": {
    title: "Fashion-MNIST",
    noun: "image",
    classes: FASHION_CLASSES,
    directory: fashionDirectory,
    load: (part) => loadFashionMnist()[part],
  },
} as const satisfies Record<string, DataSet>;

export type DataSetName = keyof typeof DATA_SETS;
export const DATA_SET_NAMES = Object.keys(DATA_SETS) as DataSetName[];

/** The declaration of a data set. */
export const dataSet = (name: DataSetName): DataSet => DATA_SETS[name];
