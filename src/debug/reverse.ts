/** Ways back: by instruction, line and function, to the last hit, and to the last writer. */
import { decode } from "../../isa/decode.ts";
import type { Chip, PpuName } from "../chip/index.ts";
import type { History } from "./history.ts";
import { peekInstruction } from "./memory.ts";
import { positionOf, retiredBoundary, samePosition, sideIndex } from "./position.ts";
import type { Happening, Runner } from "./runner.ts";
import { INTERRUPTS, isCall } from "./stepping.ts";
import type { ProgramSymbols } from "./symbols/index.ts";
import type { Position } from "./types.ts";

/** One instruction on a walk back; numbers count those retired before it. */
interface StepBack {
  readonly number: number;
  readonly pc: number;
  /** Calls and handlers that it lies inside of, seen from where the walk has begun. */
  readonly depth: number;
  readonly handlers: number;
  /** It has called the function that the walk has been in so far. */
  readonly left: boolean;
  /** It is the last one of a function that returned. */
  readonly entersCallee: boolean;
}

type Kind = "call" | "return" | "handlerReturn" | "other";

function classify(word: number): Kind {
  const row = decode(word);
  if (row?.timing !== "branch") return "other";
  if (isCall(word)) return "call";
  if (/^rf/.test(row.mnemonic)) return "handlerReturn";
  return row.mnemonic === "bclr" ? "return" : "other";
}

/** The instructions that a PPU has retired, by number, loaded from the end as far as they are asked for. */
class Trail {
  readonly #history: History;
  readonly #runner: Runner;
  readonly #ppu: PpuName;
  /** Blocks from the latest to the earliest; `first` = number of the first instruction in it. */
  readonly #blocks: { readonly first: number; readonly pcs: Int32Array }[] = [];
  #first: number;

  constructor(history: History, runner: Runner, ppu: PpuName, end: number) {
    this.#history = history;
    this.#runner = runner;
    this.#ppu = ppu;
    this.#first = end;
  }

  /** Address of instruction `number`; undefined before the begin of the history. */
  async at(number: number): Promise<number | undefined> {
    while (number < this.#first) if (!(await this.#load())) return undefined;
    const block = this.#blocks.find(({ first }) => number >= first)!;
    return block.pcs[number - block.first] >>> 0;
  }

  async #load(): Promise<boolean> {
    const { chip } = this.#history;
    const end = this.#first;
    const ppu = chip.ppus[this.#ppu];
    let pcs = new Int32Array(0);
    let count = 0;
    let first = 0;
    const observer = ppu.observer;
    try {
      await this.#history.goBackTo(this.#ppu, end, this.#runner.pause, (start) => {
        first = start;
        const length = Math.max(0, end - start);
        pcs = new Int32Array(length);
        ppu.observer = {
          retire(_cycle, pc) {
            pcs[count++] = pc;
          },
        };
      });
    } finally {
      ppu.observer = observer;
    }
    if (first >= end) return false;
    this.#blocks.push({ first, pcs });
    this.#first = first;
    return true;
  }
}

export interface ReverseHost {
  readonly chip: Chip;
  readonly history: History;
  readonly runner: Runner;
  symbols(ppu: PpuName): ProgramSymbols;
}

const GOAL = { reason: "goal", ids: [], hits: [], problems: [] } as const;
const START = { ...GOAL, reason: "historyStart" } as const;

export class Reverser {
  readonly #host: ReverseHost;

  constructor(host: ReverseHost) {
    this.#host = host;
  }

  async instructions(ppu: PpuName, count: number): Promise<Happening> {
    return this.#toCount(ppu, this.#host.chip.instructions(ppu) - count);
  }

  /** To the begin of the line before (or of this one, from its middle); `over`: calls in between are passed over. */
  async line(ppu: PpuName, over: boolean): Promise<Happening> {
    const { chip } = this.#host;
    const symbols = this.#host.symbols(ppu);
    const lineAt = (pc: number) => {
      const row = symbols.lineRowAt(pc);
      return row && `${row.file}:${row.line}`;
    };
    const begins = (pc: number) => {
      const row = symbols.lineRowAt(pc);
      return row !== undefined && row.low === pc && row.isStatement;
    };
    const { pc } = chip.ppus[ppu];
    if (lineAt(pc) === undefined) return this.instructions(ppu, 1);
    /** Line whose begin is looked for, and the earliest instruction of it so far. */
    let wanted = begins(pc) ? undefined : lineAt(pc);
    let found: number | undefined;
    let inlined = symbols.callsAt(pc).length;
    for await (const step of this.#walk(ppu)) {
      if (step.handlers > 0 || (over && step.depth > 0)) continue;
      if (step.left) inlined = symbols.callsAt(step.pc).length;
      else if (over && symbols.callsAt(step.pc).length > inlined) continue;
      const line = lineAt(step.pc);
      const enters = !over && step.entersCallee && line !== undefined;
      if (found !== undefined && !enters && (line !== wanted || step.left)) break;
      if (line === undefined) continue;
      wanted = line;
      found = step.number;
      if (begins(step.pc)) break;
    }
    return found === undefined ? this.#toStart() : this.#toCount(ppu, found);
  }

  /** To the instruction that has called the current function, or to the last one before the body of an inlined call. */
  async out(ppu: PpuName): Promise<Happening> {
    const symbols = this.#host.symbols(ppu);
    const callsAt = (pc: number) => symbols.callsAt(pc);
    const [here] = callsAt(this.#host.chip.ppus[ppu].pc);
    const inlined = here?.inlined ? callsAt(this.#host.chip.ppus[ppu].pc).length : 0;
    for await (const step of this.#walk(ppu)) {
      const isOutside = inlined > 0 && step.depth === 0 && callsAt(step.pc).length < inlined;
      if (step.left || isOutside) return this.#toCount(ppu, step.number);
    }
    return this.#toStart();
  }

  /** The instructions before here, the last one first. */
  async *#walk(ppu: PpuName): AsyncGenerator<StepBack> {
    const { chip, history, runner } = this.#host;
    const end = chip.instructions(ppu);
    let after = chip.ppus[ppu].pc;
    const kinds = new Map<number, Kind>();
    const kindOf = (pc: number): Kind => {
      const known = kinds.get(pc) ?? classify(peekInstruction(chip, ppu, pc) ?? 0);
      kinds.set(pc, known);
      return known;
    };
    const trail = new Trail(history, runner, ppu, end);
    /** Calls that the walk is inside of, seen from where it began; and how many of them are interrupt handlers. */
    const inside: ("call" | "handler")[] = [];
    for (let number = end - 1; ; number--) {
      const pc = await trail.at(number);
      if (pc === undefined) return;
      const kind = kindOf(pc);
      const jumped = after !== pc + 4;
      let [left, entersCallee] = [false, false];
      const isEntry = (kind === "call" && jumped) || (jumped && INTERRUPTS.has(after) && kind === "other");
      if (isEntry) left = inside.pop() === undefined;
      else if (kind === "return" && jumped) {
        inside.push("call");
        entersCallee = true;
      } else if (kind === "handlerReturn") inside.push("handler");
      const handlers = inside.reduce((count, entry) => count + (entry === "handler" ? 1 : 0), 0);
      yield { number, pc, depth: inside.length, handlers, left, entersCallee };
      after = pc;
    }
  }

  /** To the last hit before here. */
  async toHit(): Promise<Happening> {
    const { history, runner } = this.#host;
    const origin = history.position;
    let end = origin;
    for (let index = history.checkpoints.lastBefore(origin); index >= 0; index--) {
      const begin = history.checkpoints.at(index).position;
      let last: { readonly happening: Happening; readonly position: Position } | undefined;
      history.restoreCheckpoint(index);
      runner.alert();
      const until = end;
      await history.replayTo(
        until,
        (result) => {
          const happening = runner.inspect(result);
          if (!happening) return;
          const position = this.#placeOf(happening);
          if (!samePosition(position, origin)) last = { happening, position };
        },
        runner.pause,
      );
      runner.quiet();
      if (last) {
        await history.goTo(last.position, runner.pause);
        return last.happening;
      }
      end = begin;
    }
    return this.#toStart();
  }

  /** Where the way back to a hit ends: at a breakpoint, or in front of the instruction that has hit a watchpoint. */
  #placeOf({ reason, ppu }: Happening): Position {
    const { chip, history } = this.#host;
    if (reason === "breakpoint" || ppu === undefined) return history.position;
    const position = positionOf(chip, ppu, history.changes);
    const instructions: [number, number] = [...position.instructions];
    instructions[sideIndex(ppu)]--;
    return { ...position, ...retiredBoundary(ppu, 0), instructions };
  }

  async #toCount(ppu: PpuName, count: number): Promise<Happening> {
    const { history, runner } = this.#host;
    const reached = await history.goBackTo(ppu, Math.max(count, 0), runner.pause);
    return reached && count >= 0 ? { ...GOAL, ppu } : this.#toStart();
  }

  #toStart(): Happening {
    this.#host.history.restoreCheckpoint(0);
    return START;
  }
}
