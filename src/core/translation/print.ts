/** What there is to translate from an address on: the blocks that can be reached over code that has been executed. */
import type { Program } from "../engine/program.ts";
import { SRAM_BYTES } from "../layout.ts";
import type { State } from "../state.ts";
import { type Block, blockAt, type Place, placeKey } from "./block.ts";
import type { PipelineModel } from "./pipeline-model.ts";
import { type RegionOptions, translateRegion } from "./region.ts";
import type { Print } from "./regions.ts";
import { waysOf } from "./ways.ts";

const MOST_BLOCKS = 1000;
const MOST_ENTRIES = 16;

/** Translates the code from `pc` on; it can be entered in the states of `entries`, and in others that it comes to itself. */
export function makePrint(
  pc: number,
  entries: readonly Place[],
  state: State,
  program: Program,
  model: PipelineModel,
  options: RegionOptions,
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
  for (let place = queue.shift(); place && blocks.length < MOST_BLOCKS; place = queue.shift()) {
    const block = blockAt(place, model, wordAt, (address) => model.postedStores.has(address));
    blocks.push(block);
    for (const { place: next } of waysOf(block, options)) {
      const key = placeKey(next);
      if (seen.has(key) || next.pc >>> 0 >= SRAM_BYTES || !program.isDecoded(next.pc)) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  const known = new Set(entries.map(placeKey));
  const others = blocks.filter((block) => block.pc === pc && !known.has(placeKey(block)));
  const all = [...entries, ...others].slice(0, Math.max(entries.length, MOST_ENTRIES));
  const words = new Map(blocks.flatMap(({ steps }) => steps.map((step) => [step.pc, step.word] as const)));
  const addresses = [...new Set(all.map((place) => place.pc))];
  return { pc, entries: addresses, code: translateRegion(blocks, all, options), words, breakpoints };
}
