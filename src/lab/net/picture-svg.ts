/** The placement of a network on the array, as SVG. */
import { escapeText } from "../plot/svg.ts";
import { arraysOf, describeLayer } from "./picture.ts";
import { COLUMNS, DRIVERS, HEMISPHERE_NAMES, type LayerPlan, type NetworkPlan, type Tile } from "./plan.ts";

const LEFT = 16;
const ARRAY_GAP = 40;
/** Pixels to a column and to a driver (two rows). */
const COLUMN = 1.5;
const DRIVER = 1;
const TITLE = 40;
const CAPTION = 16;
const COLORS = ["#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#e15759", "#76b7b2", "#edc948", "#9c755f"];

const text = (x: number, y: number, size: number, content: string): string =>
  `<text x="${x}" y="${y}" font-size="${size}">${escapeText(content)}</text>`;

function tileSvg(plan: LayerPlan, tile: Tile, x: number, y: number): string {
  const { block, firstInput, inputs, firstColumn } = tile;
  const { outputs } = plan.layer;
  const left = x + firstColumn * COLUMN;
  const title = `block ${block}: inputs ${firstInput} to ${firstInput + inputs - 1} on drivers 0 to ${inputs - 1}, outputs 0 to ${outputs - 1} on columns ${firstColumn} to ${firstColumn + outputs - 1}`;
  const label = outputs * COLUMN >= 20 && inputs >= 12 ? text(left + 4, y + 12, 10, String(block)) : "";
  return `<g><title>${escapeText(title)}</title><rect x="${left}" y="${y}" width="${outputs * COLUMN}" height="${inputs * DRIVER}" fill="${COLORS[block % COLORS.length]}" stroke="#222" stroke-width="0.5"/>${label}</g>`;
}

/** One row of arrays for each layer and pass: top hemisphere left, bottom hemisphere right. */
export function planSvg(plan: NetworkPlan): string {
  const parts: string[] = [];
  const arrayWidth = COLUMNS * COLUMN;
  let y = 8;
  for (const layer of plan.layers) {
    parts.push(text(LEFT, y + 18, 14, describeLayer(layer)));
    y += TITLE;
    for (const { hemisphere, pass, tiles } of arraysOf(layer)) {
      const x = LEFT + hemisphere * (arrayWidth + ARRAY_GAP);
      const passes = layer.passes > 1 ? `, pass ${pass + 1} of ${layer.passes}` : "";
      parts.push(
        text(x, y - 4, 11, `${HEMISPHERE_NAMES[hemisphere]}${passes}`),
        `<rect x="${x}" y="${y}" width="${arrayWidth}" height="${DRIVERS * DRIVER}" fill="#f2f2f2" stroke="#888"/>`,
        ...tiles.map((tile) => tileSvg(layer, tile, x, y)),
      );
      if (hemisphere === 1) y += DRIVERS * DRIVER + CAPTION + 8;
    }
    y += 8;
  }
  parts.push(
    text(
      LEFT,
      y + 8,
      11,
      `An array: ${COLUMNS} columns to the right, ${DRIVERS} drivers (256 rows) downwards.`,
    ),
  );
  const width = 2 * LEFT + 2 * arrayWidth + ARRAY_GAP;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 20}" viewBox="0 0 ${width} ${y + 20}" font-family="sans-serif">
<title>${escapeText(plan.network.name)} on the array</title>
<rect width="100%" height="100%" fill="white"/>
${parts.join("\n")}
</svg>
`;
}
