/** The placement of a network on the array, as text. */
import type { LayerPlan, NetworkPlan } from "./plan.ts";
import { COLUMNS, DRIVERS, HEMISPHERE_NAMES, type Tile } from "./plan.ts";

/** Columns and drivers to a character. */
const COLUMN_CELL = 4;
const DRIVER_CELL = 8;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The letter that stands for a block of inputs. */
export const blockLetter = (block: number): string => LETTERS[block % LETTERS.length];

/** What one hemisphere holds in one pass. */
export interface ArrayContents {
  readonly hemisphere: number;
  readonly pass: number;
  readonly tiles: readonly Tile[];
}

export function arraysOf({ tiles, passes }: LayerPlan): ArrayContents[] {
  const arrays: ArrayContents[] = [];
  for (let pass = 0; pass < passes; pass++) {
    for (let hemisphere = 0; hemisphere < 2; hemisphere++) {
      arrays.push({
        hemisphere,
        pass,
        tiles: tiles.filter((tile) => tile.hemisphere === hemisphere && tile.pass === pass),
      });
    }
  }
  return arrays;
}

function drawArray({ tiles }: ArrayContents, outputs: number): string[] {
  const width = COLUMNS / COLUMN_CELL;
  const lines = Array.from({ length: DRIVERS / DRIVER_CELL }, () => new Array<string>(width).fill("."));
  for (const { block, inputs, firstColumn } of tiles) {
    const from = firstColumn / COLUMN_CELL;
    const end = Math.ceil((firstColumn + outputs) / COLUMN_CELL);
    for (let y = 0; y < Math.ceil(inputs / DRIVER_CELL); y++) lines[y].fill(blockLetter(block), from, end);
  }
  return lines.map((line) => line.join(""));
}

const range = (first: number, count: number): string => `${first}..${first + count - 1}`;

function legend(plan: LayerPlan, tiles: readonly Tile[]): string[] {
  return tiles.map(
    ({ block, firstInput, inputs, firstColumn }) =>
      `    ${blockLetter(block)}  inputs ${range(firstInput, inputs)} on drivers ${range(0, inputs)} (rows ${range(0, 2 * inputs)}), outputs ${range(0, plan.layer.outputs)} on columns ${range(firstColumn, plan.layer.outputs)}`,
  );
}

function describeSplit({ split, blocks, passes }: LayerPlan): string {
  const count = `${blocks} block${blocks > 1 ? "s" : ""} of inputs`;
  if (split === "images") return `${count}, the same on both hemispheres, which share the images`;
  return `${count}, dealt out to both hemispheres${passes > 1 ? `, ${passes} passes over the batch` : ""}`;
}

/** One line about what a layer computes. */
export function describeLayer({ layer }: LayerPlan): string {
  const { kind, name, input, output, kernel, stride, padding, inputs, outputs } = layer;
  const after = { none: "", relu: ", ReLU", requantise: `, ReLU, >> ${layer.shift} to 5 bit` }[
    layer.activation
  ];
  const shape =
    kind === "dense"
      ? `${inputs} -> ${outputs}`
      : `${input.join(" x ")} -> ${output.join(" x ")}, kernel ${kernel.join(" x ")}, stride ${stride.join(" x ")}, padding ${padding.join(" x ")}`;
  return `${name}: ${kind} ${shape}, sent ${layer.sends} x${layer.wait > 0 ? `, wait ${layer.wait}` : ""}${after}`;
}

/** Every array of every layer: columns to the right (4 a character), drivers downwards (8 a line). */
export function drawPlan(plan: NetworkPlan): string {
  const lines: string[] = [];
  for (const layer of plan.layers) {
    lines.push(describeLayer(layer), `  ${describeSplit(layer)}`);
    const arrays = arraysOf(layer);
    const shown = layer.split === "images" ? arrays.slice(0, 1) : arrays;
    for (const array of shown) {
      const side = layer.split === "images" ? "both hemispheres" : HEMISPHERE_NAMES[array.hemisphere];
      const pass = layer.passes > 1 ? `, pass ${array.pass + 1} of ${layer.passes}` : "";
      lines.push(`  ${side}${pass}${array.tiles.length === 0 ? ": empty" : ""}`);
      if (array.tiles.length === 0) continue;
      lines.push(...drawArray(array, layer.layer.outputs).map((line) => `  |${line}|`));
      lines.push(...legend(layer, array.tiles));
    }
    lines.push("");
  }
  return lines.join("\n");
}
