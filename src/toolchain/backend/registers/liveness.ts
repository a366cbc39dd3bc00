/** Which registers hold a value that is still read, at the ends of each block. */
import {
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  VIRTUAL_BASE,
} from "../machine.ts";

export class RegisterSet {
  readonly words: Int32Array;

  constructor(size: number) {
    this.words = new Int32Array((size + 31) >> 5);
  }

  has(n: number): boolean {
    return ((this.words[n >> 5] >> (n & 31)) & 1) !== 0;
  }

  add(n: number): void {
    this.words[n >> 5] |= 1 << (n & 31);
  }

  delete(n: number): void {
    this.words[n >> 5] &= ~(1 << (n & 31));
  }

  forEach(f: (n: number) => void): void {
    for (let i = 0; i < this.words.length; i++) {
      for (let bits = this.words[i]; bits !== 0; bits &= bits - 1) f(i * 32 + 31 - Math.clz32(bits & -bits));
    }
  }

  copy(): RegisterSet {
    const set = new RegisterSet(this.words.length * 32);
    set.words.set(this.words);
    return set;
  }
}

export interface Liveness {
  readonly into: Map<MachineBlock, RegisterSet>;
  readonly outOf: Map<MachineBlock, RegisterSet>;
}

/** `atReturn` are registers whose content the caller expects back; what `counts` refuses reads nothing. */
export function liveness(
  f: MachineFunction,
  atReturn: readonly number[] = [],
  counts: (x: MachineInstruction) => boolean = () => true,
): Liveness {
  const size = VIRTUAL_BASE + f.classes.length;
  const into = new Map<MachineBlock, RegisterSet>();
  const outOf = new Map<MachineBlock, RegisterSet>();
  const reads = new Map<MachineBlock, RegisterSet>();
  const writes = new Map<MachineBlock, RegisterSet>();
  for (const block of f.blocks) {
    const [r, w] = [new RegisterSet(size), new RegisterSet(size)];
    for (const instruction of block.instructions) {
      if (counts(instruction)) for (const n of instruction.reads()) if (!w.has(n)) r.add(n);
      for (const n of instruction.writes()) w.add(n);
    }
    if (block.exit.kind === "return")
      for (const n of [...block.exit.reads, ...atReturn]) if (!w.has(n)) r.add(n);
    reads.set(block, r);
    writes.set(block, w);
    into.set(block, r.copy());
    outOf.set(block, new RegisterSet(size));
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = f.blocks.length - 1; i >= 0; i--) {
      const block = f.blocks[i];
      const out = outOf.get(block)!.words;
      const start = into.get(block)!.words;
      const written = writes.get(block)!.words;
      const read = reads.get(block)!.words;
      for (const next of block.successors()) {
        const from = into.get(next)!.words;
        for (let k = 0; k < out.length; k++) out[k] |= from[k];
      }
      for (let k = 0; k < out.length; k++) {
        const value = read[k] | (out[k] & ~written[k]);
        if (value !== start[k]) {
          start[k] = value;
          changed = true;
        }
      }
    }
  }
  return { into, outOf };
}

/** Drops instructions whose only effect is to write registers that nobody reads. */
export function removeDeadInstructions(f: MachineFunction): void {
  const { outOf } = liveness(f);
  for (const block of f.blocks) {
    const live = outOf.get(block)!.copy();
    if (block.exit.kind === "return") for (const n of block.exit.reads) live.add(n);
    const kept = [];
    for (const instruction of [...block.instructions].reverse()) {
      const writes = instruction.writes();
      const removable = instruction.move() !== undefined || /^(addi|addis|ori)$/.test(instruction.mnemonic);
      if (removable && writes.every((n) => !live.has(n) && n >= VIRTUAL_BASE)) continue;
      for (const n of writes) live.delete(n);
      for (const n of instruction.reads()) live.add(n);
      kept.push(instruction);
    }
    block.instructions = kept.reverse();
  }
}
