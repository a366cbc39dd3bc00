/** Which epoch a training in the loop ends with. */
import type { EpochFigures } from "./checkpoint.ts";

export const NO_BETTER_EPOCH = "no epoch was better than the start: weights unchanged";

/** The course of a training: accuracy of the start and of each epoch on the validation split. */
export interface Course {
  readonly before: number;
  readonly history: readonly Pick<EpochFigures, "epoch" | "validation">[];
}

/** Number of the epoch whose weights are kept, the last one of the best; 0: those of the start. */
export function keptEpoch({ before, history }: Course): number {
  let [kept, best] = [0, before];
  for (const { epoch, validation } of history) {
    if (validation >= best) [kept, best] = [epoch, validation];
  }
  return kept;
}
