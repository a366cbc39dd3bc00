/** What one PPU sees beyond its own SRAM: the maps of chip.md sections 3 and 4. */
import type { Bus, PostedWord } from "../../core/bus.ts";
import { LATENCIES } from "../latency.ts";
import { listRegisters } from "../registers/index.ts";
import { registerAddress } from "../registers/register-file.ts";
import { DATA_MAP, DRAM_BYTES, EXTERNAL_MEMORY_BYTES, FETCH_MAP, PARALLEL_MAP } from "./address-map.ts";
import type { Memory } from "./memory.ts";
import type { Omnibus } from "./omnibus.ts";
import { dataLatency, parallelLatency, vectorLatency } from "./response.ts";
import type { Report, SynapseArray } from "./synapse-array.ts";

/** A device of the FPGA side; `lane` is the first byte of the access inside the word, 0 = bits 31..24. */
export interface WordDevice {
  load(word: number): number;
  store(word: number, lane: number, bytes: 1 | 2 | 4, value: number, cycle: number): void;
}

/** Everything both PPUs share; index 0 top, 1 bottom. */
export interface SharedDevices {
  readonly externalMemory: Memory;
  readonly dram: Memory;
  readonly omnibus: Omnibus;
  readonly arrays: readonly SynapseArray[];
  /** Empty unless the FPGA vector generators are switched on; they hide the DRAM at their addresses. */
  readonly vectorGenerators: readonly WordDevice[];
}

/** What a bus asks of the chip for the PPU it belongs to. */
export interface BusOwner {
  /** 0 top, 1 bottom. */
  readonly side: number;
  /** A guest's mistake in the instruction being executed. */
  report(kind: string, message: string): void;
  /** Cycle of the chip for a cycle of this PPU, whose count starts when its reset is released. */
  chipCycle(cycle: number): number;
  /** Before an access to something that the other PPU's stores may have to reach before. */
  settleOther(): void;
}

/** Byte address of the register that sends events on the PADI buses of a side. */
function padiTriggerAddress(side: number): number {
  const register = listRegisters().find(({ name }) => name === "padiTrigger")!;
  return DATA_MAP.omnibus.base + 4 * registerAddress(register, [side]);
}

const EXTERNAL = DATA_MAP.externalMemory.base;
const DRAM = DATA_MAP.dram.base;
const PARALLEL_EXTERNAL = PARALLEL_MAP.externalMemory.base;
const PARALLEL_DRAM = PARALLEL_MAP.dram.base;
const VECTOR_BYTES = 128;
const hex = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

interface Place {
  memory: Memory;
  offset: number;
}

export class PpuBus implements Bus {
  readonly #devices: SharedDevices;
  readonly #owner: BusOwner;
  readonly #place: Place;
  readonly #bytes = new Uint8Array(VECTOR_BYTES);
  #cycle = 0;
  /** Chip cycle from which the link to the FPGA takes the next vector, and how long the last one waited. */
  #linkFree = 0;
  #linkWait = 0;
  readonly posted: PostedWord;
  readonly #report: Report = (kind, message) => this.#owner.report(kind, message);

  constructor(devices: SharedDevices, owner: BusOwner) {
    this.#devices = devices;
    this.#owner = owner;
    this.#place = { memory: devices.externalMemory, offset: 0 };
    const address = padiTriggerAddress(owner.side);
    this.posted = { address, latency: dataLatency(address) };
  }

  load(address: number, bytes: 1 | 2 | 4, cycle: number): number {
    const byteAddress = address >>> 0;
    this.#cycle = cycle;
    if (byteAddress >= DATA_MAP.omnibus.base) {
      this.#owner.settleOther();
      return this.#devices.omnibus.load(byteAddress, bytes, this.#now(), this.#report);
    }
    const generator = this.#generatorAt(byteAddress);
    if (generator) return generator.load((byteAddress & 0x3fff) >> 2);
    if (this.#locate(byteAddress, bytes)) return this.#place.memory.load(this.#place.offset, bytes);
    this.#report(
      "unmapped",
      `load of ${bytes} bytes from ${hex(byteAddress)}, read as 0: ${nearest(byteAddress)}`,
    );
    return 0;
  }

  store(address: number, bytes: 1 | 2 | 4, value: number, cycle: number): void {
    const byteAddress = address >>> 0;
    this.#cycle = cycle;
    if (byteAddress >= DATA_MAP.omnibus.base) {
      if (byteAddress !== this.posted.address) this.#owner.settleOther();
      this.#devices.omnibus.store(byteAddress, bytes, value, this.#now(), this.#report);
      return;
    }
    const generator = this.#generatorAt(byteAddress);
    if (generator) generator.store((byteAddress & 0x3fff) >> 2, byteAddress & 3, bytes, value, this.#now());
    else if (this.#locate(byteAddress, bytes)) this.#place.memory.store(this.#place.offset, bytes, value);
    else {
      const why = nearest(byteAddress);
      this.#report("unmapped", `store of ${bytes} bytes to ${hex(byteAddress)} has no effect: ${why}`);
    }
  }

  /** Events of the own PADI buses: they only reach the own hemisphere, and act at the cycle that is told with them. */
  post(values: Int32Array, cycles: Float64Array, count: number): void {
    const epoch = this.#owner.chipCycle(0);
    for (let index = 0; index < count; index++) cycles[index] += epoch;
    this.#devices.omnibus.post(this.posted.address, values, cycles, count);
  }

  fetch(address: number): number {
    const byteAddress = (address & ~3) >>> 0;
    const { externalMemory, dram } = this.#devices;
    const external = byteAddress - FETCH_MAP.externalMemory.base;
    if (external >= 0 && external < EXTERNAL_MEMORY_BYTES) return externalMemory.load(external, 4);
    const inDram = byteAddress - FETCH_MAP.dram.base;
    if (inDram >= 0 && inDram < DRAM_BYTES) return dram.load(inDram, 4);
    this.#owner.report("unmapped-fetch", `instruction fetch from ${hex(byteAddress)}: there is no memory`);
    return 0;
  }

  loadVector(address: number, words: Int32Array, at: number, cycle: number): void {
    const byteAddress = (address & ~3) >>> 0;
    this.#cycle = cycle;
    if (!this.#locate(byteAddress, VECTOR_BYTES)) {
      words.fill(0, at, at + 32);
      this.#report("unmapped", `fxvlax from ${hex(byteAddress)}, read as 0: ${nearestVector(byteAddress)}`);
      return;
    }
    const { memory, offset } = this.#place;
    for (let word = 0; word < 32; word++) words[at + word] = memory.load(offset + 4 * word, 4);
  }

  storeVector(address: number, words: Int32Array, at: number, cycle: number): void {
    const byteAddress = (address & ~3) >>> 0;
    this.#cycle = cycle;
    if (!this.#locate(byteAddress, VECTOR_BYTES)) {
      this.#report("unmapped", `fxvstax to ${hex(byteAddress)} has no effect: ${nearestVector(byteAddress)}`);
      return;
    }
    const { memory, offset } = this.#place;
    for (let word = 0; word < 32; word++) memory.store(offset + 4 * word, 4, words[at + word]);
  }

  readParallel(address: number, lanes: Uint8Array, cycle: number): void {
    const vectorAddress = address >>> 0;
    this.#cycle = cycle;
    if (vectorAddress < PARALLEL_EXTERNAL) {
      this.#ownArray().readVector(vectorAddress, lanes, this.#now(), this.#report);
    } else if (this.#locateParallel(vectorAddress)) {
      const { memory, offset } = this.#place;
      memory.readInto(offset, this.#bytes);
      reverseWords(this.#bytes, lanes);
    } else {
      lanes.fill(0, 0, VECTOR_BYTES);
      this.#report(
        "unmapped",
        `fxvinx from ${hex(vectorAddress)}, read as 0: outside external memory and DRAM`,
      );
    }
  }

  writeParallel(address: number, lanes: Uint8Array, enables: Uint8Array, cycle: number): void {
    const vectorAddress = address >>> 0;
    this.#cycle = cycle;
    if (vectorAddress < PARALLEL_EXTERNAL) {
      this.#ownArray().writeVector(vectorAddress, lanes, enables, this.#now(), this.#report);
    } else if (this.#locateParallel(vectorAddress)) {
      const { memory, offset } = this.#place;
      memory.readInto(offset, this.#bytes);
      for (let lane = 0; lane < VECTOR_BYTES; lane++) {
        if (enables[lane]) this.#bytes[reversedLane(lane)] = lanes[lane];
      }
      memory.write(offset, this.#bytes);
      this.#occupyLink();
    } else {
      this.#report(
        "unmapped",
        `fxvoutx to ${hex(vectorAddress)} has no effect: outside external memory and DRAM`,
      );
    }
  }

  dataLatency(address: number): number {
    return dataLatency(address);
  }

  vectorLatency(address: number): number {
    return vectorLatency(address);
  }

  parallelLatency(address: number, write: boolean): number {
    const waits = write && address >>> 0 >= PARALLEL_EXTERNAL;
    return parallelLatency(address, write) + (waits ? this.#linkWait : 0);
  }

  /** State of the link to the FPGA, for snapshots. */
  snapshot(): readonly number[] {
    return [this.#linkFree, this.#linkWait];
  }

  restore(state: readonly number[]): void {
    [this.#linkFree, this.#linkWait] = state;
  }

  /** The latency of a write, asked for after it, contains its wait for earlier ones. */
  #occupyLink(): void {
    const now = this.#now();
    this.#linkWait = Math.max(0, this.#linkFree - now);
    this.#linkFree = now + this.#linkWait + LATENCIES.parallelFpgaWriteInterval.cycles;
  }

  #now(): number {
    return this.#owner.chipCycle(this.#cycle);
  }

  /** The parallel port reaches the own hemisphere only. */
  #ownArray(): SynapseArray {
    return this.#devices.arrays[this.#owner.side];
  }

  #generatorAt(byteAddress: number): WordDevice | undefined {
    const { vectorGenerators } = this.#devices;
    if (vectorGenerators.length === 0 || byteAddress < DRAM) return undefined;
    return vectorGenerators[Math.floor((byteAddress - DRAM) / GENERATOR_BYTES)];
  }

  /** Sets `#place` to an FPGA memory; false where `bytes` bytes do not fit into one. */
  #locate(byteAddress: number, bytes: number): boolean {
    const place = this.#place;
    place.memory = byteAddress < DRAM ? this.#devices.externalMemory : this.#devices.dram;
    place.offset = byteAddress - (byteAddress < DRAM ? EXTERNAL : DRAM);
    return place.offset >= 0 && place.offset + bytes <= place.memory.size;
  }

  #locateParallel(vectorAddress: number): boolean {
    const place = this.#place;
    const inDram = vectorAddress >= PARALLEL_DRAM;
    place.memory = inDram ? this.#devices.dram : this.#devices.externalMemory;
    place.offset = (vectorAddress - (inDram ? PARALLEL_DRAM : PARALLEL_EXTERNAL)) * 16;
    return place.offset + VECTOR_BYTES <= place.memory.size;
  }
}

const GENERATOR_BYTES = 0x4000;

function nearest(byteAddress: number): string {
  if (byteAddress < EXTERNAL) return "the SRAM ends at 0x00003fff";
  if (byteAddress < DRAM) return "external memory ends at 0x4001ffff";
  return "the FPGA executor's registers are not part of the emulator";
}

function nearestVector(byteAddress: number): string {
  return byteAddress >= DATA_MAP.omnibus.base
    ? "this port does not reach the omnibus; use fxvinx/fxvoutx or words"
    : nearest(byteAddress);
}

/** Lane 4w + b of the parallel port lies at byte 4 * (31 - w) + b of an FPGA memory (chip.md 4). */
const reversedLane = (lane: number) => 4 * (31 - (lane >> 2)) + (lane & 3);

function reverseWords(from: Uint8Array, to: Uint8Array): void {
  for (let lane = 0; lane < VECTOR_BYTES; lane++) to[lane] = from[reversedLane(lane)];
}
