/** Running, stopping, snapshots, breakpoints, strict mode of one PPU. */
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/core/bus.ts";
import { Ppu, type PpuOptions } from "../../src/core/ppu.ts";
import { COUNTER, SPECIAL } from "../../src/core/state.ts";
import { parseTimingProfile, RTL_TIMING } from "../../src/core/timing-profile.ts";
import { assemble } from "./assemble.ts";
import { GoldenBus, loadProgram, readProgram } from "./golden.ts";

function boot(lines: readonly string[], options: Partial<PpuOptions> = {}): Ppu {
  const ppu = new Ppu({ name: "top", bus: new GoldenBus(), timing: RTL_TIMING, ...options });
  assemble(lines).forEach((word, index) => {
    ppu.writeSramWord(4 * index, word);
  });
  return ppu;
}

const program = readProgram("p35_scalar_random");
const fresh = () => loadProgram(program, program.runs[1]).ppu;

/** Counts in r6, and decrementer interrupts in r8. */
const DECREMENTER = [
  ...["b 1f", ...Array(11).fill("nop"), "b 2f"],
  ...[
    "1: addi 3,0,37",
    "mtspr 54,3",
    "lis 4,0x440",
    "mtspr 340,4",
    "mtspr 22,3",
    "ori 5,0,0x8000",
    "mtmsr 5",
  ],
  ...["3: addi 6,6,1", "mullw 7,6,6", "lwz 9,0x200(0)", "b 3b"],
  ...["2: lis 10,0x800", "mtspr 336,10", "addi 8,8,1", "rfi"],
];

describe("running", () => {
  it("does not depend on slices", () => {
    const whole = fresh();
    whole.run(2000);
    const sliced = fresh();
    for (let cycle = 1; cycle <= 2000; cycle += 7) sliced.run(cycle);
    sliced.run(2000);
    expect(sliced.snapshot()).toEqual(whole.snapshot());
  });

  it.each([1, 5, 20, 64])("takes interrupts at the same cycles in slices of %i", (slice) => {
    const exceptions = (ppu: Ppu) => {
      const seen: number[][] = [];
      ppu.observer = { exception: (...entry) => void seen.push(entry) };
      return seen;
    };
    const whole = boot(DECREMENTER);
    const wanted = exceptions(whole);
    whole.run(3000);
    expect(wanted.length).toBeGreaterThan(50);
    expect(whole.gpr(8)).toBeGreaterThan(50);
    for (const observed of [true, false]) {
      const sliced = boot(DECREMENTER);
      const seen = observed ? exceptions(sliced) : undefined;
      for (let cycle = slice; cycle < 3000; cycle += slice) sliced.run(cycle);
      sliced.run(3000);
      if (seen) expect(seen).toEqual(wanted);
      for (const ppu of [sliced, whole]) ppu.register("dec");
      expect(sliced.snapshot()).toEqual(whole.snapshot());
    }
  });

  it("gives the same state and cycles observed and unobserved, stepped and run", () => {
    const fast = fresh();
    fast.run(2000);
    const observed = fresh();
    observed.observer = {};
    observed.run(2000);
    const stepped = fresh();
    while (!stepped.sleeping) stepped.step();
    for (const ppu of [observed, stepped]) {
      expect(ppu.sleepCycle).toBe(fast.sleepCycle);
      expect(ppu.instructions).toBe(fast.instructions);
      expect([...ppu.state.gpr]).toEqual([...fast.state.gpr]);
      expect([...ppu.state.words]).toEqual([...fast.state.words]);
    }
  });

  it.each([1, 50, 333, 500])("continues from a snapshot at cycle %d with the same cycles", (cycle) => {
    const whole = fresh();
    whole.run(cycle);
    const copy = fresh();
    copy.restore(whole.snapshot());
    whole.run(2000);
    copy.run(2000);
    expect(copy.snapshot()).toEqual(whole.snapshot());
    expect(() => copy.restore(new Uint8Array(3))).toThrow(/snapshot has 3 bytes/);
  });

  it("keeps its cycles when relative time starts anew", () => {
    const near = fresh();
    near.run(100);
    const far = fresh();
    far.run(100);
    const shift = 0x2000_0000;
    far.state.counters[COUNTER.base] -= shift;
    for (const array of [
      far.state.ready,
      far.state.conditionReady,
      far.state.queueTime,
      far.state.writePort,
    ]) {
      array.forEach((value, index) => {
        if (value >= 0 && value < 0x7fff_ffff - shift) array[index] = value + shift;
      });
    }
    for (const name of ["t", "lrReady", "ctrReady", "sprReady", "lastResponse", "redirect"] as const) {
      far.state.special[SPECIAL[name]] += shift;
    }
    near.run(5000);
    far.run(5000);
    expect(far.sleepCycle).toBe(near.sleepCycle);
    expect(far.state.special[SPECIAL.t]).toBeLessThan(shift);
  });

  it("stops at breakpoints and goes on behind them", () => {
    const ppu = boot(["li 3,0", "1: addi 3,3,1", "cmpwi 3,5", "bne 1b", "wait"]);
    ppu.breakpoints.add(4);
    for (let count = 0; count < 5; count++) {
      expect(ppu.run(1000)).toBe("breakpoint");
      expect([ppu.pc, ppu.gpr(3)]).toEqual([4, count]);
    }
    ppu.breakpoints.clear();
    expect(ppu.run(1000)).toBe("sleep");
    expect(ppu.gpr(3)).toBe(5);
  });

  it("sees program words that the program stores", () => {
    const ppu = boot([
      "li 4,0",
      "lwz 3,24(0)",
      "stw 3,20(0)",
      "b 1f",
      "nop",
      "1: addi 4,4,1",
      "addi 4,4,16",
      "wait",
    ]);
    ppu.run(3);
    ppu.run(1000);
    expect(ppu.gpr(4)).toBe(32);
  });
});

describe("strict mode", () => {
  function findings(
    lines: readonly string[],
    options: Partial<PpuOptions> = {},
  ): { kinds: string[]; reason: string } {
    const found: Diagnostic[] = [];
    const ppu = boot(lines, {
      strict: true,
      onDiagnostic: (diagnostic) => void found.push(diagnostic),
      ...options,
    });
    const reason = ppu.run(10_000);
    return { kinds: found.map(({ kind, pc }) => `${kind}@${pc}`), reason };
  }

  it("has nothing to say about a correct program", () => {
    const lines = [
      "li 3,0x1000",
      "stw 3,0(3)",
      "sync",
      "fxvlax 1,0,3",
      "fxvstax 1,0,3",
      "sync",
      "lwz 4,0(3)",
      "wait",
    ];
    expect(findings(lines)).toEqual({ kinds: [], reason: "sleep" });
  });

  it.each([
    ["undefined-opcode@4", ["nop", ".long 0x00000000", "wait"], {}],
    ["missing-sync@8", ["li 3,0x1000", "stw 3,64(3)", "fxvlax 1,0,3", "wait"], {}],
    ["missing-sync@12", ["li 3,0x1000", "fxvlax 1,0,3", "fxvstax 1,0,3", "lwz 4,0(3)", "wait"], {}],
    ["missing-sync@8", ["li 3,0x1000", "fxvlax 1,0,3", "stw 4,0(3)", "wait"], {}],
    ["unwritten-vector@4", ["nop", "fxvaddhm 1,2,2", "wait"], {}],
    ["stack-overflow@4", ["li 1,0x2000", "stwu 1,-32(1)", "wait"], { stackLimit: 0x2000 }],
  ])("%s", (kind, lines, options) => {
    const { kinds, reason } = findings(lines, options);
    expect(kinds[0]).toBe(kind);
    expect(reason).toBe("strict");
  });

  it("a bus can report, which stops a strict run", () => {
    const bus = new GoldenBus();
    const ppu = boot(["lis 3,0x1000", "lwz 4,0(3)", "li 5,1", "wait"], { strict: true, bus });
    bus.load = () => {
      ppu.report("unmapped", "nothing there");
      return 0;
    };
    expect(ppu.run(1000)).toBe("strict");
    expect([ppu.pc, ppu.gpr(5)]).toEqual([8, 0]);
  });
});

describe("timing profiles", () => {
  it("reads names with settings", () => {
    expect(parseTimingProfile("chip").dataLatency).toBeUndefined();
    expect(parseTimingProfile("rtl,branch-cache=0,data=2,pio=4")).toMatchObject({
      branchCacheEntries: 0,
      dataLatency: 2,
      sramLatency: 2,
      vectorLatency: 1,
      parallelLatency: 4,
    });
  });

  it.each(["", "fast", "rtl,data", "rtl,data=0", "rtl,branch-cache=65", "chip,speed=1"])(
    "rejects %j in one line",
    (text) => {
      expect(() => parseTimingProfile(text)).toThrow(/^timing profile ".*": [^\n]+$/);
    },
  );
});
