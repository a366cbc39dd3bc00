import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { MemoryPiece } from "../chip/chip.ts";
import { DEFAULT_MAILBOX_BASE } from "../chip/mailbox.ts";
import { ImageError } from "./elf/image-error.ts";
import { isElf, readElf } from "./elf/read.ts";
import type { Image, Section } from "./image.ts";
import { findSymbol } from "./symbols.ts";

/** Sizes of the memories in bytes (chip.md section 1 and 3). */
const CAPACITY = { sram: 0x4000, external: 0x2_0000, dram: 0x1000_0000 } as const;
const SPACE_NAMES = { sram: "SRAM", external: "external memory", dram: "DRAM" } as const;

/** Where addresses of `ext` sections lie: instruction views above the data views of the same bytes. */
const EXTERNAL_VIEWS = [
  { base: 0x9000_0000, space: "dram" },
  { base: 0x8000_0000, space: "external" },
  { base: 0x5000_0000, space: "dram" },
  { base: 0x4000_0000, space: "external" },
] as const;

const ZEROS = new Uint8Array(0x1_0000);

type Space = MemoryPiece["space"];
const hex = (value: number): string => `0x${value.toString(16)}`;

interface Placement {
  readonly section: Section;
  readonly space: Space;
  readonly offset: number;
}

const isExternal = (name: string): boolean => name.startsWith("ext");
const isInternal = (name: string): boolean =>
  name.startsWith("int") || /\.(text|data|rodata|bss|init|fini)/.test(name);

/** Memory and offset of a section by the rules of the official loader (firmware-abi 1.2); undefined = ignored. */
function place(section: Section): Placement | undefined {
  const { name, address } = section;
  if (isExternal(name)) {
    const view = EXTERNAL_VIEWS.find(({ base }) => address >= base);
    if (!view) {
      throw new ImageError(
        `section ${name} at ${hex(address)} is not in external memory; link it to 0x80000000 (code)`,
      );
    }
    return { section, space: view.space, offset: address - view.base };
  }
  return isInternal(name) ? { section, space: "sram", offset: address } : undefined;
}

function checkFits({ section, space, offset }: Placement): void {
  const excess = offset + section.size - CAPACITY[space];
  if (excess <= 0) return;
  const where = `section ${section.name} (${hex(section.address)}, ${section.size} bytes)`;
  if (offset >= CAPACITY[space]) {
    throw new ImageError(
      `${where} lies outside the ${SPACE_NAMES[space]} of ${CAPACITY[space]} bytes; was the image linked for a PPU?`,
    );
  }
  throw new ImageError(
    `image is ${excess} bytes larger than the ${SPACE_NAMES[space]} of ${CAPACITY[space]} bytes: ${where}`,
  );
}

function checkOverlap(placements: readonly Placement[]): void {
  const sorted = placements.toSorted((a, b) => a.offset - b.offset);
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1], sorted[i]];
    if (before.offset + before.section.size > after.offset) {
      const names = `${before.section.name} and ${after.section.name}`;
      throw new ImageError(
        `sections ${names} take the same ${SPACE_NAMES[before.space]} at ${hex(after.offset)}`,
      );
    }
  }
}

/** Zero bytes in pieces that share one buffer, so that a large section costs nothing. */
function* zeroPieces({ section, space, offset }: Placement): Generator<MemoryPiece> {
  for (let done = 0; done < section.size; done += ZEROS.length) {
    const bytes = ZEROS.subarray(0, Math.min(ZEROS.length, section.size - done));
    yield { space, offset: offset + done, bytes };
  }
}

/** The last piece of a memory, filled up to a whole word. */
function padded(piece: MemoryPiece): MemoryPiece {
  const missing = -(piece.offset + piece.bytes.length) & 3;
  if (missing === 0) return piece;
  const bytes = new Uint8Array(piece.bytes.length + missing);
  bytes.set(piece.bytes);
  return { ...piece, bytes };
}

/**
 * What an image puts into the memories, by the rules of the official loader (firmware-abi 1.2): sections by name and
 * address, NOBITS as zeros, each memory filled up to whole words. Offsets count bytes from the begin of the memory.
 * Throws ImageError when the image is larger than a memory or two sections take the same place.
 */
export function memoryPieces(image: Image): MemoryPiece[] {
  const placements = image.sections
    .filter((section) => section.size > 0)
    .map(place)
    .filter((placement) => placement !== undefined);
  for (const placement of placements) checkFits(placement);
  const pieces: MemoryPiece[] = [];
  for (const space of ["sram", "external", "dram"] as const) {
    const mine = placements.filter((placement) => placement.space === space);
    checkOverlap(mine);
    const list = mine
      .toSorted((a, b) => a.offset - b.offset)
      .flatMap((placement): MemoryPiece[] =>
        placement.section.data
          ? [{ space, offset: placement.offset, bytes: placement.section.data }]
          : [...zeroPieces(placement)],
      );
    const last = list.pop();
    pieces.push(...list, ...(last ? [padded(last)] : []));
  }
  return pieces;
}

/** Throws ImageError unless the image puts something into a memory; `path` stands in the message. */
export function requireContents(image: Image, path: string): Image {
  const isLoaded = ({ name, size }: Section) => size > 0 && (isExternal(name) || isInternal(name));
  if (!image.sections.some(isLoaded)) throw new ImageError(`${path}: nothing to load`);
  return image;
}

/** Begin of the mailbox in the SRAM: symbol `mailbox_base`, or 0x3000 as in the standard build (firmware-abi 2). */
export function mailboxBase(image: Image): number {
  const address = findSymbol(image, "mailbox_base")?.address ?? DEFAULT_MAILBOX_BASE;
  return address > 0 && address <= CAPACITY.sram ? address : DEFAULT_MAILBOX_BASE;
}

/** End of the program's data, where the stack must not reach; undefined when the image does not say. */
export const stackLimit = (image: Image): number | undefined =>
  (findSymbol(image, "stack_redzone") ?? findSymbol(image, "_int_end"))?.address;

/** Bytes without any structure as a program: SRAM from address 0. */
export function rawImage(bytes: Uint8Array): Image {
  const section = { name: "int.text", address: 0, size: bytes.length, data: bytes, align: 4 };
  return { entry: 0, sections: [{ ...section, executable: true, writable: true }], symbols: [], lines: [] };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "is a directory",
  EACCES: "permission denied",
  ENOTDIR: "no such file",
};

/** Larger files are refused: none of the memories that programs and inputs go to needs them. */
const MOST_FILE_BYTES = 64 * 1024 * 1024;

/** Contents of a regular file up to 64 MiB; throws ImageError in one line when it cannot be read. */
export function readInput(path: string): Uint8Array {
  try {
    const stats = statSync(path);
    if (!stats.isFile() && !stats.isDirectory()) {
      throw new ImageError(`cannot read ${path}: not a regular file`);
    }
    if (stats.size > MOST_FILE_BYTES) throw new ImageError(`cannot read ${path}: larger than 64 MiB`);
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new ImageError(`cannot read ${path}: ${REASONS[code] ?? code}`);
  }
}

export interface LoadProgramOptions {
  /** Bounds checks of static arrays and `assert` in AssemblyScript; a failure traps. Default: off. */
  readonly checks?: boolean;
  /** Compile AssemblyScript so that a debugger sees variables and inlined calls. Default: off. */
  readonly debug?: boolean;
}

/**
 * Reads a program: an ELF file whatever its name, assembly text (`.s`, `.S`, `.asm`), AssemblyScript (`.ts`), or raw
 * bytes for the SRAM (`.bin`). Throws ImageError, AssemblerError or the compiler's errors, each with one clear line.
 */
export async function loadProgramFile(path: string, options: LoadProgramOptions = {}): Promise<Image> {
  return requireContents(await readProgram(path, options), path);
}

async function readProgram(path: string, options: LoadProgramOptions): Promise<Image> {
  const bytes = readInput(path);
  if (isElf(bytes)) return readElf(bytes, path);
  switch (extname(path).toLowerCase()) {
    case ".s":
    case ".asm": {
      const { assemble } = await import("./assembler/index.ts");
      return assemble(new TextDecoder().decode(bytes), path);
    }
    case ".ts": {
      const { compileFirmware } = await import("./compile.ts");
      const { checks = false, debug = false } = options;
      return (await compileFirmware(path, { checks, debug })).image;
    }
    case ".bin":
      return rawImage(bytes);
    case ".elf":
    case ".o":
      throw new ImageError(`${path}: ${bytes.length < 52 ? "truncated, or " : ""}not an ELF file`);
    default:
      throw new ImageError(`${path}: unknown kind of program; use an ELF file, .s, .ts or .bin`);
  }
}
