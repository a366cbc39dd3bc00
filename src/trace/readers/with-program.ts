import { Code } from "../../debug/symbols/code.ts";
import type { Image } from "../../toolchain/image.ts";
import type { Trace, TraceRecord } from "../model.ts";

/** A trace with the program that it is of: symbols, sources, and the instruction words where the trace has none. */
export function withProgram(trace: Trace, image: Image): Trace {
  const hasWords = trace.header.has.words ?? true;
  const code = new Code(image);
  function* completed(records: Iterable<TraceRecord>): Generator<TraceRecord> {
    for (const record of records) {
      yield record.kind === "instruction" ? { ...record, word: code.word(record.pc) ?? 0 } : record;
    }
  }
  return {
    header: hasWords ? trace.header : { ...trace.header, has: { ...trace.header.has, words: true } },
    image: (ppu) => (trace.header.ppus.includes(ppu) ? image : undefined),
    records: (ppu) => (hasWords ? trace.records(ppu) : completed(trace.records(ppu))),
    initialState: (ppu) => trace.initialState(ppu),
    end: () => trace.end(),
    problems: trace.problems,
  };
}
