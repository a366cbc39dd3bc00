/** From the registers of one frame to those of its caller. */
import type { CallFrames, FrameRules, RegisterRule } from "../dwarf/call-frame.ts";
import { type ExpressionContext, evaluateNumber } from "../dwarf/expression.ts";
import { machineRegister } from "../dwarf/registers.ts";
import { type Code, VECTORS } from "./code.ts";
import { CallerRegisters } from "./frame-registers.ts";
import { readPlace, wordBytes, wordOf } from "./place.ts";
import { type FrameState, frameState } from "./prologue.ts";
import type { FrameRegisters, FunctionSymbol, MemoryReader, Place, RegisterReader } from "./types.ts";
import { absent } from "./value.ts";

const STACK_POINTER = 1;

export interface Unwound {
  readonly frameAddress: number;
  /** Absent in the outermost function. */
  readonly caller?: FrameRegisters;
  /** The caller did not call but was interrupted. */
  readonly isInterrupt: boolean;
}

export interface UnwindInput {
  /** Registers of the PPU. */
  readonly live: RegisterReader;
  readonly registers: FrameRegisters;
  readonly memory: MemoryReader;
  /** Address inside the instruction in progress. */
  readonly lookupPc: number;
  readonly function: FunctionSymbol | undefined;
  /** A call is in progress: the frame stands, and the link register is saved. */
  readonly isCaller: boolean;
}

/** Steps from a frame to its caller, by call frame information or else by the rules of the ABI. */
export class Unwinder {
  private readonly frames: CallFrames;
  private readonly code: Code;
  private readonly states = new Map<number, FrameState>();

  constructor(frames: CallFrames, code: Code) {
    this.frames = frames;
    this.code = code;
  }

  /** Undefined when the caller can't be found, as memory or registers are damaged. */
  unwind(input: UnwindInput): Unwound | undefined {
    const rules = this.frames.at(input.lookupPc);
    if (rules) return this.byRules(input, rules);
    return this.isVector(input) ? this.fromVector(input) : this.byConvention(input);
  }

  private byRules(input: UnwindInput, rules: FrameRules): Unwound | undefined {
    const { live, registers, memory } = input;
    const context = registerContext(registers, memory);
    const rule = rules.frameAddress;
    const base = rule.kind === "register" ? context.register(rule.register) : undefined;
    const frameAddress =
      rule.kind === "expression"
        ? evaluateNumber(rule.expression, context)
        : base === undefined
          ? undefined
          : (base + rule.offset) >>> 0;
    if (frameAddress === undefined) return undefined;
    const places = new Map<string, Place>([[`r${STACK_POINTER}`, word(frameAddress)]]);
    for (const [number, registerRule] of rules.registers) {
      const place = placeByRule(registerRule, frameAddress, registers, context);
      const register = machineRegister(number);
      if (!register || !place) continue;
      places.set(keyOf(register), place);
    }
    const column = machineRegister(rules.returnRegister);
    if (!column) return undefined;
    const isInterrupt = rules.isSignal || isReturnOfInterrupt(column);
    // Descriptions of handlers tend to leave out what compilers never save.
    if (isInterrupt) this.addSaved(places, this.stateOf(input), frameAddress, registers.gpr(STACK_POINTER));
    if (rules.registers.get(rules.returnRegister)?.kind === "undefined") return { frameAddress, isInterrupt };
    const place = places.get(keyOf(column)) ?? placeOf(registers, column);
    const bytes = readPlace(place, 4, { memory, registers: live });
    if (!bytes) return undefined;
    return this.result(
      input,
      frameAddress,
      wordOf(bytes),
      places,
      isInterrupt || isReturnOfInterrupt(column),
    );
  }

  private result(
    { live, memory, registers }: UnwindInput,
    frameAddress: number,
    target: number,
    places: Map<string, Place>,
    isInterrupt: boolean,
  ): Unwound | undefined {
    const pc = alignedDown(target);
    if (!this.code.isExecutable(pc)) return undefined;
    // The interrupt overwrote what these held before.
    if (isInterrupt) {
      for (const name of ["srr0", "srr1"]) places.set(name, absent("overwritten by an interrupt"));
    }
    const caller = new CallerRegisters(pc, live, memory, registers, places);
    return { frameAddress, caller, isInterrupt };
  }

  /** Whether the pc stands on the branch of an interrupt vector. */
  private isVector({ lookupPc, isCaller }: UnwindInput): boolean {
    if (isCaller || lookupPc < VECTORS.first || lookupPc >= VECTORS.end) return false;
    for (let at = VECTORS.first; at < VECTORS.end; at += 4) {
      const found = this.code.word(at);
      if (found === undefined || (found & 0xfc00_0003) !== 0x4800_0000) return false;
    }
    return true;
  }

  private fromVector(input: UnwindInput): Unwound | undefined {
    const pc = input.registers.special("srr0");
    const frameAddress = input.registers.gpr(STACK_POINTER);
    if (pc === undefined || frameAddress === undefined) return undefined;
    return this.result(input, frameAddress, pc, new Map(), true);
  }

  /** What the function at the pc has done to stack and registers; undefined when no symbol tells its begin. */
  private stateOf({ function: f, lookupPc }: UnwindInput): FrameState | undefined {
    const range = f?.ranges.find(({ low, high }) => lookupPc >= low && lookupPc < high);
    if (!f || !range) return undefined;
    const entry = f.entry >= range.low && f.entry <= lookupPc ? f.entry : range.low;
    const pc = alignedDown(lookupPc);
    let state = this.states.get(pc);
    if (!state) {
      state = frameState(this.code, entry, range.high, pc);
      this.states.set(pc, state);
    }
    return state;
  }

  /** Adds the places of saved registers that are not known yet. */
  private addSaved(
    places: Map<string, Place>,
    state: FrameState | undefined,
    frameAddress: number,
    stackPointer: number | undefined,
  ): void {
    for (const [name, { from, offset }] of state?.saved ?? []) {
      const base = from === "frameAddress" ? frameAddress : stackPointer;
      if (base === undefined || places.has(name) || !isKept(name, state?.isInterrupt ?? false)) continue;
      places.set(name, { kind: "memory", address: (base + offset) >>> 0 });
    }
  }

  /** Back chain at 0(r1), link register saved at 4 of the caller's frame (firmware-abi section 3). */
  private byConvention(input: UnwindInput): Unwound | undefined {
    const { memory, registers, isCaller } = input;
    const stackPointer = registers.gpr(STACK_POINTER);
    if (stackPointer === undefined) return undefined;
    const state = this.stateOf(input);
    const hasFrame = !state || state.hasFrame || isCaller;
    const chain = hasFrame ? memory.read(stackPointer, 4) : wordBytes(stackPointer);
    if (!chain) return undefined;
    const frameAddress = wordOf(chain);
    const places = new Map<string, Place>([[`r${STACK_POINTER}`, word(frameAddress)]]);
    if (state) this.addSaved(places, state, frameAddress, stackPointer);
    if (state?.isInterrupt) {
      const pc = registers.special("srr0");
      return pc === undefined ? undefined : this.result(input, frameAddress, pc, places, true);
    }
    const mustBeSaved = isCaller || !state;
    if (mustBeSaved && !places.has("lr")) {
      places.set("lr", { kind: "memory", address: (frameAddress + 4) >>> 0 });
    }
    const place = places.get("lr") ?? registers.placeOfSpecial("lr");
    const bytes = readPlace(place, 4, { memory, registers: input.live });
    return bytes && this.result(input, frameAddress, wordOf(bytes), places, false);
  }
}

/** Functions keep r14 to r31 and the link register of their caller; interrupt handlers everything. */
function isKept(name: string, isInterrupt: boolean): boolean {
  if (isInterrupt || name === "lr" || name === "cr") return true;
  return name.startsWith("r") && Number(name.slice(1)) >= 14;
}

/** Address of the instruction that holds an address. */
const alignedDown = (address: number): number => (address & ~3) >>> 0;

const word = (value: number): Place => ({ kind: "value", bytes: wordBytes(value) });

const keyOf = (register: NonNullable<ReturnType<typeof machineRegister>>): string =>
  register.kind === "special" ? register.name : `${register.kind === "gpr" ? "r" : "v"}${register.register}`;

const isReturnOfInterrupt = (column: NonNullable<ReturnType<typeof machineRegister>>): boolean =>
  column.kind === "special" && column.name === "srr0";

export function placeOf(
  registers: FrameRegisters,
  register: NonNullable<ReturnType<typeof machineRegister>>,
): Place {
  if (register.kind === "gpr") return registers.placeOfGpr(register.register);
  if (register.kind === "vector") return registers.placeOfVector(register.register);
  return registers.placeOfSpecial(register.name);
}

/** Context of expressions that know registers and memory alone. */
export function registerContext(registers: FrameRegisters, memory: MemoryReader): ExpressionContext {
  return {
    register(number) {
      const register = machineRegister(number);
      if (register?.kind === "gpr") return registers.gpr(register.register);
      return register?.kind === "special" ? registers.special(register.name) : undefined;
    },
    memory: (address, length) => memory.read(address, length),
  };
}

function placeByRule(
  rule: RegisterRule,
  frameAddress: number,
  registers: FrameRegisters,
  context: ExpressionContext,
): Place | undefined {
  switch (rule.kind) {
    case "offset":
      return { kind: "memory", address: (frameAddress + rule.offset) >>> 0 };
    case "valueOffset":
      return word((frameAddress + rule.offset) >>> 0);
    case "register": {
      const register = machineRegister(rule.register);
      return register ? placeOf(registers, register) : absent("not known");
    }
    case "expression":
    case "valueExpression": {
      const value = evaluateNumber(rule.expression, context, [frameAddress]);
      if (value === undefined) return absent("not known");
      return rule.kind === "expression" ? { kind: "memory", address: value } : word(value);
    }
    case "undefined":
      return absent("not saved");
    case "same":
      return undefined;
  }
}
