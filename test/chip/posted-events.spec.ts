/**
 * Events that a PPU sends while it runs ahead reach its hemisphere later, but as if they had not: whoever reads or changes the
 * hemisphere meanwhile, or sends it events too, finds what lock step gives.
 */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Chip, type ChipOptions } from "../../src/chip/chip.ts";
import type { TranslationMode } from "../../src/core/translation/mode.ts";
import { program } from "./program.ts";

const MODES = ["off", "auto", "always"] as const satisfies readonly TranslationMode[];

/** Sends events to driver after driver of the own hemisphere, in a loop that is translated early. */
const SENDING = (padi: number) => `
      lis   r10, ${padi}
      lis   r12, 0x40
      ori   r12, r12, 1
      lis   r8, 1
      mtctr r8
send: stw   r12, 0(r10)
      addis r12, r12, 0x3
      rlwinm r12, r12, 0, 5, 31
      stw   r12, 0(r10)
      xori  r12, r12, 3
      bdnz  send
end:  b     end
`;
const OWN_TOP = 0x8044;
const OWN_BOTTOM = 0x8046;

/** Behind a loop of `pause` rounds, again and again, what `action` does with the top hemisphere. */
const VISITING = (pause: number, action: string) => `
      li    r9, 0x400
      lis   r20, 0x8b20
      lis   r21, 0x8044
      ori   r22, r21, 0x1000
      lis   r23, 0x40
      ori   r23, r23, 1
again: li   r8, ${pause}
      mtctr r8
spin: addi  r3, r3, 1
      bdnz  spin
      ${action}
      b     again
`;
const ACTIONS = {
  "reads conversions": "lwz r4, 0(r20)\n stw r4, 0(r9)\n addi r9, r9, 4\n rlwinm r9, r9, 0, 19, 29",
  "sends it events too": "stw r23, 0(r21)\n addis r23, r23, 0x1",
  "changes a driver": "lwz r4, 20(r22)\n xori r4, r4, 0x100\n stw r4, 20(r22)",
  "only reads registers": "lwz r4, 4(r22)\n add r5, r5, r4",
};

function hash(value: unknown): string {
  const sum = createHash("sha1");
  const add = (part: unknown) => {
    if (ArrayBuffer.isView(part)) sum.update(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    else if (part && typeof part === "object") Object.values(part).forEach(add);
    else sum.update(String(part));
  };
  add(value);
  return sum.digest("hex");
}

function courseOf(top: string, bottom: string, translation: TranslationMode, options: ChipOptions = {}) {
  const chip = new Chip({ chipSeed: 3, noiseSeed: 5, translation, ...options });
  for (let row = 0; row < 256; row += 3) {
    for (let column = 0; column < 256; column += 7) {
      chip.hemispheres.top.setSynapse("weights", row, column, (row + column) & 63);
      chip.hemispheres.bottom.setSynapse("weights", row, column, (row ^ column) & 63);
    }
  }
  chip.load([{ space: "sram", offset: 0, bytes: program(top) }], "top");
  chip.load([{ space: "sram", offset: 0, bytes: program(bottom) }], "bottom");
  chip.reset("both");
  const states = [400, 2000, 333, 7, 4000].map((maxCycles) => {
    chip.run({ maxCycles });
    const { ppus, hemispheres, registers } = chip.snapshot();
    return { cycle: chip.cycle, ppus: hash(ppus), analog: hash([hemispheres, registers]) };
  });
  const events = chip.hemispheres.top.snapshot().scalars[1];
  chip.hemispheres.top.convert(0, chip.cycle);
  return { states, events, readings: hash(chip.hemispheres.top.causal) };
}

describe("events of a PPU that runs ahead", () => {
  for (const [name, action] of Object.entries(ACTIONS)) {
    it(`arrive in time while the other PPU ${name}`, () => {
      for (const pause of [40, 61, 500]) {
        const [stepping, ...others] = MODES.map((translation) =>
          courseOf(SENDING(OWN_TOP), VISITING(pause, action), translation),
        );
        for (const other of others) expect(other).toEqual(stepping);
        expect(stepping.events).toBeGreaterThan(500);
      }
    });
  }

  it("arrive in time while the other PPU sends its own", () => {
    const [stepping, ...others] = MODES.map((translation) =>
      courseOf(SENDING(OWN_TOP), SENDING(OWN_BOTTOM), translation),
    );
    for (const other of others) expect(other).toEqual(stepping);
  });

  it("to the other hemisphere are not put off", () => {
    const [stepping, ...others] = MODES.map((translation) =>
      courseOf(SENDING(OWN_BOTTOM), SENDING(OWN_TOP), translation),
    );
    for (const other of others) expect(other).toEqual(stepping);
  });
});
