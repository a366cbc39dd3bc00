/**
 * Golden traces of the firmware that is shipped (test/golden/traces): each instruction at its first executions, with what it
 * wrote. `npx vitest run test/trace/golden.spec.ts -u` renews those that differ; look at them in the review.
 */
import { describe, expect, it } from "vitest";
import type { Chip } from "../../src/chip/index.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { batchPieces, networkPieces } from "../../src/lab/mnist-memory.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import { type LoadOptions, loadFirmware, type RunFirmwareOptions, run } from "../../src/vitest/index.ts";

/** One test image for the network that is shipped. */
function mnistMemory(chip: Chip): void {
  const network = readParameters();
  const image = loadMnist("test").images.subarray(0, 784);
  for (const { offset, bytes } of [...networkPieces(network), ...batchPieces(network, image)]) {
    chip.externalMemory.write(offset, bytes);
  }
}

const COMMON: RunFirmwareOptions = { chipSeed: 1, noiseSeed: 1, maxCycles: 5_000_000 };

interface Golden {
  readonly program: string;
  readonly visits: number;
  /** Values of vectors: readable only in small traces. */
  readonly vectors?: boolean;
  readonly options?: RunFirmwareOptions;
  readonly load?: LoadOptions;
}

const PROGRAMS: readonly Golden[] = [
  { program: "hello", visits: 2 },
  { program: "relu", visits: 2, vectors: true },
  { program: "vmm", visits: 1 },
  { program: "examples/saturation", visits: 1, vectors: true },
  { program: "characterise", visits: 1 },
  { program: "selftest", visits: 1 },
  { program: "mnist/main", visits: 1, options: { ppus: "both", prepare: mnistMemory } },
  {
    program: "calibrate/main",
    visits: 1,
    options: { chip: "raw", maxCycles: 500_000 },
    load: { mailboxBytes: 256 },
  },
];

describe("golden traces", () => {
  it.each(PROGRAMS)("firmware/$program", async ({ program, visits, vectors = false, options, load }) => {
    const firmware = await loadFirmware(`firmware/${program}.ts`, load);
    const result = run(firmware, { ...COMMON, ...options, trace: { visits, vectors, stalls: false } });
    await expect(result).toMatchTrace(`../golden/traces/${program.replace("/", "-")}.txt`);
  });
});
