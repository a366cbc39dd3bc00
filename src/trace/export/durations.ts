/** How long instructions take behind their issue when nothing is in their way: what a trace does not tell. */
import { decode, field } from "../../../isa/decode.ts";
import { dataLatency, parallelLatency, vectorLatency } from "../../chip/bus/response.ts";
import { ALU_WRITE, DIV_CYCLES, MUL_WRITE } from "../../core/engine/operation-text.ts";
import { LOAD_TO_WRITE } from "../../core/engine/pipeline.ts";
import { SRAM_BYTES } from "../../core/layout.ts";
import { CHIP_TIMING, parseTimingProfile, type TimingProfile } from "../../core/timing-profile.ts";
import { vectorTimingIndex } from "../../core/vector/timing-classes.ts";
import { VectorUnit } from "../../core/vector/unit.ts";
import type { Access, InstructionRecord } from "../model.ts";

const GPRS = 32;

/** The profile of a trace's header; that of the chip where it has none. */
export function profileOf(timing: string): TimingProfile {
  try {
    return parseTimingProfile(timing);
  } catch {
    return CHIP_TIMING;
  }
}

function responseOf({ port, address, write }: Access, profile: TimingProfile): number {
  switch (port) {
    case "scalar":
      if (address < SRAM_BYTES) return profile.sramLatency;
      return profile.dataLatency ?? dataLatency(address);
    case "vector":
      return profile.vectorLatency ?? vectorLatency(address);
    case "parallel":
      return profile.parallelLatency ?? parallelLatency(address, write);
  }
}

const vectorCycles = new Map<number, number>();

/** From issue to the write of the result in an idle vector unit, as the unit's own simulation has it. */
function vectorWritten(timing: number, latency: number): number {
  const key = timing + 0x100 * latency;
  let cycles = vectorCycles.get(key);
  if (cycles === undefined) {
    const unit = new VectorUnit();
    let written = 0;
    unit.observe({ written: (_timing, _vrt, cycle) => (written = cycle) });
    unit.issue(timing, 1, 2, 3, 0, 0, latency);
    unit.drainedAt();
    vectorCycles.set(key, (cycles = written));
  }
  return cycles;
}

/**
 * Cycles from issue to the one in which the result is written, or in which a store has reached its port's end; undefined for
 * instructions that are over once they have issued.
 */
export function cyclesToWrite(
  { word, accesses, writes }: InstructionRecord,
  profile: TimingProfile,
): number | undefined {
  const row = decode(word);
  const last = accesses[accesses.length - 1];
  const response = last ? responseOf(last, profile) : 1;
  if (row?.vector) return vectorWritten(vectorTimingIndex(row.timing), response);
  switch (row?.timing) {
    case "mul":
      return MUL_WRITE;
    case "div":
      return DIV_CYCLES;
    case "load":
    case "loadUpdate":
      return LOAD_TO_WRITE + response;
    case "loadMultiple":
      return GPRS - 1 - field(word, "RT") + LOAD_TO_WRITE + response;
    case "branch":
      return undefined;
    default:
      return writes.length > 0 ? ALU_WRITE : undefined;
  }
}
