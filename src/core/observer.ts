/** Which port of a PPU an access uses. The three have no hardware order among each other (fxv-isa section 5). */
export const PORT = { scalar: 0, vector: 1, parallel: 2 } as const;
export type Port = (typeof PORT)[keyof typeof PORT];

/**
 * Somebody who watches a PPU run. While an observer is attached the engine runs its observed twin; without one
 * the fast twin has no trace of this interface. All cycles are the PPU's own absolute cycles. Every member is optional.
 */
export interface Observer {
  /** Before the instruction's effects; `cycle` = it leaves the issue stage (first slot of lmw, stmw, load with update). */
  retire?(cycle: number, pc: number, word: number): void;
  /** A general purpose register received a value (int32). */
  registerWrite?(cycle: number, register: number, value: number): void;
  /** One access; `address` in bytes, on the parallel port in vectors; `value` is 0 for vectors. */
  access?(
    cycle: number,
    pc: number,
    port: Port,
    address: number,
    bytes: number,
    write: boolean,
    value: number,
  ): void;
  /** An exception or interrupt was entered; `cycle` = issue cycle of the instruction at the vector. */
  exception?(cycle: number, vector: number, returnAddress: number): void;
}
