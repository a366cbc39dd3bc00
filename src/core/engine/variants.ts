/**
 * The operations of the engine: every scalar row once per value of its modifier bits, branches also per common BO,
 * mfspr and mtspr per common register, with those bits folded into the meaning. An operation is what the predecoded program refers to by number.
 */
import {
  FIELDS,
  type FieldName,
  fieldBits,
  fieldMask,
  POWER_INSTRUCTIONS,
  UNDECODED,
  UNDECODED_EXTENDED,
} from "../../../isa/index.ts";
import { namesIn, parseMeaning, type Statement } from "../../../isa/meaning.ts";
import type { Instruction } from "../../../isa/types.ts";
import { type Bindings, foldStatements } from "./fold.ts";
import { SPR } from "./special-registers.ts";

export interface Variant {
  readonly row: Instruction;
  readonly bindings: Bindings;
  /** `(word & mask) === match` selects it among the variants of its row. */
  readonly mask: number;
  readonly match: number;
  readonly statements: readonly Statement[];
  readonly read: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
  readonly called: ReadonlySet<string>;
  /** In the main loop; the rest stands in functions of its own so that the loop stays small for the compiler. */
  readonly hot: boolean;
}

/** Operation numbers below the variants'. */
export const OPERATION = {
  undecodedYet: 0,
  breakpoint: 1,
  nop: 2,
  vector: 3,
  /** Translated code can be entered here; what the word itself means stands elsewhere (program.ts). */
  entry: 4,
  /** To be decoded anew; unlike `undecodedYet` stores to the word must not go unnoticed, as translated code may hold it. */
  refresh: 5,
  first: 6,
} as const;
/** ori 0,0,0 is not issued. */
export const NOP_WORD = 0x6000_0000;

/** BO by relevant bits: always, condition true, condition false, bdnz. */
const COMMON_BO: readonly { readonly care: number; readonly value: number }[] = [
  { care: 0b10100, value: 0b10100 },
  { care: 0b11100, value: 0b01100 },
  { care: 0b11100, value: 0b00100 },
  { care: 0b10110, value: 0b10000 },
];

/** Special registers whose moves are operations of their own, by the name under which meanings know them. */
const COMMON_SPRS = {
  mfspr: { LR: SPR.LR, CTR: SPR.CTR, TBL: SPR.TBL },
  mtspr: { LR: SPR.LR, CTR: SPR.CTR },
} as const;

/** A move of a register that has a name needs no call. */
function nameSpecialRegister(node: Statement, name: string): Statement {
  if (node.kind === "do") return { kind: "assign", target: name, value: node.call.arguments[1] };
  return node.kind === "assign" ? { ...node, value: { kind: "name", name } } : node;
}

/** Operations that compiled programs consist of; with `.` where the record form is frequent too. */
const FREQUENT = new Set(
  (
    "addi addis add subf neg mulli mullw and and. andc or or. nor xor ori oris xori andi. rlwinm rlwinm. rlwimi slw srw " +
    "sraw srawi extsb extsh cmpi cmpli cmp cmpl lwz lwzx lbz lbzx lhz lhzx lha lhax stw stwx stb stbx sth sthx " +
    "lwzu lbzu stwu stbu b bc bclr bcctr addic. subf. cntlzw mulhwu"
  ).split(" "),
);

function isHot({ mnemonic, timing }: Instruction, bindings: Bindings): boolean {
  if (bindings.SPR !== undefined) return true;
  if (bindings.OE === 1 || bindings.AA === 1) return false;
  if (
    timing === "branch" &&
    mnemonic !== "b" &&
    (bindings.BO === undefined || (bindings.LK === 1 && mnemonic === "bc"))
  ) {
    return false;
  }
  return FREQUENT.has(bindings.Rc === 1 ? `${mnemonic}.` : mnemonic);
}

const commonSprs = ({ mnemonic }: Instruction): Readonly<Record<string, number>> =>
  mnemonic === "mfspr" || mnemonic === "mtspr" ? COMMON_SPRS[mnemonic] : {};

function makeVariant(row: Instruction, bindings: Bindings, mask: number, match: number): Variant {
  const folded = foldStatements(parseMeaning(row.meaning), bindings);
  const { SPR: number } = bindings;
  const named = Object.entries(commonSprs(row)).find(([, value]) => value === number)?.[0];
  const statements = named === undefined ? folded : folded.map((node) => nameSpecialRegister(node, named));
  const { read, written, called } = namesIn(statements);
  // mtcrf keeps bits of CR by a read that is no dependency in the pipeline.
  if (written.has("CR")) read.delete("CR");
  return { row, bindings, mask, match, statements, read, written, called, hot: isHot(row, bindings) };
}

function variantsOf(row: Instruction): Variant[] {
  const modifiers = row.modifiers ?? [];
  const list: Variant[] = [];
  for (let bits = 0; bits < 1 << modifiers.length; bits++) {
    const bindings: Record<string, number> = {};
    let mask = row.mask;
    let match = row.match;
    modifiers.forEach((name, index) => {
      const value = (bits >> index) & 1;
      bindings[name] = value;
      mask |= fieldMask(FIELDS[name as FieldName]);
      match |= fieldBits(FIELDS[name as FieldName], value)!;
    });
    if (row.operands.some((operand) => operand.field === "BO") && bindings.AA !== 1) {
      for (const { care, value } of COMMON_BO) {
        list.push(makeVariant(row, { ...bindings, BO: value }, mask | (care << 21), match | (value << 21)));
      }
    }
    for (const number of Object.values(commonSprs(row))) {
      const field = FIELDS.SPR;
      const selected = match | fieldBits(field, number)!;
      list.push(makeVariant(row, { ...bindings, SPR: number }, mask | fieldMask(field), selected));
    }
    list.push(makeVariant(row, bindings, mask, match));
  }
  return list;
}

/** All operations; the number of `VARIANTS[i]` is `OPERATION.first + i`. */
export const VARIANTS: readonly Variant[] = [...POWER_INSTRUCTIONS, UNDECODED_EXTENDED, UNDECODED].flatMap(
  variantsOf,
);

const BY_PRIMARY: number[][] = Array.from({ length: 64 }, () => []);
VARIANTS.forEach((variant, index) => {
  if (variant.row !== UNDECODED) BY_PRIMARY[variant.match >>> 26].push(index);
});
const FALLBACK = OPERATION.first + VARIANTS.findIndex((variant) => variant.row === UNDECODED);
const VECTOR_OPCODE = 4;

/** Operation number of a word; `isVector` tells the vector instructions. */
export function operationOf(word: number, isVector: (word: number) => boolean): number {
  if (word === NOP_WORD) return OPERATION.nop;
  if (word >>> 26 === VECTOR_OPCODE && isVector(word)) return OPERATION.vector;
  for (const index of BY_PRIMARY[word >>> 26]) {
    const { mask, match } = VARIANTS[index];
    if ((word & mask) === match) return OPERATION.first + index;
  }
  return FALLBACK;
}

/** Operation numbers of undefined opcodes, for strict mode. */
export const UNDEFINED_OPERATIONS: ReadonlySet<number> = new Set(
  VARIANTS.flatMap(({ row }, index) =>
    row === UNDECODED || row === UNDECODED_EXTENDED ? [OPERATION.first + index] : [],
  ),
);
