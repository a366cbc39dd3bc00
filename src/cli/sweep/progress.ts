/** How far a sweep is: a bar on a terminal, a line each tenth elsewhere; on stderr. */
import cliProgress from "cli-progress";
import type { CliIo } from "../io.ts";

export interface SweepProgress {
  /** One more cell is done; `note` says how it is going. */
  readonly step: (note: string) => void;
  readonly stop: () => void;
}

const secondsSince = (begin: bigint): number => Number(process.hrtime.bigint() - begin) / 1e9;

/** "50 s", "12 min", "3.5 h". */
export function durationText(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  return seconds < 6000 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** `done` of `total` cells are there already. */
export function sweepProgress(io: CliIo, done: number, total: number): SweepProgress {
  const begin = process.hrtime.bigint();
  let now = done;
  if (io.stderrIsTerminal) {
    const bar = new cliProgress.SingleBar({
      format: "{bar} {value}/{total} cells, {left} left {note}",
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
    });
    const left = () =>
      now === done ? "?" : durationText((secondsSince(begin) / (now - done)) * (total - now));
    bar.start(total, done, { left: "?", note: "" });
    return {
      step(note) {
        bar.update(++now, { left: left(), note });
      },
      stop: () => bar.stop(),
    };
  }
  return {
    step(note) {
      const tenth = (count: number) => Math.floor((10 * count) / total);
      if (tenth(++now) === tenth(now - 1) || now === total) return;
      const left = durationText((secondsSince(begin) / (now - done)) * (total - now));
      io.stderr(`  ${now}/${total} cells, about ${left} left${note && `, ${note}`}\n`);
    },
    stop: () => {},
  };
}
