import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decode } from "../../isa/decode.ts";
import { FIELDS, type FieldName, fieldMask } from "../../isa/fields.ts";
import { WRITTEN_FORMS } from "../../isa/forms.ts";
import { INSTRUCTIONS, SPRS, UNDECODED, UNDECODED_EXTENDED } from "../../isa/index.ts";
import { type Expression, parseMeaning, partsOf, type Statement } from "../../isa/meaning.ts";
import { VOCABULARY_FUNCTIONS, VOCABULARY_NAMES } from "../../isa/vocabulary.ts";
import { PROPERTY_TESTED } from "./property-tested.ts";

const ROWS = [...INSTRUCTIONS, UNDECODED_EXTENDED, UNDECODED];
const names = new Map(VOCABULARY_NAMES.map((entry) => [entry.name, entry]));
const functions = new Map(VOCABULARY_FUNCTIONS.map((entry) => [entry.name, entry]));
const scalarRegisters = new Set(["RT", "RS", "RA", "RB"]);

describe("rows", () => {
  it("have no two overlapping encodings", () => {
    const overlaps = INSTRUCTIONS.flatMap((a, index) =>
      INSTRUCTIONS.slice(index + 1)
        .filter((b) => ((a.match ^ b.match) & a.mask & b.mask) === 0)
        .map((b) => `${a.mnemonic} ${b.mnemonic}`),
    );
    expect(overlaps).toEqual([]);
  });

  it("have mnemonics and written forms of their own", () => {
    const keys = WRITTEN_FORMS.map((form) => {
      const count = form.parameters.filter((_, i) => form.parameters[i - 1]?.kind !== "displacement").length;
      return `${form.mnemonic} ${count}`;
    });
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it.each(INSTRUCTIONS)("$mnemonic: every bit is fixed, in one field, or ignored", (row) => {
    expect(row.match & ~row.mask).toBe(0);
    const parts = [
      row.mask,
      ...row.operands.map((operand) => fieldMask(FIELDS[operand.field as FieldName])),
      ...(row.modifiers ?? []).map((name) => fieldMask(FIELDS[name])),
      row.ignored ?? 0,
    ];
    let seen = 0;
    for (const part of parts) {
      expect(seen & part).toBe(0);
      seen |= part;
    }
    expect(seen | 0).toBe(-1);
    expect(decode(row.match)).toBe(row);
  });

  it.each(ROWS)("$mnemonic: the meaning uses only the vocabulary and its own fields", (row) => {
    const own = new Set<string>([
      ...row.operands.map((operand) => operand.field),
      ...(row.operands.some((operand) => operand.kind === "gpr0") ? ["RA0"] : []),
      ...(row.modifiers ?? []),
    ]);
    const locals = new Set<string>();
    const checkName = (name: string, write: boolean): void => {
      if (locals.has(name)) return;
      if (write && /^[a-z]/.test(name)) locals.add(name);
      else if (scalarRegisters.has(name) || name in FIELDS || name === "RA0") {
        expect(own, `${row.mnemonic} uses ${name}`).toContain(name);
      } else {
        const entry = names.get(name);
        expect(entry, `${row.mnemonic} uses ${name}`).toBeDefined();
        expect(entry!.scope === "lane").toBe(row.vector !== undefined);
        expect(entry!.access === "readWrite" || entry!.access === (write ? "write" : "read")).toBe(true);
      }
    };
    const checkExpression = (node: Expression, statement = false): void => {
      if (node.kind === "name") checkName(node.name, false);
      if (node.kind === "call") {
        const entry = functions.get(node.name);
        expect(entry, `${row.mnemonic} calls ${node.name}`).toBeDefined();
        expect(node.arguments).toHaveLength(entry!.parameters.length);
        expect(entry!.value).toBe(!statement);
      }
      for (const part of partsOf(node)) checkExpression(part);
    };
    const check = (statement: Statement): void => {
      if (statement.kind === "assign") {
        checkExpression(statement.value);
        checkName(statement.target, true);
      } else if (statement.kind === "if") {
        checkExpression(statement.condition);
        statement.then.forEach(check);
        statement.otherwise.forEach(check);
      } else checkExpression(statement.call, true);
    };
    parseMeaning(row.meaning).forEach(check);
  });

  it("use every word of the vocabulary", () => {
    const text = ROWS.map((row) => row.meaning).join(" ");
    const unused = [...names.keys(), ...functions.keys()].filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(text),
    );
    expect(unused).toEqual([]);
  });

  it("each have golden records or a property test", () => {
    const covered = new Set<string>(PROPERTY_TESTED);
    for (const file of ["scalar", "fxv"]) {
      const lines = gunzipSync(
        readFileSync(new URL(`../golden/${file}.jsonl.gz`, import.meta.url)),
      ).toString();
      for (const line of lines.trim().split("\n")) {
        const { w } = JSON.parse(line) as { w: string };
        const row = decode(Number.parseInt(w, 16) | 0);
        if (row) covered.add(row.mnemonic);
      }
    }
    expect(INSTRUCTIONS.filter((row) => !covered.has(row.mnemonic)).map((row) => row.mnemonic)).toEqual([]);
  });

  it("name special purpose registers with distinct numbers", () => {
    expect(new Set(SPRS.map((spr) => spr.number)).size).toBe(SPRS.length);
    expect(new Set(SPRS.map((spr) => spr.name)).size).toBe(SPRS.length);
  });
});
