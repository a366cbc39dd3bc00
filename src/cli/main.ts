#!/usr/bin/env node
import { writeErrorReason } from "../lab/output-directory.ts";
import { runCli } from "./cli.ts";
import { EXIT, processIo } from "./io.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that goes away early (`ppu disasm x | head`) is no error.
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`ppu: cannot write the output: ${writeErrorReason(error)}\n`);
  process.exit(EXIT.usage);
});
// Nothing can be said about messages that cannot be written; the exit code stays.
process.stderr.on("error", () => {});

const code = await runCli(process.argv.slice(2), processIo());
if (code !== 0) process.exitCode = code;
