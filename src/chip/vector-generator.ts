/**
 * The FPGA vector generator of one hemisphere (on-chip-inference section 3): sends a vector of activations, taken
 * from a FIFO, as events. Present in older FPGA designs instead of the DRAM; off by default.
 *
 * Own choices where nothing is published: the FIFO takes activations and sends code 32 - x; waits count FPGA cycles
 * (2 PPU cycles); only the omnibus FIFO, trigger and notification exist; the notification writes 1.
 */
import type { WordDevice } from "./bus/ppu-bus.ts";

const CONTROL = 0;
const NOTIFICATION = 1;
const TRIGGER = 2;
const TABLE = 0x100;
const TABLE_ENTRIES = 256;
const FIFO = 0x200;
/** Position in `#progress`. */
const DUE = 0;
const CYCLES_PER_FPGA_CYCLE = 2;
/** Values of one vector the FIFO can hold. */
const FIFO_VALUES = 1024;

export interface VectorGeneratorPort {
  /** A 16-bit spike label on its way to the chip in a cycle of the chip. */
  send(label: number, cycle: number): void;
  /** A run begins in this cycle: time must not pass it unseen. */
  started(cycle: number): void;
  /** Writes a word of the omnibus, by word address, when the vector is done. */
  notify(address: number, value: number, cycle: number): void;
}

export class VectorGenerator implements WordDevice {
  readonly #port: VectorGeneratorPort;
  readonly #registers = new Uint32Array(3);
  readonly #table = new Uint16Array(TABLE_ENTRIES);
  readonly #fifo = new Uint8Array(FIFO_VALUES);
  #count = 0;
  /** Next cycle, number of resends done, position in the vector. */
  readonly #progress = Float64Array.of(Number.POSITIVE_INFINITY, 0, 0);

  constructor(port: VectorGeneratorPort) {
    this.#port = port;
  }

  load(word: number): number {
    if (word <= NOTIFICATION) return this.#registers[word] | 0;
    return word >= TABLE && word < TABLE + TABLE_ENTRIES ? this.#table[word - TABLE] : 0;
  }

  store(word: number, lane: number, bytes: 1 | 2 | 4, value: number, cycle: number): void {
    if (word === TRIGGER) this.#start(cycle);
    else if (word <= NOTIFICATION) this.#registers[word] = value;
    else if (word >= TABLE && word < TABLE + TABLE_ENTRIES) this.#table[word - TABLE] = value & 0x7ff;
    else if (word === FIFO) this.#push(lane, bytes, value);
  }

  /** Cycle of the chip in which the next thing happens; Infinity while idle. */
  nextDue(): number {
    return this.#progress[DUE];
  }

  /** Sends what is due before `time`. */
  advance(time: number): void {
    while (this.#progress[DUE] < time) this.#step();
  }

  snapshot(): Float64Array {
    const { length } = this.#progress;
    const state = new Float64Array(length + 4 + TABLE_ENTRIES + FIFO_VALUES);
    state.set([...this.#progress, ...this.#registers, this.#count]);
    state.set(this.#table, length + 4);
    state.set(this.#fifo, length + 4 + TABLE_ENTRIES);
    return state;
  }

  restore(state: Float64Array): void {
    const { length } = this.#progress;
    this.#progress.set(state.subarray(0, length));
    this.#registers.set(state.subarray(length, length + 3));
    this.#count = state[length + 3];
    this.#table.set(state.subarray(length + 4, length + 4 + TABLE_ENTRIES));
    this.#fifo.set(state.subarray(length + 4 + TABLE_ENTRIES));
  }

  /** Byte enables choose which of the four values of a word are pushed, bits 31..24 first. */
  #push(lane: number, bytes: number, value: number): void {
    for (let byte = 0; byte < bytes; byte++) {
      const at = lane + byte;
      if (at < 4 && this.#count < FIFO_VALUES) this.#fifo[this.#count++] = value >>> (8 * (bytes - 1 - byte));
    }
  }

  #start(cycle: number): void {
    if (this.#progress[DUE] !== Number.POSITIVE_INFINITY) return;
    this.#progress.set([cycle, 0, 0]);
    this.#port.started(cycle);
  }

  /** One value of the vector, or the end of it. */
  #step(): void {
    const control = this.#registers[CONTROL];
    const [due, send, k] = this.#progress;
    const length = this.#vectorLength();
    if (k === length) {
      const again = send < ((control >>> 4) & 15);
      this.#progress.set(again ? [due, send + 1, 0] : [Number.POSITIVE_INFINITY, 0, 0]);
      if (again && length > 0) return;
      this.#progress[DUE] = Number.POSITIVE_INFINITY;
      this.#fifo.copyWithin(0, length, this.#count);
      this.#count -= length;
      if (control & 8) this.#port.notify(this.#registers[NOTIFICATION], 1, due);
      return;
    }
    const activation = this.#fifo[k] & 31;
    const entry = this.#table[((control >>> 24) + k) % TABLE_ENTRIES];
    if (activation !== 0) this.#port.send((entry << 5) | (32 - activation), due);
    const skipped = activation === 0 && (control & 0x100) !== 0;
    const wait = skipped ? 0 : Math.max(1, (control >>> 17) & 15) * CYCLES_PER_FPGA_CYCLE;
    this.#progress.set([due + wait, send, k + 1]);
  }

  /** Up to and with the value that carries the last flag, else all. */
  #vectorLength(): number {
    const last = this.#fifo.subarray(0, this.#count).findIndex((value) => (value & 0x80) !== 0);
    return last < 0 ? this.#count : last + 1;
  }
}
