/** Addresses before which `run` stops. Costs nothing while empty: a breakpoint is part of the predecoded program. */
export class BreakpointSet extends Set<number> {
  readonly #changed: (address: number) => void;

  constructor(changed: (address: number) => void) {
    super();
    this.#changed = changed;
  }

  override add(address: number): this {
    super.add(address >>> 0);
    this.#changed(address >>> 0);
    return this;
  }

  override delete(address: number): boolean {
    const existed = super.delete(address >>> 0);
    this.#changed(address >>> 0);
    return existed;
  }

  override clear(): void {
    const addresses = [...this];
    super.clear();
    for (const address of addresses) this.#changed(address);
  }
}
