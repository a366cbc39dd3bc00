/** The chip's public surface. */
export type { Bus, Diagnostic } from "../core/bus.ts";
export { type Observer, PORT, type Port } from "../core/observer.ts";
export { BreakpointSet, Ppu, type PpuSnapshot, type RegisterName, type StopReason } from "../core/ppu.ts";
export {
  type ExecutedInstruction,
  type ExecutionCount,
  ExecutionCounters,
  HISTORY_LENGTH,
} from "../core/record/counters.ts";
export {
  CHIP_TIMING,
  parseTimingProfile,
  RTL_TIMING,
  type TimingProfile,
  TimingProfileError,
} from "../core/timing-profile.ts";
export { Hemisphere } from "./analog/hemisphere.ts";
export {
  KNOB_INSTANCES,
  KNOB_NAMES,
  KNOBS,
  type Knob,
  type KnobName,
  type KnobScope,
  quantiseKnob,
} from "./analog/knobs.ts";
export {
  ANALOG_PARAMETERS,
  type AnalogOverrides,
  type AnalogParameters,
  type AnalogPreset,
  analogParameters,
  parseAnalogOverrides,
} from "./analog/parameters.ts";
export type { CountedDiagnostic } from "./bus/diagnostics.ts";
export { Memory, MemoryRangeError } from "./bus/memory.ts";
export {
  type Boundary,
  Chip,
  ChipError,
  type ChipOptions,
  type ChipSnapshot,
  type ChipStopReason,
  type MemoryPiece,
  type PpuName,
  type PpuSelection,
  type RunOptions,
  type RunResult,
} from "./chip.ts";
export { INTERLEAVE_CYCLES, LATENCIES, type Latency } from "./latency.ts";
export type { ChipRecordSink, Recording } from "./recording.ts";
export { addressFormula, bitRange, registerManual } from "./registers/document.ts";
export { listRegisters } from "./registers/index.ts";
export { RegisterError, RegisterFile, type RegisterIndices } from "./registers/register-file.ts";
export type { Dimension, Register, RegisterAccess, RegisterField } from "./registers/types.ts";
export {
  type Adjustable,
  applySettings,
  type ChipSettings,
  channelInstance,
  checkSettings,
  driverInstance,
  knobIndices,
  neuronInstance,
  readKnob,
  readSettings,
  SettingsError,
  writeKnob,
} from "./settings.ts";
export { attachRegisters } from "./wiring.ts";
