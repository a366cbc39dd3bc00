/**
 * A WebAssembly module as trees, the meeting point of the front end (asc and binaryen) and the code generator.
 * Types: `i32`, and two vector types that AssemblyScript carries as reference types: `bytes` (externref, 128 lanes
 * of 8 bits) and `halves` (anyref, 64 lanes of 16 bits). Linear memory addresses are machine addresses.
 */
import type { DebugGlobal, DebugTables } from "./debug-info.ts";
import type { SourceLocation } from "./image.ts";

export type ValueType = "i32" | "bytes" | "halves";
export type ResultType = ValueType | "none" | "unreachable";

export type UnaryOperator = "eqz" | "clz" | "ctz" | "popcnt" | "extend8" | "extend16";
export type BinaryOperator =
  | "add"
  | "sub"
  | "mul"
  | "div_s"
  | "div_u"
  | "rem_s"
  | "rem_u"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr_s"
  | "shr_u"
  | "rotl"
  | "rotr"
  | "eq"
  | "ne"
  | "lt_s"
  | "lt_u"
  | "le_s"
  | "le_u"
  | "gt_s"
  | "gt_u"
  | "ge_s"
  | "ge_u";

/** A call with its arguments begins, the code of the called function begins, the call is over. */
export type DebugEvent = "call" | "enter" | "end";

interface Common {
  readonly type: ResultType;
  readonly location?: SourceLocation;
}

export type Node = Common &
  (
    | { readonly op: "const"; readonly value: number }
    | { readonly op: "null" } // uninitialised vector: a zero vector
    | { readonly op: "localGet"; readonly index: number }
    | { readonly op: "localSet"; readonly index: number; readonly value: Node; readonly tee: boolean }
    | { readonly op: "globalGet"; readonly name: string }
    | { readonly op: "globalSet"; readonly name: string; readonly value: Node }
    | {
        readonly op: "load";
        readonly bytes: 1 | 2 | 4;
        readonly signed: boolean;
        readonly offset: number;
        readonly address: Node;
      }
    | {
        readonly op: "store";
        readonly bytes: 1 | 2 | 4;
        readonly offset: number;
        readonly address: Node;
        readonly value: Node;
      }
    | { readonly op: "unary"; readonly operator: UnaryOperator; readonly value: Node }
    | { readonly op: "binary"; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
    | { readonly op: "select"; readonly condition: Node; readonly whenTrue: Node; readonly whenFalse: Node }
    | { readonly op: "block"; readonly label: string | null; readonly body: readonly Node[] }
    | { readonly op: "loop"; readonly label: string | null; readonly body: Node }
    | { readonly op: "if"; readonly condition: Node; readonly then: Node; readonly otherwise?: Node }
    | { readonly op: "break"; readonly label: string; readonly condition?: Node; readonly value?: Node }
    | {
        readonly op: "switch";
        readonly labels: readonly string[];
        readonly fallback: string;
        readonly index: Node;
      }
    | { readonly op: "call"; readonly target: string; readonly arguments: readonly Node[] }
    | {
        readonly op: "callIndirect";
        readonly callee: Node;
        readonly arguments: readonly Node[];
        readonly parameters: readonly ValueType[];
      }
    /** An imported function: module `fxv` (vector instructions) or `ppu` (special registers, volatile access). */
    | { readonly op: "intrinsic"; readonly name: string; readonly arguments: readonly Node[] }
    | { readonly op: "memoryCopy"; readonly to: Node; readonly from: Node; readonly bytes: Node }
    | { readonly op: "memoryFill"; readonly to: Node; readonly value: Node; readonly bytes: Node }
    | { readonly op: "return"; readonly value?: Node }
    | { readonly op: "drop"; readonly value: Node }
    | { readonly op: "unreachable" }
    | { readonly op: "nop" }
    /** From here on the variable of the source program has this value; `variable` indexes the debug tables; -1 is a call's result. */
    | { readonly op: "debugValue"; readonly variable: number; readonly value: Node }
    /** `id` is a call site, or for `enter` a function. */
    | { readonly op: "debugScope"; readonly event: DebugEvent; readonly id: number }
  );

/** Where code goes: SRAM; external memory for what is marked `@cold`; DRAM for `@dram`. */
export type Placement = "internal" | "external" | "dram";

export interface WasmFunction {
  readonly name: string;
  /** Names under which the module exports it; `main`, `isr_*` have a meaning to the code generator. */
  readonly exports: readonly string[];
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | "none";
  /** Types of the locals that follow the parameters; all start at zero. */
  readonly locals: readonly ValueType[];
  readonly body: Node;
  readonly location?: SourceLocation;
  readonly placement: Placement;
}

export interface WasmModule {
  readonly functions: readonly WasmFunction[];
  /** `i32` constants with which globals start. */
  readonly globals: readonly { readonly name: string; readonly mutable: boolean; readonly initial: number }[];
  /**
   * Big-endian bytes, at machine addresses: SRAM, or the data view of the memory for data marked cold. `name` is the
   * global variable whose initialiser made them.
   */
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array; readonly name?: string }[];
  /** Functions that `callIndirect` reaches, by table index. */
  readonly table: readonly (string | null)[];
  /** First byte behind static data. */
  readonly dataEnd: number;
  /** Types and places of declaration of global variables and constants; the address of those in `data`. */
  readonly variables?: readonly DebugGlobal[];
  /** What the debug nodes of the trees refer to, in builds with debug information. */
  readonly debug?: DebugTables;
}
