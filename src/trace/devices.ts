/** What an access reaches, by the names that users know: memories, regions of vector IO, registers of the chip. */
import { DRAM_BYTES, EXTERNAL_MEMORY_BYTES, PARALLEL_MAP } from "../chip/bus/address-map.ts";
import { listRegisters } from "../chip/registers/index.ts";
import { RegisterFile } from "../chip/registers/register-file.ts";
import { SRAM_BYTES } from "../core/layout.ts";
import { PORT } from "../core/observer.ts";
import { byPort } from "../debug/accesses.ts";
import type { Access, PpuName } from "./model.ts";

export interface Device {
  /** `sram`, `peerSram`, `externalMemory`, `dram`, a region of vector IO, a register as in `ppu regs`, or `unmapped`. */
  readonly name: string;
  /** What it belongs to: one of `DEVICE_GROUPS`; undefined for `unmapped`. */
  readonly group: DeviceGroup | undefined;
}

/** Sets of devices that have a name of their own. */
export const DEVICE_GROUPS = {
  memory: "SRAM of both PPUs, external memory, DRAM",
  synapses: "weights, labels and calibration bits, plain and raw",
  cadc: "conversions and their results",
  array: "what else vector IO reaches in the array",
  registers: "registers of the chip, as in ppu regs",
} as const satisfies Record<string, string>;

export type DeviceGroup = keyof typeof DEVICE_GROUPS;

/** Bytes that one address of the parallel port stands for in an array. */
const LANES = 128;
const MEMORIES = ["sram", "peerSram", "externalMemory", "dram"];
const SYNAPSES: ReadonlySet<string> = new Set([
  ...(["weights", "labels", "timeCalibration", "amplitudeCalibration", "raw"] satisfies Region[]),
]);
const CADC: ReadonlySet<string> = new Set([
  ...(["causal", "acausal", "resetVoltageCausal", "resetVoltageAcausal"] satisfies Region[]),
]);

type Region = keyof typeof PARALLEL_MAP;
const REGIONS = (Object.keys(PARALLEL_MAP) as Region[]).filter((name) => !MEMORIES.includes(name));
const devices = new Map<string, Device>(
  [
    ...MEMORIES.map((name): Device => ({ name, group: "memory" })),
    ...REGIONS.map((name): Device => {
      return { name, group: SYNAPSES.has(name) ? "synapses" : CADC.has(name) ? "cadc" : "array" };
    }),
    ...listRegisters().map(({ name }): Device => ({ name, group: "registers" })),
    { name: "unmapped", group: undefined },
  ].map((device) => [device.name, device]),
);

/** Every name that a device can have, groups not included. */
export const DEVICE_NAMES: readonly string[] = [...devices.keys()];

const registers = new RegisterFile();

function regionOf(address: number): string | undefined {
  return REGIONS.find((name) => {
    const { base, size } = PARALLEL_MAP[name];
    return address >= base && address < base + size;
  });
}

/** Memories by the space that `byPort` tells, with their sizes: an access behind their end reaches nothing. */
const MEMORY_SPACES: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  DRAM: { name: "dram", bytes: DRAM_BYTES },
  "external memory": { name: "externalMemory", bytes: EXTERNAL_MEMORY_BYTES },
};

function nameOf(ppu: PpuName, { port, address, bytes }: Access): string | undefined {
  const { space, offset } = byPort(ppu, PORT[port], address, bytes);
  if (space === "omnibus") return registers.at(offset >>> 2)?.name;
  if (space.endsWith("array")) return regionOf(Math.floor(offset / LANES));
  const sram = { name: space === `${ppu} SRAM` ? "sram" : "peerSram", bytes: SRAM_BYTES };
  const memory = MEMORY_SPACES[space] ?? sram;
  return offset < memory.bytes ? memory.name : undefined;
}

/** The device that an access of a PPU reaches. */
export const deviceOf = (ppu: PpuName, access: Access): Device =>
  devices.get(nameOf(ppu, access) ?? "unmapped")!;

/** Whether a device goes by a name or belongs to the group of that name. */
export const isDevice = (device: Device, name: string): boolean =>
  device.name === name || device.group === name;
