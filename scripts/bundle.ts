/**
 * Puts the compiled command into few files: reading 140 modules takes longer than all else that it does at its start. The modules
 * stay where they are for who imports them, and for threads.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const command = join(dist, "src", "cli", "main.js");
const outdir = join(dist, "bundle");

rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { ppu: command },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  chunkNames: "[name]-[hash]",
  logLevel: "warning",
});
const [shebang] = readFileSync(command, "utf8").split("\n", 1);
writeFileSync(command, `${shebang}\nimport "../../bundle/ppu.js";\n`);
