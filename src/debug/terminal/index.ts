/** The terminal door: commands over a session. Knows nothing of processes; `ppu debug` brings streams and files. */
export { historyPath, readHistory, writeHistory } from "./history-file.ts";
export { type ReplOptions, runRepl } from "./repl.ts";
export { errorText, type FileAccess, Terminal, type TerminalOptions } from "./terminal.ts";
