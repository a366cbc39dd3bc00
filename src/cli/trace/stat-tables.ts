/** Statistics of a PPU as tables for the terminal. */
import Table from "cli-table3";
import { escapeControls } from "../../text.ts";
import { CYCLE_CAUSES } from "../../trace/cycles.ts";
import type { PpuStatistics, Share } from "../../trace/stat/index.ts";

export interface StatTable {
  readonly title: string;
  readonly text: string;
}

type Cell = string | number;

const percent = (part: number, whole: number): string =>
  whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;

/** Columns of text to the left, of numbers and shares to the right. */
function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  top: number,
  left: readonly number[] = [0],
): string {
  const shown = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (left.includes(column) ? ("left" as const) : ("right" as const))),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows.slice(0, top)) shown.push(row.map((cell) => escapeControls(String(cell))));
  const more = rows.length - top;
  return more > 0 ? `${shown.toString()}\nand ${more} more (--top)` : shown.toString();
}

const shareRow =
  (cycles: number) =>
  (share: Share): Cell[] => [share.name, share.instructions, share.cycles, percent(share.cycles, cycles)];

function sameFunctions({ functions, sourceFunctions }: PpuStatistics): boolean {
  const key = (list: readonly Share[]) => list.map(({ name, cycles }) => `${name} ${cycles}`).join("\n");
  return key(functions) === key(sourceFunctions);
}

function vectorTable({ vector, cycles, instructions }: PpuStatistics): string {
  const { predicated, registers, multiplications, units } = vector;
  const list = registers.map((register) => `v${register}`).join(" ");
  const lanes =
    predicated.instructions === 0
      ? ""
      : `, ${percent(predicated.lanesEnabled, predicated.lanes) || "an unknown share"} of their lanes enabled`;
  const rows = units.map((unit) => [unit.name, unit.instructions, unit.cycles, percent(unit.cycles, cycles)]);
  return [
    table(["unit", "instructions", "cycles", "share"], rows, rows.length),
    `${percent(vector.instructions, instructions)} of all instructions; ${predicated.instructions} predicated${lanes}`,
    `${multiplications} multiplications of lanes, ${(multiplications / cycles).toFixed(2)} a cycle`,
    `registers used: ${list}`,
  ].join("\n");
}

/** Tables without rows are left out; long ones are cut after `top` rows. */
export function statTables(statistics: PpuStatistics, top: number): StatTable[] {
  const { cycles, causes, functions, sourceFunctions, mnemonics, families, classes, vector, devices } =
    statistics;
  const tables: StatTable[] = [];
  const add = (title: string, count: number, text: () => string) => {
    if (count > 0) tables.push({ title, text: text() });
  };
  const counted = ["instructions", "cycles", "share"];
  add("Cycles by cause", causes.length, () =>
    table(
      ["cause", "cycles", "share", "meaning"],
      causes.map((one) => [one.cause, one.cycles, percent(one.cycles, cycles), CYCLE_CAUSES[one.cause]]),
      causes.length,
      [0, 3],
    ),
  );
  add("Cycles by function, without what it calls", functions.length, () =>
    table(
      ["function", "calls", ...counted],
      functions.map((one) => [one.name, one.calls, ...shareRow(cycles)(one).slice(1)]),
      top,
    ),
  );
  add("Cycles by function of the source, inlined calls apart", sameFunctions(statistics) ? 0 : 1, () =>
    table(["function", ...counted], sourceFunctions.map(shareRow(cycles)), top),
  );
  add("Instructions", mnemonics.length, () =>
    table(
      ["mnemonic", "family", "class", ...counted],
      mnemonics.map((one) => [one.name, one.family, one.class, ...shareRow(cycles)(one).slice(1)]),
      top,
      [0, 1, 2],
    ),
  );
  add("Families", families.length, () => table(["family", ...counted], families.map(shareRow(cycles)), top));
  add("Timing classes", classes.length, () =>
    table(["class", ...counted], classes.map(shareRow(cycles)), top),
  );
  add("Vector unit", vector.instructions, () => vectorTable(statistics));
  add("Accesses by device", devices.length, () =>
    table(
      ["device", "group", "reads", "bytes", "writes", "bytes"],
      devices.map((one) => [
        one.device,
        one.group ?? "",
        one.reads,
        one.bytesRead,
        one.writes,
        one.bytesWritten,
      ]),
      top,
      [0, 1],
    ),
  );
  const { events, conversions, exceptions } = statistics;
  const happened: Cell[][] = [
    ...(["top", "bottom"] as const).flatMap((side) => [
      [`events, PADI buses of the ${side} hemisphere`, events[side]],
      [`conversions, CADC of the ${side} hemisphere`, conversions[side]],
    ]),
    ...exceptions.map(({ vector: name, count }) => [`exceptions: ${name}`, count]),
  ].filter(([, count]) => count !== 0);
  add("Events, conversions, exceptions", happened.length, () =>
    table(["what", "count"], happened, happened.length),
  );
  return tables;
}
