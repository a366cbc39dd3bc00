/** How texts look: colours by meaning, strips of values, numbers. Everything works without colours and in ASCII. */
import pc from "picocolors";
import { escapeControls } from "../../text.ts";

export interface StyleOptions {
  /** Default: false. */
  readonly colors?: boolean;
  /** Block characters in strips; false: ASCII. Default: true. */
  readonly unicode?: boolean;
  /** Columns of the terminal; default 100. */
  readonly width?: number;
}

const BLOCKS = "▁▂▃▄▅▆▇█";
const ASCII_LEVELS = ".:-=+*#@";

/** What the terminal's texts are made with; texts of the program (names, source lines) must go through `plain`. */
export class Style {
  readonly width: number;
  readonly #levels: readonly string[];
  readonly #paint: ReturnType<typeof pc.createColors>;

  constructor({ colors = false, unicode = true, width = 100 }: StyleOptions = {}) {
    this.width = width;
    this.#levels = [...(unicode ? BLOCKS : ASCII_LEVELS)];
    this.#paint = pc.createColors(colors);
  }

  /** A text of the program or of a file, with control characters made visible; tabs become spaces. */
  plain(text: string): string {
    return escapeControls(text.replaceAll("\t", "    "));
  }

  heading(text: string): string {
    return this.#paint.bold(text);
  }

  dim(text: string): string {
    return this.#paint.dim(text);
  }

  error(text: string): string {
    return this.#paint.red(text);
  }

  /** What stopped the chip. */
  event(text: string): string {
    return this.#paint.magenta(text);
  }

  symbol(text: string): string {
    return this.#paint.yellow(this.plain(text));
  }

  file(text: string): string {
    return this.#paint.green(this.plain(text));
  }

  address(value: number): string {
    return this.#paint.blue(hex32(value));
  }

  /** The place where a PPU stands. */
  here(text: string): string {
    return this.#paint.bold(this.#paint.green(text));
  }

  breakpoint(text: string): string {
    return this.#paint.red(text);
  }

  /** A value that differs from the one at the stop before. */
  changed(text: string): string {
    return this.#paint.bold(this.#paint.yellow(text));
  }

  /** One character for each value between the bounds; negative values in another colour. */
  strip(values: readonly number[], bounds: Bounds = boundsOf(values)): string {
    const levels = this.#levels.length;
    const span = bounds.high - bounds.low || 1;
    let text = "";
    let run = "";
    let runNegative = false;
    const flush = () => {
      text += runNegative ? this.#paint.cyan(run) : run;
      run = "";
    };
    for (const value of values) {
      if (value < 0 !== runNegative) {
        flush();
        runNegative = value < 0;
      }
      const level = Math.floor(((value - bounds.low) / span) * levels);
      run += this.#levels[Math.min(levels - 1, Math.max(0, level))];
    }
    flush();
    return text;
  }
}

/** A text in lines of at most `width` characters, broken at blanks where there are any. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(" ", width);
    if (blank <= indent.length) break;
    lines.push(rest.slice(0, blank));
    rest = indent + rest.slice(blank + 1);
  }
  return [...lines, rest];
}

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export const boundsOf = (values: readonly number[]): Bounds => ({
  low: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  high: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
});

export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

/** Lines of columns, each as wide as its widest cell; `widths` counts cells before they were painted. */
export function columns(rows: readonly (readonly string[])[], gap = "  "): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column])))
      .join(gap)
      .trimEnd(),
  );
}
