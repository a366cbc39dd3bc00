/** What an inference costs the chip: counts times declared costs. Every number stands here once, with where it is from. */
import type { ActivityCounts } from "../chip-time/accounting.ts";

/** "published": a figure of a source; "derived": computed from such figures; "assumed": nothing is published. */
export type Basis = "published" | "derived" | "assumed";

export interface EnergyTerm {
  readonly name: string;
  readonly value: number;
  readonly unit: "W" | "J";
  /** What it is multiplied by. */
  readonly per: "second" | "PPU cycle" | keyof ActivityCounts;
  readonly basis: Basis;
  readonly text: string;
}

/** Mean power of the ASIC in the ECG demonstration: 192 uJ in 276 us. */
export const ECG = { microseconds: 276, microjoules: 192, systemWatts: 5.6 } as const;
export const PUBLISHED_WATTS = ECG.microjoules / ECG.microseconds;

export const ENERGY_TERMS: readonly EnergyTerm[] = [
  {
    name: "static",
    value: 0.6,
    unit: "W",
    per: "second",
    basis: "assumed",
    text: "bias currents, PLL, leakage: most of the 0.70 W that the ECG demonstration implies, as no split is published",
  },
  {
    name: "PPU cycle",
    value: 0.1e-9,
    unit: "J",
    per: "PPU cycle",
    basis: "assumed",
    text: "25 mW for a 32-bit core, its vector unit and SRAM at 250 MHz in 65 nm, working or polling alike",
  },
  {
    name: "event",
    value: 20e-12,
    unit: "J",
    per: "events",
    basis: "assumed",
    text: "two rows of 256 synapses: at most 512 x 1 uA x 4 ns x 1.2 V = 2.5 pJ of charge, the rest for bus and driver",
  },
  {
    name: "conversion",
    value: 25e-9,
    unit: "J",
    per: "conversions",
    basis: "assumed",
    text: "512 channels, 8 bit, 50 pJ each",
  },
  {
    name: "membrane reset",
    value: 1e-9,
    unit: "J",
    per: "resets",
    basis: "assumed",
    text: "256 membranes of 2.4 pF by up to 1.2 V: 0.9 nJ",
  },
  {
    name: "synapse vector",
    value: 1e-9,
    unit: "J",
    per: "synapseVectors",
    basis: "assumed",
    text: "128 SRAM bytes written over a full row of the array, 1 pJ a bit",
  },
  {
    name: "link vector",
    value: 10e-9,
    unit: "J",
    per: "externalVectors",
    basis: "assumed",
    text: "128 bytes over the serial links to the FPGA, 10 pJ a bit; the FPGA itself is not counted",
  },
];

export interface EnergyPart {
  readonly name: string;
  readonly microjoules: number;
}

export interface EnergyEstimate {
  readonly parts: readonly EnergyPart[];
  readonly microjoules: number;
  /** Mean power in watts. */
  readonly watts: number;
  /** The same time at the mean power that is published for the ECG demonstration: what needs none of the assumptions. */
  readonly atPublishedPower: number;
}

/**
 * Energy of the ASIC for a time in seconds, the cycles of all PPUs that ran, and what happened on all sides of the chip.
 * Throws RangeError unless the time is positive.
 */
export function estimateEnergy(seconds: number, ppuCycles: number, activity: ActivityCounts): EnergyEstimate {
  if (!(seconds > 0))
    throw new RangeError(`the energy of ${seconds} s can't be estimated; give a time above 0`);
  const parts = ENERGY_TERMS.map(({ name, value, per }) => {
    const times = per === "second" ? seconds : per === "PPU cycle" ? ppuCycles : activity[per];
    return { name, microjoules: value * times * 1e6 };
  });
  const microjoules = parts.reduce((sum, part) => sum + part.microjoules, 0);
  return {
    parts,
    microjoules,
    watts: microjoules / 1e6 / seconds,
    atPublishedPower: PUBLISHED_WATTS * seconds * 1e6,
  };
}
