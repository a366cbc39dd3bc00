/** The kernels of the analog core (kernels/, AssemblyScript) and the memory of a hemisphere on which they work. */
import { kernelModule } from "../../kernel-module.ts";
import { COLUMNS, PAGES } from "./kernels/layout.ts";

/** What kernels/index.ts exports; numbers stand for its integers, addresses, doubles and truth values. */
export interface AnalogKernels {
  normals(
    count: number,
    firstBlock: number,
    counter1: number,
    counter2: number,
    counter3: number,
    key0: number,
    key1: number,
    single: number,
  ): void;
  addEvents(
    first: number,
    end: number,
    reference: number,
    window: number,
    holdEnd: number,
    rate: number,
  ): number;
  resetColumns(first: number, step: number, masked: number, cycle: number): number;
  readLanes(row: number, parity: number): void;
  writeLanes(row: number, parity: number, mask: number): void;
  sumPulses(limit: number): void;
  collect(): void;
  fillDecays(columns: number, age: number): void;
  leak(age: number): void;
  leakTotals(meanTime: number, commonRate: number): void;
  fillDriven(columns: number, integrationEnd: number): void;
  membraneLevels(
    columns: number,
    gain: number,
    decay: number,
    integrationEnd: number,
    driven: number,
    noisy: number,
    variance: number,
    eventVariance: number,
    eventCount: number,
  ): void;
  digitise(
    out: number,
    switches: number,
    type: number,
    columns: number,
    sigma: number,
    referenced: number,
    west: number,
    east: number,
  ): void;
}

/** Arrays at the addresses of kernels/layout.ts, all 0 at first, and the kernels over them. */
export class AnalogMemory {
  readonly kernels: AnalogKernels;
  readonly #buffer: ArrayBuffer;

  /** One page is enough for `normals`. */
  constructor(pages = PAGES) {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.#buffer = memory.buffer;
    const module = kernelModule("analog", "analog kernels");
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.kernels = exports as unknown as AnalogKernels;
  }

  bytes(address: number, length = COLUMNS): Uint8Array {
    return new Uint8Array(this.#buffer, address, length);
  }

  int16(address: number, length: number): Int16Array {
    return new Int16Array(this.#buffer, address, length);
  }

  int32(address: number, length: number): Int32Array {
    return new Int32Array(this.#buffer, address, length);
  }

  singles(address: number, length: number): Float32Array {
    return new Float32Array(this.#buffer, address, length);
  }

  doubles(address: number, length = COLUMNS): Float64Array {
    return new Float64Array(this.#buffer, address, length);
  }
}
