/** The 128 synapse drivers of a hemisphere: settings, which of them take an event, how long their pulses are. */
import {
  EVENT_CODES,
  MATCHING,
  NO_DRIVER,
  PULSE_LENGTHS,
  ROW_MODES,
  SEVERAL_DRIVERS,
  TAKERS,
  TAKERS_SIZE,
} from "./kernels/layout.ts";
import type { AnalogMemory } from "./kernels.ts";
import { DRIVERS, type Mismatch, ROWS } from "./mismatch.ts";
import type { AnalogParameters } from "./parameters.ts";
import type { Trim } from "./trim.ts";

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

const FIELDS = 7;
const ADDRESS_OUT = 5;

export class DriverBank {
  /** Seven bytes a driver, in the order in which `configure` writes them. */
  readonly settings = new Uint8Array(DRIVERS * FIELDS);
  /** Per row: bit 0 excitatory, bit 1 inhibitory. */
  readonly rowModes: Uint8Array;
  /** The tables below no longer agree with the settings. */
  stale = true;
  /** Pulse length in activation units by driver * 32 + code. */
  readonly pulses: Float64Array;
  /** Bit i of `matching[bus * 32 + rowSelect]`: driver 4i + bus takes the event. */
  readonly matching: Int32Array;
  /** Driver by rowSelect * 16 + fireBus, as the kernel of events has it. */
  private readonly takers: Uint8Array;
  /** Some driver compares the whole label; agrees with the settings as the tables do. */
  comparesLabels = false;

  private readonly mismatch: Mismatch;
  private readonly trim: Trim;
  private readonly parameters: AnalogParameters;

  constructor(mismatch: Mismatch, trim: Trim, parameters: AnalogParameters, memory: AnalogMemory) {
    this.rowModes = memory.bytes(ROW_MODES, ROWS);
    this.pulses = memory.doubles(PULSE_LENGTHS, DRIVERS * EVENT_CODES);
    this.matching = memory.int32(MATCHING, 4 * 32);
    this.takers = memory.bytes(TAKERS, TAKERS_SIZE);
    this.mismatch = mismatch;
    this.trim = trim;
    this.parameters = parameters;
    const hagenDacOffset = parameters.dacOffsetCalibrated;
    for (let driver = 0; driver < DRIVERS; driver++) {
      this.configure(driver, { ...MATRIX_MODE_DRIVER, hagenDacOffset });
    }
  }

  config(driver: number): DriverConfig {
    const s = this.settings.subarray(driver * FIELDS, driver * FIELDS + FIELDS);
    return {
      enReceiver: s[0] !== 0,
      rowAddressCompareMask: s[1],
      enHagenDac: s[2] !== 0,
      enHagenModulation: s[3] !== 0,
      enStp: s[4] !== 0,
      enAddressOut: s[ADDRESS_OUT] !== 0,
      hagenDacOffset: s[6],
      bottomRow: this.rowModes[2 * driver],
      topRow: this.rowModes[2 * driver + 1],
    };
  }

  configure(driver: number, config: DriverConfig): void {
    const [receiver, dac, modulation, stp, addressOut] = [
      config.enReceiver,
      config.enHagenDac,
      config.enHagenModulation,
      config.enStp,
      config.enAddressOut,
    ].map(Number);
    const mask = config.rowAddressCompareMask & 31;
    const bytes = [receiver, mask, dac, modulation, stp, addressOut, config.hagenDacOffset & 63];
    this.settings.set(bytes, driver * FIELDS);
    this.rowModes[2 * driver] = config.bottomRow;
    this.rowModes[2 * driver + 1] = config.topRow;
    this.stale = true;
  }

  /** Is the whole label compared, and not bit 5 only? */
  comparesLabel(driver: number): boolean {
    return this.settings[driver * FIELDS + ADDRESS_OUT] !== 0;
  }

  /** Brings the tables up to date. */
  rebuild(): void {
    const { parameters: p, mismatch } = this;
    this.matching.fill(0);
    this.comparesLabels = false;
    for (let driver = 0; driver < DRIVERS; driver++) {
      const config = this.config(driver);
      const position = driver >> 2;
      const mask = config.rowAddressCompareMask;
      if (config.enReceiver && config.enAddressOut) this.comparesLabels = true;
      for (let select = 0; select < 32 && config.enReceiver; select++) {
        if ((select & mask) === (position & mask)) this.matching[(driver & 3) * 32 + select] |= 1 << position;
      }
      const modulated = config.enHagenDac && config.enHagenModulation && config.enStp;
      const dac = p.dacOffsetStep * (config.hagenDacOffset - p.dacOffsetCalibrated);
      const offset = mismatch.driverOffset[driver] - dac + this.trim.rampOffset[driver & 1];
      const slope = mismatch.driverSlope[driver] * this.trim.ramp[driver & 1];
      for (let code = 0; code < 32; code++) {
        const length = modulated
          ? slope * (32 - code + offset) * mismatch.driverGain[driver]
          : p.unmodulatedPulse * mismatch.driverGain[driver];
        this.pulses[driver * 32 + code] = Math.min(Math.max(length, 0), p.pulseMax);
      }
    }
    for (let index = 0; index < TAKERS_SIZE; index++) this.takers[index] = this.taker(index >> 4, index & 15);
    this.stale = false;
  }

  private taker(rowSelect: number, fireBus: number): number {
    let found = NO_DRIVER;
    for (let bus = 0; bus < 4; bus++) {
      const matching = (fireBus >> bus) & 1 ? this.matching[bus * 32 + rowSelect] : 0;
      if (matching === 0) continue;
      if (found !== NO_DRIVER || (matching & (matching - 1)) !== 0) return SEVERAL_DRIVERS;
      found = (31 - Math.clz32(matching)) * 4 + bus;
    }
    return found;
  }
}
