/** Everybody who looks at a running PPU: the observer, the strict checker, and the receiver of diagnostics. */
import type { Instruction } from "../../../isa/types.ts";
import type { Diagnostic } from "../bus.ts";
import { type Observer, PORT, type Port } from "../observer.ts";
import { COUNTER, SPECIAL, type State } from "../state.ts";
import { StrictChecker } from "./strict.ts";

export interface WatchOptions {
  readonly name: string;
  readonly strict: boolean;
  readonly stackLimit: number | undefined;
  readonly onDiagnostic: ((diagnostic: Diagnostic) => void) | undefined;
}

export class Watch {
  observer: Observer | undefined;
  /** Strict mode: lowest address r1 may take. */
  stackLimit: number | undefined;
  readonly #name: string;
  readonly #state: State;
  readonly #strict: StrictChecker | undefined;
  readonly #onDiagnostic: ((diagnostic: Diagnostic) => void) | undefined;
  readonly #stopStrict: () => void;

  /** `stopStrict` is called after a finding in strict mode. */
  constructor(state: State, options: WatchOptions, stopStrict: () => void) {
    this.#state = state;
    this.#name = options.name;
    this.stackLimit = options.stackLimit;
    this.#onDiagnostic = options.onDiagnostic;
    this.#stopStrict = stopStrict;
    this.#strict = options.strict ? new StrictChecker(this) : undefined;
  }

  /** True while somebody sees every instruction and access: the observed loop has to run. */
  get active(): boolean {
    return this.observer !== undefined || this.#strict !== undefined;
  }

  reset(): void {
    this.#strict?.reset();
  }

  /** The state was replaced by a snapshot's. */
  restored(): void {
    this.#strict?.forget();
  }

  /** A finding at the current pc and cycle. */
  report(kind: string, message: string): void {
    const pc = this.#state.special[SPECIAL.pc] >>> 0;
    this.#onDiagnostic?.({ kind, ppu: this.#name, pc, cycle: this.#state.cycle, message });
    if (this.#strict) this.#stopStrict();
  }

  onRetire(t: number, pc: number, word: number): void {
    const { special } = this.#state;
    special[SPECIAL.pc] = pc;
    special[SPECIAL.t] = t;
    this.#strict?.retire(word);
    this.observer?.retire?.(this.#absolute(t), pc >>> 0, word);
  }

  onWrite(t: number, register: number, value: number): void {
    this.#strict?.registerWrite(register, value);
    this.observer?.registerWrite?.(this.#absolute(t), register, value);
  }

  /** An access over the scalar port. */
  onAccess(t: number, pc: number, address: number, bytes: number, write: boolean, value: number): void {
    this.onPort(t, pc, PORT.scalar, address, bytes, write, value);
  }

  onPort(
    t: number,
    pc: number,
    port: Port,
    address: number,
    bytes: number,
    write: boolean,
    value: number,
  ): void {
    this.#strict?.access(port, address >>> 0, bytes, write);
    this.observer?.access?.(this.#absolute(t), pc >>> 0, port, address >>> 0, bytes, write, value);
  }

  onException(vector: number, returnAddress: number): void {
    this.observer?.exception?.(this.#state.cycle, vector, returnAddress);
  }

  /** Before a vector instruction: the vector registers it reads. */
  onVector(row: Instruction, registers: readonly number[]): void {
    this.#strict?.vectorRead(row, registers);
  }

  vectorWritten(register: number): void {
    this.#strict?.vectorWritten(register);
  }

  #absolute(t: number): number {
    return this.#state.counters[COUNTER.base] + t;
  }
}
