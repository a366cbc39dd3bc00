/** Basic blocks in states of the pipeline: a block that is entered in two states is two versions with other cycles. */
import { FIELDS, fieldValue } from "../../../isa/index.ts";
import type { Statement } from "../../../isa/meaning.ts";
import { OPERATION, operationOf, UNDEFINED_OPERATIONS, VARIANTS, type Variant } from "../engine/variants.ts";
import { isVector, type VectorOperation, vectorOperation } from "../engine/vector-operations.ts";
import { SRAM_BYTES } from "../layout.ts";
import type { Passage, PipelineModel } from "./pipeline-model.ts";
import type { PipelineState } from "./pipeline-state.ts";
import { type BranchMeaning, branchOf, meaningOf } from "./word-meaning.ts";

/** Somewhere in a program: everything that the cycles from there on depend on. */
export interface Place {
  readonly pc: number;
  readonly pipeline: PipelineState;
}

export const placeKey = ({ pc, pipeline }: Place): string => `${pc} ${pipeline.key}`;

export interface Step extends Place {
  readonly word: number;
  /** Undefined: a nop or a vector instruction. */
  readonly variant: Variant | undefined;
  readonly vector: VectorOperation | undefined;
  /** Of a store that goes to the word whose stores are posted: cycles from the start of the block to its issue. */
  readonly posted: number | undefined;
  /** With everything folded that word and address tell; empty for a nop. */
  readonly meaning: readonly Statement[];
  /** Cycles from the start of the block until this instruction could issue, and until the next one can. */
  readonly begin: number;
  readonly end: number;
}

export interface Block extends Place {
  readonly steps: readonly Step[];
  /**
   * What ends the block. `stop`: an instruction that the stepping engine has to execute. `vector`: a vector instruction,
   * which may have to wait for the queue of the vector unit; `sync`: until everything is done.
   */
  readonly end: "stop" | "branch" | "length" | "vector" | "sync";
  /** Behind the last step, where the branch, if there is one, is not taken and was predicted. */
  readonly next: Place & { readonly cycles: number };
  /**
   * Of a vector instruction: the cycles that it has to wait for the vector unit, or the next place to go on in, until
   * nothing is left in the scalar pipeline. 0: there is nothing anyway.
   */
  readonly settling: number;
  /** Of a branch: the same behind a redirect. */
  readonly redirected: Passage | undefined;
  /** The branch that ends the block, and where it goes if that is known. */
  readonly branch: BranchMeaning | undefined;
  readonly target: number | undefined;
}

const LONGEST_BLOCK = 64;
const TRANSFERS = new Set(["parallelRead", "parallelWrite"]);
const OWN_CALLS = new Set(["readSpr", "writeSpr", "loadDevice", "storeDevice", "trap", "sleep"]);
const TIMINGS = new Set(
  "alu mul div load loadUpdate store storeUpdate loadMultiple storeMultiple branch condition spr nop sync".split(
    " ",
  ),
);
const OWN_NAMES = new Set("OV SO MSR SRR0 SRR1 CSRR0 CSRR1 MCSRR0 MCSRR1".split(" "));

/**
 * True if the instruction does nothing beyond general registers, condition fields, CA, LR, CTR and SRAM. Translated code is
 * entered with SO = 0 only, and leaves what could set it to the stepping engine.
 */
function isPlain({ row, read, written, called }: Variant): boolean {
  const names = [...read, ...written];
  return (
    TIMINGS.has(row.timing) &&
    ![...called].some((name) => OWN_CALLS.has(name)) &&
    !names.some((name) => OWN_NAMES.has(name))
  );
}

const PLAIN = VARIANTS.map(
  (variant, index) => isPlain(variant) && !UNDEFINED_OPERATIONS.has(OPERATION.first + index),
);

/** What a word is to translated code; undefined: the stepping engine has to execute it. Neither variant nor vector: a nop. */
export function translatable(word: number): Pick<Step, "variant" | "vector"> | undefined {
  const operation = operationOf(word, isVector);
  if (operation === OPERATION.nop) return { variant: undefined, vector: undefined };
  if (operation === OPERATION.vector) {
    const vector = vectorOperation(word)!;
    return TRANSFERS.has(vector.row.timing) ? undefined : { variant: undefined, vector };
  }
  if (operation < OPERATION.first || !PLAIN[operation - OPERATION.first]) return undefined;
  const variant = VARIANTS[operation - OPERATION.first];
  return isAlwaysOutside(word, variant) || loadsItsBase(word, variant)
    ? undefined
    : { variant, vector: undefined };
}

/** An invalid form: a load with update of the register that it loads. */
const loadsItsBase = (word: number, { row }: Variant) =>
  row.timing === "loadUpdate" && fieldValue(word, FIELDS.RT) === fieldValue(word, FIELDS.RA);

/** A direct branch out of the SRAM. */
const leavesSram = (target: number | undefined) => target !== undefined && target >>> 0 >= SRAM_BYTES;

/** An access whose address is the displacement alone, and that is not for the SRAM. */
function isAlwaysOutside(word: number, { row }: Variant): boolean {
  if (!/^(load|store)/.test(row.timing) || fieldValue(word, FIELDS.RA) !== 0) return false;
  if (row.operands.some(({ field }) => field === "RB")) return false;
  const address = fieldValue(word, FIELDS.D);
  const bytes = /multiple/i.test(row.timing) ? 4 * (32 - fieldValue(word, FIELDS.RT)) : 4;
  return address < 0 || (address & 3) !== 0 || address + bytes > SRAM_BYTES;
}

/** The block from a place on. `wordAt` gives the SRAM's words; undefined where the stepping engine has to stop. */
export function blockAt(
  place: Place,
  model: PipelineModel,
  wordAt: (pc: number) => number | undefined,
  postedStores: Uint8Array,
): Block {
  const steps: Step[] = [];
  let { pc, pipeline } = place;
  let cycles = 0;
  const block = (end: Block["end"], rest: Partial<Block> = {}): Block => ({
    ...place,
    steps,
    end,
    next: { pc, pipeline, cycles },
    redirected: undefined,
    branch: undefined,
    target: undefined,
    settling: 0,
    ...rest,
  });
  while (steps.length < LONGEST_BLOCK && pc < SRAM_BYTES) {
    const word = wordAt(pc);
    const what = word === undefined ? undefined : translatable(word);
    if (word === undefined || !what) return block("stop");
    const { variant, vector } = what;
    const meaning = variant ? meaningOf(variant, word, pc) : [];
    const branch = branchOf(meaning);
    const target = branch?.target.kind === "number" ? branch.target.value : undefined;
    if (leavesSram(target)) return block("stop");
    const isPosted = postedStores[pc >> 2] !== 0 && variant !== undefined && variant.called.has("store32");
    const passage = isPosted ? model.passPosted(pipeline, word, what) : model.pass(pipeline, word, what);
    const isSync = variant?.row.timing === "sync";
    const settling = vector ? model.settling(passage.after) : 0;
    if (settling === undefined || (isSync && passage.after.key !== "")) return block("stop");
    const begin = cycles;
    cycles += passage.cycles;
    const posted = passage.issue === undefined ? undefined : begin + passage.issue;
    steps.push({ pc, pipeline, word, variant, vector, posted, meaning, begin, end: cycles });
    pipeline = passage.after;
    pc += 4;
    if (branch) {
      const redirected = { ...passage.redirected!, cycles: begin + passage.redirected!.cycles };
      return block("branch", { redirected, branch, target });
    }
    if (isSync) return block("sync");
    if (vector) return block("vector", { settling });
  }
  return block("length");
}
