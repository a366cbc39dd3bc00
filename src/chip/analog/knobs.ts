/**
 * What calibration can set on a chip: every register that the parameter table of the analog core names as the knob of
 * a quantity (analog-core section 6, calibration-and-training section 1), with range, start value and the law by
 * which its code acts. Wiring, settings, documents and tests are derived from this table.
 *
 * Cells of the capacitive memory have 10 bits and the range 0..1022; which cell is which is not published, see
 * `CAPMEM_CELLS`. The laws are monotone, pass their neutral value at the nominal code, and are assumptions unless
 * a source is given.
 */

/** How many instances a knob has: 512 neurons, 4 quadrants, 256 synapse drivers, 1024 CADC channels. */
export type KnobScope = "neuron" | "quadrant" | "driver" | "channel";

export interface Knob {
  /** Register and field that hold the code. */
  readonly register: string;
  readonly field: string;
  readonly per: KnobScope;
  /** Codes that calibration may use, inclusive; registers hold integers. */
  readonly least: number;
  readonly most: number;
  /** Code after power-on. */
  readonly powerOn: number;
  /** Code at which the law is neutral: factor 1, shift 0. */
  readonly nominal: number;
  /** +1: what one observes, reads or amplitudes (of the leak: the time constant), rises with the code; -1: it falls. */
  readonly direction: 1 | -1;
  /** What the code does at 0 to `most`: a factor (1 at the nominal code) or a shift (0 there) in `unit`. */
  readonly transfer: (code: number) => number;
  readonly unit: "factor" | "LSB" | "LSB/us" | "units";
  /** The quantity and the law in words. */
  readonly moves: string;
  readonly source: string;
}

/** Volts don't appear in this model: a step of a voltage cell moves a nominal read by 200 LSB / 350 steps. */
export const LSB_PER_VOLTAGE_STEP = 4 / 7;
/** Nominal CADC read of a voltage cell: 150 reads 20, 500 reads 220 (calibration-and-training, steps 7 and 8). */
export const voltageRead = (code: number): number => 20 + (code - 150) * LSB_PER_VOLTAGE_STEP;

/** Offset current per step of a shift cell, LSB/us: the range covers 4.8 standard deviations of a raw chip. */
const SHIFT_PER_STEP = 0.02;
/** Pulse offset in activation units by which stp_i_calib outruns stp_i_ramp, per 500 steps. */
const CALIB_UNITS_PER_STEP = 8 / 500;

const CELL_MOST = 1022;
const inverse = (nominal: number) => (code: number) => nominal / Math.max(code, 1);

/** Proportional to code^1.5: a gain between a mirror (1) and a square law (2); linear around the target. */
function transconductance(code: number): number {
  const current = code / 450;
  return current * Math.sqrt(current);
}

type CellRow = Pick<Knob, "per" | "nominal" | "direction" | "transfer" | "unit" | "moves" | "source"> &
  Partial<Knob>;
const cell = (name: string, row: CellRow): Knob => ({
  register: `capmem.${name}`,
  field: "value",
  least: 0,
  most: CELL_MOST,
  powerOn: row.nominal,
  ...row,
});

const OWN = "assumed";
const gain = (sign: string): CellRow => ({
  per: "neuron",
  nominal: 450,
  direction: 1,
  transfer: transconductance,
  unit: "factor",
  moves: `${sign} gain of a neuron, (code / 450)^1.5`,
  source: "target 450 of 1022: calix; law assumed",
});
const shift = (sign: string): CellRow => ({
  per: "neuron",
  nominal: 511,
  direction: 1,
  transfer: (code) => (code - 511) * SHIFT_PER_STEP,
  unit: "LSB/us",
  moves: `offset current of the ${sign} input, 0.02 LSB/us a step, while that input is connected`,
  source: OWN,
});

export const KNOBS = {
  i_bias_synin_exc_gm: cell("i_bias_synin_exc_gm", gain("excitatory")),
  i_bias_synin_inh_gm: cell("i_bias_synin_inh_gm", gain("inhibitory")),
  i_bias_synin_exc_shift: cell("i_bias_synin_exc_shift", shift("excitatory")),
  i_bias_synin_inh_shift: cell("i_bias_synin_inh_shift", shift("inhibitory")),
  v_leak: cell("v_leak", {
    per: "neuron",
    nominal: 325,
    direction: 1,
    transfer: (code) => (code - 325) * LSB_PER_VOLTAGE_STEP,
    unit: "LSB",
    moves: "potential that the leak pulls to, 4/7 LSB a step; without effect while the leak is off",
    source: "scale: calix CADC targets",
  }),
  v_reset: cell("v_reset", {
    per: "neuron",
    nominal: 325,
    direction: 1,
    transfer: (code) => (code - 325) * LSB_PER_VOLTAGE_STEP,
    unit: "LSB",
    moves: "reset potential, 4/7 LSB a step",
    source: "scale: calix CADC targets",
  }),
  i_bias_leak: cell("i_bias_leak", {
    per: "neuron",
    nominal: 400,
    powerOn: 0,
    direction: -1,
    transfer: (code) => code / 400,
    unit: "factor",
    moves: "leak conductance, proportional: 0 off (1 ms), 400 about 60 us",
    source: "60 us: calix; code assumed",
  }),
  syn_i_bias_dac: cell("syn_i_bias_dac", {
    per: "quadrant",
    nominal: 800,
    direction: 1,
    transfer: (code) => code / 800,
    unit: "factor",
    moves: "current of all synapses of the quadrant's columns, proportional",
    source: "0..1 uA over the range, start 800: calix",
  }),
  stp_i_ramp: cell("stp_i_ramp", {
    per: "quadrant",
    nominal: 500,
    direction: -1,
    transfer: inverse(500),
    unit: "factor",
    moves: "pulse lengths of the block's drivers, 500 / code; stp_i_calib has to follow",
    source: OWN,
  }),
  stp_i_calib: cell("stp_i_calib", {
    per: "quadrant",
    nominal: 500,
    direction: 1,
    transfer: (code) => (code - 500) * CALIB_UNITS_PER_STEP,
    unit: "units",
    moves:
      "pulse offset of the block's drivers, 0.016 units a step beyond stp_i_ramp; none when both are equal",
    source: OWN,
  }),
  hagen_dac_offset: {
    register: "synapseDriver",
    field: "hagenDacOffset",
    per: "driver",
    least: 0,
    most: 63,
    powerOn: 63,
    nominal: 32,
    direction: -1,
    // In steps; the size of a step is the parameter dacOffsetStep, the nominal code dacOffsetCalibrated.
    transfer: (code) => (32 - code) * 0.25,
    unit: "units",
    moves: "pulse offset of a driver, -0.25 units a step from the code dacOffsetCalibrated of the preset",
    source: "size of a step assumed",
  },
  cadc_i_ramp_slope: cell("cadc_i_ramp_slope", {
    per: "quadrant",
    nominal: 500,
    direction: -1,
    transfer: inverse(500),
    unit: "factor",
    moves: "counts above the ramp's start, 500 / code",
    source: OWN,
  }),
  cadc_v_ramp_offset: cell("cadc_v_ramp_offset", {
    per: "quadrant",
    nominal: 200,
    direction: -1,
    transfer: (code) => (code - 200) * LSB_PER_VOLTAGE_STEP,
    unit: "LSB",
    moves: "voltage at which the ramp starts, 4/7 LSB a step; reads fall by as much",
    source: "scale: calix CADC targets",
  }),
  cadc_channel_offset: {
    register: "cadcOffset",
    field: "value",
    per: "channel",
    least: -128,
    most: 127,
    powerOn: 0,
    nominal: 0,
    direction: 1,
    transfer: (code) => code,
    unit: "LSB",
    moves: "digital offset of a CADC channel, 1 LSB a step; stored + 128",
    source: "chip.md 6.2",
  },
} as const satisfies Record<string, Knob>;

export type KnobName = keyof typeof KNOBS;
/** Knobs that are cells of the capacitive memory. */
export type CellName = Exclude<KnobName, "hagen_dac_offset" | "cadc_channel_offset">;

export const KNOB_NAMES = Object.keys(KNOBS) as KnobName[];
export const CELL_NAMES = KNOB_NAMES.filter((name): name is CellName =>
  KNOBS[name].register.startsWith("capmem."),
);

/** Instances on the whole chip. */
export const KNOB_INSTANCES: Readonly<Record<KnobScope, number>> = {
  neuron: 512,
  quadrant: 4,
  driver: 256,
  channel: 1024,
};

/** The nearest code that the knob has: rounded half up, clipped to its range. */
export function quantiseKnob(name: KnobName, value: number): number {
  const { least, most } = KNOBS[name];
  return Math.min(Math.max(Math.floor(value + 0.5), least), most);
}
