/** One line for people about a stop. */
import type { Happening } from "./runner.ts";
import type { Stop, WatchHit } from "./types.ts";

const REASONS: Readonly<Record<Stop["reason"], string>> = {
  entry: "nothing has run yet",
  step: "stepped",
  breakpoint: "breakpoint",
  watch: "watchpoint",
  saturation: "saturation",
  reached: "reached the place asked for",
  finding: "a mistake of the program",
  interrupted: "interrupted",
  finished: "the program has finished: all PPUs sleep for good",
  asleep: "all PPUs sleep; only the host can wake one",
  held: "no PPU is released from reset",
  historyStart: "the begin of the history",
};

function hitText({
  id,
  text,
  access,
  ppu,
  pc,
  oldValue,
  newValue,
  address,
  lane,
  saturation,
}: WatchHit): string {
  const by = ppu === undefined ? "by the host or a device" : `by ${ppu} at 0x${(pc ?? 0).toString(16)}`;
  if (saturation) {
    const { register, laneType, operands, exact, result, mnemonic } = saturation;
    const given = Object.entries(operands).map(([name, value]) => `${name} ${value}`);
    return `saturation ${id}: ${mnemonic} ${register}.${laneType}[${saturation.lane}] ${exact} -> ${result} (${given.join(", ")}) ${by}`;
  }
  const where =
    address !== undefined ? ` at 0x${address.toString(16)}` : lane !== undefined ? ` lane ${lane}` : "";
  const what = access === "read" ? `read ${newValue}` : `${oldValue} -> ${newValue}`;
  return `watchpoint ${id}: ${text}${where} ${what} ${by}`;
}

export function stopMessage(
  {
    reason,
    ids,
    hits,
    finding,
  }: Pick<Happening, "ids" | "hits" | "finding"> & { readonly reason: Stop["reason"] },
  problems: readonly string[],
): string {
  const parts = [...problems];
  if (hits.length > 0) parts.unshift(...hits.map(hitText));
  else if (finding) parts.unshift(finding.message);
  else parts.unshift(reason === "breakpoint" ? `breakpoint ${ids.join(", ")}` : REASONS[reason]);
  return parts.join("; ");
}
