/** Observers that tell when an instruction may touch something that somebody is interested in. */
import { decode } from "../../isa/decode.ts";
import { readWriteSets } from "../../isa/read-write.ts";
import { type Chip, type Observer, PORT, type PpuName } from "../chip/index.ts";
import { SRAM_BYTES } from "../core/layout.ts";
import { byDataAddress, byPort, overlaps, type Reached } from "./accesses.ts";
import { PPUS } from "./position.ts";
import { EXCEPTION_ELEMENTS } from "./registers.ts";
import { canSaturate } from "./saturation.ts";
import type { Dependency } from "./scope.ts";

/** What one observer of the list wants to hear of. */
export interface Interest {
  readonly dependencies: readonly Dependency[];
  /** Reads of memories, rows and CADC results too. */
  readonly reads: boolean;
  readonly writes: boolean;
  /** Saturating instructions of a PPU, before they execute. */
  readonly saturation?: PpuName;
}

/** `index` is the place of the interest in the list. `pc` and `word` are those of the instruction in progress. */
export interface Listener {
  /** Before an instruction that may write an element: register, flag, accumulator … */
  element(index: number, ppu: PpuName, pc: number, word: number): void;
  /** A GPR got a value; called behind the write's computation. */
  gpr(index: number, ppu: PpuName, pc: number, register: number, value: number): void;
  /** After an access. */
  access(index: number, ppu: PpuName, pc: number, word: number, reached: Reached, write: boolean): void;
  saturation(index: number, ppu: PpuName, pc: number, word: number): void;
  /** Before every instruction. */
  retire?(ppu: PpuName, pc: number, word: number): void;
}

const WORDS = SRAM_BYTES >> 2;

/** Interests of one PPU in a form that is quick to look up. */
class PpuObserver implements Observer {
  readonly retire: (cycle: number, pc: number, word: number) => void;
  readonly registerWrite?: (cycle: number, register: number, value: number) => void;
  readonly access?: Observer["access"];
  readonly exception?: Observer["exception"];

  constructor(ppu: PpuName, interests: readonly Interest[], listener: Listener) {
    /** Interests by element. */
    const elements = new Map<string, number[]>();
    const always: number[] = [];
    const saturating: number[] = [];
    const gprs: number[][] = [];
    interests.forEach(({ dependencies, saturation }, index) => {
      if (saturation === ppu) saturating.push(index);
      for (const dependency of dependencies) {
        if (dependency.kind === "time") always.push(index);
        if (dependency.kind !== "element" || dependency.ppu !== ppu) continue;
        const gpr = /^r(\d+)$/.exec(dependency.element);
        if (gpr) (gprs[Number(gpr[1])] ??= []).push(index);
        else elements.set(dependency.element, [...(elements.get(dependency.element) ?? []), index]);
      }
    });
    const NONE: readonly number[] = [];
    const writersOf = (word: number): readonly number[] => {
      const found = new Set(always);
      if (elements.size > 0) {
        for (const element of readWriteSets(word).writes) {
          for (const index of elements.get(element) ?? NONE) found.add(index);
        }
      }
      return found.size > 0 ? [...found] : NONE;
    };
    const cachedWords = new Int32Array(WORDS);
    const cached: (readonly number[])[] = new Array(WORDS).fill(writersOf(0));
    const byWord = new Map<number, readonly number[]>();
    const lookup = (pc: number, word: number): readonly number[] => {
      const at = pc >>> 2;
      if (at < WORDS && cachedWords[at] === word) return cached[at];
      let list = byWord.get(word);
      if (list === undefined) {
        list = writersOf(word);
        byWord.set(word, list);
      }
      if (at < WORDS) {
        cachedWords[at] = word;
        cached[at] = list;
      }
      return list;
    };
    let [currentPc, currentWord] = [0, 0];
    const { retire } = listener;
    this.retire = (_cycle, pc, word) => {
      currentPc = pc;
      currentWord = word;
      if (retire) retire(ppu, pc, word);
      const list = lookup(pc, word);
      if (list !== NONE) for (const index of list) listener.element(index, ppu, pc, word);
      if (saturating.length > 0 && word >>> 26 === 4 && canSaturate(word)) {
        for (const index of saturating) listener.saturation(index, ppu, pc, word);
      }
    };
    if (gprs.length > 0) {
      this.registerWrite = (_cycle, register, value) => {
        const list = gprs[register];
        if (list) for (const index of list) listener.gpr(index, ppu, currentPc, register, value);
      };
    }
    const touches = accessTest(ppu, interests);
    if (touches) {
      this.access = (_cycle, pc, port, address, bytes, write) => {
        touches(port, address, bytes, write, (index, reached) => {
          listener.access(index, ppu, pc, currentWord, reached, write);
        });
      };
    }
    const onException = EXCEPTION_ELEMENTS.flatMap((element) => elements.get(element) ?? []);
    if (onException.length > 0) {
      this.exception = (_cycle, _vector, returnAddress) => {
        for (const index of new Set(onException)) listener.element(index, ppu, returnAddress, 0);
      };
    }
  }
}

type AccessTest = (
  port: (typeof PORT)[keyof typeof PORT],
  address: number,
  bytes: number,
  write: boolean,
  found: (index: number, reached: Reached) => void,
) => void;

/** Finds the interests that an access touches; undefined when nobody is interested in any. */
function accessTest(ppu: PpuName, interests: readonly Interest[]): AccessTest | undefined {
  const places = interests.map(({ dependencies }) =>
    dependencies.flatMap((dependency) =>
      dependency.kind === "memory"
        ? [byDataAddress(dependency.ppu, dependency.address, dependency.length)]
        : [],
    ),
  );
  const others = interests.map(({ dependencies }) =>
    dependencies.filter(({ kind }) => kind === "row" || kind === "cadc"),
  );
  if (places.every((list) => list.length === 0) && others.every((list) => list.length === 0))
    return undefined;
  const mine = places.flatMap((list, index) =>
    list
      .filter(({ space }) => space === `${ppu} SRAM`)
      .map(({ offset, length }) => ({ index, offset, end: offset + length })),
  );
  return (port, address, bytes, write, found) => {
    if (port !== PORT.parallel && address + bytes <= SRAM_BYTES) {
      // The frequent case: own SRAM.
      for (const { index, offset, end } of mine) {
        if (address >= end || offset >= address + bytes) continue;
        if (write ? interests[index].writes : interests[index].reads) {
          found(index, { space: `${ppu} SRAM`, offset: address, length: bytes });
        }
      }
      return;
    }
    const reached = byPort(ppu, port, address, bytes);
    for (let index = 0; index < interests.length; index++) {
      if (!(write ? interests[index].writes : interests[index].reads)) continue;
      const touched =
        places[index].some((place) => overlaps(place, reached)) ||
        others[index].some((dependency) => concerns(dependency, reached, write));
      if (touched) found(index, reached);
    }
  };
}

function concerns(dependency: Dependency, { synapses, cadc }: Reached, write: boolean): boolean {
  if (dependency.kind === "row") {
    const { hemisphere, region, row } = dependency;
    return synapses?.hemisphere === hemisphere && synapses.row === row && synapses.regions.includes(region);
  }
  return dependency.kind === "cadc" && cadc?.hemisphere === dependency.hemisphere && !write;
}

/** Lets a listener hear of the interests; gives what ends it. */
export function observe(chip: Chip, interests: readonly Interest[], listener: Listener): () => void {
  const before = PPUS.map((ppu) => chip.ppus[ppu].observer);
  for (const ppu of PPUS) chip.ppus[ppu].observer = new PpuObserver(ppu, interests, listener);
  return () => {
    PPUS.forEach((ppu, side) => {
      chip.ppus[ppu].observer = before[side];
    });
  };
}

/** True if a predicated vector instruction leaves a byte lane of its target as it is. */
export function isPredicated(word: number): boolean {
  return (word & 3) !== 0 && decode(word)?.vector?.conditional === true;
}
