/** Register allocation: colouring, and spilling until it succeeds. */
import { CodegenError } from "../errors.ts";
import { type MachineBlock, type MachineFunction, VIRTUAL_BASE } from "../machine.ts";
import { Colouring } from "./colouring.ts";
import { removeDeadInstructions } from "./liveness.ts";
import { giveUpVectors, spill } from "./spill.ts";

/** Replaces virtual by physical registers and drops copies that became empty. */
export function allocateRegisters(f: MachineFunction): void {
  removeDeadInstructions(f);
  const unspillable = new Set<number>();
  for (let round = 0; ; round++) {
    const { colour, spilled } = new Colouring(f, unspillable).run();
    if (spilled.length === 0) {
      rewrite(f.blocks, colour);
      return;
    }
    if (round > 30) {
      throw new CodegenError(`no registers found for function ${f.name}; split the function`, f.location);
    }
    if (!giveUpVectors(f, spilled)) spill(f, spilled, unspillable);
  }
}

function rewrite(blocks: readonly MachineBlock[], colour: readonly number[]): void {
  for (const block of blocks) {
    for (const instruction of block.instructions) {
      instruction.rename((n) => (n >= VIRTUAL_BASE ? colour[n] : n));
    }
    block.instructions = block.instructions.filter((instruction) => {
      const move = instruction.move();
      return !move || move.to !== move.from;
    });
  }
}
