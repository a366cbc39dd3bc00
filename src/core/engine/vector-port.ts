/** Execution of vector instructions: operands from the scalar side, memory and parallel transfers, kernels, timing. */
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import { MEMORY_LAYOUT, SRAM_BYTES, VECTOR_BYTES } from "../layout.ts";
import { PORT } from "../observer.ts";
import { STALL, STALL_REGISTERS } from "../record/entries.ts";
import type { Recorder } from "../record/recorder.ts";
import { COUNTER, SPECIAL } from "../state.ts";
import { type Kernels, loadKernels } from "../vector/kernels.ts";
import { selectsByCondition, vectorTimingIndex } from "../vector/timing-classes.ts";
import type { VectorUnit } from "../vector/unit.ts";
import type { Machine } from "./machine.ts";

const WORDS = VECTOR_BYTES >> 2;
const EXTENDED_OPCODES = 512;
/** Index of the constant 0 in the GPR array. */
const ZERO = 32;
/** The parallel port sends its command this long after issue (timing-measured section 2). */
const PARALLEL_READ_DELAY = 7;
const PARALLEL_WRITE_DELAY = 8;

/** What one vector row needs at each execution, by extended opcode. */
interface Operation {
  readonly row: Instruction;
  /** Position in FXV_INSTRUCTIONS, which numbers the kernels. */
  readonly kernel: number;
  readonly timing: number;
  readonly conditional: boolean;
  /** RA and RB are general purpose registers: an address. */
  readonly addressed: boolean;
  /** RA is a general purpose register: a splat. */
  readonly splat: boolean;
  /** Vector registers read, as shifts of their field. */
  readonly reads: readonly number[];
  readonly writes: boolean;
}

const FIELD_SHIFT: Record<string, number> = { VRT: 21, VRA: 16, VRB: 11 };

function describe(row: Instruction, kernel: number): Operation {
  const vectors = row.operands.filter((operand) => operand.kind === "vector");
  return {
    row,
    kernel,
    timing: vectorTimingIndex(row.timing),
    conditional: selectsByCondition(row),
    addressed: row.operands.some((operand) => operand.kind === "gpr0"),
    splat: row.timing === "splat",
    reads: vectors.filter(({ access }) => access !== "write").map(({ field }) => FIELD_SHIFT[field]),
    writes: vectors.some(({ access }) => access === "write" || access === "readWrite"),
  };
}

const OPERATIONS: (Operation | undefined)[] = Array.from({ length: EXTENDED_OPCODES });
FXV_INSTRUCTIONS.forEach((row, index) => {
  OPERATIONS[(row.match >>> 2) & (EXTENDED_OPCODES - 1)] = describe(row, index);
});

/** True if the word, of primary opcode 4, is one of the vector instructions. */
export const isVector = (word: number): boolean =>
  OPERATIONS[(word >>> 2) & (EXTENDED_OPCODES - 1)] !== undefined;

export class VectorPort {
  readonly #machine: Machine;
  readonly #unit: VectorUnit;
  readonly #kernels: Kernels;
  readonly #words: Int32Array;
  readonly #lanes = new Uint8Array(VECTOR_BYTES);
  readonly #enables = new Uint8Array(VECTOR_BYTES);
  /** Big-endian words of one vector on its way to or from the bus. */
  readonly #transfer = new Int32Array(WORDS);

  constructor(machine: Machine, unit: VectorUnit) {
    this.#machine = machine;
    this.#unit = unit;
    this.#kernels = loadKernels(machine.state.memory);
    this.#words = new Int32Array(machine.state.memory.buffer);
  }

  /** Executes the vector instruction that reaches the issue stage at relative t; returns when the next can issue. */
  execute(t: number, pc: number, word: number, observed: boolean, recorder: Recorder | undefined): number {
    const machine = this.#machine;
    const { special, counters, gpr, ready } = machine.state;
    const operation = OPERATIONS[(word >>> 2) & (EXTENDED_OPCODES - 1)]!;
    const vrt = (word >>> 21) & 31;
    const ra = (word >>> 16) & 31;
    const rb = (word >>> 11) & 31;
    const base = counters[COUNTER.base];
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
    const next = this.#unit.issue(
      operation.timing,
      vrt,
      ra,
      rb,
      operation.conditional && (word & 3) !== 0 ? 1 : 0,
      base + t,
      latency,
    );
    special[SPECIAL.vectorReady] = next - base;
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
    const lanes = this.#lanes;
    this.#machine.bus.readParallel(address, lanes, cycle);
    for (let i = 0, n = 0; i < WORDS; i++, n += 4) {
      this.#words[register + i] =
        (lanes[n] << 24) | (lanes[n + 1] << 16) | (lanes[n + 2] << 8) | lanes[n + 3];
    }
  }

  #writeParallel(address: number, register: number, condition: number, cycle: number): void {
    const { bytes } = this.#machine.state;
    const mask = MEMORY_LAYOUT.masks + condition * VECTOR_BYTES;
    for (let lane = 0; lane < VECTOR_BYTES; lane++) {
      this.#lanes[lane] = bytes[4 * register + (lane ^ 3)];
      this.#enables[lane] = condition === 0 ? 1 : bytes[mask + (lane ^ 3)];
    }
    this.#machine.bus.writeParallel(address, this.#lanes, this.#enables, cycle);
  }
}
