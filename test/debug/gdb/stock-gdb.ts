/** The real GDB, driven by a script. */
import { type ChildProcess, spawn } from "node:child_process";

export const GDB = "gdb-multiarch";

const SETTINGS = [
  "set pagination off",
  "set confirm off",
  "set width 0",
  "set style enabled off",
  "set debuginfod enabled off",
  "set print thread-events off",
];

/** A command and what its output must contain. */
export type Step = readonly [command: string, ...expected: readonly RegExp[]];

const MARK = "@step";

/** Output of each command, errors included. `started` gets the process. */
export async function runGdb(
  commands: readonly string[],
  elf: string | undefined,
  started: (gdb: ChildProcess) => void = () => {},
): Promise<string[]> {
  const marked = commands.flatMap((command) => [`echo ${MARK}\\n`, command]);
  const args = [...SETTINGS, ...marked].flatMap((command) => ["-ex", command]);
  const gdb = spawn(
    "sh",
    ["-c", 'exec "$0" "$@" 2>&1', GDB, "-nx", "-batch", ...args, ...(elf ? [elf] : [])],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  started(gdb);
  let text = "";
  gdb.stdout.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  const timer = setTimeout(() => gdb.kill("SIGKILL"), 60_000);
  await new Promise((resolve) => gdb.on("close", resolve));
  clearTimeout(timer);
  return text.split(`${MARK}\n`).slice(1);
}

/** Runs the commands of all steps; gives one line for each step whose output is not as expected. */
export async function failures(
  steps: readonly Step[],
  elf?: string,
  started?: (gdb: ChildProcess) => void,
): Promise<string[]> {
  const outputs = await runGdb(
    steps.map(([command]) => command),
    elf,
    started,
  );
  return steps.flatMap(([command, ...expected], index) =>
    expected
      .filter((pattern) => !pattern.test(outputs[index] ?? ""))
      .map((pattern) => `${command}: ${pattern} not in: ${outputs[index] ?? "(GDB ended before)"}`),
  );
}
