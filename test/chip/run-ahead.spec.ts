/** A PPU that runs ahead of the other one: whoever looks at it, and whatever happens to it, finds what lock step gives. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Chip, type ChipOptions } from "../../src/chip/chip.ts";
import type { TranslationMode } from "../../src/core/translation/mode.ts";
import { program } from "./program.ts";

const MODES = ["off", "auto", "always"] as const satisfies readonly TranslationMode[];
const OMNIBUS_OF_TOP_SRAM = 0x8a000000;

function chipOf(top: string, bottom: string, translation: TranslationMode, options: ChipOptions = {}): Chip {
  const chip = new Chip({ ideal: true, translation, ...options });
  chip.load([{ space: "sram", offset: 0, bytes: program(top) }], "top");
  chip.load([{ space: "sram", offset: 0, bytes: program(bottom) }], "bottom");
  chip.reset("both");
  return chip;
}

/** What a course on a chip shows has to be the same in all modes. */
function expectEqualCourses(course: (translation: TranslationMode) => unknown): void {
  const [stepping, ...others] = MODES.map(course);
  others.forEach((other, index) => {
    expect(other, MODES[index + 1]).toEqual(stepping);
  });
}

const seen = (chip: Chip) => ({
  cycle: chip.cycle,
  clock: chip.clock,
  ppus: (["top", "bottom"] as const).map((name) => ({
    pc: chip.ppus[name].pc,
    cycle: chip.ppuCycle(name),
    instructions: chip.instructions(name),
    state: createHash("sha1").update(chip.ppus[name].snapshot()).digest("hex"),
  })),
});

const SPIN = `
      lis   r8, 1
      mtctr r8
spin: addi  r3, r3, 1
      bdnz  spin
end:  b     end
`;
/** Waits for a word that the other PPU writes, and then does what is never translated. */
const WAITING = `
wait: lwz   r4, 0x200(0)
      cmpwi r4, 0
      mullw r3, r3, r3
      beq   wait
busy: mfmsr r6
      ${"addi  r3, r3, 1\n".repeat(7)}
      addi  r5, r5, 1
      b     busy
`;
const WRITING = (count: number) => `
      li    r8, ${count}
      mtctr r8
spin: addi  r3, r3, 1
      bdnz  spin
      lis   r10, 0x8a00
      stw   r8, 0x200(r10)
end:  addi  r3, r3, 1
      b     end
`;

describe("a PPU that runs ahead", () => {
  it("leaves nothing behind when it goes back", () => {
    for (const count of [150, 151, 152, 400]) {
      for (const maxCycles of [1500, 2000]) {
        expectEqualCourses((translation) => {
          const chip = chipOf(WAITING, WRITING(count), translation);
          return [1, 2, 3].map(() => {
            chip.run({ maxCycles });
            return seen(chip);
          });
        });
      }
    }
  });

  it("comes to the same clock", () => {
    expectEqualCourses((translation) => {
      const chip = chipOf(SPIN, SPIN, translation);
      return [20, 1000, 4000, 13].map((maxCycles) => {
        chip.run({ maxCycles });
        return seen(chip);
      });
    });
  });

  it("is where it should be for an observer of the other one", () => {
    expectEqualCourses((translation) => {
      const chip = chipOf(SPIN, SPIN, translation);
      chip.run({ maxCycles: 500 });
      const counts: number[] = [];
      chip.ppus.bottom.observer = { retire: () => counts.push(chip.ppus.top.gpr(3), chip.ppuCycle("top")) };
      chip.run({ maxCycles: 300 });
      chip.ppus.bottom.observer = undefined;
      chip.run({ maxCycles: 300 });
      return { counts, seen: seen(chip) };
    });
  });

  it("does not go back behind a snapshot or a reset", () => {
    const selfLoop = `
      li    r8, 20000
      mtctr r8
      ${"divw  r5, r8, r8\n".repeat(4)}
loop: bdnz  loop
end:  b     end
`;
    expectEqualCourses((translation) => {
      const chip = chipOf(selfLoop, selfLoop, translation);
      chip.run({ maxCycles: 60 });
      const start = chip.snapshot();
      const states = [];
      for (let maxCycles = 1000; maxCycles < 1100; maxCycles += 20) {
        chip.run({ maxCycles });
        chip.restore(start);
        chip.writeOmnibus(OMNIBUS_OF_TOP_SRAM + 0x300, 7);
        states.push(seen(chip));
        chip.run({ maxCycles: 500 });
        states.push(seen(chip));
        chip.run({ maxCycles });
        chip.reset("both");
        chip.writeOmnibus(OMNIBUS_OF_TOP_SRAM + 0x300, 8);
        states.push(seen(chip));
        chip.restore(start);
      }
      return states;
    });
  });

  it("is stopped at breakpoints that come and go between runs", () => {
    expectEqualCourses((translation) => {
      const chip = chipOf(SPIN, WAITING, translation);
      const stops: unknown[] = [];
      for (const address of [8, 12]) {
        chip.run({ maxCycles: 700 });
        chip.ppus.top.breakpoints.add(address);
        for (let count = 0; count < 3; count++) stops.push(chip.run({ maxCycles: 700 }), seen(chip));
        chip.ppus.top.breakpoints.delete(address);
        stops.push(chip.step("top"), chip.step("bottom"), seen(chip));
      }
      return stops;
    });
  });

  it("gets doorbells, pins and holds of the host between runs", () => {
    const interrupted = `
      b     start
      ${"nop\n".repeat(4)}
      b     pins
      ${"nop\n".repeat(3)}
      b     bell
      ${"nop\n".repeat(6)}
pins: mfspr r9, 284
      addi  r20, r20, 1
      rfi
bell: addi  r21, r21, 1
      rfi
start:
      li    r8, 0x0f01
      mtspr 1022, r8
      ori   r7, r0, 0x8000
      mtmsr r7
loop: addi  r3, r3, 1
      xor   r4, r4, r3
      b     loop
`;
    expectEqualCourses((translation) => {
      const chip = chipOf(interrupted, SPIN, translation);
      const states: unknown[] = [];
      for (let round = 0; round < 6; round++) {
        chip.run({ maxCycles: 333 });
        chip.ringDoorbell("both");
        chip.run({ maxCycles: 40 });
        chip.setPins("top", round & 1);
        states.push(seen(chip));
        if (round === 3) chip.hold("bottom");
        if (round === 4) chip.reset("bottom");
      }
      return states;
    });
  });
});
