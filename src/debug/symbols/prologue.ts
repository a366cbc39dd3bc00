/** What a function has done to stack and registers up to an address, by reading its code from the begin. */
import { decode, field } from "../../../isa/decode.ts";
import { sprByNumber } from "../../../isa/index.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Code } from "./code.ts";

/** Place of a saved register: bytes from the frame address (r1 at entry), or from r1 while the frame stands. */
export interface SavedRegister {
  readonly from: "frameAddress" | "stackPointer";
  readonly offset: number;
}

export interface FrameState {
  /** r1 has been moved to a frame of its own with a back chain at 0(r1). */
  readonly hasFrame: boolean;
  /** By `r14`, `lr`, `cr`, `ctr`, `xer`, `srr0`, … */
  readonly saved: ReadonlyMap<string, SavedRegister>;
  /** The function ends with `rfi`: it was entered by an interrupt. */
  readonly isInterrupt: boolean;
}

/** Instructions that are read of a function, to find where it stands. */
const MOST_INSTRUCTIONS = 4096;

const STACK_POINTER = 1;

const specialRead = (word: number, mnemonic: string): string | undefined => {
  if (mnemonic === "mfcr") return "cr";
  if (mnemonic !== "mfspr") return undefined;
  return sprByNumber(field(word, "SPR"))?.name.toLowerCase();
};

/** Whether an instruction moves r1 to a frame below: `stwu r1,-n(r1)` and `stwux r1,r1,rX`. */
function makesFrame(word: number, mnemonic: string): boolean {
  if (mnemonic === "stwu") {
    return field(word, "RS") === STACK_POINTER && field(word, "RA") === STACK_POINTER && field(word, "D") < 0;
  }
  return mnemonic === "stwux" && field(word, "RS") === STACK_POINTER && field(word, "RA") === STACK_POINTER;
}

/** Reads the code from `entry` up to `pc`; `end` is the end of the function. */
export function frameState(code: Code, entry: number, end: number, pc: number): FrameState {
  const saved = new Map<string, SavedRegister>();
  const holds = new Map<number, string>();
  const changed = new Set<string>();
  let hasFrame = false;
  let frameBefore = false;
  /** Bytes of the frame; undefined where they are not the same each time. */
  let size: number | undefined;
  const last = Math.min(pc, entry + 4 * MOST_INSTRUCTIONS);
  const save = (name: string, offset: number) => {
    if (saved.has(name)) return;
    if (hasFrame && size === undefined) saved.set(name, { from: "stackPointer", offset });
    else saved.set(name, { from: "frameAddress", offset: hasFrame ? offset - size! : offset });
  };
  for (let at = entry; at + 4 <= last; at += 4) {
    const word = code.word(at);
    const row = word === undefined ? undefined : decode(word);
    if (word === undefined || !row) break;
    const { mnemonic } = row;
    const isStackStore = (mnemonic === "stw" || mnemonic === "stmw") && field(word, "RA") === STACK_POINTER;
    if (isStackStore) {
      const first = field(word, "RS");
      for (
        let r = first, offset = field(word, "D");
        r <= (mnemonic === "stw" ? first : 31);
        r++, offset += 4
      ) {
        const held = holds.get(r);
        if (held !== undefined) save(held, offset);
        else if (!changed.has(`r${r}`)) save(`r${r}`, offset);
      }
    }
    const { writes } = readWriteSets(word);
    for (const name of writes) {
      changed.add(name);
      if (name.startsWith("r")) holds.delete(Number(name.slice(1)));
    }
    const special = specialRead(word, mnemonic);
    if (special !== undefined) holds.set(field(word, "RT"), special);
    if (makesFrame(word, mnemonic)) {
      if (!hasFrame) size = mnemonic === "stwu" ? -field(word, "D") : undefined;
      hasFrame = true;
    } else if (hasFrame && writes.has("r1")) {
      hasFrame = false;
      frameBefore = true;
    }
    // What follows the end of one way out is reached by a branch from where the frame still stood.
    if (frameBefore && leaves(word, mnemonic)) hasFrame = true;
  }
  return { hasFrame, saved, isInterrupt: endsWithInterruptReturn(code, entry, end) };
}

/** Return, return from interrupt, or a jump that does not come back. */
function leaves(word: number, mnemonic: string): boolean {
  if (mnemonic === "rfi") return true;
  if (field(word, "LK") === 1) return false;
  const always = (mnemonic === "bclr" || mnemonic === "bcctr") && (field(word, "BO") & 20) === 20;
  return always || mnemonic === "b";
}

function endsWithInterruptReturn(code: Code, entry: number, end: number): boolean {
  for (let at = entry; at < end && at < entry + 4 * MOST_INSTRUCTIONS; at += 4) {
    const word = code.word(at);
    if (word === undefined) return false;
    if (decode(word)?.mnemonic === "rfi") return true;
  }
  return false;
}
