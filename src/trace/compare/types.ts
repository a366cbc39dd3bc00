/** What a comparison of traces looks at, and what it finds. */
import type { PpuName, TraceRecord } from "../model.ts";
import type { TraceState } from "../state.ts";

/** The two traces, in words. */
export type SideName = "A" | "B";
export const SIDE_NAMES: readonly [SideName, SideName] = ["A", "B"];

/** Something of both sides: A first. */
export type Both<T> = readonly [T, T];

/** Absent: the side does not have it. */
export type FieldValue = number | string | Uint8Array | undefined;

/** One field that differs. */
export interface FieldDifference {
  /**
   * `cycle`, `pc`, `word`, a register written, `access 0 value`, `access 0 address`, …, `stall 0 cycles`, `vector`,
   * `return address`, `buses`, `row`, `address`, `causal`, `kind`; accesses and stalls count from 0.
   */
  readonly field: string;
  readonly values: Both<FieldValue>;
}

/** A record where it stands in its trace. */
export interface Placed {
  readonly record: TraceRecord;
  /** Instructions of the PPU up to here, this one included. */
  readonly instruction: number;
  /** Records of the PPU before it. */
  readonly sequence: number;
}

export type DifferenceKind =
  /** The same instruction or event, with other values. */
  | "changed"
  /** Others in its place. */
  | "replaced"
  /** Only in B. */
  | "inserted"
  /** Only in A. */
  | "deleted"
  /** One side has no more records. */
  | "ended"
  /** The sides have nothing in common within the window; the comparison of this PPU ends. */
  | "lost";

/** A line of the surroundings of a difference: both sides where they are the same. */
export type ContextLine = Both<Placed | undefined>;

export interface Difference {
  readonly kind: DifferenceKind;
  readonly ppus: Both<PpuName>;
  /** Records that differ: one each where it is `changed`; more may follow where only `counts` are given. */
  readonly records: Both<readonly Placed[]>;
  /** How many records differ. */
  readonly counts: Both<number>;
  /** Number of the first instruction that differs, from 1. */
  readonly instruction: Both<number>;
  /** Undefined where the trace has no cycles or has ended. */
  readonly cycle: Both<number | undefined>;
  /** Of the first record of both sides. */
  readonly fields: readonly FieldDifference[];
}

/** Surroundings of a difference; to be asked for before the comparison goes on. */
export interface Details {
  readonly before: readonly ContextLine[];
  readonly after: readonly ContextLine[];
  /** Registers before the first record that differs. */
  readonly states: Both<TraceState>;
}
