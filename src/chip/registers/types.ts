/**
 * What a register row says. The register file, `ppu regs`, docs/registers.md and the tests derive from rows of
 * these types. Bit 0 is the least significant bit here, as in the chip's own documentation.
 */

/** One index of a register array, e.g. the hemisphere or the driver. */
export interface Dimension {
  readonly name: string;
  readonly count: number;
  /** Distance of neighbours in words. */
  readonly stride: number;
  /** Names that may be used instead of numbers, in order: ["top", "bottom"]. */
  readonly labels?: readonly string[];
}

export interface RegisterField {
  readonly name: string;
  /** Lowest bit. */
  readonly low: number;
  /** Highest bit, inclusive. */
  readonly high: number;
  /** Which word of the register, from 0. */
  readonly word: number;
  /** Stored as the complement of its meaning. */
  readonly inverted: boolean;
  /** Stored with its lowest bit at `high`. */
  readonly reversed: boolean;
  /** Meaning after power-on. */
  readonly reset: number;
  readonly description: string;
}

/**
 * - `rw`: stored and read back
 * - `ro`: written only by the chip itself; a write is a guest's mistake
 * - `wo`: write acts or is stored, a read is a guest's mistake
 * - `trigger`: any write acts, whatever the data; reads 0
 */
export type RegisterAccess = "rw" | "ro" | "wo" | "trigger";

export interface Register {
  readonly name: string;
  readonly group: string;
  /** Omnibus word address of the first word at index 0 of every dimension. */
  readonly address: number;
  readonly dimensions: readonly Dimension[];
  /** Consecutive words that belong to one register. */
  readonly words: number;
  /** Bits that exist in each word. */
  readonly width: number;
  readonly access: RegisterAccess;
  readonly fields: readonly RegisterField[];
  /** What a write does in this emulator; `stored` = kept and read back without further effect. */
  readonly effect: "modelled" | "stored";
  /** Names of words that belong to this larger register, whose hook gets the writes. Resets are those of the view. */
  readonly viewOf?: string;
  readonly description: string;
  /** Where the row comes from, e.g. "chip.md 6.1". */
  readonly source: string;
}

type FieldOptions = Partial<Pick<RegisterField, "word" | "inverted" | "reversed" | "reset">>;

/** A field of bits `low`..`high` (or of the single bit `low`). */
export function field(
  name: string,
  bits: number | readonly [number, number],
  description: string,
  options: FieldOptions = {},
): RegisterField {
  const [low, high] = typeof bits === "number" ? [bits, bits] : bits;
  return { word: 0, inverted: false, reversed: false, reset: 0, ...options, name, low, high, description };
}

type RegisterInput = Pick<Register, "name" | "address" | "fields" | "description"> & Partial<Register>;

/** Rows of one group, with the usual values filled in. */
export function registers(
  group: string,
  source: string,
  rows: readonly RegisterInput[],
): readonly Register[] {
  return rows.map((row) => ({
    dimensions: [],
    words: 1,
    width: 32,
    access: "rw",
    effect: "stored",
    group,
    source,
    ...row,
  }));
}

export const HEMISPHERES = ["top", "bottom"] as const;
export type HemisphereName = (typeof HEMISPHERES)[number];

/** The usual index dimensions; the stride differs from block to block. */
export const dimension = {
  hemisphere: (stride: number): Dimension => ({ name: "hemisphere", count: 2, stride, labels: HEMISPHERES }),
  half: (stride: number): Dimension => ({ name: "half", count: 2, stride, labels: ["left", "right"] }),
  quadrant: (stride: number): Dimension => ({
    name: "quadrant",
    count: 4,
    stride,
    labels: ["nw", "ne", "sw", "se"],
  }),
  indexed: (name: string, count: number, stride: number): Dimension => ({ name, count, stride }),
};

/** SRAM timing words that stand beside each configuration SRAM; they have no functional effect. */
export function sramTiming(name: string, address: number, dimensions: readonly Dimension[]): RegisterInput {
  return {
    name,
    address,
    dimensions,
    words: 2,
    fields: [
      field("first", [0, 31], "uninterpreted"),
      field("second", [0, 31], "uninterpreted", { word: 1 }),
    ],
    description: "timing of the configuration SRAM; no functional effect in an emulator",
  };
}

/** `count` one-bit fields at ascending bits from `low` under the given names. */
export function flags(names: readonly string[], description: string, options: FieldOptions = {}, low = 0) {
  return names.flatMap((name, index) =>
    name === "" ? [] : [field(name, low + index, description, options)],
  );
}
