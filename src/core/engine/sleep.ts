/** Time while the core sleeps in a `wait` (nux-core section 5). */
import type { StopReason } from "../ppu.ts";
import { COUNTER, LONGEST_STRETCH, SPECIAL, type State, WRITE_PORT_SLOTS } from "../state.ts";
import { ACCEPT_CYCLES, type Interrupts } from "./interrupts.ts";
import type { Timers } from "./timers.ts";

/** From a wake-up without interrupt to the next issue. */
const WAKE_CYCLES = 2;

export class Sleep {
  readonly #state: State;
  readonly #timers: Timers;
  readonly #interrupts: Interrupts;

  constructor(state: State, timers: Timers, interrupts: Interrupts) {
    this.#state = state;
    this.#timers = timers;
    this.#interrupts = interrupts;
  }

  /**
   * Lets time pass up to `untilCycle` or the wake-up. Returns a reason to stop, or undefined once awake: an interrupt
   * is then due, or else pc and t are those of the next instruction.
   */
  pass(untilCycle: number): StopReason | undefined {
    const { special, counters } = this.#state;
    const cycle = this.#state.cycle;
    this.#timers.advance(cycle);
    const wake = this.#interrupts.nextWake() + ACCEPT_CYCLES;
    if (wake === Number.POSITIVE_INFINITY) return "sleep";
    if (wake > untilCycle) {
      if (untilCycle > cycle) this.#moveTo(untilCycle);
      return "cycle";
    }
    if (wake > cycle) this.#moveTo(wake);
    const now = this.#state.cycle;
    this.#timers.advance(now);
    special[SPECIAL.sleeping] = 0;
    counters[COUNTER.sleepCycle] = -1;
    if (this.#interrupts.nextRequest() + ACCEPT_CYCLES > now) {
      special[SPECIAL.pc] += 4;
      special[SPECIAL.t] += WAKE_CYCLES - ACCEPT_CYCLES;
    }
    return undefined;
  }

  /** When a timer or a pending request wakes the core, Infinity = never; awake: now. */
  nextWakeCycle(): number {
    const cycle = this.#state.cycle;
    if (this.#state.special[SPECIAL.sleeping] === 0) return cycle;
    this.#timers.advance(cycle);
    return Math.max(cycle, this.#interrupts.nextWake() + ACCEPT_CYCLES);
  }

  #moveTo(cycle: number): void {
    const { special, counters } = this.#state;
    const step = cycle - this.#state.cycle;
    if (special[SPECIAL.t] + step < LONGEST_STRETCH) {
      special[SPECIAL.t] += step;
      return;
    }
    // Nothing is in flight while asleep, so the origin can follow. It stays aligned for the branch cache's pointer.
    this.#state.rebase();
    const target = cycle - counters[COUNTER.base];
    const slots = WRITE_PORT_SLOTS;
    const jump = Math.max(0, Math.floor(target / slots) * slots - slots);
    counters[COUNTER.base] += jump;
    special[SPECIAL.t] = target - jump;
    this.#state.forgetTimes();
  }
}
