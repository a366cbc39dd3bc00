/** Runs images of the code generator on one emulated PPU with flat memory outside the SRAM. */
import type { Bus } from "../../../src/core/bus.ts";
import { Ppu } from "../../../src/core/ppu.ts";
import { type CodegenOptions, generateCode } from "../../../src/toolchain/backend/index.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import type { WasmModule } from "../../../src/toolchain/wasm-tree.ts";

const EXTERNAL_BYTES = 0x20000;

/** 128 KiB of external memory in its data (0x40000000) and instruction (0x80000000) views; nothing else answers. */
class FlatBus implements Bus {
  readonly view = new DataView(new ArrayBuffer(EXTERNAL_BYTES));
  /** Vectors on the parallel bus by address. */
  readonly parallel = new Map<number, Uint8Array>();

  offset(address: number): number {
    return ((address >>> 0) % 0x40000000) % EXTERNAL_BYTES;
  }

  load(address: number, bytes: 1 | 2 | 4): number {
    const at = this.offset(address);
    if (bytes === 4) return this.view.getInt32(at);
    return bytes === 2 ? this.view.getUint16(at) : this.view.getUint8(at);
  }

  store(address: number, bytes: 1 | 2 | 4, value: number): void {
    const at = this.offset(address);
    if (bytes === 4) this.view.setInt32(at, value);
    else if (bytes === 2) this.view.setUint16(at, value & 0xffff);
    else this.view.setUint8(at, value & 0xff);
  }

  fetch(address: number): number {
    return this.view.getInt32(this.offset(address) & ~3);
  }

  loadVector(address: number, words: Int32Array, at: number): void {
    for (let i = 0; i < 32; i++) words[at + i] = this.view.getInt32((this.offset(address) & ~3) + 4 * i);
  }

  storeVector(address: number, words: Int32Array, at: number): void {
    for (let i = 0; i < 32; i++) this.view.setInt32((this.offset(address) & ~3) + 4 * i, words[at + i]);
  }

  readParallel(address: number, lanes: Uint8Array): void {
    lanes.set(this.parallel.get(address) ?? new Uint8Array(128));
  }

  writeParallel(address: number, lanes: Uint8Array, enables: Uint8Array): void {
    const old = this.parallel.get(address) ?? new Uint8Array(128);
    this.parallel.set(
      address,
      old.map((byte, i) => (enables[i] ? lanes[i] : byte)),
    );
  }

  dataLatency(): number {
    return 2;
  }

  vectorLatency(): number {
    return 6;
  }

  parallelLatency(): number {
    return 9;
  }
}

export interface Outcome {
  readonly returnCode: number;
  readonly instructions: number;
  readonly cycles: number;
  readonly stop: string;
  readonly ppu: Ppu;
  readonly bus: FlatBus;
  readonly diagnostics: string[];
  word(address: number): number;
}

export function loadInto(ppu: Ppu, bus: FlatBus, image: Image): void {
  for (const section of image.sections) {
    section.data?.forEach((byte, i) => {
      const address = section.address + i;
      if (address < 0x4000) setByte(ppu, address, byte);
      else bus.store(address, 1, byte);
    });
  }
}

function setByte(ppu: Ppu, address: number, byte: number): void {
  const { words } = ppu.state;
  const shift = 24 - 8 * (address & 3);
  words[address >> 2] = (words[address >> 2] & ~(0xff << shift)) | (byte << shift);
}

export function execute(image: Image, cycles = 2_000_000): Outcome {
  const bus = new FlatBus();
  const diagnostics: string[] = [];
  const ppu = new Ppu({
    name: "top",
    bus,
    strict: true,
    onDiagnostic: (d) => diagnostics.push(`${d.kind} at 0x${d.pc.toString(16)}: ${d.message}`),
  });
  loadInto(ppu, bus, image);
  const stop = ppu.run(cycles);
  const word = (address: number) =>
    address >>> 0 < 0x4000 ? ppu.state.words[address >> 2] : bus.load(address, 4);
  const stackTop = image.symbols.find((s) => s.name === "stack_ptr_init")!.address;
  return {
    returnCode: word(stackTop + 12),
    instructions: ppu.instructions,
    cycles: ppu.sleepCycle,
    stop,
    ppu,
    bus,
    diagnostics,
    word,
  };
}

/** Compiles and runs a module; throws with the listing when the program does not end by itself. */
export function compileAndRun(module: WasmModule, options: CodegenOptions = {}, cycles?: number): Outcome {
  const { image, listing } = generateCode(module, { listing: true, ...options });
  const outcome = execute(image, cycles);
  if (outcome.stop !== "sleep") {
    throw new Error(
      `stopped with "${outcome.stop}" at pc 0x${outcome.ppu.pc.toString(16)}\n${outcome.diagnostics.join("\n")}\n${listing}`,
    );
  }
  return outcome;
}
