/** MNIST by the firmware on both PPUs of an emulated chip. The host only fills external memory and reads classes. */
import { join } from "node:path";
import { Chip, type ChipOptions, type MemoryPiece } from "../chip/chip.ts";
import { packageRoot } from "../package-root.ts";
import type { Image } from "../toolchain/image.ts";
import { mailboxBase, memoryPieces } from "../toolchain/loader.ts";
import type { ChipAccounting } from "./chip-time/accounting.ts";
import { BATCH_CAPACITY, batchPieces, networkPieces, readAnswers } from "./mnist-memory.ts";
import type { Network } from "./network.ts";

/** A batch that takes longer has hung: about twenty times the usual. */
const MAX_BATCH_CYCLES = 200_000_000;

export class MnistRunError extends Error {
  override name = "MnistRunError";
}

export interface MnistProgress {
  /** Answers so far, one class an image. */
  readonly classes: Uint8Array;
  /** Cycles so far. */
  readonly cycles: number;
}

export interface MnistAnswers {
  /** 0..9, one an image. */
  readonly classes: Uint8Array;
  /** int8 results of the last layer, 10 an image. */
  readonly results: Int8Array;
  /** Chip cycles from the release of the PPUs' reset until both sleep, summed over batches. */
  readonly cycles: number;
  /** Instructions executed by both PPUs. */
  readonly instructions: number;
  readonly batches: number;
}

/** Compiles `firmware/mnist`. */
export async function compileMnistFirmware(): Promise<Image> {
  const { compileFirmware } = await import("../toolchain/compile.ts");
  return (await compileFirmware(join(packageRoot(), "firmware", "mnist", "main.ts"))).image;
}

/** Runs images batch after batch; yields after each batch so that a caller can show progress or stop. */
export class MnistRun {
  readonly chip: Chip;
  readonly #network: Network;
  readonly #program: readonly MemoryPiece[];
  /** Counts the cycles of every batch while set; it must belong to `chip`. */
  accounting: ChipAccounting | undefined;

  constructor(network: Network, firmware: Image, options: ChipOptions) {
    this.chip = new Chip(options);
    this.#network = network;
    this.#program = memoryPieces(firmware);
    this.chip.mailboxBase = mailboxBase(firmware);
  }

  /**
   * Classifies raw images of 784 bytes. `onBatch` is called after each batch; what it returns is awaited, and `false`
   * ends the run early with the answers so far. Throws MnistRunError when the firmware fails.
   */
  async classify(
    images: Uint8Array,
    onBatch: (progress: MnistProgress) => unknown = () => undefined,
  ): Promise<MnistAnswers> {
    const total = images.length / 784;
    const classes = new Uint8Array(total);
    const results = new Int8Array(total * 10);
    let cycles = 0;
    let instructions = 0;
    let done = 0;
    let batches = 0;
    while (done < total) {
      const count = Math.min(BATCH_CAPACITY, total - done);
      const batch = this.#runBatch(images.subarray(done * 784, (done + count) * 784));
      classes.set(batch.classes, done);
      results.set(batch.results, done * 10);
      cycles += batch.cycles;
      instructions += batch.instructions;
      done += count;
      batches++;
      if ((await onBatch({ classes: classes.subarray(0, done), cycles })) === false) break;
    }
    return {
      classes: classes.subarray(0, done),
      results: results.subarray(0, done * 10),
      cycles,
      instructions,
      batches,
    };
  }

  #runBatch(images: Uint8Array) {
    const { chip } = this;
    chip.hold();
    chip.load(this.#program);
    for (const { offset, bytes } of [
      ...networkPieces(this.#network),
      ...batchPieces(this.#network, images),
    ]) {
      chip.externalMemory.write(offset, bytes);
    }
    chip.reset();
    const start = chip.cycle;
    this.accounting?.begin();
    const stop = chip.run({ maxCycles: MAX_BATCH_CYCLES });
    this.accounting?.end(chip.cycle - start);
    const codes = [chip.returnCode("top"), chip.returnCode("bottom")];
    if (stop.reason !== "finished" || codes.some((code) => code !== 0)) {
      throw new MnistRunError(
        `the MNIST firmware stopped by "${stop.reason}" with return codes ${codes.join(" and ")}; ${
          chip.diagnostics[0]?.message ?? "no diagnostics"
        }`,
      );
    }
    const read = (offset: number, bytes: number) => chip.externalMemory.read(offset, bytes);
    const { top, bottom } = chip.ppus;
    return {
      ...readAnswers(read, images.length / 784),
      cycles: chip.cycle - start,
      instructions: top.instructions + bottom.instructions,
    };
  }
}
