import type { DebugSession } from "../session.ts";
import type { PpuName, RegisterValue } from "../types.ts";

/** Which registers and lanes differ from those at the stop before. */
export class Changes {
  readonly #session: DebugSession;
  #before: Readonly<Record<PpuName, ReadonlyMap<string, RegisterValue>>> | undefined;

  constructor(session: DebugSession) {
    this.#session = session;
  }

  /** Keeps the registers as they are; the chip is about to run. */
  remember(): void {
    this.#before = { top: this.#read("top"), bottom: this.#read("bottom") };
  }

  isChanged(ppu: PpuName, name: string, value: number): boolean {
    const before = this.#before?.[ppu].get(name);
    return before !== undefined && before !== value;
  }

  /** The contents of a vector, accumulator or mask at the stop before; undefined before the first one. */
  lanesBefore(ppu: PpuName, name: string): Uint8Array | Int32Array | undefined {
    const before = this.#before?.[ppu].get(name);
    return typeof before === "number" ? undefined : before;
  }

  #read(ppu: PpuName): Map<string, RegisterValue> {
    return new Map(
      this.#session.registerDescriptions().map(({ name }) => {
        const value = this.#session.readRegister(ppu, name);
        return [name, typeof value === "number" ? value : value.slice()];
      }),
    );
  }
}
