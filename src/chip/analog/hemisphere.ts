/**
 * One hemisphere of the analog core in matrix mode: 128 synapse drivers, 256 x 256 synapses, 256 neurons, 512 CADC
 * channels (analog-core sections 2 and 6, chip.md sections 4, 5 and 8). All times are PPU cycles (250 per us).
 *
 * Nothing is computed until it can be observed: an event only adds its pulse length to its driver; the sum over the
 * synapses is taken at a conversion, or earlier when weights or settings are about to change.
 */
import { ArraySum } from "./array-sum.ts";
import { COLUMNS, CYCLES_PER_MICROSECOND, DRIVERS, drawMismatch, type Mismatch, ROWS } from "./mismatch.ts";
import { type AnalogParameters, analogParameters } from "./parameters.ts";
import { checkSeed, exponential, fillNormal, STREAM } from "./random.ts";

/** Row of the vector and omnibus regions that addresses the switch rows (chip.md section 6.2). */
export const SWITCH_ROW = 256;

/**
 * Byte memories of the synapse array, one byte a column, rows 0..255 and the switch row 256. Weights and labels have
 * 6 bits, the calibration bits 2. In the switch row, bit 5 (0x20) of the weights connects the neuron readout to
 * the causal CADC channel, bit 5 of the labels to the acausal one; the other bits are stored only.
 */
export type SynapseRegion = "weights" | "labels" | "timeCalibration" | "amplitudeCalibration";

export const ROW_MODE = { disabled: 0, excitatory: 1, inhibitory: 2, both: 3 } as const;

/** Settings of a synapse driver as chip.md section 6.1 names them; flags are logical (not as stored inverted). */
export interface DriverConfig {
  enReceiver: boolean;
  /** 0..31, see `Hemisphere.event`. */
  rowAddressCompareMask: number;
  enHagenDac: boolean;
  enHagenModulation: boolean;
  enStp: boolean;
  enAddressOut: boolean;
  /** 0..63; shortens the pulse. */
  hagenDacOffset: number;
  /** One of ROW_MODE for row 2d (bottom) and row 2d + 1 (top). */
  bottomRow: number;
  topRow: number;
}

/** The setting of every driver of a calibrated chip in matrix mode. */
export const MATRIX_MODE_DRIVER: Readonly<DriverConfig> = {
  enReceiver: true,
  rowAddressCompareMask: 31,
  enHagenDac: true,
  enHagenModulation: true,
  enStp: true,
  enAddressOut: false,
  hagenDacOffset: 32,
  bottomRow: ROW_MODE.inhibitory,
  topRow: ROW_MODE.excitatory,
};

export interface HemisphereOptions {
  /** 0 top, 1 bottom. */
  readonly hemisphere: number;
  /** Integers 0..2^53-1: fixed pattern, and trial-to-trial noise. */
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly parameters?: AnalogParameters;
}

/** Copy of the state of a hemisphere: typed arrays only. */
export type HemisphereSnapshot = Readonly<Record<string, Uint8Array | Int16Array | Float64Array>>;

const SCALARS = ["referenceCycle", "eventCount", "conversions", "weightedTime", "totalPulse"] as const;

export class Hemisphere {
  /** 0 top, 1 bottom. */
  readonly hemisphere: number;
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly parameters: AnalogParameters;
  readonly mismatch: Mismatch;
  /** Results of the last conversion, 0..255 by column. */
  readonly causal = new Uint8Array(COLUMNS);
  readonly acausal = new Uint8Array(COLUMNS);
  /** CADC enable bit; without it conversions give 0. */
  get cadcEnabled(): boolean {
    return this.flags[0] !== 0;
  }
  set cadcEnabled(enabled: boolean) {
    this.flags[0] = enabled ? 1 : 0;
  }
  /** Conversions since power-on; part of the key of the noise. */
  conversions = 0;

  private readonly array: ArraySum;
  private readonly flags = new Uint8Array([1]);
  private readonly drivers = new Uint8Array(DRIVERS * 7);
  private readonly channelSetting = new Int16Array(2 * COLUMNS);
  /** Charge per column in activation x weight, as seen from `referenceCycle`: later events are enlarged by the leak. */
  private readonly membrane = new Float64Array(COLUMNS);
  private readonly resetCycle = new Float64Array(COLUMNS);
  private readonly eventsAtReset = new Float64Array(COLUMNS);
  /** 1: reset since the pending events arrived, which therefore don't count for this column. */
  private readonly discarded = new Uint8Array(COLUMNS);
  private discards = 0;
  private referenceCycle = 0;
  private eventCount = 0;
  private weightedTime = 0;
  private totalPulse = 0;
  private holdEnd = 0;

  // Derived from settings, rebuilt when `settingsChanged`.
  private settingsChanged = true;
  private readonly matches = new Int32Array(4 * 32);
  private readonly pulses = new Float64Array(DRIVERS * 32);
  private readonly window: number;
  private readonly hold: number;
  private readonly slot: number;
  private readonly noise = new Float64Array(COLUMNS);
  private readonly channelNoise = new Float64Array(COLUMNS);
  private readonly column = new Float64Array(COLUMNS);

  constructor(options: HemisphereOptions) {
    this.hemisphere = options.hemisphere;
    this.chipSeed = checkSeed(options.chipSeed, "chip seed");
    this.noiseSeed = checkSeed(options.noiseSeed, "noise seed");
    this.parameters = options.parameters ?? analogParameters();
    this.mismatch = drawMismatch(this.chipSeed, this.hemisphere, this.parameters);
    this.array = new ArraySum(this.mismatch, this.parameters.satLevel);
    this.hold = this.parameters.resetHold * CYCLES_PER_MICROSECOND;
    // With a quarter of a time constant the polynomial in `event` and the mean event time in `collect` hold to 1e-3.
    this.window = (this.parameters.tauMem * CYCLES_PER_MICROSECOND) / 4;
    this.slot = this.parameters.satWindow * CYCLES_PER_MICROSECOND;
    for (let driver = 0; driver < DRIVERS; driver++) {
      this.configureDriver(driver, {
        ...MATRIX_MODE_DRIVER,
        hagenDacOffset: this.parameters.dacOffsetCalibrated,
      });
    }
    this.resetCycle.fill(-this.hold);
  }

  /** Reads one byte of the array; row 0..256, column 0..255. */
  synapse(region: SynapseRegion, row: number, column: number): number {
    return this.array[region][row * COLUMNS + column];
  }

  /** Writes one byte of the array; bits beyond the field's width are dropped. */
  setSynapse(region: SynapseRegion, row: number, column: number, value: number): void {
    this.beforeWrite(region, row);
    this.array[region][row * COLUMNS + column] = value & this.array.widthMask(region);
  }

  /** The 128 even (parity 0) or odd (1) columns of a row, lane k = column 2k + parity. */
  readLanes(region: SynapseRegion, row: number, parity: number, lanes: Uint8Array): void {
    const memory = this.array[region];
    for (let lane = 0, at = row * COLUMNS + parity; lane < 128; lane++, at += 2) lanes[lane] = memory[at];
  }

  /** Writes the lanes whose enable is not 0. */
  writeLanes(
    region: SynapseRegion,
    row: number,
    parity: number,
    lanes: Uint8Array,
    enables?: Uint8Array,
  ): void {
    this.beforeWrite(region, row);
    const memory = this.array[region];
    const mask = this.array.widthMask(region);
    for (let lane = 0, at = row * COLUMNS + parity; lane < 128; lane++, at += 2) {
      if (enables === undefined || enables[lane] !== 0) memory[at] = lanes[lane] & mask;
    }
  }

  driverConfig(driver: number): DriverConfig {
    const d = this.drivers.subarray(driver * 7, driver * 7 + 7);
    return {
      enReceiver: d[0] !== 0,
      rowAddressCompareMask: d[1],
      enHagenDac: d[2] !== 0,
      enHagenModulation: d[3] !== 0,
      enStp: d[4] !== 0,
      enAddressOut: d[5] !== 0,
      hagenDacOffset: d[6],
      bottomRow: this.array.rowModes[2 * driver],
      topRow: this.array.rowModes[2 * driver + 1],
    };
  }

  /** Changes settings of driver 0..127; what is not given stays. */
  configureDriver(driver: number, change: Partial<DriverConfig>): void {
    this.collect();
    const c = { ...this.driverConfig(driver), ...change };
    const flags = [c.enReceiver, c.enHagenDac, c.enHagenModulation, c.enStp, c.enAddressOut].map(Number);
    this.drivers.set(
      [flags[0], c.rowAddressCompareMask & 31, flags[1], flags[2], flags[3], flags[4], c.hagenDacOffset & 63],
      driver * 7,
    );
    this.array.rowModes[2 * driver] = c.bottomRow;
    this.array.rowModes[2 * driver + 1] = c.topRow;
    this.array.invalidate(driver);
    this.settingsChanged = true;
  }

  /** CADC channel offset -128..127 in LSB; type 0 causal, 1 acausal. */
  setChannelOffset(column: number, type: number, offset: number): void {
    this.channelSetting[type * COLUMNS + column] = offset;
  }

  channelOffset(column: number, type: number): number {
    return this.channelSetting[type * COLUMNS + column];
  }

  /** Connects the excitatory and inhibitory synaptic inputs of a neuron; both are connected at power-on. */
  setNeuronInputs(column: number, excitatory: boolean, inhibitory: boolean): void {
    this.collect();
    this.array.neuronInputs[column] = (excitatory ? 1 : 0) | (inhibitory ? 2 : 0);
    this.array.invalidateAll();
  }

  /**
   * An event on the PADI buses in `busMask` (bits 3..0). Driver i sits on bus i % 4 and takes part when it is enabled
   * and `(rowSelect & mask) == (floor(i / 4) & mask)`. `address` has 6 bits: bit 5 is compared with bit 5 of the
   * synapse label, bits 4..0 are the code 32 - activation (smaller is stronger; code 0 is activation 32, just
   * within the longest pulse). With en_address_out all 6 bits are compared with the label. Without en_stp,
   * en_hagen_dac and en_hagen_modulation the pulse has its full length whatever the code.
   */
  event(busMask: number, rowSelect: number, address: number, cycle: number): void {
    if (this.settingsChanged) this.rebuildSettings();
    if (this.discards > 0) this.collect();
    let growth = 1;
    let age = cycle - this.referenceCycle;
    if (age > this.window || cycle < this.holdEnd || this.array.saturating) {
      this.beginEvent(cycle);
      age = cycle - this.referenceCycle;
    }
    const rate = this.mismatch.commonLeakRate;
    if (rate !== 0) {
      const u = age * rate;
      growth = 1 + u * (1 + u * (0.5 + u * (1 / 6 + u * (1 / 24 + u * (1 / 120)))));
    }
    const code = address & 31;
    for (let bus = 0; bus < 4; bus++) {
      if ((busMask & (1 << bus)) === 0) continue;
      let matching = this.matches[bus * 32 + (rowSelect & 31)];
      while (matching !== 0) {
        const position = 31 - Math.clz32(matching & -matching);
        matching &= matching - 1;
        const driver = position * 4 + bus;
        const pulse = this.pulses[driver * 32 + code] * growth;
        this.eventCount++;
        if (this.drivers[driver * 7 + 5] === 0) this.array.add(driver, (address >> 5) & 1, pulse);
        else this.array.addLabelled(driver, address & 63, pulse);
        this.totalPulse += pulse;
        this.weightedTime += pulse * age;
      }
    }
    if (cycle < this.holdEnd) this.endHeldEvent(cycle);
  }

  /**
   * Resets the neurons of the columns whose mask byte is not 0 (all without a mask). The membrane is held for
   * `resetHold`; events that arrive meanwhile are lost for the column.
   */
  resetNeurons(columns: Uint8Array | undefined, cycle: number): void {
    for (let column = 0; column < COLUMNS; column++) {
      if (columns !== undefined && columns[column] === 0) continue;
      this.membrane[column] = 0;
      this.resetCycle[column] = cycle;
      this.eventsAtReset[column] = this.eventCount;
      if (this.discarded[column] === 0) {
        this.discarded[column] = 1;
        this.discards++;
      }
    }
    this.holdEnd = Math.max(this.holdEnd, cycle + this.hold);
  }

  /** As `resetNeurons` for the lanes with an enable: lane k = column 2k + parity. */
  resetLanes(parity: number, enables: Uint8Array | undefined, cycle: number): void {
    const columns = new Uint8Array(COLUMNS);
    for (let lane = 0; lane < 128; lane++) columns[2 * lane + parity] = enables?.[lane] ?? 1;
    this.resetNeurons(columns, cycle);
  }

  /**
   * Samples all 256 columns of both channels into `causal` and `acausal`. The row selects correlation sensors on
   * silicon and has no effect here. A channel that the switch row does not connect to its neuron reads
   * the mean reset level, its own offset and its own noise.
   */
  convert(_row: number, cycle: number): void {
    this.collect();
    const { parameters: p, mismatch } = this;
    const gain = p.gain * (1 + p.tempCoeffGain * (p.temperature - 40));
    const membraneVariance = Math.max(0, p.sigmaRead * p.sigmaRead - p.sigmaAdc * p.sigmaAdc);
    const eventVariance = p.sigmaEvent * p.sigmaEvent;
    const age = cycle - this.referenceCycle;
    const leakAlike = p.sigTauMem === 0;
    let decay = leakAlike ? exponential(-age * mismatch.commonLeakRate) : 1;
    if (p.sigmaRead !== 0 || p.sigmaEvent !== 0) this.drawNoise(this.noise, STREAM.membraneNoise);
    for (let j = 0; j < COLUMNS; j++) {
      if (!leakAlike) decay = exponential(-age * mismatch.leakRate[j]);
      const time = Math.max(0, cycle - this.resetCycle[j] - this.hold);
      const events = this.eventCount - this.eventsAtReset[j];
      const sigma = Math.sqrt(membraneVariance + events * eventVariance);
      this.column[j] =
        gain * this.membrane[j] * decay +
        mismatch.drift[j] * time +
        mismatch.resultOffset[j] +
        sigma * this.noise[j];
    }
    this.digitiseBoth();
  }

  /** As `convert`, but of the reset potential instead of the membrane. */
  convertResetVoltage(_row: number, _cycle: number): void {
    const { parameters: p } = this;
    const sigma = Math.sqrt(Math.max(0, p.sigmaRead * p.sigmaRead - p.sigmaAdc * p.sigmaAdc));
    if (sigma !== 0) this.drawNoise(this.noise, STREAM.membraneNoise);
    for (let j = 0; j < COLUMNS; j++) this.column[j] = sigma * this.noise[j];
    this.digitiseBoth();
  }

  /** A copy of everything that is not derived from the constructor's options. */
  snapshot(): HemisphereSnapshot {
    const arrays = Object.entries(this.stateArrays()).map(([name, array]) => [name, array.slice()]);
    const scalars = Float64Array.from(SCALARS, (name) => this[name]);
    return { ...Object.fromEntries(arrays), scalars };
  }

  restore(snapshot: HemisphereSnapshot): void {
    for (const [name, array] of Object.entries(this.stateArrays())) array.set(snapshot[name]);
    this.array.restored();
    for (const [index, name] of SCALARS.entries()) this[name] = snapshot.scalars[index];
    this.holdEnd = this.resetCycle.reduce((last, cycle) => Math.max(last, cycle + this.hold), 0);
    this.discards = this.discarded.reduce((sum, flag) => sum + flag, 0);
    this.settingsChanged = true;
  }

  private stateArrays(): Record<string, Uint8Array | Int16Array | Float64Array> {
    const { drivers, channelSetting, flags, membrane, resetCycle, eventsAtReset, discarded } = this;
    return {
      ...this.array.stateArrays(),
      ...{ drivers, channelSetting, flags, membrane, resetCycle, eventsAtReset, discarded },
      ...{ causal: this.causal, acausal: this.acausal },
    };
  }

  private beforeWrite(region: SynapseRegion, row: number): void {
    if (row >= ROWS || (region !== "weights" && region !== "labels")) return;
    if (this.array.isPending(row >> 1)) this.collect();
    this.array.invalidate(row >> 1);
  }

  /** Moves the charge of all pending events to the membranes. */
  private collect(): void {
    if (this.array.pending) {
      const { mismatch } = this;
      const sums = this.discards < COLUMNS ? this.array.sum() : undefined;
      const meanTime = this.totalPulse > 0 ? this.weightedTime / this.totalPulse : 0;
      const leakAlike = this.parameters.sigTauMem === 0;
      for (let j = 0; sums !== undefined && j < COLUMNS; j++) {
        if (this.discarded[j] !== 0) continue;
        const extra = leakAlike
          ? 1
          : exponential(meanTime * (mismatch.leakRate[j] - mismatch.commonLeakRate));
        this.membrane[j] += sums[j] * extra;
      }
      this.array.clear();
    }
    this.totalPulse = 0;
    this.weightedTime = 0;
    if (this.discards > 0) {
      this.discarded.fill(0);
      this.discards = 0;
    }
  }

  /** Brings the reference of the leak up to date and starts a new slot of the saturating input. */
  private beginEvent(cycle: number): void {
    const age = cycle - this.referenceCycle;
    if (age <= this.window && cycle >= this.holdEnd && this.slot > age && !(age < 0)) return;
    this.collect();
    for (let j = 0; j < COLUMNS; j++) {
      if (this.membrane[j] !== 0) this.membrane[j] *= exponential(-age * this.mismatch.leakRate[j]);
    }
    this.referenceCycle = cycle;
  }

  /** An event while some neurons are held in reset: it counts for the others only. */
  private endHeldEvent(cycle: number): void {
    for (let j = 0; j < COLUMNS; j++) {
      if (cycle >= this.resetCycle[j] + this.hold) continue;
      this.eventsAtReset[j] = this.eventCount;
      if (this.discarded[j] === 0) {
        this.discarded[j] = 1;
        this.discards++;
      }
    }
    this.collect();
  }

  private rebuildSettings(): void {
    const { parameters: p, mismatch } = this;
    this.matches.fill(0);
    for (let driver = 0; driver < DRIVERS; driver++) {
      const [receiver, mask, dac, modulation, stp, , dacOffset] = this.drivers.subarray(driver * 7);
      const position = driver >> 2;
      for (let select = 0; select < 32 && receiver !== 0; select++) {
        if ((select & mask) === (position & mask)) this.matches[(driver & 3) * 32 + select] |= 1 << position;
      }
      for (let code = 0; code < 32; code++) {
        const offset = mismatch.driverOffset[driver] - p.dacOffsetStep * (dacOffset - p.dacOffsetCalibrated);
        const length =
          dac && modulation && stp
            ? mismatch.driverSlope[driver] * (32 - code + offset) * mismatch.driverGain[driver]
            : p.unmodulatedPulse * mismatch.driverGain[driver];
        this.pulses[driver * 32 + code] = Math.min(Math.max(length, 0), p.pulseMax);
      }
    }
    this.settingsChanged = false;
  }

  private drawNoise(out: Float64Array, stream: number): void {
    fillNormal(out, this.noiseSeed, stream, this.hemisphere, this.conversions);
  }

  private digitiseBoth(): void {
    this.digitise(this.causal, this.array.weights, 0, STREAM.causalNoise);
    this.digitise(this.acausal, this.array.labels, 1, STREAM.acausalNoise);
    this.conversions++;
  }

  private digitise(out: Uint8Array, switches: Uint8Array, type: number, stream: number): void {
    if (!this.cadcEnabled) {
      out.fill(0);
      return;
    }
    const { parameters: p, mismatch } = this;
    const sigma = Math.min(p.sigmaAdc, p.sigmaRead);
    if (sigma !== 0) this.drawNoise(this.channelNoise, stream);
    for (let j = 0; j < COLUMNS; j++) {
      const channel = type * COLUMNS + j;
      const connected = (switches[SWITCH_ROW * COLUMNS + j] & 0x20) !== 0;
      let level = connected ? mismatch.resetLevel[j] : mismatch.openLevel[j];
      if (connected && mismatch.dead[j] === 0) level += mismatch.converterGain[j] * this.column[j];
      level += mismatch.channelOffset[channel] + this.channelSetting[channel] + sigma * this.channelNoise[j];
      out[j] = Math.min(Math.max(Math.floor(level + 0.5), 0), 255);
    }
  }
}
