/** Which parts of a PPU's program are translated, when, and for how long; and the way in and out. */
import type { PostedWord } from "../bus.ts";
import type { BranchCache } from "../engine/branch-cache.ts";
import type { Program } from "../engine/program.ts";
import { READ_DELAY } from "../engine/special-registers.ts";
import { SRAM_BYTES } from "../layout.ts";
import { COUNTER, SPECIAL, type State } from "../state.ts";
import { type Place, placeKey } from "./block.ts";
import type { TranslationMode } from "./mode.ts";
import type { PipelineModel } from "./pipeline-model.ts";
import { type PipelineState, restorePipeline } from "./pipeline-state.ts";
import { makePrint } from "./print.ts";
import { type Exit, instantiate } from "./region.ts";
import { type Region, Regions } from "./regions.ts";
import { Site } from "./site.ts";
import { storeAddress } from "./store-address.ts";
import type { VectorHost } from "./vector-code.ts";

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
/** Cycle since reset from which on the divider behaves as ever. */
const SETTLED = 32;
/** In mode `always`: places that a region may lack before it is made anew. */
const MISSES_ALWAYS = 5;
const MOST_PRINTS = 50;
const MOST_TARGETS = 12;

export interface TranslationHost {
  readonly state: State;
  readonly program: Program;
  readonly branchCache: BranchCache;
  readonly zeroExtendR1: boolean;
  readonly model: () => PipelineModel;
  readonly vectors: VectorHost;
  /** As the bus has it. */
  readonly posted: PostedWord | undefined;
}

export class Translation {
  readonly mode: TranslationMode;
  readonly #host: TranslationHost;
  readonly #regions: Regions;
  readonly #sites = new Map<number, Site>();
  /** Cycles that backward branches to an address have stood for. */
  readonly #heat = new Map<number, number>();
  readonly #targets = new Map<number, readonly number[]>();
  /** For each SRAM word where its indirect branch has gone last. */
  readonly lastTargets = new Int32Array(SRAM_BYTES >> 2).fill(-1);
  /** For each SRAM word 1 if it is a store that has gone to the word whose stores are posted. */
  readonly postedStores = new Uint8Array(SRAM_BYTES >> 2);

  constructor(host: TranslationHost, mode: TranslationMode) {
    this.#host = host;
    this.#regions = new Regions(host.state, host.program);
    this.mode = mode;
  }

  /** Taken backward branches between two that `warm` is told of. */
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
    const region = this.#regions.startingAt(pc);
    this.#addSite(pc, region && this.#sites.get(region.pc));
  }

  /** Another PPU has translated the same code. */
  #isPrinted(pc: number): boolean {
    return this.#host.model().prints.some((print) => print.pc === pc && this.#regions.fits(print));
  }

  /** An indirect branch has gone to a target that it did not go to the last time. */
  learn(branch: number, target: number): void {
    const targets = this.#targets.get(branch) ?? [];
    if (targets.length >= MOST_TARGETS || targets.includes(target) || target >>> 0 >= SRAM_BYTES) return;
    this.#targets.set(branch, [...targets, target]);
  }

  // ---- for the predecoded program ----------------------------------------------------------------------------------

  /** True if the predecoded program is to call `enter` at the address. */
  hasEntry(pc: number): boolean {
    const site = this.#sites.get(pc);
    if (!site || (site.isDisabled && this.mode !== "always") || site.home.isAbandoned) return false;
    this.#checkRegion(site.home);
    return true;
  }

  /** Brings the region of a site back into use where it fits again, and forgets it otherwise. */
  #checkRegion(home: Site): void {
    const { region } = home;
    if (region && !this.#regions.isActive(region) && !this.#regions.activate(region)) home.region = undefined;
  }

  /** SRAM words from `first` up to `end` have changed, or their breakpoints. */
  invalidate(first: number, end: number): void {
    for (const { pc, entries } of this.#regions.invalidate(first, end)) {
      if (this.mode !== "always") this.#sites.get(pc)!.lost();
      for (const entry of entries) this.#host.program.refresh(entry);
    }
  }

  /** Everything decoded is forgotten; what is translated may still be right when the code is seen again. */
  reset(): void {
    this.#regions.reset();
  }

  // ---- running -----------------------------------------------------------------------------------------------------

  /** An occasion to run ahead from an address: true if that has been worth its while so far. */
  runsFar(pc: number): boolean {
    return this.mode === "always" || (this.#sites.get(pc)?.runsFar() ?? false);
  }

  /** Notes how many instructions a run ahead from an address has executed. */
  ranAhead(pc: number, executed: number): void {
    this.#sites.get(pc)!.ranAhead(executed);
  }

  /**
   * Executes from pc on, where the next instruction can issue at t in that state of the pipeline, as far as translated
   * code goes, and no further than to the relative time `until`. Registers, pc and t are then those of the next
   * instruction. Returns how many instructions have been executed.
   */
  enter(t: number, pc: number, pipeline: PipelineState, until: number): number {
    const { state, branchCache, vectors } = this.#host;
    const { special, counters } = state;
    const base = counters[COUNTER.base];
    if (base + t < Math.max(SETTLED, counters[COUNTER.timerCycle] - READ_DELAY)) return 0;
    if (special[SPECIAL.xer] < 0) return 0;
    const site = this.#sites.get(pc)!;
    const { home } = site;
    const selector = this.#selectorOf(home, { pc, pipeline });
    if (selector === undefined) return 0;
    const region = home.region!;
    const timeBase = (counters[COUNTER.timeBaseLow] + base + READ_DELAY - counters[COUNTER.timerCycle]) | 0;
    const limit = Math.min(until, t + LONGEST_STAY);
    special[SPECIAL.t] = t;
    vectors.enter();
    const exit = region.code.exits[region.run(selector, limit, base % branchCache.entries || 0, timeBase)];
    vectors.leave();
    const executed = special[SPECIAL.translated] + exit.count;
    restorePipeline(state, exit.pipeline, special[SPECIAL.t] + exit.cycles);
    if (exit.kind === "target") this.learn(exit.pc, special[SPECIAL.pc]);
    else special[SPECIAL.pc] = exit.pc;
    const isMissing = this.#left(home, exit);
    if (site.ran(executed, isMissing) && this.mode !== "always") this.#host.program.refresh(pc);
    return executed;
  }

  /** What an exit tells about the region: where to come back, and places that it lacks, of which it was one if true. */
  #left(home: Site, { kind, pc }: Exit): boolean {
    if (kind === "limit") return false;
    if (kind === "missing" || kind === "target" || (kind === "access" && this.#isPostedStore(pc))) {
      this.#missed(home);
      return true;
    }
    if (home.left(pc) || this.mode === "always") {
      if (kind === "edge") this.#addSite(pc);
      else this.#addSite(pc + 4, home);
    }
    return false;
  }

  /** The code of a site, or that of a new one, is to be entered at an address. */
  #addSite(pc: number, home?: Site): void {
    if (this.#sites.has(pc) || pc >>> 0 >= SRAM_BYTES) return;
    this.#sites.set(pc, new Site(pc, home));
    this.#host.program.refresh(pc);
  }

  /** A store that is posted, which was not known when the region was made. */
  #isPostedStore(pc: number): boolean {
    const { posted, state } = this.#host;
    if (posted === undefined || storeAddress(state.words[pc >> 2], state.gpr) !== (posted.address | 0))
      return false;
    this.postedStores[pc >> 2] = 1;
    return true;
  }

  /** Number of the entry for a place; undefined where there is no translated code for it. */
  #selectorOf(site: Site, place: Place): number | undefined {
    const key = placeKey(place);
    this.#checkRegion(site);
    const known = site.region?.code.entries.get(key);
    if (known !== undefined) return known;
    const isEntry = site.addEntry(place);
    if (site.region) this.#missed(site);
    if (site.region || !isEntry) return undefined;
    return this.#translate(site, key)?.code.entries.get(key);
  }

  #translate(site: Site, key: string): Region | undefined {
    const { state, program, branchCache, zeroExtendR1, vectors } = this.#host;
    const model = this.#host.model();
    const { prints, vectorLatency } = model;
    const isUsable = (print: (typeof prints)[number]) =>
      print.pc === site.pc && print.code.entries.has(key) && this.#regions.fits(print);
    let print = site.isOutgrown ? undefined : prints.findLast(isUsable);
    if (!print) {
      const branchCacheEntries = branchCache.entries;
      const { postedStores } = this;
      const options = {
        postedStores,
        zeroExtendR1,
        branchCacheEntries,
        targets: this.#targets,
        vectorLatency,
      };
      const pcs = new Set([site.pc]);
      for (const { pc, home } of this.#sites.values()) if (home === site) pcs.add(pc);
      print = makePrint(pcs, [...site.entries.values()], state, program, model, options);
      prints.push(print);
      if (prints.length > MOST_PRINTS) prints.shift();
    }
    site.isOutgrown = false;
    const region = { ...print, run: instantiate(print.code, state.memory, vectors) };
    site.region = this.#regions.activate(region) ? region : undefined;
    for (const entry of print.entries) this.#addSite(entry, site);
    return site.region;
  }

  #missed(site: Site): void {
    if (site.missed(this.mode === "always" ? MISSES_ALWAYS : undefined)) this.#outgrow(site);
  }

  /** A region lacks places that the program goes to: it will be made anew, and is no example for others. */
  #outgrow(site: Site): void {
    const { region } = site;
    if (!region) return;
    this.#regions.deactivate(region);
    site.outgrow();
    for (const other of this.#sites.values()) {
      if (other.home !== site || !other.isDisabled) continue;
      other.isDisabled = false;
      this.#host.program.refresh(other.pc);
    }
    const { prints } = this.#host.model();
    const index = prints.findIndex(({ code }) => code === region.code);
    if (index >= 0) prints.splice(index, 1);
  }
}
