/** Breakpoints and watchpoints as texts and as JSON. */

import { PPUS } from "../../position.ts";
import type { Breakable, Location } from "../../types.ts";
import type { Result } from "../command.ts";
import { hex32 } from "../style.ts";
import type { Terminal } from "../terminal.ts";
import { sourceData, sourceText } from "./places.ts";

export function locationText(terminal: Terminal, location: Location): string {
  if ("address" in location) return hex32(location.address);
  if ("symbol" in location) return location.symbol;
  return `${terminal.path(location.file)}:${location.line}`;
}

const whatOf = (terminal: Terminal, breakable: Breakable): string =>
  breakable.kind === "breakpoint" ? locationText(terminal, breakable.location) : breakable.text;

const ACCESS_NAMES = { read: "read watchpoint", write: "watchpoint", access: "access watchpoint" } as const;

const kindText = (breakable: Breakable): string => {
  const name = breakable.kind === "breakpoint" ? "breakpoint" : ACCESS_NAMES[breakable.access];
  return `${breakable.temporary ? "temporary " : ""}${breakable.logMessage === undefined ? name : "log point"}`;
};

const ppusOf = (breakable: Breakable) => (breakable.kind === "breakpoint" ? breakable.ppus : null);

/** `breakpoint 1 at main: 0x000004b0 (file.ts:46)`. */
export function breakableText(terminal: Terminal, breakable: Breakable): string {
  const { style } = terminal;
  const what = style.plain(whatOf(terminal, breakable));
  const begin = `${kindText(breakable)} ${breakable.id}`;
  if (breakable.kind === "watchpoint") return `${begin}: ${what}`;
  const addresses = addressesOf(breakable);
  if (addresses.length === 0) return `${begin} at ${what}: pending, no program has such a place`;
  const source = breakable.source ? ` (${sourceText(terminal, breakable.source)})` : "";
  const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : "";
  return `${begin} at ${what}: ${style.address(addresses[0])}${more}${source}`;
}

/** Addresses of all PPUs that it holds for, each once. */
function addressesOf(breakable: Breakable): number[] {
  if (breakable.kind === "watchpoint") return [];
  const sides = PPUS.filter((ppu) => breakable.ppus === "both" || breakable.ppus === ppu);
  return [...new Set(sides.flatMap((ppu) => breakable.addresses[ppu]))];
}

const breakableData = (terminal: Terminal, breakable: Breakable) => ({
  id: breakable.id,
  kind: breakable.kind,
  what: whatOf(terminal, breakable),
  enabled: breakable.enabled,
  temporary: breakable.temporary,
  hits: breakable.hits,
  condition: breakable.condition || null,
  hitCount: breakable.hitCount ?? null,
  logMessage: breakable.logMessage ?? null,
  ppus: ppusOf(breakable),
  access: breakable.kind === "watchpoint" ? breakable.access : null,
  addresses: breakable.kind === "breakpoint" ? addressesOf(breakable) : null,
  source: breakable.kind === "breakpoint" ? sourceData(breakable.source) : null,
});

/** Result of commands that made or changed some. */
export const breakablesResult = (
  terminal: Terminal,
  breakables: readonly Breakable[],
  lines: readonly string[] = breakables.map((breakable) => breakableText(terminal, breakable)),
): Result => ({
  kind: "breakpoints",
  data: { breakpoints: breakables.map((breakable) => breakableData(terminal, breakable)) },
  lines,
});

/** A line for each with its conditions and hits below. */
export function breakableTable(terminal: Terminal): string[] {
  const all = terminal.session.breakables();
  if (all.length === 0) return ["no breakpoints or watchpoints"];
  return all.flatMap((breakable) => {
    const off = breakable.enabled ? "" : " (disabled)";
    const details = [
      ...(breakable.kind === "breakpoint" && breakable.ppus !== "both" ? [`on ${breakable.ppus}`] : []),
      ...(!breakable.condition ? [] : [`if ${breakable.condition}`]),
      ...((breakable.hitCount ?? 1) > 1 ? [`from hit ${breakable.hitCount}`] : []),
      ...(breakable.logMessage === undefined ? [] : [`log ${breakable.logMessage}`]),
      ...(breakable.hits > 0 ? [`hits ${breakable.hits}`] : []),
    ].map((detail) => `     ${terminal.style.plain(detail)}`);
    return [`${breakableText(terminal, breakable)}${terminal.style.dim(off)}`, ...details];
  });
}
