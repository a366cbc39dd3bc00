/** Breakpoints and watchpoints by number, and the addresses at which the PPUs stop for them. */
import type { Chip } from "../chip/index.ts";
import { PPUS } from "./position.ts";
import {
  type Breakable,
  type Breakpoint,
  type PpuName,
  type PpuSelection,
  SessionError,
  type StopCondition,
  type Watchpoint,
} from "./types.ts";

const selects = (selection: PpuSelection, ppu: PpuName) => selection === "both" || selection === ppu;

/** What a hit makes of a breakable. */
export interface Verdict {
  readonly stops: boolean;
  /** The condition could not be evaluated; it then counts as true. */
  readonly problem?: string;
}

export interface Judge {
  /** Value of a condition; throws SessionError. */
  holds(condition: string, ppu: PpuName): boolean;
  log(id: number, ppu: PpuName, message: string): void;
}

export class Breakables {
  readonly #chip: Chip;
  readonly #list = new Map<number, Breakable>();
  /** Ids by PPU and address. */
  readonly #places: Record<PpuName, Map<number, number[]>> = { top: new Map(), bottom: new Map() };
  #last = 0;
  #armed = true;
  readonly #changed: () => void;

  /** `changed` is called when the list has changed (not for hits). */
  constructor(chip: Chip, changed: () => void) {
    this.#chip = chip;
    this.#changed = changed;
  }

  get list(): readonly Breakable[] {
    return [...this.#list.values()];
  }

  get watchpoints(): readonly Watchpoint[] {
    return this.list.filter((entry) => entry.kind === "watchpoint");
  }

  nextId(): number {
    return ++this.#last;
  }

  /** Throws SessionError. */
  get(id: number): Breakable {
    const found = this.#list.get(id);
    if (found) return found;
    throw new SessionError(
      `there is no breakpoint ${id}${this.#list.size > 0 ? `; there are ${[...this.#list.keys()].join(", ")}` : ""}`,
    );
  }

  set(entry: Breakable): void {
    this.#list.set(entry.id, entry);
    this.#place();
  }

  remove(id: number): void {
    this.get(id);
    this.#list.delete(id);
    this.#place();
  }

  change(id: number, change: StopCondition): Breakable {
    const old = this.get(id);
    const changed = {
      ...old,
      ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)),
    };
    this.set(changed as Breakable);
    return changed as Breakable;
  }

  /** Ids of breakpoints at an address, disabled ones included. */
  at(ppu: PpuName, address: number): readonly number[] {
    return this.list
      .filter((entry) => entry.kind === "breakpoint" && entry.addresses[ppu].includes(address))
      .map(({ id }) => id);
  }

  /** Ids of enabled breakpoints at which a PPU stops. */
  active(ppu: PpuName, address: number): readonly number[] {
    return this.#places[ppu].get(address) ?? [];
  }

  /** While replaying, breakpoints are taken out of the PPUs. */
  arm(armed: boolean): void {
    if (this.#armed === armed) return;
    this.#armed = armed;
    for (const ppu of PPUS) {
      const { breakpoints } = this.#chip.ppus[ppu];
      for (const address of this.#places[ppu].keys()) {
        if (armed) breakpoints.add(address);
        else breakpoints.delete(address);
      }
    }
  }

  /** Counts a hit and says whether it stops. A log point logs instead. `quiet`: looks only, for ways back. */
  judge(id: number, ppu: PpuName, judge: Judge, quiet = false): Verdict {
    const entry = this.get(id);
    const { condition, hitCount = 1, logMessage } = entry;
    let problem: string | undefined;
    if (condition !== undefined && condition.trim() !== "") {
      try {
        if (!judge.holds(condition, ppu)) return { stops: false };
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        problem = `condition of ${id}: ${error.message}`;
      }
    }
    if (quiet) return { stops: logMessage === undefined };
    const hits = entry.hits + 1;
    this.#list.set(id, { ...entry, hits } as Breakable);
    if (hits < hitCount) return { stops: false };
    if (logMessage !== undefined) {
      judge.log(id, ppu, logMessage);
      return { stops: false };
    }
    return { stops: true, ...(problem !== undefined && { problem }) };
  }

  #place(): void {
    const wanted = { top: new Map<number, number[]>(), bottom: new Map<number, number[]>() };
    for (const entry of this.#list.values()) {
      if (entry.kind !== "breakpoint" || !entry.enabled) continue;
      for (const ppu of PPUS) {
        if (!selects(entry.ppus, ppu)) continue;
        for (const address of new Set((entry as Breakpoint).addresses[ppu])) {
          wanted[ppu].set(address, [...(wanted[ppu].get(address) ?? []), entry.id]);
        }
      }
    }
    for (const ppu of PPUS) {
      const { breakpoints } = this.#chip.ppus[ppu];
      const present = this.#places[ppu];
      for (const address of present.keys()) if (!wanted[ppu].has(address)) breakpoints.delete(address);
      if (this.#armed) {
        for (const address of wanted[ppu].keys()) if (!present.has(address)) breakpoints.add(address);
      }
      this.#places[ppu] = wanted[ppu];
    }
    this.#changed();
  }
}
