/** The begin of a trace file: header and programs. */
import { crc32 } from "../../crc32.ts";
import type { Image } from "../../toolchain/image.ts";
import { PPUS, type PpuName, type TraceHeader } from "../model.ts";
import { TraceError } from "../trace-error.ts";
import type { FileBytes } from "./file-bytes.ts";
import { BEGIN_BYTES, type HeaderText, type ImageEntry, isTraceFile, readBegin, VERSION } from "./format.ts";
import { type Images, unpackImage } from "./images.ts";

const MOST_TEXT_BYTES = 1 << 24;

export interface FileHead {
  readonly header: TraceHeader;
  readonly images: Images;
  /** Offset of the first chunk. */
  readonly start: number;
  readonly problems: string[];
}

/** Throws TraceError where it cannot be read. `path` stands in messages. */
export function readHead(path: string, file: FileBytes): FileHead {
  const bytes = file.read(0, BEGIN_BYTES);
  if (!isTraceFile(bytes)) throw new TraceError(`${path}: not a trace file; ppu trace record writes one`);
  if (bytes.length < BEGIN_BYTES) throw new TraceError(`${path}: cut before anything was recorded`);
  const { major, textBytes, textChecksum } = readBegin(bytes);
  if (major !== VERSION.major) {
    throw new TraceError(
      `${path}: format ${major}, this version reads format ${VERSION.major}; record it again`,
    );
  }
  const text = textBytes <= MOST_TEXT_BYTES ? file.read(BEGIN_BYTES, textBytes) : new Uint8Array();
  if (text.length < textBytes) throw new TraceError(`${path}: cut before anything was recorded`);
  if (crc32(text) !== textChecksum) throw new TraceError(`${path}: its header is damaged; record it again`);
  const { header, images: entries } = parseHeader(path, text);
  const problems: string[] = [];
  const images: Partial<Record<PpuName, Image>> = {};
  let start = BEGIN_BYTES + textBytes;
  for (const entry of entries) {
    const image = unpackImage(entry, file.read(start, entry.packedBytes));
    start += entry.packedBytes;
    if (typeof image === "string") problems.push(`the program of ${entry.ppus.join(" and ")}: ${image}`);
    else for (const ppu of entry.ppus) images[ppu] = image;
  }
  return { header, images, start, problems };
}

function parseHeader(path: string, text: Uint8Array): HeaderText {
  try {
    const { header, images } = JSON.parse(new TextDecoder().decode(text));
    const isHeader =
      typeof header.program === "string" &&
      Array.isArray(header.ppus) &&
      Array.isArray(header.filters) &&
      typeof header.has.vectors === "boolean" &&
      Array.isArray(images) &&
      images.every(isImageEntry);
    if (isHeader) return { header, images };
  } catch {
    // What is not JSON of this form is not a header.
  }
  throw new TraceError(`${path}: its header makes no sense; record it again`);
}

const isImageEntry = ({ ppus, bytes, packedBytes }: Partial<ImageEntry>): boolean =>
  Array.isArray(ppus) &&
  ppus.every((ppu) => PPUS.includes(ppu)) &&
  Number.isSafeInteger(bytes) &&
  Number.isSafeInteger(packedBytes) &&
  bytes! >= 0 &&
  packedBytes! >= 0;
