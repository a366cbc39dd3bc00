/** Files that `ppu map` and `ppu infer` read, and how their problems are shown. */
import { readFileSync } from "node:fs";
import { type NetworkDescription, NetworkError, parseNetworkText } from "../lab/net/description.ts";
import { decodeNpz } from "../lab/net/npz.ts";
import { decodeSamples } from "../lab/net/samples.ts";
import { attachWeights, type MappedNetwork, type QuantisationReport } from "../lab/net/weights.ts";
import { type CliIo, EXIT } from "./io.ts";
import { UsageError } from "./usage-error.ts";

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${path} can't be read (${code === "ENOENT" ? "no such file" : code})`);
  }
}

export const readNetworkFile = (path: string): NetworkDescription =>
  parseNetworkText(Buffer.from(readFile(path)).toString("utf8"), path);

export function readWeightsFile(
  description: NetworkDescription,
  path: string,
): { network: MappedNetwork; reports: QuantisationReport[] } {
  return attachWeights(description, decodeNpz(readFile(path), path), path);
}

export const readSamplesFile = (path: string) => decodeSamples(readFile(path), path);

/** Runs an action; the problems of a NetworkError become a line each, and the exit code that of unusable input. */
export async function showingProblems(io: CliIo, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    for (const problem of error.problems) io.stderr(`ppu: ${problem}\n`);
    io.exitCode = EXIT.usage;
  }
}
