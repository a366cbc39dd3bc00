/** The knobs of a chip as data: read from and written to its registers, as a host or a PPU would. */
import { KNOB_INSTANCES, KNOB_NAMES, KNOBS, type KnobName } from "./analog/knobs.ts";
import type { RegisterFile, RegisterIndices } from "./registers/register-file.ts";

/**
 * Codes by knob, one for each instance of the chip; knobs that are missing stay as they are. Order of the instances:
 * neuron `hemisphere * 256 + column` (512), quadrant nw, ne, sw, se (4), driver `hemisphere * 128 + driver` (256),
 * CADC channel `(hemisphere * 2 + type) * 256 + column` with type 0 causal, 1 acausal (1024).
 */
export type ChipSettings = { readonly [Name in KnobName]?: Uint16Array | Int16Array };

/** Settings that do not fit the chip: unknown knob, wrong number of values, value out of range. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** Anything with the registers of a chip: a `Chip`, or hemispheres with `attachRegisters`. */
export interface Adjustable {
  readonly registers: RegisterFile;
}

/** Index of a neuron in settings. */
export const neuronInstance = (hemisphere: number, column: number): number => hemisphere * 256 + column;
export const driverInstance = (hemisphere: number, driver: number): number => hemisphere * 128 + driver;
/** `type` 0 causal, 1 acausal. */
export const channelInstance = (hemisphere: number, type: number, column: number): number =>
  (hemisphere * 2 + type) * 256 + column;

/** Indices of the register that holds an instance of a knob. */
export function knobIndices(name: KnobName, instance: number): RegisterIndices {
  switch (KNOBS[name].per) {
    case "neuron":
      return { quadrant: instance >> 7, neuron: instance & 127 };
    case "quadrant":
      return { quadrant: instance };
    case "driver":
      return { hemisphere: instance >> 7, driver: instance & 127 };
    case "channel": {
      const column = instance & 255;
      return {
        hemisphere: instance >> 9,
        half: column >= 128 ? "east" : "west",
        column: column & 127,
        channel: (instance >> 8) & 1,
      };
    }
  }
}

/** The CADC stores its offsets + 128. */
const storedOffset = (name: KnobName): number => (name === "cadc_channel_offset" ? 128 : 0);

/** Reads one instance of a knob. */
export function readKnob({ registers }: Adjustable, name: KnobName, instance: number): number {
  const { register, field } = KNOBS[name];
  return registers.read(register, knobIndices(name, instance))[field] - storedOffset(name);
}

/** Sets one instance of a knob; throws SettingsError beyond its range. */
export function writeKnob({ registers }: Adjustable, name: KnobName, instance: number, code: number): void {
  const { register, field } = KNOBS[name];
  check(name, instance, code);
  registers.write(register, knobIndices(name, instance), { [field]: code + storedOffset(name) });
}

/** All knobs of a chip. */
export function readSettings(chip: Adjustable): Required<ChipSettings> {
  const all = KNOB_NAMES.map((name) => {
    const { per, least } = KNOBS[name];
    const codes = least < 0 ? new Int16Array(KNOB_INSTANCES[per]) : new Uint16Array(KNOB_INSTANCES[per]);
    for (let instance = 0; instance < codes.length; instance++)
      codes[instance] = readKnob(chip, name, instance);
    return [name, codes];
  });
  return Object.fromEntries(all) as Required<ChipSettings>;
}

/** Writes settings through the registers. Throws SettingsError, before anything is written, when they do not fit. */
export function applySettings(chip: Adjustable, settings: ChipSettings): void {
  checkSettings(settings);
  for (const name of KNOB_NAMES) {
    const codes = settings[name];
    codes?.forEach((code, instance) => {
      writeKnob(chip, name, instance, code);
    });
  }
}

/** Throws SettingsError for unknown knobs, wrong lengths and codes out of range. */
export function checkSettings(settings: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, codes] of Object.entries(settings)) {
    const knob = KNOB_NAMES.find((known) => known === name);
    if (knob === undefined) {
      throw new SettingsError(`there is no knob ${name}; there are ${KNOB_NAMES.join(", ")}`);
    }
    const instances = KNOB_INSTANCES[KNOBS[knob].per];
    if (codes.length !== instances) {
      throw new SettingsError(`${name} has ${codes.length} values instead of ${instances}`);
    }
    for (let instance = 0; instance < instances; instance++) check(knob, instance, codes[instance]);
  }
}

function check(name: KnobName, instance: number, code: number): void {
  const { least, most, per } = KNOBS[name];
  if (!Number.isInteger(code) || code < least || code > most) {
    throw new SettingsError(`${name} of ${per} ${instance} takes ${least}..${most}, not ${code}`);
  }
}
