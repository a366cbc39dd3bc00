import type { Field } from "./types.ts";

const field = (name: string, first: number, last: number, rest: Partial<Field> = {}): Field => ({
  name,
  first,
  last,
  ...rest,
});

/** Every field of every form under its Power ISA name (FXV: the names of the official vector table). */
export const FIELDS = {
  OPCD: field("OPCD", 0, 5),
  XO10: field("XO10", 21, 30),
  XO9: field("XO9", 22, 30),
  XOV: field("XOV", 21, 29),

  RT: field("RT", 6, 10),
  RS: field("RS", 6, 10),
  RA: field("RA", 11, 15),
  RB: field("RB", 16, 20),
  VRT: field("VRT", 6, 10),
  VRA: field("VRA", 11, 15),
  VRB: field("VRB", 16, 20),

  SI: field("SI", 16, 31, { signed: true }),
  UI: field("UI", 16, 31),
  D: field("D", 16, 31, { signed: true }),
  SH: field("SH", 16, 20),
  MB: field("MB", 21, 25),
  ME: field("ME", 26, 30),
  IMM: field("IMM", 16, 20, { signed: true }),
  COND: field("COND", 30, 31),

  BO: field("BO", 6, 10),
  BI: field("BI", 11, 15),
  BD: field("BD", 16, 29, { signed: true, scale: 4 }),
  LI: field("LI", 6, 29, { signed: true, scale: 4 }),
  BF: field("BF", 6, 8),
  BFA: field("BFA", 11, 13),
  BT: field("BT", 6, 10),
  BA: field("BA", 11, 15),
  BB: field("BB", 16, 20),
  FXM: field("FXM", 12, 19),
  /** Tells mfocrf/mtocrf from mfcr/mtcrf. */
  ONE: field("ONE", 11, 11),

  TO: field("TO", 6, 10),
  SPR: field("SPR", 11, 20, { swapped: true }),
  WC: field("WC", 9, 10),
  /** Kind of a sync: 0 sync, 1 lwsync, 2 ptesync; without effect on this core. */
  L: field("L", 9, 10),

  AA: field("AA", 30, 30),
  LK: field("LK", 31, 31),
  Rc: field("Rc", 31, 31),
  OE: field("OE", 21, 21),
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof FIELDS;

/** Bits of a field as a mask on the instruction word (int32). */
export function fieldMask(field: Field): number {
  const width = field.last - field.first + 1;
  return (width === 32 ? -1 : ((1 << width) - 1) << (31 - field.last)) | 0;
}

/** Value of a field in an instruction word: sign extended, scaled and unswapped as the field says. */
export function fieldValue(word: number, field: Field): number {
  const width = field.last - field.first + 1;
  let value = (word << field.first) >>> (32 - width);
  if (field.swapped) value = swapHalves(value, width);
  if (field.signed) value = (value << (32 - width)) >> (32 - width);
  return value * (field.scale ?? 1);
}

/** Bits that stand for `value` in a field (int32), or undefined when the value does not fit. */
export function fieldBits(field: Field, value: number): number | undefined {
  const width = field.last - field.first + 1;
  const raw = value / (field.scale ?? 1);
  const [minimum, maximum] = fieldRange(field);
  if (!Number.isInteger(raw) || value < minimum || value > maximum) return undefined;
  const bits = field.swapped ? swapHalves(raw, width) : raw;
  return (bits & ((1 << width) - 1)) << (31 - field.last);
}

/** Smallest and largest operand value of a field. */
export function fieldRange(field: Field): [minimum: number, maximum: number] {
  const width = field.last - field.first + 1;
  const scale = field.scale ?? 1;
  return field.signed
    ? [-(2 ** (width - 1)) * scale, (2 ** (width - 1) - 1) * scale]
    : [0, (2 ** width - 1) * scale];
}

function swapHalves(value: number, width: number): number {
  const half = width / 2;
  return ((value & ((1 << half) - 1)) << half) | (value >>> half);
}
