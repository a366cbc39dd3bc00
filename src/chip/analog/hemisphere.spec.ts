import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Hemisphere, MATRIX_MODE_DRIVER, ROW_MODE, SWITCH_ROW } from "./hemisphere.ts";
import { analogParameters } from "./parameters.ts";

const GAIN = 0.0018;
const AFTER_RESET = 500;

function connected(parameters = analogParameters("ideal"), chipSeed = 1, noiseSeed = 1): Hemisphere {
  const chip = new Hemisphere({ hemisphere: 0, chipSeed, noiseSeed, parameters });
  for (let column = 0; column < 256; column++) chip.setSynapse("weights", SWITCH_ROW, column, 0x20);
  return chip;
}

/** Sends activation x to driver i. */
function send(
  chip: Hemisphere,
  driver: number,
  activation: number,
  cycle = AFTER_RESET,
  addressBit = 0,
): void {
  chip.event(1 << (driver % 4), driver >> 2, (addressBit << 5) | ((32 - activation) & 31), cycle);
}

/** Value of a column for an ideal chip that has seen this sum of activation x weight. */
const idealRead = (sum: number) => Math.max(0, Math.min(255, Math.floor(GAIN * sum + 128)));

function reads(chip: Hemisphere, cycle = 2000): number[] {
  chip.convert(0, cycle);
  return [...chip.causal];
}

describe("ideal hemisphere", () => {
  it("multiplies vectors with matrices exactly: clamp(floor(gain * N * sum x w))", () => {
    const vector = fc.array(fc.integer({ min: 0, max: 31 }), { minLength: 128, maxLength: 128 });
    const arbitrary = fc.record({ x: vector, sends: fc.integer({ min: 1, max: 9 }), mix: fc.nat(1e6) });
    const chip = connected();
    let cycle = 0;
    fc.assert(
      fc.property(arbitrary, ({ x, sends, mix }) => {
        const weight = (i: number, j: number) => ((i * 7919 + j * 104729 + mix) % 127) - 63;
        for (let i = 0; i < 128; i++) {
          for (let j = 0; j < 256; j++) {
            chip.setSynapse("weights", 2 * i + 1, j, Math.max(0, weight(i, j)));
            chip.setSynapse("weights", 2 * i, j, Math.max(0, -weight(i, j)));
          }
        }
        chip.resetNeurons(undefined, cycle);
        cycle += 500;
        for (let n = 0; n < sends; n++) {
          for (let i = 0; i < 128; i++) if (x[i] > 0) send(chip, i, x[i], cycle++);
        }
        const expected = Array.from({ length: 256 }, (_, j) =>
          idealRead(sends * x.reduce((sum, activation, i) => sum + activation * weight(i, j), 0)),
        );
        expect(reads(chip, (cycle += 250))).toEqual(expected);
      }),
      { seed: 1, numRuns: 25 },
    );
  });

  it("gives the same whether weights change between events or not", () => {
    const chip = connected();
    chip.resetNeurons(undefined, 0);
    chip.setSynapse("weights", 1, 3, 60);
    for (let n = 0; n < 10; n++) send(chip, 0, 31);
    chip.setSynapse("weights", 1, 3, 10);
    for (let n = 0; n < 10; n++) send(chip, 0, 20);
    chip.configureDriver(0, { topRow: ROW_MODE.inhibitory });
    send(chip, 0, 1);
    expect(reads(chip)[3]).toBe(idealRead(10 * 31 * 60 + 10 * 20 * 10 - 10));
  });

  it("reads both channels, the acausal one through the labels of the switch row", () => {
    const chip = connected();
    for (let j = 0; j < 256; j += 2) chip.setSynapse("labels", SWITCH_ROW, j, 0x20);
    chip.setSynapse("weights", SWITCH_ROW, 4, 0x1f);
    chip.resetNeurons(undefined, 0);
    for (let j = 0; j < 256; j++) chip.setSynapse("weights", 1, j, 63);
    for (let n = 0; n < 20; n++) send(chip, 0, 31);
    const expected = idealRead(20 * 31 * 63);
    reads(chip);
    expect([chip.causal[2], chip.causal[4], chip.acausal[2], chip.acausal[3]]).toEqual([
      expected,
      128,
      expected,
      128,
    ]);
    chip.setChannelOffset(2, 0, -5);
    chip.setChannelOffset(3, 1, 127);
    reads(chip);
    expect([chip.causal[2], chip.acausal[2], chip.acausal[3]]).toEqual([expected - 5, expected, 255]);
    chip.convertResetVoltage(0, 3000);
    expect([chip.causal[2], chip.causal[3]]).toEqual([123, 128]);
    chip.cadcEnabled = false;
    expect(reads(chip).every((value) => value === 0)).toBe(true);
  });
});

describe("events", () => {
  /** Which drivers take an event: row 2d + 1 has weight 40, read column by column d (driver = column). */
  function takers(chip: Hemisphere, fire: () => void): number[] {
    for (let driver = 0; driver < 128; driver++) chip.setSynapse("weights", 2 * driver + 1, driver, 63);
    chip.resetNeurons(undefined, 0);
    for (let n = 0; n < 20; n++) fire();
    return reads(chip).flatMap((value, column) => (value > 128 ? [column] : []));
  }

  it("reach driver i on bus i % 4 at row select i / 4", () => {
    expect(takers(...firing(0b0010, 5))).toEqual([21]);
    expect(takers(...firing(0b1001, 31))).toEqual([124, 127]);
    expect(takers(...firing(0, 3))).toEqual([]);
  });

  it("reach all drivers of a bus whose compare mask leaves out the difference", () => {
    const chip = connected();
    for (let driver = 0; driver < 128; driver++) {
      chip.configureDriver(driver, { rowAddressCompareMask: driver < 64 ? 0 : 0b11110 });
    }
    const even = Array.from({ length: 16 }, (_, n) => n * 4 + 2);
    expect(takers(chip, () => chip.event(4, 20, 1, AFTER_RESET))).toEqual([...even, 82, 86]);
  });

  it("don't reach drivers without receiver or rows that are disabled", () => {
    const chip = connected();
    chip.configureDriver(8, { enReceiver: false });
    chip.configureDriver(9, { topRow: ROW_MODE.disabled });
    expect(takers(chip, () => chip.event(15, 2, 1, AFTER_RESET))).toEqual([10, 11]);
  });

  it("are compared with bit 5 of the label in matrix mode, with all bits with en_address_out", () => {
    const chip = connected();
    chip.setSynapse("labels", 5, 2, 0x20);
    chip.setSynapse("labels", 7, 3, 0x1f);
    expect(takers(chip, () => chip.event(15, 0, 1, AFTER_RESET))).toEqual([0, 1, 3]);
    expect(takers(chip, () => chip.event(15, 0, 0x21, AFTER_RESET))).toEqual([2]);
    for (let driver = 0; driver < 4; driver++) chip.configureDriver(driver, { enAddressOut: true });
    expect(takers(chip, () => chip.event(15, 0, 0x1f, AFTER_RESET))).toEqual([3]);
    expect(takers(chip, () => chip.event(15, 0, 0x20, AFTER_RESET))).toEqual([2]);
  });

  it("have the pulse length 32 - code, or full length without modulation", () => {
    const chip = connected();
    const read = (code: number) => {
      chip.resetNeurons(undefined, 0);
      for (let n = 0; n < 100; n++) chip.event(1, 0, code, AFTER_RESET);
      return reads(chip)[0];
    };
    chip.setSynapse("weights", 1, 0, 20);
    for (const code of [1, 7, 31]) expect(read(code)).toBe(idealRead(100 * 20 * (32 - code)));
    expect(read(0)).toBe(idealRead(100 * 20 * 32));
    chip.configureDriver(0, { hagenDacOffset: 36 });
    expect(read(22)).toBe(idealRead(100 * 20 * 9));
    expect(read(31)).toBe(idealRead(0));
    chip.configureDriver(0, { hagenDacOffset: 0 });
    expect(read(1)).toBe(idealRead(100 * 20 * 33));
    chip.configureDriver(0, { enStp: false });
    expect(read(31)).toBe(idealRead(100 * 20 * 31));
  });

  it("go to the inputs that the row modes name and the neuron has connected", () => {
    const chip = connected();
    chip.setSynapse("weights", 1, 0, 50);
    chip.setSynapse("weights", 0, 0, 10);
    const read = () => {
      chip.resetNeurons(undefined, 0);
      for (let n = 0; n < 20; n++) send(chip, 0, 31);
      return reads(chip)[0];
    };
    expect(read()).toBe(idealRead(20 * 31 * 40));
    chip.configureDriver(0, { topRow: ROW_MODE.both });
    expect(read()).toBe(idealRead(-20 * 31 * 10));
    chip.configureDriver(0, { ...MATRIX_MODE_DRIVER });
    chip.setNeuronInputs(0, false, true);
    expect(read()).toBe(idealRead(-20 * 31 * 10));
    chip.setNeuronInputs(0, true, false);
    expect(read()).toBe(idealRead(20 * 31 * 50));
  });
});

function firing(buses: number, select: number): [Hemisphere, () => void] {
  const chip = connected();
  return [chip, () => chip.event(buses, select, 1, AFTER_RESET)];
}

describe("resets", () => {
  it("clear the chosen columns and keep the others", () => {
    const chip = connected();
    for (let j = 0; j < 256; j++) chip.setSynapse("weights", 1, j, 63);
    chip.resetNeurons(undefined, 0);
    for (let n = 0; n < 20; n++) send(chip, 0, 31, 600);
    const enables = Uint8Array.from({ length: 128 }, (_, lane) => (lane < 3 ? 255 : 0));
    chip.resetLanes(1, enables, 1000);
    const full = idealRead(20 * 31 * 63);
    expect(reads(chip, 1100).slice(0, 8)).toEqual([full, 128, full, 128, full, 128, full, full]);
    for (let n = 0; n < 5; n++) send(chip, 0, 31, 1600);
    const more = idealRead(25 * 31 * 63);
    expect(reads(chip).slice(4, 8)).toEqual([more, idealRead(5 * 31 * 63), more, more]);
  });

  it("hold the membrane for 2 us, in which events are lost for the column", () => {
    const chip = connected();
    for (let j = 0; j < 2; j++) chip.setSynapse("weights", 1, j, 63);
    chip.resetNeurons(undefined, 0);
    chip.resetLanes(1, undefined, 400);
    for (let n = 0; n < 20; n++) send(chip, 0, 31, 499);
    for (let n = 0; n < 20; n++) send(chip, 0, 31, 500);
    for (let n = 0; n < 10; n++) send(chip, 0, 31, 900);
    expect(reads(chip).slice(0, 2)).toEqual([idealRead(30 * 31 * 63), idealRead(10 * 31 * 63)]);
  });
});

describe("leak and saturation", () => {
  it("lets charge decay with tauMem, exactly for equal time constants", () => {
    const chip = connected(analogParameters("ideal", { tauMem: 60 }));
    chip.setSynapse("weights", 1, 0, 63);
    chip.resetNeurons(undefined, 0);
    const times = [500, 2000, 5500, 9000, 20000, 21000];
    for (const time of times) for (let n = 0; n < 10; n++) send(chip, 0, 31, time);
    const end = 25000;
    const charge = times.reduce((sum, time) => sum + 310 * 63 * Math.exp(-(end - time) / 15000), 0);
    expect(Math.abs(reads(chip, end)[0] - idealRead(charge))).toBeLessThanOrEqual(1);
  });

  it("follows each column's time constant closely when they differ", () => {
    const parameters = analogParameters("ideal", { tauMem: 60, sigTauMem: 0.3, gain: 0.001 });
    const chip = connected(parameters);
    for (let j = 0; j < 256; j++) chip.setSynapse("weights", 1, j, 63);
    chip.resetNeurons(undefined, 0);
    for (let n = 0; n < 64; n++) send(chip, 0, 31, 500 + n * 200);
    const values = reads(chip, 14000);
    for (let j = 0; j < 256; j++) {
      const rate = chip.mismatch.leakRate[j];
      let charge = 0;
      for (let n = 0; n < 64; n++) charge += 31 * 63 * Math.exp(-(14000 - 500 - n * 200) * rate);
      expect(Math.abs(values[j] - (127.5 + 0.001 * charge))).toBeLessThan(1.5);
    }
  });

  it("limits the charge of one time slot", () => {
    const chip = connected(analogParameters("ideal", { satLevel: 4000 }));
    for (let driver = 0; driver < 4; driver++) chip.setSynapse("weights", 2 * driver + 1, 0, 63);
    const read = (spacing: number) => {
      chip.resetNeurons(undefined, 0);
      for (let n = 0; n < 4; n++) chip.event(15, 0, 1, 500 + n * spacing);
      return reads(chip)[0];
    };
    const saturated = (charge: number) => 4000 * Math.tanh(charge / 4000);
    expect(read(100)).toBe(idealRead(4 * saturated(4 * 31 * 63)));
    expect(read(0)).toBe(idealRead(saturated(16 * 31 * 63)));
  });
});

/** All state as text, array by array. */
function bytes(chip: Hemisphere): string[] {
  return Object.entries(chip.snapshot()).map(([name, array]) => {
    return `${name} ${Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64")}`;
  });
}

describe("state", () => {
  it("continues bit by bit from a snapshot taken in the middle of an integration", () => {
    const run = (chip: Hemisphere, from: number, to: number) => {
      for (let n = from; n < to; n++) {
        if (n % 50 === 0) chip.resetNeurons(undefined, n * 40);
        else if (n % 50 === 49) chip.convert(0, n * 40);
        else send(chip, (n * 37) % 128, 1 + ((n * 11) % 31), n * 40);
      }
    };
    for (const preset of ["calibrated", "raw"] as const) {
      const make = () => {
        const chip = connected(analogParameters(preset), 5, 6);
        for (let row = 0; row < 256; row++) {
          for (let j = 0; j < 256; j++) chip.setSynapse("weights", row, j, (row * 31 + j * 17) & 63);
        }
        return chip;
      };
      const straight = make();
      run(straight, 0, 250);
      const first = make();
      run(first, 0, 130);
      const snapshot = first.snapshot();
      run(first, 130, 250);
      const second = new Hemisphere({
        hemisphere: 0,
        chipSeed: 5,
        noiseSeed: 6,
        parameters: analogParameters(preset),
      });
      second.restore(snapshot);
      run(second, 130, 250);
      expect(bytes(first)).toEqual(bytes(straight));
      expect(bytes(second)).toEqual(bytes(straight));
    }
  });

  it("reads lanes and bytes as they were written, 6 or 2 bits wide", () => {
    const chip = connected();
    const lanes = Uint8Array.from({ length: 128 }, (_, lane) => lane * 2 + 1);
    const enables = Uint8Array.from({ length: 128 }, (_, lane) => lane & 1);
    chip.writeLanes("weights", 200, 1, lanes, enables);
    expect(chip.synapse("weights", 200, 3)).toBe(3);
    expect(chip.synapse("weights", 200, 1)).toBe(0);
    const back = new Uint8Array(128);
    chip.readLanes("weights", 200, 1, back);
    expect([...back]).toEqual([...lanes].map((value, lane) => (lane & 1 ? value & 63 : 0)));
    chip.writeLanes("amplitudeCalibration", 3, 0, lanes);
    expect(chip.synapse("amplitudeCalibration", 3, 2)).toBe(3);
    chip.setNeuronInputs(3, true, false);
    chip.configureDriver(7, { ...MATRIX_MODE_DRIVER, hagenDacOffset: 63, enStp: false });
    expect(chip.driverConfig(7)).toEqual({ ...MATRIX_MODE_DRIVER, hagenDacOffset: 63, enStp: false });
  });

  it("gives the same noise to the same conversion whatever happened before", () => {
    const one = connected(analogParameters("calibrated"));
    const two = connected(analogParameters("calibrated"));
    two.resetNeurons(undefined, 10);
    send(two, 3, 5, 600);
    two.resetNeurons(undefined, 700);
    one.resetNeurons(undefined, 700);
    expect(reads(one, 1500)).toEqual(reads(two, 1500));
    expect(reads(one, 1600)).not.toEqual(reads(one, 1600));
  });
});
