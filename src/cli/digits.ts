/** Pictures of digits and tables of answers for the terminal. */
import Table from "cli-table3";
import { IMAGE_SIDE } from "../lab/image-set.ts";

const SHADES = " .:-=+*#%@";

/** Digits side by side, two pixel rows to a line of text; each image has 784 bytes. */
export function drawDigits(images: readonly Uint8Array[]): string {
  const lines: string[] = [];
  for (let y = 2; y < IMAGE_SIDE - 2; y += 2) {
    const parts = images.map((image) => {
      let text = "";
      for (let x = 3; x < IMAGE_SIDE - 3; x++) {
        const level = (image[y * IMAGE_SIDE + x] + image[(y + 1) * IMAGE_SIDE + x]) / 2;
        text += SHADES[Math.min(SHADES.length - 1, Math.floor((level * SHADES.length) / 256))];
      }
      return text;
    });
    lines.push(parts.join("  "));
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** Width of one digit of `drawDigits` with its gap. */
export const DIGIT_WIDTH = IMAGE_SIDE - 6 + 2;

/** How often class `row` was answered as `column`. */
export function confusion(classes: Uint8Array, labels: Uint8Array): number[][] {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  for (let n = 0; n < classes.length; n++) counts[labels[n]][classes[n]]++;
  return counts;
}

/** `names` are those of the classes; columns have their numbers. */
export function confusionTable(counts: readonly (readonly number[])[], names: readonly string[]): string {
  const table = new Table({
    head: ["class", ...counts.map((_, n) => String(n))],
    colAligns: ["left", ...counts.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const [label, row] of counts.entries()) {
    const name = names[label] === String(label) ? "" : ` ${names[label]}`;
    table.push([`${label}${name}`, ...row.map((count) => (count === 0 ? "." : String(count)))]);
  }
  return `${table.toString()}\n`;
}
