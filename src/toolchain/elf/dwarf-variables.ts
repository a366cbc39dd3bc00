/** Types, variables, blocks and inlined calls as debugging information entries. */
import type {
  AddressRange,
  DebugGlobal,
  DebugScope,
  DebugType,
  DebugVariable,
  ImageDebug,
  LocatedVariable,
  Place,
} from "../debug-info.ts";
import type { SourceLocation } from "../image.ts";
import { ByteWriter } from "./bytes.ts";
import { AT, ENCODING, OP, TAG } from "./dwarf-constants.ts";
import { Entry } from "./dwarf-entries.ts";
import { DWARF_REGISTER } from "./dwarf-registers.ts";

const INLINED = 1;
/** Vector registers follow general purpose ones in the numbers of the code generator. */
const FIRST_VECTOR = 32;

/** Bytes of a value in memory. */
export function bytesOf(type: DebugType): number {
  switch (type.kind) {
    case "array":
      return type.count * bytesOf(type.element);
    case "pointer":
      return 4;
    default:
      return type.bytes;
  }
}

function placeExpression(place: Place, type: DebugType): Uint8Array {
  const out = new ByteWriter();
  switch (place.kind) {
    case "register":
      if (place.register < FIRST_VECTOR) out.u8(OP.reg0 + DWARF_REGISTER.gpr0 + place.register);
      else {
        out.u8(OP.regx);
        out.uleb(DWARF_REGISTER.vector0 + place.register - FIRST_VECTOR);
      }
      break;
    case "stack":
      out.u8(OP.breg0 + DWARF_REGISTER.stackPointer);
      // Small values are the low-order bytes of a word, which come last.
      out.sleb(place.offset + place.bytes - bytesOf(type));
      break;
    case "constant":
      out.u8(OP.consts);
      out.sleb(place.value);
      out.u8(OP.stackValue);
  }
  return out.toBytes();
}

/** Plain name of a function or variable named `file/name`. */
export const plainName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** Collects entries of one unit, with location lists and range lists. */
export class VariableEntries {
  readonly types: Entry[] = [];
  /** What inlined copies refer to. */
  readonly origins: Entry[] = [];
  readonly locations = new ByteWriter();
  private readonly ranges: ByteWriter;
  private readonly files: ReadonlyMap<string, number>;
  private readonly sources: ImageDebug["sources"];
  private readonly typeEntries = new Map<DebugType, Entry>();
  private readonly functionOrigins = new Map<number, Entry>();
  private readonly variableOrigins = new Map<DebugVariable, Entry>();

  constructor(debug: ImageDebug, files: ReadonlyMap<string, number>, ranges: ByteWriter) {
    this.sources = debug.sources;
    this.files = files;
    this.ranges = ranges;
  }

  private type(type: DebugType): Entry {
    const known = this.typeEntries.get(type);
    if (known) return known;
    const make = (tag: number, name?: string): Entry => {
      const entry = new Entry(tag);
      if (name !== undefined) entry.set(AT.name, "string", name);
      this.typeEntries.set(type, entry);
      this.types.push(entry);
      return entry;
    };
    switch (type.kind) {
      case "base": {
        const small = type.bytes === 1 && type.encoding !== "boolean";
        // Bytes are numbers; as characters gdb would print them as text too.
        const encoding = small && type.encoding === "unsigned" ? ENCODING.unsigned : ENCODING[type.encoding];
        return make(TAG.baseType, type.name)
          .set(AT.byteSize, "data1", type.bytes)
          .set(AT.encoding, "data1", encoding);
      }
      case "array": {
        const { name, element, count } = type;
        const array = make(TAG.arrayType).set(AT.type, "ref4", this.type(element));
        if (count > 0) array.add(new Entry(TAG.subrangeType).set(AT.upperBound, "udata", count - 1));
        if (name === undefined) return array;
        // Without it gdb prints byte lanes as characters.
        array.set(AT.gnuVector, "flag", 1);
        const named = new Entry(TAG.typedef).set(AT.name, "string", name).set(AT.type, "ref4", array);
        this.typeEntries.set(type, named);
        this.types.push(named);
        return named;
      }
      case "pointer": {
        const pointer = make(TAG.pointerType).set(AT.byteSize, "data1", 4);
        return type.to ? pointer.set(AT.type, "ref4", this.type(type.to)) : pointer;
      }
      case "structure": {
        const structure = make(TAG.structureType, type.name).set(AT.byteSize, "udata", type.bytes);
        for (const member of type.members) {
          structure.add(
            new Entry(TAG.member)
              .set(AT.name, "string", member.name)
              .set(AT.type, "ref4", this.type(member.type))
              .set(AT.dataMemberLocation, "udata", member.offset),
          );
        }
        return structure;
      }
    }
  }

  private declaration(entry: Entry, location: SourceLocation | undefined): Entry {
    const file = location && this.files.get(location.file);
    if (!location || file === undefined) return entry;
    return entry.set(AT.declFile, "udata", file).set(AT.declLine, "udata", location.line);
  }

  private describe(variable: DebugVariable): Entry {
    const entry = new Entry(variable.parameter ? TAG.formalParameter : TAG.variable);
    entry.set(AT.name, "string", variable.name).set(AT.type, "ref4", this.type(variable.type));
    return this.declaration(entry, variable.location);
  }

  private locate(entry: Entry, { variable, places }: LocatedVariable): Entry {
    if (variable.constant !== undefined) return entry.set(AT.constValue, "sdata", variable.constant);
    if (places.length === 0) return entry;
    entry.set(AT.location, "secOffset", this.locations.length);
    for (const { start, end, place } of places) {
      const bytes = placeExpression(place, variable.type);
      this.locations.u32(start);
      this.locations.u32(end);
      this.locations.u16(bytes.length);
      this.locations.bytes(bytes);
    }
    this.locations.u32(0);
    this.locations.u32(0);
    return entry;
  }

  private range(entry: Entry, ranges: readonly AddressRange[]): Entry {
    if (ranges.length === 1) {
      const [{ start, end }] = ranges;
      return entry.set(AT.lowPc, "addr", start).set(AT.highPc, "addr", end);
    }
    entry.set(AT.ranges, "secOffset", this.ranges.length);
    for (const { start, end } of ranges) {
      this.ranges.u32(start);
      this.ranges.u32(end);
    }
    this.ranges.u32(0);
    this.ranges.u32(0);
    return entry;
  }

  /** The function that copies come from, with the variables that any copy has. */
  private origin(index: number): Entry {
    const known = this.functionOrigins.get(index);
    if (known) return known;
    const { name, location } = this.sources[index];
    const entry = new Entry(TAG.subprogram).set(AT.name, "string", plainName(name));
    this.declaration(entry, location).set(AT.inline, "data1", INLINED);
    this.functionOrigins.set(index, entry);
    this.origins.push(entry);
    return entry;
  }

  private variableOrigin(variable: DebugVariable): Entry {
    const known = this.variableOrigins.get(variable);
    if (known) return known;
    const entry = this.describe(variable);
    this.variableOrigins.set(variable, entry);
    this.origin(variable.function).add(entry);
    return entry;
  }

  /** What stands inside a function, block or copy; `copy` when its variables refer to those of an origin. */
  contents(scope: DebugScope, copy = false): Entry[] {
    const variables = scope.variables.map((located) => {
      const { variable } = located;
      if (!copy) return this.locate(this.describe(variable), located);
      const entry = new Entry(variable.parameter ? TAG.formalParameter : TAG.variable);
      return this.locate(entry.set(AT.abstractOrigin, "ref4", this.variableOrigin(variable)), located);
    });
    const inner = scope.children.map((child): Entry => {
      if (!child.inlined) {
        return this.range(new Entry(TAG.lexicalBlock), child.ranges).add(...this.contents(child, copy));
      }
      const { function: index, call } = child.inlined;
      const entry = new Entry(TAG.inlinedSubroutine).set(AT.abstractOrigin, "ref4", this.origin(index));
      this.range(entry, child.ranges);
      const file = call && this.files.get(call.file);
      if (call && file !== undefined) {
        entry.set(AT.callFile, "udata", file).set(AT.callLine, "udata", call.line);
        if (call.column > 0) entry.set(AT.callColumn, "udata", call.column);
      }
      return entry.add(...this.contents(child, true));
    });
    return [...variables, ...inner];
  }

  global({ name, type, address, constant, location }: DebugGlobal): Entry {
    const entry = new Entry(TAG.variable).set(AT.name, "string", plainName(name));
    this.declaration(entry.set(AT.type, "ref4", this.type(type)), location).set(AT.external, "flag", 1);
    if (constant !== undefined) return entry.set(AT.constValue, "sdata", constant);
    const out = new ByteWriter();
    out.u8(OP.addr);
    out.u32(address ?? 0);
    return entry.set(AT.location, "exprloc", out.toBytes());
  }
}
