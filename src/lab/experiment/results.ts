/** What the cells of the experiment hold. */

export interface HostResult {
  /** Accuracy in floats, and of the converted network in exact integers. */
  readonly float: number;
  readonly quantised: number;
}
/** Of training in floats: sends of the converted layers. */
export interface FloatResult {
  readonly sends: readonly number[];
}
export interface AccuracyResult {
  readonly accuracy: number;
  readonly images: number;
  /** Chip cycles of all batches. */
  readonly cycles: number;
}
export interface TrainingResult {
  readonly rate: number;
  readonly gain: number;
  readonly noise: number;
  readonly before: number;
  readonly best: number;
  readonly history: readonly { readonly epoch: number; readonly loss: number; readonly validation: number }[];
}
/** Accuracies by factor or temperature; on the calibrated chip, before and after training in the loop. */
export interface CurveResult {
  readonly x: readonly number[];
  readonly start: readonly number[];
  readonly loop?: readonly number[];
}
export interface TransferResult {
  /** Weights of one chip on all chips, calibrated and as made. */
  readonly calibrated: readonly number[];
  readonly raw: readonly number[];
}
