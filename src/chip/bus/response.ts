/** Response delays of what a PPU reaches beyond its scalar SRAM port, in cycles. */
import { LATENCIES } from "../latency.ts";
import { DATA_MAP, PARALLEL_MAP } from "./address-map.ts";
import { Omnibus } from "./omnibus.ts";
import { SynapseArray } from "./synapse-array.ts";

/** A scalar access outside of the own SRAM. */
export function dataLatency(address: number): number {
  if (address >>> 0 < DATA_MAP.omnibus.base) return LATENCIES.fpga.cycles;
  return Omnibus.triggersConversion(address >>> 0) ? LATENCIES.omnibusCadc.cycles : LATENCIES.omnibus.cycles;
}

export const vectorLatency = (address: number): number =>
  address >>> 0 < DATA_MAP.externalMemory.base ? LATENCIES.vectorSram.cycles : LATENCIES.vectorFpga.cycles;

/** Of a write to the FPGA without the wait for those before it. */
export function parallelLatency(address: number, write: boolean): number {
  if (address >>> 0 >= PARALLEL_MAP.externalMemory.base) {
    return write ? LATENCIES.parallelFpgaWrite.cycles : LATENCIES.parallelFpgaRead.cycles;
  }
  switch (SynapseArray.kind(address >>> 0)) {
    case "synapses":
      return LATENCIES.synapses.cycles;
    case "neuronReset":
      return LATENCIES.neuronReset.cycles;
    case "cadcTrigger":
      return write ? LATENCIES.parallelOther.cycles : LATENCIES.cadcTrigger.cycles;
    case "cadcBuffered":
      return LATENCIES.cadcBuffered.cycles;
    default:
      return LATENCIES.parallelOther.cycles;
  }
}
