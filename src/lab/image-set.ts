/** Labelled images, as the data sets have them. */

/** Side and pixels of an image, row by row. */
export const IMAGE_SIDE = 28;
export const IMAGE_PIXELS = IMAGE_SIDE * IMAGE_SIDE;

/** Images of the two parts of each data set. */
export const PART_SIZES = { train: 60000, test: 10000 } as const;
export type Part = keyof typeof PART_SIZES;

export interface ImageSet {
  readonly count: number;
  /** `count` images of 784 bytes, 0 background. */
  readonly images: Uint8Array;
  /** 0..9. */
  readonly labels: Uint8Array;
}

/** A data file is missing or damaged. */
export class DataError extends Error {
  override name = "DataError";
}

/** Images `start` to `end` (exclusive), without a copy. */
export function sliceImages(set: ImageSet, start: number, end: number): ImageSet {
  return {
    count: end - start,
    images: set.images.subarray(start * IMAGE_PIXELS, end * IMAGE_PIXELS),
    labels: set.labels.subarray(start, end),
  };
}
