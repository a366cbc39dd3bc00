/** A picture of pixels: rectangles and text. */
import { PNG } from "pngjs";
import { drawLetters, LETTER_WIDTH } from "./font.ts";

export type Color = readonly [red: number, green: number, blue: number];

/** Reads `rgb(1, 2, 3)` and `#010203`. */
export function parseColor(text: string): Color {
  const digits = /^#(..)(..)(..)$/.exec(text)?.slice(1);
  const parts = digits ? digits.map((pair) => Number.parseInt(pair, 16)) : text.match(/\d+/g)!.map(Number);
  return [parts[0], parts[1], parts[2]];
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #png: PNG;

  constructor(width: number, height: number, background: Color) {
    this.width = width;
    this.height = height;
    this.#png = new PNG({ width, height, colorType: 2 });
    this.fill(0, 0, width, height, background);
  }

  fill(x: number, y: number, width: number, height: number, [red, green, blue]: Color): void {
    const { data } = this.#png;
    for (let row = Math.max(y, 0); row < Math.min(y + height, this.height); row++) {
      for (let column = Math.max(x, 0); column < Math.min(x + width, this.width); column++) {
        const at = 4 * (row * this.width + column);
        data[at] = red;
        data[at + 1] = green;
        data[at + 2] = blue;
        data[at + 3] = 255;
      }
    }
  }

  /** Text from its top left corner, or with `align` "right" from its top right corner. */
  text(x: number, y: number, text: string, color: Color, align: "left" | "right" = "left"): void {
    const left = align === "left" ? x : x - LETTER_WIDTH * text.length;
    drawLetters(text, (dx, dy) => this.fill(left + dx, y + dy, 1, 1, color));
  }

  png(): Uint8Array {
    return new Uint8Array(PNG.sync.write(this.#png, { colorType: 2 }));
  }
}
