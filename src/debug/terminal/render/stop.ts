/** What is shown when the chip has stopped. */
import type { PpuName, Stop, WatchHit } from "../../types.ts";
import type { Result } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { displayLines, evaluateDisplays } from "./displays.ts";
import { instructionLine, sourceData, sourceLine, sourceText, symbolAt } from "./places.ts";

/** Reasons that the place alone tells. */
const SILENT_REASONS: readonly Stop["reason"][] = ["step", "reached"];

/** Waits for an action of the session and reports where it ended. `instructions`: show the next one in any case. */
export async function stopResult(
  terminal: Terminal,
  action: Promise<Stop>,
  { instructions = false }: { readonly instructions?: boolean } = {},
): Promise<Result> {
  const stop = await action;
  terminal.arrived(stop);
  const returnCodes = terminal.returnCodes();
  const displays = evaluateDisplays(terminal);
  const lines = [
    ...(SILENT_REASONS.includes(stop.reason)
      ? []
      : [terminal.style.event(terminal.style.plain(stop.message))]),
    ...(stop.finding ? [terminal.style.error(terminal.style.plain(stop.finding.message))] : []),
    ...returnCodes.map(({ ppu, code }) => `${ppu}: return code ${code}`),
    ...placeLines(terminal, stop.ppu, instructions),
    ...displayLines(terminal, displays),
  ];
  const code = returnCodes.find(({ ppu }) => ppu === stop.ppu);
  const data = { ...stopData(terminal, stop), displays, ...(code ? { returnCode: code.code } : {}) };
  return { kind: "stop", data, lines };
}

function stopData(terminal: Terminal, stop: Stop) {
  return {
    reason: stop.reason,
    ppu: stop.ppu,
    pc: stop.pc,
    symbol: symbolAt(terminal, stop.ppu, stop.pc),
    source: sourceData(terminal.session.symbols(stop.ppu).sourceAt(stop.pc)),
    cycle: stop.cycle,
    instructions: stop.position.instructions,
    ids: stop.ids,
    hits: stop.hits.map(hitData),
    message: stop.message,
  };
}

const hitData = ({ id, access, ppu, pc, oldValue, newValue, address, lane, saturation }: WatchHit) => ({
  id,
  access,
  ppu: ppu ?? null,
  pc: pc ?? null,
  oldValue,
  newValue,
  address: address ?? null,
  lane: lane ?? null,
  saturation: saturation ?? null,
});

/** Where a PPU stands in the selected frame: function, place, cycle; source line; instruction if it says more. */
export function placeLines(terminal: Terminal, ppu: PpuName, instructions: boolean): string[] {
  const { session, style } = terminal;
  const frames = session.frames(ppu, terminal.frame + 1);
  const frame = frames[Math.min(terminal.frame, frames.length - 1)];
  const thread = session.threads()[ppu === "top" ? 0 : 1];
  const name = frame.function ? `in ${style.symbol(frame.name)} ` : "";
  const place = frame.source ? sourceText(terminal, frame.source) : style.address(frame.pc);
  const state = thread.state === "awake" ? "" : ` (${thread.state})`;
  const source = frame.source && sourceLine(terminal, ppu, frame.source);
  const row = session.symbols(ppu).lineRowAt(frame.pc);
  const isInside = row === undefined || row.low !== frame.pc;
  const [instruction] = session.disassemble(ppu, frame.pc, 1);
  return [
    `${style.heading(ppu)} ${name}at ${place}, cycle ${thread.cycle}${state}`,
    ...(source ? [source] : []),
    ...(instruction && (instructions || !source || isInside) ? [instructionLine(terminal, instruction)] : []),
  ];
}
