import { ByteReader } from "../../toolchain/elf/bytes.ts";
import { AT, FORM, RLE } from "../../toolchain/elf/dwarf-constants.ts";
import { readAddress, readOffset } from "../../toolchain/elf/dwarf-form.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";
import { type Die, isAddressForm } from "./die.ts";
import type { Unit } from "./unit.ts";

/** Half open: `low <= address < high`. */
export interface AddressRange {
  readonly low: number;
  readonly high: number;
}

/** Bytes of the header of `.debug_rnglists` and `.debug_loclists` in front of the offsets (32-bit format). */
export const LISTS_HEADER_BYTES = 12;

/** Addresses of the code of an entry, sorted and not empty. Throws ImageError for damaged lists. */
export function readRanges(die: Die): readonly AddressRange[] {
  const { unit } = die;
  const list = die.own(AT.ranges);
  const low = die.address(AT.lowPc);
  let ranges: AddressRange[] = [];
  if (list) {
    ranges =
      unit.version >= 5
        ? readRangeList5(unit, listOffset(unit, list.form, Number(list.value), ".debug_rnglists"))
        : readRangeList(unit, Number(list.value));
  } else if (low !== undefined) {
    const end = die.own(AT.highPc);
    if (!end) return [];
    const high = isAddressForm(end.form) ? unit.address(end) : low + Number(end.value);
    if (high !== undefined) ranges = [{ low, high }];
  }
  return ranges.filter((range) => range.high > range.low).sort((a, b) => a.low - b.low);
}

/** Place of a version 5 list: an offset, or an index into the table of offsets at the unit's base. */
export function listOffset(unit: Unit, form: number, value: number, section: string): number {
  if (form !== FORM.rnglistx && form !== FORM.loclistx) return value;
  const name = form === FORM.rnglistx ? AT.rnglistsBase : AT.loclistsBase;
  const base = unit.top?.number(name) ?? LISTS_HEADER_BYTES;
  const reader = sectionReader(unit, section, base + value * unit.header.encoding.offsetBytes);
  return base + readOffset(reader, unit.header.encoding);
}

export function sectionReader(unit: Unit, name: string, offset: number): ByteReader {
  const section = unit.sections.get(name);
  if (!section) throw new ImageError(`${name} is missing`);
  const reader = new ByteReader(section, name);
  if (!(offset >= 0 && offset <= section.length)) {
    throw new ImageError(`${name} has ${section.length} bytes; offset ${offset} lies behind it`);
  }
  reader.offset = offset;
  return reader;
}

/** The pairs of a list of versions 2 to 4. */
function readRangeList(unit: Unit, offset: number): AddressRange[] {
  const reader = sectionReader(unit, ".debug_ranges", offset);
  const ranges: AddressRange[] = [];
  let { base } = unit;
  for (;;) {
    const low = reader.u32();
    const high = reader.u32();
    if (low === 0 && high === 0) return ranges;
    if (low === 0xffff_ffff) base = high;
    else ranges.push({ low: (base + low) >>> 0, high: (base + high) >>> 0 });
  }
}

/** An indexed address; throws ImageError when it does not exist. */
export function indexed(unit: Unit, index: number): number {
  const address = unit.indexedAddress(index);
  if (address === undefined) throw new ImageError(`.debug_addr has no entry ${index}`);
  return address;
}

function readRangeList5(unit: Unit, offset: number): AddressRange[] {
  const reader = sectionReader(unit, ".debug_rnglists", offset);
  const address = () => readAddress(reader, unit.header.encoding.addressBytes);
  const ranges: AddressRange[] = [];
  let { base } = unit;
  for (;;) {
    const kind = reader.u8();
    switch (kind) {
      case RLE.endOfList:
        return ranges;
      case RLE.baseAddressx:
        base = indexed(unit, reader.uleb());
        break;
      case RLE.startxEndx:
        ranges.push({ low: indexed(unit, reader.uleb()), high: indexed(unit, reader.uleb()) });
        break;
      case RLE.startxLength: {
        const low = indexed(unit, reader.uleb());
        ranges.push({ low, high: low + reader.uleb() });
        break;
      }
      case RLE.offsetPair:
        ranges.push({ low: base + reader.uleb(), high: base + reader.uleb() });
        break;
      case RLE.baseAddress:
        base = address();
        break;
      case RLE.startEnd:
        ranges.push({ low: address(), high: address() });
        break;
      case RLE.startLength: {
        const low = address();
        ranges.push({ low, high: low + reader.uleb() });
        break;
      }
      default:
        throw new ImageError(`.debug_rnglists holds the unknown entry ${kind} at ${reader.offset - 1}`);
    }
  }
}
