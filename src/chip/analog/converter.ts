/** The CADC of a hemisphere: 256 causal and 256 acausal channels, 8 bit, with their offsets and noise. */
import { ACAUSAL, CAUSAL, COLUMNS, OFFSETS } from "./kernels/layout.ts";
import type { AnalogMemory } from "./kernels.ts";
import { drawNormals } from "./normals.ts";
import type { AnalogParameters } from "./parameters.ts";
import { STREAM } from "./random.ts";
import type { Trim } from "./trim.ts";

/** Type of a channel. */
export const CHANNEL = { causal: 0, acausal: 1 } as const;

export interface ConverterOptions {
  readonly hemisphere: number;
  readonly noiseSeed: number;
  readonly parameters: AnalogParameters;
  readonly memory: AnalogMemory;
  readonly trim: Trim;
  /** Switch rows in `memory`, one byte a column; bit 5 connects the channel to the neuron. */
  readonly causalSwitches: Uint8Array;
  readonly acausalSwitches: Uint8Array;
}

export class Converter {
  /** Results of the last conversion, 0..255 by column. */
  readonly causal: Uint8Array;
  /** Likewise, but valid after `finish` only: these channels are digitised when somebody looks, which is seldom. */
  readonly acausal: Uint8Array;
  /** Digital offset of the causal (0..255) and acausal (256..511) channels, LSB. */
  readonly offsets: Int16Array;
  /** Enable bit, and the bit that puts the reference voltage on all channels. */
  readonly enable = new Uint8Array([1, 0]);
  /** Conversions since power-on; part of the key of the noise. */
  conversions = 0;
  /** Columns from here on are not converted. */
  columns = COLUMNS;

  private readonly options: ConverterOptions;
  private pending = false;

  constructor(options: ConverterOptions) {
    const { memory } = options;
    this.options = options;
    this.causal = memory.bytes(CAUSAL);
    this.acausal = memory.bytes(ACAUSAL);
    this.offsets = memory.int16(OFFSETS, 2 * COLUMNS);
  }

  /** Normal numbers for the coming conversion, one a column, at NORMALS; valid until the next call. */
  drawNoise(stream: number): void {
    this.draw(stream, this.conversions);
  }

  /** Digitises the membrane voltages above the reset level in LSB, at LEVELS. */
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

  private draw(stream: number, conversion: number): void {
    const { memory, noiseSeed, hemisphere } = this.options;
    drawNormals(memory, this.columns, noiseSeed, stream, hemisphere, conversion);
  }

  private digitiseType(out: Uint8Array, switches: Uint8Array, type: number, conversion: number): void {
    if (this.enable[0] === 0) {
      out.fill(0);
      return;
    }
    const { parameters: p, trim, memory } = this.options;
    const sigma = Math.min(p.sigmaAdc, p.sigmaRead);
    if (sigma !== 0) {
      this.draw(type === CHANNEL.causal ? STREAM.causalNoise : STREAM.acausalNoise, conversion);
    }
    memory.kernels.digitise(
      out.byteOffset,
      switches.byteOffset,
      type,
      this.columns,
      sigma,
      this.enable[1],
      trim.referenceLevel[0] - p.base,
      trim.referenceLevel[1] - p.base,
    );
  }
}
