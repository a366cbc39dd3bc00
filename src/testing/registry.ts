/** The list that a program of `ppu/testing` keeps of its tests: reading it from a chip, and choosing one to run. */

import type { AnalogPreset } from "../chip/analog/parameters.ts";
import { ppusOf } from "../chip/checks.ts";
import type { Chip, PpuName, PpuSelection } from "../chip/index.ts";
import { peekMemory } from "../debug/memory.ts";
import type { Image } from "../toolchain/image.ts";
import { findSymbol } from "../toolchain/symbols.ts";
import type { ListedTest, TestDemands, TestInput } from "./model.ts";

// Names, offsets and values below are those of firmware/lib/testing.ts.
const CONTROL = "ppu/testing/control";
/** What stands outside of tests may take so many PPU cycles, and as many what comes behind a test: 40 ms. */
export const MOST_CYCLES_AROUND = 10_000_000;
/** Function that calls the body of a test. */
export const CALLER = "ppu/testing/invoke";

const ASKED = 0;
const FIRST = 4;
const NONE = 1;
const ONE = 2;

/** Fields of a test in words, in their order. */
const TEST_FIELDS = [
  "next",
  "name",
  "group",
  "body",
  "file",
  "line",
  "flags",
  "cycles",
  "kind",
  "chip",
  "firstNoise",
  "noises",
  "inputs",
] as const;
const FLAGS = { trap: 1, timeout: 2, bothPpus: 4, lenient: 8 } as const;
const KINDS: readonly (AnalogPreset | undefined)[] = [undefined, "calibrated", "raw", "ideal"];

/** A text has its size in bytes in the word before it. */
const SIZE_BEFORE_TEXT = 4;
const MOST_TEXT_BYTES = 0x10000;

/** Whether a program has a list of tests. */
export const hasTests = (image: Image): boolean => findSymbol(image, CONTROL) !== undefined;

function ask(chip: Chip, image: Image, ppus: PpuSelection, what: number): void {
  const address = findSymbol(image, CONTROL)!.address;
  for (const side of ppusOf(ppus)) chip.ppus[side].writeSramWord(address + ASKED, what);
}

/** Before the start: the program only lists its tests. */
export const askForList = (chip: Chip, image: Image, ppus: PpuSelection): void =>
  ask(chip, image, ppus, NONE);

/** Before the start: the program runs the test with this number, counted from 0. */
export const askForTest = (chip: Chip, image: Image, ppus: PpuSelection, number: number): void =>
  ask(chip, image, ppus, ONE + number);

/** Reads words and texts as a PPU sees them. */
class Reader {
  readonly #chip: Chip;
  readonly #ppu: PpuName;

  constructor(chip: Chip, ppu: PpuName) {
    this.#chip = chip;
    this.#ppu = ppu;
  }

  word(address: number): number {
    const bytes = peekMemory(this.#chip, this.#ppu, address, 4);
    return bytes?.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) : 0;
  }

  text(address: number): string {
    const size = Math.min(this.word(address - SIZE_BEFORE_TEXT), MOST_TEXT_BYTES);
    const bytes = peekMemory(this.#chip, this.#ppu, address, size) ?? new Uint8Array();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length >> 1 }, (_, i) =>
      String.fromCharCode(view.getUint16(2 * i)),
    ).join("");
  }

  /** Addresses of a chain whose links stand at `offset`; ends at one that comes again. */
  chain(first: number, offset: number): number[] {
    const found = new Set<number>();
    for (let at = first; at !== 0 && !found.has(at); at = this.word(at + offset)) found.add(at);
    return [...found];
  }
}

/** The tests that a program has listed in its run, in the order in which they were declared. */
export function readTests(chip: Chip, image: Image, ppu: PpuName): ListedTest[] {
  const reader = new Reader(chip, ppu);
  const control = findSymbol(image, CONTROL)!.address;
  return reader.chain(reader.word(control + FIRST), 0).map((address) => readTest(reader, address));
}

function readTest(reader: Reader, address: number): ListedTest {
  const words = TEST_FIELDS.map((_, i) => reader.word(address + 4 * i));
  const field = (name: (typeof TEST_FIELDS)[number]) => words[TEST_FIELDS.indexOf(name)];
  const groups = reader.chain(field("group"), 4).map((group) => reader.text(reader.word(group)));
  const file = reader.text(field("file"));
  return {
    name: [...groups.reverse(), reader.text(field("name"))],
    ...(file !== "" && { location: { file, line: field("line"), column: 0 } }),
    demands: demandsOf(field, readInputs(reader, field("inputs"))),
  };
}

function demandsOf(field: (name: (typeof TEST_FIELDS)[number]) => number, inputs: TestInput[]): TestDemands {
  const flags = field("flags");
  const kind = KINDS[field("kind")];
  const noises = Array.from({ length: field("noises") }, (_, i) => field("firstNoise") + i);
  return {
    expects: flags & FLAGS.trap ? "trap" : flags & FLAGS.timeout ? "timeout" : "return",
    ...(field("cycles") !== 0 && { maxCycles: field("cycles") }),
    ...(kind !== undefined && { chip: kind }),
    ...(field("chip") !== 0 && { chipSeed: field("chip") - 1 }),
    ...(noises.length > 0 && { noiseSeeds: noises }),
    onBothPpus: (flags & FLAGS.bothPpus) !== 0,
    lenient: (flags & FLAGS.lenient) !== 0,
    inputs,
  };
}

/** The last one that was asked for stands first. */
function readInputs(reader: Reader, first: number): TestInput[] {
  return reader
    .chain(first, 0)
    .map((at) => ({ file: reader.text(reader.word(at + 4)), address: reader.word(at + 8) }))
    .reverse();
}
