/** What it costs to look on: counters, records, traces, breakpoints, watchpoints; and the way back. */
import type { BenchContext, Row } from "../types.ts";
import { debuggerRows } from "./debugger.ts";
import { recordingRows } from "./recording.ts";

export async function observingRows(context: BenchContext): Promise<Row[]> {
  return [...(await recordingRows(context)), ...(await debuggerRows(context))];
}
