import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import { libraryDirectory } from "../../../src/toolchain/frontend/index.ts";

const read = (name: string): string => readFileSync(join(libraryDirectory(), name), "utf8");

/** Declarations of ppu/intrinsics by module and name. */
function declarations(): Map<string, { parameters: string[]; result: string }> {
  const found = new Map<string, { parameters: string[]; result: string }>();
  const pattern = /@external\("(\w+)", "(\w+)"\)\s*export declare function (\w+)\(([^)]*)\): (\w+);/g;
  for (const [, module, base, name, parameters, result] of read("intrinsics.ts").matchAll(pattern)) {
    expect(name).toBe(base);
    const list = parameters.split(/,\s*/).filter(Boolean);
    found.set(`${module}.${name}`, { parameters: list.map((text) => text.split(": ")[1]), result });
  }
  return found;
}

describe("ppu/intrinsics", () => {
  const declared = declarations();

  it.each(FXV_INSTRUCTIONS.map((row) => [row.mnemonic, row] as const))(
    "declares %s as its row says",
    (mnemonic, row) => {
      const plain = declared.get(`fxv.${mnemonic}`) ?? expect.fail("is missing");
      const inputs = row.operands.filter(
        ({ field, access }) =>
          access !== "write" &&
          !(field === "COND" && (row.vector?.conditional || row.vector?.unit.endsWith("LS"))),
      );
      expect(plain.parameters).toHaveLength(inputs.length);
      const writesVector = row.operands.some(({ field, access }) => field === "VRT" && access === "write");
      expect(plain.result !== "void").toBe(writesVector);
      const predicated = declared.get(`fxv.${mnemonic}_if`);
      if (row.vector?.conditional) {
        expect(predicated?.parameters).toEqual([
          ...(writesVector ? [plain.result] : []),
          ...plain.parameters,
          "i32",
        ]);
        expect(predicated?.result).toBe(plain.result);
      }
      if (row.vector?.unit === "MADD") {
        const type = row.vector.width === "byte" ? "Bytes" : "Halves";
        expect(new Set([...plain.parameters, plain.result])).toEqual(
          new Set([type, writesVector ? type : "void"]),
        );
      }
    },
  );

  it("declares nothing that is not an instruction", () => {
    const known = new Set(FXV_INSTRUCTIONS.flatMap(({ mnemonic }) => [mnemonic, `${mnemonic}_if`]));
    for (const key of declared.keys()) {
      const [module, name] = key.split(".");
      if (module === "fxv") expect(["bytes", "halves", ...known]).toContain(name);
    }
    expect([...declared.keys()].filter((key) => key.startsWith("ppu.")).sort()).toEqual(
      [
        ...["mfspr", "mtspr", "mfmsr", "mtmsr", "sync", "wait", "trap", "exit"],
        ...["load8", "load16", "load32", "store8", "store16", "store32"],
      ]
        .map((name) => `ppu.${name}`)
        .sort(),
    );
  });
});

describe("ppu/vector", () => {
  it("uses every lane instruction in a method or operator", () => {
    const text = read("vector.ts").replace(/import \{[^}]*\}/, "");
    for (const { mnemonic, vector } of FXV_INSTRUCTIONS) {
      expect(text).toContain(`${mnemonic}(`);
      if (vector?.conditional) expect(text).toContain(`${mnemonic}_if(`);
    }
  });

  it("has all its methods in the declarations for editors", () => {
    const declared = readFileSync(join(libraryDirectory(), "..", "vector-methods.d.ts"), "utf8");
    const methods = [...read("vector.ts").matchAll(/@inline\s+(\w+)\(\s*this: /g)].map(([, name]) => name);
    expect(methods.length).toBeGreaterThan(40);
    for (const name of methods) expect(declared).toMatch(new RegExp(`^  ${name}(<T>)?\\(this: `, "m"));
  });
});
