import type { FileTrace, From } from "./file/index.ts";
import type { GapRecord, PpuName, Trace, TraceRecord } from "./model.ts";
import { TraceState } from "./state.ts";

/** Part of a trace. */
export interface Window {
  /** Cycles of the chip, `to` excluded. */
  readonly from?: number;
  readonly to?: number;
  readonly ppus?: readonly PpuName[];
  /** Of each PPU only about so many instructions at its end, where they can be found without reading all. */
  readonly last?: number;
}

const isSeekable = (trace: Trace): trace is FileTrace => (trace as Partial<FileTrace>).seekable === true;
const isTimed = ({ kind }: TraceRecord): boolean => kind !== "event" && kind !== "conversion";

/** What stands in place of the records in front of a window. */
function* gapBefore(
  record: TraceRecord,
  state: ReadonlyMap<string, number | Uint8Array>,
): Generator<GapRecord> {
  const { ppu, cycle } = record;
  yield { kind: "gap", ppu, cycle, instructions: undefined, reason: "filter", state };
}

const registersOf = (state: TraceState): ReadonlyMap<string, number | Uint8Array> =>
  new Map([...state.written].map((name) => [name, state.get(name)]));

/** Records of a PPU from a place on, with a gap that has the registers there in front. */
function* recordsFrom(trace: Trace, ppu: PpuName, { from = 0, last }: Window): Generator<TraceRecord> {
  const total = isSeekable(trace) ? trace.instructionCount(ppu) : 0;
  const isShort = last === undefined || last >= total;
  if (from === 0 && (isShort || !isSeekable(trace))) yield* trace.records(ppu);
  else if (isSeekable(trace)) {
    const place: From = isShort ? { cycle: from } : { instruction: total - last };
    let isFirst = true;
    for (const record of trace.records(ppu, place)) {
      if (record.cycle < from) continue;
      if (isFirst && record.kind !== "gap") yield* gapBefore(record, trace.initialState(ppu, place));
      isFirst = false;
      yield record;
    }
  } else {
    const state = TraceState.initial(trace, ppu);
    let isFirst = true;
    for (const record of trace.records(ppu)) {
      if (record.cycle < from && isFirst) state.apply(record);
      else {
        if (isFirst && record.kind !== "reset") yield* gapBefore(record, registersOf(state));
        isFirst = false;
        if (record.cycle >= from) yield record;
      }
    }
  }
}

/** The part of a trace as a trace of its own; where it begins later, its records begin with a gap. */
export function windowOf(trace: Trace, window: Window): Trace {
  const { from = 0, to = Number.POSITIVE_INFINITY, ppus = trace.header.ppus } = window;
  const words = [
    ...(from > 0 ? [`--from ${from}`] : []),
    ...(to !== Number.POSITIVE_INFINITY ? [`--to ${to}`] : []),
  ];
  function* records(ppu: PpuName): Generator<TraceRecord> {
    if (!ppus.includes(ppu)) return;
    for (const record of recordsFrom(trace, ppu, window)) {
      if (record.cycle < to) yield record;
      else if (isTimed(record)) return;
    }
  }
  return {
    header: {
      ...trace.header,
      ppus: trace.header.ppus.filter((ppu) => ppus.includes(ppu)),
      filters: [...trace.header.filters, ...words],
    },
    image: (ppu) => trace.image(ppu),
    records,
    initialState: (ppu) => trace.initialState(ppu),
    end() {
      const end = trace.end();
      return end && end.cycle > to ? { ...end, reason: "limit", cycle: to } : end;
    },
    get problems() {
      return trace.problems;
    },
  };
}
