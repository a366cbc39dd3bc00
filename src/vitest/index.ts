/**
 * Firmware in tests of vitest:
 *
 * ```ts
 * import { expect, test } from "vitest";
 * import { loadFirmware, run } from "ppu-emu/vitest";
 *
 * test("says hello", async () => {
 *   const result = run(await loadFirmware("firmware/hello.ts"));
 *   expect(result).toHaltWith(0);
 *   expect(result).toPrint("Hello");
 *   expect(result).toTakeAtMost(2000);
 * });
 * ```
 */
import "./matchers.ts";

export {
  addressOf,
  type Firmware,
  type FirmwareRun,
  type LoadOptions,
  loadFirmware,
  type MemoryContents,
  type PpuRun,
  type RunFirmwareOptions,
  run,
} from "./firmware.ts";
export type { MatchTraceOptions } from "./match-trace.ts";
export type { FirmwareMatchers } from "./matchers.ts";
export type { TraceOptions } from "./record.ts";
export type { RegisterExpectations, VectorExpectation } from "./register-match.ts";
