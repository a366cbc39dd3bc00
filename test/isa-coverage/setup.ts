/** Runs beside every spec file: leaves what it executed for `global.ts`. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, inject } from "vitest";
import { executedWords } from "./notes.ts";

afterAll(async () => {
  const words = executedWords();
  const { testPath } = expect.getState();
  if (words.size === 0 || testPath === undefined) return;
  const { executedBy } = await import("./rows.ts");
  const variants = new Set<string>();
  for (const word of words) {
    const executed = executedBy(word);
    if (executed) variants.add(executed.variant);
  }
  const name = createHash("sha256").update(testPath).digest("hex");
  writeFileSync(
    join(inject("isaCoverage"), `${name}.json`),
    JSON.stringify({ spec: testPath, variants: [...variants] }),
  );
});
