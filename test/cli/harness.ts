import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { runCli } from "../../src/cli/cli.ts";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command in this process, without colours. */
export async function ppu(...argv: string[]): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const code = await runCli(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    isTerminal: false,
    exitCode: 0,
  });
  return { code, stdout, stderr };
}

/** A directory for one test file, and a function that writes a file there and gives its path. */
export function workspace(): { readonly path: (name: string) => string; readonly file: typeof write } {
  const directory = mkdtempSync(join(tmpdir(), "ppu-cli-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const path = (name: string) => join(directory, name);
  function write(name: string, data: string | Uint8Array): string {
    writeFileSync(path(name), data);
    return path(name);
  }
  return { path, file: write };
}
