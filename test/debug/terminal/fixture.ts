/** The program of the tour in a session with a terminal whose output and files are kept in memory. */
import { join } from "node:path";
import { DebugSession } from "../../../src/debug/session.ts";
import { Terminal } from "../../../src/debug/terminal/index.ts";
import type { StyleOptions } from "../../../src/debug/terminal/style.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { compileFirmware } from "../../../src/toolchain/compile.ts";
import type { Image } from "../../../src/toolchain/image.ts";

export const TOUR_PROGRAM = "firmware/examples/saturation.ts";

let image: Promise<Image> | undefined;

/** The program of the tour, compiled once. */
export function tourImage(): Promise<Image> {
  image ??= compileFirmware(join(packageRoot(), TOUR_PROGRAM), { debug: true }).then(
    (result) => result.image,
  );
  return image;
}

export interface TestTerminal {
  readonly terminal: Terminal;
  readonly files: Map<string, Uint8Array>;
  /** What was written since it was last asked. */
  readonly output: () => string;
}

export interface TestTerminalOptions {
  readonly style?: StyleOptions;
  readonly json?: boolean;
  /** Texts of files that commands can read. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function tourTerminal({
  style,
  json = false,
  files = {},
}: TestTerminalOptions = {}): Promise<TestTerminal> {
  const session = new DebugSession({ image: await tourImage(), load: "top" });
  const kept = new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)]));
  let written = "";
  const terminal = new Terminal({
    session,
    write: (text) => {
      written += text;
    },
    style,
    json,
    files: {
      read: (path) => {
        const data = kept.get(path);
        if (!data) throw Object.assign(new Error(path), { code: "ENOENT" });
        return data;
      },
      write: (path, data) => kept.set(path, new Uint8Array(data)),
    },
    directory: packageRoot(),
  });
  const output = () => {
    const text = written;
    written = "";
    return text;
  };
  return { terminal, files: kept, output };
}

/** Executes lines and gives what they wrote; each must go well. */
export async function run({ terminal, output }: TestTerminal, ...lines: string[]): Promise<string> {
  output();
  for (const line of lines) {
    if (!(await terminal.execute(line))) throw new Error(`${line}: ${output()}`);
  }
  return output();
}

/** Executes a line that must fail and gives its message. */
export async function failure({ terminal, output }: TestTerminal, line: string): Promise<string> {
  output();
  if (await terminal.execute(line)) throw new Error(`${line}: no error, but ${output()}`);
  return output().trimEnd();
}
