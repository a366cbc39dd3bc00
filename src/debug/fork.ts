/** Two copies of the chip that differ in the noise seed, and the first instruction after which they are not alike. */
import { disassemble } from "../../isa/disassemble.ts";
import { Chip, type ChipSnapshot, type PpuName } from "../chip/index.ts";
import { INTERLEAVE_CYCLES } from "../chip/latency.ts";
import { MEMORY_LAYOUT, SRAM_BYTES, VECTOR_BYTES, VECTOR_REGISTERS } from "../core/layout.ts";
import { SPECIAL } from "../core/state.ts";
import type { Pause } from "./history.ts";
import { peekInstruction } from "./memory.ts";
import { PPUS, retiredBoundary } from "./position.ts";
import type { ScopeHost } from "./scope.ts";
import { type Difference, SessionError } from "./types.ts";

/** Cycles between two comparisons. */
const STRETCH = 20_000;
const MOST_LINES = 16;

type Arrays = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

function copyOf(snapshot: ChipSnapshot, noiseSeed: number): Chip {
  const chip = new Chip({
    chipSeed: snapshot.chipSeed,
    noiseSeed,
    analogParameters: snapshot.make.analogParameters,
    timing: snapshot.make.timing,
    vectorGenerators: snapshot.vectorGenerators.length > 0,
    configuration: "power-on",
  });
  chip.restore({ ...snapshot, noiseSeed });
  return chip;
}

/** Every array of a snapshot with a name. */
function* arraysOf(value: unknown, path: string): Generator<readonly [string, Arrays]> {
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) yield [path, value as unknown as Arrays];
  else for (const [key, part] of Object.entries(value)) yield* arraysOf(part, `${path}.${key}`);
}

const bytesOf = (array: Arrays) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

function areAlike(a: Chip, b: Chip): boolean {
  const [first, second] = [[...arraysOf(a.snapshot(), "")], [...arraysOf(b.snapshot(), "")]];
  return (
    first.length === second.length &&
    first.every(([, array], index) => bytesOf(array).equals(bytesOf(second[index][1])))
  );
}

/** Name of a byte of a PPU's memory; undefined: timing. */
function placeInPpu(ppu: PpuName, offset: number): string | undefined {
  const { gpr, special, vectors, accumulator, masks, staging } = MEMORY_LAYOUT;
  if (offset < SRAM_BYTES) return `${ppu} SRAM 0x${(offset ^ 3).toString(16)}`;
  if (offset >= gpr && offset < gpr + 128) return `${ppu}.r${(offset - gpr) >> 2}`;
  const name = Object.entries(SPECIAL).find(([, index]) => index === (offset - special) >> 2);
  if (
    offset >= special &&
    offset < special + 256 &&
    name &&
    SPECIAL[name[0] as keyof typeof SPECIAL] < SPECIAL.sleeping
  ) {
    return `${ppu}.${name[0]}`;
  }
  if (offset >= vectors && offset < vectors + VECTOR_REGISTERS * VECTOR_BYTES) {
    const at = offset - vectors;
    return `${ppu}.v${Math.floor(at / VECTOR_BYTES)}.b[${(at % VECTOR_BYTES) ^ 3}]`;
  }
  if (offset >= accumulator && offset < masks) return `${ppu}.acc.w[${((offset - accumulator) >> 2) ^ 1}]`;
  return offset >= masks && offset < staging ? `${ppu}.vcr` : undefined;
}

function differences(a: Chip, b: Chip): readonly string[] {
  const lines = new Set<string>();
  const [first, second] = [a.snapshot(), b.snapshot()];
  PPUS.forEach((ppu, side) => {
    const [x, y] = [first.ppus[side], second.ppus[side]];
    const words = new Set<string>();
    for (let offset = 0; offset < x.length && lines.size < MOST_LINES; offset++) {
      if (x[offset] === y[offset]) continue;
      const place = placeInPpu(ppu, offset);
      if (place === undefined || words.has(place)) continue;
      words.add(place);
      lines.add(/\.(?:b\[|vcr)| SRAM /.test(place) ? `${place}: ${x[offset]} / ${y[offset]}` : place);
    }
  });
  const others = (snapshot: ChipSnapshot) => {
    const { ppus: _ppus, ...rest } = snapshot;
    return [...arraysOf(rest, "")];
  };
  const right = others(second);
  others(first).forEach(([path, array], index) => {
    const other = right[index]?.[1];
    for (let at = 0; at < array.length && lines.size < MOST_LINES; at++) {
      if (other?.[at] === array[at]) continue;
      const name = path
        .slice(1)
        .replace(/^hemispheres\.([01])\.(.*)$/, (_, side, rest) => `${PPUS[Number(side)]} ${rest}`);
      lines.add(`${name}[${at}]: ${array[at]} / ${other?.[at]}`);
    }
  });
  return lines.size > 0 ? [...lines] : ["timing only"];
}

const retired = (chip: Chip) => chip.instructions("top") + chip.instructions("bottom");

/** Compares from the host chip's present state on. */
export async function firstDifference(
  host: ScopeHost,
  noiseSeed: number,
  maxInstructions: number,
  pause: Pause,
): Promise<Difference> {
  if (!Number.isInteger(noiseSeed) || noiseSeed < 0)
    throw new SessionError("a noise seed is an integer from 0 on");
  const start = host.chip.snapshot();
  const [a, b] = [copyOf(start, start.noiseSeed), copyOf(start, noiseSeed)];
  const begin = retired(a);
  let equal = [a.snapshot(), b.snapshot()] as const;
  const rewind = () => {
    a.restore(equal[0]);
    b.restore(equal[1]);
  };
  const run = (cycles: number) => {
    const result = a.run({ maxCycles: cycles, stopAsleep: true });
    b.run({ maxCycles: cycles, stopAsleep: true });
    return result.reason;
  };
  let ended = false;
  let cycles = STRETCH;
  for (;;) {
    const reason = run(STRETCH);
    if (!areAlike(a, b)) break;
    equal = [a.snapshot(), b.snapshot()];
    ended = reason === "finished" || reason === "asleep" || reason === "held";
    if (ended || retired(a) - begin >= maxInstructions) {
      const compared = retired(a) - begin;
      const end = ended ? "the end of the program" : `${compared} instructions`;
      return { compared, message: `no difference with noise seed ${noiseSeed} up to ${end}` };
    }
    await pause();
  }
  while (cycles > INTERLEAVE_CYCLES) {
    const half = Math.ceil(cycles / 2 / INTERLEAVE_CYCLES) * INTERLEAVE_CYCLES;
    rewind();
    run(half);
    if (areAlike(a, b)) {
      equal = [a.snapshot(), b.snapshot()];
      cycles -= half;
    } else cycles = half;
  }
  return within(host, { a, b, rewind, begin, noiseSeed });
}

interface Pair {
  readonly a: Chip;
  readonly b: Chip;
  readonly rewind: () => void;
  readonly begin: number;
  readonly noiseSeed: number;
}

/** Both copies differ at the end of this window: instruction by instruction. */
function within(host: ScopeHost, { a, b, rewind, begin, noiseSeed }: Pair): Difference {
  rewind();
  for (;;) {
    const before = PPUS.map((ppu) => a.ppus[ppu].pc);
    const boundaries = PPUS.map((ppu) => retiredBoundary(ppu, a.instructions(ppu) + 1));
    const limits = { boundaries, maxCycles: STRETCH, stopAsleep: true };
    const { ppu, reason, boundary } = a.run(limits);
    b.run(limits);
    if (areAlike(a, b)) {
      if (reason === "goal") continue;
      throw new Error("two runs differ in a way that does not come again");
    }
    const who = reason === "goal" ? boundary?.ppu : ppu;
    const pc = who && before[PPUS.indexOf(who)];
    const word = who && pc !== undefined ? peekInstruction(a, who, pc) : undefined;
    const source = who && pc !== undefined ? host.symbols(who).sourceAt(pc) : undefined;
    const instruction = word === undefined ? undefined : disassemble(word, pc).text;
    const compared = retired(a) - begin;
    const by = who ? `${instruction} of ${who} at 0x${(pc ?? 0).toString(16)}` : "a device";
    return {
      first: {
        ...(who && { ppu: who, ...(pc !== undefined && { pc }) }),
        ...(instruction !== undefined && { instruction }),
        ...(source && { source }),
        cycle: who ? a.ppuCycle(who) : a.cycle,
        instructions: [a.instructions("top"), a.instructions("bottom")],
        what: differences(a, b),
      },
      compared,
      message: `the runs differ first after ${by}, ${compared} instructions from here, with noise seed ${noiseSeed}`,
    };
  }
}
