/** Measures how long a call takes, without a trace of it in the program. */
import type { Chip, PpuName, RunResult } from "../chip/index.ts";
import type { Image } from "../toolchain/image.ts";
import { findSymbol } from "../toolchain/symbols.ts";

interface Reading {
  /** Cycle of the PPU in which it began. */
  readonly since: number;
  readonly cycles: number;
  readonly instructions: number;
  readonly begun: boolean;
  readonly ended: boolean;
}

interface Point {
  readonly cycle: number;
  readonly instructions: number;
}

/** Where a PPU is: before the caller, in it but not yet in the function that it calls, in that function, behind it. */
type Phase = "before" | "entering" | "inside" | "after";

interface Side {
  phase: Phase;
  begin: Point;
  end?: Point;
}

/**
 * Runs a chip and measures, on each PPU, the first function that the function `within` calls: from its first instruction to
 * its return. Without `within`: everything.
 */
export class CallMeter {
  readonly #chip: Chip;
  readonly #sides: ReadonlyMap<PpuName, Side>;
  readonly #from: number;
  readonly #to: number;

  constructor(chip: Chip, image: Image, ppus: readonly PpuName[], within?: string) {
    this.#chip = chip;
    const symbol = within === undefined ? undefined : findSymbol(image, within);
    this.#from = symbol?.address ?? -1;
    this.#to = this.#from + (symbol?.size ?? 0);
    const start = { cycle: 0, instructions: 0 };
    this.#sides = new Map(ppus.map((ppu) => [ppu, { phase: symbol ? "before" : "inside", begin: start }]));
    if (symbol) for (const ppu of ppus) chip.ppus[ppu].breakpoints.add(symbol.address);
  }

  /** To the end of the program; at most `maxCycles` from the begin of what is measured, `maxAround` before it and behind it. */
  run(maxCycles: number, maxAround = maxCycles): RunResult {
    const chip = this.#chip;
    let isMeasuring = this.#isMeasuring;
    let limit = chip.cycle + (isMeasuring ? maxCycles : maxAround);
    for (;;) {
      const entering = [...this.#sides].find(([, { phase }]) => phase === "entering")?.[0];
      const result = entering
        ? chip.step(entering)
        : chip.run({ maxCycles: Math.max(0, limit - chip.cycle), stopAsleep: true });
      if (entering) this.#look(entering);
      if (result.reason === "breakpoint" && result.ppu) this.#pass(result.ppu);
      else if (result.reason !== "goal") return result;
      if (isMeasuring === this.#isMeasuring) continue;
      isMeasuring = this.#isMeasuring;
      limit = chip.cycle + (isMeasuring ? maxCycles : maxAround);
    }
  }

  get #isMeasuring(): boolean {
    return [...this.#sides.values()].some(({ phase }) => phase === "inside");
  }

  reading(ppu: PpuName): Reading {
    const side = this.#sides.get(ppu)!;
    const begun = side.phase === "inside" || side.phase === "after";
    const end = side.end ?? this.#now(ppu);
    return {
      since: side.begin.cycle,
      cycles: begun ? end.cycle - side.begin.cycle : 0,
      instructions: begun ? end.instructions - side.begin.instructions : 0,
      begun,
      ended: side.phase === "after",
    };
  }

  #now(ppu: PpuName): Point {
    const { sleeping, sleepCycle, cycle, instructions } = this.#chip.ppus[ppu];
    return { cycle: sleeping ? sleepCycle : cycle, instructions };
  }

  /** A PPU stands before a breakpoint. */
  #pass(name: PpuName): void {
    const side = this.#sides.get(name);
    const ppu = this.#chip.ppus[name];
    if (!side) return;
    ppu.breakpoints.delete(ppu.pc);
    if (side.phase === "before") side.phase = "entering";
    else if (side.phase === "inside") {
      side.phase = "after";
      side.end = this.#now(name);
    }
  }

  /** Whether a PPU that is entering has left the caller. */
  #look(name: PpuName): void {
    const side = this.#sides.get(name)!;
    const ppu = this.#chip.ppus[name];
    if (side.phase !== "entering" || (ppu.pc >= this.#from && ppu.pc < this.#to)) return;
    side.phase = "inside";
    side.begin = this.#now(name);
    ppu.breakpoints.add(ppu.register("lr"));
  }
}
