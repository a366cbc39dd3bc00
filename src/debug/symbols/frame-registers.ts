/** Registers of frames: those of the PPU, and what callees have left of the callers' ones. */
import { readPlace, wordOf } from "./place.ts";
import type { FrameRegisters, MemoryReader, Place, RegisterReader, SpecialRegister } from "./types.ts";

/** Registers of the innermost frame: the PPU's own. */
export class LiveRegisters implements FrameRegisters {
  private readonly reader: RegisterReader;

  constructor(reader: RegisterReader) {
    this.reader = reader;
  }

  get pc(): number {
    return this.reader.pc;
  }

  gpr(register: number): number | undefined {
    return this.reader.gpr(register);
  }

  special(name: SpecialRegister): number | undefined {
    return this.reader.special(name);
  }

  vector(register: number): Uint8Array | undefined {
    return this.reader.vector(register);
  }

  placeOfGpr(register: number): Place {
    return { kind: "gpr", register };
  }

  placeOfSpecial(name: SpecialRegister): Place {
    return { kind: "special", name };
  }

  placeOfVector(register: number): Place {
    return { kind: "vector", register };
  }
}

/** Registers of a caller: those that callees have saved or changed have other places. */
export class CallerRegisters implements FrameRegisters {
  readonly pc: number;
  private readonly live: RegisterReader;
  private readonly memory: MemoryReader;
  private readonly inner: FrameRegisters;
  private readonly places: ReadonlyMap<string, Place>;

  constructor(
    pc: number,
    live: RegisterReader,
    memory: MemoryReader,
    inner: FrameRegisters,
    places: ReadonlyMap<string, Place>,
  ) {
    this.pc = pc;
    this.live = live;
    this.memory = memory;
    this.inner = inner;
    this.places = places;
  }

  private read(place: Place, length: number): Uint8Array | undefined {
    return readPlace(place, length, { memory: this.memory, registers: this.live });
  }

  private word(place: Place): number | undefined {
    const bytes = this.read(place, 4);
    return bytes && wordOf(bytes);
  }

  gpr(register: number): number | undefined {
    return this.word(this.placeOfGpr(register));
  }

  special(name: SpecialRegister): number | undefined {
    return this.word(this.placeOfSpecial(name));
  }

  vector(register: number): Uint8Array | undefined {
    return this.read(this.placeOfVector(register), 128);
  }

  placeOfGpr(register: number): Place {
    return this.places.get(`r${register}`) ?? this.inner.placeOfGpr(register);
  }

  placeOfSpecial(name: SpecialRegister): Place {
    return this.places.get(name) ?? this.inner.placeOfSpecial(name);
  }

  placeOfVector(register: number): Place {
    return this.places.get(`v${register}`) ?? this.inner.placeOfVector(register);
  }
}
