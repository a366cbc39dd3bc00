import { createHash } from "node:crypto";
import { serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Chip, ChipError, type ChipSnapshot } from "../../src/chip/chip.ts";
import { INTERLEAVE_CYCLES } from "../../src/chip/latency.ts";
import { chipWith, program } from "./program.ts";

const sram = (chip: Chip, ppu: "top" | "bottom", address: number) => chip.ppus[ppu].readSramWord(address);

/** Digests of what can be seen of a chip, without the scheduler's own bookkeeping. */
function visible(chip: Chip) {
  const { ppus, scheduler, ...rest } = chip.snapshot();
  const digest = (data: unknown) => createHash("sha1").update(serialize(data)).digest("hex");
  return { chip: digest(rest), top: digest(ppus[0]), bottom: digest(ppus[1]), time: scheduler.time };
}

// Each side counts rounds, writes its round into the other's SRAM at 0x100 and waits for the other's round (chip.md 7).
const BARRIER = (other: number) => `
      lis   r10, ${other}        ; 0x8a00 or 0x8e00
      li    r3, 0                ; round
      li    r6, 0
      li    r9, 50
      mtctr r9
round:
      addi  r3, r3, 1
      stw   r3, 0x100(r10)
wait: lwz   r4, 0x100(0)
      addi  r6, r6, 1            ; polls
      cmpw  r4, r3
      blt   wait
      mulli r5, r6, 17           ; uneven work
      bdnz  round
      stw   r6, 0x104(0)
sleep: wait
      b     sleep
`;

function barrierChip(): Chip {
  const chip = new Chip({ ideal: true });
  chip.load([{ space: "sram", offset: 0, bytes: program(BARRIER(0x8e00)) }], "top");
  chip.load([{ space: "sram", offset: 0, bytes: program(BARRIER(0x8a00)) }], "bottom");
  chip.reset("both");
  return chip;
}

describe("two PPUs", () => {
  it("meet at barriers through each other's SRAM", () => {
    const chip = barrierChip();
    const result = chip.run({ maxCycles: 100_000 });
    expect(result.reason).toBe("finished");
    expect([chip.ppus.top.gpr(3), chip.ppus.bottom.gpr(3)]).toEqual([50, 50]);
    expect(sram(chip, "top", 0x100)).toBe(50);
    expect(chip.diagnostics).toEqual([]);
  });

  it("run the same however the run is sliced", () => {
    const whole = barrierChip();
    whole.run({ maxCycles: 2000 });
    const expected = visible(whole);
    for (const slice of [1, 20]) {
      const sliced = barrierChip();
      for (let left = 2000; left > 0; left -= slice) sliced.run({ maxCycles: slice });
      expect(visible(sliced)).toEqual(expected);
    }
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 1999 }), { maxLength: 30 });
    fc.assert(
      fc.property(cuts, (list) => {
        const sliced = barrierChip();
        let at = 0;
        for (const cut of [...list.sort((a, b) => a - b), 2000]) {
          sliced.run({ maxCycles: cut - at });
          at = cut;
        }
        expect(visible(sliced)).toEqual(expected);
      }),
      { numRuns: 15, seed: 7 },
    );
  });

  it("continue a snapshot bit-identically, also in another chip and through structuredClone", () => {
    const chip = barrierChip();
    chip.run({ maxCycles: 777 });
    const snapshot: ChipSnapshot = structuredClone(chip.snapshot());
    chip.run({ maxCycles: 1500 });
    const after = visible(chip);
    chip.restore(snapshot);
    chip.run({ maxCycles: 1500 });
    expect(visible(chip)).toEqual(after);
    const other = new Chip({ ideal: true });
    other.restore(snapshot);
    other.run({ maxCycles: 1500 });
    expect(visible(other)).toEqual(after);
  });

  it("refuses a snapshot of other seeds", () => {
    const snapshot = new Chip({ chipSeed: 3, ideal: true }).snapshot();
    expect(() => new Chip({ chipSeed: 4, ideal: true }).restore(snapshot)).toThrow(ChipError);
    expect(() => new Chip({ chipSeed: 4, ideal: true }).restore(snapshot)).toThrow(/chip seed 3/);
  });
});

const SLEEP = `
sleep: wait
      b sleep
`;

describe("run", () => {
  it("finishes when all released PPUs sleep for good, at the sleep output's cycle", () => {
    const chip = chipWith(`li r3, 5\n${SLEEP}`);
    expect(chip.run()).toEqual({ reason: "finished", cycle: INTERLEAVE_CYCLES });
    expect(chip.ppus.top.gpr(3)).toBe(5);
    expect(chip.ppus.top.sleepCycle).toBeGreaterThan(3);
    expect(chip.registers.read("ppuStatus", { hemisphere: "top" }).sleep).toBe(1);
    expect(chip.registers.read("ppuStatus", { hemisphere: "bottom" }).sleep).toBe(0);
  });

  it("tells that no PPU is released", () => {
    expect(new Chip({ ideal: true }).run({ maxCycles: 10 }).reason).toBe("held");
  });

  it("steps a PPU that sleeps for good no further, while the other one goes on", () => {
    const chip = new Chip({ ideal: true });
    chip.load([{ space: "sram", offset: 0, bytes: program(SLEEP) }], "top");
    chip.load([{ space: "sram", offset: 0, bytes: program("loop: b loop") }], "bottom");
    chip.reset("both");
    chip.run({ maxCycles: 100 });
    expect(chip.step("top")).toEqual({ reason: "asleep", cycle: 100 });
    expect(chip.step("bottom").reason).toBe("goal");
  });

  it("stops at the limit, rounded up to a window", () => {
    const chip = chipWith("loop: b loop");
    expect(chip.run({ maxCycles: 1001 })).toMatchObject({ reason: "cycles", cycle: 1020 });
    expect(chip.run({ maxCycles: 1 })).toMatchObject({ reason: "cycles", cycle: 1020 });
    expect(() => chip.run({ maxCycles: Number.NaN })).toThrow(ChipError);
  });

  it("asks `until` at window boundaries", () => {
    const chip = chipWith("loop: addi r3, r3, 1\nb loop");
    expect(chip.run({ until: (at) => at.ppus.top.gpr(3) > 100 }).reason).toBe("until");
    expect(chip.ppus.top.gpr(3)).toBeLessThan(100 + INTERLEAVE_CYCLES);
  });

  it("stops at a breakpoint and goes on behind it", () => {
    const chip = chipWith(`li r3, 1\nli r3, 2\nli r3, 3\n${SLEEP}`, "both");
    chip.ppus.bottom.breakpoints.add(8);
    expect(chip.run()).toMatchObject({ reason: "breakpoint", ppu: "bottom", pc: 8 });
    expect(chip.ppus.bottom.gpr(3)).toBe(2);
    expect(chip.run().reason).toBe("finished");
    expect(chip.ppus.bottom.gpr(3)).toBe(3);
  });

  it("fast-forwards to a timer and sees that a doorbell can still come", () => {
    const chip = chipWith(`
      lis   r4, 0x10       ; decrementer 2^20
      mtspr 22, r4
      lis   r5, 0x0400     ; TCR.DIE
      mtspr 340, r5
      wait
      li    r6, 1
      lis   r5, 0
      mtspr 340, r5
      li    r5, 0
      ori   r5, r5, 0x8000
      mtmsr r5
      ${SLEEP}`);
    expect(chip.run().reason).toBe("asleep");
    expect(chip.ppus.top.gpr(6)).toBe(1);
    expect(chip.cycle).toBeGreaterThan(2 ** 20);
    expect(chip.cycle).toBeLessThan(2 ** 20 + 100);
  });

  it("lets time pass to a finite limit while only the host can wake a PPU", () => {
    const chip = chipWith(`b start
      ${"nop\n".repeat(8)}
      b handler            ; 0x24 doorbell
start: li r5, 0
      ori r5, r5, 0x8000
      mtmsr r5
      ${SLEEP}
handler: addi r7, r7, 1
      mfspr r8, 284
      li r5, 0
      mtspr 27, r5         ; return with EE = 0
      rfi`);
    expect(chip.run({ maxCycles: 1000 })).toMatchObject({ reason: "asleep", cycle: 1000 });
    chip.ringDoorbell("top");
    expect(chip.run({ maxCycles: 1000 }).reason).toBe("finished");
    expect(chip.ppus.top.gpr(7)).toBe(1);
    expect(chip.ppus.top.gpr(8)).toBeGreaterThanOrEqual(1000);
    expect(chip.ppus.top.gpr(8)).toBeLessThan(1030);
  });

  it("takes an external input interrupt from a pin, late in a sleep", () => {
    const chip = chipWith(`b start
      ${"nop\n".repeat(4)}
      b handler            ; 0x14 external input
start: li r5, 0x200        ; pin 1 enabled, rising edge
      mtspr 68, r5
      li r5, 0
      ori r5, r5, 0x8000
      mtmsr r5
      ${SLEEP}
handler: mfspr r7, 65
      mfspr r8, 284
      li r5, 0
      mtspr 27, r5
      rfi`);
    expect(chip.run({ maxCycles: 5000 }).reason).toBe("asleep");
    chip.setPins("top", 0b0010);
    expect(chip.run({ maxCycles: 1000 }).reason).toBe("finished");
    expect(chip.ppus.top.gpr(7)).toBe(2);
    expect(chip.ppus.top.gpr(8)).toBeGreaterThanOrEqual(5000);
    expect(chip.ppus.top.gpr(8)).toBeLessThan(5030);
  });

  it("ends in strict mode at an access to nothing, and only reports it otherwise", () => {
    const text = `lis r4, 0x6000\nlwz r3, 0xc(r4)\nlwz r3, 0xc(r4)\nli r5, 1\n${SLEEP}`;
    const strict = chipWith(text, "top", { strict: true });
    expect(strict.run()).toMatchObject({ reason: "strict", ppu: "top" });
    expect(strict.diagnostics).toMatchObject([{ kind: "unmapped", ppu: "top", pc: 4, count: 1 }]);
    const lax = chipWith(`li r9, 3\nmtctr r9\nloop: lis r4, 0x6000\nlwz r3, 0xc(r4)\nbdnz loop\n${SLEEP}`);
    expect(lax.run().reason).toBe("finished");
    expect(lax.diagnostics).toMatchObject([{ kind: "unmapped", pc: 12, count: 3 }]);
    expect(lax.diagnostics[0].message).toMatch(/0x6000000c.*read as 0/);
  });
});

describe("control registers", () => {
  // Top loads a program into bottom's SRAM, starts it, waits for its flag and puts it back into reset.
  const START_OTHER = `
      lis   r10, 0x8e00      ; bottom SRAM
      lis   r11, 0x8e80      ; bottom control
      li    r3, ${0x39400007}
      lis   r3, 0x3940       ; addi r10, 0, 7
      ori   r3, r3, 7
      stw   r3, 0(r10)
      lis   r3, 0x9140       ; stw r10, 0x200(0)
      ori   r3, r3, 0x200
      rlwinm r3, r3, 0, 16, 10
      stw   r3, 4(r10)
      lis   r3, 0x4bff       ; b 4 back
      ori   r3, r3, 0xfffc
      stw   r3, 8(r10)
      li    r4, 1
      stw   r4, 0(r11)
poll: lwz   r5, 0x200(r10)
      cmpwi r5, 7
      bne   poll
      lwz   r6, 4(r11)
      li    r4, 0
      stw   r4, 0(r11)
      lwz   r7, 0(r11)
      ${SLEEP}`;

  it("let one PPU load, start and stop the other", () => {
    const run = (slice: number) => {
      const chip = new Chip({ ideal: true });
      chip.load(
        [{ space: "sram", offset: 0, bytes: program(START_OTHER.replace(/li {4}r3, \d+\n/, "\n")) }],
        "top",
      );
      chip.reset("top");
      for (let total = 0; total < 3000; total += slice) chip.run({ maxCycles: slice });
      return chip;
    };
    const chip = run(3000);
    expect(chip.ppus.top.gpr(5)).toBe(7);
    expect(chip.ppus.top.gpr(6)).toBe(0);
    expect(chip.ppus.top.gpr(7)).toBe(0);
    expect(chip.isReleased("bottom")).toBe(false);
    expect(chip.diagnostics).toEqual([]);
    for (const slice of [1, 30, 500])
      expect(visible(run(slice))).toMatchObject({ bottom: visible(chip).bottom });
  });

  it("ring the doorbell by the emulator's own bit 31", () => {
    const chip = new Chip({ ideal: true });
    const handler = program(`b start
      ${"nop\n".repeat(8)}
      b handler
start: li r5, 0
      ori r5, r5, 0x8000
      mtmsr r5
      ${SLEEP}
handler: addi r7, r7, 1
      li r5, 0
      mtspr 27, r5
      rfi`);
    const ringer = program(`li r9, 100
      mtctr r9
delay: bdnz delay
      lis r11, 0x8e80
      lis r4, 0x8000
      ori r4, r4, 1
      stw r4, 0(r11)
      lwz r5, 0(r11)
      ${SLEEP}`);
    chip.load([{ space: "sram", offset: 0, bytes: ringer }], "top");
    chip.load([{ space: "sram", offset: 0, bytes: handler }], "bottom");
    chip.reset();
    expect(chip.run().reason).toBe("finished");
    expect(chip.ppus.bottom.gpr(7)).toBe(1);
    expect(chip.ppus.top.gpr(5)).toBe(1);
  });
});

describe("programs outside the SRAM", () => {
  it("run from external memory, also code that the other PPU wrote", () => {
    const chip = chipWith("lis r4, 0x8000\nmtctr r4\nbctr");
    chip.load([{ space: "external", offset: 0, bytes: program(`li r3, 21\nadd r3, r3, r3\n${SLEEP}`) }]);
    expect(chip.run().reason).toBe("finished");
    expect(chip.ppus.top.gpr(3)).toBe(42);
    expect(chip.ppus.top.pc >>> 0).toBe(0x80000008);
  });
});

describe("mailbox and return code", () => {
  it("lie where the firmware convention says", () => {
    const chip = new Chip({ ideal: true });
    chip.load([
      { space: "sram", offset: 0x3000, bytes: new TextEncoder().encode("hello\nworld\0junk") },
      { space: "sram", offset: 0x2ffc, bytes: Uint8Array.of(0xff, 0xff, 0xff, 0xfe) },
    ]);
    expect(chip.mailbox("bottom")).toBe("hello\nworld");
    expect(chip.returnCode("top")).toBe(-2);
  });
});

/** Records events instead of summing their charge. */
function eventsOf(chip: Chip, name: "top" | "bottom"): number[][] {
  const events: number[][] = [];
  chip.hemispheres[name].event = (bus, row, address, cycle) => events.push([bus, row, address, cycle]);
  return events;
}

describe("events", () => {
  it("leave the PADI trigger as bus mask, row select and address", () => {
    const chip = chipWith(`
      lis r4, 0x8044          ; 0x80000000 + 4 * 0x00110000
      lis r3, ${(17 << 6) | 33}
      ori r3, r3, 5
      stw r3, 0(r4)
      ${SLEEP}`);
    const events = eventsOf(chip, "top");
    expect(chip.run().reason).toBe("finished");
    expect(events.map((event) => event.slice(0, 3))).toEqual([[5, 17, 33]]);
    expect(events[0][3]).toBeGreaterThanOrEqual(6);
  });

  it("from the FPGA pass the crossbar to the hemisphere in label bit 13", () => {
    const chip = new Chip({ ideal: true });
    const [top, bottom] = [eventsOf(chip, "top"), eventsOf(chip, "bottom")];
    chip.sendEvent((2 << 14) | (9 << 6) | 31);
    chip.sendEvent((3 << 14) | (1 << 13) | (30 << 6) | 1);
    expect(top).toEqual([[4, 9, 31, 0]]);
    expect(bottom).toEqual([[8, 30, 1, 0]]);
  });
});

describe("FPGA vector generator", () => {
  // Two values, resent once, 3 FPGA cycles apart; done flag at SRAM word 0x100.
  const text = `
      lis r10, 0x5000
      lis r3, 0x0006         ; wait of source 0: 3 << 17
      ori r3, r3, 0x0118     ; ignore zeros, resend 1, enable notification
      stw r3, 0(r10)
      lis r3, 0x0280         ; word address of SRAM byte 0x100
      ori r3, r3, 0x40
      stw r3, 4(r10)
      li  r3, 5              ; table of label bits 15..5: channel 0, row select 2, address bit
      stw r3, 0x400(r10)
      lis r3, 0
      ori r3, r3, 0x206      ; channel 1, row select 3
      stw r3, 0x404(r10)
      stw r3, 0x408(r10)
      lis r3, 0x0700         ; 7, 0, 31 with the last flag
      ori r3, r3, 0x9f00
      stw r3, 0x800(r10)
      stw r3, 8(r10)
wait: lwz r4, 0x100(0)
      cmpwi r4, 0
      beq wait
      mfspr r5, 284
      ${SLEEP}`;

  it("is off by default: the DRAM is there", () => {
    const chip = chipWith(`lis r10, 0x5000\nli r3, 6\nstw r3, 8(r10)\nlwz r4, 8(r10)\n${SLEEP}`);
    chip.run({ maxCycles: 10_000 });
    expect(chip.ppus.top.gpr(4)).toBe(6);
  });

  it("sends a vector as events in time and notifies", () => {
    const run = (slice: number) => {
      const chip = chipWith(text, "top", { vectorGenerators: true });
      const events = eventsOf(chip, "top");
      for (let total = 0; total < 10_000; total += slice) chip.run({ maxCycles: slice });
      return { chip, events };
    };
    const { chip, events } = run(10_000);
    expect(events.map((event) => event.slice(0, 3))).toEqual([
      [1, 2, 32 + 25],
      [2, 3, 1],
      [1, 2, 32 + 25],
      [2, 3, 1],
    ]);
    const times = events.map((event) => event[3] - events[0][3]);
    expect(times).toEqual([0, 6, 12, 18]);
    expect(chip.ppus.top.readSramWord(0x100)).toBe(1);
    expect(chip.ppus.top.gpr(5)).toBeGreaterThanOrEqual(events[3][3]);
    expect(chip.diagnostics).toEqual([]);
    expect(run(30).events).toEqual(events);
    expect(visible(run(30).chip)).toEqual(visible(chip));
  });
});

describe("configuration", () => {
  it("matrix: registers and analog core agree with a calibrated chip", () => {
    const chip = new Chip({ ideal: true });
    const { driverConfig } = chip.hemispheres.top;
    const before = new Chip({ ideal: true }).hemispheres.top.driverConfig(5);
    expect(driverConfig.call(chip.hemispheres.top, 5)).toEqual(before);
    expect(chip.registers.read("synapseDriver", { hemisphere: "top", driver: 5 })).toMatchObject({
      ...{ enReceiver: 1, rowAddressCompareMask: 31, enHagenDac: 1, enHagenModulation: 1, enStp: 1 },
      ...{ enAddressOut: 0, enExcTop: 1, enInhBottom: 1, enExcBottom: 0, enInhTop: 0 },
      hagenDacOffset: before.hagenDacOffset,
    });
  });

  it("sramFill: zeros, or bytes of the chip seed", () => {
    const bytes = (chip: Chip) => chip.ppus.top.readSram(0, 0x4000);
    expect(bytes(new Chip({ ideal: true })).every((byte) => byte === 0)).toBe(true);
    const random = (chipSeed: number) => bytes(new Chip({ ideal: true, chipSeed, sramFill: "random" }));
    expect(random(1)).toEqual(random(1));
    expect(random(1)).not.toEqual(random(2));
    expect(new Set(random(0)).size).toBe(256);
  });

  it("power-on: drivers off, CADC off", () => {
    const chip = new Chip({ ideal: true, configuration: "power-on" });
    expect(chip.hemispheres.bottom.driverConfig(127).enReceiver).toBe(false);
    expect(chip.hemispheres.bottom.cadcEnabled).toBe(false);
  });
});
