/** Moves of special registers that are operations of their own in the engine, against the general ones. */
import { describe, expect, it } from "vitest";
import { encode, findMnemonic } from "../../isa/encode.ts";
import { operationOf, VARIANTS } from "../../src/core/engine/variants.ts";
import { Ppu } from "../../src/core/ppu.ts";
import { assemble } from "./assemble.ts";
import { GoldenBus } from "./golden.ts";

interface Issue {
  readonly cycle: number;
  readonly pc: number;
}

function run(lines: readonly string[]): { ppu: Ppu; issues: Issue[] } {
  const ppu = new Ppu({ name: "test", bus: new GoldenBus() });
  assemble([...lines, "wait"]).forEach((word, index) => {
    ppu.writeSramWord(4 * index, word);
  });
  const issues: Issue[] = [];
  ppu.observer = { retire: (cycle, pc) => void issues.push({ cycle, pc }) };
  expect(ppu.run(1000)).toBe("sleep");
  return { ppu, issues };
}

describe("mfspr of TBL", () => {
  it("reads the time base one cycle after issue, as the host sees it", () => {
    const { ppu, issues } = run(["mfspr 3,284", "addi 5,0,1", "mfspr 4,284"]);
    expect(ppu.gpr(3)).toBe(issues[0].cycle + 1);
    expect(ppu.gpr(4)).toBe(issues[2].cycle + 1);
    expect(ppu.timeBase).toEqual({ high: 0, low: ppu.cycle });
  });

  it("wraps and carries into TBU, which is read the general way", () => {
    const { ppu, issues } = run(["addi 3,0,-6", "mtspr 284,3", "mfspr 4,284", "mfspr 5,284", "mfspr 6,285"]);
    // mtspr takes effect 3 cycles after issue; the first reading waits for the register.
    const written = issues[1].cycle + 3;
    expect(issues[2].cycle).toBe(issues[1].cycle + 2);
    expect(ppu.gpr(4)).toBe(-6 + Math.max(0, issues[2].cycle + 1 - written));
    expect(ppu.gpr(5)).toBe(-6 + issues[3].cycle + 1 - written);
    expect(ppu.gpr(6)).toBe(issues[4].cycle + 1 - written >= 6 ? 1 : 0);
    const later = run(["addi 3,0,-2", "mtspr 284,3", "sync", "sync", "mfspr 4,284", "mfspr 5,285"]);
    expect(later.ppu.gpr(4)).toBe(later.issues[4].cycle + 1 - (later.issues[1].cycle + 3) - 2);
    expect(later.ppu.gpr(5)).toBe(1);
  });
});

describe("moves of LR and CTR", () => {
  it.each([8, 9])("SPR %i: values, and two cycles from the write to the read", (spr) => {
    const { ppu, issues } = run(["addi 3,0,1234", `mtspr ${spr},3`, `mfspr 4,${spr}`]);
    expect(ppu.gpr(4)).toBe(1234);
    expect(issues[2].cycle - issues[1].cycle).toBe(2);
    expect(ppu.spr(spr)).toBe(1234);
  });

  it("a branch waits for the register that mtspr wrote", () => {
    const { issues } = run(["addi 3,0,16", "mtspr 9,3", "bctr", "wait", "addi 4,0,1"]);
    expect(issues.map(({ pc }) => pc)).toEqual([0, 4, 8, 16, 20]);
    expect(issues[2].cycle - issues[1].cycle).toBe(2);
  });

  it("only the numbers with an operation of their own use it", () => {
    const operationFor = (mnemonic: string, number: number) => {
      const { row } = findMnemonic(mnemonic)!;
      const register = mnemonic === "mfspr" ? { RT: 3 } : { RS: 3 };
      return operationOf(encode(row, { ...register, SPR: number }), () => false);
    };
    for (const mnemonic of ["mfspr", "mtspr"]) {
      const general = operationFor(mnemonic, 26);
      expect(operationFor(mnemonic, 1)).toBe(general);
      expect(operationFor(mnemonic, 8)).not.toBe(general);
      expect(operationFor(mnemonic, 9)).not.toBe(operationFor(mnemonic, 8));
    }
    expect(operationFor("mfspr", 284)).not.toBe(operationFor("mfspr", 26));
    expect(operationFor("mtspr", 284)).toBe(operationFor("mtspr", 26));
    const special = VARIANTS.filter(({ bindings }) => bindings.SPR !== undefined);
    expect(special.map(({ row, bindings }) => `${row.mnemonic} ${bindings.SPR}`).sort()).toEqual([
      "mfspr 284",
      "mfspr 8",
      "mfspr 9",
      "mtspr 8",
      "mtspr 9",
    ]);
  });
});
