/** Lines that were typed in earlier sessions, in the user's state directory. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { HISTORY_LINES } from "./repl.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/ppu-emu/debug-history`, by default below `~/.local/state`. */
export function historyPath(environment: Environment): string {
  const state = environment.XDG_STATE_HOME || join(environment.HOME || homedir(), ".local", "state");
  return join(state, "ppu-emu", "debug-history");
}

/** The latest line first; none when there is no readable file. */
export function readHistory(path: string): string[] {
  try {
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    return lines.reverse().slice(0, HISTORY_LINES);
  } catch {
    return [];
  }
}

/** Writes lines, the latest of which comes first; false when the place cannot be written. */
export function writeHistory(path: string, lines: readonly string[]): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${lines.slice(0, HISTORY_LINES).toReversed().join("\n")}\n`, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
