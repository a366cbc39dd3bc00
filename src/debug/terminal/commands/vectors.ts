import { type AnalogState, type RegisterValue, SessionError, type SynapseRegionName } from "../../types.ts";
import { ppuArgument, wholeNumber } from "../arguments.ts";
import type { Command, Result } from "../command.ts";
import {
  changedLanes,
  LANE_TYPE_NAMES,
  lanesOf,
  laneType,
  rangeText,
  stripLines,
  tableLines,
} from "../render/lanes.ts";
import { boundsOf } from "../style.ts";
import type { Terminal } from "../terminal.ts";

const VECTOR_GROUPS: readonly string[] = ["vector", "accumulator", "vectorCondition"];
const REGIONS: readonly SynapseRegionName[] = [
  "weights",
  "labels",
  "timeCalibration",
  "amplitudeCalibration",
];

const vectorNames = (terminal: Terminal): string[] =>
  terminal.session
    .registerDescriptions()
    .filter(({ group }) => VECTOR_GROUPS.includes(group))
    .map(({ name }) => name);

/** Fewer values, so that a strip fits beside the name: of neighbours the one farthest from 0. */
function shorter(lanes: readonly number[], most: number): number[] {
  const each = Math.ceil(lanes.length / most);
  return Array.from({ length: Math.ceil(lanes.length / each) }, (_, part) =>
    lanes.slice(part * each, (part + 1) * each).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)),
  );
}

const OVERVIEW_CHARACTERS = 64;

interface ReadVector {
  readonly name: string;
  readonly lanes: number[];
  readonly changedLanes: number[];
}

function readVector(terminal: Terminal, name: string, typeName: string): ReadVector {
  const { session, ppu, changes } = terminal;
  const value: RegisterValue = session.readRegister(ppu, name);
  if (typeof value === "number") throw new SessionError(`${name} is no vector; info registers shows it`);
  const type = laneType(name.startsWith("vcr") ? "uint8" : typeName);
  const lanes = lanesOf(value, type);
  const before = changes.lanesBefore(ppu, name);
  return { name, lanes, changedLanes: changedLanes(lanes, before && lanesOf(before, type)) };
}

/** One line for each register: a strip, the range, a star if it has changed; equal ones in one line. */
function overview(terminal: Terminal, vectors: readonly ReadVector[]): string[] {
  const { style } = terminal;
  const lines: string[] = [];
  for (let index = 0; index < vectors.length; index++) {
    const { name, lanes, changedLanes: changed } = vectors[index];
    const star = changed.length > 0 ? style.changed("*") : " ";
    const { low, high } = boundsOf(lanes);
    if (low !== high) {
      lines.push(
        `${name.padEnd(8)}${star} ${style.strip(shorter(lanes, OVERVIEW_CHARACTERS), { low, high })} ${low}..${high}`,
      );
      continue;
    }
    const family = (vector: ReadVector | undefined) => vector?.name.replace(/\d+$/, "");
    const isSame = (other: ReadVector | undefined) =>
      family(other) === family(vectors[index]) &&
      other?.lanes.every((lane) => lane === low) &&
      other.changedLanes.length > 0 === changed.length > 0;
    const first = index;
    while (isSame(vectors[index + 1])) index++;
    const names = index > first ? `${name}..${vectors[index].name}` : name;
    lines.push(`${names.padEnd(8)}${star} all ${low}`);
  }
  return lines;
}

function details(
  terminal: Terminal,
  { name, lanes, changedLanes: changed }: ReadVector,
  typeName: string,
): string[] {
  const { style } = terminal;
  const type = laneType(typeName);
  const isLaneTyped = name !== "acc" && !name.startsWith("vcr");
  const kind = name === "acc" ? "int32" : isLaneTyped ? type.names[0] : "mask";
  const changes = changed.length > 0 ? `, ${changed.length} lanes changed` : "";
  const hexDigits = isLaneTyped && type.hex ? 2 * type.bytes : 0;
  return [
    `${style.heading(name)}: ${lanes.length} lanes ${kind}, ${rangeText(lanes)}${changes}`,
    ...stripLines(style, lanes, changed),
    ...tableLines(style, lanes, { hexDigits, changed }),
  ];
}

function vectors(terminal: Terminal, text: string): Result {
  const words = text.split(/[\s,]+/).filter(Boolean);
  const names = vectorNames(terminal);
  const isType = (word: string) => !names.includes(word) && word !== "vcr";
  const typeName = words.find(isType) ?? "int8";
  const type = laneType(typeName);
  const wanted = words.filter((word) => !isType(word));
  const expanded = wanted.flatMap((word) =>
    word === "vcr" ? names.filter((name) => name.startsWith("vcr")) : [word],
  );
  const read = (expanded.length > 0 ? expanded : names).map((name) => readVector(terminal, name, typeName));
  return {
    kind: "vectors",
    data: { ppu: terminal.ppu, type: type.names[0], registers: read },
    lines:
      expanded.length > 0
        ? read.flatMap((vector) => details(terminal, vector, typeName))
        : overview(terminal, read),
  };
}

function analogLines(terminal: Terminal, state: AnalogState): string[] {
  const { style } = terminal;
  const part = (name: string, values: ArrayLike<number>): string[] => {
    const list = Array.from(values, Math.round);
    return [`${style.heading(name)}: ${rangeText(list, "column")}`, ...stripLines(style, list)];
  };
  return [
    `${state.hemisphere} hemisphere: ${state.conversions} conversions, CADC ${state.cadcEnabled ? "enabled" : "disabled"}`,
    ...part("membranes (activation x weight)", state.membranes),
    ...part("events since reset", state.eventsSinceReset),
    ...part("last CADC results, causal", state.causal),
    ...part("last CADC results, acausal", state.acausal),
  ];
}

function analog(terminal: Terminal, text: string): Result {
  const state = terminal.session.analog(ppuArgument(terminal, text));
  return {
    kind: "analog",
    data: {
      hemisphere: state.hemisphere,
      membranes: Array.from(state.membranes),
      causal: Array.from(state.causal),
      acausal: Array.from(state.acausal),
      conversions: state.conversions,
      eventsSinceReset: Array.from(state.eventsSinceReset),
      cadcEnabled: state.cadcEnabled,
    },
    lines: analogLines(terminal, state),
  };
}

function row(terminal: Terminal, text: string): Result {
  const [number, ...words] = text.split(/\s+/);
  const index = wholeNumber(number);
  if (index === undefined || index > 256) {
    throw new SessionError(`info row needs a row 0..256 (256: the switch row), got "${number}"`);
  }
  const region = REGIONS.find((name) => words.includes(name)) ?? "weights";
  const side = words.find((word) => !REGIONS.some((name) => name === word)) ?? "";
  const hemisphere = ppuArgument(terminal, side);
  const values = Array.from(terminal.session.synapseRow(hemisphere, region, index));
  const { style } = terminal;
  return {
    kind: "row",
    data: { hemisphere, region, row: index, values },
    lines: [
      `${style.heading(`row ${index}`)} of the ${hemisphere} hemisphere, ${region}: ${rangeText(values, "column")}`,
      ...stripLines(style, values),
      ...tableLines(style, values),
    ],
  };
}

export const VECTORS: readonly Command[] = [
  {
    name: "info vector",
    aliases: ["info v", "info vectors"],
    group: "vectors",
    arguments: "[NAME...] [TYPE]",
    completes: "choice",
    choices: [...LANE_TYPE_NAMES, "acc", "vcr"],
    summary: "vector registers, acc and vcr: all as strips, or the named ones lane by lane",
    help: `TYPE of the lanes: ${LANE_TYPE_NAMES.join(", ")}; or gdb's b, ub, h, uh, x. Lanes that changed since the last stop are marked.`,
    example: ["run", "info vector", "info vector v0", "info vector v0 v1 uint16", "info vector vcr acc"],
    result: "vectors",
    run: (terminal, { text }) => vectors(terminal, text),
  },
  {
    name: "info analog",
    group: "vectors",
    arguments: "[top|bottom]",
    completes: "ppu",
    summary: "the analog core now: membranes, events, last CADC results of the 256 columns",
    help: "Looking changes nothing. Default: the hemisphere of the selected PPU.",
    example: ["info analog", "info analog bottom"],
    result: "analog",
    run: (terminal, { text }) => analog(terminal, text),
  },
  {
    name: "info row",
    aliases: ["row"],
    group: "vectors",
    arguments: `N [top|bottom] [${REGIONS.join("|")}]`,
    completes: "choice",
    choices: ["top", "bottom", ...REGIONS],
    summary: "a row of the synapse array: 256 columns",
    example: ["info row 12", "info row 12 bottom labels"],
    result: "row",
    run: (terminal, { text }) => row(terminal, text),
  },
];
