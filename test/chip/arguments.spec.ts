/** Mistakes of the host: errors of one line that say what is wrong. */
import { describe, expect, it } from "vitest";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { Chip, ChipError, type ChipOptions } from "../../src/chip/chip.ts";

/** The error that a call throws; its message must be one line. */
function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).not.toContain("\n");
    return error as Error;
  }
  throw new Error("no error");
}

describe("a chip", () => {
  it("refuses unknown options and PPUs", () => {
    const chip = new Chip({ ideal: true });
    for (const [call, message] of [
      [() => new Chip({ seed: 3 } as ChipOptions), /no option "seed"; use chipSeed, /],
      [() => chip.mailbox("left" as "top"), /no PPU "left"; use top or bottom/],
      [() => chip.returnCode("both" as "top"), /no PPU "both"; use top or bottom/],
      [() => chip.isReleased("left" as "top"), /no PPU "left"/],
      [() => chip.reset("left" as "top"), /no PPU "left"; use top, bottom or both/],
    ] as const) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(ChipError);
      expect(error.message).toMatch(message);
    }
  });

  it("refuses a snapshot of other analog parameters, timing or format", () => {
    const snapshot = structuredClone(new Chip({ ideal: true }).snapshot());
    const gain = { ...analogParameters("ideal"), gain: 0.5 };
    for (const [options, message] of [
      [{}, /analog parameter \w+ = 0, this one has /],
      [
        { analogParameters: gain },
        /analog parameter gain = 0.0018, this one has 0.5; make the chip with the same/,
      ],
      [{ ideal: true, timing: "rtl" }, /timing parameter name = chip, this one has rtl/],
      [
        { ideal: true, timing: "chip,vector=7" },
        /timing parameter vectorLatency = undefined, this one has 7/,
      ],
    ] as const) {
      const error = errorOf(() => new Chip(options).restore(snapshot));
      expect(error).toBeInstanceOf(ChipError);
      expect(error.message).toMatch(message);
    }
    const old = { ...snapshot, format: "ppu-emu chip 1" } as unknown as typeof snapshot;
    expect(errorOf(() => new Chip({ ideal: true }).restore(old)).message).toMatch(/not a snapshot/);
    new Chip({ analogParameters: analogParameters("ideal"), timing: "chip" }).restore(snapshot);
  });
});

describe("a PPU", () => {
  const { top } = new Chip({ ideal: true }).ppus;

  it.each([-1, 32, 1.5, Number.NaN])("refuses register %s", (register) => {
    for (const call of [
      () => top.gpr(register),
      () => top.setGpr(register, 1),
      () => top.vector(register),
      () => top.setVector(register, new Uint8Array(128)),
    ]) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(/^there is no (general purpose|vector) register .*; use 0\.\.31$/);
    }
  });

  it("refuses vectors of another length, unknown names and broken SRAM addresses", () => {
    for (const [call, message] of [
      [() => top.setVector(3, [1, 2]), /128 byte lanes, not 2/],
      [() => top.register("foo" as "cr"), /no register "foo"; use pc, cr, /],
      [() => top.register("sleeping" as "cr"), /no register "sleeping"/],
      [() => top.setRegister("r3" as "cr", 1), /no register "r3"/],
      [() => top.readSram(Number.NaN, 4), /SRAM access/],
      [() => top.readSram(4, -1), /SRAM access/],
    ] as const) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(message);
    }
    top.setVector(
      31,
      Uint8Array.from({ length: 128 }, (_, lane) => lane),
    );
    expect([top.vector(31)[0], top.vector(31)[127]]).toEqual([0, 127]);
  });
});
