/** Steps by instruction, line and function, forwards. */
import { decode } from "../../isa/decode.ts";
import type { Boundary, Chip, PpuName, PpuSelection } from "../chip/index.ts";
import { VECTOR } from "../core/engine/interrupts.ts";
import { peekInstruction } from "./memory.ts";
import { PPUS, retiredBoundary, sideIndex } from "./position.ts";
import { readWord } from "./registers.ts";
import type { Happening, Landmark, Runner } from "./runner.ts";
import type { Frame, ProgramSymbols } from "./symbols/index.ts";
import { SessionError } from "./types.ts";

const STEPS_PER_SLICE = 1000;
const GOAL = { reason: "goal", ids: [], hits: [], problems: [] } as const;
/** Vectors of interrupts, which come between two instructions of a program. */
export const INTERRUPTS: ReadonlySet<number> = new Set([
  VECTOR.externalInput,
  VECTOR.doorbell,
  VECTOR.fixedInterval,
  VECTOR.decrementer,
]);

/** True for a branch that leaves a return address. */
export function isCall(word: number): boolean {
  return decode(word)?.timing === "branch" && (word & 1) !== 0;
}

export interface StepHost {
  readonly chip: Chip;
  readonly runner: Runner;
  symbols(ppu: PpuName): ProgramSymbols;
  frames(ppu: PpuName): readonly Frame[];
}

export class Stepper {
  readonly #host: StepHost;
  #steps = 0;

  constructor(host: StepHost) {
    this.#host = host;
  }

  /** `count` instructions of a PPU, or of each one that is awake. */
  async instructions(selection: PpuSelection, count: number): Promise<Happening> {
    const { chip, runner } = this.#host;
    if (selection !== "both")
      return this.#toBoundary(selection, retiredBoundary(selection, chip.instructions(selection) + count));
    for (let step = 0; step < count; step++) {
      const wanted = PPUS.filter((ppu) => this.#canStep(ppu)).map((ppu) => ({
        ppu,
        count: chip.instructions(ppu) + 1,
      }));
      for (const { ppu } of wanted) chip.ppus[ppu].skipBreakpoint();
      for (;;) {
        const left = wanted.filter((one) => chip.instructions(one.ppu) < one.count);
        if (left.length === 0) break;
        const happening = await runner.run({
          boundaries: left.map((one) => retiredBoundary(one.ppu, one.count)),
        });
        if (happening.reason !== "goal") return happening;
      }
      if (wanted.length === 0) return { ...GOAL, reason: "finished" };
    }
    return GOAL;
  }

  #canStep(ppu: PpuName): boolean {
    const { chip } = this.#host;
    return chip.isReleased(ppu) && !chip.ppus[ppu].sleeping;
  }

  /** One instruction, or a whole call. */
  async overCall(ppu: PpuName): Promise<Happening> {
    const before = this.#place(ppu);
    const happening = await this.#one(ppu);
    if (happening.reason !== "goal" || !this.#entered(ppu, before)) return happening;
    return this.#toReturn(ppu, before.pc + 4, before.sp);
  }

  /** To the begin of another line; `over`: calls count as one instruction. */
  async line(ppu: PpuName, over: boolean): Promise<Happening> {
    const symbols = this.#host.symbols(ppu);
    const start = this.#place(ppu);
    const startRow = symbols.lineRowAt(start.pc);
    if (!startRow) return over ? this.overCall(ppu) : this.#one(ppu);
    const home = symbols.functionAt(start.pc)?.entry;
    const depth = symbols.callsAt(start.pc).length;
    for (;;) {
      const before = this.#place(ppu);
      let happening = await this.#one(ppu);
      if (happening.reason !== "goal") return happening;
      if (this.#interrupted(ppu, before)) {
        happening = await this.#toReturn(ppu, readWord(this.#host.chip, ppu, "srr0"), before.sp);
        if (happening.reason !== "goal") return happening;
      } else if (this.#entered(ppu, before)) {
        const { pc } = this.#place(ppu);
        if (!over && symbols.lineRowAt(pc)) return this.#behindPrologue(ppu, symbols.afterPrologue(pc), pc);
        happening = await this.#toReturn(ppu, before.pc + 4, before.sp);
        if (happening.reason !== "goal") return happening;
      }
      const { pc } = this.#place(ppu);
      if (symbols.functionAt(pc)?.entry !== home) return happening;
      const row = symbols.lineRowAt(pc);
      if (!row || (row.line === startRow.line && row.file === startRow.file)) continue;
      if (over && symbols.callsAt(pc).length > depth) continue;
      if (pc === row.low && row.isStatement) return happening;
    }
  }

  /** Until the function of a frame has returned to its caller. */
  async out(ppu: PpuName, index: number): Promise<Happening> {
    const frames = this.#host.frames(ppu);
    const frame = frames[index];
    if (!frame) throw new SessionError(`there is no frame ${index}; there are ${frames.length}`);
    if (frame.kind === "inlined" && index === 0) return this.#outOfInlined(ppu);
    let callee = index;
    while (frames[callee]?.kind === "inlined") callee++;
    const caller = frames[callee + 1];
    if (!caller) throw new SessionError(`${frame.name} has no caller to return to`);
    return this.#toReturn(ppu, caller.pc, frames[callee].frameAddress ?? this.#place(ppu).sp);
  }

  /** To one of several addresses, or a cycle of the chip. */
  async toAddresses(landmarks: readonly Landmark[], from: PpuName): Promise<Happening> {
    return this.#host.runner.run({ landmarks, from });
  }

  async toCycle(ppu: PpuName, cycle: number): Promise<Happening> {
    return this.#toBoundary(ppu, { ppu, instructions: [0, 0], cycle, windowEnd: 0 });
  }

  #place(ppu: PpuName) {
    const { chip } = this.#host;
    const { pc } = chip.ppus[ppu];
    return { pc, sp: chip.ppus[ppu].gpr(1) >>> 0 };
  }

  #interrupted(ppu: PpuName, before: { readonly pc: number }): boolean {
    const { pc } = this.#place(ppu);
    return INTERRUPTS.has(pc) && pc !== before.pc + 4 && readWord(this.#host.chip, ppu, "srr0") !== pc;
  }

  /** True if the instruction at `before` has called something. */
  #entered(ppu: PpuName, before: { readonly pc: number }): boolean {
    const word = peekInstruction(this.#host.chip, ppu, before.pc);
    return word !== undefined && isCall(word) && this.#place(ppu).pc !== before.pc + 4;
  }

  /** Runs until the return address is reached with a stack that is not deeper than `sp`. */
  #toReturn(ppu: PpuName, address: number, sp: number): Promise<Happening> {
    const accept = () => this.#place(ppu).sp >= sp;
    return this.#host.runner.run({ landmarks: [{ ppu, address, accept }], from: ppu });
  }

  async #behindPrologue(ppu: PpuName, address: number, pc: number): Promise<Happening> {
    if (address === pc) return GOAL;
    return this.#host.runner.run({ landmarks: [{ ppu, address, accept: () => true }], from: ppu });
  }

  async #outOfInlined(ppu: PpuName): Promise<Happening> {
    const symbols = this.#host.symbols(ppu);
    const { pc } = this.#place(ppu);
    const depth = symbols.callsAt(pc).length;
    const home = symbols.functionAt(pc)?.entry;
    for (;;) {
      const happening = await this.overCall(ppu);
      if (happening.reason !== "goal") return happening;
      const now = this.#place(ppu).pc;
      if (symbols.functionAt(now)?.entry !== home || symbols.callsAt(now).length < depth) return happening;
    }
  }

  /** One instruction; a breakpoint behind it counts. */
  async #one(ppu: PpuName): Promise<Happening> {
    if (++this.#steps % STEPS_PER_SLICE === 0) await this.#host.runner.pause();
    const { chip, runner } = this.#host;
    const happening = await this.#toBoundary(ppu, retiredBoundary(ppu, chip.instructions(ppu) + 1));
    return happening.reason === "goal" ? (runner.landing(ppu) ?? happening) : happening;
  }

  async #toBoundary(ppu: PpuName, boundary: Boundary): Promise<Happening> {
    const { chip, runner } = this.#host;
    if (!chip.isReleased(ppu))
      throw new SessionError(`the ${ppu} PPU is held in reset; nothing can step there`);
    if (chip.ppus[ppu].finished && boundary.instructions[sideIndex(ppu)] > 0)
      return { ...GOAL, reason: "finished", ppu };
    const boundaries = [boundary];
    return runner.runShort({ boundaries, from: ppu }) ?? (await runner.run({ boundaries }));
  }
}
