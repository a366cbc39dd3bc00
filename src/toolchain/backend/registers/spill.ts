/** Registers that live in the frame. */
import { frame, type MachineFunction, MachineInstruction, number, register } from "../machine.ts";

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
