/** The frames of the source text that an instruction stands for: its function, and what was inlined there. */
import { createProgramSymbols, type ProgramSymbols } from "../../debug/symbols/index.ts";
import type { SourceFunction } from "../../toolchain/frontend/index.ts";
import type { Image, SourceLocation } from "../../toolchain/image.ts";
import { declaredFunctions } from "../coverage/functions.ts";

export interface CodeFrame {
  readonly name: string;
  readonly inlined: boolean;
  /** Of the instruction; in outer frames of the call. */
  readonly source: SourceLocation | undefined;
  readonly declaration: SourceLocation | undefined;
}

/**
 * Frames by address. Debug builds tell all inlined calls; in release builds of AssemblyScript the line of an instruction
 * tells the innermost function, which then stands directly in the one that holds the code.
 */
export class CodeFrames {
  readonly #symbols: ProgramSymbols | undefined;
  readonly #declared: ReadonlyMap<string, readonly SourceFunction[]>;
  readonly #frames = new Map<number, readonly CodeFrame[]>();

  private constructor(
    symbols: ProgramSymbols | undefined,
    declared: ReadonlyMap<string, readonly SourceFunction[]>,
  ) {
    this.#symbols = symbols;
    this.#declared = declared;
  }

  /** Without an image, addresses stand for themselves. */
  static async of(image: Image | undefined): Promise<CodeFrames> {
    if (!image) return new CodeFrames(undefined, new Map());
    const symbols = createProgramSymbols(image);
    return new CodeFrames(symbols, await declaredFunctions(symbols, symbols.files));
  }

  /** Outermost first; empty where no symbol tells. */
  at(address: number): readonly CodeFrame[] {
    let frames = this.#frames.get(address);
    if (!frames) {
      frames = this.#find(address);
      this.#frames.set(address, frames);
    }
    return frames;
  }

  #find(address: number): readonly CodeFrame[] {
    const calls = this.#symbols?.callsAt(address) ?? [];
    const frames = calls
      .toReversed()
      .map(({ name, inlined, source, declaration }): CodeFrame => ({ name, inlined, source, declaration }));
    const [own] = frames;
    if (frames.length !== 1 || !own.source) return frames;
    const { file, line } = own.source;
    const f = this.#declared.get(file)?.findLast((each) => each.firstLine <= line && line <= each.lastLine);
    const { declaration } = own;
    if (!f || !declaration || (declaration.file === file && declaration.line === f.line)) return frames;
    const inner = { name: f.name, inlined: true, source: own.source };
    return [
      { ...own, source: declaration },
      { ...inner, declaration: { file, line: f.line, column: 0 } },
    ];
  }
}
