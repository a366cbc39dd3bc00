/** Work of a sweep over chips that classify images: what the threads are given. */

import { threadModule } from "../../thread-module.ts";
import type { Image } from "../../toolchain/image.ts";
import { memoryPieces } from "../../toolchain/loader.ts";
import type { MappedNetwork } from "../net/weights.ts";
import type { Network } from "../network.ts";
import type { ChipPlan } from "./chip-plan.ts";
import { hashOf, type Measure } from "./plan.ts";
import type { SweepWork } from "./run.ts";

interface Images {
  readonly chip: ChipPlan;
  readonly firmware: Image;
  /** One after another. */
  readonly images: Uint8Array;
  /** One an image. */
  readonly labels: Uint8Array | Uint16Array;
}

export type ClassifyWork =
  | (Images & { readonly kind: "mnist"; readonly network: Network })
  | (Images & { readonly kind: "infer"; readonly network: MappedNetwork });

/** Columns of the results. `predictions`: hash of the classes. */
export const CLASSIFY_COLUMNS = ["images", "correct", "accuracy", "cycles", "instructions", "predictions"];
export const ACCURACY: Measure = { column: "accuracy", label: "accuracy", percent: true };

/** An image without what only debuggers need, to be handed to threads. */
export const slimImage = ({ entry, sections, symbols, lines }: Image): Image => ({
  ...{ entry, sections, symbols, lines },
});

/** Hash of what an image puts into memories. */
export const imageHash = (image: Image): string =>
  hashOf(...memoryPieces(image).flatMap(({ space, offset, bytes }) => [`${space} ${offset}`, bytes]));

/** The same bytes in memory that all threads share. */
export function sharedBytes(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

export function classifyWork(work: ClassifyWork): SweepWork {
  const firmware = { ...slimImage(work.firmware), lines: [] };
  return {
    module: threadModule("lab/sweep/worker"),
    data: { ...work, firmware, images: sharedBytes(work.images) } satisfies ClassifyWork,
  };
}
