import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

const family = "load and store";

interface Access {
  readonly load: boolean;
  readonly bits: 8 | 16 | 32;
  readonly algebraic?: boolean;
  readonly update?: boolean;
}

/** The parts common to displacement (D) and indexed (X) forms. */
function access(mnemonic: string, indexed: boolean, { load, bits, algebraic, update }: Access) {
  const displacement = algebraic ? "signExtendR1(D)" : "D";
  const loaded = `load${bits}(ea)`;
  const size = bits === 8 ? "byte" : bits === 16 ? "halfword" : "word";
  const quirks = [
    ...(algebraic && !indexed ? ["R1: displacement zero extended in profile rtl"] : []),
    ...(bits === 16 ? ["R4: a halfword may begin at byte 1 of a word"] : []),
    ...(update ? ["RA = 0 uses base 0 and writes GPR 0"] : []),
  ];
  return {
    mnemonic,
    family,
    form: indexed ? "X" : "D",
    operands: `${load ? "RT" : "RS"}, ${indexed ? "RA0, RB" : "D(RA0)"}`,
    summary: `${load ? "load" : "store"} ${size}${load && bits !== 32 ? (algebraic ? " algebraic" : " and zero") : ""}${update ? " with update" : ""}${indexed ? " indexed" : ""}`,
    meaning: [
      `ea = RA0 + ${indexed ? "RB" : displacement}`,
      load ? `RT = ${algebraic ? `${loaded} << 16 >> 16` : loaded}` : `store${bits}(ea, RS)`,
      ...(update ? ["RA = ea"] : []),
    ].join("; "),
    timing: load ? (update ? "loadUpdate" : "load") : update ? "storeUpdate" : "store",
    ...(quirks.length > 0 && { quirk: quirks.join("; ") }),
  } as const;
}

/** Mnemonic, primary opcode (D form), extended opcode (X form), properties. */
const ACCESSES: readonly [string, number, number, Access][] = [
  ["lwz", 32, 23, { load: true, bits: 32 }],
  ["lwzu", 33, 55, { load: true, bits: 32, update: true }],
  ["lbz", 34, 87, { load: true, bits: 8 }],
  ["lbzu", 35, 119, { load: true, bits: 8, update: true }],
  ["stw", 36, 151, { load: false, bits: 32 }],
  ["stwu", 37, 183, { load: false, bits: 32, update: true }],
  ["stb", 38, 215, { load: false, bits: 8 }],
  ["stbu", 39, 247, { load: false, bits: 8, update: true }],
  ["lhz", 40, 279, { load: true, bits: 16 }],
  ["lhzu", 41, 311, { load: true, bits: 16, update: true }],
  ["lha", 42, 343, { load: true, bits: 16, algebraic: true }],
  ["lhau", 43, 375, { load: true, bits: 16, algebraic: true, update: true }],
  ["sth", 44, 407, { load: false, bits: 16 }],
  ["sthu", 45, 439, { load: false, bits: 16, update: true }],
];

export const LOAD_STORE: readonly Instruction[] = [
  ...ACCESSES.flatMap(([mnemonic, opcode, extended, properties]) => [
    row({
      ...access(mnemonic, false, properties),
      fixed: { OPCD: opcode },
      reference: "nux-core 2.1, Power ISA 2.06 3.3.2",
    }),
    row({
      ...access(`${mnemonic}x`, true, properties),
      fixed: { OPCD: 31, XO10: extended },
      reference: "nux-core 2.3, Power ISA 2.06 3.3.2",
    }),
  ]),
  row({
    mnemonic: "lmw",
    family,
    form: "D",
    fixed: { OPCD: 46 },
    operands: "RT, D(RA0)",
    summary: "load multiple words into RT..31",
    meaning: "loadMultiple(RA0 + D)",
    timing: "loadMultiple",
    reference: "nux-core 2.1, Power ISA 2.06 3.3.5",
  }),
  row({
    mnemonic: "stmw",
    family,
    form: "D",
    fixed: { OPCD: 47 },
    operands: "RS, D(RA0)",
    summary: "store multiple words from RS..31",
    meaning: "storeMultiple(RA0 + D)",
    timing: "storeMultiple",
    reference: "nux-core 2.1, Power ISA 2.06 3.3.5",
  }),
  row({
    mnemonic: "eciwx",
    family,
    form: "X",
    fixed: { OPCD: 31, XO10: 310 },
    operands: "RT, RA0, RB",
    summary: "external control in word indexed",
    meaning: "RT = loadDevice(RA0 + RB)",
    timing: "load",
    reference: "nux-core 2.3, Power ISA 2.06 book II 4.3",
    quirk: "needs the device-control bus, which the PPU does not have",
  }),
  row({
    mnemonic: "ecowx",
    family,
    form: "X",
    fixed: { OPCD: 31, XO10: 438 },
    operands: "RS, RA0, RB",
    summary: "external control out word indexed",
    meaning: "storeDevice(RA0 + RB, RS)",
    timing: "store",
    reference: "nux-core 2.3, Power ISA 2.06 book II 4.3",
    quirk: "needs the device-control bus, which the PPU does not have",
  }),
];
