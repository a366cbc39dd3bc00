export {
  formatRecord,
  formatStall,
  formatValue,
  type Names,
  RecordFormatter,
  type TextOptions,
  type TextStyle,
} from "./format.ts";
export { isTextTrace } from "./header.ts";
export { openTextTrace, parseTextTrace } from "./reader.ts";
export { type LosslessOptions, traceLines, traceText } from "./writer.ts";
