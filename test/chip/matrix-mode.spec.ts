import { describe, expect, it } from "vitest";
import { Chip, type PpuName } from "../../src/chip/chip.ts";
import { program } from "./program.ts";

const SLEEP = "sleep: wait\nb sleep";

/** Vectors of 128 equal bytes for `fxvlax`, from SRAM address 0x1000 on. */
const constants = (...values: number[]) => ({
  space: "sram" as const,
  offset: 0x1000,
  bytes: Uint8Array.from({ length: 128 * values.length }, (_, at) => values[at >> 7]),
});

// Weight 0, then 32, in row 0 by the vector port; which synapse array on the omnibus follows? (chip.md section 7)
const LOCATION = `
      li    r4, 0x1000
      fxvlax 1, 0, 4          ; zeros
      li    r4, 0x1080
      fxvlax 2, 0, 4          ; 32
      li    r5, 0
      lis   r10, 0x8b00       ; synapse array top
      lis   r11, 0x8f00       ; bottom
      fxvoutx 1, 0, 5
      sync
      lwz   r6, 0(r10)
      lwz   r7, 0(r11)
      fxvoutx 2, 0, 5
      sync
      lwz   r8, 0(r10)
      lwz   r9, 0(r11)
      xor   r6, r6, r8        ; what changed at the top
      xor   r7, r7, r9        ; what changed at the bottom
      ${SLEEP}`;

describe("location detection", () => {
  it("tells each PPU its hemisphere", () => {
    const chip = new Chip({ ideal: true });
    chip.load([{ space: "sram", offset: 0, bytes: program(LOCATION) }, constants(0, 32)]);
    for (const [ppu, top, bottom] of [
      ["top", 0x20202020, 0],
      ["bottom", 0, 0x20202020],
    ] as const) {
      chip.reset(ppu);
      expect(chip.run({ maxCycles: 10_000 }).reason).toBe("finished");
      expect([chip.ppus[ppu].gpr(6), chip.ppus[ppu].gpr(7)]).toEqual([top, bottom]);
      chip.hold(ppu);
    }
    expect(chip.diagnostics).toEqual([]);
  });
});

const padiTrigger = { top: 0x8044, bottom: 0x8046 };

/** Switch rows on, neuron reset, wait, one event per active input, wait, CADC read of all columns to 0x1200. */
function multiply(ppu: PpuName, inputs: readonly number[], sends: number): string {
  const events = inputs.flatMap((x, i) => {
    if (x === 0) return [];
    const word = ((i >> 2) << 22) | ((32 - x) << 16) | (1 << (i % 4));
    return [`lis r6, ${word >>> 16}`, `ori r6, r6, ${word & 0xffff}`, "stw r6, 0(r10)"];
  });
  const delay = (cycles: number, label: string) =>
    `li r9, ${Math.ceil(cycles / 2)}\nmtctr r9\n${label}: nop\nbdnz ${label}`;
  return `
      lis   r10, ${padiTrigger[ppu]}
      li    r4, 0x1000
      fxvlax 1, 0, 4            ; 0x20: neuron readout to the causal CADC
      li    r5, 512
      fxvoutx 1, 0, 5
      li    r5, 513
      fxvoutx 1, 0, 5
      lis   r7, 0xc9
      ori   r7, r7, 0x200
      fxvoutx 1, 0, 7
      addi  r7, r7, 1
      fxvoutx 1, 0, 7
      sync
      ${delay(5000, "settle")}
      li    r8, ${sends}
again:
      ${events.join("\n")}
      addic. r8, r8, -1
      bne   again
      ${delay(500, "arrive")}
      lis   r7, 8
      fxvinx 3, 0, 7            ; causal, even: triggers
      lis   r7, 0x28
      fxvinx 4, 0, 7            ; buffered, odd columns share the conversion
      li    r4, 0x1200
      fxvstax 3, 0, 4
      li    r4, 0x1280
      addi  r7, r7, 1
      fxvinx 4, 0, 7
      fxvstax 4, 0, 4
      sync
      ${SLEEP}`;
}

/** CADC results by column. */
function results(chip: Chip, ppu: PpuName): number[] {
  const lanes = chip.ppus[ppu].readSram(0x1200, 256);
  return Array.from({ length: 256 }, (_, column) => lanes[(column % 2) * 128 + (column >> 1)]);
}

const weightOf = (input: number, column: number) => ((input * 37 + column * 11) % 127) - 63;
const INPUTS = Array.from({ length: 128 }, (_, i) => (i % 3 === 0 ? 0 : (i * 7) % 32));

function loadWeights(chip: Chip, ppu: PpuName): void {
  const hemisphere = chip.hemispheres[ppu];
  for (let input = 0; input < 128; input++) {
    for (let column = 0; column < 256; column++) {
      const weight = weightOf(input, column);
      hemisphere.setSynapse("weights", 2 * input + 1, column, Math.max(weight, 0));
      hemisphere.setSynapse("weights", 2 * input, column, Math.max(-weight, 0));
    }
  }
}

describe("matrix mode by a program", () => {
  it.each(["top", "bottom"] as const)("multiplies as the ideal formula says on the %s hemisphere", (ppu) => {
    const chip = new Chip({ ideal: true, strict: true });
    loadWeights(chip, ppu);
    chip.load([{ space: "sram", offset: 0, bytes: program(multiply(ppu, INPUTS, 2)) }, constants(0x20)], ppu);
    chip.reset(ppu);
    expect(chip.run({ maxCycles: 100_000 })).toMatchObject({ reason: "finished" });
    const expected = Array.from({ length: 256 }, (_, column) => {
      const sum = INPUTS.reduce((total, x, input) => total + x * weightOf(input, column), 0);
      return Math.min(Math.max(Math.floor(128 + 0.0018 * 2 * sum + 0.5), 0), 255);
    });
    const found = results(chip, ppu);
    // The leak (time constant 1 ms) takes at most 3 % of the signal (analog-core section 6).
    found.forEach((value, column) => {
      const signal = Math.abs(expected[column] - 128);
      expect(Math.abs(value - expected[column])).toBeLessThanOrEqual(1 + 0.04 * signal);
    });
    expect(new Set(found).size).toBeGreaterThan(20);
  });

  it("continues a snapshot taken between events to the same bytes and cycles", () => {
    const both = (resume: boolean) => {
      let chip = new Chip({ chipSeed: 2, noiseSeed: 3 });
      for (const ppu of ["top", "bottom"] as const) {
        loadWeights(chip, ppu);
        chip.load(
          [{ space: "sram", offset: 0, bytes: program(multiply(ppu, INPUTS, 3)) }, constants(0x20)],
          ppu,
        );
      }
      chip.reset();
      chip.run({ maxCycles: 5400 });
      expect(chip.ppus.top.sleeping).toBe(false);
      if (resume) {
        const snapshot = structuredClone(chip.snapshot());
        chip = new Chip({ chipSeed: 2, noiseSeed: 3 });
        chip.restore(snapshot);
      }
      expect(chip.run({ maxCycles: 100_000 }).reason).toBe("finished");
      const { top, bottom } = chip.ppus;
      return [results(chip, "top"), results(chip, "bottom"), top.sleepCycle, bottom.sleepCycle, chip.cycle];
    };
    expect(both(true)).toEqual(both(false));
  });

  it("repeats to the byte with the same seeds and differs with another noise seed", () => {
    const run = (noiseSeed: number) => {
      const chip = new Chip({ chipSeed: 5, noiseSeed });
      loadWeights(chip, "top");
      chip.load(
        [{ space: "sram", offset: 0, bytes: program(multiply("top", INPUTS, 1)) }, constants(0x20)],
        "top",
      );
      chip.reset("top");
      chip.run({ maxCycles: 100_000 });
      return results(chip, "top");
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});
