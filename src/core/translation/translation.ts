/** Which parts of a PPU's program are translated, when, and for how long; and the way in and out. */
import type { BranchCache } from "../engine/branch-cache.ts";
import type { Program } from "../engine/program.ts";
import { READ_DELAY } from "../engine/special-registers.ts";
import { SRAM_BYTES } from "../layout.ts";
import { COUNTER, SPECIAL, type State } from "../state.ts";
import { type Block, blockAt, type Place, placeKey } from "./block.ts";
import type { TranslationMode } from "./mode.ts";
import type { PipelineModel } from "./pipeline-model.ts";
import { type PipelineState, restorePipeline } from "./pipeline-state.ts";
import {
  instantiate,
  type RegionCode,
  type RegionFunction,
  type RegionOptions,
  successorsOf,
  translateRegion,
} from "./region.ts";

/** Taken backward branches of which one is looked at. */
const SAMPLE = 64;
/** Cycles that a target stands for before it is translated, which takes as long as some hundred thousand instructions. */
const WARM_CYCLES = 300_000;
/** The same where it has been translated on another PPU. */
const WARM_AGAIN_CYCLES = 10_000;
/** What a single look counts for at most: asleep or elsewhere, time passes too. */
const LONGEST_LOOK = 100_000;
/** Cycles that a run must have left to enter translated code. */
const SHORTEST_RUN = 200;
/** The longest stay in translated code: at its next entry V8 can replace it by a better compilation. */
const LONGEST_STAY = 1 << 20;
/** A region that executes fewer instructions an entry than that, over so many entries, costs more than it gains. */
const WORTHWHILE = { instructions: 100, entries: 64 };
/** Cycle since reset from which on the divider behaves as ever. */
const SETTLED = 32;
/** Short runs ahead in a row, more or less, before there are no more of them. */
const PATIENCE = 8;
const MOST_BLOCKS = 1000;
const MOST_PRINTS = 200;
const MOST_ENTRIES = 12;
const MOST_TARGETS = 12;
/** Places that were not translated, where code was left or entered, before a region is made anew; doubled every time. */
const MISSES = 500;
/** Doublings after which a region that is left too early is not made anew but given up. */
const MOST_REMAKES = 2 ** 5;
/** A region that has been overwritten so often is left alone. */
const MOST_LOSSES = 8;

/** Translated code, and what it was made from; for any PPU with the same timing profile. */
export interface Print {
  readonly pc: number;
  readonly code: RegionCode;
  readonly words: ReadonlyMap<number, number>;
  /** Places with a breakpoint that blocks end at. */
  readonly breakpoints: ReadonlySet<number>;
}

/** A print over the memory of this PPU. */
interface Region extends Print {
  readonly run: RegionFunction;
}

/** What is known of the code from an address on, however often it is translated. */
interface Site {
  readonly entries: Map<string, Place>;
  region: Region | undefined;
  misses: number;
  /** Those since it was weighed last. */
  missedLately: number;
  allowedMisses: number;
  losses: number;
  /** Places were missing in the region: what there is must not be used again. */
  isOutgrown: boolean;
  entered: number;
  instructions: number;
  /** Negative: runs ahead from here were too short. */
  ahead: number;
  /** Entered too briefly, or overwritten too often. */
  disabled: boolean;
}

export interface TranslationHost {
  readonly state: State;
  readonly program: Program;
  readonly branchCache: BranchCache;
  readonly zeroExtendR1: boolean;
  readonly model: () => PipelineModel;
}

/** The start of a block, unless it is among them. */
function addEntry(entries: Place[], { pc, pipeline }: Place): void {
  const key = placeKey({ pc, pipeline });
  if (!entries.some((entry) => placeKey(entry) === key)) entries.push({ pc, pipeline });
}

export class Translation {
  readonly mode: TranslationMode;
  readonly #host: TranslationHost;
  readonly #sites = new Map<number, Site>();
  readonly #heat = new Map<number, number>();
  readonly #targets = new Map<number, number[]>();
  /** For each SRAM word where its indirect branch has gone last. */
  readonly lastTargets = new Int32Array(SRAM_BYTES >> 2).fill(-1);
  /** For each SRAM word the number of regions that it belongs to. */
  readonly #covered = new Uint16Array(SRAM_BYTES >> 2);

  constructor(host: TranslationHost, mode: TranslationMode) {
    this.#host = host;
    this.mode = mode;
  }

  get sample(): number {
    if (this.mode === "off") return LONGEST_STAY;
    return this.mode === "always" ? 0 : SAMPLE;
  }

  /** Cycles that a run must have left to call `enter`. */
  get shortestRun(): number {
    return this.mode === "always" ? 0 : SHORTEST_RUN;
  }

  /** A sampled backward branch goes to the address, so many cycles behind the one before. */
  warm(pc: number, cycles: number): void {
    if (this.mode === "off" || pc >>> 0 >= SRAM_BYTES || this.#sites.has(pc)) return;
    const before = this.#heat.get(pc) ?? 0;
    const heat = before + Math.min(Math.max(cycles, 0), LONGEST_LOOK);
    this.#heat.set(pc, heat);
    if (heat < WARM_CYCLES && this.mode !== "always") {
      const isFirst = before < WARM_AGAIN_CYCLES && heat >= WARM_AGAIN_CYCLES;
      if (!isFirst || !this.#isPrinted(pc)) return;
    }
    this.#sites.set(pc, {
      entries: new Map(),
      region: undefined,
      misses: 0,
      missedLately: 0,
      allowedMisses: MISSES,
      losses: 0,
      isOutgrown: false,
      entered: 0,
      instructions: 0,
      ahead: PATIENCE,
      disabled: false,
    });
    this.#host.program.refresh(pc);
  }

  /** Another PPU has translated the same code. */
  #isPrinted(pc: number): boolean {
    return this.#host.model().prints.some((print) => print.pc === pc && this.#fits(print));
  }

  /** True if the predecoded program is to call `enter` at the address. */
  hasEntry(pc: number): boolean {
    const site = this.#sites.get(pc);
    if (!site || site.disabled) return false;
    if (site.region && !this.#isActive(site.region) && !this.#activate(site.region)) site.region = undefined;
    return true;
  }

  /** Words of the predecoded program have changed; the whole program: all of them. */
  invalidate(first: number, end: number): void {
    let any = false;
    for (let word = first; word < end && !any; word++) any = this.#covered[word] !== 0;
    if (!any) return;
    for (const site of this.#sites.values()) {
      const { region } = site;
      if (!region || !this.#isActive(region)) continue;
      if (![...region.words.keys(), ...region.breakpoints].some((pc) => pc >> 2 >= first && pc >> 2 < end))
        continue;
      this.#deactivate(region);
      site.losses++;
      if (site.losses > MOST_LOSSES && this.mode !== "always") site.disabled = true;
      this.#host.program.refresh(region.pc);
    }
  }

  /** Everything decoded is forgotten; what is translated may still be right when the code is seen again. */
  reset(): void {
    this.#active.clear();
    this.#covered.fill(0);
  }

  /** True if running ahead from an address has been worth its while so far. */
  runsFar(pc: number): boolean {
    if (this.mode === "always") return true;
    const site = this.#sites.get(pc);
    return site !== undefined && site.ahead >= 0;
  }

  /** Notes how many instructions a run ahead from an address has executed. */
  ranAhead(pc: number, executed: number): void {
    const site = this.#sites.get(pc)!;
    site.ahead = Math.max(
      -PATIENCE,
      Math.min(site.ahead + (executed >= WORTHWHILE.instructions ? 1 : -1), PATIENCE),
    );
    if (site.ahead < 0) site.ahead = -PATIENCE;
  }

  /**
   * Executes from pc on, where the next instruction can issue at t in that state of the pipeline, as far as translated code goes, and no further than
   * to the relative time `until`. Registers, pc and t are then those of the next instruction. Returns how many
   * instructions have been executed.
   */
  enter(t: number, pc: number, pipeline: PipelineState, until: number): number {
    const { state, branchCache } = this.#host;
    const { special, counters } = state;
    const base = counters[COUNTER.base];
    if (base + t < Math.max(SETTLED, counters[COUNTER.timerCycle] - READ_DELAY)) return 0;
    if (special[SPECIAL.xer] < 0) return 0;
    const site = this.#sites.get(pc)!;
    const place = { pc, pipeline };
    const selector = this.#selectorOf(site, place);
    if (selector === undefined) return 0;
    const region = site.region!;
    const timeBase = (counters[COUNTER.timeBaseLow] + base + READ_DELAY - counters[COUNTER.timerCycle]) | 0;
    const limit = Math.min(until, t + LONGEST_STAY);
    special[SPECIAL.t] = t;
    const exit = region.code.exits[region.run(selector, limit, base % branchCache.entries || 0, timeBase)];
    const executed = special[SPECIAL.translated] + exit.count;
    restorePipeline(state, exit.pipeline, special[SPECIAL.t] + exit.cycles);
    if (exit.kind === "target") this.learn(exit.pc, special[SPECIAL.pc]);
    else special[SPECIAL.pc] = exit.pc;
    site.entered++;
    site.instructions += executed;
    if (exit.kind === "target" || exit.kind === "missing") this.#miss(site);
    if (site.entered === WORTHWHILE.entries) this.#weigh(site);
    return executed;
  }

  #selectorOf(site: Site, place: Place): number | undefined {
    const key = placeKey(place);
    const known = site.region?.code.entries.get(key);
    if (known !== undefined) return known;
    if (!site.entries.has(key) && site.entries.size < MOST_ENTRIES) site.entries.set(key, place);
    if (site.region) this.#miss(site);
    const isCurrent = site.region !== undefined;
    if (isCurrent || !site.entries.has(key)) return undefined;
    return this.#translate(site, place)?.code.entries.get(key);
  }

  /** An indirect branch has gone to a target that it did not go to the last time. */
  learn(branch: number, target: number): void {
    const targets = this.#targets.get(branch) ?? [];
    if (targets.length >= MOST_TARGETS || targets.includes(target) || target >>> 0 >= SRAM_BYTES) return;
    this.#targets.set(branch, [...targets, target]);
  }

  #miss(site: Site): void {
    site.misses++;
    site.missedLately++;
    if (this.mode === "always" || site.misses >= site.allowedMisses) this.#outgrow(site);
  }

  /** A region lacks places that the program goes to: it will be made anew, and is no example for others. */
  #outgrow(site: Site): void {
    const { region } = site;
    if (!region) return;
    site.misses = 0;
    site.allowedMisses *= 2;
    site.isOutgrown = true;
    this.#deactivate(region);
    site.region = undefined;
    const { prints } = this.#host.model();
    const index = prints.findIndex(({ code }) => code === region.code);
    if (index >= 0) prints.splice(index, 1);
  }

  /** Now and then: is it worth the way in and out? */
  #weigh(site: Site): void {
    const { entered, region } = site;
    const isPoor = site.instructions < WORTHWHILE.instructions * entered && this.mode !== "always";
    const isYoung = site.allowedMisses < MISSES * MOST_REMAKES && 2 * site.missedLately >= entered;
    if (isPoor && isYoung) this.#outgrow(site);
    else if (isPoor) {
      site.disabled = true;
      site.region = undefined;
      if (region) {
        this.#deactivate(region);
        this.#host.program.refresh(region.pc);
      }
    }
    site.entered = 0;
    site.instructions = 0;
    site.missedLately = 0;
  }

  #translate(site: Site, place: Place): Region | undefined {
    if (site.region) this.#deactivate(site.region);
    const key = placeKey(place);
    const prints = this.#host.model().prints;
    let print = site.isOutgrown
      ? undefined
      : prints.findLast((one) => one.pc === place.pc && one.code.entries.has(key) && this.#fits(one));
    if (!print) {
      print = this.#print(site, place.pc);
      prints.push(print);
      if (prints.length > MOST_PRINTS) prints.shift();
    }
    site.isOutgrown = false;
    const region = { ...print, run: instantiate(print.code, this.#host.state.memory) };
    site.region = this.#activate(region) ? region : undefined;
    return site.region;
  }

  #print(site: Site, pc: number): Print {
    const { state, program, branchCache, zeroExtendR1 } = this.#host;
    const model = this.#host.model();
    const options: RegionOptions = {
      zeroExtendR1,
      branchCacheEntries: branchCache.entries,
      targets: this.#targets,
    };
    const breakpoints = new Set<number>();
    const wordAt = (address: number) => {
      if (!program.breakpoints.has(address)) return state.words[address >> 2];
      breakpoints.add(address);
      return undefined;
    };
    const entries = [...site.entries.values()];
    const blocks: Block[] = [];
    const seen = new Set(entries.map(placeKey));
    const queue: Place[] = [...entries];
    for (let place = queue.shift(); place && blocks.length < MOST_BLOCKS; place = queue.shift()) {
      const block = blockAt(place, model, wordAt);
      blocks.push(block);
      for (const next of successorsOf(block, options)) {
        const key = placeKey(next);
        if (seen.has(key) || next.pc >>> 0 >= SRAM_BYTES || !program.isDecoded(next.pc)) continue;
        seen.add(key);
        queue.push(next);
      }
    }
    for (const block of blocks)
      if (block.pc === pc && entries.length < MOST_ENTRIES) addEntry(entries, block);
    const words = new Map(blocks.flatMap(({ steps }) => steps.map((step) => [step.pc, step.word] as const)));
    return { pc, code: translateRegion(blocks, entries, options), words, breakpoints };
  }

  // ---- which regions are right now ---------------------------------------------------------------------------------

  readonly #active = new Set<Region>();

  #isActive(region: Region): boolean {
    return this.#active.has(region);
  }

  /** True if the code and its breakpoints are what a print was made from. */
  #fits(print: Print): boolean {
    const { state, program } = this.#host;
    for (const [pc, word] of print.words) {
      if (state.words[pc >> 2] !== word || program.breakpoints.has(pc)) return false;
    }
    for (const pc of print.breakpoints) if (!program.breakpoints.has(pc)) return false;
    return true;
  }

  /** Puts a region into use if it fits. */
  #activate(region: Region): boolean {
    const { program } = this.#host;
    if (!this.#fits(region)) return false;
    this.#active.add(region);
    for (const pc of [...region.words.keys(), ...region.breakpoints]) {
      this.#covered[pc >> 2]++;
      if (pc !== region.pc && !program.isDecoded(pc)) program.predecode(pc);
    }
    return true;
  }

  #deactivate(region: Region): void {
    if (!this.#active.delete(region)) return;
    for (const pc of [...region.words.keys(), ...region.breakpoints]) this.#covered[pc >> 2]--;
  }
}
