/** Instructions for which there are no records of the RTL, on the engine: nux-core sections 1, 2.2 and 2.3. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/core/bus.ts";
import { Ppu, type RegisterName } from "../../src/core/ppu.ts";
import { assemble } from "./assemble.ts";
import { GoldenBus } from "./golden.ts";

const CODE = 0x40;
/** Bits of MSR that exist: CE, EE, ME, DE, IS, DS. */
const MSR_BITS = 0x00020000 | 0x8000 | 0x1000 | 0x200 | 0x20 | 0x10;

function boot(lines: readonly string[]): { ppu: Ppu; findings: Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const ppu = new Ppu({ name: "rare", bus: new GoldenBus(), onDiagnostic: (found) => findings.push(found) });
  assemble(lines, CODE).forEach((word, n) => {
    ppu.writeSramWord(CODE + 4 * n, word);
  });
  ppu.pc = CODE;
  return { ppu, findings };
}

const RETURNS: readonly [mnemonic: string, pc: RegisterName, msr: RegisterName][] = [
  ["rfi", "srr0", "srr1"],
  ["rfci", "csrr0", "csrr1"],
  ["rfmci", "mcsrr0", "mcsrr1"],
];

describe("returns from interrupts", () => {
  it.each(RETURNS)("%s goes to %s and takes the bits that exist from %s", (mnemonic, target, saved) => {
    fc.assert(
      fc.property(fc.integer({ min: 0x80, max: 0x3ffb }), fc.integer(), (address, value) => {
        const { ppu } = boot([mnemonic]);
        for (const [, pc, msr] of RETURNS) {
          ppu.setRegister(pc, 0x1234);
          ppu.setRegister(msr, 0);
        }
        ppu.setRegister(target, address);
        ppu.setRegister(saved, value);
        ppu.step();
        expect([ppu.pc, ppu.register("msr")]).toEqual([address & ~3, value & MSR_BITS]);
      }),
    );
  });
});

describe("the device-control bus, which this core does not have", () => {
  it("ecowx does nothing (T9), but is told of", () => {
    const { ppu, findings } = boot(["ecowx 9,0,10"]);
    ppu.setGpr(9, 0x5566_7788);
    ppu.setGpr(10, 0x100);
    const before = ppu.readSram(0, 0x4000);
    ppu.step();
    expect(ppu.readSram(0, 0x4000)).toEqual(before);
    expect([ppu.pc, ppu.gpr(9), ppu.gpr(10)]).toEqual([CODE + 4, 0x5566_7788, 0x100]);
    expect(findings.map(({ kind, pc, message }) => [kind, pc, message])).toEqual([
      ["device-bus", CODE, expect.stringContaining("0x00000100")],
    ]);
  });

  it("eciwx, at which the RTL hangs, reads 0 at (RA|0) + RB and is told of", () => {
    const { ppu, findings } = boot(["eciwx 9,8,10"]);
    ppu.setGpr(8, 0x200);
    ppu.setGpr(9, -1);
    ppu.setGpr(10, 0x34);
    ppu.step();
    expect([ppu.pc, ppu.gpr(9)]).toEqual([CODE + 4, 0]);
    expect(findings.map(({ kind, message }) => [kind, message])).toEqual([
      ["device-bus", expect.stringContaining("0x00000234")],
    ]);
  });
});
