/**
 * One hemisphere of the analog core in matrix mode: 128 synapse drivers, 256 x 256 synapses, 256 neurons, 512 CADC
 * channels (analog-core sections 2 and 6, chip.md sections 4, 5 and 8). All times are PPU cycles (250 per us).
 *
 * Nothing is computed until it can be observed: an event only adds its pulse length to its driver; the sum over the
 * synapses is taken at a conversion, or earlier when weights or settings are about to change.
 */
import { CYCLES_PER_MICROSECOND } from "../../core/clock.ts";
import { ArraySum } from "./array-sum.ts";
import { type CHANNEL, Converter } from "./converter.ts";
import { DriverBank, type DriverConfig } from "./driver-bank.ts";
import { EventSums } from "./event-sums.ts";
import {
  COLUMNS,
  ENABLES,
  EVENT_CODE_BIT,
  LANES,
  LEVELS,
  NORMALS,
  ROW_SELECT_BIT,
} from "./kernels/layout.ts";
import { AnalogMemory } from "./kernels.ts";
import type { CellName } from "./knobs.ts";
import { Membranes } from "./membranes.ts";
import { drawMismatch, type Mismatch, placeMismatch, ROWS } from "./mismatch.ts";
import { type AnalogParameters, analogParameters } from "./parameters.ts";
import { checkSeed, exponential, STREAM } from "./random.ts";
import { Trim } from "./trim.ts";

export { CHANNEL } from "./converter.ts";
export { type DriverConfig, MATRIX_MODE_DRIVER, ROW_MODE } from "./driver-bank.ts";

/** Row of the vector and omnibus regions that addresses the switch rows (chip.md section 6.2). */
export const SWITCH_ROW = 256;

/**
 * Byte memories of the synapse array, one byte a column, rows 0..255 and the switch row 256. Weights and labels have
 * 6 bits, the calibration bits 2. In the switch row, bit 5 (0x20) of the weights connects the neuron readout to
 * the causal CADC channel, bit 5 of the labels to the acausal one; the other bits are stored only.
 */
export type SynapseRegion = "weights" | "labels" | "timeCalibration" | "amplitudeCalibration";

export interface HemisphereOptions {
  /** 0 top, 1 bottom. */
  readonly hemisphere: number;
  /** Integers 0..2^53-1: fixed pattern, and trial-to-trial noise. */
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly parameters?: AnalogParameters;
}

/** Copy of the state of a hemisphere: typed arrays only. */
export type HemisphereSnapshot = Readonly<
  Record<string, Uint8Array | Int16Array | Uint16Array | Float64Array>
>;

/** Hears of what happens in a hemisphere; cycles are the chip's. */
export interface HemisphereTap {
  /** As `Hemisphere.event`. */
  event(hemisphere: number, busMask: number, rowSelect: number, address: number, cycle: number): void;
  /** A conversion has ended; `causal` holds its results until the next one. */
  conversion(hemisphere: number, causal: Uint8Array, cycle: number): void;
}

export class Hemisphere {
  /** 0 top, 1 bottom. */
  readonly hemisphere: number;
  readonly chipSeed: number;
  readonly noiseSeed: number;
  readonly parameters: AnalogParameters;
  readonly mismatch: Mismatch;
  /** The knobs and what they make of the mismatch; change them through `setCell`. */
  readonly trim: Trim;
  tap: HemisphereTap | undefined;
  private readonly memory = new AnalogMemory();
  private readonly eventSums = new EventSums(this.memory);
  private readonly drivers: DriverBank;
  private readonly array: ArraySum;
  private readonly converter: Converter;
  private readonly membranes: Membranes;
  private readonly lanes = this.memory.bytes(LANES, COLUMNS / 2);
  private readonly enables = this.memory.bytes(ENABLES);
  /** From which the charge of the membranes is seen. */
  private referenceCycle = 0;

  // In cycles: after how long the leak's reference is renewed; slot of the saturating input.
  private window = 0;
  private readonly slot: number;

  constructor(options: HemisphereOptions) {
    this.hemisphere = options.hemisphere;
    this.chipSeed = checkSeed(options.chipSeed, "chip seed");
    this.noiseSeed = checkSeed(options.noiseSeed, "noise seed");
    this.parameters = options.parameters ?? analogParameters();
    const { memory } = this;
    this.mismatch = placeMismatch(drawMismatch(this.chipSeed, this.hemisphere, this.parameters), memory);
    this.trim = new Trim(this.mismatch, this.parameters, memory);
    this.drivers = new DriverBank(this.mismatch, this.trim, this.parameters, memory);
    const { satLevel } = this.parameters;
    this.array = new ArraySum(this.mismatch, this.trim, satLevel, this.drivers.rowModes, memory);
    this.converter = new Converter({
      hemisphere: this.hemisphere,
      noiseSeed: this.noiseSeed,
      parameters: this.parameters,
      memory,
      trim: this.trim,
      causalSwitches: this.array.weights.subarray(SWITCH_ROW * COLUMNS),
      acausalSwitches: this.array.labels.subarray(SWITCH_ROW * COLUMNS),
    });
    const hold = this.parameters.resetHold * CYCLES_PER_MICROSECOND;
    this.membranes = new Membranes(memory, this.eventSums, hold);
    this.followTrim();
    this.slot = this.parameters.satWindow * CYCLES_PER_MICROSECOND;
  }

  /** Results of the last conversion, 0..255 by column. */
  get causal(): Uint8Array {
    return this.converter.causal;
  }

  get acausal(): Uint8Array {
    this.converter.finish();
    return this.converter.acausal;
  }

  /** Conversions since power-on. */
  get conversions(): number {
    return this.converter.conversions;
  }

  /**
   * Number of columns, from the left, that conversions bother with; 256 unless a model of the host looks at fewer. To
   * be set before the events. It saves time and changes nothing in these columns; the others keep old results.
   */
  get convertedColumns(): number {
    return this.converter.columns;
  }

  set convertedColumns(columns: number) {
    this.converter.finish();
    this.converter.columns = columns;
  }

  /** CADC enable bit; without it conversions give 0. */
  get cadcEnabled(): boolean {
    return this.converter.enable[0] !== 0;
  }

  set cadcEnabled(enabled: boolean) {
    this.converter.finish();
    this.converter.enable[0] = enabled ? 1 : 0;
  }

  /** True while all channels sample the reference voltage instead of their neurons. */
  get referenceConnected(): boolean {
    return this.converter.enable[1] !== 0;
  }

  set referenceConnected(connected: boolean) {
    this.converter.finish();
    this.converter.enable[1] = connected ? 1 : 0;
  }

  /**
   * Sets a cell of the capacitive memory, code 0..1022 (1023 acts as 1022): of column 0..255 for cells of the
   * neurons, of the west (0) or east (1) quadrant for shared ones; `reference` is cadc_v_reference. Even drivers take
   * their biases from the west quadrant, odd ones from the east. Charge that is on the membranes stays; a current that
   * changes between reset and read counts as if it had been so since the reset.
   */
  setCell(name: CellName | "reference", instance: number, code: number, cycle: number): void {
    const { trim } = this;
    if (trim.codes[name][instance] === Math.min(code, 1022)) return;
    this.converter.finish();
    if (name === "i_bias_leak") this.rebase(Math.max(cycle, this.referenceCycle));
    else this.collect();
    trim.set(name, instance, code);
    trim.updateFor(name, instance);
    this.followTrim();
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
    this.memory.kernels.readLanes(this.array[region].byteOffset + row * COLUMNS, parity);
    lanes.set(this.lanes);
  }

  /** Likewise the results of the last conversion. */
  readResults(channel: keyof typeof CHANNEL, parity: number, lanes: Uint8Array): void {
    this.memory.kernels.readLanes(this[channel].byteOffset, parity);
    lanes.set(this.lanes);
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
    this.lanes.set(lanes);
    if (enables === undefined) this.enables.fill(1);
    else this.enables.set(enables);
    const address = this.array[region].byteOffset + row * COLUMNS;
    this.memory.kernels.writeLanes(address, parity, this.array.widthMask(region));
  }

  driverConfig(driver: number): DriverConfig {
    return this.drivers.config(driver);
  }

  /** Changes settings of driver 0..127; what is not given stays. */
  configureDriver(driver: number, change: Partial<DriverConfig>): void {
    this.collect();
    this.drivers.configure(driver, { ...this.driverConfig(driver), ...change });
    this.array.invalidate(driver);
  }

  /** CADC channel offset -128..127 in LSB; type one of CHANNEL. */
  setChannelOffset(column: number, type: number, offset: number): void {
    this.converter.finish();
    this.converter.offsets[type * COLUMNS + column] = offset;
  }

  channelOffset(column: number, type: number): number {
    return this.converter.offsets[type * COLUMNS + column];
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
    const { drivers, membranes } = this;
    this.tap?.event(this.hemisphere, busMask, rowSelect, address, cycle);
    if (drivers.stale) drivers.rebuild();
    if (membranes.discards > 0) this.collect();
    let growth = 1;
    let age = cycle - this.referenceCycle;
    if (age > this.window || cycle < membranes.holdEnd || this.array.saturating) {
      this.beginEvent(cycle);
      age = cycle - this.referenceCycle;
    }
    const rate = this.trim.commonLeakRate;
    if (rate !== 0) {
      const u = age * rate;
      growth = 1 + u * (1 + u * (0.5 + u * (1 / 6 + u * (1 / 24 + u * (1 / 120)))));
    }
    const code = address & 31;
    for (let buses = busMask & 15; buses !== 0; buses &= buses - 1) {
      const bus = 31 - Math.clz32(buses & -buses);
      let matching = drivers.matching[bus * 32 + (rowSelect & 31)];
      while (matching !== 0) {
        const position = 31 - Math.clz32(matching & -matching);
        matching &= matching - 1;
        const driver = position * 4 + bus;
        const pulse = drivers.pulses[driver * 32 + code] * growth;
        if (drivers.comparesLabel(driver)) this.array.addLabelled(driver, address & 63, pulse);
        else this.array.add(driver, (address >> 5) & 1, pulse);
        this.eventSums.add(pulse, age);
      }
    }
    if (cycle < membranes.holdEnd) {
      membranes.discardHeld(cycle);
      this.collect();
    }
  }

  /**
   * As `event` for each of the first `count` stores to the register padiTrigger, words and chip cycles in their order. A
   * kernel takes those that only add pulses. Arrays of `eventQueue` save copying.
   */
  events(words: Int32Array | Uint32Array, cycles: Float64Array, count = words.length): void {
    for (let n = 0; n < count; ) {
      const next = this.addPlainEvents(words, cycles, n, count);
      if (next === n) {
        const word = words[n];
        this.event(word & 15, (word >>> ROW_SELECT_BIT) & 31, (word >>> EVENT_CODE_BIT) & 63, cycles[n]);
        n++;
      } else n = next;
    }
  }

  /** Arrays for a caller that collects events; what they hold means nothing to the hemisphere. */
  get eventQueue(): { readonly words: Int32Array; readonly cycles: Float64Array } {
    return this.eventSums;
  }

  /** Events from number `first` on that are for the kernel; returns the number of the first that is not. */
  private addPlainEvents(
    words: Int32Array | Uint32Array,
    cycles: Float64Array,
    first: number,
    end: number,
  ): number {
    const { drivers, eventSums, array, membranes } = this;
    if (this.tap !== undefined || array.saturating) return first;
    if (drivers.stale) drivers.rebuild();
    if (drivers.comparesLabels) return first;
    if (membranes.discards > 0) this.collect();
    const { referenceCycle, window } = this;
    const { holdEnd } = membranes;
    // Not for an event that the kernel would leave: copying costs more than this look.
    if (cycles[first] - referenceCycle > window || cycles[first] < holdEnd) return first;
    const before = eventSums.count;
    const leak = [referenceCycle, window, holdEnd, this.trim.commonLeakRate] as const;
    const next = eventSums.addBatch(words, cycles, first, end, ...leak);
    if (eventSums.count !== before) array.pending = true;
    return next;
  }

  /**
   * Resets the neurons of the columns whose mask byte is not 0 (all without a mask). The membrane is held for
   * `resetHold`; events that arrive meanwhile are lost for the column.
   */
  resetNeurons(columns: Uint8Array | undefined, cycle: number): void {
    if (columns === undefined) this.membranes.resetAll(cycle);
    else this.membranes.resetColumns(0, 1, columns, cycle);
  }

  /** As `resetNeurons` for the lanes with an enable: lane k = column 2k + parity. */
  resetLanes(parity: number, enables: Uint8Array | undefined, cycle: number): void {
    this.membranes.resetColumns(parity, 2, enables, cycle);
  }

  /**
   * Samples all 256 columns of both channels into `causal` and `acausal`. The row selects correlation sensors on
   * silicon and has no effect here. A channel that the switch row does not connect to its neuron reads
   * the mean reset level, its own offset and its own noise.
   */
  convert(_row: number, cycle: number): void {
    this.collect();
    const { parameters: p, trim, converter } = this;
    const { kernels } = this.memory;
    const { leakAlike, driving } = trim;
    const age = cycle - this.referenceCycle;
    const integrationEnd = cycle - this.membranes.hold;
    if (!leakAlike) kernels.fillDecays(converter.columns, age);
    if (driving) kernels.fillDriven(converter.columns, integrationEnd);
    const noisy = p.sigmaRead !== 0 || p.sigmaEvent !== 0;
    if (noisy) converter.drawNoise(STREAM.membraneNoise);
    kernels.membraneLevels(
      converter.columns,
      p.gain * (1 + p.tempCoeffGain * (p.temperature - 40)),
      leakAlike ? exponential(-age * trim.commonLeakRate) : -1,
      integrationEnd,
      Number(driving),
      Number(noisy),
      this.membraneVariance(),
      p.sigmaEvent * p.sigmaEvent,
      this.eventSums.count,
    );
    this.digitise(cycle);
  }

  /** Of a read without events, without the part of the converter. */
  private membraneVariance(): number {
    const { sigmaRead, sigmaAdc } = this.parameters;
    return Math.max(0, sigmaRead * sigmaRead - sigmaAdc * sigmaAdc);
  }

  /** As `convert`, but of the reset potential instead of the membrane. */
  convertResetVoltage(_row: number, cycle: number): void {
    const sigma = Math.sqrt(this.membraneVariance());
    const levels = this.memory.doubles(LEVELS).fill(0);
    if (sigma !== 0) {
      this.converter.drawNoise(STREAM.membraneNoise);
      levels.set(this.memory.doubles(NORMALS).map((z) => sigma * z));
    }
    this.digitise(cycle);
  }

  private digitise(cycle: number): void {
    this.converter.digitise();
    this.tap?.conversion(this.hemisphere, this.converter.causal, cycle);
  }

  /** A copy of everything that is not derived from the constructor's options. */
  snapshot(): HemisphereSnapshot {
    this.converter.finish();
    const arrays = Object.entries(this.stateArrays()).map(([name, array]) => [name, array.slice()]);
    const { count, weightedTime, totalPulse } = this.eventSums;
    const scalars = Float64Array.of(this.referenceCycle, count, weightedTime, totalPulse, this.conversions);
    return { ...Object.fromEntries(arrays), scalars };
  }

  restore(snapshot: HemisphereSnapshot): void {
    this.converter.drop();
    for (const [name, array] of Object.entries(this.stateArrays())) array.set(snapshot[name]);
    this.array.restored();
    const [referenceCycle, count, weightedTime, totalPulse, conversions] = snapshot.scalars;
    this.referenceCycle = referenceCycle;
    Object.assign(this.eventSums, { count, weightedTime, totalPulse });
    this.converter.conversions = conversions;
    this.membranes.restored();
    this.trim.update();
    this.followTrim();
  }

  /** To be called when the knobs have changed. */
  private followTrim(): void {
    // With a quarter of a time constant the polynomial in `event` and the mean event time in `collect` hold to 1e-3.
    const { trim, mismatch } = this;
    this.window =
      trim.largestLeakRate === mismatch.commonLeakRate
        ? (this.leakOffTime() * CYCLES_PER_MICROSECOND) / 4
        : 1 / (4 * trim.largestLeakRate);
    this.array.invalidateAll();
    this.drivers.stale = true;
  }

  private leakOffTime(): number {
    return this.parameters.leakBias > 0 ? this.parameters.tauMemOff : this.parameters.tauMem;
  }

  private stateArrays(): Record<string, Uint8Array | Int16Array | Uint16Array | Float64Array> {
    const { offsets, enable, causal, acausal } = this.converter;
    const { settings, rowModes } = this.drivers;
    return {
      ...this.array.stateArrays(),
      ...{ settings, rowModes, offsets, enable, causal, acausal },
      ...this.trim.codes,
      ...this.membranes.stateArrays(),
    };
  }

  private beforeWrite(region: SynapseRegion, row: number): void {
    if (row === SWITCH_ROW) this.converter.finish();
    if (row >= ROWS || (region !== "weights" && region !== "labels")) return;
    if (this.array.isPending(row >> 1)) this.collect();
    this.array.invalidate(row >> 1);
  }

  /** Moves the charge of all pending events to the membranes. */
  private collect(): void {
    if (this.array.pending) {
      if (this.membranes.discards < COLUMNS) {
        const { kernels } = this.memory;
        this.array.sum(this.converter.columns);
        if (!this.trim.leakAlike) kernels.leakTotals(this.eventSums.meanTime(), this.trim.commonLeakRate);
        kernels.collect();
      }
      this.array.clear();
    }
    this.eventSums.clear();
    this.membranes.collected();
  }

  /** Brings the reference of the leak up to date and starts a new slot of the saturating input. */
  private beginEvent(cycle: number): void {
    const age = cycle - this.referenceCycle;
    if (age <= this.window && cycle >= this.membranes.holdEnd && this.slot > age && !(age < 0)) return;
    this.rebase(cycle);
  }

  /** Collects, and lets the membranes leak until `cycle`. */
  private rebase(cycle: number): void {
    const age = cycle - this.referenceCycle;
    this.collect();
    this.memory.kernels.leak(age);
    this.referenceCycle = cycle;
  }
}
