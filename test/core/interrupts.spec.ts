/** Exceptions, interrupts, timers and sleep: nux-core sections 4 and 5, distances of timing-measured section 1. */
import { describe, expect, it } from "vitest";
import { Ppu } from "../../src/core/ppu.ts";
import { RTL_TIMING } from "../../src/core/timing-profile.ts";
import { assemble } from "./assemble.ts";
import { GoldenBus } from "./golden.ts";

const CODE = 0x40;
const EE = 0x8000;
const VECTORS = {
  externalInput: 0x14,
  alignment: 0x18,
  program: 0x1c,
  doorbell: 0x24,
  fixedInterval: 0x2c,
  decrementer: 0x30,
};
const HANDLER = 0x200;

function boot(lines: readonly string[]): { ppu: Ppu; retired: [number, number][] } {
  const ppu = new Ppu({ name: "irq", bus: new GoldenBus(), timing: RTL_TIMING });
  const write = (address: number, text: readonly string[]) => {
    assemble(text, address).forEach((word, index) => {
      ppu.writeSramWord(address + 4 * index, word);
    });
  };
  for (const vector of Object.values(VECTORS)) write(vector, [`b ${HANDLER}`]);
  write(HANDLER, ["addi 20,20,1", "rfi"]);
  write(CODE, lines);
  ppu.pc = CODE;
  const retired: [number, number][] = [];
  ppu.observer = { retire: (cycle, pc) => void retired.push([cycle, pc]) };
  return { ppu, retired };
}

const issueOf = (retired: readonly [number, number][], pc: number) =>
  retired.find((entry) => entry[1] === pc)?.[0];
const COUNTING = [
  "1: addi 5,5,1",
  "addi 6,6,1",
  "addi 7,7,1",
  "addi 8,8,1",
  ...Array(60).fill("addi 9,9,1"),
  "b 1b",
];

describe("distances", () => {
  it("doorbell to vector: 7 running, 8 from sleep", () => {
    const running = boot(COUNTING);
    running.ppu.setRegister("msr", EE);
    running.ppu.run(20);
    running.ppu.ringDoorbell(20);
    running.ppu.run(60);
    expect(issueOf(running.retired, VECTORS.doorbell)).toBe(27);

    const asleep = boot(["wait", "addi 5,5,1", "wait"]);
    asleep.ppu.setRegister("msr", EE);
    expect(asleep.ppu.run(50)).toBe("sleep");
    asleep.ppu.ringDoorbell(50);
    asleep.ppu.run(100);
    expect(issueOf(asleep.retired, VECTORS.doorbell)).toBe(58);
    expect(asleep.ppu.register("srr0")).toBe(CODE);
    expect(asleep.ppu.gpr(5)).toBe(0);
  });

  it("misaligned access to vector: 8, then b handler 5, rfi 5", () => {
    const { ppu, retired } = boot(["nop", "nop", "lwz 5,1(0)", "wait"]);
    ppu.run(30);
    const fault = issueOf(retired, CODE + 8)!;
    expect(issueOf(retired, VECTORS.alignment)).toBe(fault + 8);
    expect(issueOf(retired, HANDLER)).toBe(fault + 13);
    expect(ppu.register("srr0")).toBe(CODE + 8);
    expect(ppu.register("esr")).toBe(0);
    expect(ppu.register("dear")).toBe(0);
  });

  it("taken trap to vector: 9", () => {
    const { ppu, retired } = boot(["nop", "nop", "nop", "nop", "twi 4,0,0", "wait"]);
    ppu.run(22);
    expect(issueOf(retired, VECTORS.program)).toBe(issueOf(retired, CODE + 16)! + 9);
    expect(ppu.register("esr")).toBe(0x02000000);
    expect(ppu.register("srr0")).toBe(CODE + 16);
  });
});

describe("sources", () => {
  it("a doorbell is lost while EE is 0", () => {
    const { ppu } = boot(["1: nop", "b 1b"]);
    ppu.run(20);
    ppu.ringDoorbell();
    ppu.setRegister("msr", EE);
    ppu.run(100);
    expect(ppu.gpr(20)).toBe(0);
  });

  it("pins: enable, edge, level and polarity of ICCR", () => {
    for (const [iccr, steps, taken] of [
      [0x00100, [1], true],
      [0x00100, [2], false],
      [0x00100, [], false],
      [0x01100, [1, 0], true],
      [0x10100, [1], true],
      [0x11100, [], true],
    ] as const) {
      const { ppu } = boot(["1: nop", "b 1b"]);
      if (steps.length > 0) ppu.setPins(iccr === 0x01100 ? 1 : 0);
      ppu.setRegister("iccr", iccr);
      ppu.setRegister("msr", EE);
      steps.forEach((pins, index) => {
        ppu.run(20 + 20 * index);
        ppu.setPins(pins);
      });
      ppu.run(70);
      expect([iccr, steps, ppu.gpr(20) > 0]).toEqual([iccr, steps, taken]);
      if (taken) expect(ppu.register("srr1") & EE).toBe(EE);
    }
  });

  it("alignment > external input > FIT > decrementer > doorbell", () => {
    const { ppu, retired } = boot(["1: nop", "b 1b"]);
    ppu.setRegister("tcr", 0x04800000);
    ppu.setRegister("tsr", 0x0c000000);
    ppu.setRegister("iccr", 0x10100);
    ppu.setRegister("msr", EE);
    ppu.setPins(1);
    ppu.ringDoorbell();
    ppu.run(40);
    const order = retired.map(([, pc]) => pc).filter((pc) => Object.values(VECTORS).includes(pc));
    expect(order[0]).toBe(VECTORS.externalInput);
  });
});

describe("timers", () => {
  it("the time base counts cycles and wraps into TBU", () => {
    const { ppu } = boot(["1: b 1b"]);
    ppu.run(1000);
    expect(ppu.timeBase.low).toBe(ppu.cycle);
    const copy = boot(["lis 5,-1", "ori 5,5,0xfff0", "mtspr 284,5", "1: b 1b"]).ppu;
    copy.run(1000);
    expect(copy.timeBase).toEqual({ high: 1, low: copy.cycle - 8 - 16 });
  });

  it("the decrementer stops at 0 without auto reload, and repeats with it", () => {
    const { ppu } = boot(["1: b 1b"]);
    ppu.setRegister("dec", 50);
    ppu.run(200);
    expect(ppu.register("dec")).toBe(0);
    expect(ppu.register("tsr")).toBe(0x08000000);
    ppu.setRegister("tcr", 0x00400000);
    ppu.setRegister("decar", 7);
    ppu.setRegister("dec", 3);
    const before = ppu.cycle;
    ppu.run(before + 100);
    expect(ppu.register("dec")).toBe(7 - ((ppu.cycle - before - 3) % 7));
  });

  it("FIT: TSR.FIS on the rise of TBL bit 8, and an interrupt with FIE", () => {
    const { ppu, retired } = boot(["1: b 1b"]);
    ppu.setRegister("tcr", 0x00800000);
    ppu.setRegister("msr", EE);
    ppu.run(300);
    expect(issueOf(retired, VECTORS.fixedInterval)).toBeGreaterThanOrEqual(256 + 7);
    expect(issueOf(retired, VECTORS.fixedInterval)).toBeLessThanOrEqual(256 + 13);
  });

  it("TSR bits are cleared by writing 1", () => {
    const { ppu } = boot(["lis 5,0x800", "mtspr 336,5", "1: b 1b"]);
    ppu.setRegister("tsr", 0x0c000000);
    ppu.run(50);
    expect(ppu.register("tsr")).toBe(0x04000000);
  });

  it("a timer wakes with EE = 0 behind the wait; without a source the core has finished", () => {
    const { ppu } = boot(["wait", "addi 5,5,1", "lis 6,0x800", "mtspr 336,6", "wait"]);
    ppu.setRegister("tcr", 0x04000000);
    ppu.setRegister("dec", 500);
    expect(ppu.run(100)).toBe("cycle");
    expect(ppu.sleeping).toBe(true);
    expect(ppu.finished).toBe(false);
    expect(ppu.nextWakeCycle()).toBe(503 + 2);
    expect(ppu.run(1000)).toBe("sleep");
    expect(ppu.gpr(5)).toBe(1);
    expect(ppu.finished).toBe(true);
    expect(ppu.cycle).toBe(ppu.sleepCycle);
  });
});
