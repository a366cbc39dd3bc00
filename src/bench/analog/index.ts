/**
 * One run of a whole array: reset, an event for each of the 128 drivers (256 rows), conversion of 256 columns with
 * noise; and its parts, in turns with the same in C and with reading and copying the bytes of the products.
 */
import { Hemisphere, SWITCH_ROW } from "../../chip/analog/hemisphere.ts";
import { COLUMNS, DRIVERS } from "../../chip/analog/mismatch.ts";
import { fillNormals } from "../../chip/analog/normals.ts";
import { exponential, fillNormal, STREAM } from "../../chip/analog/random.ts";
import { median, medianRatio } from "../turns.ts";
import type { BenchContext, Goal, Row } from "../types.ts";
import { compileNative, type NativeInput, type NativeTurn } from "./native.ts";

const NOISE_SEED = 5;
const RESET = 1000;
const FIRST = RESET + 600;
const STEP = 4;
const READ = FIRST + DRIVERS * STEP + 250;
const GOAL = { atMost: 4 };
const RUN = "array run";

const code = (driver: number) => 1 + ((driver * 7) % 31);

function makeHemisphere(): Hemisphere {
  const hemisphere = new Hemisphere({ hemisphere: 0, chipSeed: 3, noiseSeed: NOISE_SEED });
  for (let row = 0; row < 2 * DRIVERS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      // Signs alternate, so that few columns are at an end of the range.
      hemisphere.setSynapse("weights", row, column, (row * 31 + column * 17 + (row >> 1) * 5) & 63);
    }
  }
  for (let column = 0; column < COLUMNS; column++) hemisphere.setSynapse("weights", SWITCH_ROW, column, 0x20);
  return hemisphere;
}

function sendAll(hemisphere: Hemisphere): void {
  for (let driver = 0; driver < DRIVERS; driver++) {
    hemisphere.event(1 << (driver & 3), driver >> 2, code(driver), FIRST + driver * STEP);
  }
}

function arrayRun(hemisphere: Hemisphere): void {
  hemisphere.resetNeurons(undefined, RESET);
  sendAll(hemisphere);
  hemisphere.convert(0, READ);
}

/** The same events as stores to the register padiTrigger. */
function sendBatch(hemisphere: Hemisphere): void {
  const { words, cycles } = hemisphere.eventQueue;
  for (let driver = 0; driver < DRIVERS; driver++) {
    words[driver] = (1 << (driver & 3)) | (code(driver) << 16) | ((driver >> 2) << 22);
    cycles[driver] = FIRST + driver * STEP;
  }
  hemisphere.events(words, cycles, DRIVERS);
}

/** Pulse length of a driver by code, from what an event adds to a hemisphere without leak. */
function pulseLengths(hemisphere: Hemisphere): Float64Array {
  const lengths = new Float64Array(DRIVERS * 32);
  for (let driver = 0; driver < DRIVERS; driver++) {
    hemisphere.resetNeurons(undefined, -RESET);
    // Whatever changes the drivers collects the pending pulses, so that the next event stands alone.
    hemisphere.configureDriver(driver, {});
    hemisphere.event(1 << (driver & 3), driver >> 2, code(driver), 0);
    lengths[driver * 32 + code(driver)] = hemisphere.snapshot().pulses[driver];
  }
  return lengths;
}

function nativeInput(hemisphere: Hemisphere): NativeInput {
  const { mismatch, trim, parameters: p } = hemisphere;
  const products = new Float64Array(DRIVERS * COLUMNS);
  for (let driver = 0; driver < DRIVERS; driver++) {
    for (let j = 0; j < COLUMNS; j++) {
      const charge = (row: number, gains: Float64Array) =>
        hemisphere.synapse("weights", row, j) * mismatch.synapse[row * COLUMNS + j] * gains[j];
      products[driver * COLUMNS + j] =
        0 - charge(2 * driver, trim.inhibitory) + charge(2 * driver + 1, trim.excitatory);
    }
  }
  const byColumn = (value: (j: number) => number) =>
    Float64Array.from({ length: COLUMNS }, (_, j) => value(j));
  return {
    products,
    pulses: pulseLengths(hemisphere),
    rate: trim.commonLeakRate,
    gain: p.gain * (1 + p.tempCoeffGain * (p.temperature - 40)),
    decay: exponential(-READ * trim.commonLeakRate),
    times: [FIRST, STEP, READ - p.resetHold * 250 - RESET],
    variances: [p.sigmaRead * p.sigmaRead - p.sigmaAdc * p.sigmaAdc, p.sigmaEvent * p.sigmaEvent],
    sigma: p.sigmaAdc,
    drift: mismatch.drift,
    resultOffset: mismatch.resultOffset,
    level: mismatch.resetLevel,
    slope: byColumn((j) => (mismatch.dead[j] ? 0 : mismatch.converterGain[j])),
    shift: trim.resetShift,
    countShift: trim.countShift,
    countFactor: trim.countFactor,
    added: mismatch.channelOffset.subarray(0, COLUMNS),
  };
}

/** Microseconds of processor time of one call. */
function microseconds(calls: number, work: () => void): number {
  const start = process.cpuUsage();
  for (let n = 0; n < calls; n++) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

/** Throws where the emulator and C disagree about a single count. */
export function analogRows({ long, note }: BenchContext): Row[] {
  const [turns, calls] = long ? [41, 4000] : [11, 1500];
  const hemisphere = makeHemisphere();
  const native = compileNative(nativeInput(makeHemisphere()), NOISE_SEED);
  const products = new Float64Array(DRIVERS * COLUMNS).fill(1);
  const copy = new Float64Array(products.length);
  const numbers = new Float64Array(COLUMNS);
  const idle = makeHemisphere();
  let draws = 0;
  const works = {
    run: () => arrayRun(hemisphere),
    events: () => sendAll(hemisphere),
    batch: () => sendBatch(hemisphere),
    conversion: () => idle.convert(0, READ),
    normals: () => fillNormals(numbers, NOISE_SEED, STREAM.membraneNoise, 0, draws++),
    reference: () => fillNormal(numbers, NOISE_SEED, STREAM.membraneNoise, 0, draws++),
    copy: () => copy.set(products),
  };
  type Name = keyof typeof works;
  const times: Record<Name, number[]> = {
    ...{ run: [], events: [], batch: [], conversion: [], normals: [], reference: [], copy: [] },
  };
  const natives: NativeTurn[] = [];
  for (const work of Object.values(works)) microseconds(4 * calls, work);
  try {
    for (let turn = 0; turn < turns; turn++) {
      for (const name of Object.keys(works) as Name[]) times[name].push(microseconds(calls, works[name]));
      arrayRun(hemisphere);
      const answer = native?.turn(calls, hemisphere.conversions - 1);
      if (answer === undefined) continue;
      const wrong = answer.counts.findIndex((count, j) => count !== hemisphere.causal[j]);
      if (wrong >= 0) throw new Error(`analog bench: C and the emulator differ in column ${wrong}`);
      natives.push(answer);
    }
  } finally {
    native?.dispose();
  }
  const time = (name: Name, what: string): Row => ({ name: what, value: median(times[name]), unit: "us" });
  const ratio = (name: Name, what: string, peer: string, below: readonly number[], goal?: Goal): Row => {
    return {
      name: what,
      value: medianRatio(times[name], below),
      unit: "x time",
      peer,
      ...(goal && { goal }),
    };
  };
  const rows = [
    time("run", RUN),
    time("events", "its 128 events"),
    time("batch", "128 events as a batch"),
    time("conversion", "conversion without events"),
    time("normals", "256 normal numbers"),
    ratio("reference", "256 normal numbers by random.ts", "the kernel", times.normals),
    ratio("run", RUN, "copying the bytes of the products", times.copy, GOAL),
  ];
  if (natives.length === 0) {
    note("gcc is not installed: no comparison with native C");
    return rows;
  }
  const inC = (name: "run" | "read") => natives.map((turn) => turn[name]);
  return [
    ...rows,
    ratio("run", RUN, "the same in C, gcc -O3 -march=native", inC("run"), GOAL),
    ratio("run", RUN, "reading the bytes of the products in C", inC("read"), GOAL),
  ];
}
