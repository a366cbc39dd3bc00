/** What a debugger wants to know of a program beyond symbols and lines. */
import type { SourceLocation } from "./image.ts";

/** A part of a source text; `end` is the first place behind it. */
export interface SourceRange {
  readonly start: SourceLocation;
  readonly end: SourceLocation;
}

export type DebugType =
  | {
      readonly kind: "base";
      readonly name: string;
      /** In memory; registers hold the value in their low-order bytes. */
      readonly bytes: number;
      readonly encoding: "signed" | "unsigned" | "boolean" | "address";
    }
  | { readonly kind: "array"; readonly name?: string; readonly element: DebugType; readonly count: number }
  | { readonly kind: "pointer"; readonly to: DebugType | undefined }
  | {
      readonly kind: "structure";
      readonly name: string;
      readonly bytes: number;
      /** Filled later, because structures may point to themselves. */
      readonly members: readonly {
        readonly name: string;
        readonly offset: number;
        readonly type: DebugType;
      }[];
    };

/** A variable or parameter as the source text declares it. */
export interface DebugVariable {
  readonly name: string;
  /** Index of its function in the tables. */
  readonly function: number;
  readonly type: DebugType;
  readonly parameter: boolean;
  readonly location: SourceLocation | undefined;
  /** The block that it is declared in, unless that is the body of the function. */
  readonly scope?: SourceRange;
  /** The value of a constant that needs no place. */
  readonly constant?: number;
}

/** What the front end knows; markers in the trees refer to it by index. */
export interface DebugTables {
  readonly functions: readonly { readonly name: string; readonly location: SourceLocation | undefined }[];
  readonly variables: readonly DebugVariable[];
  /** Calls in the source text. */
  readonly sites: readonly { readonly callee: number; readonly location: SourceLocation | undefined }[];
}

/** Where a value is while a function runs. */
export type Place =
  /** General purpose register, or vector register from 32 on. */
  | { readonly kind: "register"; readonly register: number }
  /** Bytes above the stack pointer. */
  | { readonly kind: "stack"; readonly offset: number; readonly bytes: number }
  | { readonly kind: "constant"; readonly value: number };

export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

export interface LocatedVariable {
  readonly variable: DebugVariable;
  /** Sorted; without any, the variable has been optimised away. */
  readonly places: readonly (AddressRange & { readonly place: Place })[];
}

/** A function, a block in it, or the copy of another function in it. */
export interface DebugScope {
  readonly ranges: readonly AddressRange[];
  readonly variables: readonly LocatedVariable[];
  readonly children: readonly DebugScope[];
  /** For an inlined call: index of the function, and where it is called. */
  readonly inlined?: { readonly function: number; readonly call: SourceLocation | undefined };
}

/** How to find the caller's frame from an address on, until the next row. */
export interface FrameRow {
  readonly address: number;
  /** The caller's stack pointer: r1 + offset, or the word that r1 points to + offset. */
  readonly caller: { readonly offset: number; readonly indirect: boolean };
  /** Places of the caller's registers that have been saved; `relative` tells what the offset counts from. */
  readonly saved: readonly {
    readonly register: number | "returnAddress" | "lr";
    readonly offset: number;
    readonly relative: "caller" | "r1";
  }[];
}

export interface DebugFrame {
  readonly address: number;
  readonly size: number;
  /** `interrupt`: entered by an interrupt, SRR0 holds where to go on; `outermost`: has no caller. */
  readonly kind: "function" | "interrupt" | "outermost";
  readonly rows: readonly FrameRow[];
}

export interface DebugFunction {
  /** Name of its symbol. */
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly location: SourceLocation | undefined;
  /** Index in `ImageDebug.functions` of the function as the source text has it. */
  readonly source: number | undefined;
  readonly body: DebugScope;
}

/** A variable in memory, or a constant of the program. */
export interface DebugGlobal {
  readonly name: string;
  readonly type: DebugType;
  readonly address?: number;
  readonly constant?: number;
  readonly location: SourceLocation | undefined;
}

export interface ImageDebug {
  /** As the source text has them, also those that exist only inside others. */
  readonly sources: DebugTables["functions"];
  readonly functions: readonly DebugFunction[];
  readonly frames: readonly DebugFrame[];
  readonly globals: readonly DebugGlobal[];
}
