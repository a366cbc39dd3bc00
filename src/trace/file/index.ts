/** The binary trace file (docs/trace-format.md). */
export { isTraceFile } from "./format.ts";
export { type FileTrace, type From, openTraceBytes, openTraceFile } from "./reader.ts";
export type { TraceSink } from "./sink.ts";
export { TraceWriter, type TraceWriterOptions } from "./writer.ts";
