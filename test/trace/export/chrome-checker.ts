/**
 * Rules of the Trace Event Format ("Trace Event Format", Google, sections Duration, Complete, Instant, Counter, Async and
 * Metadata Events) as a checker that knows nothing of our writer.
 */
export interface ChromeEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: number | string;
  readonly s?: string;
  readonly args?: Record<string, unknown>;
}

/** What is wrong with a document; empty: nothing. */
export function chromeFaults(text: string): string[] {
  const faults: string[] = [];
  const document = JSON.parse(text) as { traceEvents: ChromeEvent[]; displayTimeUnit?: string };
  if (!Array.isArray(document.traceEvents)) return ["traceEvents is no array"];
  if (document.displayTimeUnit !== undefined && !["ms", "ns"].includes(document.displayTimeUnit))
    faults.push("displayTimeUnit");
  const open = new Map<string, { name: string; ts: number }[]>();
  const complete = new Map<string, { end: number; ts: number }[]>();
  const last = new Map<string, number>();
  const asynchronous = new Map<string, string>();
  const named = new Set<string>();
  for (const [index, event] of document.traceEvents.entries()) {
    const fault = (what: string) => faults.push(`event ${index} (${event.ph} ${event.name}): ${what}`);
    const { ph, name, ts, pid, tid } = event;
    if (typeof name !== "string" || !Number.isInteger(pid) || !Number.isInteger(tid))
      fault("lacks name, pid or tid");
    const track = `${pid}/${tid}`;
    if (ph === "M") {
      if (!["process_name", "thread_name", "process_sort_index", "thread_sort_index"].includes(name))
        fault("unknown metadata");
      const value = event.args?.[name.endsWith("name") ? "name" : "sort_index"];
      if (typeof value !== (name.endsWith("name") ? "string" : "number"))
        fault("metadata without its argument");
      if (name === "thread_name") named.add(track);
      continue;
    }
    if (typeof ts !== "number" || !Number.isFinite(ts) || ts < 0) fault("ts");
    if (!named.has(track)) fault("its thread has no name");
    if (ts! < (last.get(track) ?? 0)) fault("ts runs backwards in its thread");
    last.set(track, ts!);
    const stack = open.get(track) ?? [];
    open.set(track, stack);
    switch (ph) {
      case "B":
        stack.push({ name, ts: ts! });
        break;
      case "E": {
        const begun = stack.pop();
        if (!begun) fault("E without B");
        else if (begun.name !== name) fault(`E of ${begun.name}`);
        break;
      }
      case "X": {
        if (typeof event.dur !== "number" || event.dur < 0) fault("dur");
        const spans = complete.get(track) ?? [];
        complete.set(track, spans);
        while (spans.length > 0 && spans[spans.length - 1].end <= ts!) spans.pop();
        const end = Math.round((ts! + event.dur!) * 1e6) / 1e6;
        if (spans.length > 0 && spans[spans.length - 1].end < end)
          fault("overlaps another span without lying in it");
        spans.push({ end, ts: ts! });
        break;
      }
      case "i":
        if (!["g", "p", "t"].includes(event.s ?? "t")) fault("scope");
        break;
      case "b":
      case "e": {
        const key = `${event.cat}/${event.id}`;
        if (event.id === undefined || event.cat === undefined) fault("async event without id and cat");
        if (ph === "b" && asynchronous.has(key)) fault("begun twice");
        if (ph === "e" && asynchronous.get(key) !== name) fault("e without b");
        if (ph === "b") asynchronous.set(key, name);
        else asynchronous.delete(key);
        break;
      }
      case "C":
        if (Object.values(event.args ?? { none: "" }).some((value) => typeof value !== "number"))
          fault("counter without numbers");
        break;
      default:
        fault("unknown phase");
    }
  }
  for (const [track, stack] of open)
    for (const { name } of stack) faults.push(`${track}: ${name} is not ended`);
  for (const [key] of asynchronous) faults.push(`async ${key} is not ended`);
  return faults;
}
