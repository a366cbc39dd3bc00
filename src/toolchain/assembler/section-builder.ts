import { StatementError } from "./assembler-error.ts";

/** Largest section in bytes: beyond the SRAM and the external memory, and still quick to build. */
const LARGEST = 16 * 1024 * 1024;

export interface SectionKind {
  readonly executable: boolean;
  readonly writable: boolean;
  /** Only reserves zeroed space. */
  readonly empty: boolean;
}

/** What a section is by its name, as GNU as has it for the usual names and firmware-abi 1.1 for int.* and ext.*. */
export function sectionKindByName(name: string): SectionKind {
  const empty = /bss$|\.s?bss\b/.test(name);
  const executable = !empty && /(^|\.)(text|init|fini)\b/.test(name) && !/_array/.test(name);
  return { executable, writable: !executable && !/rodata/.test(name), empty };
}

/** The kind given by the flags and the type of a `.section` directive: `"ax",@progbits`. */
export function sectionKindByFlags(flags: string, type: string | undefined): SectionKind {
  return { executable: flags.includes("x"), writable: flags.includes("w"), empty: type === "nobits" };
}

/** A section while it grows. */
export class SectionBuilder {
  readonly name: string;
  readonly kind: SectionKind;
  align: number;
  size = 0;
  /** Set by the layout. */
  address = 0;
  private buffer = new Uint8Array(256);

  constructor(name: string, kind: SectionKind) {
    this.name = name;
    this.kind = kind;
    this.align = kind.executable ? 4 : 1;
  }

  /** Makes room for bytes, filled with `fill`, and returns where they begin. */
  reserve(bytes: number, fill = 0): number {
    const at = this.size;
    if (bytes > LARGEST - at) {
      throw new StatementError(`section ${this.name} would exceed ${LARGEST} bytes`);
    }
    this.size += bytes;
    if (this.kind.empty) {
      if (fill !== 0)
        throw new StatementError(`section ${this.name} only reserves space and cannot hold data`);
      return at;
    }
    if (this.size > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.size, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    if (fill !== 0) this.buffer.fill(fill, at, this.size);
    return at;
  }

  /** Appends a value of 1, 2, 4 or 8 bytes, big endian. */
  append(value: bigint, bytes: number): void {
    this.put(this.reserve(bytes), value, bytes);
  }

  put(at: number, value: bigint, bytes: number): void {
    if (this.kind.empty) {
      if (value === 0n) return;
      throw new StatementError(`section ${this.name} only reserves space and cannot hold data`);
    }
    let rest = value;
    for (let i = bytes - 1; i >= 0; i--) {
      this.buffer[at + i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  }

  get data(): Uint8Array {
    return this.buffer.slice(0, this.size);
  }
}
