/** The calls of a run as they happen, instruction by instruction: the oracle of stack traces. */
import { decode, field } from "../../isa/decode.ts";
import type { Ppu } from "../../src/core/ppu.ts";
import type { Backtrace } from "../../src/debug/symbols/index.ts";

const SPECIAL = ["lr", "ctr", "cr", "xer"] as const;
/** Interrupt vectors behind the reset vector. */
const VECTORS = { first: 4, end: 0x34 };

interface Call {
  /** Where it returns to. */
  readonly pc: number;
  readonly isInterrupt: boolean;
  readonly gprs: readonly number[];
  readonly special: Readonly<Record<(typeof SPECIAL)[number], number>>;
}

/** Steps a PPU and keeps the registers that each caller had when it called or was interrupted. */
export class ShadowStack {
  readonly calls: Call[] = [];
  private readonly ppu: Ppu;
  private readonly word: (address: number) => number;

  constructor(ppu: Ppu, word: (address: number) => number) {
    this.ppu = ppu;
    this.word = word;
  }

  private state(pc: number, isInterrupt: boolean): Call {
    const { ppu } = this;
    const gprs = Array.from({ length: 32 }, (_, r) => ppu.gpr(r) >>> 0);
    const special = Object.fromEntries(
      SPECIAL.map((name) => [name, ppu.register(name) >>> 0]),
    ) as Call["special"];
    return { pc, isInterrupt, gprs, special };
  }

  step(): void {
    const { ppu } = this;
    const { pc } = ppu;
    const word = this.word(pc);
    const mnemonic = decode(word)?.mnemonic ?? "";
    const before = this.state(pc + 4, false);
    const isVector = (address: number) => address >= VECTORS.first && address < VECTORS.end;
    ppu.step();
    // An interrupt is taken in the same step as the instruction in front of it.
    const isInterrupt = isVector(ppu.pc) && !isVector(pc);
    const next = isInterrupt ? ppu.register("srr0") >>> 0 : ppu.pc;
    const isBranch = mnemonic === "b" || mnemonic === "bc" || mnemonic === "bclr" || mnemonic === "bcctr";
    if (mnemonic === "rfi") this.calls.pop();
    else if (isBranch && field(word, "LK") === 1 && next !== pc + 4) this.calls.push(before);
    else if (mnemonic === "bclr" && next === this.calls.at(-1)?.pc) this.calls.pop();
    if (isInterrupt) this.calls.push(this.state(next, true));
  }

  /** What is wrong with a stack trace of the current state; undefined when it is exact. */
  fault({ frames, end }: Backtrace): string | undefined {
    const physical = frames.filter((frame) => frame.kind !== "inlined");
    const hex = (value: number | undefined) => value?.toString(16) ?? "?";
    const shown = `${physical.map((f) => `${f.name}@${hex(f.pc)}`).join(" ")} ${end}`;
    const callers = this.calls.toReversed();
    if (end !== "outermost") return shown;
    if (physical.length !== callers.length + 1)
      return `${shown}; called from ${callers.map((c) => hex(c.pc))}`;
    for (const [n, call] of callers.entries()) {
      const { pc, registers } = physical[n + 1];
      if (pc !== call.pc) return `${shown}; frame ${n + 1} should be at ${hex(call.pc)}`;
      if ((physical[n].kind === "interrupt") !== call.isInterrupt)
        return `${shown}; frame ${n} ${physical[n].kind}`;
      for (let r = 0; r < 32; r++) {
        if (r !== 1 && r < 14 && !call.isInterrupt) continue;
        if (registers.gpr(r) !== call.gprs[r]) {
          return `${shown}; r${r} of frame ${n + 1} is ${hex(registers.gpr(r))}, was ${hex(call.gprs[r])}`;
        }
      }
      for (const name of call.isInterrupt ? SPECIAL : []) {
        const found = registers.special(name);
        if (found !== call.special[name])
          return `${shown}; ${name} is ${hex(found)}, was ${hex(call.special[name])}`;
      }
    }
    return undefined;
  }
}
