/** Where scalar accesses of a stretch of code go, as far as their addresses can be compared. */
import type { MachineInstruction } from "../machine.ts";

interface Place {
  /** What the address counts from; equal names mean equal origins. */
  readonly origin: string;
  readonly offset: number;
}

export interface Access extends Place {
  readonly bytes: number;
}

const BYTES: Record<string, number> = { b: 1, h: 2, w: 4 };

/** Follows registers through the stretch in its original order. */
export class Addresses {
  private readonly places = new Map<number, Place>();
  private count = 0;

  private place(n: number): Place {
    let place = this.places.get(n);
    if (!place) {
      place = { origin: `#${this.count++}`, offset: 0 };
      this.places.set(n, place);
    }
    return place;
  }

  private moved(from: number, by: number): Place {
    const { origin, offset } = this.place(from);
    return { origin, offset: (offset + by) | 0 };
  }

  /** The access of a load or store with a displacement, undefined where the address is not known well enough. */
  access(x: MachineInstruction): Access | undefined {
    const form = /^(?:l|st)([bhw])[za]?u?$/.exec(x.mnemonic);
    const [, displacement, base] = x.operands;
    if (!form || !displacement || !base) return undefined;
    const bytes = BYTES[form[1]];
    if (displacement.kind === "frame") {
      return { origin: `frame ${displacement.area}`, offset: 4 * displacement.index, bytes };
    }
    if (displacement.kind !== "number") return undefined;
    if (base.kind === "number") return { origin: "zero", offset: displacement.value, bytes };
    return base.kind === "register" ? { ...this.moved(base.register, displacement.value), bytes } : undefined;
  }

  /** Takes note of what the instruction does to registers. */
  step(x: MachineInstruction): void {
    const [to, from, by] = x.operands;
    const move = x.move();
    let result: { n: number; place: Place } | undefined;
    if (move) result = { n: move.to, place: this.place(move.from) };
    else if (x.mnemonic === "addi" && to.kind === "register" && by.kind === "number") {
      if (from.kind === "register") result = { n: to.register, place: this.moved(from.register, by.value) };
      else if (from.kind === "number")
        result = { n: to.register, place: { origin: "zero", offset: by.value } };
    } else if (/^(l|st)[bhw][za]?u$/.test(x.mnemonic) && from.kind === "number" && by.kind === "register") {
      result = { n: by.register, place: this.moved(by.register, from.value) };
    }
    for (const n of x.writes()) this.places.delete(n);
    if (result) this.places.set(result.n, result.place);
  }
}

/** May the two touch the same byte? Spill slots are reached in no other way. */
export function mayOverlap(a: Access | undefined, b: Access | undefined): boolean {
  const frame = (x: Access | undefined) => x?.origin.startsWith("frame ") ?? false;
  if (a && b && a.origin === b.origin) return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
  return !frame(a) && !frame(b);
}
