/**
 * State of a training in the loop between two segments, as a file: one line of JSON (format, key of the task, position,
 * history, size of the arrays), a newline, then 32-bit floats, little endian.
 */
import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

const FORMAT = "ppu-emu training 1";

/** A checkpoint is damaged or belongs to another task. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

export interface EpochFigures {
  readonly epoch: number;
  readonly loss: number;
  /** Accuracy on the validation split, on the chip. */
  readonly validation: number;
}

export interface LoopState {
  epoch: number;
  /** Segments of the epoch that are done, and the sum of their batches' losses. */
  segment: number;
  loss: number;
  steps: number;
  history: EpochFigures[];
  /** Weights, means and squares of Adam of the three layers, and the best weights so far. */
  readonly arrays: readonly Float32Array[];
}

/** A short name for everything that decides the course of a training. */
export function taskKey(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** Writes beside the file and renames, so that an interruption leaves the old or the new one. */
export function writeCheckpoint(file: string, key: string, state: LoopState): void {
  const { arrays, ...rest } = state;
  const bytes = Buffer.concat(
    arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  const sum = createHash("sha256").update(bytes).digest("hex");
  const header = JSON.stringify({
    format: FORMAT,
    key,
    ...rest,
    sizes: arrays.map((array) => array.length),
    sum,
  });
  const temporary = `${file}.new`;
  writeFileSync(temporary, Buffer.concat([Buffer.from(`${header}\n`), bytes]));
  renameSync(temporary, file);
}

/** Fills `state` from a file; false when there is none. Throws CheckpointError with one line when it does not fit. */
export function readCheckpoint(file: string, key: string, state: LoopState): boolean {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw new CheckpointError(`${file} can't be read: ${(error as Error).message}`);
  }
  const fail = (what: string): never => {
    throw new CheckpointError(
      `${file}: ${what}; delete it to start anew, or name another file with --checkpoint`,
    );
  };
  const end = bytes.indexOf(10);
  let header: Record<string, unknown> = {};
  try {
    header = JSON.parse(bytes.toString("utf8", 0, Math.max(end, 0))) as Record<string, unknown>;
  } catch {
    fail("not a checkpoint of ppu train");
  }
  if (header.format !== FORMAT) fail("not a checkpoint of ppu train");
  if (header.key !== key)
    fail("belongs to a training with other options, another chip or other start weights");
  const content = bytes.subarray(end + 1);
  if (createHash("sha256").update(content).digest("hex") !== header.sum) fail("damaged (checksum differs)");
  state.epoch = header.epoch as number;
  state.segment = header.segment as number;
  state.loss = header.loss as number;
  state.steps = header.steps as number;
  state.history = header.history as EpochFigures[];
  const floats = new Float32Array(Uint8Array.from(content).buffer);
  let at = 0;
  for (const array of state.arrays) {
    array.set(floats.subarray(at, at + array.length));
    at += array.length;
  }
  return true;
}

export function deleteCheckpoint(file: string): void {
  rmSync(file, { force: true });
}
