/**
 * The synapse array of one hemisphere as the buses see it: regions of half rows (128 byte lanes, lane k = column
 * 2k + parity). The omnibus sees the same lanes four to a word, weights in physical bit order (chip.md 4, 6.2).
 */
import type { Hemisphere, SynapseRegion } from "../analog/hemisphere.ts";
import { SWITCH_ROW } from "../analog/hemisphere.ts";
import type { RandomGenerator } from "../random-generator.ts";
import { BUFFERED, PARALLEL_MAP, TEST_MODE } from "./address-map.ts";

/** Tells about a guest's mistake; the caller adds PPU, pc and cycle. */
export type Report = (kind: string, message: string) => void;

/** Logical weight bits 4..0 are stored in reversed order; the permutation is its own inverse (chip.md 4). */
export function permuteWeight(weight: number): number {
  const low =
    ((weight & 1) << 4) | ((weight & 2) << 2) | (weight & 4) | ((weight & 8) >> 2) | ((weight & 16) >> 4);
  return (weight & 0x20) | low;
}

const PLAIN: Readonly<Record<number, SynapseRegion>> = {
  [PARALLEL_MAP.weights.base]: "weights",
  [PARALLEL_MAP.timeCalibration.base]: "timeCalibration",
  [PARALLEL_MAP.amplitudeCalibration.base]: "amplitudeCalibration",
  [PARALLEL_MAP.labels.base]: "labels",
};
const ROWS = 256;
/** Raw region row that holds the internal correlation switches and debug bits; stored only. */
const CORRELATION_SWITCH_ROW = 257;
const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;

export class SynapseArray {
  readonly hemisphere: Hemisphere;
  readonly random: RandomGenerator;
  /** Raw row 257: 4 x 128 lanes. */
  readonly #correlationSwitches = new Uint8Array(512);
  readonly #lanes = new Uint8Array(128);
  readonly #enables = new Uint8Array(128);
  readonly #second = new Uint8Array(128);

  constructor(hemisphere: Hemisphere, random: RandomGenerator) {
    this.hemisphere = hemisphere;
    this.random = random;
  }

  /** fxvinx. Fills 128 lanes; lanes are 0 and a report is made where there is nothing to read. */
  readVector(address: number, lanes: Uint8Array, cycle: number, report: Report): void {
    if (!this.#read(address, lanes, cycle, true, report)) {
      lanes.fill(0);
      report(
        "unmapped",
        `fxvinx from ${hex(address)}: nothing to read there; see the vector IO map in docs/registers.md`,
      );
    }
  }

  /** fxvoutx. Writes the lanes whose enable is not 0. */
  writeVector(address: number, lanes: Uint8Array, enables: Uint8Array, cycle: number, report: Report): void {
    if (!this.#write(address, lanes, enables, cycle, true)) {
      report(
        "unmapped",
        `fxvoutx to ${hex(address)}: nothing to write there; see the vector IO map in docs/registers.md`,
      );
    }
  }

  /** Word `offset` of the synapse array on the omnibus, or undefined where there is nothing to read. */
  readWord(offset: number, cycle: number, report: Report): number | undefined {
    const address = (offset & ~0xffff) | ((offset & 0xffff) >> 5);
    if (!this.#read(address, this.#lanes, cycle, false, report)) return undefined;
    const at = (offset & 31) * 4;
    const [a, b, c, d] = this.#lanes.subarray(at, at + 4);
    return (a << 24) | (b << 16) | (c << 8) | d;
  }

  /** Writes word `offset` of the omnibus view; false where there is nothing to write. */
  writeWord(offset: number, value: number, cycle: number): boolean {
    const region = offset & 0xff0000;
    const index = (offset & 0xffff) >> 5;
    const at = (offset & 31) * 4;
    this.#enables.fill(0).fill(1, at, at + 4);
    for (let byte = 0; byte < 4; byte++) this.#lanes[at + byte] = value >>> (24 - 8 * byte);
    const isReset = region === PARALLEL_MAP.resetVoltageCausal.base;
    const address = (isReset ? PARALLEL_MAP.correlationReset.base : region) | index;
    return this.#write(address, this.#lanes, this.#enables, cycle, false);
  }

  /** What decides the latency of a parallel access. */
  static kind(address: number): "synapses" | "cadcTrigger" | "cadcBuffered" | "neuronReset" | "other" {
    const region = (address & 0xffff0000) >>> 0;
    if (region === PARALLEL_MAP.correlationReset.base) return "neuronReset";
    if (PLAIN[region] !== undefined || region === PARALLEL_MAP.raw.base) return "synapses";
    const channel = (region & ~BUFFERED) >>> 0;
    if (channel === PARALLEL_MAP.causal.base || channel === PARALLEL_MAP.acausal.base) {
      return region === channel ? "cadcTrigger" : "cadcBuffered";
    }
    if (
      channel === PARALLEL_MAP.resetVoltageCausal.base ||
      channel === PARALLEL_MAP.resetVoltageAcausal.base
    ) {
      return region === channel ? "cadcTrigger" : "cadcBuffered";
    }
    return "other";
  }

  snapshot(): Uint8Array {
    return this.#correlationSwitches.slice();
  }

  restore(bytes: Uint8Array): void {
    this.#correlationSwitches.set(bytes);
  }

  #read(address: number, lanes: Uint8Array, cycle: number, logical: boolean, report: Report): boolean {
    if (address & TEST_MODE) return false;
    const region = (address & 0xffff0000) >>> 0;
    const index = address & 0xffff;
    const row = index >> 1;
    const plain = PLAIN[region];
    if (plain !== undefined) {
      if (row > SWITCH_ROW) return false;
      this.hemisphere.readLanes(plain, row, index & 1, lanes);
      if (!logical && plain === "weights") for (let k = 0; k < 128; k++) lanes[k] = permuteWeight(lanes[k]);
      return true;
    }
    const buffered = (region & BUFFERED) !== 0;
    switch ((region & ~BUFFERED) >>> 0) {
      case PARALLEL_MAP.causal.base:
      case PARALLEL_MAP.resetVoltageCausal.base:
      case PARALLEL_MAP.acausal.base:
      case PARALLEL_MAP.resetVoltageAcausal.base:
        if (row >= ROWS) return false;
        this.#convert(region, row, index & 1, buffered, lanes, cycle, report);
        return true;
      case PARALLEL_MAP.random.base:
        if (buffered || index > 1 || !logical) return false;
        this.random.draw(index, lanes);
        return true;
      case PARALLEL_MAP.raw.base:
        return !buffered && this.#readRaw(index, lanes);
      default:
        return false;
    }
  }

  #convert(
    region: number,
    row: number,
    parity: number,
    buffered: boolean,
    lanes: Uint8Array,
    cycle: number,
    report: Report,
  ): void {
    const { hemisphere } = this;
    if (!hemisphere.cadcEnabled) {
      report(
        "cadc-disabled",
        "CADC read while the converter is off: set enable in register cadcConfig first",
      );
    }
    if (!buffered) {
      if (region & 0x10000) hemisphere.convertResetVoltage(row, cycle);
      else hemisphere.convert(row, cycle);
    }
    hemisphere.readResults(region & 0x40000 ? "acausal" : "causal", parity, lanes);
  }

  #readRaw(index: number, lanes: Uint8Array): boolean {
    const row = index >> 2;
    if (row === CORRELATION_SWITCH_ROW) {
      lanes.set(this.#correlationSwitches.subarray((index & 3) * 128, (index & 3) * 128 + 128));
      return true;
    }
    if (row > SWITCH_ROW) return false;
    const upper = (index & 2) !== 0;
    this.hemisphere.readLanes(upper ? "labels" : "weights", row, index & 1, lanes);
    this.hemisphere.readLanes(
      upper ? "amplitudeCalibration" : "timeCalibration",
      row,
      index & 1,
      this.#second,
    );
    for (let k = 0; k < 128; k++) {
      lanes[k] = (upper ? lanes[k] : permuteWeight(lanes[k])) | (this.#second[k] << 6);
    }
    return true;
  }

  #write(address: number, lanes: Uint8Array, enables: Uint8Array, cycle: number, logical: boolean): boolean {
    if (address & TEST_MODE) return false;
    const region = (address & 0xffff0000) >>> 0;
    const index = address & 0xffff;
    const plain = PLAIN[region];
    if (plain !== undefined) {
      if (index >> 1 > SWITCH_ROW) return false;
      if (!logical && plain === "weights") for (let k = 0; k < 128; k++) lanes[k] = permuteWeight(lanes[k]);
      this.hemisphere.writeLanes(plain, index >> 1, index & 1, lanes, enables);
      return true;
    }
    switch (region) {
      case PARALLEL_MAP.causal.base:
        return index >> 1 < ROWS; // correlation reset: the sensors are not part of matrix mode
      case PARALLEL_MAP.correlationReset.base:
        if (index >> 1 < ROWS) return true;
        if (index >> 1 !== SWITCH_ROW && index >> 1 !== 0x2000) return false;
        this.hemisphere.resetLanes(index & 1, enables, cycle);
        return true;
      case PARALLEL_MAP.random.base:
        if (index > 1 || !logical) return false;
        this.random.seed(index, lanes, enables);
        return true;
      case PARALLEL_MAP.raw.base:
        return this.#writeRaw(index, lanes, enables);
      default:
        return false;
    }
  }

  #writeRaw(index: number, lanes: Uint8Array, enables: Uint8Array): boolean {
    const row = index >> 2;
    if (row === CORRELATION_SWITCH_ROW) {
      const base = (index & 3) * 128;
      for (let k = 0; k < 128; k++) if (enables[k]) this.#correlationSwitches[base + k] = lanes[k];
      return true;
    }
    if (row > SWITCH_ROW) return false;
    const upper = (index & 2) !== 0;
    for (let k = 0; k < 128; k++) this.#second[k] = lanes[k] >> 6;
    this.hemisphere.writeLanes(
      upper ? "amplitudeCalibration" : "timeCalibration",
      row,
      index & 1,
      this.#second,
      enables,
    );
    for (let k = 0; k < 128; k++) this.#second[k] = upper ? lanes[k] : permuteWeight(lanes[k]);
    this.hemisphere.writeLanes(upper ? "labels" : "weights", row, index & 1, this.#second, enables);
    return true;
  }
}
