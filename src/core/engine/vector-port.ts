/** Execution of vector instructions: operands from the scalar side, memory and parallel transfers, kernels, timing. */
import type { Instruction } from "../../../isa/types.ts";
import { MEMORY_LAYOUT, SRAM_BYTES, VECTOR_BYTES } from "../layout.ts";
import { PORT } from "../observer.ts";
import { STALL, STALL_REGISTERS } from "../record/entries.ts";
import type { Recorder } from "../record/recorder.ts";
import { COUNTER, SPECIAL } from "../state.ts";
import type { VectorHost } from "../translation/vector-code.ts";
import { type Kernels, loadKernels } from "../vector/kernels.ts";
import { KnownIssues } from "../vector/known-issues.ts";
import type { VectorUnit } from "../vector/unit.ts";
import type { Machine } from "./machine.ts";
import { packedWord, vectorOperation } from "./vector-operations.ts";

const WORDS = VECTOR_BYTES >> 2;
/** Index of the constant 0 in the GPR array. */
const ZERO = 32;
/** The parallel port sends its command this long after issue (timing-measured section 2). */
const PARALLEL_READ_DELAY = 7;
const PARALLEL_WRITE_DELAY = 8;

/** Between a word of lanes in a PPU's memory (layout.ts) and four lanes in their order. */
const swapBytes = (word: number): number =>
  (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

export class VectorPort {
  readonly #machine: Machine;
  readonly #unit: VectorUnit;
  readonly #kernels: Kernels;
  readonly #words: Int32Array;
  readonly #lanes = new Uint8Array(VECTOR_BYTES);
  readonly #laneWords = new Int32Array(this.#lanes.buffer);
  readonly #enables = new Uint8Array(VECTOR_BYTES);
  readonly #enableWords = new Int32Array(this.#enables.buffer);
  /** Big-endian words of one vector on its way to or from the bus. */
  readonly #transfer = new Int32Array(WORDS);

  constructor(machine: Machine, unit: VectorUnit) {
    this.#machine = machine;
    this.#unit = unit;
    this.#kernels = loadKernels(machine.state.memory);
    this.#words = new Int32Array(machine.state.memory.buffer);
  }

  /** What translated code calls. */
  host(): VectorHost {
    const { exports } = this.#kernels;
    const { state } = this.#machine;
    const known = new KnownIssues(state, this.#unit);
    return {
      kernels: exports,
      enter: () => known.enter(),
      leave: () => known.leave(),
      issue: (packed, t, latency) => known.issue(packed, t, latency),
      drained: () => {
        known.leave();
        return Math.max(this.#unit.drainedAt() - state.counters[COUNTER.base], -1);
      },
    };
  }

  /** Executes the vector instruction that reaches the issue stage at relative t; returns when the next can issue. */
  execute(t: number, pc: number, word: number, observed: boolean, recorder: Recorder | undefined): number {
    const machine = this.#machine;
    const { special, counters, gpr, ready } = machine.state;
    const operation = vectorOperation(word)!;
    const vrt = (word >>> 21) & 31;
    const ra = (word >>> 16) & 31;
    const rb = (word >>> 11) & 31;
    if (operation.addressed || operation.splat) {
      // A splat from r0 has no interlock (timing-measured T8); the current value is used.
      const wait = recorder ?? machine.pipeline;
      if (ra !== 0 && ready[ra] > t) t = wait.waitFor(t, ra);
      if (operation.addressed && ready[rb] > t) t = wait.waitFor(t, rb);
    }
    const queueReady = special[SPECIAL.vectorReady];
    if (queueReady > t) {
      t = recorder?.wait(t, queueReady, STALL.vectorQueue, STALL_REGISTERS.none) ?? queueReady;
    }
    if (observed) {
      machine.watch.onRetire(t, pc, word);
      machine.watch.onVector(
        operation.row,
        operation.reads.map((shift) => (word >>> shift) & 31),
      );
    }
    let latency = 1;
    let address = 0;
    if (operation.addressed) {
      address = (gpr[ra === 0 ? ZERO : ra] + gpr[rb]) | 0;
      latency = this.#transferVector(operation.row, address, vrt, word & 3, t, pc, observed);
    } else {
      this.#kernels.execute(operation.kernel, word, operation.splat ? gpr[ra] : 0);
    }
    if (observed && operation.writes) machine.watch.vectorWritten(vrt);
    recorder?.vector(word, address, this.#enables);
    const base = counters[COUNTER.base];
    special[SPECIAL.vectorReady] =
      this.#unit.issuePacked(packedWord(operation, word), base + t, latency) - base;
    return t + 1;
  }

  /** fxvlax, fxvstax, fxvinx, fxvoutx. Returns the response delay. */
  #transferVector(
    row: Instruction,
    address: number,
    vrt: number,
    condition: number,
    t: number,
    pc: number,
    observed: boolean,
  ): number {
    const machine = this.#machine;
    const { special, counters } = machine.state;
    const { bus, timing } = machine;
    const cycle = counters[COUNTER.base] + t;
    const register = (MEMORY_LAYOUT.vectors + vrt * VECTOR_BYTES) >> 2;
    special[SPECIAL.t] = t;
    special[SPECIAL.pc] = pc;
    const write = row.timing === "vectorStore" || row.timing === "parallelWrite";
    if (row.timing === "vectorLoad" || row.timing === "vectorStore") {
      const at = (address & ~3) >>> 0;
      if (write) this.#storeVector(at, register, cycle);
      else this.#loadVector(at, register, cycle);
      if (observed) machine.watch.onPort(t, pc, PORT.vector, at, VECTOR_BYTES, write, 0);
      return timing.vectorLatency ?? bus.vectorLatency(at);
    }
    if (write) this.#writeParallel(address >>> 0, register, condition, cycle + PARALLEL_WRITE_DELAY);
    else this.#readParallel(address >>> 0, register, cycle + PARALLEL_READ_DELAY);
    if (observed) machine.watch.onPort(t, pc, PORT.parallel, address, VECTOR_BYTES, write, 0);
    return timing.parallelLatency ?? bus.parallelLatency(address >>> 0, write);
  }

  #loadVector(address: number, register: number, cycle: number): void {
    const words = this.#words;
    if (address + VECTOR_BYTES <= SRAM_BYTES) {
      words.copyWithin(register, address >> 2, (address >> 2) + WORDS);
      return;
    }
    this.#machine.bus.loadVector(address, this.#transfer, 0, cycle);
    for (let i = 0; i < WORDS; i++) {
      const at = address + 4 * i;
      words[register + i] = at < SRAM_BYTES ? words[at >> 2] : this.#transfer[i];
    }
  }

  #storeVector(address: number, register: number, cycle: number): void {
    const words = this.#words;
    const inside = Math.min(Math.max(SRAM_BYTES - address, 0) >> 2, WORDS);
    if (inside > 0) {
      words.copyWithin(address >> 2, register, register + inside);
      this.#machine.program.invalidate(address, 4 * inside);
    }
    if (inside === WORDS) return;
    this.#transfer.set(words.subarray(register, register + WORDS));
    this.#machine.bus.storeVector(address, this.#transfer, 0, cycle);
  }

  #readParallel(address: number, register: number, cycle: number): void {
    this.#machine.bus.readParallel(address, this.#lanes, cycle);
    for (let i = 0; i < WORDS; i++) this.#words[register + i] = swapBytes(this.#laneWords[i]);
  }

  #writeParallel(address: number, register: number, condition: number, cycle: number): void {
    const mask = (MEMORY_LAYOUT.masks + condition * VECTOR_BYTES) >> 2;
    for (let i = 0; i < WORDS; i++) {
      this.#laneWords[i] = swapBytes(this.#words[register + i]);
    }
    if (condition === 0) this.#enableWords.fill(-1);
    else for (let i = 0; i < WORDS; i++) this.#enableWords[i] = swapBytes(this.#words[mask + i]);
    this.#machine.bus.writeParallel(address, this.#lanes, this.#enables, cycle);
  }
}
