/**
 * The words that meanings are written with, as data. An engine binds each of them once.
 *
 * Conventions
 * - Statements run in order; a name reads what was last assigned to it. Rows read their sources before they
 *   assign a destination, so that operands may name the same register.
 * - Everything is a 32-bit integer; comparisons, `&&`, `||` and `!` give 0 or 1; `*` is the low word of the product.
 *   In vector rows `+`, `-` and `*` are exact (a sum may need 33 bits before `satD` clamps it).
 * - Names that begin with a lower-case letter and are not listed here are local values of one execution.
 * - Modifier bits are fields like any other: `if (Rc) …` and `if (OE) …` stand in the text, and for a given word such a
 *   condition is constant. There is no hidden flag.
 * - `load…`, `store…`, `trap` may end the instruction with an exception; no later statement takes effect then.
 *   Update forms assign RA after the access for that reason.
 * - Vector rows state one lane: names VRT, VRA, VRB are the elements of that lane as signed numbers of W bits, ACC is
 *   the lane's accumulator of 2 W bits, signed. Assigning keeps the low W (VRT) or 2 W (ACC) bits. A row with
 *   `vector.conditional` writes only the byte lanes that the condition enables; others write all of them.
 *   Rows of width "none" move whole vectors: there VRT stands for all 128 bytes and ENABLED for the 128 byte enables.
 */
export interface VocabularyName {
  readonly name: string;
  readonly access: "read" | "write" | "readWrite";
  readonly summary: string;
  /** A register that a field selects, a fixed register or flag, or something of one vector lane. */
  readonly scope: "register" | "state" | "lane";
}

export interface VocabularyFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  /** false: a statement; true: gives a value. */
  readonly value: boolean;
  readonly summary: string;
  /** No effect but its value, which depends on nothing but the arguments. */
  readonly pure: boolean;
}

const register = (name: string, access: VocabularyName["access"], summary: string): VocabularyName => ({
  name,
  access,
  summary,
  scope: "register",
});
const state = (name: string, summary: string, access: VocabularyName["access"] = "readWrite") =>
  ({ name, access, summary, scope: "state" }) satisfies VocabularyName;
const lane = (name: string, access: VocabularyName["access"], summary: string) =>
  ({ name, access, summary, scope: "lane" }) satisfies VocabularyName;

/** Names besides the fields of `fields.ts`; an operand field of kind gpr names the register's content. */
export const VOCABULARY_NAMES: readonly VocabularyName[] = [
  register("RT", "readWrite", "GPR selected by field RT"),
  register("RS", "read", "GPR selected by field RS"),
  register("RA", "readWrite", "GPR selected by field RA"),
  register("RA0", "read", "(RA|0): the number 0 if field RA is 0, else GPR RA"),
  register("RB", "read", "GPR selected by field RB"),

  state("CA", "XER carry, 0 or 1"),
  state("OV", "XER overflow, 0 or 1"),
  state("SO", "XER summary overflow, 0 or 1"),
  state("CR", "all eight condition fields, CR0 in the upper four bits"),
  state("LR", "link register"),
  state("CTR", "count register"),
  state("MSR", "machine state; an assignment keeps only the bits that exist: 0x00029230 (CE EE ME DE IS DS)"),
  state("PC", "address of this instruction", "read"),
  state("SRR0", "save/restore register 0", "read"),
  state("SRR1", "save/restore register 1", "read"),
  state("CSRR0", "critical save/restore register 0", "read"),
  state("CSRR1", "critical save/restore register 1", "read"),
  state("MCSRR0", "machine check save/restore register 0", "read"),
  state("MCSRR1", "machine check save/restore register 1", "read"),

  lane("VRT", "readWrite", "element of the target register (source of fxvstax and fxvoutx)"),
  lane("VRA", "read", "element of VRA, signed"),
  lane("VRB", "read", "element of VRB, signed"),
  lane("ACC", "readWrite", "accumulator of the lane, 2 W bits, signed"),
  lane("EQ", "write", "condition bit of the lane: equal; sets both byte lanes of a halfword"),
  lane("GT", "write", "condition bit of the lane: greater"),
  lane("LT", "write", "condition bit of the lane: less"),
  lane("ENABLED", "read", "1 if COND selects this byte lane: 0 always, 1 GT, 2 LT, 3 EQ"),
  lane("LANE", "read", "number of the lane: byte lane 0..127 or halfword lane 0..63"),
  lane("W", "read", "bits of an element: 8 or 16"),
];

const pure = (name: string, parameters: string, summary: string): VocabularyFunction => ({
  name,
  parameters: parameters.split(" "),
  value: true,
  pure: true,
  summary,
});
const access = (name: string, parameters: string, value: boolean, summary: string): VocabularyFunction => ({
  name,
  parameters: parameters === "" ? [] : parameters.split(" "),
  value,
  pure: false,
  summary,
});

export const VOCABULARY_FUNCTIONS: readonly VocabularyFunction[] = [
  pure("ltu", "a b", "1 if a < b as unsigned numbers"),
  pure("carry", "a b c", "carry out of bit 0 of a + b + c (c is 0 or 1), 0 or 1"),
  pure("mulhs", "a b", "upper word of the signed 64-bit product"),
  pure("mulhu", "a b", "upper word of the unsigned 64-bit product"),
  pure(
    "divs",
    "a b",
    "signed quotient towards zero; b = 0: -1 if a >= 0, else 0; 0x80000000 / -1: 0x80000000",
  ),
  pure("divu", "a b", "unsigned quotient; b = 0: 0xffffffff"),
  pure("clz", "a", "leading zeros, 0..32"),
  pure("rotl", "a n", "a rotated left by n modulo 32"),
  pure("mask", "mb me", "ones from bit mb to bit me (bit 0 most significant), wrapping around if mb > me"),
  pure("crMask", "fxm", "0xf0000000 >>> 4 i for every set bit i of the 8-bit fxm (bit 0 most significant)"),
  pure("signExtendR1", "d", "quirk R1: the signed d in profile chip, d & 0xffff in profile rtl"),

  access("compare", "a b", true, "LT GT EQ SO as bits 8 4 2 1: signed relation of a to b, and XER SO"),
  access("compareUnsigned", "a b", true, "the same for unsigned numbers"),
  access("crField", "n", true, "four bits of condition field n"),
  access("setCrField", "n bits", false, "replaces condition field n"),
  access("crBit", "n", true, "bit n (0..31) of CR, 0 or 1"),
  access("setCrBit", "n bit", false, "replaces bit n of CR"),

  access("load8", "ea", true, "byte at ea, zero extended"),
  access("load16", "ea", true, "halfword at ea, zero extended; alignment exception if (ea & 3) == 3"),
  access("load32", "ea", true, "word at ea; alignment exception if (ea & 3) != 0"),
  access("store8", "ea value", false, "stores the low byte"),
  access("store16", "ea value", false, "stores the low halfword; alignment as load16"),
  access("store32", "ea value", false, "stores the word; alignment as load32"),
  access("loadMultiple", "ea", false, "GPR RT..31 from consecutive words at ea; alignment as load32"),
  access("storeMultiple", "ea", false, "GPR RS..31 to consecutive words at ea; alignment as load32"),
  access("loadDevice", "ea", true, "word from the device-control bus, which the PPU does not have"),
  access("storeDevice", "ea value", false, "word to the device-control bus, which the PPU does not have"),

  access("readSpr", "n", true, "special purpose register n; 0 where not readable (quirk R8)"),
  access(
    "writeSpr",
    "n value",
    false,
    "special purpose register n with its write rules; ignored where absent",
  ),
  access("branch", "target", false, "the next instruction is at target"),
  access("trap", "", false, "program exception at this instruction"),
  access("synchronize", "", false, "waits until every pipeline, queue and bus response is drained"),
  access("sleep", "", false, "drains, then sleeps until a wake-up condition"),

  pure("lo", "x", "low W bits"),
  pure("loD", "x", "low 2 W bits, signed"),
  pure("sat", "x", "x clamped to W signed bits"),
  pure("satD", "x", "x clamped to 2 W signed bits"),
  pure("fmul", "a b", "satD(2 a b): the fractional product"),
  pure("unsigned", "x", "the low W bits of x as an unsigned number"),
  access("byteA", "n", true, "byte lane n of VRA, unsigned"),
  access("byteB", "n", true, "byte lane n of VRB, unsigned"),
  access("halfwordA", "i", true, "halfword lane i of VRA, unsigned"),
  access("halfwordB", "i", true, "halfword lane i of VRB, unsigned"),
  access("loadVector", "ea", true, "128 bytes from ea on over the vector memory port"),
  access("storeVector", "ea v", false, "128 bytes to ea on over the vector memory port"),
  access("readParallel", "address enables", true, "vector from the parallel bus; the slave sees the enables"),
  access("writeParallel", "address v enables", false, "enabled bytes of a vector to the parallel bus"),
];
