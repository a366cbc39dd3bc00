/** Replays the vector instructions of a recorded program on the timing model alone, without a scalar engine. */
import { readFileSync } from "node:fs";
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";
import { selectsByCondition, vectorTimingIndex } from "../../src/core/vector/timing-classes.ts";
import { VectorUnit } from "../../src/core/vector/unit.ts";

export interface GoldenRun {
  readonly branch_cache_entries: number;
  readonly latency: { readonly data: number; readonly vector_mem: number; readonly pio: number };
  /** [issue cycle, pc as hexadecimal digits] */
  readonly retired: readonly (readonly [number, string])[];
  readonly pio_requests?: readonly (readonly [number, string, string])[];
}

export interface GoldenProgram {
  readonly image: readonly string[];
  readonly runs: readonly GoldenRun[];
}

const SYNC = 0x7c0004ac;
const BRANCH_OPCODES = [16, 18];

export function readProgram(name: string): GoldenProgram {
  return JSON.parse(readFileSync(new URL(`../golden/programs/${name}.json`, import.meta.url), "utf8"));
}

export function vectorRowOf(word: number): Instruction | undefined {
  return FXV_INSTRUCTIONS.find((row) => (word & row.mask) === row.match);
}

/** Issues the instruction of `word` not before `cycle`; returns what `VectorUnit.issue` returns. */
export function issueWord(
  unit: VectorUnit,
  row: Instruction,
  word: number,
  cycle: number,
  latency: number,
): number {
  const predicated = selectsByCondition(row) && (word & 3) !== 0 ? 1 : 0;
  const [vrt, vra, vrb] = [(word >>> 21) & 31, (word >>> 16) & 31, (word >>> 11) & 31];
  return unit.issue(vectorTimingIndex(row.timing), vrt, vra, vrb, predicated, cycle, latency);
}

/** Issue cycles of all retired instructions and request cycles on the parallel bus as the model has them. */
export function replay(program: GoldenProgram, run: GoldenRun): { issued: number[]; requests: number[] } {
  const unit = new VectorUnit();
  const requests: number[] = [];
  unit.observe({ parallelRequest: (cycle) => requests.push(cycle) });
  const issued: number[] = [];
  let ready = 0;
  let previousWord = 0;
  run.retired.forEach(([recorded, pc], index) => {
    const word = Number.parseInt(program.image[Number.parseInt(pc, 16) / 4], 16) | 0;
    const row = word >>> 26 === 4 ? vectorRowOf(word) : undefined;
    // What the scalar pipeline contributes is taken from the record: branches; everything else issues 1 per cycle.
    const afterBranch = BRANCH_OPCODES.includes(previousWord >>> 26);
    const distance = index === 0 || afterBranch ? recorded - (run.retired[index - 1]?.[0] ?? 0) : 1;
    let cycle = (issued.at(-1) ?? 0) + distance;
    if (previousWord === SYNC) cycle = Math.max(cycle, unit.drainedAt());
    if (row) {
      cycle = Math.max(cycle, ready);
      const latency = row.timing.startsWith("parallel") ? run.latency.pio : run.latency.vector_mem;
      ready = issueWord(unit, row, word, cycle, latency);
    }
    issued.push(cycle);
    previousWord = word;
  });
  unit.drainedAt();
  return { issued, requests };
}
