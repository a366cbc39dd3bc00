/** What there is to translate from an address on: the blocks that can be reached over code that has been executed. */
import type { Program } from "../engine/program.ts";
import { SRAM_BYTES } from "../layout.ts";
import type { State } from "../state.ts";
import { type Block, blockAt, type Place, placeKey } from "./block.ts";
import type { PipelineModel } from "./pipeline-model.ts";
import { IDLE } from "./pipeline-state.ts";
import { type RegionOptions, translateRegion } from "./region.ts";
import type { Print } from "./regions.ts";
import { waysOf } from "./ways.ts";

const MOST_BLOCKS = 1000;
const MOST_ENTRIES = 100;

/**
 * Translates the code from `entries` on; it can be entered at them, and at the addresses `pcs`, the first of which gives the print
 * its name, in states that it comes to itself.
 */
export function makePrint(
  pcs: ReadonlySet<number>,
  entries: readonly Place[],
  state: State,
  program: Program,
  model: PipelineModel,
  options: Omit<RegionOptions, "edge">,
): Print {
  const breakpoints = new Set<number>();
  const wordAt = (address: number) => {
    if (!program.breakpoints.has(address)) return state.words[address >> 2];
    breakpoints.add(address);
    return undefined;
  };
  const blocks: Block[] = [];
  const seen = new Set(entries.map(placeKey));
  const queue: Place[] = [...entries];
  const resumed: Place[] = [];
  for (let place = queue.shift(); place && blocks.length < MOST_BLOCKS; place = queue.shift()) {
    const block = blockAt(place, model, wordAt, options.postedStores);
    blocks.push(block);
    const nexts = waysOf(block, options).map((way) => way.place);
    if (block.end === "stop") nexts.push({ pc: block.next.pc + 4, pipeline: IDLE });
    for (const next of nexts) {
      const key = placeKey(next);
      if (seen.has(key) || next.pc >>> 0 >= SRAM_BYTES || !program.isDecoded(next.pc)) continue;
      seen.add(key);
      queue.push(next);
      if (block.end === "stop") resumed.push(next);
    }
  }
  const known = new Set(entries.map(placeKey));
  const others = blocks.filter((block) => pcs.has(block.pc) && !known.has(placeKey(block)));
  const isTranslated = new Set(blocks.map(placeKey));
  const wanted = [...entries, ...resumed].filter((place) => isTranslated.has(placeKey(place)));
  const all = [...wanted, ...others].slice(0, Math.max(wanted.length, MOST_ENTRIES));
  const words = new Map(blocks.flatMap(({ steps }) => steps.map((step) => [step.pc, step.word] as const)));
  for (const { end, next } of blocks) {
    if (end === "stop" && program.isDecoded(next.pc)) words.set(next.pc, state.words[next.pc >> 2]);
  }
  const edge = new Set(queue.map(placeKey));
  const addresses = [...new Set(all.map((place) => place.pc))];
  const [pc] = pcs;
  const starts = new Set(blocks.map((block) => block.pc));
  return {
    pc,
    entries: addresses,
    starts,
    code: translateRegion(blocks, all, { ...options, edge }),
    words,
    breakpoints,
  };
}
