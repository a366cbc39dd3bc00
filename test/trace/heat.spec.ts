/** The heat map: counts against an observer, and colours of the picture at known places. */
import { interpolateViridis } from "d3-scale-chromatic";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { PORT } from "../../src/chip/index.ts";
import { loadProgramFile } from "../../src/toolchain/loader.ts";
import { cellAt, type Heat, HeatCollector, heatPng } from "../../src/trace/heat/index.ts";
import { PPUS } from "../../src/trace/model.ts";
import { assembled, chipWith, type Programs, runTrace } from "./run.ts";

function heatOf(images: Programs): Heat {
  const collector = new HeatCollector();
  const trace = runTrace(images);
  for (const ppu of PPUS) for (const record of trace.records(ppu)) collector.push(record);
  return collector.heat;
}

const PROGRAM = `
  b start
  .org 0x40
start: li r3, 10
  mtctr r3
loop: stw r3, 0x800(0)
  stb r3, 0x813(0)
  bdnz loop
  lhz r4, 0x902(0)
  li r5, 0xa00
  fxvstax v0, 0, r5
  lis r6, 0x8e00
  stw r3, 0x300(r6)
  wait
`;

const BOTTOM = `
  wait
`;

describe("counts", () => {
  it("are what an observer of each PPU sees in its SRAM", async () => {
    const image = await loadProgramFile("firmware/relu.ts");
    const heat = heatOf({ top: image });
    const chip = chipWith({ top: image });
    const read = new Float64Array(0x4000);
    const write = new Float64Array(0x4000);
    const execute = new Float64Array(0x4000);
    chip.ppus.top.observer = {
      retire(_cycle, pc) {
        for (let byte = 0; byte < 4; byte++) execute[pc + byte]++;
      },
      access(_cycle, _pc, port, address, bytes, isWrite) {
        if (port === PORT.parallel || address >= 0x4000) return;
        for (let at = address; at < address + bytes; at++) (isWrite ? write : read)[at]++;
      },
    };
    chip.run({ maxCycles: 1_000_000 });
    expect(heat.top).toEqual({ read, write, execute });
    expect(heat.bottom.write.some((count) => count > 0)).toBe(false);
  });

  it("of accesses to the other PPU's SRAM are the other PPU's", () => {
    const images = { top: assembled(PROGRAM), bottom: assembled(BOTTOM) };
    const heat = heatOf(images);
    const chip = chipWith(images);
    const before = chip.ppus.bottom.readSram(0, 0x4000);
    chip.run({ maxCycles: 100_000 });
    const after = chip.ppus.bottom.readSram(0, 0x4000);
    // r3 is 10, of which the last byte is not 0.
    const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
    expect(changed).toHaveLength(1);
    expect(heat.bottom.write[changed[0]]).toBe(1);
    expect([...heat.bottom.write].reduce((a, b) => a + b, 0)).toBe(4);
  });
});

describe("the picture", () => {
  const image = assembled(PROGRAM);
  const images = { top: image, bottom: assembled(BOTTOM) };
  const heat = heatOf(images);
  const bytes = heatPng({ program: "heat.s", heat, ppus: PPUS, image: (ppu) => images[ppu] });
  const png = PNG.sync.read(Buffer.from(bytes));
  const pixel = (x: number, y: number) => [
    ...png.data.subarray(4 * (y * png.width + x), 4 * (y * png.width + x) + 3),
  ];
  const NOTHING = [232, 232, 232];
  /** The largest count is 10, of the loop. */
  const colorOf = (count: number) =>
    (interpolateViridis(Math.log(count) / Math.log(10)).match(/\w\w/g) ?? [])
      .slice(-3)
      .map((pair) => Number.parseInt(pair, 16));

  /** All pixels of a word's cell. */
  function cell(ppu: number, kind: "read" | "write" | "execute", address: number): number[][] {
    const { x, y } = cellAt(ppu, kind, address);
    return [pixel(x, y), pixel(x + 5, y), pixel(x, y + 5), pixel(x + 5, y + 5), pixel(x + 2, y + 3)];
  }

  it.each([
    [0, "write", 0x800, 10],
    [0, "write", 0x810, 10],
    [0, "write", 0x804, 0],
    [0, "write", 0xa00, 1],
    [0, "write", 0xa7c, 1],
    [0, "write", 0xa80, 0],
    [0, "write", 0x9fc, 0],
    [0, "read", 0x900, 1],
    [0, "read", 0x800, 0],
    [0, "execute", 0x40, 1],
    [0, "execute", 0x48, 10],
    [0, "execute", 0x50, 10],
    [0, "execute", 0x54, 1],
    [0, "execute", 0x800, 0],
    [1, "execute", 0, 1],
    [1, "execute", 0x48, 0],
    [1, "write", 0x800, 0],
  ] as const)("PPU %i, %s at %i: %i times", (ppu, kind, address, count) => {
    const color = count === 0 ? NOTHING : colorOf(count);
    for (const found of cell(ppu, kind, address)) expect(found).toEqual(color);
  });

  it("has panels that do not touch, words around them, and is the same each time", () => {
    expect(cellAt(0, "write", 0).x - cellAt(0, "read", 0).x).toBeGreaterThan(32 * 6);
    expect(cellAt(1, "read", 0).x).toBeGreaterThan(cellAt(0, "execute", 0).x + 32 * 6);
    const { x, y } = cellAt(0, "read", 0);
    const ink = Array.from({ length: 200 }, (_, n) => pixel(x + n, y - 10)).filter(([r]) => r < 60);
    expect(ink.length).toBeGreaterThan(3);
    const again = heatPng({ program: "heat.s", heat, ppus: PPUS, image: (ppu) => images[ppu] });
    expect(again).toEqual(bytes);
  });
});
