/**
 * A calibration without regard to cost, to show what the knobs can repair: binary searches on averaged reads, settings
 * written through registers. Order and targets as in calibration-and-training section 1.
 */
import { Hemisphere } from "../../src/chip/analog/hemisphere.ts";
import { KNOBS, type KnobName, quantiseKnob } from "../../src/chip/analog/knobs.ts";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import type { RegisterFile } from "../../src/chip/registers/register-file.ts";
import { driverInstance, neuronInstance, writeKnob } from "../../src/chip/settings.ts";
import { attachRegisters } from "../../src/chip/wiring.ts";

const COLUMNS = 256;

export const meanOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
export function deviation(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(Array.from(values, (value) => (value - mean) ** 2)));
}
export function median(values: ArrayLike<number>): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

export class Bench {
  readonly halves: readonly Hemisphere[];
  readonly registers: RegisterFile;
  private cycle = 0;

  constructor(chipSeed: number, preset: "raw" | "calibrated" | "ideal" = "raw") {
    const parameters = analogParameters(preset);
    this.halves = [0, 1].map(
      (hemisphere) => new Hemisphere({ hemisphere, chipSeed, noiseSeed: 3, parameters }),
    );
    this.registers = attachRegisters(this.halves, () => this.cycle);
    for (const half of this.halves) {
      for (let column = 0; column < COLUMNS; column++) {
        half.setSynapse("weights", 256, column, 0x20);
        half.setSynapse("labels", 256, column, 0x20);
      }
    }
  }

  /** Weight of all synapses of the drivers, positive in the excitatory rows, negative in the inhibitory ones. */
  weights(weight: number, drivers = 128): void {
    for (const half of this.halves) {
      for (let row = 0; row < 256; row++) {
        const value = row >> 1 < drivers ? Math.max(0, row & 1 ? weight : -weight) : 0;
        for (let column = 0; column < COLUMNS; column++) half.setSynapse("weights", row, column, value);
      }
    }
  }

  /**
   * Mean causal reads of both hemispheres (512), `us` microseconds after the end of the reset; `send` may send events
   * one microsecond after it.
   */
  reads(
    side: number,
    us: number,
    repeats: number,
    send?: (half: Hemisphere, cycle: number) => void,
  ): Float64Array {
    const half = this.halves[side];
    const sums = new Float64Array(COLUMNS);
    for (let n = 0; n < repeats; n++) {
      half.resetNeurons(undefined, this.cycle);
      this.cycle += 500;
      send?.(half, this.cycle + 250);
      this.cycle += us * 250;
      half.convert(0, this.cycle);
      this.cycle += 500;
      for (let column = 0; column < COLUMNS; column++) sums[column] += half.causal[column];
    }
    return sums.map((sum) => sum / repeats);
  }

  /** Events of activation x to drivers first..last, and the reads minus those without events. */
  amplitudes(side: number, x: number, repeats: number, first = 0, last = 127, sends = 1): Float64Array {
    const reads = this.reads(side, 5, repeats, (half, cycle) => {
      for (let n = 0; n < sends; n++) {
        for (let i = first; i <= last; i++) half.event(1 << (i & 3), i >> 2, 32 - x, cycle + 4 * n);
      }
    });
    const rest = this.reads(side, 5, repeats);
    return reads.map((value, column) => value - rest[column]);
  }

  connectReference(code: number | undefined): void {
    for (const hemisphere of ["top", "bottom"]) {
      this.registers.write("cadcConfig", { hemisphere }, { connectReference: code === undefined ? 0 : 1 });
    }
    for (let quadrant = 0; quadrant < 4; quadrant++) {
      if (code !== undefined) this.registers.write("capmem.cadc_v_reference", { quadrant }, { value: code });
    }
  }

  /** All instances of a knob; values are rounded and clipped. */
  set(name: KnobName, values: ArrayLike<number>): void {
    for (let n = 0; n < values.length; n++) writeKnob(this, name, n, quantiseKnob(name, values[n]));
  }

  /**
   * Binary search for all instances at once: `measure` gives what should become equal to `target` by instance, rising
   * (`direction` 1) or falling with the code. Returns the codes, which are set.
   */
  search(
    name: KnobName,
    instances: number,
    measure: () => ArrayLike<number>,
    target: (instance: number) => number,
    direction: number = KNOBS[name].direction,
  ): Int32Array {
    const { least, most } = KNOBS[name];
    const low = new Int32Array(instances).fill(least);
    const high = new Int32Array(instances).fill(most);
    while (low.some((code, n) => code < high[n])) {
      const codes = low.map((code, n) => (code + high[n]) >> 1);
      this.set(name, codes);
      const values = measure();
      for (let n = 0; n < instances; n++) {
        if (low[n] === high[n]) continue;
        if ((values[n] - target(n)) * direction < 0) low[n] = codes[n] + 1;
        else high[n] = codes[n];
      }
    }
    this.set(name, low);
    return low;
  }

  byQuadrant(
    measure: (side: number) => Float64Array,
    figure: (values: ArrayLike<number>) => number,
  ): number[] {
    return [0, 1].flatMap((side) => {
      const values = measure(side);
      return [figure(values.subarray(0, 128)), figure(values.subarray(128))];
    });
  }

  byNeuron(measure: (side: number) => Float64Array): Float64Array {
    return Float64Array.from([0, 1].flatMap((side) => [...measure(side)]));
  }
}

/** Calibrates the converters: steps 7 to 9. */
export function calibrateConverters(bench: Bench): void {
  const level = (side: number) => bench.reads(side, 1, 2);
  for (let round = 0; round < 2; round++) {
    bench.connectReference(150);
    bench.search(
      "cadc_v_ramp_offset",
      4,
      () => bench.byQuadrant(level, meanOf),
      () => 20,
    );
    bench.connectReference(500);
    bench.search(
      "cadc_i_ramp_slope",
      4,
      () => bench.byQuadrant(level, meanOf),
      () => 220,
    );
  }
  bench.connectReference(325);
  const causal = bench.byNeuron((side) => bench.reads(side, 1, 20));
  const middle = median(causal);
  const offsets = new Int16Array(1024);
  for (let n = 0; n < 512; n++) offsets[(n >> 8) * 512 + (n & 255)] = Math.round(middle - causal[n]);
  bench.set("cadc_channel_offset", offsets);
  bench.connectReference(undefined);
}

/** Mean amplitude of each driver over 16 columns of its hemisphere, 256 values. */
function driverAmplitudes(bench: Bench, x: number): Float64Array {
  const values = new Float64Array(256);
  for (let side = 0; side < 2; side++) {
    for (let driver = 0; driver < 128; driver++) {
      const columns = bench.amplitudes(side, x, 2, driver, driver, x > 10 ? 15 : 100);
      values[driverInstance(side, driver)] =
        meanOf(columns.filter((_, column) => column % 16 === 3)) / (x > 10 ? 15 : 100);
    }
  }
  return values;
}

/** Steps 3 to 5: pulses become proportional to the activation, 33 units being the longest. */
export function calibrateDrivers(bench: Bench): void {
  bench.weights(63);
  bench.set("stp_i_ramp", [1, 1, 1, 1]);
  bench.set("stp_i_calib", [1, 1, 1, 1]);
  bench.set("hagen_dac_offset", new Int32Array(256));
  const longest = driverAmplitudes(bench, 31);
  const block = (n: number) => (n >> 7) * 2 + (n & 1);
  const means = (values: Float64Array) =>
    [0, 1, 2, 3].map((quadrant) => meanOf(values.filter((_, n) => block(n) === quadrant)));
  const low = means(longest).map((value) => (value * 2) / 33);
  const offsets = () =>
    bench.search(
      "hagen_dac_offset",
      256,
      () => driverAmplitudes(bench, 29),
      (n) => (longest[n] * 29) / 33,
    );
  // With the pulse fixed at x = 29 a stronger ramp makes those at x = 2 longer.
  const codes = [250, 250, 250, 250];
  for (let step = 128; step >= 8; step >>= 1) {
    const tried = codes.map((code) => code + step * 2);
    bench.set("stp_i_ramp", tried);
    bench.set("stp_i_calib", tried);
    offsets();
    means(driverAmplitudes(bench, 2)).forEach((value, quadrant) => {
      if (value < low[quadrant]) codes[quadrant] = tried[quadrant];
    });
  }
  bench.set("stp_i_ramp", codes);
  bench.set("stp_i_calib", codes);
  bench.search(
    "hagen_dac_offset",
    256,
    () => driverAmplitudes(bench, 3),
    (n) => (longest[n] * 3) / 33,
  );
}

/** Step 2, 13 and 14: quadrants to the weakest, then all neurons to the median, both signs. Returns success flags. */
export function calibrateGains(bench: Bench): boolean[] {
  bench.weights(10);
  const exc = (repeats: number) => (side: number) => bench.amplitudes(side, 20, repeats);
  const strength = bench.byQuadrant(exc(8), median);
  const weakest = Math.min(...strength);
  bench.search(
    "syn_i_bias_dac",
    4,
    () => bench.byQuadrant(exc(8), median),
    () => weakest,
  );
  const target = median(bench.byNeuron(exc(16)));
  const codes = [
    bench.search(
      "i_bias_synin_exc_gm",
      512,
      () => bench.byNeuron(exc(16)),
      () => target,
    ),
  ];
  bench.weights(-10);
  const inh = (side: number) => bench.amplitudes(side, 20, 16).map((value) => -value);
  codes.push(
    bench.search(
      "i_bias_synin_inh_gm",
      512,
      () => bench.byNeuron(inh),
      () => target,
    ),
  );
  bench.weights(0);
  return Array.from({ length: 512 }, (_, n) => codes.every((code) => code[n] > 0 && code[n] < 1022));
}

/** Leak off, resets to 120, then step 15: with an input connected the read stays as it is without. */
export function calibrateOffsets(bench: Bench): void {
  bench.set("i_bias_leak", new Int32Array(512));
  const connect = (exc: number, inh: number) => {
    for (let n = 0; n < 512; n++) {
      const fields = { enableSynapticInputExc: exc, enableSynapticInputInh: inh };
      bench.registers.write("neuronConfig", { quadrant: n >> 7, neuron: n & 127 }, fields);
    }
  };
  const level = (us: number) => bench.byNeuron((side) => bench.reads(side, us, 16));
  connect(0, 0);
  bench.search(
    "v_reset",
    512,
    () => level(1),
    () => 120,
  );
  const still = level(20);
  connect(1, 0);
  bench.search(
    "i_bias_synin_exc_shift",
    512,
    () => level(20),
    (n) => still[n],
  );
  connect(1, 1);
  bench.search(
    "i_bias_synin_inh_shift",
    512,
    () => level(20),
    (n) => still[n],
  );
}

/** Columns that are not stuck, by instance. */
export const alive = (bench: Bench): boolean[] =>
  bench.halves.flatMap((half, side) =>
    Array.from(half.mismatch.dead, (flag, j) => neuronInstance(side, j) >= 0 && flag === 0),
  );
