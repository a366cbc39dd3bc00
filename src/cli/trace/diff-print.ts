/** What `ppu trace diff` prints around the reports of differences. */
import type { Found, Total } from "../../trace/compare/comparison.ts";
import { type DifferenceReport, positionText } from "../../trace/compare/report/index.ts";
import { type Difference, SIDE_NAMES } from "../../trace/compare/types.ts";
import { type CliIo, colors, errorColors } from "../io.ts";

/** Places of differences that are remembered to tell repetitions. */
const MOST_PLACES = 10_000;

const counted = (value: number, thing: string): string => `${value} ${thing}${value === 1 ? "" : "s"}`;

function equalText(totals: readonly Total[]): string {
  const texts = totals.map(({ ppus: [a, b], instructions: [count, other] }) => {
    const where = a === b ? a : `${a} and ${b}`;
    return count === other
      ? `${counted(count, "instruction")} of ${where}`
      : `${count} | ${other} instructions of ${where}`;
  });
  const isPartial = totals.some(({ missing }) => missing.some((list) => list.length > 0));
  return `equal${isPartial ? " as far as both have records" : ""}: ${texts.join(", ")}`;
}

/** What is missing in the traces, a line each. */
export function missingNotes(totals: readonly Total[]): string[] {
  return totals.flatMap(({ ppus, missing }) =>
    SIDE_NAMES.flatMap((name, side) =>
      missing[side]
        .filter(({ instructions }) => instructions !== 0)
        .map(({ reason, gaps, instructions }) => {
          const what =
            instructions === undefined
              ? "an unknown number of instructions"
              : counted(instructions, "instruction");
          return `${name} lacks ${what} of ${ppus[side]} in ${counted(gaps, "gap")} (${reason}): skipped in ${SIDE_NAMES[1 - side]} too`;
        }),
    ),
  );
}

/** Differences at the same instructions in the same fields. */
export class Repetitions {
  readonly #places = new Map<string, { readonly summary: string; count: number }>();

  /** True the first time. */
  isNew({ kind, records, fields, ppus }: Difference, summary: () => string): boolean {
    const places = records.map(([first]) => {
      const record = first?.record;
      return record?.kind === "instruction" ? record.pc : (record?.kind ?? "");
    });
    const key = [kind, ...ppus, ...places, ...fields.map(({ field }) => field)].join(" ");
    const known = this.#places.get(key);
    if (known) {
      known.count++;
      return false;
    }
    if (this.#places.size < MOST_PLACES) this.#places.set(key, { summary: summary(), count: 0 });
    return true;
  }

  get repeated(): { readonly summary: string; readonly count: number }[] {
    return [...this.#places.values()].filter(({ count }) => count > 0);
  }
}

export function printDifference(
  io: CliIo,
  found: Found,
  number: number,
  head: readonly string[],
  report: DifferenceReport,
): void {
  const paint = colors(io);
  const { difference } = found;
  const title = number === 1 ? "first difference" : `difference ${number}`;
  if (number > 1) io.stdout("\n");
  io.stdout(`${paint.bold(`${title} at ${positionText(difference)}`)}\n`);
  for (const line of head) io.stdout(`${paint.dim(line)}\n`);
  for (const line of report.lines(found)) io.stdout(`${line}\n`);
}

interface Ending {
  readonly number: number;
  readonly totals: readonly Total[];
  /** What has not been said yet. */
  readonly head: readonly string[];
  readonly problems: readonly string[];
  readonly repeated: Repetitions["repeated"];
}

export function printEnd(io: CliIo, { number, totals, head, problems, repeated }: Ending): void {
  const paint = colors(io);
  if (number === 0) io.stdout(`${paint.bold(equalText(totals))}\n`);
  else if (head.length > 0 || number > 1) io.stdout("\n");
  for (const line of head) io.stdout(`${paint.dim(line)}\n`);
  for (const { summary, count } of repeated) io.stdout(`again ${count} times: ${summary}\n`);
  if (number > 1) io.stdout(`${number} differences\n`);
  for (const problem of problems) io.stderr(`ppu: ${errorColors(io).yellow(problem)}\n`);
}
