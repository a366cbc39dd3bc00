/** The analog core of a hemisphere: membranes, conversions, synapses, and the registers that set it. */
import { listRegisters } from "../../../chip/registers/index.ts";
import { RegisterError } from "../../../chip/registers/register-file.ts";
import type { Register } from "../../../chip/registers/types.ts";
import type { DebugSession } from "../../session.ts";
import {
  type AnalogState,
  type Context,
  type PpuName,
  SessionError,
  type SynapseRegionName,
} from "../../types.ts";
import { type Container, indexedRows, namedRows, type Row } from "./container.ts";
import { lanesRow, numberRows, preview } from "./lanes.ts";

const DIGITS = 2;
const SYNAPSE_ROWS = 257;
/** Regions by the function that names a row in expressions. */
const REGIONS: Readonly<Record<string, SynapseRegionName>> = {
  row: "weights",
  labels: "labels",
  timeCalibration: "timeCalibration",
  amplitudeCalibration: "amplitudeCalibration",
};
const COLUMNS = {
  membranes: "activation x weight, without noise",
  causal: "last results of the causal CADC",
  acausal: "last results of the acausal CADC",
  eventsSinceReset: "events since the reset of each neuron",
  resetCycles: "cycle of the last reset of each neuron",
} as const satisfies Partial<Record<keyof AnalogState, string>>;

type View = Context & { readonly ppu: PpuName };

function columnsRow(state: AnalogState, context: View, name: keyof typeof COLUMNS): Row {
  const values = state[name];
  const isConversion = name === "causal" || name === "acausal";
  return {
    name,
    value: preview(values, DIGITS),
    type: COLUMNS[name],
    ...(isConversion && { expression: `${context.ppu}.${name}` }),
    container: numberRows(context, values, {
      digits: DIGITS,
      ...(isConversion && { expression: (index) => `${context.ppu}.${name}[${index}]` }),
    }),
  };
}

function regionRow(session: DebugSession, context: View, call: string): Row {
  return {
    name: REGIONS[call],
    value: `${SYNAPSE_ROWS} rows of 256 columns`,
    container: indexedRows(context, SYNAPSE_ROWS, (row) =>
      lanesRow(session, context, `[${row}]`, `${context.ppu}.${call}(${row})`),
    ),
  };
}

// ---- registers of the chip -------------------------------------------------------------------------------------------

type Indices = Readonly<Record<string, number | string>>;

function writeField(
  session: DebugSession,
  register: Register,
  indices: Indices,
  field: string,
  text: string,
): string {
  const { value } = session.evaluate(text);
  if (value.kind !== "integer") throw new SessionError(`"${text}" is no number`);
  try {
    session.change(`${register.name}.${field}`, (chip) =>
      chip.registers.write(register.name, indices, { [field]: value.value }),
    );
  } catch (error) {
    if (error instanceof RegisterError) throw new SessionError(error.message);
    throw error;
  }
  return `${session.chip.registers.read(register.name, indices)[field]}`;
}

function fieldsContainer(
  session: DebugSession,
  context: View,
  register: Register,
  indices: Indices,
): Container {
  return namedRows(
    context,
    register.fields.map(({ name }) => name),
    (field) => ({
      name: field,
      value: `${session.chip.registers.read(register.name, indices)[field]}`,
      type: register.fields.find(({ name }) => name === field)!.description,
      ...(register.access === "rw" && {
        assign: (text: string) => writeField(session, register, indices, field, text),
      }),
    }),
  );
}

/** One level for each dimension, then the fields. */
function registerContainer(
  session: DebugSession,
  context: View,
  register: Register,
  indices: Indices,
): Container {
  const dimension = register.dimensions.find(({ name }) => !(name in indices));
  if (!dimension) return fieldsContainer(session, context, register, indices);
  return indexedRows(context, dimension.count, (index) => ({
    name: `[${dimension.labels?.[index] ?? index}]`,
    value: dimension.name,
    container: registerContainer(session, context, register, { ...indices, [dimension.name]: index }),
  }));
}

function registerRow(session: DebugSession, context: View, register: Register): Row {
  const hasHemisphere = register.dimensions.some(({ name }) => name === "hemisphere");
  const indices: Indices = hasHemisphere ? { hemisphere: context.ppu } : {};
  const free = register.dimensions.filter(({ name }) => !(name in indices));
  const shape = free.map(({ name, count }) => `${count} ${name}s`).join(" x ");
  return {
    name: register.name,
    value: shape === "" ? register.description : `${shape}: ${register.description}`,
    container: registerContainer(session, context, register, indices),
  };
}

/** Registers that can be read and have fields, by group. */
function registersRow(session: DebugSession, context: View): Row {
  const readable = listRegisters().filter(
    ({ access, fields }) => fields.length > 0 && access !== "wo" && access !== "trigger",
  );
  const groups = [...new Set(readable.map(({ group }) => group))];
  const container = namedRows(context, groups, (name) => {
    const mine = new Map(
      readable.filter(({ group }) => group === name).map((register) => [register.name, register]),
    );
    const inside = namedRows(context, [...mine.keys()], (each) =>
      registerRow(session, context, mine.get(each)!),
    );
    return { name, value: `${mine.size} registers`, container: inside };
  });
  return { name: "registers", value: `${readable.length} registers of the chip`, container };
}

/** Everything that a client can see of the hemisphere of a PPU. */
export function analogContainer(session: DebugSession, context: View): Container {
  let state: AnalogState | undefined;
  const current = () => (state ??= session.analog(context.ppu));
  const rows: Readonly<Record<string, () => Row>> = {
    ...Object.fromEntries(
      (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).map((name) => [
        name,
        () => columnsRow(current(), context, name),
      ]),
    ),
    conversions: () => ({
      name: "conversions",
      value: `${current().conversions}`,
      type: "conversions so far",
    }),
    cadcEnabled: () => ({ name: "cadcEnabled", value: `${current().cadcEnabled}`, type: "CADC switched on" }),
    ...Object.fromEntries(
      Object.keys(REGIONS).map((call) => [call, () => regionRow(session, context, call)]),
    ),
    registers: () => registersRow(session, context),
  };
  return namedRows(context, Object.keys(rows), (name) => rows[name]());
}
