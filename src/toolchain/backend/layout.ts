/** From blocks to a straight list of instructions: empty blocks vanish, branches appear. */

import {
  DebugPoint,
  type Exit,
  isEmpty,
  type MachineBlock,
  type MachineFunction,
  MachineInstruction,
  number,
  type Operand,
  symbol,
} from "./machine.ts";
import { liveness } from "./registers/liveness.ts";
import { isCalleeSaved } from "./registers/registers.ts";

/** Copies on the way back of a loop move in front of its branch when the way out does not mind. */
export function mergeEdgeBlocks(f: MachineFunction): void {
  const saved = Array.from({ length: 64 }, (_, i) => i).filter(isCalleeSaved);
  const predecessors = new Map<MachineBlock, number>();
  for (const block of f.blocks) {
    for (const next of block.successors()) predecessors.set(next, (predecessors.get(next) ?? 0) + 1);
  }
  let live = liveness(f, saved);
  for (const block of f.blocks) {
    const { exit } = block;
    if (exit.kind !== "count" && exit.kind !== "branch") continue;
    for (const side of ["to", "otherwise"] as const) {
      const edge = exit[side];
      const other = exit[side === "to" ? "otherwise" : "to"];
      if (edge.exit.kind !== "jump" || isEmpty(edge) || edge === other) continue;
      if (predecessors.get(edge) !== 1 || edge.exit.to.depth === 0 || block.depth === 0) continue;
      // Only the way that stays in the loop: elsewhere the copies would be executed in vain.
      if (other.depth >= block.depth && f.blocks.indexOf(edge.exit.to) > f.blocks.indexOf(block)) continue;
      const free = edge.instructions.every((x) => {
        const cheap = x.move() !== undefined || /^(addi|addis)$/.test(x.mnemonic);
        return cheap && x.writes().every((n) => !live.into.get(other)!.has(n));
      });
      if (!free || edge.instructions.length > 4) continue;
      block.instructions.push(...edge.instructions);
      edge.instructions = [];
      live = liveness(f, saved);
    }
  }
}

/** Redirects ways through blocks that hold nothing. */
export function threadJumps(f: MachineFunction): void {
  const end = (start: MachineBlock): MachineBlock => {
    let block = start;
    for (let n = 0; n < 100; n++) {
      if (!isEmpty(block) || block.exit.kind !== "jump" || block.exit.to === block) break;
      block = block.exit.to;
    }
    return block;
  };
  for (const block of f.blocks) {
    const { exit } = block;
    if (exit.kind === "jump") exit.to = end(exit.to);
    else if (exit.kind === "branch" || exit.kind === "count") {
      exit.to = end(exit.to);
      exit.otherwise = end(exit.otherwise);
      if (exit.kind === "branch" && exit.to === exit.otherwise) block.exit = { kind: "jump", to: exit.to };
    } else if (exit.kind === "table") exit.targets = exit.targets.map(end);
  }
  for (const table of f.tables) table.targets.splice(0, table.targets.length, ...table.targets.map(end));
  const live = new Set<MachineBlock>();
  const work = [f.blocks[0]];
  while (work.length > 0) {
    const block = work.pop()!;
    if (live.has(block)) continue;
    live.add(block);
    work.push(...block.successors());
  }
  f.blocks = f.blocks.filter((block) => live.has(block));
}

/** Record forms take the place of a comparison with zero behind the instruction that made the value. */
export function useRecordForms(f: MachineFunction): void {
  for (const block of f.blocks) {
    const list = block.instructions;
    for (let i = list.length - 1; i > 0; i--) {
      const compare = list[i];
      const [field, tested, zero] = compare.operands;
      if (compare.mnemonic !== "cmpi" || field.kind !== "number" || field.value !== 0) continue;
      if (tested.kind !== "register" || zero.kind !== "number" || zero.value !== 0) continue;
      for (let k = i - 1; k >= 0; k--) {
        const x = list[k];
        if (x.writes().includes(tested.register)) {
          if (x.row.modifiers?.includes("Rc") && !x.mnemonic.endsWith(".") && x.row.timing === "alu") {
            x.mnemonic += ".";
            list.splice(i, 1);
          } else if (x.mnemonic === "andi." || x.mnemonic === "andis." || x.mnemonic.endsWith(".")) {
            list.splice(i, 1);
          }
          break;
        }
        if (x.extraWrites.length > 0 || touchesCondition(x)) break;
      }
    }
  }
}

const touchesCondition = (x: MachineInstruction): boolean =>
  x.mnemonic.endsWith(".") || /^(cmp|mfcr|tw)/.test(x.mnemonic);

export const labelOf = (f: MachineFunction, block: MachineBlock): string => `${f.name}|${block.id}`;

export interface CodeLine {
  readonly labels: string[];
  readonly instruction: MachineInstruction;
  readonly block: MachineBlock;
}

const returns = (block: MachineBlock): boolean => block.exit.kind === "return" && isEmpty(block);

/** The instructions of a function in the order of their addresses. */
export function linearize(f: MachineFunction): CodeLine[] {
  const lines: CodeLine[] = [];
  let labels: string[] = [];
  const push = (block: MachineBlock, instruction: MachineInstruction): void => {
    if (instruction instanceof DebugPoint) return;
    lines.push({ labels, instruction, block });
    labels = [];
  };
  // A block that only returns is written as a conditional or plain blr by those that go there.
  const listed = new Set(f.tables.flatMap((table) => table.targets));
  const blocks = f.blocks.filter((block, i) => i === 0 || !returns(block) || listed.has(block));
  blocks.forEach((block, i) => {
    labels.push(labelOf(f, block));
    for (const instruction of block.instructions) push(block, instruction);
    const next = blocks[i + 1];
    for (const x of branches(f, block.exit, next)) {
      x.location = block.exitLocation;
      push(block, x);
    }
  });
  if (labels.length > 0)
    push(blocks[blocks.length - 1], new MachineInstruction("tw", [number(31), zero, zero]));
  return lines;
}

const zero: Operand = { kind: "register", register: 0 };

function branches(f: MachineFunction, exit: Exit, next: MachineBlock | undefined): MachineInstruction[] {
  const to = (block: MachineBlock) => symbol(labelOf(f, block), "relative");
  const jump = (block: MachineBlock): MachineInstruction[] => {
    if (block === next) return [];
    if (returns(block)) return [new MachineInstruction("bclr", [number(20), number(0)])];
    return [new MachineInstruction("b", [to(block)])];
  };
  const conditional = (bo: number, bi: number, block: MachineBlock): MachineInstruction =>
    returns(block)
      ? new MachineInstruction("bclr", [number(bo), number(bi)])
      : new MachineInstruction("bc", [number(bo), number(bi), to(block)]);
  switch (exit.kind) {
    case "jump":
      return jump(exit.to);
    case "return":
      return [new MachineInstruction("bclr", [number(20), number(0)])];
    case "stop":
      return [];
    case "table":
      return [new MachineInstruction("bcctr", [number(20), number(0)])];
    case "branch": {
      const { bit, sense } = exit;
      const bo = (value: boolean) => (value ? 12 : 4);
      if (exit.to === next) return [conditional(bo(!sense), bit, exit.otherwise)];
      return [conditional(bo(sense), bit, exit.to), ...jump(exit.otherwise)];
    }
    case "count":
      if (exit.to === next) return [conditional(18, 0, exit.otherwise)];
      return [conditional(16, 0, exit.to), ...jump(exit.otherwise)];
  }
}
