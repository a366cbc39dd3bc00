/** The digits, the network and the firmware of the benches on the whole chip. */
import { loadMnist } from "../../lab/mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../../lab/mnist-run.ts";
import { readParameters } from "../../lab/parameter-file.ts";
import type { Image } from "../../toolchain/image.ts";

const IMAGE_BYTES = 784;

let compiled: Promise<Image> | undefined;

/** The firmware, compiled once in a process. */
export const mnistFirmware = (): Promise<Image> => (compiled ??= compileMnistFirmware());

/** The first images of the test set, 784 bytes each. */
export const mnistImages = (count: number): Uint8Array =>
  loadMnist("test").images.subarray(0, count * IMAGE_BYTES);

/** Makes chips with the network and the firmware, all alike. */
export function mnistRuns(firmware: Image): () => MnistRun {
  const network = readParameters(undefined);
  return () => new MnistRun(network, firmware, { chipSeed: 1, noiseSeed: 1 });
}
