/** Entries of `.debug_frame` and `.eh_frame`: which instructions describe which code. */
import { ByteReader } from "../../toolchain/elf/bytes.ts";
import { readU64 } from "../../toolchain/elf/dwarf-form.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";

export interface Cie {
  readonly codeAlign: number;
  readonly dataAlign: number;
  readonly returnRegister: number;
  readonly isSignal: boolean;
  readonly pointerEncoding: number;
  readonly hasAugmentationData: boolean;
  readonly instructions: ByteReader;
}

export interface Fde {
  readonly cie: Cie;
  readonly low: number;
  readonly high: number;
  readonly instructions: ByteReader;
}

const POINTER = { omit: 0xff, format: 0x0f, application: 0x70, pcRelative: 0x10, indirect: 0x80 };

/** A pointer of `.eh_frame`; `here` is the address of its first byte. Throws ImageError for kinds never seen. */
function readPointer(reader: ByteReader, encoding: number, here: number): number {
  const read = (): number => {
    switch (encoding & POINTER.format) {
      case 0x00:
      case 0x03:
      case 0x0b:
        return reader.u32();
      case 0x01:
        return reader.uleb();
      case 0x02:
        return reader.u16();
      case 0x09:
        return reader.sleb();
      case 0x0a:
        return (reader.u16() << 16) >> 16;
      default:
        throw new ImageError(`.eh_frame uses pointer encoding 0x${encoding.toString(16)}`);
    }
  };
  const application = encoding & (POINTER.application | POINTER.indirect);
  if (application === 0) return read();
  if (application === POINTER.pcRelative) return (here + read()) >>> 0;
  throw new ImageError(`.eh_frame uses pointer encoding 0x${encoding.toString(16)}`);
}

/** Call frame information of one section (`.debug_frame`, or `.eh_frame` with the section's address). */
export class FrameSection {
  readonly entries: Fde[] = [];
  private readonly bytes: Uint8Array;
  private readonly name: string;
  /** Address of `.eh_frame`; undefined for `.debug_frame`. */
  private readonly address: number | undefined;
  private readonly cies = new Map<number, Cie>();

  constructor(bytes: Uint8Array, name: string, address: number | undefined, note: (error: unknown) => void) {
    this.bytes = bytes;
    this.name = name;
    this.address = address;
    try {
      const reader = new ByteReader(bytes, name);
      while (!reader.atEnd) {
        const fde = this.readEntry(reader, note);
        if (fde === "end") break;
        if (fde) this.entries.push(fde);
      }
    } catch (error) {
      note(error);
    }
  }

  private readEntry(reader: ByteReader, note: (error: unknown) => void): Fde | "end" | undefined {
    const isEh = this.address !== undefined;
    let length: number = reader.u32();
    const is64 = length === 0xffff_ffff;
    if (is64) length = Number(readU64(reader));
    if (length === 0) return isEh ? "end" : undefined;
    const body = reader.part(length, this.name);
    const start = reader.offset - length;
    try {
      const id = is64 && !isEh ? Number(readU64(body)) : body.u32();
      const isCie = isEh ? id === 0 : id === 0xffff_ffff || (is64 && id > 2 ** 63);
      if (isCie) return undefined;
      const cie = this.cieAt(isEh ? start - id : id);
      const encoding = isEh ? cie.pointerEncoding : 0;
      const low = readPointer(body, encoding, (this.address ?? 0) + start + body.offset);
      const bytes = readPointer(body, encoding & POINTER.format, 0);
      if (cie.hasAugmentationData) body.skip(body.uleb());
      return { cie, low, high: low + bytes, instructions: rest(body) };
    } catch (error) {
      note(error);
      return undefined;
    }
  }

  private cieAt(offset: number): Cie {
    const known = this.cies.get(offset);
    if (known) return known;
    if (!(offset >= 0 && offset < this.bytes.length)) {
      throw new ImageError(`${this.name} has no common entry at ${offset}`);
    }
    const reader = new ByteReader(this.bytes, this.name);
    reader.offset = offset;
    let length: number = reader.u32();
    const is64 = length === 0xffff_ffff;
    if (is64) length = Number(readU64(reader));
    const start = reader.offset;
    const cie = readCie(reader.part(length, this.name), this.address, start, is64, this.name);
    this.cies.set(offset, cie);
    return cie;
  }
}

function rest(reader: ByteReader): ByteReader {
  return new ByteReader(reader.bytes.subarray(reader.offset), "call frame instructions");
}

function readCie(
  body: ByteReader,
  address: number | undefined,
  start: number,
  is64: boolean,
  name: string,
): Cie {
  const id = is64 && address === undefined ? Number(readU64(body)) : body.u32();
  if (address !== undefined ? id !== 0 : id < 0xffff_ffff) {
    throw new ImageError(`${name}: the entry at ${start - 4} is no common entry`);
  }
  const version = body.u8();
  const augmentation = body.string();
  if (augmentation.startsWith("eh")) body.skip(4);
  if (version >= 4) body.skip(2); // sizes of addresses and of segment selectors
  const codeAlign = body.uleb();
  const dataAlign = body.sleb();
  const returnRegister = version === 1 ? body.u8() : body.uleb();
  let pointerEncoding = 0;
  let isSignal = false;
  const hasAugmentationData = augmentation.startsWith("z");
  if (hasAugmentationData) {
    const data = body.part(body.uleb(), name);
    for (const letter of augmentation.slice(1)) {
      if (letter === "R") pointerEncoding = data.u8();
      else if (letter === "L") data.u8();
      else if (letter === "S") isSignal = true;
      else if (letter === "P") {
        const encoding = data.u8();
        readPointer(data, encoding & POINTER.format, (address ?? 0) + start);
      } else break;
    }
  } else if (augmentation === "S") {
    isSignal = true;
  } else if (augmentation !== "" && !augmentation.startsWith("eh")) {
    throw new ImageError(`${name} uses the unknown augmentation "${augmentation}"`);
  }
  return {
    codeAlign,
    dataAlign,
    returnRegister,
    isSignal,
    pointerEncoding,
    hasAugmentationData,
    instructions: rest(body),
  };
}
