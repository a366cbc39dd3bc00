/**
 * Where the cycles of a PPU went, by calling context: exact, nothing is sampled. Made from the records of a run as they
 * come, in memory that grows only with the program's contexts.
 */
import { CallTracker, type FunctionAt, type TracedFunction } from "../calls.ts";
import { CycleAccount, type CycleCause } from "../cycles.ts";
import type { InstructionRecord, PpuName, TraceRecord } from "../model.ts";

/** What was spent at one instruction in one context. */
export interface Spent {
  /** Cycles by cause, `issue` included. */
  readonly cycles: Map<CycleCause, number>;
  instructions: number;
}

/** A function in the context of the calls that led to it. */
export interface Context {
  /** Undefined: the root, which holds what no instruction is to blame for, such as waiting for reset. */
  readonly function: TracedFunction | undefined;
  /** Address of the instruction that called it; undefined for interrupts and for what started by itself. */
  readonly callSite: number | undefined;
  readonly isInterrupt: boolean;
  readonly parent: Context | undefined;
  calls: number;
  /** By address of the instruction; -1 where there is none. */
  readonly spent: Map<number, Spent>;
  readonly children: Map<string, Context>;
}

export const NO_INSTRUCTION = -1;

function makeContext(
  parent: Context | undefined,
  called: TracedFunction | undefined,
  callSite: number | undefined,
  isInterrupt: boolean,
): Context {
  const own = { spent: new Map(), children: new Map() };
  return { function: called, callSite, isInterrupt, parent, calls: 0, ...own };
}

function childOf(
  parent: Context,
  called: TracedFunction,
  callSite: number | undefined,
  isInterrupt: boolean,
): Context {
  const key = `${callSite ?? "?"} ${called.entry} ${isInterrupt}`;
  let child = parent.children.get(key);
  if (!child) {
    child = makeContext(parent, called, callSite, isInterrupt);
    parent.children.set(key, child);
  }
  return child;
}

/** What one PPU did. */
export interface PpuProfile {
  readonly ppu: PpuName;
  readonly root: Context;
  /** All cycles of the chip up to the end of the run; what is spent in all contexts adds up to them. */
  readonly cycles: number;
}

/** Takes the records of one PPU in order, those of the other are ignored. */
export class ProfileBuilder {
  readonly #ppu: PpuName;
  readonly #root = makeContext(undefined, undefined, undefined, false);
  readonly #tracker: CallTracker;
  readonly #account: CycleAccount;
  readonly #stack: Context[] = [];
  #record: InstructionRecord | undefined;
  /** Of the instruction before `#record`. */
  #before: Context = this.#root;
  #cycles = 0;

  constructor(ppu: PpuName, functionAt: FunctionAt) {
    this.#ppu = ppu;
    this.#tracker = new CallTracker(ppu, functionAt);
    this.#account = new CycleAccount(ppu, (cause, cycles, instruction) =>
      this.#charge(cause, cycles, instruction),
    );
  }

  push(record: TraceRecord): void {
    if (record.ppu !== this.#ppu) return;
    const before = this.#current;
    this.#follow(record);
    if (record.kind !== "instruction") {
      this.#record = undefined;
      this.#before = before;
      this.#account.push(record);
      return;
    }
    this.#before = before;
    this.#record = record;
    this.#account.push(record);
    this.#spentAt(this.#current, record.pc).instructions++;
  }

  /** The run has ended in this cycle of the chip. */
  finish(cycle: number): PpuProfile {
    this.#record = undefined;
    this.#before = this.#current;
    this.#account.finish(cycle);
    return { ppu: this.#ppu, root: this.#root, cycles: this.#cycles };
  }

  get #current(): Context {
    return this.#stack.at(-1) ?? this.#root;
  }

  #follow(record: TraceRecord): void {
    for (const { kind, frame } of this.#tracker.push(record)) {
      if (kind === "leave") this.#stack.pop();
      else {
        const context = childOf(this.#current, frame.function, frame.callSite, frame.kind === "interrupt");
        context.calls++;
        this.#stack.push(context);
      }
    }
  }

  #charge(cause: CycleCause, cycles: number, instruction: InstructionRecord | undefined): void {
    this.#cycles += cycles;
    const context = instruction === undefined ? this.#root : this.#contextOf(instruction);
    const { cycles: sums } = this.#spentAt(context, instruction?.pc ?? NO_INSTRUCTION);
    sums.set(cause, (sums.get(cause) ?? 0) + cycles);
  }

  #contextOf(instruction: InstructionRecord): Context {
    return instruction === this.#record ? this.#current : this.#before;
  }

  #spentAt(context: Context, pc: number): Spent {
    let spent = context.spent.get(pc);
    if (!spent) {
      spent = { cycles: new Map(), instructions: 0 };
      context.spent.set(pc, spent);
    }
    return spent;
  }
}
