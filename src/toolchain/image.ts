/** A program as the assembler and the compiler make it and as the ELF reader and writer exchange it. */

import type { ImageDebug } from "./debug-info.ts";

export interface SourceLocation {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; 0 when unknown. */
  readonly column: number;
}

export interface Section {
  /** `int.text`, `int.data`, `int.bss`, `ext.text`, `ext.data`, `.text`, … (firmware-abi section 1). */
  readonly name: string;
  readonly address: number;
  readonly size: number;
  /** Absent for sections that only reserve zeroed space (NOBITS). */
  readonly data?: Uint8Array;
  readonly executable: boolean;
  readonly writable: boolean;
  /** In bytes, a power of two. */
  readonly align: number;
}

export interface ImageSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly type: "function" | "object" | "none" | "section" | "file";
  readonly global: boolean;
  /** Name of the section that holds it; absent for absolute symbols. */
  readonly section?: string;
}

export interface LineEntry extends SourceLocation {
  readonly address: number;
}

export interface Image {
  readonly entry: number;
  readonly sections: readonly Section[];
  readonly symbols: readonly ImageSymbol[];
  /** Sorted by address; each entry holds up to the next one. */
  readonly lines: readonly LineEntry[];
  /** What the compiler knows for debuggers beyond symbols and lines. */
  readonly debug?: ImageDebug;
  /** Debug information as an ELF file held it (`.debug_info`, …, `.eh_frame`); absent in images made here. */
  readonly debugSections?: ReadonlyMap<string, Uint8Array>;
}
