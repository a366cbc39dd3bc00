/** A project of its own that has `ppu-emu` installed: types and matchers arrive through the package's exports. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/package-root.ts";

const project = mkdtempSync(join(tmpdir(), "ppu-consumer-"));
afterAll(() => rmSync(project, { recursive: true }));

const installed = join(project, "node_modules/ppu-emu");
mkdirSync(installed, { recursive: true });

const write = (name: string, text: string) => writeFileSync(join(project, name), text);
const tool = (name: string, ...argv: string[]) =>
  spawnSync(process.execPath, [join(packageRoot(), "node_modules", name), ...argv], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", CI: "1" },
  });

describe("a project that uses ppu-emu/vitest", () => {
  it("compiles and runs its tests", { timeout: 300_000 }, () => {
    // The package as `npm install` leaves it: built anew here, so that it is that of these sources.
    const built = spawnSync(
      process.execPath,
      [
        join(packageRoot(), "node_modules/typescript/bin/tsc"),
        "-p",
        "tsconfig.build.json",
        "--outDir",
        join(installed, "dist"),
      ],
      { cwd: packageRoot(), encoding: "utf8" },
    );
    expect(built.stdout).toBe("");
    for (const name of ["package.json", "firmware", "build", "node_modules"]) {
      symlinkSync(join(packageRoot(), name), join(installed, name));
    }
    for (const name of ["vitest", "@types", "typescript"]) {
      symlinkSync(join(packageRoot(), "node_modules", name), join(project, "node_modules", name));
    }
    write("package.json", `{ "name": "consumer", "type": "module" }`);
    write(
      "tsconfig.json",
      `{ "compilerOptions": { "module": "nodenext", "target": "es2022", "strict": true, "noEmit": true, "skipLibCheck": true, "types": ["node"] }, "include": ["*.spec.ts"] }`,
    );
    write("answer.ts", "export function main(): i32 { return 42; }\n");
    write(
      "answer.spec.ts",
      `import { expect, test } from "vitest";
import { loadFirmware, run } from "ppu-emu/vitest";
test("answers", async () => {
  const result = run(await loadFirmware("answer.ts"));
  expect(result).toHaltWith(42);
  expect(result).toTakeAtMost(1000);
  expect(() => expect(result).toHaltWith(0)).toThrow("expected answer.ts to halt with 0: returned 42");
});
`,
    );
    const types = tool("typescript/bin/tsc", "-p", "tsconfig.json");
    expect(types.stdout).toBe("");
    const { status, stdout, stderr } = tool("vitest/vitest.mjs", "run", "--testTimeout", "100000");
    if (status !== 0) expect.fail(stdout + stderr);
    expect(stdout).toMatch(/1 passed/);
    expect(existsSync(join(installed, "dist/src/vitest/index.d.ts"))).toBe(true);
  });
});
