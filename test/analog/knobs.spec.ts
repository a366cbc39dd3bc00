/** The knobs of the analog core: laws, ranges, registers, settings; and that chips nobody turns them on stay as they are. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CELL_NAMES,
  KNOB_INSTANCES,
  KNOB_NAMES,
  KNOBS,
  type KnobName,
  quantiseKnob,
} from "../../src/chip/analog/knobs.ts";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { Chip } from "../../src/chip/chip.ts";
import { CAPMEM_CELLS } from "../../src/chip/registers/capmem.ts";
import {
  applySettings,
  type ChipSettings,
  channelInstance,
  readKnob,
  readSettings,
  SettingsError,
  writeKnob,
} from "../../src/chip/settings.ts";
import { Bench, deviation, meanOf } from "./oracle.ts";
import { scenarioReads } from "./scenario.ts";

describe("chips without a calibration", () => {
  it("read byte by byte as before there were knobs (calibrated, ideal)", () => {
    const url = new URL("conversions.json", import.meta.url);
    const recorded: Record<string, string> = JSON.parse(readFileSync(url, "utf8"));
    expect(Object.keys(recorded).length).toBe(8);
    for (const [key, reads] of Object.entries(recorded)) {
      const [preset, seed, side] = key.split(" ");
      const parameters = analogParameters(preset as "calibrated" | "ideal");
      const now = Buffer.from(scenarioReads(parameters, Number(seed), Number(side))).toString("base64");
      expect(now === reads, key).toBe(true);
    }
  });

  it("are of the kind that was asked for", () => {
    const spread = (chip: Chip) => chip.hemispheres.top.parameters.sigNeuronGain;
    expect(spread(new Chip())).toBe(0.05);
    expect(spread(new Chip({ chip: "calibrated" }))).toBe(0.05);
    expect(spread(new Chip({ chip: "raw" }))).toBe(0.35);
    expect(spread(new Chip({ chip: "ideal" }))).toBe(0);
    expect(spread(new Chip({ ideal: true }))).toBe(0);
    expect(() => new Chip({ ideal: true, chip: "raw" })).toThrow('option ideal contradicts chip "raw"');
    const start = readSettings(new Chip({ chip: "raw" }));
    expect([start.i_bias_leak[7], start.hagen_dac_offset[200]]).toEqual([400, 20]);
    const usual = readSettings(new Chip());
    expect([usual.i_bias_leak[7], usual.hagen_dac_offset[200]]).toEqual([0, 32]);
  });
});

/** What rises or falls with a knob, of column 5 (driver block even, quadrant nw) and 133 (ne), on an ideal chip. */
function observe(bench: Bench, name: KnobName): number[] {
  const charged = (us: number) =>
    bench.reads(0, us, 1, (half, cycle) => {
      for (let n = 0; n < 60; n++) half.event(1, 0, 22, cycle);
    });
  const columns = (reads: Float64Array) => [reads[5], reads[133]];
  switch (name) {
    case "i_bias_synin_exc_shift":
    case "i_bias_synin_inh_shift":
      return columns(bench.reads(0, 6, 1));
    case "v_leak":
      return columns(bench.reads(0, 60, 1));
    case "v_reset":
    case "cadc_i_ramp_slope":
    case "cadc_v_ramp_offset":
    case "cadc_channel_offset":
      return columns(bench.reads(0, 1, 1));
    case "i_bias_synin_inh_gm":
      bench.weights(-20);
      return columns(charged(3)).map((value) => -value);
    case "i_bias_leak":
      bench.weights(20);
      return columns(charged(40));
    case "stp_i_ramp":
    case "stp_i_calib":
    case "hagen_dac_offset":
    case "i_bias_synin_exc_gm":
    case "syn_i_bias_dac":
      bench.weights(20);
      return columns(charged(3));
  }
}

/** The instance of a knob that column 5 of the top hemisphere, or driver 0, sees. */
const instanceOf = (name: KnobName) =>
  ({ neuron: 5, quadrant: 0, driver: 0, channel: channelInstance(0, 0, 5) })[KNOBS[name].per];

describe.each(KNOB_NAMES)("%s", (name) => {
  const { least, most, powerOn, nominal, transfer, unit, direction, per } = KNOBS[name];

  it("is neutral at its nominal code and powers on inside its range", () => {
    expect(transfer(nominal) + 0).toBe(unit === "factor" ? 1 : 0);
    for (const code of [powerOn, nominal]) expect(quantiseKnob(name, code)).toBe(code);
    expect(quantiseKnob(name, least - 3)).toBe(least);
    expect(quantiseKnob(name, most + 0.6)).toBe(most);
    expect(quantiseKnob(name, nominal + 0.4)).toBe(nominal);
    const chip = new Chip({ configuration: "power-on", ideal: true });
    expect(readKnob(chip, name, KNOB_INSTANCES[per] - 1)).toBe(powerOn);
  });

  it(`moves what one observes ${direction > 0 ? "up" : "down"} over its range, of its own instance only`, () => {
    const bench = new Bench(1, "ideal");
    if (name === "v_leak") bench.set("i_bias_leak", new Int32Array(512).fill(200));
    const instance = instanceOf(name);
    const seen: number[] = [];
    const others = new Set<number>();
    for (let step = 0; step <= 16; step++) {
      const code = quantiseKnob(name, least + ((most - least) * step) / 16);
      writeKnob(bench, name, instance, code);
      if (name === "stp_i_ramp") writeKnob(bench, "stp_i_calib", instance, code);
      const [own, other] = observe(bench, name);
      seen.push(own * direction);
      if (per !== "driver" && !name.startsWith("stp_")) others.add(other);
    }
    for (let step = 1; step < seen.length; step++) expect(seen[step]).toBeGreaterThanOrEqual(seen[step - 1]);
    expect(new Set(seen).size).toBeGreaterThan(5);
    expect(others.size).toBeLessThanOrEqual(1);
  });

  it("takes whole codes of its range", () => {
    const chip = new Bench(1, "ideal");
    for (const wrong of [least - 1, most + 1, nominal + 0.5, Number.NaN]) {
      expect(() => writeKnob(chip, name, 0, wrong)).toThrow(
        `${name} of ${per} 0 takes ${least}..${most}, not ${wrong}`,
      );
    }
    for (const code of [least, most]) {
      writeKnob(chip, name, 3, code);
      expect(readKnob(chip, name, 3)).toBe(code);
    }
  });
});

describe("cells of the capacitive memory", () => {
  it("are all knobs that the table says, and code 1023 acts as 1022", () => {
    const named = CAPMEM_CELLS.map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining(CELL_NAMES));
    const bench = new Bench(1, "ideal");
    const read = (code: number) => {
      bench.registers.write("capmem.v_reset", { quadrant: "nw", neuron: 9 }, { value: code });
      return bench.reads(0, 1, 1)[9];
    };
    expect(read(250)).toBe(85);
    bench.registers.write("capmem.cadc_v_ramp_offset", { quadrant: "nw" }, { value: 900 });
    expect(read(1023)).toBe(read(1022));
    expect(bench.registers.read("capmem.v_reset", { quadrant: "nw", neuron: 9 }).value).toBe(1022);
  });

  it("have the documented addresses for a PPU", () => {
    const chip = new Chip({ ideal: true });
    const ne = 0x00148000;
    chip.registers.writeWord(ne + 6 * 32 + 1, 123, 0);
    chip.registers.writeWord(ne + 128 * 32 + 5, 77, 0);
    expect(chip.hemispheres.top.trim.codes.i_bias_synin_inh_gm[134]).toBe(123);
    expect(chip.hemispheres.top.trim.codes.cadc_i_ramp_slope[1]).toBe(77);
    expect(readKnob(chip, "i_bias_synin_inh_gm", 134)).toBe(123);
    expect(chip.registers.read("capmemCell", { quadrant: "ne", column: 128, row: 5 }).value).toBe(77);
  });
});

describe("the reference voltage", () => {
  it("reads 20 at cell 150 and 220 at cell 500 on all channels of an ideal chip, whatever the neurons do", () => {
    const bench = new Bench(1, "ideal");
    for (const [code, level] of [
      [150, 20],
      [325, 120],
      [500, 220],
    ]) {
      bench.connectReference(code);
      for (const side of [0, 1]) {
        expect([...new Set(bench.reads(side, 1, 1))]).toEqual([level]);
        expect([...new Set(bench.halves[side].acausal)]).toEqual([level]);
      }
    }
    bench.connectReference(undefined);
    expect(new Set(bench.reads(0, 1, 1))).toEqual(new Set([128]));
  });
});

describe("a resting membrane of a raw chip", () => {
  const MICROSECONDS = [2, 6, 10, 14];
  /** Mean reads over time of the columns of the top hemisphere that stay inside the CADC's range. */
  function courses(bench: Bench): number[][] {
    const reads = MICROSECONDS.map((us) => bench.reads(0, us, 30));
    return Array.from({ length: 256 }, (_, column) => reads.map((row) => row[column])).filter(
      (course, column) =>
        bench.halves[0].mismatch.dead[column] === 0 && course.every((v) => v > 5 && v < 250),
    );
  }
  const slopes = (course: number[]) => [(course[1] - course[0]) / 4, (course[3] - course[2]) / 4];

  it("moves with the time since the reset while its inputs are connected: 12 LSB in 4 us", () => {
    const bench = new Bench(3);
    bench.set("i_bias_leak", new Int32Array(512));
    const connected = courses(bench).map(slopes);
    expect(deviation(connected.map(([early]) => early))).toBeGreaterThan(2.5);
    expect(deviation(connected.map(([early]) => early))).toBeLessThan(3.6);
    expect(deviation(connected.map(([early, late]) => late - early))).toBeLessThan(0.2);
    for (let neuron = 0; neuron < 128; neuron++) {
      for (const quadrant of ["nw", "ne"]) {
        const off = { enableSynapticInputExc: 0, enableSynapticInputInh: 0 };
        bench.registers.write("neuronConfig", { quadrant, neuron }, off);
      }
    }
    expect(deviation(courses(bench).map(([first, , , last]) => (last - first) / 12))).toBeLessThan(0.06);
  });

  it("drifts 0.3 LSB/us at 60 us because it leaks to another potential than that of its reset", () => {
    const bench = new Bench(3);
    for (const half of bench.halves)
      for (let column = 0; column < 256; column++) half.setNeuronInputs(column, false, false);
    const leaking = courses(bench).map(([first, , , last]) => (last - first) / 12);
    expect(deviation(leaking)).toBeGreaterThan(0.2);
    expect(deviation(leaking)).toBeLessThan(0.36);
    const { leakRate } = bench.halves[0].trim;
    const taus = [...leakRate].map((rate) => 1 / (250 * rate));
    expect(Math.abs(1 / meanOf([...leakRate].map((rate) => 250 * rate)) - 60)).toBeLessThan(15);
    expect(deviation(taus) / 60).toBeGreaterThan(0.2);
    const late = bench.reads(0, 1000, 10);
    const early = bench.reads(0, 1, 10);
    const rest = Array.from(late, (value, column) => value - early[column]);
    expect(deviation(rest)).toBeGreaterThan(12);
    expect(deviation(rest)).toBeLessThan(24);
  });
});

/** Codes that differ from instance to instance. */
function someSettings(): ChipSettings {
  const entries = KNOB_NAMES.map((name) => {
    const { least, most, per } = KNOBS[name];
    const codes = least < 0 ? new Int16Array(KNOB_INSTANCES[per]) : new Uint16Array(KNOB_INSTANCES[per]);
    return [name, codes.map((_, n) => least + ((n * 37 + name.length) % (most - least + 1)))];
  });
  return Object.fromEntries(entries);
}

describe("settings", () => {
  it("come back from the registers as they were applied", () => {
    const chip = new Chip({ chip: "raw", chipSeed: 4 });
    applySettings(chip, someSettings());
    expect(readSettings(chip)).toEqual(someSettings());
    expect(readSettings(new Chip({ chip: "raw", settings: someSettings() }))).toEqual(someSettings());
  });

  it("make the same chip whether given at the start, applied later or attached to hemispheres", () => {
    const settings = someSettings();
    const chips = [new Chip({ chip: "raw", chipSeed: 2, noiseSeed: 3, settings })];
    chips.push(new Chip({ chip: "raw", chipSeed: 2, noiseSeed: 3 }));
    applySettings(chips[1], settings);
    const bench = new Bench(2);
    applySettings(bench, settings);
    const read = (half: Bench["halves"][number]) => {
      for (let column = 0; column < 256; column++) {
        half.setSynapse("weights", 256, column, 0x20);
        half.setSynapse("weights", 3, column, 50);
      }
      half.resetNeurons(undefined, 0);
      for (let n = 0; n < 30; n++) half.event(2, 0, 10, 900);
      half.convert(0, 3000);
      return [...half.causal];
    };
    const reads = read(bench.halves[1]);
    expect(read(chips[0].hemispheres.bottom)).toEqual(reads);
    expect(read(chips[1].hemispheres.bottom)).toEqual(reads);
    expect(read(new Chip({ chip: "raw", chipSeed: 2, noiseSeed: 3 }).hemispheres.bottom)).not.toEqual(reads);
  });

  it("are refused in one line where they do not fit, and nothing is written", () => {
    const chip = new Chip({ ideal: true });
    const before = readSettings(chip);
    const refuse = (settings: object, message: string) => {
      expect(() => applySettings(chip, settings as ChipSettings)).toThrow(new SettingsError(message));
      expect(readSettings(chip)).toEqual(before);
    };
    refuse({ v_reset: new Uint16Array(511) }, "v_reset has 511 values instead of 512");
    refuse(
      { syn_i_bias_dac: Uint16Array.of(1, 2, 3, 1023) },
      "syn_i_bias_dac of quadrant 3 takes 0..1022, not 1023",
    );
    refuse({ v_rest: new Uint16Array(512) }, `there is no knob v_rest; there are ${KNOB_NAMES.join(", ")}`);
  });
});

describe("snapshots", () => {
  const turn = (bench: Bench) => {
    bench.weights(20);
    bench.set(
      "i_bias_leak",
      Int32Array.from({ length: 512 }, (_, n) => (n * 7) % 900),
    );
    bench.set("stp_i_ramp", [450, 520, 600, 380]);
    bench.registers.write("cadcConfig", { hemisphere: "bottom" }, { connectReference: 0 });
  };
  const course = (bench: Bench, look: () => void): number[] => {
    const out: number[] = [];
    const half = bench.halves[1];
    for (let n = 0; n < 400; n++) {
      const cycle = 1e6 + n * 30;
      if (n % 90 === 0) half.resetNeurons(undefined, cycle);
      else if (n % 90 === 89) {
        half.convert(0, cycle);
        look();
        out.push(...half.acausal, ...half.causal);
      } else half.event(1 << (n & 3), (n * 5) & 31, 1 + (n % 31), cycle);
      look();
    }
    return out;
  };

  it("leave the course as it is, however often they are taken", () => {
    const [quiet, watched] = [new Bench(5), new Bench(5)];
    for (const bench of [quiet, watched]) turn(bench);
    expect(course(watched, () => watched.halves[1].snapshot())).toEqual(course(quiet, () => undefined));
  });

  it("hold the knobs", () => {
    const [one, two] = [new Bench(5), new Bench(5)];
    turn(one);
    two.halves[1].restore(one.halves[1].snapshot());
    expect(course(two, () => undefined)).toEqual(course(one, () => undefined));
  });

  it("of a whole chip hold them too", () => {
    const make = () => new Chip({ chip: "raw", chipSeed: 6 });
    const one = make();
    applySettings(one, someSettings());
    const two = make();
    two.restore(structuredClone(one.snapshot()));
    expect(readSettings(two)).toEqual(someSettings());
    expect(two.hemispheres.top.trim.excitatory).toEqual(one.hemispheres.top.trim.excitatory);
  });
});
