import { beforeAll, describe, expect, it } from "vitest";
import { type ChipAccounting as Accounting, ChipAccounting } from "../../src/lab/chip-time/accounting.ts";
import { EVENT_MICROSECONDS, lowerBounds, RUN_STEPS } from "../../src/lab/chip-time/lower-bound.ts";
import { FUNCTION_PHASES, PHASES, type Phase } from "../../src/lab/chip-time/phases.ts";
import { sourceFunctions } from "../../src/lab/chip-time/source-functions.ts";
import { loadMnist } from "../../src/lab/mnist-data.ts";
import { compileMnistFirmware, MnistRun } from "../../src/lab/mnist-run.ts";
import { quantiseImages } from "../../src/lab/network.ts";
import { readParameters } from "../../src/lab/parameter-file.ts";
import type { Image } from "../../src/toolchain/image.ts";

const images = loadMnist("test").images.subarray(0, 6 * 784);
const network = readParameters();
const PPUS = ["top", "bottom"] as const;
let firmware: Image;

beforeAll(async () => {
  firmware = await compileMnistFirmware();
}, 120_000);

async function measure() {
  const run = new MnistRun(network, firmware, { ideal: true });
  run.accounting = new ChipAccounting(run.chip, firmware);
  const answers = await run.classify(images);
  return { run, answers, account: (run.accounting as Accounting).close() };
}

describe("cycles of the digit firmware by phase", () => {
  it("every cycle of both PPUs belongs to one phase and one function", async () => {
    const { answers, account } = await measure();
    for (const side of PPUS) {
      const { phases, functions } = account[side];
      expect(PHASES.reduce((sum, phase) => sum + phases[phase], 0)).toBe(answers.cycles);
      expect(functions.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(answers.cycles);
      for (const phase of PHASES) expect(phases[phase], `${side} ${phase}`).toBeGreaterThan(0);
    }
  });

  it("watching changes nothing", async () => {
    const { answers } = await measure();
    expect(await new MnistRun(network, firmware, { ideal: true }).classify(images)).toEqual(answers);
  });

  it("counts what the network needs: runs, events of the convolution, rows", async () => {
    const { answers, account } = await measure();
    const instructions = PPUS.reduce((sum, side) => sum + account[side].activity.instructions, 0);
    expect(instructions).toBe(answers.instructions);
    const baselineReads = 16;
    const patches = 25 * 3;
    const dense1 = 2 * 6;
    const dense2 = 3;
    const pixels = quantiseImages(images);
    for (const [n, side] of PPUS.entries()) {
      const { activity } = account[side];
      expect(activity.conversions).toBe(baselineReads + patches + dense1 + dense2);
      // clearing weights and labels of 512 vectors each, then 100, 128 and 128 drivers with four vectors each
      expect(activity.synapseVectors).toBe(1024 + 4 * (100 + 128 + 128));
      // a pixel belongs to up to four patches; the events of the other layers come on top
      let convolution = 0;
      for (let image = n; image < 6; image += 2) {
        for (let pixel = 0; pixel < 784; pixel++) {
          if (pixels[image * 784 + pixel] === 0) continue;
          const covers = (at: number) =>
            [0, 5, 10, 15, 20].filter((p) => at + 1 >= p && at + 1 < p + 10).length;
          convolution += covers(Math.floor(pixel / 28)) * covers(pixel % 28);
        }
      }
      expect(activity.events).toBeGreaterThan(convolution * network[0].sends);
      expect(activity.events).toBeLessThan(convolution * network[0].sends + 15 * 128 * 4);
    }
  });

  it("keeps resets, settling and events to the rules of the array", async () => {
    const run = new MnistRun(network, firmware, { ideal: true });
    const gaps = {
      event: Number.POSITIVE_INFINITY,
      afterReset: Number.POSITIVE_INFINITY,
      settle: Number.POSITIVE_INFINITY,
    };
    let last = Number.NEGATIVE_INFINITY;
    let reset = Number.NEGATIVE_INFINITY;
    let sent = false;
    run.chip.ppus.top.observer = {
      access: (cycle, _pc, port, address, _bytes, write) => {
        const at = address >>> 0;
        if (port === 0 && write && at === 0x80440000) {
          if (sent) gaps.event = Math.min(gaps.event, cycle - last);
          else gaps.afterReset = Math.min(gaps.afterReset, cycle - reset);
          sent = true;
          last = cycle;
        } else if (port === 2 && !write && at === 0x80000 && sent) {
          gaps.settle = Math.min(gaps.settle, cycle - last);
        } else if (port === 2 && write && at === 0xc90201) {
          reset = cycle;
          sent = false;
        }
      },
    };
    await run.classify(images);
    expect(gaps.event).toBeGreaterThanOrEqual(2);
    expect(gaps.afterReset).toBeGreaterThanOrEqual(750);
    expect(gaps.settle).toBeGreaterThanOrEqual(250);
  });

  it("knows the functions of the sources, and each phase has some", () => {
    const names = new Set(sourceFunctions(firmware));
    expect(names).toContain("matrix-mode/sendEvents");
    expect(names).toContain("convolution/keep");
    const found = new Set<Phase>();
    for (const name of names) if (FUNCTION_PHASES[name]) found.add(FUNCTION_PHASES[name]);
    expect([...found].sort()).toEqual([...PHASES].sort());
    const rooms = /^(mnist|main|run|convolution|cells|dense|events)\//;
    expect([...names].filter((name) => rooms.test(name) && !(name in FUNCTION_PHASES))).toEqual([]);
  });
});

describe("lower bounds", () => {
  it("are the fixed steps of all runs plus the events", () => {
    const steps = RUN_STEPS.reduce((sum, { microseconds }) => sum + microseconds, 0);
    expect(steps).toBeCloseTo(5.54, 2);
    expect(lowerBounds(15, 0).ppuEvents).toBeCloseTo(15 * steps, 9);
    expect(lowerBounds(0, 1000).ppuEvents).toBeCloseTo(1000 * EVENT_MICROSECONDS, 9);
    const { ppuEvents, hardware } = lowerBounds(15, 1000);
    expect(hardware).toBeLessThan(ppuEvents);
    expect(lowerBounds(0, 1000).hardware).toBeCloseTo(2, 9);
  });
});
