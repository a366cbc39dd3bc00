/** Chosen registers, memory and devices: `--only r3,cr0,v5,memory,0x4000..0x40ff,result,padi,cadc`. */
import type { Image } from "../../toolchain/image.ts";
import { findSymbol } from "../../toolchain/symbols.ts";
import { DEVICE_GROUPS, DEVICE_NAMES, deviceOf, isDevice } from "../devices.ts";
import type { Access, TraceRecord } from "../model.ts";
import { isRegisterName, REGISTER_NAMES } from "../state.ts";
import { TraceError } from "../trace-error.ts";
import type { Both, FieldValue } from "./types.ts";

/** One effect of a record that was chosen: a write, an event, the results of a conversion. */
export interface Effect {
  /** What was written, the same on both sides: `r3`, `memory 0x4000`, `padi`. */
  readonly what: string;
  readonly value: FieldValue;
  /** Index of the access; absent for registers, events and conversions. */
  readonly access?: number;
}

interface Range {
  readonly begin: number;
  /** Exclusive. */
  readonly end: number;
  /** Of an object: addresses count from its begin. */
  readonly name?: string;
}

/** Devices and groups of them, and the events. */
const DEVICES: ReadonlySet<string> = new Set([...DEVICE_NAMES, ...Object.keys(DEVICE_GROUPS), "padi"]);
const hex = (value: number): string => `0x${value.toString(16)}`;

/** For help texts: what a selection may name. */
export const SELECTION_HELP = `  r3, cr0, cr, lr, xer, msr, srr0, ..., v5, acc, vcr: a register; gpr and vectors: all of them
  0x4000..0x40ff or an object of the program: these bytes
  memory, synapses, array, registers: ${DEVICE_GROUPS.memory}; ...
  a region of vector IO (weights, labels, random, ...) or a register of the chip (synapseDriver, ...; see ppu regs)
  padi: events; cadc: conversions, and what is read of them`;

/** Registers behind a name; undefined where it is none. */
function registersOf(name: string): readonly string[] | undefined {
  if (isRegisterName(name)) return [name];
  const group = { cr: /^cr\d$/, gpr: /^r\d+$/, vectors: /^(v\d+|acc|vcr)$/ }[name];
  return group && REGISTER_NAMES.filter((register) => group.test(register));
}

function rangeOf(text: string): Range | undefined {
  const match = /^(0x[0-9a-f]{1,8}|\d+)(?:\.\.(0x[0-9a-f]{1,8}|\d+))?$/i.exec(text);
  if (!match) return undefined;
  const begin = Number(match[1]);
  const last = match[2] === undefined ? begin : Number(match[2]);
  if (last < begin || last > 0xffffffff)
    throw new TraceError(`--only ${text}: the range ends before it begins`);
  return { begin, end: last + 1 };
}

function objectOf(image: Image | undefined, name: string): Range | undefined {
  const symbol = image && findSymbol(image, name);
  return symbol && { begin: symbol.address, end: symbol.address + Math.max(symbol.size, 1), name };
}

export class Selection {
  readonly #registers = new Set<string>();
  readonly #devices = new Set<string>();
  readonly #ranges: Both<Range[]> = [[], []];
  /** Throws TraceError for a name that is neither register, device nor an object of both programs. */
  constructor(names: readonly string[], images: Both<Image | undefined>) {
    for (const name of names) this.#add(name, images);
  }

  #add(name: string, images: Both<Image | undefined>): void {
    const registers = registersOf(name.toLowerCase());
    const range = registers ? undefined : rangeOf(name);
    if (registers) for (const register of registers) this.#registers.add(register);
    else if (range) for (const ranges of this.#ranges) ranges.push(range);
    else if (DEVICES.has(name)) this.#devices.add(name);
    else {
      const objects = images.map((image) => objectOf(image, name));
      if (objects.includes(undefined)) {
        throw new TraceError(`--only ${name}: no register, device, address range or object of both programs`);
      }
      for (const [side, object] of objects.entries()) this.#ranges[side].push(object!);
    }
  }

  /** Chosen effects of a record of a side, in the order in which they happened. */
  effects(side: 0 | 1, record: TraceRecord): Effect[] {
    if (record.kind === "event") {
      const { buses, row, address } = record;
      return this.#devices.has("padi")
        ? [{ what: "padi", value: `buses ${hex(buses)} row ${row} address ${address}` }]
        : [];
    }
    if (record.kind === "conversion") {
      return this.#devices.has("cadc") ? [{ what: "cadc conversion", value: record.causal }] : [];
    }
    if (record.kind === "exception") {
      return this.#registers.has("srr0") ? [{ what: "srr0", value: record.returnAddress }] : [];
    }
    if (record.kind !== "instruction") return [];
    const effects: Effect[] = [];
    for (const { register, value } of record.writes) {
      if (this.#registers.has(register)) effects.push({ what: register, value });
    }
    for (const [index, access] of record.accesses.entries()) {
      const what = this.#place(side, record, access);
      if (what !== undefined) effects.push({ what, value: access.value, access: index });
    }
    return effects;
  }

  /** What a chosen access reaches; undefined for others. */
  #place(side: 0 | 1, { ppu }: TraceRecord, access: Access): string | undefined {
    const { port, address, bytes, write } = access;
    const isOnBus = port !== "parallel";
    if (isOnBus && write) {
      const range = this.#ranges[side].find(({ begin, end }) => address < end && address + bytes > begin);
      if (range?.name !== undefined) return `${range.name}+${address - range.begin}`;
      if (range) return `memory ${hex(address)}`;
    }
    if (this.#devices.size === 0) return undefined;
    const device = deviceOf(ppu, access);
    const isWanted = write || device.group === "cadc" || device.name === "random";
    if (!isWanted || ![...this.#devices].some((name) => isDevice(device, name))) return undefined;
    const name = isOnBus && device.group === "memory" ? "memory" : device.name;
    return `${write ? "" : "read "}${name} ${hex(address)}`;
  }
}
