/** What the linker is given, and the memory it knows. */

import type { DebugGlobal, DebugTables } from "../../debug-info.ts";
import type { SourceLocation } from "../../image.ts";
import type { WasmFunction } from "../../wasm-tree.ts";
import type { CodeLine } from "../layout.ts";
import type { MachineFunction, MachineInstruction } from "../machine.ts";

export interface Program {
  readonly vectors: readonly { readonly address: number; readonly target: string | undefined }[];
  readonly vectorsEnd: number;
  /** Start-up code first. */
  readonly code: readonly {
    readonly f: MachineFunction;
    readonly source: WasmFunction | undefined;
    readonly external: boolean;
  }[];
  readonly words: readonly { readonly address: number; readonly value: number }[];
  readonly functionTable: { readonly address: number; readonly names: readonly (string | null)[] };
  /** Where the jump tables of switches go. */
  readonly tablesAt: number;
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array; readonly name?: string }[];
}

export interface LinkOptions {
  readonly dataBase: number;
  readonly dataEnd: number;
  readonly mailboxBytes: number;
  readonly ramEnd: number;
  readonly stackTop: number;
  readonly minimumStack: number;
  readonly listing: boolean;
  readonly debug: DebugTables | undefined;
  /** Global variables with their addresses or values. */
  readonly variables: readonly DebugGlobal[];
}

export const EXTERNAL_CODE = 0x80000000;

export const EXTERNAL_DATA = 0x40000000;

export const EXTERNAL_BYTES = 0x20000;

export const hex = (n: number, digits = 8) => (n >>> 0).toString(16).padStart(digits, "0");

/** A function with its address. */
export interface Placed {
  readonly f: MachineFunction;
  readonly source: WasmFunction | undefined;
  readonly external: boolean;
  readonly lines: CodeLine[];
  address: number;
}

/**
 * Place that an instruction of a debug build was written at; undefined for constants that were loaded ahead, which carry
 * the function's own place and belong to the code around them.
 */
export function ownPlace({ f }: Placed, instruction: MachineInstruction): SourceLocation | undefined {
  const { location } = instruction;
  return location === f.location && !f.frameCode.includes(instruction) ? undefined : location;
}
