/**
 * Response delays of everything outside the core, in PPU cycles (1 = response in the cycle after the command).
 * The `rtl` timing profile of the core replaces them by fixed ones; these belong to the `chip` profile.
 */
export interface Latency {
  readonly name: string;
  readonly cycles: number;
  /** "fitted" to the hardware measurements of chip.md section 9, or "assumed" where nothing is published. */
  readonly basis: "fitted" | "assumed";
  readonly description: string;
}

const row = (name: string, cycles: number, basis: Latency["basis"], description: string): Latency => ({
  name,
  cycles,
  basis,
  description,
});

export const LATENCIES = {
  vectorSram: row("vectorSram", 6, "fitted", "fxvlax/fxvstax on the own SRAM"),
  vectorFpga: row("vectorFpga", 334, "assumed", "fxvlax/fxvstax on external memory or DRAM"),
  synapses: row("synapses", 10, "fitted", "fxvinx/fxvoutx on weights, labels and calibration bits"),
  neuronReset: row("neuronReset", 9, "fitted", "fxvoutx on the neuron reset"),
  cadcTrigger: row("cadcTrigger", 385, "fitted", "fxvinx that triggers a CADC conversion"),
  cadcBuffered: row("cadcBuffered", 10, "assumed", "fxvinx of the last conversion; as for weights"),
  parallelOther: row(
    "parallelOther",
    10,
    "assumed",
    "other parallel accesses: random generator, correlation reset",
  ),
  parallelFpgaWrite: row("parallelFpgaWrite", 27, "fitted", "fxvoutx on external memory or DRAM"),
  parallelFpgaWriteInterval: row(
    "parallelFpgaWriteInterval",
    91,
    "fitted",
    "distance of fxvoutx to external memory or DRAM in a burst: later ones wait for earlier ones",
  ),
  parallelFpgaRead: row("parallelFpgaRead", 334, "fitted", "fxvinx on external memory or DRAM"),
  omnibus: row("omnibus", 20, "assumed", "scalar access to an on-chip register or the other PPU's SRAM"),
  omnibusCadc: row("omnibusCadc", 385, "assumed", "scalar read that triggers a CADC conversion"),
  fpga: row("fpga", 300, "assumed", "scalar access to external memory, DRAM or other FPGA blocks"),
} as const satisfies Record<string, Latency>;

/**
 * The two PPUs run in lock step of this many cycles: as nothing of one PPU reaches the other sooner than through
 * the omnibus, the order inside a window does not matter to a program.
 */
export const INTERLEAVE_CYCLES = LATENCIES.omnibus.cycles;
