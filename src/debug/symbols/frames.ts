/** The chain of calls: physical frames by unwinding, inlined calls as frames of their own. */
import { AT, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import type { Image, SourceLocation } from "../../toolchain/image.ts";
import type { Die } from "../dwarf/die.ts";
import { LiveRegisters } from "./frame-registers.ts";
import { declarationOf, type FunctionIndex, fileOf, scopesAt } from "./functions.ts";
import type { LineIndex } from "./lines.ts";
import type {
  Backtrace,
  Frame,
  FrameRegisters,
  FunctionSymbol,
  InlinedCall,
  MemoryReader,
  RegisterReader,
} from "./types.ts";
import type { Unwinder } from "./unwind.ts";

export const DEFAULT_FRAMES = 256;

/** What frames of one physical frame share. */
export interface PhysicalFrame {
  /** Registers of the PPU itself. */
  readonly live: RegisterReader;
  readonly registers: FrameRegisters;
  readonly lookupPc: number;
  /** Canonical frame address. */
  readonly frameAddress: number | undefined;
  /** Entry of the function, inlined calls not regarded. */
  readonly functionDie: Die | undefined;
  /** Frame that called it, for values at entry. */
  readonly caller: PhysicalFrame | undefined;
}

/** A frame with what `variables` needs. */
export interface ProgramFrame extends Frame {
  readonly physical: PhysicalFrame;
  /** The function or inlined call, and the blocks inside it that hold the pc, outermost first. */
  readonly scopes: readonly Die[];
}

export const isProgramFrame = (frame: Frame): frame is ProgramFrame => "physical" in frame;

/** Scopes at an address, split into one list for each function or inlined call, innermost first. */
function callScopes(scopes: readonly Die[]): Die[][] {
  const calls: Die[][] = [];
  for (const scope of scopes) {
    if (calls.length === 0 || scope.tag === TAG.inlinedSubroutine) calls.unshift([]);
    calls[0].push(scope);
  }
  return calls;
}

export class FrameBuilder {
  private readonly image: Image;
  private readonly functions: FunctionIndex;
  private readonly lines: LineIndex;
  private readonly unwinder: Unwinder;

  constructor(image: Image, functions: FunctionIndex, lines: LineIndex, unwinder: Unwinder) {
    this.image = image;
    this.functions = functions;
    this.lines = lines;
    this.unwinder = unwinder;
  }

  /** Functions at an address, innermost first, with where each is. */
  callsAt(address: number): readonly (InlinedCall & { readonly scopes: readonly Die[] })[] {
    const described = this.functions.describedAt(address);
    const own = this.lines.sourceAt(address);
    if (!described) {
      const label = this.functions.at(address);
      return label ? [{ name: label.name, inlined: false, ...(own && { source: own }), scopes: [] }] : [];
    }
    let source = own;
    return callScopes(scopesAt(described, address)).map((scopes) => {
      const [head] = scopes;
      const inlined = head.tag === TAG.inlinedSubroutine;
      const name = inlined ? (head.root().qualifiedName ?? "<inlined>") : described.name;
      const declaration = inlined ? declarationOf(head, this.lines) : described.declaration;
      const call = { name, inlined, ...(source && { source }), ...(declaration && { declaration }), scopes };
      if (inlined) source = this.callSite(head);
      return call;
    });
  }

  private callSite(die: Die): SourceLocation | undefined {
    const line = Number(die.own(AT.callLine)?.value ?? 0);
    const file = die.own(AT.callFile) && fileOf(die, AT.callFile, this.lines);
    return file && line > 0 ? { file, line, column: Number(die.own(AT.callColumn)?.value ?? 0) } : undefined;
  }

  private isOutermost(f: FunctionSymbol | undefined): boolean {
    if (!f) return false;
    return f.name === "__init" || (this.image.entry !== 0 && f.entry === this.image.entry);
  }

  backtrace(live: RegisterReader, memory: MemoryReader, limit: number): Backtrace {
    const frames: ProgramFrame[] = [];
    let registers: FrameRegisters = new LiveRegisters(live);
    let isCaller = false;
    let lastAddress = -1;
    let inner: { -readonly [Key in keyof PhysicalFrame]: PhysicalFrame[Key] } | undefined;
    for (;;) {
      const { pc } = registers;
      const lookupPc = isCaller ? pc - 1 : pc;
      const f = this.functions.at(lookupPc);
      const unwound = this.unwinder.unwind({ live, registers, memory, lookupPc, function: f, isCaller });
      const physical: typeof inner = {
        live,
        registers,
        lookupPc,
        frameAddress: unwound?.frameAddress,
        functionDie: this.functions.describedAt(lookupPc)?.die,
        caller: undefined,
      };
      if (inner) inner.caller = physical;
      inner = physical;
      this.addFrames(frames, physical, f, unwound?.isInterrupt ?? false);
      if (frames.length > limit) return { frames: frames.slice(0, limit), end: "limit" };
      if (this.isOutermost(f)) return { frames, end: "outermost" };
      if (!unwound) return corrupt(frames, `the caller of 0x${pc.toString(16)} is not known`);
      if (!unwound.caller) return { frames, end: "outermost" };
      const { frameAddress, isInterrupt } = unwound;
      // Only a leaf and an interrupted function can share the address of the frame below.
      const mayRepeat = !isCaller;
      if (
        frameAddress % 4 !== 0 ||
        frameAddress < lastAddress ||
        (frameAddress === lastAddress && !mayRepeat)
      ) {
        return corrupt(frames, `the stack frames do not ascend at 0x${frameAddress.toString(16)}`);
      }
      lastAddress = frameAddress;
      registers = unwound.caller;
      isCaller = !isInterrupt;
    }
  }

  private addFrames(
    frames: ProgramFrame[],
    physical: PhysicalFrame,
    f: FunctionSymbol | undefined,
    isInterrupt: boolean,
  ): void {
    const { registers, lookupPc, frameAddress } = physical;
    const { pc } = registers;
    const shared = {
      pc,
      lookupPc,
      ...(f && { function: f }),
      ...(frameAddress !== undefined && { frameAddress }),
      registers,
      physical,
    };
    const calls = this.callsAt(lookupPc);
    if (calls.length === 0) {
      frames.push({
        index: frames.length,
        kind: isInterrupt ? "interrupt" : "call",
        name: `0x${pc.toString(16)}`,
        scopes: [],
        ...shared,
      });
    }
    for (const { name, inlined, source, scopes } of calls) {
      const kind = inlined ? "inlined" : isInterrupt ? "interrupt" : "call";
      frames.push({ index: frames.length, kind, name, ...(source && { source }), scopes, ...shared });
    }
  }
}

function corrupt(frames: readonly ProgramFrame[], message: string): Backtrace {
  return { frames, end: "corrupt", message };
}
