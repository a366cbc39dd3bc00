/** The state of the pipeline in short form holds all that the past means for the cycles to come. */
import { describe, expect, it } from "vitest";
import { type Bus, NO_BUS } from "../../src/core/bus.ts";
import { Ppu } from "../../src/core/ppu.ts";
import { SPECIAL, WRITE_PORT_SLOTS } from "../../src/core/state.ts";
import { CHIP_TIMING, RTL_TIMING, type TimingProfile } from "../../src/core/timing-profile.ts";
import { capturePipeline, restorePipeline } from "../../src/core/translation/pipeline-state.ts";
import { randomSource } from "../isa/random.ts";
import { assemble } from "./assemble.ts";
import { randomProgram } from "./random-program.ts";

const PROGRAMS = 120;
const AROUND = { outside: [0x40000000, 0x8a003000, 0x80000000], parallel: [0, 0x40000, 0xc90200] };
const PROFILES: readonly TimingProfile[] = [
  CHIP_TIMING,
  RTL_TIMING,
  { ...RTL_TIMING, sramLatency: 5, dataLatency: 9 },
];
const BUS: Bus = {
  ...NO_BUS,
  load: (address) => address | 0,
  dataLatency: (address) => 1 + ((address >>> 4) & 7),
};

function ppuOf(seed: number): Ppu {
  const ppu = new Ppu({
    name: "lone",
    bus: BUS,
    timing: PROFILES[seed % PROFILES.length],
    translation: "off",
  });
  randomProgram(seed, AROUND).forEach((word, index) => {
    ppu.writeSramWord(4 * index, word);
  });
  return ppu;
}

const capture = (ppu: Ppu) => capturePipeline(ppu.state, ppu.state.special[SPECIAL.t]);

function expectSameFuture(ppu: Ppu, other: Ppu, next: () => number, name: string): void {
  for (let piece = 0; piece < 4; piece++) {
    const cycle = ppu.cycle + 1 + ((next() >>> 0) % (piece === 3 ? 1000 : 6));
    const reason = ppu.run(cycle);
    expect(other.run(cycle), name).toBe(reason);
    expect(Buffer.compare(other.snapshot(), ppu.snapshot()), `${name}, then to ${cycle}`).toBe(0);
  }
}

describe("the state of the pipeline", () => {
  it("put back gives the cycles that it would have given", () => {
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const next = randomSource(seed);
      const [ppu, other] = [ppuOf(seed), ppuOf(seed)];
      for (let round = 0; round < 5; round++) {
        const cycle = ppu.cycle + 1 + ((next() >>> 0) % 400);
        ppu.run(cycle);
        other.run(cycle);
        const pipeline = capture(other);
        other.state.writePort.fill(-1);
        restorePipeline(other.state, pipeline, other.state.special[SPECIAL.t]);
        expect(capture(other).key).toBe(pipeline.key);
        expectSameFuture(ppu, other, next, `program ${seed}, cycle ${cycle}`);
      }
    }
  });

  it("counts from the next issue alone", () => {
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const ppu = ppuOf(seed);
      ppu.run(20 + ((randomSource(seed)() >>> 0) % 1500));
      const before = capture(ppu);
      const { state } = ppu;
      const later = state.special[SPECIAL.t] + WRITE_PORT_SLOTS + 77;
      state.forgetTimes();
      restorePipeline(state, before, later);
      expect(capturePipeline(state, later)).toEqual(before);
    }
  });

  it("holds for a new base address behind a load that has long arrived, and that nobody has waited for", () => {
    const lines = [
      ...["lwz 8, 0(9)", "stw 5, 0(9)", "lbzux 22, 22, 0"],
      ...["srawi 2, 8, 1", "stwu 24, 4(22)", "slw. 25, 15, 31", "addi 3, 25, 1", "addi 3, 22, 1", "b .+0"],
    ];
    for (const latency of [5, 40, 290]) {
      const make = () => {
        const ppu = new Ppu({
          name: "lone",
          bus: { ...NO_BUS, dataLatency: () => latency },
          translation: "off",
        });
        assemble(lines).forEach((word, index) => {
          ppu.writeSramWord(4 * index, word);
        });
        ppu.setGpr(9, 0x4000_0000);
        ppu.setGpr(22, 0x4000_0100);
        return ppu;
      };
      const ppu = make();
      for (let step = 1; step < lines.length; step++) {
        ppu.step();
        const other = make();
        other.restore(ppu.snapshot());
        const straight = make();
        for (let done = 0; done < step; done++) straight.step();
        for (let rest = step; rest < lines.length; rest++) {
          straight.step();
          other.step();
          expect(other.cycle, `latency ${latency}, restored behind ${step}, ${rest} done`).toBe(
            straight.cycle,
          );
        }
      }
    }
  });
});
