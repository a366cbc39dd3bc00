/** A source text with counts beside its lines, as gcov prints it. */
import type { FileCoverage } from "./data.ts";

const MARGIN = 9;
const NOT_COVERED = "#####";

/** How a way is told to a reader. */
export function wayText(way: string): string {
  const [place, hint] = [way.split(" ")[0], way.slice(way.indexOf(" ") + 1)];
  const where = place === "end" ? "leaves the function" : place === "again" ? "stays" : `to ${place}`;
  return way.includes(" ") ? `${where} (${hint})` : where;
}

/** A line of the listing with what tells whether it was covered. */
export interface ListedLine {
  readonly text: string;
  readonly kind: "covered" | "missed" | "none" | "note";
}

/** Each line of the text with its count; below it the ways of decisions of which some were not gone. */
export function annotated(file: FileCoverage, text: readonly string[]): readonly ListedLine[] {
  const width = `${text.length}`.length;
  const notes = new Map<number, ListedLine[]>();
  const note = (line: number, content: string) => {
    const list = notes.get(line) ?? [];
    notes.set(line, list);
    list.push({ text: `${" ".repeat(MARGIN)}  ${" ".repeat(width)}  ^ ${content}`, kind: "note" });
  };
  for (const [place, ways] of Object.entries(file.branches)) {
    const counts = Object.entries(ways);
    if (counts.every(([, count]) => count > 0) || counts.every(([, count]) => count === 0)) continue;
    const [line, column] = place.split(":");
    const told = counts.map(([way, count]) => `${wayText(way)}: ${count === 0 ? "never" : count}`);
    note(Number(line), `column ${column}: ${told.join(", ")}`);
  }
  for (const [key, { calls, compiled }] of Object.entries(file.functions)) {
    if (calls > 0) continue;
    const name = key.slice(key.indexOf(":") + 1);
    const why = compiled ? "never called" : "no program has code of it";
    note(Number.parseInt(key, 10), `${name}: ${why}`);
  }
  return text.flatMap((content, index): readonly ListedLine[] => {
    const line = index + 1;
    const count = file.lines[line];
    const gutter = count === undefined ? "" : count === 0 ? NOT_COVERED : `${count}`;
    const kind = count === undefined ? "none" : count === 0 ? "missed" : "covered";
    const shown = `${gutter.padStart(MARGIN)}: ${`${line}`.padStart(width)}: ${content}`;
    return [{ text: shown.trimEnd(), kind }, ...(notes.get(line) ?? [])];
  });
}
