/**
 * Everything that is a number of the timing model and differs between the published RTL and the chip.
 * The pipeline itself (distances of nux-core section 7 and timing-measured section 1) is the same in both.
 */

/** Immediates of lha, lhau and twi: the RTL zero-extends them (quirk R1), Power ISA sign-extends them. */
export type ImmediateBehaviour = "zero-extend" | "sign-extend";

export interface TimingProfile {
  readonly name: "chip" | "rtl";
  /** Entries of the fully associative branch cache; 0 = no prediction, every taken branch costs 5 cycles. */
  readonly branchCacheEntries: number;
  /** Response delay of the own SRAM on the scalar data port in cycles (1 = response in the cycle after the command). */
  readonly sramLatency: number;
  /** Response delay of everything else on the scalar port in cycles; `undefined` asks the bus for each address. */
  readonly dataLatency: number | undefined;
  /** The same for the vector's memory port (fxvlax, fxvstax), own SRAM included. */
  readonly vectorLatency: number | undefined;
  /** The same for the parallel port (fxvinx, fxvoutx). */
  readonly parallelLatency: number | undefined;
  /** Cycles to fill one line of the instruction cache when code runs outside the SRAM (nux-core 7.3). */
  readonly externalFetchPenalty: number;
  readonly quirkR1: ImmediateBehaviour;
}

/** Geometry of the instruction cache that external code goes through (nux-core 7.4): direct mapped. */
export const INSTRUCTION_CACHE = { lines: 8, wordsPerLine: 4 } as const;

/** The chip as documented: latencies by region come from the bus. */
export const CHIP_TIMING: TimingProfile = {
  name: "chip",
  branchCacheEntries: 16,
  sramLatency: 2,
  dataLatency: undefined,
  vectorLatency: undefined,
  parallelLatency: undefined,
  externalFetchPenalty: 30,
  quirkR1: "sign-extend",
};

/** The published RTL with ideal memories, as in the golden records. */
export const RTL_TIMING: TimingProfile = {
  name: "rtl",
  branchCacheEntries: 16,
  sramLatency: 1,
  dataLatency: 1,
  vectorLatency: 1,
  parallelLatency: 1,
  externalFetchPenalty: 0,
  quirkR1: "zero-extend",
};

export class TimingProfileError extends Error {
  override readonly name = "TimingProfileError";
}

const LATENCY_KEYS = {
  data: ["dataLatency", "sramLatency"],
  vector: ["vectorLatency"],
  pio: ["parallelLatency"],
} as const;

/**
 * Reads `chip` or `rtl`, followed by any of `,branch-cache=N` `,data=N` `,vector=N` `,pio=N` (cycles), e.g.
 * `rtl,branch-cache=0,data=2,vector=2,pio=4`. Throws TimingProfileError naming the part it cannot read.
 */
export function parseTimingProfile(text: string): TimingProfile {
  const [name, ...settings] = text.split(",").map((part) => part.trim());
  if (name !== "chip" && name !== "rtl") {
    throw new TimingProfileError(`timing profile "${text}": starts with "${name}"; use chip or rtl`);
  }
  const profile: Record<string, unknown> = { ...(name === "chip" ? CHIP_TIMING : RTL_TIMING) };
  for (const setting of settings) {
    const match = /^(branch-cache|data|vector|pio)=(\d{1,6})$/.exec(setting);
    if (!match) {
      throw new TimingProfileError(
        `timing profile "${text}": cannot read "${setting}"; use branch-cache=N, data=N, vector=N or pio=N`,
      );
    }
    const [, key, digits] = match;
    const value = Number(digits);
    if (key === "branch-cache") {
      if (value > 64) {
        throw new TimingProfileError(`timing profile "${text}": branch-cache=${value} is above 64`);
      }
      profile.branchCacheEntries = value;
      continue;
    }
    if (value < 1 || value > 100_000) {
      throw new TimingProfileError(`timing profile "${text}": ${setting} is outside 1..100000 cycles`);
    }
    for (const field of LATENCY_KEYS[key as keyof typeof LATENCY_KEYS]) profile[field] = value;
  }
  return profile as unknown as TimingProfile;
}
