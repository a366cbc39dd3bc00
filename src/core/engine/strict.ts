/**
 * Findings of strict mode about a correct-looking program: undefined opcodes, accesses to the same memory over two
 * ports without `sync` in between, vector registers read before they were written, a stack that ran into data.
 */
import type { Instruction } from "../../../isa/types.ts";
import { SRAM_BYTES, VECTOR_REGISTERS } from "../layout.ts";
import { PORT, type Port } from "../observer.ts";
import { hex } from "./hex.ts";
import { OPERATION, operationOf, UNDEFINED_OPERATIONS, VARIANTS } from "./variants.ts";
import { isVector } from "./vector-operations.ts";
import type { Watch } from "./watch.ts";

const DRAINING = new Set(["sync", "mtmsr", "trap", "wait"]);
const STACK_POINTER = 1;
const WORDS = SRAM_BYTES >> 2;

/** What the checker has to know of a word; looked up once per different word. */
interface WordFacts {
  readonly isUndefined: boolean;
  readonly drains: boolean;
}

export class StrictChecker {
  readonly #watch: Watch;
  readonly #facts = new Map<number, WordFacts>();
  /** For each SRAM word the epoch of its last scalar store, vector store, vector load. */
  readonly #scalarWrite = new Float64Array(WORDS);
  readonly #vectorWrite = new Float64Array(WORDS);
  readonly #vectorRead = new Float64Array(WORDS);
  /** Vector registers that were written since reset, one bit each. */
  #written = 0;
  /** Counts drains: accesses of one epoch are not ordered between ports. */
  #epoch = 1;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  reset(): void {
    this.#epoch = 1;
    for (const epochs of [this.#scalarWrite, this.#vectorWrite, this.#vectorRead]) epochs.fill(0);
    this.#written = 0;
  }

  /** After a snapshot was restored nothing is known about registers; none is reported. */
  forget(): void {
    this.reset();
    this.#written = -1;
  }

  retire(word: number): void {
    let facts = this.#facts.get(word);
    if (!facts) {
      const operation = operationOf(word, isVector);
      const variant = VARIANTS[operation - OPERATION.first];
      facts = {
        isUndefined: UNDEFINED_OPERATIONS.has(operation),
        drains: variant !== undefined && DRAINING.has(variant.row.timing),
      };
      this.#facts.set(word, facts);
    }
    if (facts.drains) this.#epoch++;
    if (facts.isUndefined) {
      this.#watch.report(
        "undefined-opcode",
        `0x${hex(word)} is no instruction of this core, which treats it as a no-op; check that data is not executed`,
      );
    }
  }

  registerWrite(register: number, value: number): void {
    const { stackLimit } = this.#watch;
    if (register !== STACK_POINTER || stackLimit === undefined || value >>> 0 >= stackLimit) return;
    this.#watch.report(
      "stack-overflow",
      `r1 = 0x${hex(value)} is below 0x${hex(stackLimit)}, the end of the program's data; use less stack or less data`,
    );
  }

  access(port: Port, address: number, bytes: number, write: boolean): void {
    const first = address >>> 2;
    const last = (address + bytes - 1) >>> 2;
    if (port === PORT.parallel || last >= WORDS) return;
    for (let word = first; word <= last; word++) {
      const other = this.#conflict(port, word, write);
      if (other !== undefined) {
        this.#watch.report(
          "missing-sync",
          `${port === PORT.scalar ? "scalar" : "vector"} ${write ? "store" : "load"} at 0x${hex(word << 2)} is not ` +
            `ordered behind the ${other} to it; put a sync in between`,
        );
        return;
      }
    }
    const epochs = port === PORT.scalar ? this.#scalarWrite : write ? this.#vectorWrite : this.#vectorRead;
    if (port === PORT.vector || write) epochs.fill(this.#epoch, first, last + 1);
  }

  /** The earlier access over the other port that this one could overtake. */
  #conflict(port: Port, word: number, write: boolean): string | undefined {
    const epoch = this.#epoch;
    if (port === PORT.vector) return this.#scalarWrite[word] === epoch ? "scalar store" : undefined;
    if (this.#vectorWrite[word] === epoch) return "vector store";
    return write && this.#vectorRead[word] === epoch ? "vector load" : undefined;
  }

  vectorWritten(register: number): void {
    this.#written |= 1 << register;
  }

  /** Before a vector instruction: the registers it reads. */
  vectorRead(row: Instruction, registers: readonly number[]): void {
    for (const register of registers) {
      if ((this.#written >>> (register % VECTOR_REGISTERS)) & 1) continue;
      this.#watch.report(
        "unwritten-vector",
        `${row.mnemonic} reads v${register}, which was never written; its value at reset is undefined on the chip`,
      );
    }
  }
}
