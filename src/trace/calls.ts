/**
 * Calls and returns of one PPU, found from its records alone: a shadow stack that follows branches, interrupts and
 * returns, and finds its way again behind gaps, jumps out of several functions at once, and changes by a debugger.
 */
import { decode } from "../../isa/decode.ts";
import type { PpuName, TraceRecord } from "./model.ts";

/** A function as an identity: the same object for every address inside it. */
export interface TracedFunction {
  readonly name: string;
  /** Where calls enter. */
  readonly entry: number;
}

/** Function whose code holds an address; undefined where no symbol tells. */
export type FunctionAt = (address: number) => TracedFunction | undefined;

export interface CallFrame {
  readonly function: TracedFunction;
  /**
   * How it was entered: `start` = by no call that is in the trace; `tail` = by a jump that left another function, whose
   * return address it has taken over; `interrupt` = an exception or interrupt.
   */
  readonly kind: "start" | "call" | "tail" | "interrupt";
  /** Of its first instruction. */
  readonly cycle: number;
  /** Where it returns to; undefined when not known. */
  readonly returnAddress: number | undefined;
  /** The instruction that called it or jumped to it; undefined when none did, or it is not in the trace. */
  readonly callSite: number | undefined;
  /** Vector of the interrupt that it handles; handlers reached from the vector by jumps have it too. */
  readonly vector: number | undefined;
}

/** `cycle`: in which the first instruction behind the change issued; what lies before belongs to the function before. */
export interface CallChange {
  readonly kind: "enter" | "leave";
  readonly frame: CallFrame;
  readonly cycle: number;
}

/** More frames than a PPU's SRAM can hold return addresses of; beyond it calls replace the innermost frame. */
const MOST_FRAMES = 4096;
const NONE: readonly CallChange[] = [];

/** What kind of way an instruction may take other than to the next address. */
type Flow = "next" | "call" | "return" | "jump" | "interruptReturn";

const RETURNS_FROM_INTERRUPT: ReadonlySet<string> = new Set(["rfi", "rfci", "rfmci"]);

function flowOf(word: number): Flow {
  const row = decode(word);
  if (row?.timing !== "branch") return "next";
  if (RETURNS_FROM_INTERRUPT.has(row.mnemonic)) return "interruptReturn";
  if ((word & 1) !== 0) return "call";
  return row.mnemonic === "bclr" ? "return" : "jump";
}

/**
 * Takes the records of one PPU in order, those of the other are ignored, and tells which functions were entered and
 * left. Enters and leaves nest: a frame is left before the one below it. Memory is bounded.
 */
export class CallTracker {
  readonly #ppu: PpuName;
  readonly #functionAt: FunctionAt;
  readonly #frames: CallFrame[] = [];
  /** Functions without a symbol, by the address at which they were entered. */
  readonly #unnamed = new Map<number, TracedFunction>();
  readonly #flows = new Map<number, Flow>();
  #changes: CallChange[] = [];
  #pc: number | undefined;
  #word = 0;
  /** Instructions are missing between `#pc` and what comes. */
  #gap = false;

  constructor(ppu: PpuName, functionAt: FunctionAt = () => undefined) {
    this.#ppu = ppu;
    this.#functionAt = functionAt;
  }

  /** Frames from the outermost to the innermost. Of the instruction pushed last. */
  get stack(): readonly CallFrame[] {
    return this.#frames;
  }

  /** The innermost frame: that of the instruction pushed last. */
  get top(): CallFrame | undefined {
    return this.#frames[this.#frames.length - 1];
  }

  /** Changes that come between the records before and this one. Valid until the next call. */
  push(record: TraceRecord): readonly CallChange[] {
    if (record.ppu !== this.#ppu) return NONE;
    switch (record.kind) {
      case "instruction":
        return this.#instruction(record.pc, record.word, record.cycle);
      case "exception":
        return this.#exception(record.vector, record.returnAddress, record.cycle);
      case "reset":
        return this.finish(record.cycle);
      case "gap":
        this.#gap = true;
        return NONE;
      default:
        return NONE;
    }
  }

  /** Leaves everything: the trace has ended, or the PPU was reset. */
  finish(cycle: number): readonly CallChange[] {
    this.#begin();
    this.#unwind(0, cycle);
    this.#pc = undefined;
    this.#gap = false;
    return this.#changes;
  }

  #begin(): void {
    if (this.#changes.length > 0) this.#changes = [];
  }

  #instruction(pc: number, word: number, cycle: number): readonly CallChange[] {
    this.#begin();
    this.#arrive(pc, cycle);
    this.#pc = pc;
    this.#word = word;
    return this.#changes;
  }

  #exception(vector: number, returnAddress: number, cycle: number): readonly CallChange[] {
    this.#begin();
    // What would have come next says whether a call or a return was on its way when the interrupt came between.
    if (this.#frames.length > 0 || this.#pc !== undefined) this.#arrive(returnAddress, cycle);
    this.#enter({
      function: this.#identify(vector),
      kind: "interrupt",
      cycle,
      returnAddress,
      callSite: undefined,
      vector,
    });
    this.#pc = undefined;
    return this.#changes;
  }

  #flow(): Flow {
    let flow = this.#flows.get(this.#word);
    if (flow === undefined) {
      flow = flowOf(this.#word);
      if (this.#flows.size > 0x10000) this.#flows.clear();
      this.#flows.set(this.#word, flow);
    }
    return flow;
  }

  /** The instruction at `pc` follows the one remembered. */
  #arrive(pc: number, cycle: number): void {
    const from = this.#pc;
    if (this.#gap) this.#behindGap(pc, cycle);
    else if (from === undefined) this.#find(pc, cycle);
    else if (pc === from + 4) this.#moveOn(from, pc, cycle);
    else {
      const flow = this.#flow();
      if (flow === "call") this.#call(from, pc, cycle);
      else if (flow === "return") this.#return(from, pc, cycle);
      else if (flow === "interruptReturn") this.#returnFromInterrupt(pc, cycle);
      else if (flow === "jump") this.#jump(from, pc, cycle);
      // A change from outside; traps and alignment exceptions return to the instruction itself.
      else this.#find(pc, cycle);
    }
  }

  #behindGap(pc: number, cycle: number): void {
    const returned = this.#pc !== undefined && this.#flow() === "return";
    if (returned && !this.#holds(this.top, pc)) this.#unwind(this.#frames.length - 1, cycle);
    this.#find(pc, cycle);
    this.#gap = false;
  }

  #call(from: number, pc: number, cycle: number): void {
    const frame: CallFrame = {
      function: this.#identify(pc),
      kind: "call",
      cycle,
      returnAddress: from + 4,
      callSite: from,
      vector: undefined,
    };
    if (this.#frames.length >= MOST_FRAMES) this.#unwind(this.#frames.length - 1, cycle);
    this.#enter(frame);
  }

  #return(from: number, pc: number, cycle: number): void {
    if (this.#leaveTo(pc, cycle)) return;
    // A switch through the link register.
    if (this.#holds(this.top, pc)) return;
    const caller = this.#frames.findLastIndex((frame) => this.#holds(frame, pc));
    if (caller >= 0 && this.#frames[caller].function.entry !== pc) this.#unwind(caller + 1, cycle);
    else if (this.top?.returnAddress === undefined) {
      // The call is not in the trace, so neither is the caller.
      this.#unwind(this.#frames.length - 1, cycle);
      this.#find(pc, cycle);
    } else this.#replace(from, pc, cycle);
  }

  #returnFromInterrupt(pc: number, cycle: number): void {
    const handler = this.#frames.findLastIndex(({ vector }) => vector !== undefined);
    if (handler >= 0) this.#unwind(handler, cycle);
    else if (!this.#holds(this.top, pc)) this.#unwind(this.#frames.length - 1, cycle);
    this.#find(pc, cycle);
  }

  #jump(from: number, pc: number, cycle: number): void {
    if (this.#holds(this.top, pc)) return;
    if (!this.#leaveTo(pc, cycle)) this.#replace(from, pc, cycle);
  }

  /** Without a branch from one function into the next one. */
  #moveOn(from: number, pc: number, cycle: number): void {
    if (!this.#holds(this.top, pc)) this.#replace(from, pc, cycle);
  }

  /** Leaves all frames down to the innermost one that returns to `pc`, inside the same interrupt. False: there is none. */
  #leaveTo(pc: number, cycle: number): boolean {
    for (let at = this.#frames.length - 1; at >= 0; at--) {
      const frame = this.#frames[at];
      if (frame.vector !== undefined) return false;
      if (frame.returnAddress !== pc) continue;
      this.#unwind(at, cycle);
      if (!this.#holds(this.top, pc)) this.#find(pc, cycle);
      return true;
    }
    return false;
  }

  /** A jump into another function: it returns to where the one left would have. */
  #replace(from: number, pc: number, cycle: number): void {
    const { top } = this;
    this.#unwind(this.#frames.length - 1, cycle);
    const { returnAddress, vector } = top ?? {};
    this.#enter({
      function: this.#identify(pc),
      kind: "tail",
      cycle,
      returnAddress,
      callSite: from,
      vector,
    });
  }

  /** Finds out where `pc` belongs when no branch tells it. */
  #find(pc: number, cycle: number): void {
    if (this.#holds(this.top, pc)) return;
    const at = this.#frames.findLastIndex((frame) => this.#holds(frame, pc));
    if (at >= 0) this.#unwind(at + 1, cycle);
    else this.#start(pc, cycle);
  }

  #start(pc: number, cycle: number): void {
    if (this.#frames.length >= MOST_FRAMES) this.#unwind(this.#frames.length - 1, cycle);
    this.#enter({
      function: this.#identify(pc),
      kind: "start",
      cycle,
      returnAddress: undefined,
      callSite: undefined,
      vector: undefined,
    });
  }

  /** Whether an address belongs to the function of a frame; code without symbols belongs to whatever jumps there. */
  #holds(frame: CallFrame | undefined, pc: number): boolean {
    if (!frame) return false;
    const found = this.#functionAt(pc);
    return found ? found === frame.function : this.#unnamed.get(frame.function.entry) === frame.function;
  }

  /** The function at an address that is entered; without a symbol it is one of its own that begins there. */
  #identify(pc: number): TracedFunction {
    let found = this.#functionAt(pc) ?? this.#unnamed.get(pc);
    if (!found) {
      found = { name: `0x${pc.toString(16).padStart(8, "0")}`, entry: pc };
      this.#unnamed.set(pc, found);
    }
    return found;
  }

  #enter(frame: CallFrame): void {
    this.#frames.push(frame);
    this.#changes.push({ kind: "enter", frame, cycle: frame.cycle });
  }

  /** Leaves frames until `depth` of them are left. */
  #unwind(depth: number, cycle: number): void {
    while (this.#frames.length > Math.max(depth, 0)) {
      this.#changes.push({ kind: "leave", frame: this.#frames.pop()!, cycle });
    }
  }
}
