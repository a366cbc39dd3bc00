/** Corners of translated code, each on its own: what random programs do not come to often enough. */
import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { blocksProgram, ORIGIN, WAIT } from "../../src/bench/scalar/programs.ts";
import { NO_BUS } from "../../src/core/bus.ts";
import { Ppu } from "../../src/core/ppu.ts";
import type { TranslationMode } from "../../src/core/translation/mode.ts";
import { assemble } from "./assemble.ts";

const MODES = ["off", "auto", "always"] as const satisfies readonly TranslationMode[];

function ppuWith(lines: readonly string[], translation: TranslationMode, origin = 0): Ppu {
  const ppu = new Ppu({ name: "lone", bus: { ...NO_BUS, fetch: () => 0x38630001 }, translation });
  assemble(lines, origin).forEach((word, index) => {
    ppu.writeSramWord(origin + 4 * index, word);
  });
  ppu.pc = origin;
  return ppu;
}

const seen = (ppu: Ppu) => ({
  pc: ppu.pc,
  cycle: ppu.cycle,
  instructions: ppu.instructions,
  gpr: Array.from({ length: 32 }, (_, register) => ppu.gpr(register)),
  state: createHash("sha1").update(ppu.snapshot()).digest("hex"),
});

function expectEqualCourses(course: (translation: TranslationMode) => unknown): void {
  const [stepping, ...others] = MODES.map(course);
  others.forEach((other, index) => {
    expect(other, MODES[index + 1]).toEqual(stepping);
  });
}

/** A call every so many cycles. */
function runIn(ppu: Ppu, pieces: readonly number[]) {
  return pieces.map((cycles) => [ppu.run(ppu.cycle + cycles), seen(ppu)]);
}

const ADDI_R3_5 = assemble(["addi 3, 3, 5"])[0];

describe("translated code", () => {
  it("notices a store into an entry whose code has been lost", () => {
    const lines = [
      "sync",
      "1: addi 3, 3, 1",
      "2: addi 4, 4, 1", // entry of its own, by the branch at the end
      "stw 7, 0(9)",
      "cmpwi 10, 0",
      "beq 3f",
      "bdnz 1b",
      "b .+0",
      "3: addi 5, 5, 1",
      "b 2b",
    ];
    const [entry, behind] = [8, 32];
    expectEqualCourses((translation) => {
      const ppu = ppuWith(lines, translation);
      const fromStart = () => {
        ppu.setRegister("ctr", 500);
        ppu.pc = 0;
        return runIn(ppu, [8000]);
      };
      ppu.setGpr(7, ADDI_R3_5);
      ppu.setGpr(9, 0x800);
      ppu.setGpr(10, 1);
      const before = [1, 2, 3].map(fromStart);
      ppu.setGpr(10, 0);
      ppu.pc = behind;
      before.push(runIn(ppu, [1000]));
      ppu.writeSramWord(behind, ADDI_R3_5);
      ppu.setGpr(10, 1);
      ppu.setGpr(9, entry);
      return [before, fromStart()];
    });
  });

  it("notices what the host writes", () => {
    const lines = ["1: addi 3, 3, 1", "xor 4, 4, 3", "addi 5, 5, 2", "b 1b"];
    const writers: ((ppu: Ppu) => void)[] = [
      (ppu) => ppu.writeSramWord(4, ADDI_R3_5),
      (ppu) => ppu.writeSram(11, [9]),
      (ppu) => {
        ppu.state.words[0] = ADDI_R3_5;
        ppu.invalidate(0, 4);
      },
      (ppu) => {
        ppu.breakpoints.add(8);
      },
      (ppu) => ppu.restore(ppuWith(["1: addi 4, 4, 1", "addi 3, 3, 7", "b 1b"], "off").snapshot()),
      (ppu) => ppu.reset(),
      (ppu) => ppu.setRegister("xer", 0x80000000 | 0),
      (ppu) => ppu.setGpr(3, -5),
    ];
    for (const write of writers) {
      expectEqualCourses((translation) => {
        const ppu = ppuWith(lines, translation);
        const before = runIn(ppu, [900, 900]);
        write(ppu);
        return [before, runIn(ppu, [10, 800, 800])];
      });
    }
  });

  it("is made anew for code that differs only where the stepping engine executes it", () => {
    const modules = vi.spyOn(WebAssembly, "Module");
    const made = (line: string) => {
      const before = modules.mock.calls.length;
      const ppu = ppuWith(["1: addi 3, 3, 1", line, "b 1b"], "always");
      ppu.run(2000);
      return modules.mock.calls.length - before;
    };
    expect(made("mfmsr 4")).toBeGreaterThan(0);
    expect(made("mfmsr 4")).toBe(0);
    expect(made("addi 4, 4, 1")).toBeGreaterThan(0);
    modules.mockRestore();
  });

  it("goes over the end of the SRAM and back", () => {
    // The last instructions of the SRAM; what lies behind comes from the bus, and never branches back by itself.
    const lines = ["1: addi 3, 3, 1", "bdnz 1b", "addi 4, 4, 1", "nop"];
    expectEqualCourses((translation) => {
      const ppu = ppuWith(lines, translation, 0x3ff0);
      ppu.setRegister("ctr", 300);
      const before = runIn(ppu, [500, 300, 100]);
      ppu.pc = 0x3ff0;
      ppu.setRegister("ctr", 300);
      return [before, runIn(ppu, [5000])];
    });
  });

  it("branches out of the SRAM", () => {
    const lines = ["1: addi 3, 3, 1", "addi 5, 5, 1", "mtlr 10", "cmpw 5, 6", "beqlr", "b 1b"];
    for (const target of [0x4000, 0x7fff_fffc, -4, 0x3ffc]) {
      expectEqualCourses((translation) => {
        const ppu = ppuWith(lines, translation);
        ppu.setGpr(10, target | 0);
        ppu.setGpr(6, 400);
        return runIn(ppu, [1000, 3000]);
      });
    }
  });

  it("reads the time base around its writes and wraps", () => {
    const lines = [
      "1: mfspr 3, 284",
      "add 4, 4, 3",
      "addi 5, 5, 1",
      "andi. 6, 5, 63",
      "bne 1b",
      "mtspr 284, 7",
      "mfspr 8, 284",
      "add 9, 9, 8",
      "b 1b",
    ];
    expectEqualCourses((translation) => {
      const ppu = ppuWith(lines, translation);
      ppu.setGpr(7, -100);
      return runIn(ppu, [700, 700, 1, 2, 3, 4, 3000]);
    });
  });

  it("leaves for interrupts of timers in their very cycle", () => {
    const lines = [
      "b 1f",
      ...Array.from({ length: 11 }, () => "nop"),
      "addi 20, 20, 1", // 0x30: decrementer
      "mtspr 336, 21",
      "rfi",
      "1: lis 21, 0x0800",
      "lis 8, 0x0440",
      "mtspr 340, 8",
      "li 8, 137",
      "mtspr 54, 8",
      "mtspr 22, 8",
      "ori 7, 0, 0x8000",
      "mtmsr 7",
      "2: addi 3, 3, 1",
      "divw 4, 3, 8",
      "b 2b",
    ];
    expectEqualCourses((translation) => {
      const ppu = ppuWith(lines, translation);
      return runIn(ppu, [500, 1, 333, 4000, 20, 3000]);
    });
  });

  it("is the same over slices of one cycle, breakpoints and steps", () => {
    const lines = ["1: mullw 3, 3, 4", "lwz 5, 0x100(0)", "stwu 3, 4(6)", "andi. 6, 6, 0x7fc", "b 1b"];
    expectEqualCourses((translation) => {
      const ppu = ppuWith(lines, translation);
      ppu.setGpr(6, 0x200);
      const reports: unknown[] = runIn(ppu, [600]);
      for (let count = 0; count < 200; count++) ppu.run(ppu.cycle + 1);
      reports.push(seen(ppu));
      ppu.breakpoints.add(12);
      reports.push(...runIn(ppu, [600, 600]), ppu.step(), ppu.step(), seen(ppu));
      ppu.skipBreakpoint();
      ppu.breakpoints.clear();
      reports.push(...runIn(ppu, [600, 600]));
      return reports;
    });
  });

  it("is not taken back behind a reset, a snapshot or a look", () => {
    const loop = () => {
      const ppu = ppuWith(["1: bdnz 1b", "b 1b"], "always");
      ppu.setRegister("ctr", 100_000);
      ppu.run(100);
      return ppu;
    };
    const changes: ((ppu: Ppu, start: Uint8Array) => void)[] = [
      (ppu) => ppu.reset(),
      (ppu, start) => ppu.restore(start),
    ];
    for (const change of changes) {
      const ppu = loop();
      const start = ppu.snapshot();
      ppu.run(120, 5000);
      expect(ppu.cycle).toBeGreaterThan(4000);
      change(ppu, start);
      const { cycle } = ppu;
      ppu.settle(0);
      expect(ppu.cycle).toBe(cycle);
    }
    const ppu = loop();
    ppu.run(120, 5000);
    const { cycle } = ppu;
    ppu.settle(cycle);
    ppu.settle(0);
    expect(ppu.cycle).toBe(cycle);
  });

  it("goes on where a region has no room for more blocks", () => {
    const program = blocksProgram(300);
    expectEqualCourses((translation) => {
      const ppu = new Ppu({ name: "lone", bus: NO_BUS, translation });
      program.words(300, WAIT).forEach((word, index) => {
        ppu.writeSramWord(ORIGIN + 4 * index, word);
      });
      ppu.pc = ORIGIN;
      return runIn(ppu, [1000, 77, 100_000, 500_000]);
    });
  });

  it("waits for the vector unit with a load or a new base address on its way", () => {
    const vectors = ["fxvaddhm 1, 2, 3", "fxvmulhm 4, 1, 5", "fxvaddhm 6, 4, 1", "fxvmatachm 6, 4"];
    for (const between of ["lwz 5, 0(9)", "lwzu 5, 4(9)", "stwu 5, 4(9)", "mullw 5, 5, 5", "add. 5, 5, 3"]) {
      const lines = [
        ...["li 9, 0x1000", "li 8, 400", "mtctr 8"],
        `1: ${vectors[0]}`,
        ...vectors.slice(1),
        ...[
          between,
          ...vectors,
          between,
          "fxvlax 7, 9, 0",
          between,
          "sync",
          "add 3, 3, 5",
          "rlwinm 9, 9, 0, 19, 29",
        ],
        ...["bdnz 1b", "b .+0"],
      ];
      expectEqualCourses((translation) =>
        runIn(ppuWith(lines, translation), [300, 1, 2, 3, 1000, 4000, 20_000]),
      );
    }
  });

  it("posts no more stores than there is room for", () => {
    const posted = { address: 0x8044_0000, latency: 3 };
    const lines = [
      ...["lis 10, 0x8044", "li 8, 9000", "mtctr 8"],
      ...["1: stw 8, 0(10)", "addi 8, 8, 7", "stwx 8, 0, 10", "bdnz 1b", "b .+0"],
    ];
    expectEqualCourses((translation) => {
      const stores: number[] = [];
      const note = (value: number, cycle: number) => stores.push(value | 0, cycle);
      const bus = {
        ...NO_BUS,
        posted,
        dataLatency: () => posted.latency,
        store: (_address: number, _bytes: number, value: number, cycle: number) => note(value, cycle),
        post: (values: Int32Array, cycles: Float64Array, count: number) => {
          for (let index = 0; index < count; index++) note(values[index], cycles[index]);
        },
      };
      const ppu = new Ppu({ name: "lone", bus, translation });
      assemble(lines).forEach((word, index) => {
        ppu.writeSramWord(4 * index, word);
      });
      const states = runIn(ppu, [500, 3, 10_000, 60_000]);
      return {
        states,
        stores: createHash("sha1").update(Float64Array.from(stores)).digest("hex"),
        count: stores.length,
      };
    });
  });
});
