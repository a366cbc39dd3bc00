/** Prints what the last run of the whole test suite executed: `npm run isa-coverage`, or with names of instructions. */
import { existsSync, readFileSync } from "node:fs";
import { DETAIL_FILE } from "../test/isa-coverage/detail-file.ts";
import { reportText, type SpecsByVariant } from "../test/isa-coverage/report.ts";
import { ALL_VARIANTS } from "../test/isa-coverage/rows.ts";
import { SOURCE_KINDS, sourceKind } from "../test/isa-coverage/sources.ts";

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (!existsSync(DETAIL_FILE)) fail("no results yet: run the whole test suite first (npx vitest run)");
const specs = JSON.parse(readFileSync(DETAIL_FILE, "utf8")) as SpecsByVariant;
const names = process.argv.slice(2);
if (names.length === 0) process.stdout.write(reportText(specs));
for (const name of names) {
  const variants = ALL_VARIANTS.get(name);
  if (!variants) fail(`there is no instruction ${name}; write it without suffixes, as ppu isa lists it`);
  for (const variant of variants) {
    console.log(`${variant}: ${specs[variant] ? "" : "never executed"}`);
    for (const spec of specs[variant] ?? []) console.log(`  ${spec} (${SOURCE_KINDS[sourceKind(spec)]})`);
  }
}
