/** Which instructions are recorded. */
import type { Image } from "../../toolchain/image.ts";
import { DEVICE_GROUPS, DEVICE_NAMES, deviceOf, isDevice } from "../devices.ts";
import {
  type Access,
  type InstructionRecord,
  memoryTrace,
  type PpuName,
  type TraceHeader,
} from "../model.ts";
import { inSymbol, sourceLine } from "../query/places.ts";
import type { Predicate } from "../query/syntax.ts";
import { checkName, type Range, readRange } from "../query/values.ts";
import { symbolsOf } from "../symbols.ts";
import { instructionClass } from "./classes.ts";

/** Within one list any may hold; lists that are not empty must all do. */
export interface SelectionOptions {
  /** `0x100..0x1ff`, `0x100-0x1ff`, `main`, `main..exit`: both ends belong to it. */
  readonly ranges?: readonly string[];
  /** Functions or labels, inlined calls too, `*` for anything; also `file.ts` and `file.ts:12..20`. */
  readonly symbols?: readonly string[];
  /** As `instructionClass` knows them. */
  readonly classes?: readonly string[];
  /** Devices or groups of them as in `devices.ts`: instructions with an access to one. */
  readonly devices?: readonly string[];
}

export interface Selection {
  /** What address and word tell; the same for the same ones. */
  selects(ppu: PpuName, pc: number, word: number): boolean;
  /** Undefined: accesses do not matter. */
  readonly access: ((ppu: PpuName, access: Access) => boolean) | undefined;
}

type Test = (ppu: PpuName, pc: number, word: number) => boolean;

const SOURCE = /\.[a-z]+(?::\d+(?:\.\.\d+)?)?$/i;

function rangeOf(text: string, images: readonly (Image | undefined)[]): Range {
  const value = text.includes("..") ? text : text.replace(/(?<=.)-/, "..");
  return readRange({ kind: "predicate", name: "range", value, text }, images);
}

function inRanges(texts: readonly string[], images: readonly (Image | undefined)[]): Test {
  const ranges = texts.map((text) => rangeOf(text, images));
  return (_ppu, pc) => ranges.some(({ low, high }) => pc >= low && pc <= high);
}

function bySymbols(texts: readonly string[], header: TraceHeader, images: Images): Test {
  const trace = memoryTrace(header, { top: [], bottom: [] }, images);
  const symbols = symbolsOf(trace);
  const tests = texts.map((text): Test => {
    if (!SOURCE.test(text)) return inSymbol(text, symbols);
    const match = sourceLine(text, { trace, symbols });
    return (ppu, pc, word) => match({ ...BARE, ppu, pc, word });
  });
  return (ppu, pc, word) => tests.some((test) => test(ppu, pc, word));
}

const BARE: Omit<InstructionRecord, "ppu" | "pc" | "word"> = {
  ...{ kind: "instruction", cycle: 0, writes: [], accesses: [], stalls: [] },
};

type Images = Partial<Readonly<Record<PpuName, Image>>>;

function byDevices(names: readonly string[]): Selection["access"] {
  for (const name of names) {
    const predicate: Predicate = { kind: "predicate", name: "device", text: name };
    checkName(predicate, name, [...Object.keys(DEVICE_GROUPS), ...DEVICE_NAMES]);
  }
  return (ppu, access) => {
    const device = deviceOf(ppu, access);
    return names.some((name) => isDevice(device, name));
  };
}

/** Throws TraceError for names that the program or the chip do not have. Undefined: everything is recorded. */
export function compileSelection(
  options: SelectionOptions,
  header: TraceHeader,
  images: Images,
): Selection | undefined {
  const { ranges = [], symbols = [], classes = [], devices = [] } = options;
  const tests: Test[] = [];
  if (ranges.length > 0) tests.push(inRanges(ranges, [images.top, images.bottom]));
  if (symbols.length > 0) tests.push(bySymbols(symbols, header, images));
  if (classes.length > 0) {
    const wanted = classes.map(instructionClass);
    tests.push((_ppu, _pc, word) => wanted.some((test) => test(word)));
  }
  if (tests.length === 0 && devices.length === 0) return undefined;
  return {
    selects: (ppu, pc, word) => tests.every((test) => test(ppu, pc, word)),
    access: devices.length > 0 ? byDevices(devices) : undefined,
  };
}
