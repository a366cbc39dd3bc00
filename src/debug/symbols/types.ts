/** What a debugger knows of a program beside its bytes: functions, source lines, types, variables and call frames. */
import type { SourceLocation } from "../../toolchain/image.ts";
import type { AddressRange } from "../dwarf/ranges.ts";

export type { AddressRange };

/** `cr`, `msr`, or a special purpose register by its name in lower case (`lr`, `ctr`, `xer`, `srr0`, …). */
export type SpecialRegister = string;

/** Registers of a stopped PPU, or of a caller's frame. Words are unsigned; undefined = the value is not known. */
export interface RegisterReader {
  readonly pc: number;
  /** General purpose register 0..31. */
  gpr(register: number): number | undefined;
  special(name: SpecialRegister): number | undefined;
  /** The 128 bytes of a vector register 0..31, byte lane 0 first. */
  vector(register: number): Uint8Array | undefined;
}

/** Memory of a stopped PPU by data address, without side effects. */
export interface MemoryReader {
  /** Exactly `length` bytes; undefined where there is no readable memory. */
  read(address: number, length: number): Uint8Array | undefined;
}

export interface FunctionSymbol {
  readonly name: string;
  /** Mangled name, where the debug information has one. */
  readonly linkageName?: string;
  /** Where calls enter. */
  readonly entry: number;
  /** Addresses of its code; sorted. A symbol without debug information and without size has an assumed end. */
  readonly ranges: readonly AddressRange[];
  readonly declaration?: SourceLocation;
  /** Whether debug information describes it; otherwise only the symbol table does. */
  readonly described: boolean;
}

export interface GlobalSymbol {
  readonly name: string;
  /** Absent when only the symbol table knows it. */
  readonly type?: Type;
  readonly address: number;
  /** In bytes; 0 = not known. */
  readonly bytes: number;
  readonly declaration?: SourceLocation;
}

export type BaseEncoding =
  | "signed"
  | "unsigned"
  | "boolean"
  | "signedCharacter"
  | "unsignedCharacter"
  | "float"
  | "other";

export interface Member {
  /** Empty for an anonymous struct or union and for a base class. */
  readonly name: string;
  readonly type: Type;
  /** In bytes from the begin of the struct. */
  readonly offset: number;
  /** Bit field: number of bits, and distance of its first bit from the begin of the struct, most significant first. */
  readonly bits?: { readonly first: number; readonly count: number };
  readonly isBase: boolean;
}

/** A type of the program. Recursive types refer to themselves; getters resolve them when they are asked for. */
export type Type =
  | { readonly kind: "base"; readonly name: string; readonly bytes: number; readonly encoding: BaseEncoding }
  | { readonly kind: "pointer"; readonly name: string; readonly bytes: number; readonly target: Type }
  | {
      readonly kind: "array";
      readonly name: string;
      readonly bytes: number;
      readonly element: Type;
      /** 0 when not known. */
      readonly count: number;
      /** A vector type: its value may lie in a vector register. */
      readonly vector: boolean;
    }
  | {
      readonly kind: "struct" | "union" | "class";
      readonly name: string;
      readonly bytes: number;
      readonly members: readonly Member[];
    }
  | {
      readonly kind: "enum";
      readonly name: string;
      readonly bytes: number;
      readonly signed: boolean;
      readonly values: readonly { readonly name: string; readonly value: number }[];
    }
  | {
      readonly kind: "typedef" | "const" | "volatile";
      readonly name: string;
      readonly bytes: number;
      readonly target: Type;
    }
  | { readonly kind: "function" | "void" | "unknown"; readonly name: string; readonly bytes: number };

/**
 * Where a value lies. `value` = it has no place of its own and can't be assigned, but is known;
 * `absent` = it can't be read, with the reason ("optimized out", …).
 */
export type Place =
  | { readonly kind: "memory"; readonly address: number }
  | { readonly kind: "gpr"; readonly register: number }
  | { readonly kind: "special"; readonly name: SpecialRegister }
  | { readonly kind: "vector"; readonly register: number }
  | { readonly kind: "value"; readonly bytes: Uint8Array }
  | { readonly kind: "pieces"; readonly pieces: readonly { readonly place: Place; readonly bytes: number }[] }
  /** Bytes from `offset` on of a place whose value has `whole` bytes: a lane, a member. */
  | { readonly kind: "part"; readonly of: Place; readonly whole: number; readonly offset: number }
  | { readonly kind: "absent"; readonly reason: string };

/** A value of the program with its type and place, read when asked for. */
export interface TypedValue {
  readonly type: Type;
  readonly place: Place;
  /** The bytes of the value in memory order; undefined when it can't be read. */
  bytes(): Uint8Array | undefined;
  /** Integers, characters, booleans, enumerations, pointers, bit fields and floats as a number; undefined for others. */
  number(): number | bigint | undefined;
  /** As C writes it: `12`, `97 'a'`, `{x = 1, y = {2, 3}}`, `<optimized out>`. One line. */
  text(options?: FormatOptions): string;
  /** Members and elements, at most `limit` (default 1000) from `start` on; empty for scalars. */
  children(start?: number, limit?: number): readonly NamedValue[];
  /** How many children there are. */
  readonly childCount: number;
  /** What a pointer points to; undefined for other types. */
  dereference(): TypedValue | undefined;
}

export interface NamedValue {
  /** Name of the member, or `[3]`. */
  readonly name: string;
  readonly value: TypedValue;
}

export interface FormatOptions {
  /** Elements of an array and characters of a text that are shown; default 200. */
  readonly elements?: number;
  readonly radix?: 10 | 16;
}

/** Writes to a stopped PPU; see `assign`. */
export interface PlaceWriter {
  writeMemory(address: number, bytes: Uint8Array): void;
  writeGpr(register: number, value: number): void;
  writeSpecial(name: SpecialRegister, value: number): void;
  writeVector(register: number, lanes: Uint8Array): void;
}

export interface Variable {
  readonly name: string;
  readonly role: "parameter" | "local";
  readonly value: TypedValue;
  readonly declaration?: SourceLocation;
  /** How many lexical blocks lie around it inside its function; a name of a deeper block hides outer ones. */
  readonly depth: number;
}

/**
 * One call. Frame 0 is the innermost. An `inlined` frame shares registers and memory with the next outer one;
 * an `interrupt` frame is a handler's entry, and the next one is the interrupted code.
 */
export interface Frame {
  readonly index: number;
  readonly kind: "call" | "inlined" | "interrupt";
  /** Where it stands: in callers the address that the call returns to. */
  readonly pc: number;
  /** An address inside the instruction that is in progress: `pc`, in callers one byte less (inside the call). */
  readonly lookupPc: number;
  readonly name: string;
  readonly function?: FunctionSymbol;
  readonly source?: SourceLocation;
  /** Stack pointer of the caller when it made the call (canonical frame address); undefined when not known. */
  readonly frameAddress?: number;
  readonly registers: FrameRegisters;
}

/** Registers as the frame's code will find them when it continues. */
export interface FrameRegisters extends RegisterReader {
  /** Where a register of that frame lies now: itself, or memory where a callee has saved it. */
  placeOfGpr(register: number): Place;
  placeOfSpecial(name: SpecialRegister): Place;
  placeOfVector(register: number): Place;
}

/** Frames from the innermost to the outermost, and why there are no more. */
export interface Backtrace {
  readonly frames: readonly Frame[];
  /** `outermost` = the start code; `limit` = there are more; `corrupt` = the stack can't be followed. */
  readonly end: "outermost" | "limit" | "corrupt";
  readonly message?: string;
}

/** Where a breakpoint at a source line goes. */
export interface LinePlaces {
  readonly file: string;
  /** The line asked for, or the next one with code. */
  readonly line: number;
  /** One for each copy of the line's code (inlined calls, template instances); sorted. */
  readonly addresses: readonly number[];
}

export interface LineRow extends SourceLocation {
  /** Half open range of addresses of this row. */
  readonly low: number;
  readonly high: number;
  readonly isStatement: boolean;
}

export interface ProgramSymbols {
  /** One line for each part of the debug information that could not be read. */
  readonly problems: readonly string[];
  /** Function whose code holds an address, inlined calls not regarded; from debug information or the symbol table. */
  functionAt(address: number): FunctionSymbol | undefined;
  /**
   * Names of the function at an address and of the calls inlined there, innermost first; `source` of an outer one is
   * where it calls the inner one.
   */
  callsAt(address: number): readonly InlinedCall[];
  sourceAt(address: number): SourceLocation | undefined;
  /** Row of the line table that covers an address. */
  lineRowAt(address: number): LineRow | undefined;
  /** All rows of one line of one file (a path as in `files`), for stepping. */
  rowsOfLine(file: string, line: number): readonly LineRow[];
  /** Files whose path ends in `name` (whole path components); all equal paths are one. */
  findFiles(name: string): readonly string[];
  /** Places of `file:line`; one entry for each matching file; empty when no code follows the line in it. */
  placesOfLine(file: string, line: number): readonly LinePlaces[];
  /** Lines of a file that have code, ascending. */
  linesWithCode(file: string): readonly number[];
  /** Functions of a name (qualified, plain or mangled). */
  findFunctions(name: string): readonly FunctionSymbol[];
  /** Where a breakpoint at a function goes: behind its prologue if the line table tells its end. Inlined copies too. */
  placesOfFunction(name: string): readonly number[];
  /** First address behind the prologue; the entry when not known. */
  afterPrologue(entry: number): number;
  findGlobal(name: string): GlobalSymbol | undefined;
  /** Named types, for casts; pointers with `*` behind the name. */
  findType(name: string): Type | undefined;
  readonly files: readonly string[];
  readonly functions: readonly FunctionSymbol[];
  readonly globals: readonly GlobalSymbol[];
  readonly typeNames: readonly string[];
  /** Lines of a source file; undefined when it can't be found. */
  sourceText(file: string): readonly string[] | undefined;
  /** Path of an existing source file on this host. */
  sourcePath(file: string): string | undefined;
  /** Calls that led to the registers' pc, at most `limit` (default 256) frames. */
  backtrace(registers: RegisterReader, memory: MemoryReader, limit?: number): Backtrace;
  /** Parameters and locals in scope at a frame, those of inner blocks first. */
  variables(frame: Frame, memory: MemoryReader): readonly Variable[];
  /** The variable that a name means in a frame: local, parameter or global. */
  lookup(name: string, frame: Frame | undefined, memory: MemoryReader): TypedValue | undefined;
  /** A value of a type at an address or another place. */
  valueAt(type: Type, place: Place, memory: MemoryReader, registers?: RegisterReader): TypedValue;
}

export interface InlinedCall {
  readonly name: string;
  readonly inlined: boolean;
  readonly source?: SourceLocation;
  /** Of the function itself. */
  readonly declaration?: SourceLocation;
}
