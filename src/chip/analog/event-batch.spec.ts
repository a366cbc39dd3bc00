/** Batches of events against the same events one by one through the register padiTrigger, bit by bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integers } from "../../../test/analog/kernel-values.ts";
import { attachRegisters } from "../wiring.ts";
import { Hemisphere, type HemisphereTap, SWITCH_ROW } from "./hemisphere.ts";
import { type AnalogParameters, analogParameters } from "./parameters.ts";

function make(parameters: AnalogParameters) {
  const chip = new Hemisphere({ hemisphere: 0, chipSeed: 3, noiseSeed: 4, parameters });
  const registers = attachRegisters([chip, new Hemisphere({ hemisphere: 1, chipSeed: 3, noiseSeed: 4 })]);
  for (let column = 0; column < 256; column++) {
    chip.setSynapse("weights", SWITCH_ROW, column, 0x20);
    for (let row = 0; row < 256; row++) {
      chip.setSynapse("weights", row, column, (row * 31 + column * 17) & 63);
      chip.setSynapse("labels", row, column, (row * 7 + column * 3) & 63);
    }
  }
  return { chip, registers };
}

type Setup = ReturnType<typeof make>;

function bytes(chip: Hemisphere): string[] {
  return Object.entries(chip.snapshot()).map(
    ([name, array]) =>
      `${name} ${Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64")}`,
  );
}

/** A word of the register, most of them for one driver. */
function randomWord(below: (bound: number) => number): number {
  if (below(8) === 0) return below(0x10000) | (below(0x10000) << 16);
  return (1 << below(4)) | (below(64) << 16) | (below(32) << 22);
}

/** What changes between batches; the same for all chips that get the same random numbers. */
const CHANGES: readonly ((chip: Hemisphere, cycle: number, below: (bound: number) => number) => void)[] = [
  (chip, cycle) => chip.resetNeurons(undefined, cycle),
  (chip, cycle, below) => chip.resetLanes(below(2), undefined, cycle),
  (chip, cycle, below) => {
    const enables = Uint8Array.from({ length: 128 }, () => below(2));
    chip.resetLanes(below(2), enables, cycle);
  },
  (chip, cycle) => chip.convert(0, cycle),
  (chip, cycle) => chip.convertResetVoltage(0, cycle),
  (chip, _cycle, below) => chip.setSynapse("weights", below(256), below(256), below(64)),
  (chip, _cycle, below) => {
    chip.configureDriver(below(128), { enReceiver: below(2) === 1, rowAddressCompareMask: below(32) });
  },
  (chip, _cycle, below) => {
    chip.configureDriver(below(128), { hagenDacOffset: below(64), enStp: below(4) > 0, topRow: below(4) });
  },
  (chip, cycle, below) => chip.setCell("stp_i_ramp", below(2), 400 + below(200), cycle),
  (chip, cycle, below) => chip.setCell("i_bias_leak", below(256), below(3) * 200, cycle),
  (chip, _cycle, below) => chip.setNeuronInputs(below(256), below(2) === 1, below(2) === 1),
  (chip) => chip.restore(chip.snapshot()),
];

/** Runs both ways for `turns` batches and compares after each. */
function compare(
  batched: Setup,
  single: Setup,
  seed: number,
  turns: number,
  between: (setup: Setup, below: (bound: number) => number) => void = () => {},
): void {
  const below = integers(seed);
  let cycle = 1000 * below(100);
  for (let turn = 0; turn < turns; turn++) {
    for (let changes = below(3); changes > 0; changes--) {
      const [change, key] = [CHANGES[below(CHANGES.length)], below(0xffffffff)];
      for (const { chip } of [batched, single]) change(chip, cycle, integers(key));
    }
    const key = below(0xffffffff);
    for (const setup of [batched, single]) between(setup, integers(key));
    const count = below(4) === 0 ? below(1500) : below(12);
    const step = [0, 1.25, 4, 40, 4000][below(5)];
    cycle += [0, 300, 600, 100_000][below(4)];
    const words = Int32Array.from({ length: count }, () => randomWord(below));
    const cycles = Float64Array.from(words, () => {
      // Nothing says that cycles rise.
      cycle += below(50) === 0 ? below(100_000) - 20_000 : step;
      return cycle;
    });
    deliver(batched.chip, words, cycles, below(3));
    for (let n = 0; n < count; n++) {
      single.registers.writeRaw("padiTrigger", { hemisphere: 0 }, 0, words[n] >>> 0, cycles[n]);
    }
    expect(bytes(batched.chip)).toEqual(bytes(single.chip));
    cycle += below(2) * 2000;
  }
}

/** In the three ways in which a batch may be handed over. */
function deliver(chip: Hemisphere, words: Int32Array, cycles: Float64Array, way: number): void {
  const queue = chip.eventQueue;
  if (way === 0) chip.events(words, cycles);
  else if (way === 1) chip.events(Uint32Array.from([...words, 1, 1]), cycles, words.length);
  else {
    for (let first = 0; first < words.length; first += queue.words.length) {
      const part = words.subarray(first, first + queue.words.length);
      queue.words.set(part);
      queue.cycles.set(cycles.subarray(first, first + part.length));
      chip.events(queue.words, queue.cycles, part.length);
    }
  }
}

const PARAMETERS = {
  ideal: analogParameters("ideal"),
  calibrated: analogParameters("calibrated"),
  raw: analogParameters("raw"),
  "different time constants": analogParameters("calibrated", { tauMem: 60, sigTauMem: 0.2 }),
  saturating: analogParameters("calibrated", { satLevel: 4000 }),
};

describe("a batch of events", () => {
  it.each(Object.entries(PARAMETERS))("does what single ones do (%s)", (_name, parameters) => {
    const [batched, single] = [make(parameters), make(parameters)];
    const turns = parameters.satLevel < Number.POSITIVE_INFINITY ? 2 : 10;
    fc.assert(
      fc.property(fc.nat(0xffffffff), (seed) => compare(batched, single, seed, turns)),
      { numRuns: 12 },
    );
  });

  it("does so where drivers compare the whole label", () => {
    const [batched, single] = [make(PARAMETERS.calibrated), make(PARAMETERS.calibrated)];
    compare(batched, single, 6, 25, ({ chip }, below) => {
      chip.configureDriver(below(4), { enAddressOut: below(2) === 1 });
    });
  });

  it("tells the tap about every event", () => {
    const [batched, single] = [make(PARAMETERS.calibrated), make(PARAMETERS.calibrated)];
    const notes = [batched, single].map(({ chip }) => {
      const list: number[][] = [];
      const tap: HemisphereTap = { event: (...event) => list.push(event), conversion: () => {} };
      chip.tap = tap;
      return list;
    });
    compare(batched, single, 7, 20);
    expect(notes[0].length).toBeGreaterThan(1000);
    expect(notes[0]).toEqual(notes[1]);
  });

  it("may be empty", () => {
    const { chip } = make(PARAMETERS.calibrated);
    chip.resetNeurons(undefined, 0);
    const before = bytes(chip);
    chip.events(new Int32Array(4), new Float64Array(4), 0);
    expect(bytes(chip)).toEqual(before);
  });
});
