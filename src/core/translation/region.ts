/** A part of a program as one WebAssembly function: blocks in the states of the pipeline in which they are entered. */
import { MEMORY_LAYOUT } from "../layout.ts";
import { type LinearMemory, MEMORY_PAGES, SPECIAL } from "../state.ts";
import { type Block, type Place, placeKey } from "./block.ts";
import { BranchCode, type BranchSite } from "./branch-code.ts";
import { ControlFlow } from "./control-flow.ts";
import { MeaningCode } from "./meaning-code.ts";
import { joinParts, Registers, splitParts } from "./registers.ts";
import { VectorCode, type VectorHost } from "./vector-code.ts";
import { Code, moduleOf } from "./wasm-code.ts";
import {
  type BranchRules,
  inTime,
  isFirstBehindRedirect,
  notTakenWays,
  takenWays,
  targetsOf,
  type Way,
  waitedWay,
  waysOf,
} from "./ways.ts";
import { registersRead } from "./word-meaning.ts";

/**
 * Why translated code is left. `limit`: the run may end in the next block. `access`: beyond the SRAM, misaligned, or a
 * store into code. `stop`: an instruction for the stepping engine. `missing`: a place that is not translated. `edge`: the same
 * where there are too many to translate them all. `target`: a place that an indirect branch was not known to go to; the pc is
 * in its special register.
 */
export type ExitKind = "limit" | "access" | "stop" | "missing" | "edge" | "target";

export interface Exit extends Place {
  readonly kind: ExitKind;
  /** Cycles and instructions since the start of the block. */
  readonly cycles: number;
  readonly count: number;
}

export interface RegionOptions extends BranchRules {
  readonly zeroExtendR1: boolean;
  /** Response delay of vector loads and stores in the SRAM. */
  readonly vectorLatency: number;
  /** For each SRAM word 1 if it is a store to the word whose stores are posted. */
  readonly postedStores: Uint8Array;
  /** Keys of places that there was no room for. */
  readonly edge: ReadonlySet<string>;
}

export interface RegionCode {
  readonly module: WebAssembly.Module;
  /** By the result of `run`. */
  readonly exits: readonly Exit[];
  /** Selectors of the entries by `placeKey`. */
  readonly entries: ReadonlyMap<string, number>;
}

/**
 * Parameters of `run`: which entry, the relative time at which to stop, the PPU's cycle at relative time 0 modulo the entries
 * of the branch cache, what an instruction that issues then would read as lower word of the time base.
 */
const PARAMETERS = 4;
const [SELECTOR, LIMIT, BASE, TIME_BASE] = [0, 1, 2, 3];
/** Blocks of a loop whose registers are held in locals, and the most registers. */
const LARGEST_HELD_LOOP = 24;
const MOST_HELD = 10;
/** Blocks that follow each other share a look at the limit as long as they take no more cycles than this. */
const LONGEST_UNCHECKED = 150;
const special = (name: keyof typeof SPECIAL) => MEMORY_LAYOUT.special + 4 * SPECIAL[name];

export type RegionFunction = (selector: number, limit: number, base: number, timeBase: number) => number;

/** `run` of a region over a PPU's memory. */
export function instantiate(
  { module }: RegionCode,
  memory: LinearMemory,
  { kernels, issue, drained }: VectorHost,
): RegionFunction {
  const env = { ...kernels, memory: memory as WebAssembly.Memory, issue, drained };
  const { exports } = new WebAssembly.Instance(module, { env });
  return exports.run as RegionFunction;
}

export function translateRegion(
  blocks: readonly Block[],
  entries: readonly Place[],
  options: RegionOptions,
): RegionCode {
  return new Translator(blocks, options).translate(entries);
}

class Translator {
  readonly #blocks: readonly Block[];
  readonly #options: RegionOptions;
  readonly #code = new Code(PARAMETERS);
  readonly #registers = new Registers(this.#code);
  readonly #meaning: MeaningCode;
  readonly #branches: BranchCode;
  readonly #vectors: VectorCode;
  readonly #indices: ReadonlyMap<string, number>;
  /** By block the translated ones behind it, one for each jump that `#block` emits. */
  readonly #inside: readonly (readonly (readonly [index: number, way: Way])[])[];
  readonly #exits: Exit[] = [];
  /** Relative time, and in the upper half the instructions that were executed: one value to move about. */
  readonly #clock = this.#code.wide;
  readonly #exit = this.#code.newLocal();
  readonly #target = this.#code.newLocal();
  readonly #right = this.#code.newLocal();
  /** What `#time` and `#count` lack at the start of the block that is being emitted. */
  #behind = { cycles: 0, count: 0 };
  /** Cycles from the start of a block to the last issue before the next look at the limit; undefined: it does not look. */
  readonly #reach: (number | undefined)[] = [];
  /** Blocks that leave the look at the limit to the one before. */
  readonly #unchecked = new Set<number>();
  /** Depth of the block that ends where the function is left. */
  #end = 0;

  constructor(blocks: readonly Block[], options: RegionOptions) {
    this.#blocks = blocks;
    this.#options = options;
    this.#meaning = new MeaningCode(this.#code, this.#registers, options.zeroExtendR1);
    this.#branches = new BranchCode(this.#code, options.branchCacheEntries, BASE);
    this.#vectors = new VectorCode(this.#code, this.#registers, options.vectorLatency);
    this.#indices = new Map(blocks.map((block, index) => [placeKey(block), index]));
    this.#inside = blocks.map((block) => this.#waysInside(block));
  }

  translate(entries: readonly Place[]): RegionCode {
    const code = this.#code;
    const successors = this.#inside.map((ways) => ways.map(([index]) => index));
    const flow = new ControlFlow({
      size: this.#blocks.length,
      entries: entries.map((place) => this.#indices.get(placeKey(place))!),
      successors: (node) => successors[node],
    });
    this.#blocks.forEach((_, node) => {
      this.#plan(node, flow);
    });
    this.#holdInLoops(flow);
    this.#end = code.block().depth;
    flow.emit(code, SELECTOR, {
      node: (node, goTo) => this.#block(node, flow, goTo),
      beforeLoop: (header) => {
        if (!flow.isInlined(header)) this.#registers.held = new Set();
        for (const name of this.#heldIn.get(header) ?? []) this.#registers.hold(name);
      },
    });
    code.end();
    joinParts(code);
    code.constant(0).get(this.#clock).op("i32.wrap_i64").access("i32.store", special("t"));
    code.constant(0).get(this.#clock).constant64(0, 32).op("i64.shr_u").op("i32.wrap_i64");
    code.access("i32.store", special("translated"));
    code.constant(0).get(this.#target).access("i32.store", special("pc"));
    code.get(this.#exit);
    const prologue = new Code(0);
    splitParts(prologue);
    prologue.constant(0).access("i32.load", special("t")).op("i64.extend_i32_u").set(this.#clock);
    code.bytes.unshift(...prologue.bytes);
    const selectors = new Map(flow.tabled.map((node, selector) => [placeKey(this.#blocks[node]), selector]));
    const module = new WebAssembly.Module(moduleOf(code, PARAMETERS, MEMORY_PAGES));
    return { module, exits: this.#exits, entries: selectors };
  }

  // ---- places to go on at ------------------------------------------------------------------------------------------

  #waysInside(block: Block): (readonly [index: number, way: Way])[] {
    return waysOf(block, this.#options).flatMap((way) => {
      const index = this.#indices.get(placeKey(way.place));
      return index === undefined ? [] : [[index, way] as const];
    });
  }

  /** Registers that locals hold throughout the loop that a block is in. */
  readonly #heldIn = new Map<number, ReadonlySet<string>>();

  /** In a small loop the registers that it reads stay in locals. */
  #holdInLoops(flow: ControlFlow): void {
    for (const nodes of flow.innermostLoops.values()) {
      if (nodes.size > LARGEST_HELD_LOOP) continue;
      const steps = [...nodes].flatMap((node) => this.#blocks[node].steps);
      const read = new Set(
        steps.flatMap(({ variant, word }) => (variant ? registersRead(variant, word) : [])),
      );
      if (read.size > MOST_HELD) continue;
      for (const node of nodes) this.#heldIn.set(node, read);
    }
  }

  // ---- blocks ------------------------------------------------------------------------------------------------------

  /** Finds the reach of a block and of those that are emitted inside it. */
  #plan(node: number, flow: ControlFlow): number {
    const known = this.#reach[node];
    if (known !== undefined) return known;
    const block = this.#blocks[node];
    let reach = block.steps.at(-1)?.begin ?? 0;
    for (const [index, { cycles, waits }] of this.#inside[node]) {
      if (!flow.isInlined(index) || waits) continue;
      const through = cycles + this.#plan(index, flow);
      if (through > LONGEST_UNCHECKED) continue;
      reach = Math.max(reach, through);
      this.#unchecked.add(index);
    }
    this.#reach[node] = reach;
    return reach;
  }

  /** Pushes the time that many cycles behind the clock. */
  #time(cycles: number): void {
    this.#code.get(this.#clock).op("i32.wrap_i64").constant(cycles).op("i32.add");
  }

  /** Leaves; what the exit says of cycles and instructions counts from the start of the block. */
  #leave(exit: Exit): void {
    this.#code.constant(this.#exits.length).set(this.#exit).branch(this.#end);
    const { cycles, count } = this.#behind;
    this.#exits.push({ ...exit, cycles: exit.cycles + cycles, count: exit.count + count });
  }

  #block(node: number, flow: ControlFlow, goTo: (node: number) => void): void {
    if (!flow.isInlined(node)) {
      this.#registers.held = this.#heldIn.get(node) ?? new Set();
      this.#meaning.conditions.forget();
      this.#behind = { cycles: 0, count: 0 };
    }
    const block = this.#blocks[node];
    const { steps, end, next } = block;
    const code = this.#code;
    const behind = this.#behind;
    if (steps.length > 0 && !this.#unchecked.has(node)) {
      this.#time(behind.cycles + this.#reach[node]!);
      code.get(LIMIT).op("i32.ge_s").if();
      this.#leave({ kind: "limit", pc: block.pc, pipeline: block.pipeline, cycles: 0, count: 0 });
      code.end();
    }
    const plain = end === "branch" || end === "vector" || end === "sync" ? steps.slice(0, -1) : steps;
    plain.forEach((step, count) => {
      if (!step.variant) return;
      const { pc, pipeline, begin: cycles, posted } = step;
      this.#meaning.begin(step.word, {
        leave: () => this.#leave({ kind: "access", pc, pipeline, cycles, count }),
        timeBase: () => {
          this.#time(behind.cycles + step.end - 1);
          code.get(TIME_BASE).op("i32.add");
        },
        posted: posted === undefined ? undefined : () => this.#time(behind.cycles + posted),
      });
      this.#meaning.statements(step.meaning);
    });
    const go = (way: Way) => {
      const { conditions } = this.#meaning;
      const [held, comparisons] = [this.#registers.held, conditions.comparisons];
      this.#behind = behind;
      this.#go(way, flow, goTo);
      this.#behind = behind;
      this.#registers.held = held;
      conditions.comparisons = comparisons;
    };
    if (end === "stop") this.#leave({ kind: "stop", ...next, count: steps.length });
    else if (end === "length") waysOf(block, this.#options).forEach(go);
    else if (end === "vector") this.#vector(block, go);
    else if (end === "sync") {
      this.#vectors.drain(() => this.#time(behind.cycles + next.cycles));
      this.#wait();
      go(waitedWay(block));
    } else this.#branch(block, go);
  }

  #go({ place, cycles, count }: Way, flow: ControlFlow, goTo: (node: number) => void): void {
    const node = this.#indices.get(placeKey(place));
    if (node === undefined) {
      const kind = this.#options.edge.has(placeKey(place)) ? "edge" : "missing";
      this.#leave({ kind, ...place, cycles, count });
      return;
    }
    const behind = { cycles: this.#behind.cycles + cycles, count: this.#behind.count + count };
    if (flow.isInlined(node)) this.#behind = behind;
    else {
      this.#code.get(this.#clock).constant64(behind.count, behind.cycles).op("i64.add").set(this.#clock);
      this.#behind = { cycles: 0, count: 0 };
    }
    goTo(node);
  }

  /** Adds what the vector unit was waited for to the clock. */
  #wait(): void {
    const code = this.#code;
    code.get(this.#clock).get(this.#vectors.wait).op("i64.extend_i32_u").op("i64.add").set(this.#clock);
  }

  #vector(block: Block, go: (way: Way) => void): void {
    const code = this.#code;
    const { pc, pipeline, word, vector, begin: cycles, end } = block.steps.at(-1)!;
    const { settling } = block;
    const behind = this.#behind;
    this.#vectors.execute({
      word,
      vector: vector!,
      settling,
      issue: () => this.#time(behind.cycles + end - 1),
      leaveIf: () => {
        code.if();
        this.#leave({ kind: "stop", pc, pipeline, cycles, count: block.steps.length - 1 });
        code.end();
      },
    });
    if (settling > 0) {
      code.get(this.#vectors.wait).if();
      this.#wait();
      go(waitedWay(block));
      code.end();
      go(inTime(block, block.next.pc));
    } else {
      this.#wait();
      go(waitedWay(block));
    }
  }

  #branch(block: Block, go: (way: Way) => void): void {
    const { word, variant, pc, pipeline, begin: cycles, meaning } = block.steps.at(-1)!;
    const { condition, target: pushed } = block.branch!;
    const code = this.#code;
    this.#meaning.begin(word, {
      leave: () => this.#leave({ kind: "access", pc, pipeline, cycles, count: block.steps.length - 1 }),
      timeBase() {},
    });
    if (block.target === undefined) this.#meaning.leaveUnlessSram(variant!.read.has("LR") ? "LR" : "CTR");
    this.#meaning.statements(meaning.slice(0, -1));
    if (condition) {
      this.#meaning.condition(condition);
      code.if();
    }
    const site = {
      pc,
      isBlind: isFirstBehindRedirect(block),
      issue: () => this.#time(this.#behind.cycles + block.next.cycles - 1),
    };
    if (block.target !== undefined) {
      const { target } = block;
      const { predicted, late } = takenWays(block, target, this.#options);
      this.#branches.taken(site, target, predicted && (() => go(predicted)), () => go(late));
    } else {
      this.#meaning.value(pushed);
      code.set(this.#target);
      this.#indirect(block, site, go);
    }
    if (!condition) return;
    code.end();
    const { predicted, late } = notTakenWays(block, this.#options);
    this.#branches.notTaken(site, () => go(predicted), late && (() => go(late)));
  }

  /** To the address in `#target`. */
  #indirect(block: Block, site: BranchSite, go: (way: Way) => void): void {
    const code = this.#code;
    this.#branches.takenTo(site, this.#target);
    code.set(this.#right);
    const choose = (predicted: (() => void) | undefined, late: () => void) => {
      if (predicted) {
        code.get(this.#right).if();
        predicted();
        code.end();
      }
      late();
    };
    for (const target of targetsOf(block, this.#options)) {
      code.get(this.#target).constant(target).op("i32.eq").if();
      const { predicted, late } = takenWays(block, target, this.#options);
      choose(predicted && (() => go(predicted)), () => go(late));
      code.end();
    }
    const { pc } = site;
    const { predicted, late } = takenWays(block, pc, this.#options);
    const leave = ({ place, cycles, count }: Way) =>
      this.#leave({ kind: "target", pc, pipeline: place.pipeline, cycles, count });
    choose(predicted && (() => leave(predicted)), () => leave(late));
  }
}
