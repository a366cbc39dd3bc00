/** How callers are found from each instruction: read off the instructions that change the stack pointer and save registers. */
import type { DebugFrame, FrameRow } from "../../debug-info.ts";
import type { Placed } from "../link/program.ts";
import type { MachineBlock, MachineInstruction } from "../machine.ts";

const STACK_POINTER = 1;
const LR = 8;
const SRR0 = 26;

interface FrameState {
  readonly caller: FrameRow["caller"];
  readonly saved: FrameRow["saved"];
  /** Special register that r0 holds. */
  readonly inR0: number | undefined;
}

const START: FrameState = {
  caller: { offset: 0, indirect: false },
  saved: [],
  inR0: undefined,
};

const value = (x: MachineInstruction, i: number): number | undefined => {
  const operand = x.operands[i];
  return operand?.kind === "number" ? operand.value : undefined;
};
const registerAt = (x: MachineInstruction, i: number): number | undefined => {
  const operand = x.operands[i];
  return operand?.kind === "register" ? operand.register : undefined;
};

function save(
  state: FrameState,
  register: FrameRow["saved"][number]["register"],
  offset: number,
): FrameState {
  const { caller, saved } = state;
  if (saved.some((other) => other.register === register)) return state;
  const relative = caller.indirect ? ("r1" as const) : ("caller" as const);
  const place = { register, relative, offset: caller.indirect ? offset : offset - caller.offset };
  return { ...state, saved: [...saved, place] };
}

/** State behind an instruction. */
function step(state: FrameState, x: MachineInstruction, interrupt: boolean): FrameState {
  const offset = value(x, 1) ?? 0;
  const data = registerAt(x, 0);
  const { caller, saved } = state;
  const only = (keep: (place: FrameRow["saved"][number]) => boolean) => saved.filter(keep);
  if (data === STACK_POINTER) {
    switch (x.mnemonic) {
      case "stwu":
        return { ...state, caller: { ...caller, offset: caller.offset - offset } };
      case "stwux":
        return { ...state, caller: { ...caller, indirect: true } };
      case "lwz":
        return {
          ...state,
          caller: { ...caller, indirect: false },
          saved: only(({ relative }) => relative === "caller"),
        };
      case "addi":
        // What was saved is still there below the stack pointer; only the place to return to is not restored yet.
        if (registerAt(x, 1) !== STACK_POINTER) return state;
        return { ...START, saved: only(({ register }) => interrupt && register === "returnAddress") };
      default:
        return state;
    }
  }
  const store = data !== undefined && registerAt(x, 2) === STACK_POINTER;
  switch (x.mnemonic) {
    case "mfspr":
      return data === 0 ? { ...state, inR0: value(x, 1) } : state;
    case "mtspr":
      if (value(x, 0) !== LR || interrupt) return state;
      return { ...state, saved: only(({ register }) => register !== "returnAddress") };
    case "stw":
      if (!store) return state;
      if (data !== 0 || state.inR0 === undefined) return save(state, data, offset);
      if (state.inR0 === SRR0) return save(state, "returnAddress", offset);
      if (state.inR0 === LR) return save(state, interrupt ? "lr" : "returnAddress", offset);
      return state;
    case "stmw": {
      if (!store) return state;
      let after = state;
      for (let n = data; n < 32; n++) after = save(after, n, offset + 4 * (n - data));
      return after;
    }
    default:
      return state;
  }
}

const text = (state: FrameState): string => JSON.stringify([state.caller, state.saved]);

export function describeFrame(p: Placed): DebugFrame {
  const { f, lines, address } = p;
  const kind = f.entered;
  const states = new Map<MachineBlock, FrameState>([[f.blocks[0], START]]);
  const frameCode = new Set(f.frameCode);
  const linesOf = new Map<MachineBlock, number[]>();
  lines.forEach(({ block }, i) => {
    linesOf.set(block, [...(linesOf.get(block) ?? []), i]);
  });
  const before: FrameState[] = [];
  const work = [f.blocks[0]];
  const done = new Set<MachineBlock>();
  while (work.length > 0) {
    const block = work.pop()!;
    if (done.has(block)) continue;
    done.add(block);
    let state = states.get(block)!;
    for (const i of linesOf.get(block) ?? []) {
      before[i] = state;
      const { instruction } = lines[i];
      if (f.bare || frameCode.has(instruction)) state = step(state, instruction, kind === "interrupt");
    }
    for (const next of block.successors()) {
      if (!states.has(next)) states.set(next, state);
      work.push(next);
    }
  }
  const rows: FrameRow[] = [];
  let last = "";
  lines.forEach((_, i) => {
    const state = before[i] ?? START;
    if (text(state) === last) return;
    last = text(state);
    rows.push({ address: address + 4 * i, caller: state.caller, saved: state.saved });
  });
  return { address, size: 4 * lines.length, kind, rows };
}
