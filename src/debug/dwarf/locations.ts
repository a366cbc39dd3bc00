import { AT, FORM, LLE } from "../../toolchain/elf/dwarf-constants.ts";
import { readAddress } from "../../toolchain/elf/dwarf-form.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";
import type { Die } from "./die.ts";
import { indexed, listOffset, sectionReader } from "./ranges.ts";
import type { Unit } from "./unit.ts";

/**
 * Location expression of an attribute at an address. `pc` undefined takes an expression that holds everywhere only.
 * Undefined when the attribute or an entry for the address is missing. Throws ImageError for damaged lists.
 */
export function locationAt(die: Die, name: number, pc: number | undefined): Uint8Array | undefined {
  const { unit } = die;
  const attribute = die.own(name);
  if (!attribute) return undefined;
  const { form, value } = attribute;
  if (value instanceof Uint8Array) return value;
  const isList =
    form === FORM.secOffset ||
    form === FORM.loclistx ||
    (unit.version < 4 && (form === FORM.data4 || form === FORM.data8));
  if (!isList || pc === undefined) return undefined;
  return unit.version >= 5
    ? entryOfList5(unit, listOffset(unit, form, Number(value), ".debug_loclists"), pc)
    : entryOfList(unit, Number(value), pc);
}

/** Whether an attribute is a constant offset instead of a location (member offsets of versions 3 and on). */
export function isConstant(die: Die, name: number): boolean {
  const attribute = die.own(name);
  if (!attribute || attribute.value instanceof Uint8Array) return false;
  return attribute.form !== FORM.secOffset && attribute.form !== FORM.loclistx && name !== AT.location;
}

function entryOfList(unit: Unit, offset: number, pc: number): Uint8Array | undefined {
  const reader = sectionReader(unit, ".debug_loc", offset);
  let { base } = unit;
  for (;;) {
    const low = reader.u32();
    const high = reader.u32();
    if (low === 0 && high === 0) return undefined;
    if (low === 0xffff_ffff) {
      base = high;
      continue;
    }
    const { bytes } = reader.part(reader.u16(), "location expression");
    if (pc >= base + low && pc < base + high) return bytes;
  }
}

function entryOfList5(unit: Unit, offset: number, pc: number): Uint8Array | undefined {
  const reader = sectionReader(unit, ".debug_loclists", offset);
  const address = () => readAddress(reader, unit.header.encoding.addressBytes);
  let { base } = unit;
  let fallback: Uint8Array | undefined;
  for (;;) {
    let low = 0;
    let high = 0;
    const kind = reader.u8();
    switch (kind) {
      case LLE.endOfList:
        return fallback;
      case LLE.baseAddressx:
        base = indexed(unit, reader.uleb());
        continue;
      case LLE.baseAddress:
        base = address();
        continue;
      case LLE.gnuViewPair:
        reader.uleb();
        reader.uleb();
        continue;
      case LLE.startxEndx:
        low = indexed(unit, reader.uleb());
        high = indexed(unit, reader.uleb());
        break;
      case LLE.startxLength:
        low = indexed(unit, reader.uleb());
        high = low + reader.uleb();
        break;
      case LLE.offsetPair:
        low = base + reader.uleb();
        high = base + reader.uleb();
        break;
      case LLE.startEnd:
        low = address();
        high = address();
        break;
      case LLE.startLength:
        low = address();
        high = low + reader.uleb();
        break;
      case LLE.defaultLocation:
        break;
      default:
        throw new ImageError(`.debug_loclists holds the unknown entry ${kind} at ${reader.offset - 1}`);
    }
    const { bytes } = reader.part(reader.uleb(), "location expression");
    if (kind === LLE.defaultLocation) fallback = bytes;
    else if (pc >= low && pc < high) return bytes;
  }
}
