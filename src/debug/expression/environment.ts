/** What an expression can see and change: one PPU at a stop, the analog core, the names of its program. */
import type { TypedValue } from "../symbols/index.ts";
import type { PpuName, RegisterValue, SynapseRegionName } from "../types.ts";

export interface Environment {
  readonly ppu: PpuName;
  /** The same for the other PPU (or this one), in its innermost frame. */
  of(ppu: PpuName): Environment;
  isRegister(name: string): boolean;
  /** Throws SessionError for an unknown name. */
  readRegister(name: string): RegisterValue;
  writeRegister(name: string, value: RegisterValue): void;
  /** All the bytes, or undefined. */
  readMemory(address: number, length: number): Uint8Array | undefined;
  writeMemory(address: number, bytes: Uint8Array): void;
  readRow(region: SynapseRegionName, row: number): Uint8Array;
  writeSynapse(region: SynapseRegionName, row: number, column: number, value: number): void;
  /** Last CADC results of the PPU's hemisphere. */
  conversions(channel: "causal" | "acausal"): Uint8Array;
  /** Chip cycle of the PPU, and its retired instructions. */
  readonly cycle: number;
  readonly instructions: number;
  /** A local, parameter or global of the program. */
  variable(name: string): TypedValue | undefined;
  /** Address of a function or any other symbol, with its size if known. */
  symbol(
    name: string,
  ): { readonly address: number; readonly size: number; readonly isCode: boolean } | undefined;
  /** Element `index` of what a pointer points to. */
  pointed(pointer: TypedValue, index: number): TypedValue | undefined;
  /** Throws SessionError where the value has no place. */
  assignVariable(variable: TypedValue, value: number): void;
}
