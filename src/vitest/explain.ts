/** What a failed matcher tells about a run beside what it expected: how it ended, where, and what it printed. */

import { Excerpts, failureLine, findingLine, historyLines } from "../testing/report/printed.ts";
import { count } from "../testing/report/terminal.ts";
import { findingsOf, stopFailure } from "../testing/verdict.ts";
import { escapeControls } from "../text.ts";
import { AddressIndex } from "../toolchain/symbols.ts";
import type { FirmwareRun } from "./firmware.ts";

const indented = (lines: readonly string[]): string[] =>
  lines.map((line) => (line === "" ? "" : `  ${line}`));

/** How one PPU ended, in a few words: `returned 5`, `trap … at main.ts:3:5`. */
export function endings({ execution }: FirmwareRun): string[] {
  const index = new AddressIndex(execution.image);
  return execution.ppus.map((ppu) => {
    const stop = stopFailure(execution, ppu, index);
    const text = stop
      ? failureLine(stop, false)
      : ppu.returnCode === undefined
        ? "did not end"
        : `returned ${ppu.returnCode}`;
    return execution.ppus.length > 1 ? `${ppu.name}: ${text}` : text;
  });
}

/** Lines about a run: each PPU with its time, where it was stopped with the last instructions, findings and mailboxes. */
export function explainRun({ firmware, execution }: FirmwareRun): string {
  const index = new AddressIndex(execution.image);
  const excerpts = new Excerpts();
  const lines: string[] = [];
  for (const ppu of execution.ppus) {
    const stop = stopFailure(execution, ppu, index);
    const time = `${count(ppu.cycles, "cycle")}, ${count(ppu.instructions, "instruction")}`;
    const end = stop ? failureLine(stop, false) : `return code ${ppu.returnCode ?? "unknown"}`;
    lines.push(`${firmware.name} on the ${ppu.name} PPU: ${end} (${time})`);
    if (stop?.location) lines.push(...indented(excerpts.lines(stop.location, firmware.name)));
    if (stop?.history?.length) lines.push("last instructions:", ...indented(historyLines(stop.history)));
    if (ppu.mailbox.trim() !== "") {
      const text = ppu.mailbox.replace(/\n$/, "").split("\n").map(escapeControls);
      lines.push(`mailbox (${ppu.name}):`, ...indented(text));
    }
  }
  const findings = findingsOf(execution, index).map(findingLine);
  if (findings.length > 0) lines.push("findings:", ...indented(findings));
  return lines.join("\n");
}
