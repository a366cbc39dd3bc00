/**
 * The capacitive memory: 4 blocks (one a quadrant) of 130 columns x 24 rows of 10-bit cells. The chip's assignment of
 * rows to biases is not published in our sources; this table is our own.
 */
import { CELL_NAMES, KNOBS } from "../analog/knobs.ts";
import { dimension, field, type Register, registers, sramTiming } from "./types.ts";

const ROWS_PER_COLUMN = 32;
const BASE = 0x00140000;
const QUADRANTS = [dimension.quadrant(0x8000)];

export interface CapmemCell {
  readonly name: string;
  /** Row 0..23. */
  readonly row: number;
  /** Column of a shared cell (128 or 129); undefined for cells of every neuron, columns 0..127. */
  readonly column?: number;
  readonly powerOn: number;
  readonly description: string;
}

/** Names in the order of their rows. */
const NEURON_CELLS = [
  "i_bias_synin_exc_gm",
  "i_bias_synin_inh_gm",
  "i_bias_synin_exc_shift",
  "i_bias_synin_inh_shift",
  "i_bias_synin_exc_tau",
  "i_bias_synin_inh_tau",
  "v_leak",
  "v_reset",
  "i_bias_leak",
] as const;
const SHARED_CELLS = [
  "syn_i_bias_dac",
  "stp_i_ramp",
  "stp_i_calib",
  "stp_i_bias_comparator",
  "hagen_ibias_dac",
  "cadc_i_ramp_slope",
  "cadc_v_ramp_offset",
  "cadc_v_reference",
] as const;

/** Cells that are no knobs of the analog model. */
const OTHERS: Readonly<Record<string, Pick<CapmemCell, "powerOn" | "description">>> = {
  i_bias_synin_exc_tau: { powerOn: 1022, description: "synaptic time constant, excitatory; stored" },
  i_bias_synin_inh_tau: { powerOn: 1022, description: "synaptic time constant, inhibitory; stored" },
  stp_i_bias_comparator: { powerOn: 1022, description: "bias of the drivers' comparators; stored" },
  hagen_ibias_dac: { powerOn: 820, description: "bias of the drivers' DACs; stored" },
  cadc_v_reference: {
    powerOn: 325,
    description:
      "voltage on the CADC channels while cadcConfig.connectReference is set: 150 reads 20, 500 reads 220 on a nominal CADC",
  },
};

function makeCell(name: string, row: number, column?: number): CapmemCell {
  const known = CELL_NAMES.find((candidate) => candidate === name);
  const { powerOn, description } =
    known === undefined ? OTHERS[name] : { powerOn: KNOBS[known].powerOn, description: KNOBS[known].moves };
  return { name, row, powerOn, description, ...(column === undefined ? {} : { column }) };
}

export const CAPMEM_CELLS: readonly CapmemCell[] = [
  ...NEURON_CELLS.map((name, row) => makeCell(name, row)),
  ...SHARED_CELLS.map((name, row) => makeCell(name, row, 128)),
];

const views = CAPMEM_CELLS.map(({ name, row, column, powerOn, description }) => ({
  name: `capmem.${name}`,
  address: BASE + (column ?? 0) * ROWS_PER_COLUMN + row,
  dimensions:
    column === undefined ? [...QUADRANTS, dimension.indexed("neuron", 128, ROWS_PER_COLUMN)] : [...QUADRANTS],
  width: 10,
  effect: description.endsWith("; stored") ? ("stored" as const) : ("modelled" as const),
  viewOf: "capmemCell",
  fields: [field("value", [0, 9], "DAC value 0..1022; 1023 acts as 1022", { reset: powerOn })],
  description,
}));

export const CAPMEM_REGISTERS: readonly Register[] = [
  ...registers("capacitive memory", "chip.md 6.1", [
    {
      name: "capmemCell",
      address: BASE,
      dimensions: [
        ...QUADRANTS,
        dimension.indexed("column", 130, ROWS_PER_COLUMN),
        dimension.indexed("row", 24, 1),
      ],
      width: 10,
      effect: "modelled",
      fields: [field("value", [0, 9], "DAC value; cells without a name below are stored only")],
      description: "analog bias cell; columns 0..127 belong to neurons, 128 and 129 are shared",
    },
    sramTiming("capmemSramTiming", 0x00142800, QUADRANTS),
    {
      name: "capmemBlockConfig",
      address: 0x00144000,
      dimensions: [...QUADRANTS, dimension.indexed("word", 16, 1)],
      fields: [],
      description: "block configuration; fields not published, the first 16 words are stored",
    },
  ]),
  ...registers("capacitive memory", "chip.md 6.1 (block); row and column: own choice", views),
];
