import { type ByteReader, textAt } from "./bytes.ts";
import { FORM } from "./dwarf-constants.ts";
import { ImageError } from "./image-error.ts";

/** The debug sections of a program by name (`.debug_info`, …). */
export type DebugSections = ReadonlyMap<string, Uint8Array>;

/** What is stored for an attribute: a number, an offset or index, a text or bytes; by the form. */
export type FormValue = number | bigint | string | Uint8Array;

export interface FormEncoding {
  readonly version: number;
  /** Bytes of an offset into another section: 4, or 8 in the 64-bit format. */
  readonly offsetBytes: 4 | 8;
  readonly addressBytes: number;
}

/** 64 bits; a number where it is exact. */
export function readU64(reader: ByteReader): number | bigint {
  const high = reader.u32();
  const low = reader.u32();
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
}

const readU24 = (reader: ByteReader): number => reader.u16() * 256 + reader.u8();

export function readOffset(reader: ByteReader, encoding: FormEncoding): number {
  return encoding.offsetBytes === 8 ? Number(readU64(reader)) : reader.u32();
}

export function readAddress(reader: ByteReader, addressBytes: number): number {
  if (addressBytes === 4) return reader.u32();
  if (addressBytes === 8) return Number(readU64(reader));
  throw new ImageError(`debug information with addresses of ${addressBytes} bytes; the PPU has 4`);
}

function readBytes(reader: ByteReader, length: number): Uint8Array {
  return reader.part(length, "DWARF block").bytes;
}

/**
 * Reads one value of a form. Texts in other sections stay offsets, references stay as stored; see `formText`.
 * `implicit` is the value of DW_FORM_implicit_const. Throws ImageError for a form that is not known.
 */
export function readForm(
  reader: ByteReader,
  form: number,
  encoding: FormEncoding,
  implicit: number = 0,
): FormValue {
  switch (form) {
    case FORM.addr:
      return readAddress(reader, encoding.addressBytes);
    case FORM.data1:
    case FORM.flag:
    case FORM.ref1:
    case FORM.strx1:
    case FORM.addrx1:
      return reader.u8();
    case FORM.data2:
    case FORM.ref2:
    case FORM.strx2:
    case FORM.addrx2:
      return reader.u16();
    case FORM.strx3:
    case FORM.addrx3:
      return readU24(reader);
    case FORM.data4:
    case FORM.ref4:
    case FORM.refSup4:
    case FORM.strx4:
    case FORM.addrx4:
      return reader.u32();
    case FORM.data8:
    case FORM.ref8:
    case FORM.refSig8:
    case FORM.refSup8:
      return readU64(reader);
    case FORM.data16:
      return readBytes(reader, 16);
    case FORM.sdata:
      return reader.sleb();
    case FORM.udata:
    case FORM.refUdata:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
      return reader.uleb();
    case FORM.string:
      return reader.string();
    case FORM.strp:
    case FORM.lineStrp:
    case FORM.strpSup:
    case FORM.secOffset:
    case FORM.gnuRefAlt:
    case FORM.gnuStrpAlt:
      return readOffset(reader, encoding);
    case FORM.refAddr:
      return encoding.version === 2
        ? readAddress(reader, encoding.addressBytes)
        : readOffset(reader, encoding);
    case FORM.block1:
      return readBytes(reader, reader.u8());
    case FORM.block2:
      return readBytes(reader, reader.u16());
    case FORM.block4:
      return readBytes(reader, reader.u32());
    case FORM.block:
    case FORM.exprloc:
      return readBytes(reader, reader.uleb());
    case FORM.flagPresent:
      return 1;
    case FORM.implicitConst:
      return implicit;
    default:
      throw new ImageError(`debug information uses form 0x${form.toString(16)}, which is not known`);
  }
}

/** Text of a value whose form is a text in place or at an offset; undefined for other forms and lost texts. */
export function formText(form: number, value: FormValue, sections: DebugSections): string | undefined {
  if (form === FORM.string) return String(value);
  const name = form === FORM.strp ? ".debug_str" : form === FORM.lineStrp ? ".debug_line_str" : undefined;
  const section = name === undefined ? undefined : sections.get(name);
  return section === undefined ? undefined : textAt(section, Number(value))?.text;
}
