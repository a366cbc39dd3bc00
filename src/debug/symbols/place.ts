/** Bytes of places: reading them from registers and memory, and writing them. */
import type { MemoryReader, Place, PlaceWriter, RegisterReader } from "./types.ts";

export interface Access {
  readonly memory: MemoryReader;
  readonly registers?: RegisterReader;
}

/** Most bytes of one value; larger ones come from damaged types. */
export const MOST_VALUE_BYTES = 1 << 20;

export function wordBytes(word: number): Uint8Array {
  return Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
}

export const wordOf = (bytes: Uint8Array): number =>
  ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;

/** A word register holds shorter values in its low bytes. */
function lowBytes(word: number | undefined, length: number): Uint8Array | undefined {
  return word === undefined || length > 4 ? undefined : wordBytes(word).subarray(4 - length);
}

/** The `length` bytes of a place; undefined when one of them is not known. */
export function readPlace(place: Place, length: number, access: Access): Uint8Array | undefined {
  if (length > MOST_VALUE_BYTES) return undefined;
  const { memory, registers } = access;
  switch (place.kind) {
    case "memory":
      return length === 0 ? new Uint8Array(0) : memory.read(place.address, length);
    case "gpr":
      return lowBytes(registers?.gpr(place.register), length);
    case "special":
      return lowBytes(registers?.special(place.name), length);
    case "vector": {
      const lanes = registers?.vector(place.register);
      return lanes && lanes.length >= length ? lanes.slice(0, length) : undefined;
    }
    case "value":
      return place.bytes.length === length ? place.bytes : undefined;
    case "part": {
      const whole = readPlace(place.of, place.whole, access);
      const end = place.offset + length;
      return whole && end <= whole.length ? whole.slice(place.offset, end) : undefined;
    }
    case "pieces": {
      const total = place.pieces.reduce((sum, { bytes }) => sum + bytes, 0);
      if (total < length) return undefined;
      const result = new Uint8Array(total);
      let at = 0;
      for (const piece of place.pieces) {
        const bytes = readPlace(piece.place, piece.bytes, access);
        if (!bytes) return undefined;
        result.set(bytes, at);
        at += piece.bytes;
      }
      return result.subarray(0, length);
    }
    case "absent":
      return undefined;
  }
}

/** Place of `length` bytes inside a value of `whole` bytes. */
export function partOf(place: Place, whole: number, offset: number, length: number): Place {
  switch (place.kind) {
    case "memory":
      return { kind: "memory", address: (place.address + offset) >>> 0 };
    case "value":
      return { kind: "value", bytes: place.bytes.subarray(offset, offset + length) };
    case "part":
      return { ...place, offset: place.offset + offset };
    case "absent":
      return place;
    case "pieces": {
      let at = 0;
      for (const piece of place.pieces) {
        if (offset >= at && offset + length <= at + piece.bytes) {
          return offset === at && length === piece.bytes
            ? piece.place
            : partOf(piece.place, piece.bytes, offset - at, length);
        }
        at += piece.bytes;
      }
      return { kind: "part", of: place, whole, offset };
    }
    default:
      return { kind: "part", of: place, whole, offset };
  }
}

/** Whether `writePlace` can write to a place. */
export function isAssignable(place: Place): boolean {
  switch (place.kind) {
    case "value":
    case "absent":
      return false;
    case "part":
      return isAssignable(place.of);
    case "pieces":
      return place.pieces.every((piece) => isAssignable(piece.place));
    default:
      return true;
  }
}

/**
 * Writes the bytes of a value to its place; the rest of a register keeps its contents. False when nothing was written,
 * as the place can't be assigned or a register around the bytes is not known.
 */
export function writePlace(place: Place, bytes: Uint8Array, access: Access, writer: PlaceWriter): boolean {
  if (!isAssignable(place)) return false;
  switch (place.kind) {
    case "memory":
      writer.writeMemory(place.address, bytes);
      return true;
    case "gpr":
    case "special": {
      if (bytes.length > 4) return false;
      const word = new Uint8Array(4);
      word.set(bytes, 4 - bytes.length);
      // A shorter value is kept extended by its sign or by zeros; what was above it does not matter to the program.
      if (place.kind === "gpr") writer.writeGpr(place.register, wordOf(word));
      else writer.writeSpecial(place.name, wordOf(word));
      return true;
    }
    case "vector": {
      const lanes = access.registers?.vector(place.register)?.slice();
      if (!lanes || bytes.length > lanes.length) return false;
      lanes.set(bytes);
      writer.writeVector(place.register, lanes);
      return true;
    }
    case "part": {
      const whole = readPlace(place.of, place.whole, access)?.slice();
      if (!whole || place.offset + bytes.length > whole.length) return false;
      whole.set(bytes, place.offset);
      return writePlace(place.of, whole, access, writer);
    }
    case "pieces": {
      let at = 0;
      for (const piece of place.pieces) {
        if (at >= bytes.length) break;
        if (!writePlace(piece.place, bytes.subarray(at, at + piece.bytes), access, writer)) return false;
        at += piece.bytes;
      }
      return true;
    }
    default:
      return false;
  }
}
