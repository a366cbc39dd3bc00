/** The tests of the firmware pass. */
import { expect, it } from "vitest";
import { ppu } from "../cli/harness.ts";

it("ppu test", async () => {
  const { code, stdout, stderr } = await ppu("test", "--workers", "1");
  expect(stderr).toBe("");
  expect(stdout.match(/✓/g)?.length).toBeGreaterThan(60);
  if (code !== 0) expect.fail(stdout);
});
