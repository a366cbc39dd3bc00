import { ByteReader } from "../../toolchain/elf/bytes.ts";
import { FORM } from "../../toolchain/elf/dwarf-constants.ts";
import { ImageError } from "../../toolchain/elf/image-error.ts";

export interface AttributeSpecification {
  readonly name: number;
  readonly form: number;
  /** Value of DW_FORM_implicit_const. */
  readonly implicit: number;
}

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly AttributeSpecification[];
}

/** More attributes than any entry has; keeps a small damaged file from unfolding into a huge tree. */
const MOST_ATTRIBUTES = 64;

/** The abbreviations at an offset of `.debug_abbrev` by their codes. Throws ImageError for damaged ones. */
export function readAbbreviations(section: Uint8Array, offset: number): ReadonlyMap<number, Abbreviation> {
  const reader = new ByteReader(section, "DWARF abbreviations");
  reader.offset = offset;
  const table = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    const tag = reader.uleb();
    const hasChildren = reader.u8() !== 0;
    const attributes: AttributeSpecification[] = [];
    for (;;) {
      const name = reader.uleb();
      const form = reader.uleb();
      if (name === 0 && form === 0) break;
      const implicit = form === FORM.implicitConst ? reader.sleb() : 0;
      attributes.push({ name, form, implicit });
      if (attributes.length > MOST_ATTRIBUTES) {
        throw new ImageError(`DWARF abbreviation ${code} has more than ${MOST_ATTRIBUTES} attributes`);
      }
    }
    table.set(code, { tag, hasChildren, attributes });
    if (reader.atEnd) break;
  }
  return table;
}
