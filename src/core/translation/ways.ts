/** Where a block of translated code goes on. */
import type { Block, Place } from "./block.ts";
import { IDLE } from "./pipeline-state.ts";

export interface BranchRules {
  /** Of the branch cache. */
  readonly branchCacheEntries: number;
  /** Known targets of the indirect branches at addresses. */
  readonly targets: ReadonlyMap<number, readonly number[]>;
}

/** Where a block goes on, and the cycles and instructions from its start until there. */
export interface Way {
  readonly place: Place;
  readonly cycles: number;
  readonly count: number;
  /** The vector unit may add to the cycles. */
  readonly waits?: boolean;
}

/** The branch is the first instruction behind a redirect, which is not looked up. */
export const isFirstBehindRedirect = (block: Block): boolean =>
  block.steps.length === 1 && block.pipeline.redirected;

const isBlind = (block: Block, { branchCacheEntries }: BranchRules) =>
  branchCacheEntries === 0 || isFirstBehindRedirect(block);

export function inTime(block: Block, pc: number): Way {
  const { pipeline, cycles } = block.next;
  return { place: { pc, pipeline }, cycles, count: block.steps.length };
}

function redirected(block: Block, pc: number): Way {
  const { after, cycles } = block.redirected!;
  return { place: { pc, pipeline: after }, cycles, count: block.steps.length };
}

/** A taken branch to `pc`; without `predicted` it never is. */
export function takenWays(block: Block, pc: number, rules: BranchRules): { predicted?: Way; late: Way } {
  const late = redirected(block, pc);
  return isBlind(block, rules) ? { late } : { predicted: inTime(block, pc), late };
}

/** A branch that is not taken; without `late` this is always what was expected. */
export function notTakenWays(block: Block, rules: BranchRules): { predicted: Way; late?: Way } {
  const { pc } = block.next;
  const predicted = inTime(block, pc);
  return isBlind(block, rules) ? { predicted } : { predicted, late: redirected(block, pc) };
}

/** Behind a vector instruction or `sync` that has waited for the vector unit, for so long that nothing else is waited for. */
export function waitedWay({ next, steps }: Block): Way {
  return { place: { pc: next.pc, pipeline: IDLE }, cycles: next.cycles, count: steps.length, waits: true };
}

/** Known targets of the branch that ends a block. */
export const targetsOf = (block: Block, { targets }: BranchRules): readonly number[] =>
  block.target !== undefined ? [block.target] : (targets.get(block.next.pc - 4) ?? []);

/** All ways that are known. */
export function waysOf(block: Block, rules: BranchRules): Way[] {
  if (block.end === "stop") return [];
  if (block.end === "sync" || (block.end === "vector" && block.settling === 0)) return [waitedWay(block)];
  if (block.end === "vector") return [inTime(block, block.next.pc), waitedWay(block)];
  if (block.end === "length") return [inTime(block, block.next.pc)];
  const outcomes: { predicted?: Way; late?: Way }[] = targetsOf(block, rules).map((pc) =>
    takenWays(block, pc, rules),
  );
  if (block.branch!.condition) outcomes.push(notTakenWays(block, rules));
  return outcomes.flatMap(({ predicted, late }) => [predicted, late].filter((way) => way !== undefined));
}
