import { disassemble } from "../../isa/disassemble.ts";
import { lanesToHex } from "../core/vector/lanes.ts";
import { exceptionName } from "./exception-name.ts";
import type { TraceRecord } from "./model.ts";
import type { TraceSymbols } from "./symbols.ts";

/** Vectors as hexadecimal digits, lane 0 first; null where the trace does not have them. */
const plain = (value: number | Uint8Array): number | string | null =>
  typeof value === "number" ? value : value.length === 0 ? null : lanesToHex(value);

/** A record as an object of JSON: the fields of the model, and what a program's symbols and the instruction set add. */
export function recordJson(record: TraceRecord, symbols: TraceSymbols): Record<string, unknown> {
  const { nameOf } = symbols;
  switch (record.kind) {
    case "instruction": {
      const { kind, ppu, cycle, pc, word, writes, accesses, stalls, aborted } = record;
      const source = symbols.sourceAt(pc);
      return {
        ...{ kind, ppu, cycle, pc, symbol: nameOf(pc) ?? null },
        source: source ? `${source.file}:${source.line}` : null,
        ...{ word: word >>> 0, text: disassemble(word, pc, { symbolAt: nameOf }).text },
        writes: writes.map(({ register, value }) => ({ register, value: plain(value) })),
        accesses: accesses.map(({ enables, value, ...access }) => ({
          ...access,
          value: plain(value),
          ...(enables && { enables: lanesToHex(enables) }),
        })),
        stalls,
        ...(aborted && { aborted }),
      };
    }
    case "exception": {
      const { returnAddress } = record;
      return {
        ...record,
        ...{ exception: exceptionName(record.vector), returnSymbol: nameOf(returnAddress) ?? null },
      };
    }
    case "conversion":
      return { ...record, causal: Array.from(record.causal) };
    case "gap": {
      const { state, instructions = null, ...rest } = record;
      const registers = state && Object.fromEntries([...state].map(([name, value]) => [name, plain(value)]));
      return { ...rest, instructions, ...(registers && { state: registers }) };
    }
    default:
      return { ...record };
  }
}
