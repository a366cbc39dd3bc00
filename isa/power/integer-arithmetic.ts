import { row } from "../row.ts";
import type { Instruction } from "../types.ts";

/** `RT = a + b + c` with the optional carry out, in the XO form with OE and Rc. */
function adder(
  mnemonic: string,
  xo: number,
  a: "RA" | "~RA",
  b: "RB" | "0" | "-1",
  c: "0" | "1" | "CA",
  carries: boolean,
  summary: string,
): Instruction {
  const sum =
    a === "~RA" && c === "1"
      ? b === "0"
        ? "-RA"
        : `${b} - RA`
      : [a, b, c].filter((term) => term !== "0").join(" + ");
  return row({
    mnemonic,
    family: "integer arithmetic",
    form: "XO",
    fixed: { OPCD: 31, XO9: xo },
    operands: b === "RB" ? "RT, RA, RB" : "RT, RA",
    modifiers: ["OE", "Rc"],
    summary,
    meaning: [
      `x = ${sum}`,
      `if (OE) { OV = ((${a} ^ x) & (${b} ^ x)) >>> 31; SO = SO | OV }`,
      ...(carries ? [`CA = carry(${a}, ${b}, ${c})`] : []),
      "RT = x",
      "if (Rc) setCrField(0, compare(x, 0))",
    ].join("; "),
    timing: "alu",
    reference: "nux-core 2.3, Power ISA 2.06 3.3.8",
  });
}

/** An instruction with a 16-bit immediate. */
function immediate(
  mnemonic: string,
  opcode: number,
  operands: string,
  summary: string,
  meaning: string,
  timing: Instruction["timing"] = "alu",
): Instruction {
  return row({
    mnemonic,
    family: "integer arithmetic",
    form: "D",
    fixed: { OPCD: opcode },
    operands,
    summary,
    meaning,
    timing,
    reference: "nux-core 2.1, Power ISA 2.06 3.3.8",
  });
}

/** Multiply and divide in the XO form; `overflow` is given where the form has OE. */
function product(
  mnemonic: string,
  xo: number,
  value: string,
  overflow: string | undefined,
  timing: "mul" | "div",
  summary: string,
  quirk?: string,
): Instruction {
  return row({
    mnemonic,
    family: "integer arithmetic",
    form: "XO",
    fixed: { OPCD: 31, XO9: xo },
    operands: "RT, RA, RB",
    modifiers: overflow === undefined ? ["Rc"] : ["OE", "Rc"],
    summary,
    meaning: [
      `x = ${value}`,
      ...(overflow === undefined ? [] : [`if (OE) { OV = ${overflow}; SO = SO | OV }`]),
      "RT = x",
      "if (Rc) setCrField(0, compare(x, 0))",
    ].join("; "),
    timing,
    reference: "nux-core 2.3, Power ISA 2.06 3.3.8",
    ...(quirk !== undefined && { quirk }),
  });
}

const BY_ZERO = "division by zero is defined; see divs and divu of the vocabulary";

export const INTEGER_ARITHMETIC: readonly Instruction[] = [
  immediate("addi", 14, "RT, RA0, SI", "add immediate", "RT = RA0 + SI"),
  immediate("addis", 15, "RT, RA0, SI", "add immediate shifted", "RT = RA0 + (SI << 16)"),
  immediate(
    "addic",
    12,
    "RT, RA, SI",
    "add immediate carrying",
    "x = RA + SI; CA = carry(RA, SI, 0); RT = x",
  ),
  immediate(
    "addic.",
    13,
    "RT, RA, SI",
    "add immediate carrying and record",
    "x = RA + SI; CA = carry(RA, SI, 0); RT = x; setCrField(0, compare(x, 0))",
  ),
  immediate(
    "subfic",
    8,
    "RT, RA, SI",
    "subtract from immediate carrying",
    "x = SI - RA; CA = carry(~RA, SI, 1); RT = x",
  ),
  immediate("mulli", 7, "RT, RA, SI", "multiply low immediate", "RT = RA * SI", "mul"),
  adder("add", 266, "RA", "RB", "0", false, "add"),
  adder("addc", 10, "RA", "RB", "0", true, "add carrying"),
  adder("adde", 138, "RA", "RB", "CA", true, "add extended"),
  adder("addme", 234, "RA", "-1", "CA", true, "add to minus one extended"),
  adder("addze", 202, "RA", "0", "CA", true, "add to zero extended"),
  adder("subf", 40, "~RA", "RB", "1", false, "subtract from"),
  adder("subfc", 8, "~RA", "RB", "1", true, "subtract from carrying"),
  adder("subfe", 136, "~RA", "RB", "CA", true, "subtract from extended"),
  adder("subfme", 232, "~RA", "-1", "CA", true, "subtract from minus one extended"),
  adder("subfze", 200, "~RA", "0", "CA", true, "subtract from zero extended"),
  adder("neg", 104, "~RA", "0", "1", false, "negate"),
  product("mullw", 235, "RA * RB", "mulhs(RA, RB) != x >> 31", "mul", "multiply low word"),
  product("mulhw", 75, "mulhs(RA, RB)", undefined, "mul", "multiply high word"),
  product("mulhwu", 11, "mulhu(RA, RB)", undefined, "mul", "multiply high word unsigned"),
  product(
    "divw",
    491,
    "divs(RA, RB)",
    "RB == 0 || (RA == 0x80000000 && RB == -1)",
    "div",
    "divide word",
    BY_ZERO,
  ),
  product("divwu", 459, "divu(RA, RB)", "RB == 0", "div", "divide word unsigned", BY_ZERO),
];
