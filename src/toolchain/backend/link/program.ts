/** What the linker is given, and the memory it knows. */

import type { DebugGlobal, DebugTables } from "../../debug-info.ts";
import type { SourceLocation } from "../../image.ts";
import type { Placement, WasmFunction } from "../../wasm-tree.ts";
import type { CodeLine } from "../layout.ts";
import type { MachineFunction, MachineInstruction } from "../machine.ts";

export interface Program {
  readonly vectors: readonly { readonly address: number; readonly target: string | undefined }[];
  readonly vectorsEnd: number;
  /** Start-up code first. */
  readonly code: readonly {
    readonly f: MachineFunction;
    readonly source: WasmFunction | undefined;
    readonly placement: Placement;
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

/** A memory outside of the PPU that takes code and data, in two views of the same bytes. */
export interface OutsideMemory {
  readonly placement: Exclude<Placement, "internal">;
  readonly title: string;
  /** Decorator that moves something there. */
  readonly decorator: string;
  /** Begin in the views for code and for data. */
  readonly code: number;
  readonly data: number;
  readonly bytes: number;
  readonly sections: { readonly code: string; readonly data: string };
}

export const OUTSIDE: readonly OutsideMemory[] = [
  {
    placement: "external",
    title: "external memory",
    decorator: "@cold",
    code: 0x80000000,
    data: 0x40000000,
    bytes: 0x20000,
    sections: { code: "ext.text", data: "ext.data" },
  },
  {
    // The upper half: programs that keep data in the DRAM begin below.
    placement: "dram",
    title: "DRAM",
    decorator: "@dram",
    code: 0x98000000,
    data: 0x58000000,
    bytes: 0x08000000,
    sections: { code: "ext_dram.text", data: "ext_dram.data" },
  },
];

/** Name of the section that code of a placement goes to. */
export const codeSection = (placement: Placement): string =>
  OUTSIDE.find((memory) => memory.placement === placement)?.sections.code ?? "int.text";

export const hex = (n: number, digits = 8) => (n >>> 0).toString(16).padStart(digits, "0");

/** A function with its address. */
export interface Placed {
  readonly f: MachineFunction;
  readonly source: WasmFunction | undefined;
  readonly placement: Placement;
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
