import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AssemblyError, assembleInstruction } from "../../isa/assemble.ts";
import { disassemble } from "../../isa/disassemble.ts";
import { mnemonics } from "../../isa/forms.ts";

const SYMBOLS: Readonly<Record<string, number>> = {
  main: 0x2000,
  "value@l": 0x9abc,
  "value@h": 0x8234,
  "value@ha": 0x8235,
  five: 5,
};

function assemble(line: string, address = 0x1000): string {
  const [mnemonic, ...rest] = line.split(" ");
  const operands = rest.length === 0 ? [] : rest.join(" ").split(",");
  const resolve = (text: string) => {
    const value = SYMBOLS[text] ?? Number(text);
    if (Number.isNaN(value)) throw new AssemblyError(`unknown symbol "${text}"`);
    return value;
  };
  return (assembleInstruction(mnemonic, operands, { address, resolve }) >>> 0).toString(16).padStart(8, "0");
}

describe("assembleInstruction", () => {
  // Words as powerpc-linux-gnu-as makes them.
  it.each([
    ["addi r3, r4, -1", "3864ffff"],
    ["addi 3, 4, five", "38640005"],
    ["addi %r3, %r4, 0x10", "38640010"],
    ["lis r3, value@ha", "3c608235"],
    ["lis r3, 0xffff", "3c60ffff"],
    ["addi r3, r3, value@l", "38639abc"],
    ["ori r3, r3, value@l", "60639abc"],
    ["lwz r3, value@l(r4)", "80649abc"],
    ["lwz r3, (r4)", "80640000"],
    ["lwz r3, -8(1)", "8061fff8"],
    ["LI r3, 1", "38600001"],
    ["mr. r3, r4", "7c832379"],
    ["sub r3, r4, r5", "7c652050"],
    ["subi r3, r4, 1", "3864ffff"],
    ["cmpwi r3, 0", "2c030000"],
    ["cmpwi cr7, r3, 0", "2f830000"],
    ["cmpi 7, 0, 3, 0", "2f830000"],
    ["b main", "48001000"],
    ["bl main", "48001001"],
    ["ba 0x2000", "48002002"],
    ["beq cr1, main", "41861000"],
    ["beq+ main", "41e21000"],
    ["bdnz- main", "43001000"],
    ["bc 12, 4*cr1+eq, main", "41861000"],
    ["crand 4*cr1+lt, cr2*4+eq, so", "4c8a1a02"],
    ["blr", "4e800020"],
    ["bnelrl cr3", "4c8e0021"],
    ["mfspr r3, tbl", "7c7c42a6"],
    ["mtspr 22, r3", "7c7603a6"],
    ["mtdec r3", "7c7603a6"],
    ["slwi r3, r4, 5", "54832834"],
    ["srwi r3, r4, 5", "5483d97e"],
    ["clrlwi. r3, r4, 5", "5483017f"],
    ["inslwi r3, r4, 5, 6", "5083d194"],
    ["insrwi r3, r4, 5, 6", "5083a994"],
    ["la r3, 8(r4)", "38640008"],
    ["sync", "7c0004ac"],
    ["lwsync", "7c2004ac"],
    ["wait", "7c00007c"],
    ["fxvaddhm 1, 2, 3", "10221f30"],
    ["fxvaddhm v1, v2, v3, 2", "10221f32"],
    ["fxvshh 1, 2, -1", "1022fcf0"],
    ["fxvlax 1, 0, r4", "102027b0"],
  ])("%s is %s", (line, word) => {
    expect(assemble(line)).toBe(word);
  });

  it.each([
    ["frob r1", 'unknown instruction "frob"'],
    ["isync", 'unknown instruction "isync": the core does not decode it; use sync'],
    ["addi r3, r4", 'addi takes "RT, RA, SI", but 2 operands are given'],
    ["cmpwi r3", 'cmpwi takes "RA, SI" or "BF, RA, SI", but 1 operand is given'],
    ["addi r32, r4, 1", 'addi: operand RT "r32" is 32, allowed are 0..31'],
    ["addi r3, r4, 40000", 'addi: operand SI "40000" is 40000, allowed are -32768..32767'],
    ["ori r3, r4, -1", 'ori: operand UI "-1" is -1, allowed are 0..65535'],
    ["addi r3, r4, nowhere", 'unknown symbol "nowhere"'],
    ["addi r3, , 1", "addi: operand RA is empty"],
    ["lwz r3, r4", 'lwz: "r4" is not a memory operand like 8(r1)'],
    ["b 0x1002", 'b: branch target "0x1002" is not a multiple of 4'],
    ["beq 0x20000", 'beq: branch distance to "0x20000" is 126976, allowed are -32768..32764'],
    ["slwi r3, r4, 32", 'slwi: operand n "32" is 32, allowed are 0..31'],
    ["inslwi r3, r4, 20, 20", "inslwi r3, r4, 20, 20: no encoding for this combination of values"],
    ["fxvaddhm 1, 2, 3, 4", 'fxvaddhm: operand COND "4" is 4, allowed are 0..3'],
    ["fxvshh 1, 2, 16", 'fxvshh: operand IMM "16" is 16, allowed are -16..15'],
  ])("%s is refused", (line, message) => {
    expect(() => assemble(line)).toThrow(new AssemblyError(message));
  });
});

it("refuses arbitrary lines with an AssemblyError and nothing else", () => {
  const mnemonic = fc.oneof(fc.constantFrom(...mnemonics()), fc.string());
  const piece = fc.constantFrom(
    "r3",
    "cr1",
    "4*cr1+eq",
    "v7",
    "0",
    "-1",
    "8(r1)",
    "(",
    ")",
    "((",
    "x@l",
    "1e99",
    "0x8000",
    "",
    " ",
    "%",
    "r99",
    "4*cr9+eq",
  );
  const operands = fc.array(fc.oneof(piece, fc.string()), { maxLength: 6 });
  const context = { address: 0x1000, resolve: (text: string) => Number(text.replace(/@l$/, "")) };
  fc.assert(
    fc.property(mnemonic, operands, (name, list) => {
      try {
        expect(Number.isInteger(assembleInstruction(name, list, context))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(AssemblyError);
        expect((error as Error).message).not.toMatch(/undefined|NaN.*undefined/);
      }
    }),
    { seed: 3, numRuns: 5000 },
  );
});

describe("disassemble", () => {
  it("names branch targets", () => {
    const symbolAt = (address: number) => (address === 0x2000 ? "main" : undefined);
    expect(disassemble(0x48001001, 0x1000, { symbolAt })).toMatchObject({ text: "bl main", target: 0x2000 });
    expect(disassemble(0x48001001, 0, { symbolAt })).toMatchObject({ text: "bl 0x1000", target: 0x1000 });
    expect(disassemble(0x4bfffffc, 0)).toMatchObject({ text: "b 0xfffffffc", target: 0xfffffffc });
  });

  it("writes undecoded words as data and marks ignored bits", () => {
    expect(disassemble(0x4c00012c)).toMatchObject({ text: ".long 0x4c00012c", row: undefined });
    expect(disassemble(0x7c00007d)).toMatchObject({ text: "wait", exact: false });
  });
});
