/** Runs compiled firmware as machine code on one PPU with plain external memory and a plain parallel bus. */
import type { Bus } from "../../../src/core/bus.ts";
import { Ppu } from "../../../src/core/ppu.ts";
import type { Image } from "../../../src/toolchain/image.ts";

const EXTERNAL_BYTES = 0x20000;
const DATA_VIEW = 0x40000000;
const FETCH_VIEW = 0x80000000;

/** External memory in both views; vectors of the parallel bus are kept by address. */
class PlainBus implements Bus {
  readonly external = new DataView(new ArrayBuffer(EXTERNAL_BYTES));
  readonly parallel = new Map<number, Uint8Array>();

  load(address: number, bytes: 1 | 2 | 4): number {
    const at = address - DATA_VIEW;
    if (at < 0 || at + bytes > EXTERNAL_BYTES) return 0;
    if (bytes === 4) return this.external.getInt32(at);
    return bytes === 2 ? this.external.getUint16(at) : this.external.getUint8(at);
  }
  store(address: number, bytes: 1 | 2 | 4, value: number): void {
    const at = address - DATA_VIEW;
    if (at < 0 || at + bytes > EXTERNAL_BYTES) return;
    if (bytes === 4) this.external.setInt32(at, value);
    else if (bytes === 2) this.external.setInt16(at, value);
    else this.external.setInt8(at, value);
  }
  fetch(address: number): number {
    const at = address - FETCH_VIEW;
    return at >= 0 && at < EXTERNAL_BYTES ? this.external.getInt32(at) : 0;
  }
  loadVector(address: number, words: Int32Array, at: number): void {
    for (let i = 0; i < 32; i++) words[at + i] = this.load(address + 4 * i, 4);
  }
  storeVector(address: number, words: Int32Array, at: number): void {
    for (let i = 0; i < 32; i++) this.store(address + 4 * i, 4, words[at + i]);
  }
  readParallel(address: number, lanes: Uint8Array): void {
    lanes.set(this.parallel.get(address) ?? new Uint8Array(128));
  }
  writeParallel(address: number, lanes: Uint8Array, enables: Uint8Array): void {
    const vector = this.parallel.get(address) ?? new Uint8Array(128);
    for (let n = 0; n < 128; n++) if (enables[n]) vector[n] = lanes[n];
    this.parallel.set(address, vector);
  }
  dataLatency(): number {
    return 1;
  }
  vectorLatency(): number {
    return 1;
  }
  parallelLatency(): number {
    return 1;
  }
}

export interface MachineRun {
  readonly exitCode: number;
  readonly instructions: number;
  readonly cycles: number;
  /** Bytes of the SRAM. */
  bytes(address: number, length: number): Uint8Array;
}

const RETURN_CODE_ADDRESS = 0x2ffc;

/**
 * Runs to the final sleep.
 * @throws Error if the program does not finish within the cycles
 */
export function runMachine(image: Image, maxCycles = 50_000_000): MachineRun {
  const bus = new PlainBus();
  const ppu = new Ppu({ name: "top", bus });
  for (const { address, data } of image.sections) {
    if (!data) continue;
    if (address < 0x4000) ppu.writeSram(address, data);
    else new Uint8Array(bus.external.buffer).set(data, (address % FETCH_VIEW) % DATA_VIEW);
  }
  ppu.reset();
  const reason = ppu.run(maxCycles);
  if (reason !== "sleep") {
    throw new Error(`stopped for "${reason}" at 0x${ppu.pc.toString(16)} in cycle ${ppu.cycle}`);
  }
  const code = ppu.readSram(RETURN_CODE_ADDRESS, 4);
  return {
    exitCode: new DataView(code.buffer, code.byteOffset).getInt32(0),
    instructions: ppu.instructions,
    cycles: ppu.cycle,
    bytes: (address, length) => ppu.readSram(address, length),
  };
}
