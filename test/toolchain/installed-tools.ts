import { spawnSync } from "node:child_process";

/** True when a program can be started here; says so when it cannot, as the tests that need it are then left out. */
export function isInstalled(program: string): boolean {
  const there = spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
  if (!there) console.log(`${program} is not installed: the tests that need it do not run`);
  return there;
}

/** Standard output of a program, with `all` also what it complains about; throws with its error text when it fails. */
export function outputOf(program: string, args: readonly string[], all = false): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (error || status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return all ? stdout + stderr : stdout;
}
