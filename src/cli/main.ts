#!/usr/bin/env node
import { runCli } from "./cli.ts";
import { processIo } from "./io.ts";

// A reader that goes away early (`ppu disasm x | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const code = await runCli(process.argv.slice(2), processIo());
if (code !== 0) process.exitCode = code;
