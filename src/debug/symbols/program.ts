import { AT, TAG } from "../../toolchain/elf/dwarf-constants.ts";
import { debugSections } from "../../toolchain/elf/index.ts";
import type { Image, SourceLocation } from "../../toolchain/image.ts";
import { AddressIndex } from "../../toolchain/symbols.ts";
import { CallFrames } from "../dwarf/call-frame.ts";
import type { Die } from "../dwarf/die.ts";
import { DebugInfo } from "../dwarf/info.ts";
import { Code } from "./code.ts";
import { DEFAULT_FRAMES, FrameBuilder, isProgramFrame } from "./frames.ts";
import { declarationOf, FunctionIndex } from "./functions.ts";
import { type IndexedRow, LineIndex } from "./lines.ts";
import { BreakpointPlaces } from "./places.ts";
import { SourceFiles } from "./sources.ts";
import { NAMED_TYPES, TypeReader } from "./type-reader.ts";
import type {
  Backtrace,
  Frame,
  FunctionSymbol,
  GlobalSymbol,
  InlinedCall,
  LinePlaces,
  LineRow,
  MemoryReader,
  Place,
  ProgramSymbols,
  RegisterReader,
  Type,
  TypedValue,
  Variable,
} from "./types.ts";
import { Unwinder } from "./unwind.ts";
import { Value } from "./value.ts";
import { Variables } from "./variables.ts";

export interface SymbolOptions {
  /** Path of the program's file: sources are looked for beside it too. */
  readonly path?: string;
  /** Directories in which source files are looked for, before the current directory. */
  readonly directories?: readonly string[];
}

interface Named {
  readonly symbol: GlobalSymbol;
  readonly die?: Die;
}

/**
 * Symbols of a program: from its debug information (DWARF 2 to 5) as far as there is any, else from its symbol table.
 * Damaged debug information never throws; `problems` tells what could not be read.
 */
export function createProgramSymbols(image: Image, options: SymbolOptions = {}): ProgramSymbols {
  return new Program(image, options);
}

class Program implements ProgramSymbols {
  private readonly image: Image;
  private readonly info: DebugInfo;
  private readonly addresses: AddressIndex;
  private readonly lines: LineIndex;
  private readonly functionIndex: FunctionIndex;
  private readonly places: BreakpointPlaces;
  private readonly sources: SourceFiles;
  private readonly typeReader: TypeReader;
  private readonly variableReader: Variables;
  private readonly frameBuilder: FrameBuilder;
  #globals: ReadonlyMap<string, Named> | undefined;
  #types: ReadonlyMap<string, Die> | undefined;

  constructor(image: Image, options: SymbolOptions) {
    this.image = image;
    const sections = debugSections(image);
    this.info = new DebugInfo(sections);
    this.addresses = new AddressIndex(image);
    this.lines = new LineIndex(this.info, image);
    this.functionIndex = new FunctionIndex(image, this.info, this.lines);
    this.places = new BreakpointPlaces(this.lines, this.functionIndex);
    this.sources = new SourceFiles(options.directories ?? [], options.path);
    this.typeReader = new TypeReader((name, tag) => {
      const die = this.namedTypes.get(name);
      return die?.tag === tag ? die : undefined;
    });
    this.variableReader = new Variables(this.typeReader, this.lines, (address) =>
      this.addresses.nameOf(address),
    );
    const ehFrameAddress = image.sections.find((section) => section.name === ".eh_frame")?.address;
    const callFrames = new CallFrames(
      {
        debugFrame: sections.get(".debug_frame"),
        ehFrame: sections.get(".eh_frame"),
        ehFrameAddress,
      },
      (error) => this.info.note(error),
    );
    const unwinder = new Unwinder(callFrames, new Code(image));
    this.frameBuilder = new FrameBuilder(image, this.functionIndex, this.lines, unwinder);
  }

  get problems(): readonly string[] {
    return this.info.problems;
  }

  functionAt(address: number): FunctionSymbol | undefined {
    return this.functionIndex.at(address);
  }

  callsAt(address: number): readonly InlinedCall[] {
    return this.frameBuilder.callsAt(address);
  }

  sourceAt(address: number): SourceLocation | undefined {
    return this.lines.sourceAt(address);
  }

  lineRowAt(address: number): LineRow | undefined {
    return this.lines.rowAt(address);
  }

  rowsOfLine(file: string, line: number): readonly LineRow[] {
    const isRow = (row: IndexedRow) => row.line === line && row.high > row.low;
    return this.lines.find(file).flatMap((name) => this.lines.rowsOfFile(name).filter(isRow));
  }

  findFiles(name: string): readonly string[] {
    return this.lines.find(name);
  }

  placesOfLine(file: string, line: number): readonly LinePlaces[] {
    return this.places.ofLine(file, line);
  }

  linesWithCode(file: string): readonly number[] {
    const rows = this.lines.find(file).flatMap((name) => this.lines.rowsOfFile(name));
    return [...new Set(rows.filter((row) => row.isStatement).map((row) => row.line))].sort((a, b) => a - b);
  }

  findFunctions(name: string): readonly FunctionSymbol[] {
    return this.functionIndex.find(name);
  }

  placesOfFunction(name: string): readonly number[] {
    return this.places.ofFunction(name);
  }

  afterPrologue(entry: number): number {
    return this.places.afterPrologue(entry);
  }

  get files(): readonly string[] {
    return this.lines.files;
  }

  get functions(): readonly FunctionSymbol[] {
    return this.functionIndex.all;
  }

  sourceText(file: string): readonly string[] | undefined {
    return this.sources.lines(file, this.lines.recorded(file));
  }

  sourcePath(file: string): string | undefined {
    return this.sources.path(file, this.lines.recorded(file));
  }

  // ---- globals and types -------------------------------------------------------------------------------------------

  private get named(): ReadonlyMap<string, Named> {
    this.#globals ??= this.readGlobals();
    return this.#globals;
  }

  private readGlobals(): Map<string, Named> {
    const globals = new Map<string, Named>();
    const noMemory: MemoryReader = { read: () => undefined };
    for (const unit of this.info.units) {
      for (const die of unit.entries.values()) {
        if (die.tag !== TAG.variable || !isGlobal(die)) continue;
        const name = die.qualifiedName;
        const value = name === undefined ? undefined : this.variableReader.globalValue(die, noMemory);
        if (name === undefined || value?.place.kind !== "memory" || globals.has(name)) continue;
        const declaration = declarationOf(die, this.lines);
        const symbol = { name, type: value.type, address: value.place.address, bytes: value.type.bytes };
        globals.set(name, { symbol: { ...symbol, ...(declaration && { declaration }) }, die });
      }
    }
    for (const { name, address, size, type } of this.image.symbols) {
      if (type !== "object" || name === "" || globals.has(name)) continue;
      globals.set(name, { symbol: { name, address, bytes: size } });
    }
    return globals;
  }

  get globals(): readonly GlobalSymbol[] {
    return [...this.named.values()].map(({ symbol }) => symbol);
  }

  private findNamed(name: string): Named | undefined {
    const exact = this.named.get(name);
    if (exact) return exact;
    return [...this.named.values()].find(({ symbol }) => symbol.name.endsWith(`::${name}`));
  }

  findGlobal(name: string): GlobalSymbol | undefined {
    return this.findNamed(name)?.symbol;
  }

  private get namedTypes(): ReadonlyMap<string, Die> {
    if (!this.#types) {
      const types = new Map<string, Die>();
      for (const unit of this.info.units) {
        for (const die of unit.entries.values()) {
          const name = NAMED_TYPES.has(die.tag) ? die.qualifiedName : undefined;
          if (name === undefined || die.flag(AT.declaration)) continue;
          // A struct and a typedef may share their name.
          if (!types.has(name) || types.get(name)!.tag === TAG.typedef) types.set(name, die);
        }
      }
      this.#types = types;
    }
    return this.#types;
  }

  get typeNames(): readonly string[] {
    return [...this.namedTypes.keys()];
  }

  findType(name: string): Type | undefined {
    const match = /^\s*(?:(?:struct|union|class|enum)\s+)?(.*?)\s*((?:\*\s*)*)$/.exec(name);
    const die = match && this.namedTypes.get(match[1]);
    if (!match || !die) return undefined;
    const stars = match[2].replace(/\s/g, "").length;
    let type = this.typeReader.read(die);
    for (let n = 0; n < stars; n++) type = this.typeReader.pointer(type);
    return type;
  }

  // ---- frames and variables ----------------------------------------------------------------------------------------

  backtrace(registers: RegisterReader, memory: MemoryReader, limit = DEFAULT_FRAMES): Backtrace {
    return this.frameBuilder.backtrace(registers, memory, limit);
  }

  variables(frame: Frame, memory: MemoryReader): readonly Variable[] {
    return isProgramFrame(frame) ? this.variableReader.inScope(frame, memory) : [];
  }

  lookup(name: string, frame: Frame | undefined, memory: MemoryReader): TypedValue | undefined {
    const local = frame && this.variables(frame, memory).find((variable) => variable.name === name);
    if (local) return local.value;
    const global = this.findNamed(name);
    if (global?.die) return this.variableReader.globalValue(global.die, memory);
    return global && this.untyped(global.symbol, memory);
  }

  /** A global without a type, as unsigned integers: one of its size, or words. */
  private untyped({ address, bytes }: GlobalSymbol, memory: MemoryReader): TypedValue {
    const integer = (size: number): Type => ({
      kind: "base",
      name: `u${8 * size}`,
      bytes: size,
      encoding: "unsigned",
    });
    const isOne = bytes === 1 || bytes === 2 || bytes === 4;
    const element = isOne ? integer(bytes) : integer(bytes % 4 === 0 ? 4 : 1);
    const type = isOne || bytes === 0 ? element : this.typeReader.arrayOf(element, bytes / element.bytes);
    return this.valueAt(type, { kind: "memory", address }, memory);
  }

  valueAt(type: Type, place: Place, memory: MemoryReader, registers?: RegisterReader): TypedValue {
    return new Value(type, place, this.variableReader.context(memory, registers));
  }
}

/** Variables of units, namespaces and static ones of functions; not locals. */
function isGlobal(die: Die): boolean {
  return die.own(AT.location) !== undefined && !die.own(AT.declaration);
}
