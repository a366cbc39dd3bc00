/** Runs a program on the chip of a cell, as `ppu run` does: a thread of a sweep. */
import { workerData } from "node:worker_threads";
import type { Cell } from "../../lab/sweep/grid.ts";
import type { CellResult } from "../../lab/sweep/journal.ts";
import { chipFactory } from "../program-options.ts";
import { reportRun } from "../run-report.ts";
import { programOptionsOf, type RunWork } from "./run-work.ts";

const work = workerData as RunWork;
const pattern = work.value === undefined ? undefined : new RegExp(work.value, "mu");

/** What the pattern finds in a text; null without a number. */
function valueIn(text: string): number | null {
  const found = pattern?.exec(text)?.[1]?.trim();
  const value = found ? Number(found) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

export default async function runCell(cell: Cell): Promise<CellResult> {
  const { image, options, maxCycles } = work;
  const chip = (await chipFactory(image, programOptionsOf(work, cell)))();
  const report = reportRun(chip, image, options.ppu, chip.run({ maxCycles }));
  const { stop, exitCode, cycles, mailbox, ppus, diagnostics } = report;
  const { trap } = stop;
  const place = trap ?? stop;
  const isBad = trap !== undefined || stop.reason !== "finished";
  return {
    exitCode,
    stop: trap ? trap.kind : stop.reason,
    at: isBad ? (place.source ?? place.symbol) : null,
    ...(pattern && { value: valueIn(mailbox) }),
    cycles,
    instructions: ppus.top.instructions + ppus.bottom.instructions,
    findings: diagnostics.length,
    mailbox,
  };
}
