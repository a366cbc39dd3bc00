/** What expressions see of the chip at a stop: registers, memories, rows and the program's names in one frame. */
import type { Chip } from "../chip/index.ts";
import type { Image } from "../toolchain/image.ts";
import { findSymbol } from "../toolchain/symbols.ts";
import type { Environment } from "./expression/environment.ts";
import { checkPoke, peekMemory, pokeMemory } from "./memory.ts";
import {
  checkRegisterWrite,
  elementsOf,
  isRegister,
  readRegister,
  readWord,
  writeRegister,
} from "./registers.ts";
import {
  assign,
  type Frame,
  type MemoryReader,
  type ProgramSymbols,
  type RegisterReader,
  stripped,
  type TypedValue,
} from "./symbols/index.ts";
import { type PpuName, type RegisterValue, SessionError, type SynapseRegionName } from "./types.ts";

/** Something whose change can change the value of an expression. */
export type Dependency =
  | { readonly kind: "element"; readonly ppu: PpuName; readonly element: string }
  | { readonly kind: "memory"; readonly ppu: PpuName; readonly address: number; readonly length: number }
  | {
      readonly kind: "row";
      readonly hemisphere: PpuName;
      readonly region: SynapseRegionName;
      readonly row: number;
    }
  | { readonly kind: "cadc"; readonly hemisphere: PpuName }
  /** Changes with every instruction. */
  | { readonly kind: "time" };

export type Recorder = (dependency: Dependency) => void;

/** How an expression's assignments reach the chip. */
export type Changer = (description: string, apply: (chip: Chip) => void) => void;

export interface ScopeHost {
  readonly chip: Chip;
  readonly change: Changer;
  symbols(ppu: PpuName): ProgramSymbols;
  image(ppu: PpuName): Image | undefined;
}

/** The registers of a PPU as they are now. */
export function liveRegisters(chip: Chip, ppu: PpuName, record?: Recorder): RegisterReader {
  const note = (name: string) => {
    if (name === "pc") record?.({ kind: "time" });
    else for (const element of elementsOf(name)) record?.({ kind: "element", ppu, element });
  };
  return {
    get pc() {
      note("pc");
      return chip.ppus[ppu].pc;
    },
    gpr(register) {
      note(`r${register}`);
      return chip.ppus[ppu].gpr(register) >>> 0;
    },
    special(name) {
      note(name);
      return readWord(chip, ppu, name);
    },
    vector(register) {
      note(`v${register}`);
      return chip.ppus[ppu].vector(register);
    },
  };
}

/** Memory by data address; all the bytes or nothing. */
export function memoryReader(chip: Chip, ppu: PpuName, record?: Recorder): MemoryReader {
  return {
    read(address, length) {
      record?.({ kind: "memory", ppu, address, length });
      const bytes = peekMemory(chip, ppu, address, length);
      return bytes?.length === length ? bytes : undefined;
    },
  };
}

export class Scope implements Environment {
  readonly ppu: PpuName;
  readonly #host: ScopeHost;
  readonly #frameIndex: number;
  readonly #record: Recorder | undefined;
  /** Variables keep their place once they have been found, so that a watched expression means one object. */
  readonly #variables = new Map<string, TypedValue | undefined>();
  readonly #others = new Map<PpuName, Scope>();

  constructor(host: ScopeHost, ppu: PpuName, frame = 0, record?: Recorder) {
    this.#host = host;
    this.ppu = ppu;
    this.#frameIndex = frame;
    this.#record = record;
  }

  of(ppu: PpuName): Scope {
    if (ppu === this.ppu) return this;
    const made = this.#others.get(ppu) ?? new Scope(this.#host, ppu, 0, this.#record);
    this.#others.set(ppu, made);
    return made;
  }

  get memory(): MemoryReader {
    return memoryReader(this.#host.chip, this.ppu, this.#record);
  }

  /** The calls of the PPU, innermost first. */
  frames(limit?: number): readonly Frame[] {
    const { chip } = this.#host;
    return this.#host
      .symbols(this.ppu)
      .backtrace(liveRegisters(chip, this.ppu), memoryReader(chip, this.ppu), limit).frames;
  }

  /** Throws SessionError for a frame that does not exist. */
  frame(): Frame {
    const frames = this.frames(this.#frameIndex + 1);
    const frame = frames[this.#frameIndex];
    if (frame) return frame;
    throw new SessionError(`there is no frame ${this.#frameIndex}; there are ${frames.length}`);
  }

  isRegister(name: string): boolean {
    return isRegister(name);
  }

  readRegister(name: string): RegisterValue {
    if (name === "pc" || name === "tbl" || name === "tbu") this.#record?.({ kind: "time" });
    else for (const element of elementsOf(name)) this.#record?.({ kind: "element", ppu: this.ppu, element });
    const inFrame = this.#frameIndex > 0 ? this.#frameRegister(name) : undefined;
    return inFrame ?? readRegister(this.#host.chip, this.ppu, name);
  }

  writeRegister(name: string, value: RegisterValue): void {
    checkRegisterWrite(name, value);
    const { ppu } = this;
    this.#host.change(`${ppu} ${name}`, (chip) => writeRegister(chip, ppu, name, value));
  }

  readMemory(address: number, length: number): Uint8Array | undefined {
    return this.memory.read(address, length);
  }

  writeMemory(address: number, bytes: Uint8Array): void {
    checkPoke(address, bytes.length);
    const { ppu } = this;
    const kept = bytes.slice();
    this.#host.change(`${bytes.length} bytes at 0x${address.toString(16)}`, (chip) =>
      pokeMemory(chip, ppu, address, kept),
    );
  }

  readRow(region: SynapseRegionName, row: number): Uint8Array {
    this.#record?.({ kind: "row", hemisphere: this.ppu, region, row });
    return synapseRow(this.#host.chip, this.ppu, region, row);
  }

  writeSynapse(region: SynapseRegionName, row: number, column: number, value: number): void {
    const { ppu } = this;
    this.#host.change(`${ppu} ${region} ${row} ${column}`, (chip) =>
      chip.hemispheres[ppu].setSynapse(region, row, column, value & 0xff),
    );
  }

  conversions(channel: "causal" | "acausal"): Uint8Array {
    this.#record?.({ kind: "cadc", hemisphere: this.ppu });
    return this.#host.chip.hemispheres[this.ppu][channel].slice();
  }

  get cycle(): number {
    this.#record?.({ kind: "time" });
    return this.#host.chip.ppuCycle(this.ppu);
  }

  get instructions(): number {
    this.#record?.({ kind: "time" });
    return this.#host.chip.instructions(this.ppu);
  }

  variable(name: string): TypedValue | undefined {
    if (this.#variables.has(name)) return this.#variables.get(name);
    const symbols = this.#host.symbols(this.ppu);
    const frame = this.#frameForNames();
    const found = symbols.lookup(name, frame, this.memory);
    // A place in a register of frame 0 is read through a recording reader.
    const own =
      found && this.#frameIndex === 0 && found.place.kind !== "value" && found.place.kind !== "absent";
    const value = own
      ? symbols.valueAt(
          found.type,
          found.place,
          this.memory,
          liveRegisters(this.#host.chip, this.ppu, this.#record),
        )
      : found;
    this.#variables.set(name, value);
    return value;
  }

  symbol(
    name: string,
  ): { readonly address: number; readonly size: number; readonly isCode: boolean } | undefined {
    const symbols = this.#host.symbols(this.ppu);
    const [first] = symbols.findFunctions(name);
    if (first) return { address: first.entry, size: 0, isCode: true };
    const image = this.#host.image(this.ppu);
    const symbol = image && findSymbol(image, name);
    return symbol && { address: symbol.address, size: symbol.size, isCode: symbol.type === "function" };
  }

  pointed(pointer: TypedValue, index: number): TypedValue | undefined {
    const target = pointer.dereference();
    if (target?.place.kind !== "memory") return undefined;
    const { type, place } = target;
    const address = (place.address + index * Math.max(1, type.bytes)) >>> 0;
    return this.#host.symbols(this.ppu).valueAt(type, { kind: "memory", address }, this.memory);
  }

  assignVariable(variable: TypedValue, value: number): void {
    if (stripped(variable.type).kind === "pointer" && !Number.isInteger(value))
      throw new SessionError("an address is an integer");
    const problem = assign(variable, value, {
      writeMemory: (address, bytes) => this.writeMemory(address, bytes),
      writeGpr: (register, word) => this.writeRegister(`r${register}`, word),
      writeSpecial: (name, word) => this.writeRegister(name, word),
      writeVector: (register, lanes) => this.writeRegister(`v${register}`, lanes),
    });
    if (problem !== undefined) throw new SessionError(problem);
  }

  /** Names may be looked up although there is no frame with debug information. */
  #frameForNames(): Frame | undefined {
    return this.frames(this.#frameIndex + 1)[this.#frameIndex];
  }

  /** Outer frames know what callees have saved; the rest is as now. */
  #frameRegister(name: string): number | undefined {
    const { registers } = this.frame();
    if (name === "pc") return registers.pc;
    if (/^r\d+$/.test(name)) return registers.gpr(Number(name.slice(1)));
    if (name === "lr" || name === "cr" || name === "ctr") return registers.special(name);
    return undefined;
  }
}

/** A row of the synapse array, 256 columns. Throws SessionError for rows beyond 0..256. */
export function synapseRow(
  chip: Chip,
  hemisphere: PpuName,
  region: SynapseRegionName,
  row: number,
): Uint8Array {
  if (!Number.isInteger(row) || row < 0 || row > 256) throw new SessionError(`rows are 0..256, not ${row}`);
  return Uint8Array.from({ length: 256 }, (_, column) =>
    chip.hemispheres[hemisphere].synapse(region, row, column),
  );
}
