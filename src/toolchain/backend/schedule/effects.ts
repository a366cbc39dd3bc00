/** What an instruction touches besides its register operands, derived from the meaning of its row. */
import { FIELDS, type FieldName, fieldBits } from "../../../../isa/index.ts";
import { readWriteSets } from "../../../../isa/read-write.ts";
import { DebugPoint, type MachineInstruction } from "../machine.ts";

export interface Effects {
  /** Condition fields, XER flags, LR, CTR, ACC, VCR. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** `effect` keeps its order among all accesses. */
  readonly memory: "none" | "load" | "store" | "vectorLoad" | "effect";
  /** Nothing moves across it. */
  readonly barrier: boolean;
}

const TRACKED = /^(cr\d|ca|ov|so|lr|ctr|acc|vcr)$/;
const BARRIER = /^(sync|mtmsr|wait|trap|branch|system)$/;
const KNOWN = new Map<string, Effects>();

/** The word of an instruction with registers and addresses left zero, which select no state beside registers. */
function outline(x: MachineInstruction): number {
  let word = x.row.match;
  x.row.operands.forEach((operand, i) => {
    const given = x.operands[i];
    if (given?.kind !== "number" || operand.kind === "displacement") return;
    word |= fieldBits(FIELDS[operand.field as FieldName], given.value) ?? 0;
  });
  if (x.mnemonic.endsWith(".")) word |= fieldBits(FIELDS.Rc, 1)!;
  return word;
}

/** The code of a line stays together between its debug points, where all is as the source program says. */
const DEBUG: Effects = { reads: [], writes: [], memory: "effect", barrier: true };

export function effectsOf(x: MachineInstruction): Effects {
  if (x instanceof DebugPoint) return DEBUG;
  const word = outline(x);
  const key = `${x.mnemonic}:${word}`;
  let known = KNOWN.get(key);
  if (!known) {
    known = derive(x, word);
    KNOWN.set(key, known);
  }
  if (x.extraWrites.length > 0) return { ...known, barrier: true };
  return x.ordered && known.memory !== "effect" ? { ...known, memory: "effect" } : known;
}

function derive(x: MachineInstruction, word: number): Effects {
  const { row } = x;
  const { reads, writes } = readWriteSets(word, row);
  const has = (name: string) => reads.has(name) || writes.has(name);
  const plain = (name: string) => TRACKED.test(name) || /^[rv]\d+$/.test(name);
  // Special registers, device and parallel bus: reading them may already be an effect.
  const special = [...reads, ...writes].some((name) => !plain(name) && !/^(memory|vectorMemory)$/.test(name));
  let memory: Effects["memory"] = "none";
  if (special || writes.has("vectorMemory")) memory = "effect";
  else if (reads.has("vectorMemory")) memory = "vectorLoad";
  else if (has("memory")) memory = writes.has("memory") ? "store" : "load";
  else if (row.timing === "spr" && ![...reads, ...writes].some((name) => /^(lr|ctr|cr\d)$/.test(name))) {
    memory = "effect";
  }
  return {
    reads: [...reads].filter((name) => TRACKED.test(name) && name !== "so"),
    writes: [...writes].filter((name) => TRACKED.test(name) && name !== "so"),
    memory,
    barrier: BARRIER.test(row.timing) || row.family === "branch" || row.timing.endsWith("Multiple"),
  };
}
