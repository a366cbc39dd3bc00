/** Chosen registers, memory and devices: `--only r3,cr0,v5,memory,0x4000..0x40ff,result,padi,cadc`. */
import { DATA_MAP, PARALLEL_MAP } from "../../chip/bus/address-map.ts";
import { listRegisters } from "../../chip/registers/index.ts";
import { RegisterFile } from "../../chip/registers/register-file.ts";
import type { Image } from "../../toolchain/image.ts";
import { findSymbol } from "../../toolchain/symbols.ts";
import type { Access, TraceRecord } from "../model.ts";
import { isRegisterName, REGISTER_NAMES } from "../state.ts";
import { TraceError } from "../trace-error.ts";
import { reachedBy } from "./history.ts";
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

const OMNIBUS = DATA_MAP.omnibus.base;
const REGIONS = Object.keys(PARALLEL_MAP);
const REGISTERS = new Set(listRegisters().map(({ name }) => name));
const registerFile = new RegisterFile();
const hex = (value: number): string => `0x${value.toString(16)}`;

/** For help texts: what a selection may name. */
export const SELECTION_HELP = `  r3, cr0, cr, lr, xer, msr, srr0, ..., v5, acc, vcr: writes of a register; gpr and vectors stand for all of them
  memory: stores to SRAM, external memory and DRAM; 0x4000..0x40ff: to these data addresses;
  the name of an object of the program: to its bytes
  padi: events; cadc: conversions and what is read of them; a region of vector IO (weights, labels, random, ...) or a
  register of the chip as in ppu regs (synapseDriver, ...): what is written there`;

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

/** Region of vector IO that an address of the parallel port lies in. */
function regionOf(address: number): string | undefined {
  const region = REGIONS.find((name) => {
    const { base, size } = PARALLEL_MAP[name as keyof typeof PARALLEL_MAP];
    return address >= base && address < base + size;
  });
  return region;
}

export class Selection {
  readonly #registers = new Set<string>();
  readonly #devices = new Set<string>();
  readonly #ranges: Both<Range[]> = [[], []];
  readonly #memory: boolean;

  /** Throws TraceError for a name that is neither register, device nor an object of both programs. */
  constructor(names: readonly string[], images: Both<Image | undefined>) {
    this.#memory = names.includes("memory");
    for (const name of names) if (name !== "memory") this.#add(name, images);
  }

  #add(name: string, images: Both<Image | undefined>): void {
    const registers = registersOf(name.toLowerCase());
    const range = registers ? undefined : rangeOf(name);
    if (registers) for (const register of registers) this.#registers.add(register);
    else if (range) for (const ranges of this.#ranges) ranges.push(range);
    else if (["padi", "cadc"].includes(name) || REGIONS.includes(name) || REGISTERS.has(name))
      this.#devices.add(name);
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
    if (access.port === "parallel") return this.#parallelPlace(access, ppu);
    const { address, bytes, write } = access;
    if (!write) return undefined;
    const range = this.#ranges[side].find(({ begin, end }) => address < end && address + bytes > begin);
    if (range)
      return range.name === undefined ? `memory ${hex(address)}` : `${range.name}+${address - range.begin}`;
    if (address < OMNIBUS) return this.#memory ? `memory ${hex(address)}` : undefined;
    const name = registerFile.at((address & 0x7fffffff) >>> 2)?.name;
    return name !== undefined && this.#devices.has(name) ? `${name} ${hex(address)}` : undefined;
  }

  #parallelPlace(access: Access, ppu: TraceRecord["ppu"]): string | undefined {
    const { address, write } = access;
    if (!write) {
      const isResult = this.#devices.has("cadc") && reachedBy(ppu, access).cadc !== undefined;
      const isDrawn = this.#devices.has("random") && regionOf(address) === "random";
      return isResult || isDrawn ? `read ${hex(address)}` : undefined;
    }
    const region = regionOf(address);
    if (region === undefined) return undefined;
    const isMemory = region === "externalMemory" || region === "dram";
    return (isMemory && this.#memory) || this.#devices.has(region) ? `${region} ${hex(address)}` : undefined;
  }
}
