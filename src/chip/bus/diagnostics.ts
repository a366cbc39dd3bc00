/** Findings about the guests, one entry per kind, PPU and pc, with a count. */
import type { Diagnostic } from "../../core/bus.ts";

export interface CountedDiagnostic extends Diagnostic {
  /** How often it happened; message, address and cycle are those of the first time. */
  readonly count: number;
}

const LIMIT = 1000;

export class DiagnosticLog {
  readonly #entries = new Map<string, { first: Diagnostic; count: number }>();

  /** Counts a finding; beyond 1000 different ones new ones are dropped. */
  report(diagnostic: Diagnostic): void {
    const key = `${diagnostic.kind} ${diagnostic.ppu} ${diagnostic.pc}`;
    const entry = this.#entries.get(key);
    if (entry) entry.count++;
    else if (this.#entries.size < LIMIT) this.#entries.set(key, { first: diagnostic, count: 1 });
  }

  list(): readonly CountedDiagnostic[] {
    return [...this.#entries.values()].map(({ first, count }) => ({ ...first, count }));
  }

  clear(): void {
    this.#entries.clear();
  }

  restore(list: readonly CountedDiagnostic[]): void {
    this.#entries.clear();
    for (const { count, ...first } of list) {
      this.#entries.set(`${first.kind} ${first.ppu} ${first.pc}`, { first, count });
    }
  }
}
