import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assembleInstruction } from "../../isa/assemble.ts";
import { decode, field } from "../../isa/decode.ts";
import { disassemble } from "../../isa/disassemble.ts";
import { encode, type OperandValues } from "../../isa/encode.ts";
import { FIELDS, type FieldName, fieldRange } from "../../isa/fields.ts";
import { INSTRUCTIONS } from "../../isa/index.ts";

const address = fc.integer({ min: 0, max: 0x3fffffff }).map((n) => n * 4);
const reassemble = (word: number, at: number): number => {
  const { mnemonic, operands } = disassemble(word, at);
  return assembleInstruction(mnemonic, operands, { address: at, resolve: Number });
};

describe("assemble after disassemble", () => {
  it.each(INSTRUCTIONS)("is the identity on $mnemonic", (row) => {
    const fields = [...row.operands.map((operand) => operand.field as FieldName), ...(row.modifiers ?? [])];
    const values = fc.record(
      Object.fromEntries(
        fields.map((name) => {
          const { scale = 1 } = FIELDS[name] as { scale?: number };
          const [minimum, maximum] = fieldRange(FIELDS[name]);
          return [name, fc.integer({ min: minimum / scale, max: maximum / scale }).map((n) => n * scale)];
        }),
      ),
    );
    fc.assert(
      fc.property(values, address, (operands, at) => {
        const word = encode(row, operands as OperandValues);
        for (const name of fields) expect(field(word, name)).toBe(operands[name]);
        expect(decode(word)).toBe(row);
        const found = disassemble(word, at);
        expect([found.row, found.exact]).toEqual([row, true]);
        expect(reassemble(word, at)).toBe(word);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it("keeps every bit but the ignored ones of any decodable word", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), address, (word, at) => {
        const row = decode(word);
        const found = disassemble(word, at);
        expect(found.row).toBe(row);
        if (!row) expect([found.mnemonic, Number(found.operands[0]) | 0]).toEqual([".long", word]);
        else {
          const ignored = row.ignored ?? 0;
          expect(found.exact).toBe((word & ignored) === 0);
          expect(reassemble(word, at)).toBe(word & ~ignored);
        }
      }),
      { seed: 2, numRuns: 20000 },
    );
  });
});
