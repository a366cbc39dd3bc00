/** Who wrote this: the last instruction before here that has written a register, lane, byte or synapse. */
import { disassemble } from "../../isa/disassemble.ts";
import type { Chip, PpuName } from "../chip/index.ts";
import { enabledLanes } from "../core/vector/lane-model.ts";
import { readAccumulatorState } from "../core/vector/lanes.ts";
import { byDataAddress, type Reached, reversedLane } from "./accesses.ts";
import type { History, Pause } from "./history.ts";
import { peekInstruction } from "./memory.ts";
import { isPredicated, type Listener, observe } from "./observe.ts";
import { retiredBoundary, sideIndex } from "./position.ts";
import type { ScopeHost } from "./scope.ts";
import type { Position, WatchTarget, Writer } from "./types.ts";
import { describeTarget, firstDifference, sampler } from "./watch-target.ts";

/** The last writer; without `ppu` it was a change of the user. */
export interface Written {
  readonly ppu?: PpuName;
  readonly pc?: number;
  readonly word?: number;
  readonly cycle: number;
  readonly before: Position;
}

const LANES = 128;

/** Byte lanes that the vector instruction in progress writes. */
function lanesEnabled(chip: Chip, ppu: PpuName, word: number): Uint8Array {
  const condition = isPredicated(word) ? word & 3 : 0;
  return enabledLanes(condition, readAccumulatorState(chip.ppus[ppu].memory as WebAssembly.Memory).vcr);
}

/** True if an instruction that writes the target's register writes the lanes that are asked for. */
function writesLanes(chip: Chip, target: WatchTarget, ppu: PpuName, word: number): boolean {
  if ((target.kind !== "vector" && target.kind !== "accumulator") || !isPredicated(word)) return true;
  const enabled = lanesEnabled(chip, ppu, word);
  if (target.kind === "accumulator") {
    const { lane } = target;
    return lane === undefined ? enabled.includes(1) : enabled[2 * lane] !== 0 || enabled[2 * lane + 1] !== 0;
  }
  const { lane } = target;
  if (!lane) return enabled.includes(1);
  return lane.type === "b"
    ? enabled[lane.index] !== 0
    : enabled[2 * lane.index] !== 0 || enabled[2 * lane.index + 1] !== 0;
}

/** True if an access has written bytes or columns of the target, of which a predicated fxvoutx may leave some. */
function writesPlaces(
  chip: Chip,
  target: WatchTarget,
  ppu: PpuName,
  word: number,
  reached: Reached,
): boolean {
  const predicated = isPredicated(word);
  if (target.kind === "synapses") {
    const [first, last] = target.columns ?? [0, 255];
    const parity = Math.floor(reached.offset / LANES) & 1;
    const enabled = predicated ? lanesEnabled(chip, ppu, word) : undefined;
    for (let at = 0; at < reached.length; at++) {
      const lane = (reached.offset % LANES) + at;
      const column = 2 * lane + parity;
      if (column >= first && column <= last && (!enabled || enabled[lane])) return true;
    }
    return false;
  }
  if (target.kind !== "memory" || !predicated) return true;
  const enabled = lanesEnabled(chip, ppu, word);
  const place = byDataAddress(target.ppu, target.address, target.length);
  const isArray = reached.space.endsWith("array");
  for (let lane = 0; lane < LANES; lane++) {
    const byte = reached.offset + (isArray ? lane : reversedLane(lane));
    if (enabled[lane] && byte >= place.offset && byte < place.offset + place.length) return true;
  }
  return false;
}

/** Goes back through the history until a writer is found; the chip then stands somewhere on the way. */
export async function findWriter(
  host: ScopeHost,
  history: History,
  target: WatchTarget,
  pause: Pause,
): Promise<Written | undefined> {
  const { chip } = host;
  const origin = history.position;
  const read = sampler(host, target);
  const { dependencies } = read.read();
  let end = origin;
  for (let index = history.checkpoints.lastBefore(origin); index >= 0; index--) {
    history.restoreCheckpoint(index);
    let last: Written | undefined;
    const counts: [number, number] = [chip.instructions("top"), chip.instructions("bottom")];
    const found = (ppu: PpuName, pc: number, word: number) => {
      const side = sideIndex(ppu);
      const instructions: [number, number] = [...counts];
      instructions[side]--;
      const before = { ...retiredBoundary(ppu, 0), instructions, changes: history.changes };
      last = { ppu, pc, word, cycle: chip.ppuCycle(ppu), before };
    };
    const listener: Listener = {
      retire: (ppu) => {
        counts[sideIndex(ppu)]++;
      },
      element: (_index, ppu, pc, word) => {
        if (writesLanes(chip, target, ppu, word)) found(ppu, pc, word);
      },
      gpr: (_index, ppu, pc) => found(ppu, pc, 0),
      access: (_index, ppu, pc, word, reached, write) => {
        if (
          target.kind === "cadc"
            ? reached.cadc?.converts
            : write && writesPlaces(chip, target, ppu, word, reached)
        ) {
          found(ppu, pc, word);
        }
      },
      saturation: () => {},
    };
    const reads = target.kind === "cadc";
    const detach = observe(chip, [{ dependencies, reads, writes: !reads }], listener);
    let sample = read.read().sample;
    history.onChange = {
      before: () => {
        sample = read.read().sample;
      },
      after: (before) => {
        if (firstDifference(sample, read.read().sample) !== undefined) last = { cycle: before.cycle, before };
      },
    };
    try {
      await history.replayTo(end, () => {}, pause);
    } finally {
      detach();
      history.onChange = undefined;
    }
    if (last) return last;
    end = history.checkpoints.at(index).position;
  }
  return undefined;
}

/** A last writer with its source and instruction, for people; the chip's memory holds the program that wrote. */
export function describeWriter(
  { chip, symbols }: ScopeHost,
  target: WatchTarget,
  { ppu, pc, cycle, before }: Written,
): Writer {
  const what = describeTarget(target);
  if (ppu === undefined || pc === undefined) {
    return { cycle, before, message: `${what} was last changed by the user in cycle ${cycle}` };
  }
  const source = symbols(ppu).sourceAt(pc);
  const word = peekInstruction(chip, ppu, pc);
  const instruction = word === undefined ? "" : disassemble(word, pc).text;
  const where = source ? ` (${source.file}:${source.line})` : "";
  return {
    ppu,
    pc,
    cycle,
    instruction,
    ...(source && { source }),
    before,
    message: `${what} was last written by ${ppu} at 0x${pc.toString(16)}${where} in cycle ${cycle}: ${instruction}`,
  };
}
