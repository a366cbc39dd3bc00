import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { sourceFunctions } from "../../src/lab/chip-time/source-functions.ts";
import { packageRoot } from "../../src/package-root.ts";
import { compileFirmware } from "../../src/toolchain/compile.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("names instructions after the source's functions, from any working directory", async () => {
  vi.spyOn(process, "cwd").mockReturnValue(tmpdir());
  const { image } = await compileFirmware(join(packageRoot(), "firmware", "vmm.ts"));
  const names = new Set(sourceFunctions(image));
  expect(names).toContain("vmm/main");
  expect(names).toContain("matrix-mode/sendEvent");
});
