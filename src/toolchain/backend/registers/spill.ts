/** Registers that live in the frame. */
import {
  DebugPoint,
  frame,
  type MachineFunction,
  MachineInstruction,
  number,
  type Operand,
  register,
} from "../machine.ts";
import { liveness } from "./liveness.ts";

/** Where a debug point finds what it read from a register that has moved to the frame. */
function placeOf(f: MachineFunction, n: number, slot: number | undefined): Operand {
  if (slot === undefined) return { kind: "lost" };
  return frame(f.isVector(n) ? "vector" : "slot", slot);
}

/**
 * Debug points alone never make a vector move to the frame, which costs much: where nothing else reads the vector any more,
 * they give it up.
 * @returns whether any did
 */
export function giveUpVectors(f: MachineFunction, registers: readonly number[]): boolean {
  const vectors = new Set(registers.filter((n) => f.isVector(n)));
  if (vectors.size === 0) return false;
  const { outOf } = liveness(f, [], (x) => !(x instanceof DebugPoint));
  let found = false;
  for (const block of f.blocks) {
    const live = outOf.get(block)!.copy();
    if (block.exit.kind === "return") for (const n of block.exit.reads) live.add(n);
    for (const instruction of [...block.instructions].reverse()) {
      if (instruction instanceof DebugPoint) {
        instruction.replace((n) => {
          if (!vectors.has(n) || live.has(n)) return undefined;
          found = true;
          return { kind: "lost" };
        });
        continue;
      }
      for (const n of instruction.writes()) live.delete(n);
      for (const n of instruction.reads()) live.add(n);
    }
  }
  return found;
}

/** Rewrites the code so that the registers live in the frame, with short-lived registers around each use. */
export function spill(f: MachineFunction, registers: readonly number[], unspillable: Set<number>): void {
  const slots = new Map<number, number>();
  for (const n of registers) {
    if (!f.remade.has(n)) slots.set(n, f.isVector(n) ? f.vectorSlots++ : f.scalarSlots++);
  }
  const wanted = new Set(registers);
  const transfer = (n: number, at: number, load: boolean, like: MachineInstruction): MachineInstruction[] => {
    const slot = slots.get(n)!;
    if (!f.isVector(n)) {
      const operands = [register(at), frame("slot", slot), register(1)];
      return [new MachineInstruction(load ? "lwz" : "stw", operands, like.location)];
    }
    // The offset travels in r0, which is nobody's; slots use one port only, so no sync stands between.
    return [
      new MachineInstruction("addi", [register(0), number(0), frame("vector", slot)], like.location),
      new MachineInstruction(
        load ? "fxvlax" : "fxvstax",
        [register(at), register(1), register(0)],
        like.location,
      ),
    ];
  };
  for (const block of f.blocks) {
    const list: MachineInstruction[] = [];
    for (const instruction of block.instructions) {
      if (instruction instanceof DebugPoint) {
        instruction.replace((n) => (wanted.has(n) ? placeOf(f, n, slots.get(n)) : undefined));
        list.push(instruction);
        continue;
      }
      const reads = instruction.reads().filter((n) => wanted.has(n));
      const writes = instruction.writes().filter((n) => wanted.has(n));
      if (reads.length === 0 && writes.length === 0) {
        list.push(instruction);
        continue;
      }
      if (writes.length > 0 && reads.length === 0 && writes.every((n) => f.remade.has(n))) continue;
      const names = new Map<number, number>();
      const fresh = (n: number): number => {
        let name = names.get(n);
        if (name === undefined) {
          name = f.virtual(f.isVector(n) ? "vector" : "scalar");
          unspillable.add(name);
          names.set(n, name);
        }
        return name;
      };
      for (const n of new Set(reads)) {
        if (f.remade.has(n)) {
          const again = f.remade.get(n)!();
          again.rename(() => fresh(n));
          again.location = instruction.location;
          list.push(again);
        } else list.push(...transfer(n, fresh(n), true, instruction));
      }
      instruction.rename((n) => (wanted.has(n) ? fresh(n) : n));
      list.push(instruction);
      for (const n of new Set(writes))
        if (!f.remade.has(n)) list.push(...transfer(n, fresh(n), false, instruction));
    }
    block.instructions = list;
  }
}
