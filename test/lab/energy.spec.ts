import { describe, expect, it } from "vitest";
import type { ActivityCounts, PpuAccount } from "../../src/lab/chip-time/accounting.ts";
import { PHASES } from "../../src/lab/chip-time/phases.ts";
import { ECG, ENERGY_TERMS, estimateEnergy, PUBLISHED_WATTS } from "../../src/lab/energy/model.ts";
import { breakdown, breakdownText, MACS_PER_IMAGE } from "../../src/lab/energy/report.ts";

const nothing: ActivityCounts = {
  instructions: 0,
  events: 0,
  conversions: 0,
  synapseVectors: 0,
  externalVectors: 0,
  resets: 0,
};

const account = (cycles: number, activity: Partial<ActivityCounts>): PpuAccount => ({
  phases: Object.fromEntries(PHASES.map((p) => [p, cycles / PHASES.length])) as PpuAccount["phases"],
  functions: [{ name: "run/readResults", cycles }],
  activity: { ...nothing, ...activity },
});

describe("energy model", () => {
  it("gives each assumption a text, a basis and a positive cost", () => {
    expect(new Set(ENERGY_TERMS.map(({ name }) => name)).size).toBe(ENERGY_TERMS.length);
    for (const { value, text, basis } of ENERGY_TERMS) {
      expect(value).toBeGreaterThan(0);
      expect(text.length).toBeGreaterThan(10);
      expect(["published", "derived", "assumed"]).toContain(basis);
    }
  });

  it("adds time, cycles and counts with their costs", () => {
    const idle = estimateEnergy(1e-4, 0, nothing);
    expect(idle.microjoules).toBeCloseTo(60, 9);
    expect(idle.watts).toBeCloseTo(0.6, 9);
    const busy = estimateEnergy(1e-4, 50_000, { ...nothing, events: 1000, conversions: 10 });
    expect(busy.microjoules).toBeCloseTo(60 + 5 + 0.02 + 0.25, 9);
    expect(busy.parts.reduce((sum, part) => sum + part.microjoules, 0)).toBeCloseTo(busy.microjoules, 9);
    expect(() => estimateEnergy(0, 1, nothing)).toThrow(/above 0/);
  });

  it("comes close to the published energy for the time of the ECG demonstration", () => {
    const seconds = ECG.microseconds / 1e6;
    const estimate = estimateEnergy(seconds, 2 * seconds * 250e6, nothing);
    expect(estimate.atPublishedPower).toBeCloseTo(ECG.microjoules, 9);
    expect(PUBLISHED_WATTS).toBeCloseTo(0.696, 3);
    expect(estimate.microjoules / ECG.microjoules).toBeGreaterThan(0.85);
    expect(estimate.microjoules / ECG.microjoules).toBeLessThan(1);
  });
});

describe("breakdown", () => {
  it("relates everything to an image", () => {
    const top = account(100_000, { events: 2000, conversions: 30 });
    const bottom = account(100_000, { events: 1000, conversions: 40 });
    const b = breakdown({ top, bottom }, 100_000, 2);
    expect(MACS_PER_IMAGE).toBe(25 * 2000 + 64_000 + 1280);
    expect(b.microsecondsPerImage).toBe(200);
    expect(b.macsPerSecond).toBeCloseTo(MACS_PER_IMAGE / 200e-6, 3);
    expect(b.activity.events).toBe(1500);
    expect(b.runsPerImage).toBe(35);
    expect(b.microsecondsPerRun).toBe(10);
    expect(b.lowerBounds.ppuEvents).toBeCloseTo(20 * 5.54 + 1000 * 0.008, 6);
    expect(PHASES.reduce((sum, phase) => sum + b.phases.top[phase], 0)).toBeCloseTo(b.cyclesPerImage, 6);
    const text = breakdownText(b);
    for (const phase of PHASES) expect(text).toContain(phase);
    expect(text).toContain("200 us");
    expect(() => breakdown({ top, bottom }, 1, 0)).toThrow(/at least one image/);
  });
});
