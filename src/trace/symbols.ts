import {
  createProgramSymbols,
  type InlinedCall,
  type ProgramSymbols,
  type SymbolOptions,
} from "../debug/symbols/index.ts";
import type { Image, SourceLocation } from "../toolchain/image.ts";
import { AddressIndex, sectionAt } from "../toolchain/symbols.ts";
import type { FunctionAt, TracedFunction } from "./calls.ts";
import type { PpuName, Trace } from "./model.ts";

/** From here on a data address is no memory of the program (the omnibus), while code may lie there. */
const END_OF_DATA = 0x8000_0000;

/** Names, functions and source lines of a program by address; every address is looked up once. */
export class TraceSymbols {
  readonly image: Image | undefined;
  readonly index: AddressIndex | undefined;
  readonly #options: SymbolOptions;
  readonly #names = new Map<number, string | undefined>();
  readonly #functions = new Map<number, TracedFunction | undefined>();
  readonly #sources = new Map<number, SourceLocation | undefined>();
  readonly #calls = new Map<number, readonly InlinedCall[]>();
  #program: ProgramSymbols | undefined;

  /** `options` tell where source files are looked for. */
  constructor(image: Image | undefined, options: SymbolOptions = {}) {
    this.image = image;
    this.#options = options;
    this.index = image && new AddressIndex(image);
  }

  /** What debug information tells; undefined without an image. */
  get program(): ProgramSymbols | undefined {
    if (!this.#program && this.image) this.#program = createProgramSymbols(this.image, this.#options);
    return this.#program;
  }

  /** Function whose code holds an address. */
  readonly functionAt: FunctionAt = (address) =>
    cached(this.#functions, address, () => this.program?.functionAt(address));

  /** `name` or `name+0x10` of an address; undefined where there is no symbol. */
  readonly nameOf = (address: number): string | undefined =>
    cached(this.#names, address, () => this.index?.nameOf(address));

  /** The same for a data address of the program's own memory. */
  readonly dataName = (address: number): string | undefined => {
    const { image } = this;
    if (!image || address >= END_OF_DATA) return undefined;
    return sectionAt(image, address)?.executable === false ? this.nameOf(address) : undefined;
  };

  sourceAt(address: number): SourceLocation | undefined {
    return cached(this.#sources, address, () => this.program?.sourceAt(address));
  }

  /** The function at an address and the calls inlined there, innermost first; empty where nothing is known. */
  callsAt(address: number): readonly InlinedCall[] {
    return cached(this.#calls, address, () => this.program?.callsAt(address) ?? []);
  }
}

function cached<T>(map: Map<number, T>, key: number, find: () => T): T {
  let value = map.get(key);
  if (value === undefined && !map.has(key)) {
    value = find();
    map.set(key, value);
  }
  return value as T;
}

export type SymbolsByPpu = Readonly<Record<PpuName, TraceSymbols>>;

/** Symbols of both PPUs' programs; one object where the program is the same. */
export function symbolsOf(trace: Trace, options: SymbolOptions = {}): SymbolsByPpu {
  const top = new TraceSymbols(trace.image("top"), options);
  const bottom = trace.image("bottom");
  return { top, bottom: bottom === top.image ? top : new TraceSymbols(bottom, options) };
}
