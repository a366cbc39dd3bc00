/** What a run of the suite says about the instructions that it executed, on a suite of two small spec files. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { encode, findMnemonic } from "../../isa/encode.ts";
import { INSTRUCTIONS } from "../../isa/index.ts";
import { missingRows, missingVariants, reportText, specsByVariant, uncomparedRows } from "./report.ts";
import { ALL_VARIANTS, executedBy } from "./rows.ts";
import { SOURCE_PATHS, sourceKind } from "./sources.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A word of a complete mnemonic, its operands 0 but for those given. */
function wordOf(mnemonic: string, values: Record<string, number> = {}): number {
  const operands = findMnemonic(mnemonic)!.row.operands.map(({ field }) => [field, 0]);
  return encode(mnemonic, { ...Object.fromEntries(operands), ...values });
}

describe("variants", () => {
  it("are told apart by their words, and are all there", () => {
    const conditions: Record<string, number> = { GT: 1, LT: 2, EQ: 3 };
    for (const row of INSTRUCTIONS) {
      for (const variant of ALL_VARIANTS.get(row.mnemonic)!) {
        const [mnemonic, condition] = variant.split(" if ");
        const word = wordOf(mnemonic, condition ? { COND: conditions[condition] } : {});
        expect(executedBy(word)).toEqual({ row: row.mnemonic, variant });
      }
    }
    expect(ALL_VARIANTS.get("add")).toEqual(["add", "addo", "add.", "addo."]);
    expect(ALL_VARIANTS.get("b")).toEqual(["b", "bl", "ba", "bla"]);
    expect(ALL_VARIANTS.get("fxvaddbm")).toHaveLength(4);
    expect(executedBy(0)).toBeUndefined();
  });
});

describe("sources", () => {
  it("are told for spec files that there are", () => {
    for (const path of SOURCE_PATHS) {
      const exists = existsSync(join(ROOT, path)) || path === "test/vector/golden-";
      expect(exists, path).toBe(true);
    }
    expect(sourceKind("test/core/qemu.spec.ts")).toBe("qemu");
    expect(sourceKind("test/firmware/mnist.spec.ts")).toBe("model");
  });
});

describe("the report", () => {
  const all = [...ALL_VARIANTS.values()].flat();
  const specs = specsByVariant([
    { spec: "test/core/programs.spec.ts", variants: all.filter((name) => !name.startsWith("add")) },
    { spec: "test/cli/run.spec.ts", variants: ["addi", "add", "add."] },
  ]);

  it("names what is missing", () => {
    expect(missingRows(specs)).toContain("addc");
    expect(missingRows(specs)).not.toContain("addi");
    expect(missingVariants(specs)).toContain("addo.");
    expect(missingVariants(specs)).not.toContain("add.");
    expect(uncomparedRows(specs)).toContain("addi");
    expect(uncomparedRows(specs)).not.toContain("subf");
    const text = reportText(specs);
    expect(text).toContain(`rows never executed: ${missingRows(specs).join(", ")}\n`);
    expect(text).toMatch(/compared with records of the RTL .*\d+ of \d+ \(9\d(\.\d)? %\)/);
  });

  it("has nothing to name when everything is executed", () => {
    const whole = specsByVariant([{ spec: "test/core/programs.spec.ts", variants: all }]);
    expect([missingRows(whole), missingVariants(whole), uncomparedRows(whole)]).toEqual([[], [], []]);
    expect(reportText(whole)).toMatch(/all .*\(100 %\).*\(100 %\)/);
  });
});

describe("a run", () => {
  const directory = mkdtempSync(join(tmpdir(), "ppu-isa-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  const spec = (word: number, address: string) => `
import { expect, it } from "vitest";
import { Ppu } from "${ROOT}src/core/ppu.ts";
it("runs", () => {
  const bus = { fetch: () => ${word}, read: () => 0, write() {} };
  const ppu = new Ppu({ name: "p", bus: bus as never });
  ppu.writeSramWord(0x40, ${word});
  ppu.pc = ${address};
  ppu.step();
  expect(ppu.instructions).toBe(1);
});
`;
  const config = `
import { isaCoverage } from "${ROOT}test/isa-coverage/plugin.ts";
export default {
  plugins: [isaCoverage()],
  test: {
    root: ${JSON.stringify(directory)},
    include: ["*.spec.ts"],
    globalSetup: ["${ROOT}test/isa-coverage/global.ts"],
    setupFiles: ["${ROOT}test/isa-coverage/setup.ts"],
  },
};
`;
  const detail = join(directory, "isa.json");
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.config.ts", ...args],
      { cwd: directory, encoding: "utf8", env: { ...process.env, PPU_ISA_DETAIL: detail, NO_COLOR: "1" } },
    );

  it("fails when a row is missing and the whole suite was run, and only then", () => {
    writeFileSync(join(directory, "vitest.config.ts"), config);
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    writeFileSync(join(directory, "inside.spec.ts"), spec(wordOf("mullwo."), "0x40"));
    writeFileSync(join(directory, "outside.spec.ts"), spec(wordOf("fxvaddbm", { COND: 2 }), "0x40000000"));
    const part = run("inside");
    expect([part.status, part.stdout.includes("instructions executed")]).toEqual([0, false]);
    const whole = run();
    expect(whole.status, whole.stderr).toBe(1);
    expect(whole.stdout).toContain("instructions executed by specs");
    expect(whole.stderr).toMatch(/Instructions that no test executes: addi, /);
    expect(whole.stderr).not.toMatch(/mullw|fxvaddbm\b/);
    expect(JSON.parse(readFileSync(detail, "utf8"))).toEqual({
      "fxvaddbm if LT": ["outside.spec.ts"],
      "mullwo.": ["inside.spec.ts"],
    });
  });
});
