/**
 * The heat map of memory: for each PPU three panels of its SRAM, read, written and executed. A row is 128 bytes, as a
 * vector; a cell is a word and shows its byte with the largest count on a logarithmic scale.
 */
import { interpolateViridis } from "d3-scale-chromatic";
import { SRAM_BYTES } from "../../core/layout.ts";
import type { Image } from "../../toolchain/image.ts";
import type { PpuName } from "../model.ts";
import { Canvas, type Color, parseColor } from "./canvas.ts";
import { HEAT_KINDS, type Heat, type SramHeat } from "./collect.ts";
import { LETTER_HEIGHT, LETTER_WIDTH } from "./font.ts";

const ROW_BYTES = 128;
const ROWS = SRAM_BYTES / ROW_BYTES;
const CELL = 6;
const PANEL = { width: (ROW_BYTES / 4) * CELL, height: ROWS * CELL, gap: 14 };
const MARGIN = 14;
/** Room for addresses left of the first panel, and for names of sections right of the last. */
const ADDRESSES = 7 * LETTER_WIDTH;
const SECTIONS = 22 * LETTER_WIDTH;
const TOP = 60;
const BOTTOM = 52;
const LABELLED_ROWS = 8;

const PAPER: Color = [255, 255, 255];
const INK: Color = [27, 27, 27];
const SOFT: Color = [112, 112, 112];
/** Words that nothing has happened to. */
const NOTHING: Color = [232, 232, 232];
const BORDERS: Color = [213, 94, 0];

const PPU_WIDTH = ADDRESSES + 3 * PANEL.width + 2 * PANEL.gap + SECTIONS;

export interface HeatPicture {
  readonly program: string;
  readonly heat: Heat;
  /** From left to right. */
  readonly ppus: readonly PpuName[];
  readonly image: (ppu: PpuName) => Image | undefined;
}

/** Top left corner of the cell of a word. */
export function cellAt(
  ppu: number,
  kind: keyof SramHeat,
  address: number,
): { readonly x: number; readonly y: number } {
  const left = MARGIN + ppu * (PPU_WIDTH + MARGIN) + ADDRESSES;
  const panel = left + HEAT_KINDS.indexOf(kind) * (PANEL.width + PANEL.gap);
  return {
    x: panel + ((address % ROW_BYTES) >> 2) * CELL,
    y: TOP + Math.floor(address / ROW_BYTES) * CELL,
  };
}

/** Largest count of all, at least 1. */
const mostOf = ({ heat, ppus }: HeatPicture): number =>
  ppus.reduce(
    (most, ppu) =>
      HEAT_KINDS.reduce((sum, kind) => heat[ppu][kind].reduce((a, b) => Math.max(a, b), sum), most),
    1,
  );

/** Colour of a count between 1 and the largest one. */
export function heatColor(count: number, most: number): Color {
  if (count === 0) return NOTHING;
  return parseColor(interpolateViridis(most <= 1 ? 1 : Math.log(count) / Math.log(most)));
}

function drawPanel(
  canvas: Canvas,
  ppu: number,
  kind: keyof SramHeat,
  counts: Float64Array,
  most: number,
): void {
  const { x, y } = cellAt(ppu, kind, 0);
  canvas.text(x, y - LETTER_HEIGHT - 4, kind, INK);
  for (let address = 0; address < SRAM_BYTES; address += 4) {
    const cell = cellAt(ppu, kind, address);
    const count = Math.max(...counts.subarray(address, address + 4));
    canvas.fill(cell.x, cell.y, CELL, CELL, heatColor(count, most));
  }
}

interface Mark {
  readonly name: string;
  readonly address: number;
  readonly end: number;
}

/** Sections in the SRAM, and the mailbox. */
function marksOf(image: Image): Mark[] {
  const sections = image.sections
    .filter(({ address, size }) => size > 0 && address < SRAM_BYTES)
    .map(({ name, address, size }) => ({ name, address, end: address + size }));
  const mailbox = image.symbols.find(({ name }) => name === "mailbox_base")?.address;
  const known = mailbox !== undefined && mailbox < SRAM_BYTES;
  const marks = known ? [...sections, { name: "mailbox", address: mailbox, end: SRAM_BYTES }] : sections;
  return marks.sort((a, b) => a.address - b.address);
}

/** Names of sections beside their rows, with a bar as long as they are. */
function drawMarks(canvas: Canvas, ppu: number, image: Image): void {
  const left = cellAt(ppu, "execute", 0).x + PANEL.width + 4;
  let free = 0;
  for (const { name, address, end } of marksOf(image)) {
    const first = cellAt(ppu, "execute", address).y;
    const last = TOP + Math.ceil(end / ROW_BYTES) * CELL;
    canvas.fill(left, first, 2, Math.max(last - first - 1, 2), BORDERS);
    const y = Math.max(first, free);
    canvas.fill(left, y + 3, 6, 1, BORDERS);
    const most = Math.floor((SECTIONS - 12) / LETTER_WIDTH);
    canvas.text(left + 9, y, name.slice(0, most), INK);
    free = y + LETTER_HEIGHT + 2;
  }
}

function drawAddresses(canvas: Canvas, ppu: number): void {
  for (let row = 0; row < ROWS; row += LABELLED_ROWS) {
    const { x, y } = cellAt(ppu, "read", row * ROW_BYTES);
    const label = `0x${(row * ROW_BYTES).toString(16).padStart(4, "0")}`;
    canvas.text(x - 5, y, label, SOFT, "right");
  }
}

const LEGEND = { width: 320, height: 10 };

function drawLegend(canvas: Canvas, most: number): void {
  const y = canvas.height - BOTTOM + 14;
  canvas.text(MARGIN, y + 1, "times", INK);
  const nothing = MARGIN + 6 * LETTER_WIDTH;
  canvas.fill(nothing, y, 18, LEGEND.height, NOTHING);
  canvas.text(nothing + 6, y + LEGEND.height + 4, "0", SOFT);
  const left = nothing + 28;
  for (let step = 0; step < LEGEND.width; step++) {
    const count = most ** (step / (LEGEND.width - 1));
    canvas.fill(left + step, y, 1, LEGEND.height, heatColor(count, most));
  }
  let free = -1;
  for (let count = 1; count <= most; count *= 10) {
    const at = most <= 1 ? 0 : Math.round((Math.log(count) / Math.log(most)) * (LEGEND.width - 1));
    const text = count.toLocaleString("en-US").replaceAll(",", " ");
    const x = left + at - (LETTER_WIDTH * text.length) / 2;
    if (x <= free) continue;
    canvas.fill(left + at, y + LEGEND.height, 1, 3, SOFT);
    canvas.text(Math.round(x), y + LEGEND.height + 4, text, SOFT);
    free = x + LETTER_WIDTH * (text.length + 1);
  }
  const words = "a row: 128 bytes (a vector); a cell: a word, its byte with the largest count";
  canvas.text(left + LEGEND.width + 30, y + 1, words, SOFT);
}

/** The bytes of a PNG file. */
export function heatPng(picture: HeatPicture): Uint8Array {
  const { program, heat, ppus, image } = picture;
  const width = Math.max(2 * MARGIN + ppus.length * PPU_WIDTH + (ppus.length - 1) * MARGIN, 900);
  const canvas = new Canvas(width, TOP + PANEL.height + BOTTOM, PAPER);
  const most = mostOf(picture);
  for (const [n, ppu] of ppus.entries()) {
    const left = cellAt(n, "read", 0).x;
    canvas.text(left, MARGIN, `${program}: SRAM of the ${ppu} PPU`, INK);
    for (const kind of HEAT_KINDS) drawPanel(canvas, n, kind, heat[ppu][kind], most);
    drawAddresses(canvas, n);
    const own = image(ppu);
    if (own) drawMarks(canvas, n, own);
  }
  drawLegend(canvas, most);
  return canvas.png();
}
