/** Registers to physics: what a register write means for the analog core. */
import type { Hemisphere } from "./analog/hemisphere.ts";
import { type CellName, KNOBS } from "./analog/knobs.ts";
import type { AnalogParameters } from "./analog/parameters.ts";
import { CROSSBAR_NODES } from "./crossbar.ts";
import { CAPMEM_CELLS } from "./registers/capmem.ts";
import { listRegisters } from "./registers/index.ts";
import { decodeField, RegisterFile } from "./registers/register-file.ts";
import type { RegisterField } from "./registers/types.ts";

const COLUMNS_PER_HALF = 128;

/** Fields of one word of a register by their meaning. */
function decoder(name: string): (word: number, value: number) => Record<string, number> {
  const { fields } = listRegisters().find((register) => register.name === name)!;
  // Most instances of a register are written alike.
  const last: { value: number; decoded: Record<string, number> }[] = [];
  return (word, value) => {
    if (last[word]?.value === value) return last[word].decoded;
    const decoded = Object.fromEntries(
      fields.filter((field) => field.word === word).map((field) => [field.name, decodeField(field, value)]),
    );
    last[word] = { value, decoded };
    return decoded;
  };
}

/** Reads a field that is neither inverted nor reversed. */
function plainReader({ low, high }: RegisterField): (value: number) => number {
  const mask = (1 << (high - low + 1)) - 1;
  return (value) => (value >>> low) & mask;
}

// The firmware sends each event by a store of its own, so this is on the way of thousands of stores an image.
const [fireBus, eventAddress, rowSelect] = listRegisters()
  .find(({ name }) => name === "padiTrigger")!
  .fields.map(plainReader);
const decodeDriver = decoder("synapseDriver");
const decodeNeuron = decoder("neuronConfig");

const capmemCells = (shared: boolean) =>
  CAPMEM_CELLS.filter(({ column, name }) => (column !== undefined) === shared && isModelled(name));
const isModelled = (name: string) => name in KNOBS || name === REFERENCE_CELL;
const REFERENCE_CELL = "cadc_v_reference";
/** Modelled cells by row, of the neurons and of the shared column. */
const NEURON_CELLS = new Map(capmemCells(false).map(({ row, name }) => [row, name as CellName]));
const SHARED_CELLS = new Map<number, CellName | "reference">(
  capmemCells(true).map(({ row, name }) => [row, name === REFERENCE_CELL ? "reference" : (name as CellName)]),
);
const SHARED_COLUMN = 128;

/** Lets the hemispheres (0 top, 1 bottom) follow the registers. */
export function wireAnalogCore(registers: RegisterFile, hemispheres: readonly Hemisphere[]): void {
  registers.hook("padiTrigger", {
    write(indices, _word, value, cycle) {
      const hemisphere = hemispheres[indices[0]];
      hemisphere.event(fireBus(value), rowSelect(value), eventAddress(value), cycle);
    },
    writeMany: ([side], values, cycles, count) => hemispheres[side].events(values, cycles, count),
  });
  registers.hook("synapseDriver", {
    write([side, driver], word, value) {
      const bits = decodeDriver(word, value);
      const hemisphere = hemispheres[side];
      if (word === 0) {
        hemisphere.configureDriver(driver, {
          enReceiver: bits.enReceiver === 1,
          rowAddressCompareMask: bits.rowAddressCompareMask,
          enHagenDac: bits.enHagenDac === 1,
          enAddressOut: bits.enAddressOut === 1,
        });
      } else if (word === 1) {
        hemisphere.configureDriver(driver, {
          hagenDacOffset: bits.hagenDacOffset,
          bottomRow: bits.enExcBottom | (bits.enInhBottom << 1),
          topRow: bits.enExcTop | (bits.enInhTop << 1),
        });
      } else {
        hemisphere.configureDriver(driver, {
          enHagenModulation: bits.enHagenModulation === 1,
          enStp: bits.enStp === 1,
        });
      }
    },
  });
  registers.hook("neuronConfig", {
    write([quadrant, neuron], word, value) {
      if (word !== 4) return;
      const { enableSynapticInputExc, enableSynapticInputInh } = decodeNeuron(word, value);
      const column = (quadrant & 1) * COLUMNS_PER_HALF + neuron;
      hemispheres[quadrant >> 1].setNeuronInputs(
        column,
        enableSynapticInputExc === 1,
        enableSynapticInputInh === 1,
      );
    },
  });
  registers.hook("neuronReset", {
    write([half, side, neuron], _word, _value, cycle) {
      const columns = new Uint8Array(2 * COLUMNS_PER_HALF);
      columns[half * COLUMNS_PER_HALF + neuron] = 1;
      hemispheres[side].resetNeurons(columns, cycle);
    },
  });
  registers.hook("capmemCell", {
    write([quadrant, column, row], _word, value, cycle) {
      const hemisphere = hemispheres[quadrant >> 1];
      const half = quadrant & 1;
      if (column < COLUMNS_PER_HALF) {
        const cell = NEURON_CELLS.get(row);
        if (cell !== undefined) hemisphere.setCell(cell, half * COLUMNS_PER_HALF + column, value, cycle);
      } else if (column === SHARED_COLUMN) {
        const cell = SHARED_CELLS.get(row);
        if (cell !== undefined) hemisphere.setCell(cell, half, value, cycle);
      }
    },
  });
  registers.hook("cadcConfig", {
    write([side], _word, value) {
      hemispheres[side].cadcEnabled = (value & 1) !== 0;
      hemispheres[side].referenceConnected = value >>> 31 !== 0;
    },
  });
  registers.hook("cadcOffset", {
    write([side, half, column, channel], _word, value) {
      const east = half === 0 ? COLUMNS_PER_HALF : 0;
      hemispheres[side].setChannelOffset(east + column, channel, value - 128);
    },
  });
}

/**
 * What a host loads before matrix mode (chip.md section 8): drivers with exact addressing, odd rows excitatory and
 * even rows inhibitory, neuron inputs connected, CADC on, SPL1 events routed to the hemisphere in label bit 13.
 * Knobs keep their power-on codes but for two start values of the parameters: hagen_dac_offset in the middle of its
 * range, and i_bias_leak.
 */
export function configureMatrixMode(registers: RegisterFile, parameters: AnalogParameters): void {
  const hagenDacOffset = parameters.dacOffsetCalibrated;
  registers.writeAll("synapseDriver", {
    ...{ enReceiver: 1, rowAddressCompareMask: 31, enHagenDac: 1, enAddressOut: 0 },
    ...{ enExcTop: 1, enInhTop: 0, enExcBottom: 0, enInhBottom: 1, hagenDacOffset },
    ...{ enHagenModulation: 1, enStp: 1 },
  });
  registers.writeAll("cadcConfig", { enable: 1, resetWait: 100, deadTime: 20 });
  registers.writeAll("padiConfig", { enableSpl1: 15 });
  registers.writeAll("neuronConfig", { enableSynapticInputExc: 1, enableSynapticInputInh: 1 });
  if (parameters.leakBias > 0) registers.writeAll("capmem.i_bias_leak", { value: parameters.leakBias });
  CROSSBAR_NODES.forEach(({ input, output }, node) => {
    const side = output >> 2;
    const spl1ToOwnBus = input >= 8 && input < 12 && side < 2 && (output & 3) === input - 8;
    const pass = spl1ToOwnBus ? { mask: 0x2000, target: side << 13 } : { mask: 0, target: 1 };
    registers.write("crossbarNode", { node }, pass);
  });
}

/**
 * Registers in matrix mode for hemispheres (top, bottom; same parameters) that are used without a chip, as by the software model of
 * the lab. `now` tells the cycle of a write by name.
 */
export function attachRegisters(
  hemispheres: readonly Hemisphere[],
  now: () => number = () => 0,
): RegisterFile {
  const registers = new RegisterFile();
  registers.now = now;
  wireAnalogCore(registers, hemispheres);
  configureMatrixMode(registers, hemispheres[0].parameters);
  return registers;
}
