/** Profiles as text for the terminal. */
import { escapeControls } from "../../text.ts";
import { childrenOf, type FlatEntry, type FrameNode } from "./tree.ts";

export interface TextOptions {
  /** Frames with a smaller share of the cycles are left out, in percent. */
  readonly least: number;
  readonly paint?: (kind: FrameNode["kind"], text: string) => string;
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;

const MARKS: Partial<Record<FrameNode["kind"], string>> = {
  inlined: " (inlined)",
  interrupt: " (interrupt)",
};

function label({ kind, name, place }: Pick<FlatEntry, "kind" | "name" | "place">): string {
  const where = place === undefined || kind === "line" ? "" : `  ${place}`;
  return escapeControls(`${name}${MARKS[kind] ?? ""}${where}`);
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, n) => Math.max(...rows.map((row) => row[n].length)));
  const last = widths.length - 1;
  return rows.map((row) =>
    row
      .map((cell, n) => (n === last ? cell : cell.padStart(widths[n])))
      .join("  ")
      .trimEnd(),
  );
}

/** Cycles with everything inside, their share, cycles of the frame itself, calls, and the frame, indented by depth. */
export function treeText(root: FrameNode, { least, paint = (_kind, text) => text }: TextOptions): string {
  const rows: string[][] = [["cycles", "share", "self", "calls", root.name]];
  const visit = (node: FrameNode, depth: number): void => {
    if (node.total === 0 || (100 * node.total) / root.total < least) return;
    const name = `${"  ".repeat(depth)}${paint(node.kind, label(node))}`;
    const calls = node.calls === undefined ? "" : `${node.calls}`;
    rows.push([`${node.total}`, percent(node.total, root.total), `${node.self}`, calls, name]);
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  visit({ ...root, name: `${root.name} PPU` }, 0);
  return `${columns(rows.map((row, n) => (n === 0 ? [...row.slice(0, -1), "function"] : row))).join("\n")}\n`;
}

/** One line a function, or a line of the source: cycles of its own first. */
export function flatText(
  entries: readonly FlatEntry[],
  whole: number,
  { least, paint = (_kind, text) => text }: TextOptions,
): string {
  const rows: string[][] = [["self", "share", "total", "share", "instructions", "calls", "function"]];
  for (const entry of entries) {
    const { self, total, instructions, calls } = entry;
    if (entry.kind === "ppu" || (100 * Math.max(self, total)) / whole < least) continue;
    rows.push([
      ...[`${self}`, percent(self, whole), `${total}`, percent(total, whole), `${instructions}`],
      ...[calls === undefined ? "" : `${calls}`, paint(entry.kind, label(entry))],
    ]);
  }
  return `${columns(rows).join("\n")}\n`;
}
