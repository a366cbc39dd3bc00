/**
 * Runs the benchmarks beside this file, each in a process of its own: `npm run bench -- [--long] [suite...]`.
 * A suite is a file that prints its figures when it is started; it may look for `--long` among its arguments.
 * Files named `<suite>-*.ts` are parts of a suite.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const directory = dirname(fileURLToPath(import.meta.url));

function findSuites(): string[] {
  const names = readdirSync(directory)
    .filter((file) => file.endsWith(".ts") && file !== "main.ts")
    .map((file) => file.slice(0, -".ts".length));
  return names.filter((name) => !names.some((other) => name.startsWith(`${other}-`))).sort();
}

function runSuite(name: string, flags: readonly string[]): boolean {
  console.log(`\n== ${name} ==`);
  const file = join(directory, `${name}.ts`);
  const { status } = spawnSync(process.execPath, ["--import", "tsx", file, ...flags], { stdio: "inherit" });
  if (status !== 0) process.stderr.write(`bench: ${name} failed\n`);
  return status === 0;
}

const args = process.argv.slice(2);
const flags = args.filter((argument) => argument.startsWith("-"));
const wanted = args.filter((argument) => !argument.startsWith("-"));
const suites = findSuites();
const unknown = wanted.filter((name) => !suites.includes(name));
const unknownFlags = flags.filter((flag) => flag !== "--long");
if (unknown.length > 0 || unknownFlags.length > 0) {
  const [first] = [...unknown, ...unknownFlags];
  process.stderr.write(`bench: no suite or flag "${first}"; suites: ${suites.join(", ")}; flag: --long\n`);
  process.exitCode = 127;
} else {
  const results = (wanted.length > 0 ? wanted : suites).map((name) => runSuite(name, flags));
  if (results.includes(false)) process.exitCode = 1;
}
