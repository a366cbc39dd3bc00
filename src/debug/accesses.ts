/** What an access of a PPU reaches, in terms that are the same for both PPUs and all ports. */
import {
  BUFFERED,
  DATA_MAP,
  OMNIBUS_MAP,
  OMNIBUS_SIDE_STRIDE,
  PARALLEL_MAP,
} from "../chip/bus/address-map.ts";
import { SynapseArray } from "../chip/bus/synapse-array.ts";
import { PORT, type Port, type PpuName } from "../chip/index.ts";
import { PPUS } from "./position.ts";
import type { SynapseRegionName } from "./types.ts";

export interface Reached {
  /** A memory, with bytes from `offset` on; synapse arrays count 128 bytes for each address of the parallel port. */
  readonly space: string;
  readonly offset: number;
  readonly length: number;
  /** Bytes of a synapse array: whose, which regions, and the columns' parity; a word holds four of them. */
  readonly synapses?: {
    readonly hemisphere: PpuName;
    readonly regions: readonly SynapseRegionName[];
    readonly row: number;
  };
  /** CADC results; `converts`: the access starts a conversion. */
  readonly cadc?: { readonly hemisphere: PpuName; readonly converts: boolean };
}

const LANES = 128;
const PLAIN: Readonly<Record<number, SynapseRegionName>> = {
  [PARALLEL_MAP.weights.base]: "weights",
  [PARALLEL_MAP.labels.base]: "labels",
  [PARALLEL_MAP.timeCalibration.base]: "timeCalibration",
  [PARALLEL_MAP.amplitudeCalibration.base]: "amplitudeCalibration",
};
const RAW: readonly (readonly SynapseRegionName[])[] = [
  ["weights", "timeCalibration"],
  ["labels", "amplitudeCalibration"],
];

/** Lanes `first`..`first + length - 1` at an address of the array of a hemisphere. */
function inArray(hemisphere: PpuName, address: number, first: number, length: number): Reached {
  const base = { space: `${hemisphere} array`, offset: address * LANES + first, length };
  const region = (address & 0xffff0000) >>> 0;
  const index = address & 0xffff;
  const plain = PLAIN[region];
  if (plain) return { ...base, synapses: { hemisphere, regions: [plain], row: index >> 1 } };
  if (region === PARALLEL_MAP.raw.base) {
    return { ...base, synapses: { hemisphere, regions: RAW[(index >> 1) & 1], row: index >> 2 } };
  }
  const kind = SynapseArray.kind(address);
  if (kind === "cadcTrigger" || kind === "cadcBuffered") {
    // Results are the same bytes whichever row converts them.
    const channel = (region & ~BUFFERED) >>> 0;
    const offset = (channel | (index & 1)) * LANES + first;
    return { ...base, offset, cadc: { hemisphere, converts: kind === "cadcTrigger" } };
  }
  return base;
}

function onOmnibus(address: number, length: number): Reached {
  const word = (address & 0x7fffffff) >>> 2;
  const hemisphere = PPUS[word & OMNIBUS_SIDE_STRIDE ? 1 : 0];
  const local = (word & ~OMNIBUS_SIDE_STRIDE) >>> 0;
  const { ppuSram, synram } = OMNIBUS_MAP;
  if (local >= ppuSram.base && local < ppuSram.base + ppuSram.size) {
    return { space: `${hemisphere} SRAM`, offset: (local - ppuSram.base) * 4 + (address & 3), length };
  }
  if (local >= synram.base && local < synram.base + synram.size) {
    const at = local - synram.base;
    const isReset = (at & 0xff0000) === PARALLEL_MAP.resetVoltageCausal.base;
    if (!isReset)
      return inArray(
        hemisphere,
        (at & ~0xffff) | ((at & 0xffff) >> 5),
        (at & 31) * 4 + (address & 3),
        length,
      );
  }
  return { space: "omnibus", offset: (address & 0x7fffffff) >>> 0, length };
}

/** Bytes by data address of a PPU. */
export function byDataAddress(ppu: PpuName, address: number, length: number): Reached {
  if (address >= DATA_MAP.omnibus.base) return onOmnibus(address, length);
  if (address >= DATA_MAP.dram.base) return { space: "DRAM", offset: address - DATA_MAP.dram.base, length };
  if (address >= DATA_MAP.externalMemory.base) {
    return { space: "external memory", offset: address - DATA_MAP.externalMemory.base, length };
  }
  return { space: `${ppu} SRAM`, offset: address, length };
}

/** Bytes of one unit of the parallel port's memories. */
const UNIT = 16;

/** As the observer of a PPU reports it. */
export function byPort(ppu: PpuName, port: Port, address: number, bytes: number): Reached {
  if (port !== PORT.parallel) return byDataAddress(ppu, address, bytes);
  if (address >= PARALLEL_MAP.dram.base) {
    return { space: "DRAM", offset: (address - PARALLEL_MAP.dram.base) * UNIT, length: bytes };
  }
  if (address >= PARALLEL_MAP.externalMemory.base) {
    return {
      space: "external memory",
      offset: (address - PARALLEL_MAP.externalMemory.base) * UNIT,
      length: bytes,
    };
  }
  return inArray(ppu, address, 0, bytes);
}

export const overlaps = (a: Reached, b: Reached): boolean =>
  a.space === b.space && a.offset < b.offset + b.length && b.offset < a.offset + a.length;

/** Byte of a lane of the parallel port in an FPGA memory, whose words lie in reversed order. */
export const reversedLane = (lane: number): number => 4 * (31 - (lane >> 2)) + (lane & 3);
