import { mergedRecords, PPUS, type PpuName, type Trace } from "../model.ts";
import { symbolsOf } from "../symbols.ts";
import { RecordFormatter, type TextOptions } from "./format.ts";
import { endLine, headerLines, initialLines, problemLine, symbolLines } from "./header.ts";
import { UsedNames } from "./used-names.ts";

export type LosslessOptions = Pick<TextOptions, "addresses" | "cycles" | "source">;

/**
 * A trace as lines of text (without line ends) from which `openTextTrace` reads the same records. Reads the trace twice where
 * it has a program, first for the symbols that its head lists.
 */
export function* traceLines(trace: Trace, options: LosslessOptions = {}): Generator<string> {
  const symbols = symbolsOf(trace);
  const top = new UsedNames(symbols.top);
  const names: Record<PpuName, UsedNames> = {
    top,
    bottom: symbols.bottom === symbols.top ? top : new UsedNames(symbols.bottom),
  };
  yield* headerLines(trace.header);
  if (PPUS.some((ppu) => trace.image(ppu))) {
    const formatter = new RecordFormatter({ ...options, names });
    for (const record of mergedRecords(trace)) formatter.line(record);
    yield* symbolLines({ top: names.top.used, bottom: names.bottom.used });
  }
  yield* initialLines(trace);
  const formatter = new RecordFormatter({ ...options, names });
  for (const record of mergedRecords(trace)) yield formatter.line(record);
  for (const problem of trace.problems) yield problemLine(problem);
  yield endLine(trace.end());
}

/** Small traces in one text, as golden traces are kept. */
export const traceText = (trace: Trace, options: LosslessOptions = {}): string =>
  Array.from(traceLines(trace, options), (line) => `${line}\n`).join("");
