/**
 * The parameters of the analog core in one table: defaults of the presets, meaning, unit, the register that moves a
 * quantity, and how well it is known. Documentation, `--analog name=value` and the presets are derived from it.
 */
import { ANALOG_PRESETS, type AnalogPreset } from "./presets.ts";

/** How well a default is known. "fitted": single value unverified, the joint scatter agrees with published figures. */
export type Evidence = "published" | "fitted" | "unverified" | "definition";

export interface AnalogParameter {
  readonly meaning: string;
  readonly unit: string;
  /** After calibration, the default. */
  readonly calibrated: number;
  /** A fresh chip. */
  readonly raw: number;
  /** No spread, no noise. */
  readonly ideal: number;
  /** Register (grenade and calix names) that moves the quantity; "" when there is none. */
  readonly knob: string;
  readonly evidence: Evidence;
  readonly reference: string;
  /** Scaled by the shorthand `noise` or `mismatch`. */
  readonly group?: "noise" | "mismatch";
}

const parameter = (
  meaning: string,
  unit: string,
  [calibrated, raw, ideal]: readonly [number, number, number],
  knob: string,
  evidence: Evidence,
  reference: string,
  group?: "noise" | "mismatch",
): AnalogParameter => ({ meaning, unit, calibrated, raw, ideal, knob, evidence, reference, group });

const GM = "i_bias_synin_exc_gm, i_bias_synin_inh_gm";
const spread = "mismatch";

/** One row a parameter. LSB is one count of the CADC; "units" are steps of the 5-bit activation. */
export const ANALOG_PARAMETERS = {
  gain: parameter(
    "amplitude of one event per activation and weight",
    "LSB",
    [0.0018, 0.0018, 0.0018],
    GM,
    "published",
    "hxtorch MNIST test; other sources 0.0015..0.0024",
  ),
  sigCommonGain: parameter(
    "spread of the gain between hemispheres",
    "1",
    [0, 0.2, 0],
    GM,
    "unverified",
    "own choice",
    spread,
  ),
  sigNeuronGain: parameter(
    "spread of the neurons' gain, both signs alike",
    "1",
    [0.05, 0.35, 0],
    GM,
    "fitted",
    "matrix mode demo figures: 5.6 % over 256 neurons",
    spread,
  ),
  sigExcInh: parameter(
    "spread of the ratio of inhibitory to excitatory gain of a neuron",
    "1",
    [0.04, 0.3, 0],
    "i_bias_synin_inh_gm",
    "fitted",
    "own choice",
    spread,
  ),
  sigSynapse: parameter(
    "spread of the synapses' current",
    "1",
    [0.035, 0.035, 0],
    "",
    "fitted",
    "matrix mode demo figures",
    spread,
  ),
  sigDriverGain: parameter(
    "spread of the pulse length between drivers",
    "1",
    [0.02, 0.05, 0],
    "",
    "fitted",
    "own choice",
    spread,
  ),
  sigDriverOffset: parameter(
    "spread of the pulse offset between drivers",
    "units",
    [0.7, 4, 0],
    "hagen_dac_offset",
    "fitted",
    "own choice",
    spread,
  ),
  inputOffset: parameter(
    "pulse offset common to all drivers",
    "units",
    [0.7, 3, 0],
    "stp_i_ramp, stp_i_calib",
    "fitted",
    "calix since March 2022: about 0..1",
  ),
  dacOffsetStep: parameter(
    "pulse offset removed per step of hagen_dac_offset",
    "units",
    [0.25, 0.25, 0.25],
    "hagen_dac_offset",
    "unverified",
    "own choice",
  ),
  dacOffsetCalibrated: parameter(
    "hagen_dac_offset at which the offsets above hold, and which a host loads at first",
    "steps",
    [32, 20, 32],
    "hagen_dac_offset",
    "definition",
    "middle of the range; raw: so that the range is centred on inputOffset",
  ),
  pulseMax: parameter("longest pulse", "units", [33, 33, 33], "", "fitted", "31 and a little"),
  unmodulatedPulse: parameter(
    "pulse of a driver without hagen modulation",
    "units",
    [31, 31, 31],
    "",
    "unverified",
    "own choice: the full pulse",
  ),
  sigRampSlope: parameter(
    "spread of the ramp slope between driver blocks (even, odd drivers)",
    "1",
    [0.01, 0.15, 0],
    "stp_i_ramp, stp_i_calib",
    "fitted",
    "own choice",
    spread,
  ),
  sigSynapseBias: parameter(
    "spread of the synapse bias between quadrants",
    "1",
    [0.01, 0.1, 0],
    "syn_i_bias_dac",
    "fitted",
    "own choice",
    spread,
  ),
  rowGradient: parameter(
    "linear fall of the charge along a row, end to end",
    "1",
    [0.02, 0.02, 0],
    "",
    "unverified",
    "own choice",
    spread,
  ),
  satLevel: parameter(
    "charge per column and sign within satWindow at which the synaptic input saturates (tanh)",
    "activation x weight",
    [Infinity, Infinity, Infinity],
    "",
    "unverified",
    "off: little saturation is reported for waits of 2 FPGA cycles and more",
  ),
  satWindow: parameter(
    "time slot in which charge adds up in the synaptic input",
    "us",
    [0.016, 0.016, 0.016],
    "",
    "unverified",
    "own choice",
  ),
  sigResultOffset: parameter(
    "spread of the offset between reset level and read",
    "LSB",
    [1.2, 12, 0],
    "i_bias_synin_exc_shift, i_bias_synin_inh_shift, v_leak",
    "fitted",
    "own choice",
    spread,
  ),
  resultOffsetTime: parameter(
    "integration time after which sigResultOffset has built up, an offset current of each synaptic input giving half its variance; 0: a static offset, which the baseline removes",
    "us",
    [0, 4, 0],
    "",
    "unverified",
    "own choice: 128 events at 16 ns between 1 us of settling before and after",
  ),
  sigDrift: parameter(
    "spread of the membranes' drift at leakBias",
    "LSB/us",
    [0.03, 0.3, 0],
    "i_bias_leak",
    "unverified",
    "own choice",
    spread,
  ),
  sigDriftOff: parameter(
    "part of sigDrift that stays with the leak off; the rest is leak to a potential other than the reset's",
    "LSB/us",
    [0.03, 0.03, 0],
    "",
    "unverified",
    "that of the calibrated chip",
    spread,
  ),
  leakBias: parameter(
    "i_bias_leak at which sigDrift and tauMem hold, and which a host loads at first",
    "steps",
    [0, 400, 0],
    "i_bias_leak",
    "definition",
    "0 = leak off",
  ),
  tauMem: parameter(
    "time constant of the membranes at leakBias",
    "us",
    [1000, 60, Infinity],
    "i_bias_leak",
    "unverified",
    "calix: 60 us before the leak is switched off",
  ),
  tauMemOff: parameter(
    "time constant with the leak off, where leakBias is not 0",
    "us",
    [1000, 1000, Infinity],
    "",
    "unverified",
    "that of the calibrated chip",
  ),
  sigTauMem: parameter(
    "spread of the time constants",
    "1",
    [0, 0.3, 0],
    "i_bias_leak",
    "unverified",
    "own choice",
    spread,
  ),
  resetHold: parameter(
    "time for which a reset holds the membrane; events during it are lost",
    "us",
    [2, 2, 2],
    "reset_holdoff",
    "published",
    "grenade, libnux",
  ),
  base: parameter(
    "read after reset, mean over the columns; 127.5 turns the converter's rounding into the floor of hxtorch's mock",
    "LSB",
    [120, 120, 127.5],
    "v_reset, CADC channel offsets",
    "published",
    "calix: resting read 120",
  ),
  sigBase: parameter(
    "spread of the read after reset",
    "LSB",
    [8, 25, 0],
    "v_reset",
    "fitted",
    "matrix mode demo figures: lower limits -90..-125",
    spread,
  ),
  sigAdcOffset: parameter(
    "spread of the CADC channels",
    "LSB",
    [1.5, 12, 0],
    "CADC channel offset",
    "fitted",
    "calix tests: < 3 LSB after, < 20 LSB before",
    spread,
  ),
  sigAdcGain: parameter(
    "spread of the CADC ramp slope between quadrants",
    "1",
    [0.01, 0.1, 0],
    "cadc_i_ramp_slope",
    "unverified",
    "own choice",
    spread,
  ),
  sigAdcBase: parameter(
    "spread of the CADC ramp start between quadrants",
    "LSB",
    [0, 15, 0],
    "cadc_v_ramp_offset",
    "unverified",
    "own choice",
    spread,
  ),
  sigmaRead: parameter(
    "noise of a read without events",
    "LSB",
    [1.3, 1.3, 0],
    "",
    "published",
    "1.2..2.0 LSB in several sources",
    "noise",
  ),
  sigmaEvent: parameter(
    "noise that each event adds (in quadrature)",
    "LSB",
    [0.035, 0.035, 0],
    "",
    "fitted",
    "noise grows about as the square root of num_sends",
    "noise",
  ),
  sigmaAdc: parameter(
    "part of sigmaRead that belongs to the CADC channel and not to the membrane",
    "LSB",
    [0.5, 0.5, 0],
    "",
    "unverified",
    "own choice",
    "noise",
  ),
  deadFraction: parameter(
    "share of columns stuck at the baseline",
    "1",
    [0.002, 0.002, 0],
    "",
    "unverified",
    "own choice",
    spread,
  ),
  tempCoeffGain: parameter(
    "relative change of the gain per kelvin",
    "1/K",
    [-0.002, -0.002, 0],
    "",
    "unverified",
    "Summ 2026: gain falls from 40 to 90 C",
  ),
  temperature: parameter("chip temperature", "C", [40, 40, 40], "", "published", "Summ 2026: baseline 40 C"),
} as const satisfies Record<string, AnalogParameter>;

export type AnalogParameterName = keyof typeof ANALOG_PARAMETERS;
export type AnalogParameters = Readonly<Record<AnalogParameterName, number>>;
export type { AnalogPreset };
/** Values by name; `noise` and `mismatch` multiply all parameters of their group. */
export type AnalogOverrides = Partial<Record<AnalogParameterName | "noise" | "mismatch", number>>;

const names = Object.keys(ANALOG_PARAMETERS) as AnalogParameterName[];

/** A preset with overrides. Throws RangeError on names that do not exist and values that make no sense. */
export function analogParameters(
  preset: AnalogPreset = "calibrated",
  overrides: AnalogOverrides = {},
): AnalogParameters {
  if (!ANALOG_PRESETS.includes(preset)) {
    throw new RangeError(`analog preset "${preset}" does not exist; there are calibrated, raw and ideal`);
  }
  const rows: Record<string, AnalogParameter> = ANALOG_PARAMETERS;
  const values = {} as Record<AnalogParameterName, number>;
  for (const name of names) {
    const row = rows[name];
    values[name] = row[preset] * (row.group === undefined ? 1 : (overrides[row.group] ?? 1));
  }
  for (const [name, value] of Object.entries(overrides)) {
    if (name !== "noise" && name !== "mismatch" && !(name in rows)) {
      throw new RangeError(
        `analog parameter "${name}" does not exist; there are ${names.join(", ")}, noise, mismatch`,
      );
    }
    const mayBeNegative = name === "tempCoeffGain" || name === "temperature" || name === "inputOffset";
    if (Number.isNaN(value) || (value < 0 && !mayBeNegative)) {
      throw new RangeError(
        `analog parameter ${name} can't be ${value}; give a number of ${mayBeNegative ? "any sign" : "0 or more"}`,
      );
    }
    if (name in rows) values[name as AnalogParameterName] = value;
  }
  for (const name of ["tauMem", "tauMemOff"] as const) {
    if (values[name] === 0)
      throw new RangeError(`analog parameter ${name} can't be 0; give a time in us or Infinity`);
  }
  if (values.leakBias > 1022) throw new RangeError("analog parameter leakBias takes 0..1022");
  return values;
}

/** Parses `noise=0,gain=0.002`, the form of the command line. Throws RangeError with the offending piece. */
export function parseAnalogOverrides(text: string): AnalogOverrides {
  const overrides: Record<string, number> = {};
  for (const piece of text.split(",").filter((part) => part.trim() !== "")) {
    const [name, value, ...rest] = piece.split("=").map((part) => part.trim());
    if (value === undefined || value === "" || rest.length > 0 || Number.isNaN(Number(value))) {
      throw new RangeError(`"${piece}" is not of the form name=number`);
    }
    overrides[name] = Number(value);
  }
  analogParameters("calibrated", overrides);
  return overrides;
}
