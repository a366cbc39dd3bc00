/** What failures of tests say, in the pieces that reports put together. */
import { SourceFiles } from "../../debug/symbols/sources.ts";
import { escapeControls } from "../../text.ts";
import type { SourceLocation } from "../../toolchain/image.ts";
import { formatLocation } from "../../toolchain/symbols.ts";
import { formatHistory, type PastInstruction } from "../../trace/history.ts";
import type { Finding, Seeds, TestFailure, TestResult } from "../model.ts";
import { readTexts } from "../texts.ts";

/** Lines of source around the one that matters. */
const AROUND = 2;

export const seedText = ({ chip, noise }: Seeds): string => `chip seed ${chip}, noise seed ${noise}`;

/** A line of a text that others wrote, safe for a terminal. */
const safeLine = (text: string): string => escapeControls(text.replaceAll("\t", "  ").trimEnd());

const safeLines = (text: string): string[] => text.replace(/\n$/, "").split("\n").map(safeLine);

/** What a test printed beside the reports of its checks, by PPU; PPUs that printed nothing are left out. */
export function printedLines({
  ppus,
  output,
  file,
}: TestResult): { readonly title: string; readonly lines: string[] }[] {
  const texts = ppus.map(({ ppu, mailbox }) => {
    const { cases, output } = readTexts(mailbox);
    return { title: `mailbox (${ppu})`, text: output + cases.map((one) => one.output).join("") };
  });
  if (output !== undefined) texts.push({ title: `mailbox of ${file}`, text: output });
  return texts
    .filter(({ text }) => text.trim() !== "")
    .map(({ title, text }) => ({ title, lines: safeLines(text) }));
}

/** Line of a failure: where and what; the PPU if there is a choice. */
export function failureLine({ location, message, ppu }: TestFailure, namesPpu: boolean): string {
  const place = location ? `${formatLocation(location)}: ` : "";
  return escapeControls(`${place}${message}${namesPpu ? ` (${ppu} PPU)` : ""}`);
}

/** The last instructions, one a line. */
export const historyLines = (history: readonly PastInstruction[]): string[] =>
  formatHistory(history).map(safeLine);

export function findingLine({ ppu, message, symbol, source, cycle, count }: Finding): string {
  const where = [symbol && `<${symbol}>`, source && formatLocation(source)].filter(Boolean).join(" ");
  const often = count > 1 ? `, ${count} times` : "";
  return escapeControls(`${message} (${ppu} PPU, cycle ${cycle}${often}${where === "" ? "" : `, ${where}`})`);
}

/** Lines of the source around a place, the one that matters marked; empty where the file cannot be read. */
export class Excerpts {
  readonly #files = new Map<string, SourceFiles>();

  /** `program`: beside it sources are looked for too. */
  lines(location: SourceLocation, program: string): string[] {
    let files = this.#files.get(program);
    if (!files) this.#files.set(program, (files = new SourceFiles([], program)));
    const lines = files.lines(location.file, location.file);
    if (!lines || location.line > lines.length) return [];
    const first = Math.max(1, location.line - AROUND);
    const shown = lines.slice(first - 1, location.line + AROUND);
    const width = String(first + shown.length - 1).length;
    return shown.map((text, i) => {
      const number = first + i;
      const mark = number === location.line ? ">" : " ";
      return safeLine(`${mark} ${String(number).padStart(width)} | ${text}`);
    });
  }
}
