/** Watch targets: how they are written, what they depend on, and what their value is. */
import type { Chip } from "../chip/index.ts";
import { toValue } from "./expression/datum.ts";
import { evaluateNode } from "./expression/evaluate.ts";
import { laneView } from "./expression/lanes.ts";
import { parseExpression } from "./expression/syntax.ts";
import { checkPoke, peekMemory } from "./memory.ts";
import { elementsOf, readRegister } from "./registers.ts";
import { type Dependency, Scope, type ScopeHost, synapseRow } from "./scope.ts";
import { type PpuName, SessionError, type WatchAccess, type WatchTarget } from "./types.ts";

/** Value of a target as a list whose elements can be compared. */
export type Sample = readonly (number | string)[];

export interface Sampler {
  /** Present value, and what it depends on from now on. */
  read(): { readonly sample: Sample; readonly dependencies: readonly Dependency[] };
}

const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;
const REGION_NAMES = {
  weights: "row",
  labels: "labels",
  timeCalibration: "timeCalibration",
  amplitudeCalibration: "amplitudeCalibration",
} as const;

/** The target as an expression or in words. */
export function describeTarget(target: WatchTarget): string {
  switch (target.kind) {
    case "memory":
      return `${target.ppu}.*${hex(target.address)}@${target.length}`;
    case "register":
      return `${target.ppu}.${target.name}`;
    case "vector":
      return `${target.ppu}.v${target.register}${target.lane ? `.${target.lane.type}[${target.lane.index}]` : ""}`;
    case "accumulator":
      return `${target.ppu}.acc${target.lane === undefined ? "" : `.w[${target.lane}]`}`;
    case "conditions":
      return `${target.ppu}.vcr`;
    case "synapses": {
      const { hemisphere, region = "weights", row, columns } = target;
      const part = !columns
        ? ""
        : columns[0] === columns[1]
          ? `[${columns[0]}]`
          : `[${columns[0]} .. ${columns[1]}]`;
      return `${hemisphere}.${REGION_NAMES[region]}(${row})${part}`;
    }
    case "cadc":
      return `${target.hemisphere}.cadc`;
    case "saturation":
      return `${target.ppu}.saturation`;
    case "expression":
      return target.text;
  }
}

const inRange = (value: number, count: number) => Number.isInteger(value) && value >= 0 && value < count;

/** Throws SessionError for targets that do not exist and kinds of access that they do not know. */
export function checkTarget(target: WatchTarget, access: WatchAccess): void {
  const refuse = (problem: string): never => {
    throw new SessionError(`cannot watch ${describeTarget(target)}: ${problem}`);
  };
  const knowsReads = target.kind === "memory" || target.kind === "synapses" || target.kind === "cadc";
  if (access !== "write" && !knowsReads)
    refuse("reads can be watched on memory, synapse rows and the CADC only");
  switch (target.kind) {
    case "memory":
      if (!(target.length > 0)) refuse("it has no bytes");
      checkWatchable(target.address, target.length, refuse);
      return;
    case "register":
      elementsOf(target.name);
      if (target.name === "pc") refuse("it changes with every instruction; set a breakpoint");
      if (target.name === "tbl" || target.name === "tbu") refuse("it counts by itself");
      if (target.name.startsWith("v") || target.name === "acc") refuse("use the target for vectors");
      return;
    case "vector":
      if (!inRange(target.register, 32)) refuse("vector registers are v0..v31");
      if (target.lane && !inRange(target.lane.index, target.lane.type === "b" ? 128 : 64))
        refuse("there is no such lane");
      return;
    case "accumulator":
      if (target.lane !== undefined && !inRange(target.lane, 64)) refuse("lanes are 0..63");
      return;
    case "synapses": {
      const { row, columns } = target;
      if (!inRange(row, 257)) refuse("rows are 0..256");
      if (columns && !(inRange(columns[0], 256) && inRange(columns[1], 256) && columns[0] <= columns[1])) {
        refuse("columns are 0..255");
      }
      return;
    }
    case "cadc":
      if (access !== "read") refuse("results can be watched for reads only");
      return;
    case "expression":
      parseExpression(target.text);
  }
}

function checkWatchable(address: number, length: number, refuse: (problem: string) => never): void {
  try {
    checkPoke(address - (address % 4), Math.ceil(((address % 4) + length) / 4) * 4);
  } catch (error) {
    if (error instanceof SessionError) refuse(error.message);
    throw error;
  }
}

/** Registers, memory and rows that make up a target; empty for those that have no value of their own. */
function fixedDependencies(target: WatchTarget): Dependency[] {
  switch (target.kind) {
    case "memory":
      return [{ kind: "memory", ppu: target.ppu, address: target.address, length: target.length }];
    case "register":
      return elementsOf(target.name).map((element) => ({ kind: "element", ppu: target.ppu, element }));
    case "vector":
      return [{ kind: "element", ppu: target.ppu, element: `v${target.register}` }];
    case "accumulator":
      return [{ kind: "element", ppu: target.ppu, element: "acc" }];
    case "conditions":
      return [{ kind: "element", ppu: target.ppu, element: "vcr" }];
    case "synapses":
      return [
        { kind: "row", hemisphere: target.hemisphere, region: target.region ?? "weights", row: target.row },
      ];
    case "cadc":
      return [{ kind: "cadc", hemisphere: target.hemisphere }];
    default:
      return [];
  }
}

function fixedSample(chip: Chip, target: WatchTarget): Sample {
  switch (target.kind) {
    case "memory":
      return [...(peekMemory(chip, target.ppu, target.address, target.length) ?? [])];
    case "register":
      return [readRegister(chip, target.ppu, target.name) as number];
    case "vector": {
      const bytes = chip.ppus[target.ppu].vector(target.register);
      const { lane } = target;
      const lanes = laneView(bytes, lane?.type ?? "b");
      return lane ? [lanes[lane.index]] : lanes;
    }
    case "accumulator": {
      const words = readRegister(chip, target.ppu, "acc") as Int32Array;
      return target.lane === undefined ? [...words] : [words[target.lane]];
    }
    case "conditions":
      return ["vcr.gt", "vcr.lt", "vcr.eq"].flatMap((name) => [
        ...(readRegister(chip, target.ppu, name) as Uint8Array),
      ]);
    case "synapses": {
      const { hemisphere, region = "weights", row, columns = [0, 255] } = target;
      return [...synapseRow(chip, hemisphere, region, row).subarray(columns[0], columns[1] + 1)];
    }
    case "cadc":
      return [chip.hemispheres[target.hemisphere].conversions];
    default:
      return [];
  }
}

/** Reads a target's value; expressions tell anew each time what they depend on. */
export function sampler(host: ScopeHost, target: WatchTarget): Sampler {
  if (target.kind !== "expression") {
    const dependencies = fixedDependencies(target);
    return { read: () => ({ sample: fixedSample(host.chip, target), dependencies }) };
  }
  const tree = parseExpression(target.text);
  let dependencies: Dependency[] = [];
  const seen = new Map<string, Dependency>();
  const scope = new Scope(host, target.ppu, 0, (dependency) => {
    seen.set(JSON.stringify(dependency), dependency);
  });
  let last: Sample = [];
  return {
    read() {
      seen.clear();
      try {
        const value = toValue(evaluateNode(tree, scope, target.text));
        last =
          value.kind === "integer" ? [value.value] : value.kind === "lanes" ? value.values : [value.text];
      } catch (error) {
        // Out of scope or unreadable for the time being: the last value stands.
        if (!(error instanceof SessionError)) throw error;
      }
      if (seen.size > 0) dependencies = [...seen.values()];
      return { sample: last, dependencies };
    },
  };
}

/** First element in which two samples differ, or undefined. */
export function firstDifference(a: Sample, b: Sample): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return undefined;
}

/** Number of a lane as the user counts them, for an element of a sample. */
export function laneOf(target: WatchTarget, element: number): number | undefined {
  switch (target.kind) {
    case "vector":
      return target.lane?.index ?? element;
    case "accumulator":
      return target.lane ?? element;
    case "conditions":
      return element % 128;
    case "synapses":
      return (target.columns?.[0] ?? 0) + element;
    default:
      return undefined;
  }
}

/** Text of a value for people: the element that changed, or short memory as one number. */
export function sampleText(target: WatchTarget, sample: Sample, element: number): string {
  if (target.kind === "memory" && (sample.length === 2 || sample.length === 4)) {
    return hex(sample.reduce<number>((word, byte) => word * 256 + Number(byte), 0));
  }
  if (target.kind === "register")
    return /^r\d+$/.test(target.name) ? `${Number(sample[0]) | 0}` : hex(Number(sample[0]));
  if (target.kind === "expression" && sample.length > 1) return `{${sample.join(", ")}}`;
  return `${sample[element] ?? "<unreadable>"}`;
}

/** The PPU in whose context conditions of a watchpoint are evaluated when the host has hit it. */
export const ppuOf = (target: WatchTarget): PpuName => ("ppu" in target ? target.ppu : target.hemisphere);
