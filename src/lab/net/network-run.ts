/** Any mapped network by `firmware/inference` on both PPUs of an emulated chip. */
import { join } from "node:path";
import { Chip, type ChipOptions, type MemoryPiece } from "../../chip/chip.ts";
import { packageRoot } from "../../package-root.ts";
import type { Image } from "../../toolchain/image.ts";
import { mailboxBase, memoryPieces } from "../../toolchain/loader.ts";
import { volume } from "./description.ts";
import { NetworkError } from "./fields.ts";
import { type NetworkResults, outputSize } from "./integer-model.ts";
import { type NetworkPlan, planNetwork } from "./plan.ts";
import { batchParts, type MemoryPart, networkParts, readBatch } from "./schedule.ts";
import type { MappedNetwork } from "./weights.ts";

/** The firmware prints nothing; a small mailbox leaves SRAM to buffers. */
const MAILBOX_BYTES = 256;
/** A batch that takes longer has hung: far more than 1024 images of the largest network. */
const MAX_BATCH_CYCLES = 4_000_000_000;

export interface NetworkAnswers extends NetworkResults {
  /** Images done. */
  readonly count: number;
  /** Chip cycles from the release of the PPUs' reset until both sleep, summed over batches. */
  readonly cycles: number;
  /** Instructions executed by both PPUs. */
  readonly instructions: number;
  readonly batches: number;
}

/** Compiles `firmware/inference`; one image serves all networks. */
export async function compileInferenceFirmware(): Promise<Image> {
  const { compileFirmware } = await import("../../toolchain/compile.ts");
  const entry = join(packageRoot(), "firmware", "inference", "main.ts");
  return (await compileFirmware(entry, { mailboxBytes: MAILBOX_BYTES })).image;
}

export class NetworkRun {
  readonly chip: Chip;
  readonly plan: NetworkPlan;
  readonly #program: readonly MemoryPiece[];
  readonly #parts: readonly MemoryPart[];

  /** Throws NetworkError when the network does not fit. `firmware`: of `compileInferenceFirmware`. */
  constructor(network: MappedNetwork, firmware: Image, options: ChipOptions = {}) {
    this.plan = planNetwork(network);
    this.#parts = networkParts(this.plan, network);
    this.#program = memoryPieces(firmware);
    this.chip = new Chip(options);
    this.chip.mailboxBase = mailboxBase(firmware);
  }

  /**
   * Runs images (bytes in the order of the input shape, one after another) batch after batch. `onBatch` is called with the
   * results so far after each; what it returns is awaited, and `false` ends the run early. Throws NetworkError for unusable
   * images and when the firmware fails.
   */
  async infer(
    images: Uint8Array,
    onBatch: (done: NetworkAnswers) => unknown = () => undefined,
  ): Promise<NetworkAnswers> {
    const size = volume(this.plan.network.input.shape);
    const total = images.length / size;
    const outputs = outputSize(this.plan.network);
    const results = new Int8Array(total * outputs);
    const classes = this.plan.network.argmax ? new Uint16Array(total) : undefined;
    let [count, cycles, instructions, batches] = [0, 0, 0, 0];
    const answers = (): NetworkAnswers => ({
      ...{ count, cycles, instructions, batches },
      results: results.subarray(0, count * outputs),
      ...(classes && { classes: classes.subarray(0, count) }),
    });
    while (count < total) {
      const part = Math.min(this.plan.memory.batch, total - count);
      const batch = this.#runBatch(images.subarray(count * size, (count + part) * size), part);
      results.set(batch.results, count * outputs);
      if (batch.classes) classes?.set(batch.classes, count);
      count += part;
      cycles += batch.cycles;
      instructions += batch.instructions;
      batches++;
      if ((await onBatch(answers())) === false) break;
    }
    return answers();
  }

  #runBatch(images: Uint8Array, count: number) {
    const { chip, plan } = this;
    chip.hold();
    chip.load(this.#program);
    for (const { offset, bytes } of [...this.#parts, ...batchParts(plan, images)]) {
      chip.externalMemory.write(offset, bytes);
    }
    chip.reset();
    const start = chip.cycle;
    const stop = chip.run({ maxCycles: MAX_BATCH_CYCLES });
    const codes = [chip.returnCode("top"), chip.returnCode("bottom")];
    if (stop.reason !== "finished" || codes.some((code) => code !== 0)) {
      throw new NetworkError([
        `the inference firmware stopped by "${stop.reason}" with return codes ${codes.join(" and ")}; ${chip.diagnostics[0]?.message ?? "no diagnostics"}`,
      ]);
    }
    const { top, bottom } = chip.ppus;
    return {
      ...readBatch(plan, (offset, bytes) => chip.externalMemory.read(offset, bytes), count),
      cycles: chip.cycle - start,
      instructions: top.instructions + bottom.instructions,
    };
  }
}
