/** Where the variables of the source program are at each instruction of a function. */
import type { AddressRange, Place } from "../../debug-info.ts";
import type { Placed } from "../link/program.ts";
import { DebugPoint, type MachineBlock, type MachineInstruction, type Operand } from "../machine.ts";
import { type BoundVariable, variableKey } from "./scopes.ts";

/** All places that hold the value of a variable, by key. */
type State = Map<string, readonly Place[]>;

const same = (a: Place, b: Place): boolean =>
  a.kind === "register" && b.kind === "register"
    ? a.register === b.register
    : a.kind === "stack" && b.kind === "stack"
      ? a.offset === b.offset
      : a.kind === "constant" && b.kind === "constant" && a.value === b.value;

function equal(a: State, b: State): boolean {
  if (a.size !== b.size) return false;
  for (const [key, places] of a) {
    const others = b.get(key);
    if (others?.length !== places.length || !places.every((place, i) => same(place, others[i]))) return false;
  }
  return true;
}

/** What all ways into a block agree on. */
function meet(states: readonly State[]): State {
  const [first, ...rest] = states;
  const common: State = new Map();
  for (const [key, places] of first ?? []) {
    const kept = places.filter((place) =>
      rest.every((state) => state.get(key)?.some((other) => same(place, other))),
    );
    if (kept.length > 0) common.set(key, kept);
  }
  return common;
}

function placeOf({ f }: Placed, operand: Operand): Place | undefined {
  switch (operand.kind) {
    case "register":
      return operand;
    case "number":
      return { kind: "constant", value: operand.value };
    case "frame":
      return operand.area === "vector"
        ? { kind: "stack", offset: f.vectorsAt + 128 * operand.index, bytes: 128 }
        : { kind: "stack", offset: f.slotsAt + 4 * operand.index, bytes: 4 };
    default:
      return undefined;
  }
}

/** A point tells of all variables in sight; the others end here. */
function pointState(p: Placed, point: DebugPoint, before: State): State {
  const state: State = new Map();
  point.variables.forEach((variable, i) => {
    const place = placeOf(p, point.operands[i]);
    if (!place) return;
    const key = variableKey(variable);
    const others = before.get(key) ?? [];
    // Copies of the same value stay known.
    state.set(
      key,
      others.some((other) => same(other, place))
        ? [place, ...others.filter((o) => !same(o, place))]
        : [place],
    );
  });
  return state;
}

function step(state: State, x: MachineInstruction): State {
  const written = new Set(x.writes());
  if (written.size === 0) return state;
  const move = x.move();
  const after: State = new Map();
  for (const [key, places] of state) {
    const copied = move && places.some((place) => place.kind === "register" && place.register === move.from);
    const kept = places.filter((place) => place.kind !== "register" || !written.has(place.register));
    if (copied) kept.push({ kind: "register", register: move.to });
    if (kept.length > 0) after.set(key, kept);
  }
  return after;
}

export interface VariablePlaces {
  readonly variable: BoundVariable;
  readonly places: (AddressRange & { readonly place: Place })[];
}

/** Code and points of a block in their order; branches stand behind the last instruction. */
function itemsOf(p: Placed, block: MachineBlock): (DebugPoint | number)[] {
  const at = new Map<MachineInstruction, number>();
  p.lines.forEach((line, i) => {
    if (line.block === block) at.set(line.instruction, i);
  });
  const items: (DebugPoint | number)[] = [];
  for (const x of block.instructions) {
    const index = at.get(x);
    if (x instanceof DebugPoint) {
      if (!x.entry) items.push(x);
    } else if (index !== undefined) {
      items.push(index);
      at.delete(x);
    }
  }
  return [...items, ...at.values()];
}

export function variablePlaces(p: Placed): Map<string, VariablePlaces> {
  const { f, lines, address } = p;
  const items = new Map(f.blocks.map((block) => [block, itemsOf(p, block)]));
  const predecessors = new Map<MachineBlock, MachineBlock[]>(f.blocks.map((block) => [block, []]));
  for (const block of f.blocks) for (const next of block.successors()) predecessors.get(next)?.push(block);
  const known = new Map<string, BoundVariable>();
  let entry: State = new Map();
  for (const block of f.blocks) {
    for (const x of block.instructions) {
      if (!(x instanceof DebugPoint)) continue;
      for (const variable of x.variables) known.set(variableKey(variable), variable);
      if (x.entry) entry = pointState(p, x, new Map());
    }
  }
  const out = new Map<MachineBlock, State>();
  const into = (block: MachineBlock): State => {
    const ways = predecessors.get(block)!.flatMap((from) => out.get(from) ?? []);
    return meet(block === f.blocks[0] ? [entry, ...ways] : ways);
  };
  const run = (block: MachineBlock, see: (line: number, state: State) => void): State => {
    let state = into(block);
    for (const item of items.get(block)!) {
      if (typeof item !== "number") state = pointState(p, item, state);
      else {
        see(item, state);
        state = step(state, lines[item].instruction);
      }
    }
    return state;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of f.blocks) {
      const state = run(block, () => undefined);
      const before = out.get(block);
      if (before && equal(before, state)) continue;
      out.set(block, state);
      changed = true;
    }
  }
  const atLine: State[] = [];
  for (const block of f.blocks) run(block, (line, state) => (atLine[line] = state));
  const found = new Map<string, VariablePlaces>();
  for (const [key, variable] of known) found.set(key, { variable, places: [] });
  lines.forEach(({ instruction }, i) => {
    const start = address + 4 * i;
    // A caller's frame is looked up just in front of where the call returns to: there volatile registers are gone.
    const destroyed = instruction.extraWrites;
    for (const [key, candidates] of atLine[i] ?? []) {
      const { places } = found.get(key)!;
      const last = places.at(-1);
      const place =
        (last?.end === start && candidates.find((candidate) => same(candidate, last.place))) || candidates[0];
      const gone = place.kind === "register" && destroyed.includes(place.register);
      const end = gone ? start + 3 : start + 4;
      if (last?.end === start && same(last.place, place)) places[places.length - 1] = { ...last, end };
      else places.push({ start, end, place });
    }
  });
  return found;
}
