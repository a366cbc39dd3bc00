/** The CADC of a hemisphere: 256 causal and 256 acausal channels, 8 bit, with their offsets and noise. */
import { COLUMNS, type Mismatch } from "./mismatch.ts";
import type { AnalogParameters } from "./parameters.ts";
import { fillNormal, STREAM } from "./random.ts";
import type { Trim } from "./trim.ts";

/** Type of a channel. */
export const CHANNEL = { causal: 0, acausal: 1 } as const;

export interface ConverterOptions {
  readonly hemisphere: number;
  readonly noiseSeed: number;
  readonly parameters: AnalogParameters;
  readonly mismatch: Mismatch;
  readonly trim: Trim;
  /** Switch rows, one byte a column; bit 5 connects the channel to the neuron. */
  readonly causalSwitches: Uint8Array;
  readonly acausalSwitches: Uint8Array;
}

export class Converter {
  /** Membrane voltages above the reset level in LSB, to be set before `digitise`. */
  readonly levels = new Float64Array(COLUMNS);
  /** Results of the last conversion, 0..255 by column. */
  readonly causal = new Uint8Array(COLUMNS);
  /** Likewise, but valid after `finish` only: these channels are digitised when somebody looks, which is seldom. */
  readonly acausal = new Uint8Array(COLUMNS);
  /** Digital offset of the causal (0..255) and acausal (256..511) channels, LSB. */
  readonly offsets = new Int16Array(2 * COLUMNS);
  /** Enable bit, and the bit that puts the reference voltage on all channels. */
  readonly enable = new Uint8Array([1, 0]);
  /** Conversions since power-on; part of the key of the noise. */
  conversions = 0;
  /** Columns from here on are not converted. */
  columns = COLUMNS;

  private readonly options: ConverterOptions;
  private readonly noise = new Float64Array(COLUMNS);
  private pending = false;

  constructor(options: ConverterOptions) {
    this.options = options;
  }

  /** Normal numbers for the coming conversion, one a column; valid until the next call. */
  drawNoise(stream: number): Float64Array {
    return this.draw(stream, this.conversions);
  }

  /** Digitises `levels`. */
  digitise(): void {
    this.digitiseType(this.causal, this.options.causalSwitches, CHANNEL.causal, this.conversions);
    this.conversions++;
    this.pending = true;
  }

  /** Completes the last conversion; to be called before `acausal` is read and before settings change. */
  finish(): void {
    if (!this.pending) return;
    this.pending = false;
    this.digitiseType(this.acausal, this.options.acausalSwitches, CHANNEL.acausal, this.conversions - 1);
  }

  /** Forgets an incomplete conversion. */
  drop(): void {
    this.pending = false;
  }

  private draw(stream: number, conversion: number): Float64Array {
    const noise = this.columns < COLUMNS ? this.noise.subarray(0, this.columns) : this.noise;
    fillNormal(noise, this.options.noiseSeed, stream, this.options.hemisphere, conversion);
    return this.noise;
  }

  private digitiseType(out: Uint8Array, switches: Uint8Array, type: number, conversion: number): void {
    if (this.enable[0] === 0) {
      out.fill(0);
      return;
    }
    const { noise, offsets, levels } = this;
    const { parameters: p, mismatch, trim } = this.options;
    const referenced = this.enable[1] !== 0;
    const sigma = Math.min(p.sigmaAdc, p.sigmaRead);
    if (sigma !== 0) {
      this.draw(type === CHANNEL.causal ? STREAM.causalNoise : STREAM.acausalNoise, conversion);
    }
    for (let j = 0; j < this.columns; j++) {
      const connected = !referenced && (switches[j] & 0x20) !== 0;
      const alive = connected && mismatch.dead[j] === 0;
      let level = connected ? mismatch.resetLevel[j] : mismatch.openLevel[j];
      if (alive) level += mismatch.converterGain[j] * (levels[j] + trim.resetShift[j]);
      if (referenced) level += mismatch.converterGain[j] * (trim.referenceLevel[j >> 7] - p.base);
      level = (level - trim.countShift[j]) * trim.countFactor[j];
      const channel = type * out.length + j;
      level += mismatch.channelOffset[channel] + offsets[channel] + sigma * noise[j];
      out[j] = Math.min(Math.max(Math.floor(level + 0.5), 0), 255);
    }
  }
}
