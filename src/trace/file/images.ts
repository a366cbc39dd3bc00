/** The programs of the PPUs inside a trace file: ELF files, deflated. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { crc32 } from "../../crc32.ts";
import { ImageError, readElf, writeElf } from "../../toolchain/elf/index.ts";
import type { Image } from "../../toolchain/image.ts";
import { PPUS, type PpuName } from "../model.ts";
import type { ImageEntry } from "./format.ts";

export type Images = Partial<Readonly<Record<PpuName, Image>>>;

/** Larger images are not believed: none of the memories of the chip needs them. */
const MOST_IMAGE_BYTES = 1 << 28;

export interface PackedImage {
  readonly entry: ImageEntry;
  readonly bytes: Uint8Array;
}

/** Each image once. One that no ELF file can hold is left out. */
export function packImages(images: Images): PackedImage[] {
  const distinct = [...new Set(PPUS.flatMap((ppu) => images[ppu] ?? []))];
  return distinct.flatMap((image): PackedImage[] => {
    const elf = elfOf(image);
    if (!elf) return [];
    const bytes = deflateRawSync(elf);
    const ppus = PPUS.filter((ppu) => images[ppu] === image);
    return [{ entry: { ppus, bytes: elf.length, packedBytes: bytes.length, checksum: crc32(bytes) }, bytes }];
  });
}

function elfOf(image: Image): Uint8Array | undefined {
  try {
    return writeElf(image);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

/** The image of an entry; a text says why there is none. */
export function unpackImage({ bytes, checksum }: ImageEntry, packed: Uint8Array): Image | string {
  if (crc32(packed) !== checksum) return "its bytes do not match their checksum";
  if (bytes > MOST_IMAGE_BYTES) return "it is too large";
  try {
    return readElf(
      new Uint8Array(inflateRawSync(packed, { maxOutputLength: Math.max(bytes, 1) })),
      "the program",
    );
  } catch (error) {
    return error instanceof ImageError ? error.message : "its bytes cannot be inflated";
  }
}
