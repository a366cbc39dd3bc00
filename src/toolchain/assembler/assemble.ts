import { AssemblyError, assembleInstruction } from "../../../isa/assemble.ts";
import type { Image, ImageSymbol } from "../image.ts";
import { AssemblerError, type AssemblyFinding, LimitError, StatementError } from "./assembler-error.ts";
import { type Block, BlockError, readBlocks } from "./blocks.ts";
import { DIRECTIVES, type DirectiveContext, directiveOperands } from "./directives.ts";
import { applyModifier, type ExpressionNode, type Modifier, parseExpression } from "./expression.ts";
import { type CodePlace, makeImage } from "./finish.ts";
import { layOut, linkerSymbols } from "./layout.ts";
import { defineMacro, expandMacro, type Macro } from "./macros.ts";
import { SectionBuilder, type SectionKind, sectionKindByName } from "./section-builder.ts";
import { readStatements, type Statement, splitOutside } from "./source.ts";
import { SymbolTable } from "./symbol-table.ts";

export interface AssembleOptions {
  /** Address of the first internal section; default 0, where the PPU starts. */
  readonly textAddress?: number;
  /** Bytes at the top of the SRAM that the linker symbols leave to the mailbox; default 4096. */
  readonly mailboxBytes?: number;
}

const MOST_STATEMENTS = 500_000;
const DEEPEST_MACRO = 100;
const MOST_FINDINGS = 20;
const LABEL = /^([A-Za-z_.$][\w.$]*|\d+)\s*:(?!:)\s*/;
const ASSIGNMENT = /^([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.*)$/s;

/** Something whose bytes can be told only when all addresses are known. */
interface Pending {
  readonly statement: Statement;
  readonly finish: () => void;
}

class Assembly implements DirectiveContext {
  section: SectionBuilder;
  private previous: SectionBuilder;
  private readonly sections = new Map<string, SectionBuilder>();
  private readonly symbols = new SymbolTable();
  private readonly macros = new Map<string, Macro>();
  private readonly pending: Pending[] = [];
  private readonly findings: AssemblyFinding[] = [];
  private readonly code: CodePlace[] = [];
  private readonly options: AssembleOptions;
  private statements = 0;
  private expansions = 0;
  private statement: Statement = { text: "", location: { file: "", line: 1, column: 1 } };

  constructor(options: AssembleOptions) {
    this.options = options;
    this.section = this.previous = this.sectionNamed(".text", sectionKindByName(".text"));
  }

  // What directives do.

  private sectionNamed(name: string, kind: SectionKind): SectionBuilder {
    let section = this.sections.get(name);
    if (!section) this.sections.set(name, (section = new SectionBuilder(name, kind)));
    return section;
  }

  enter(name: string, kind: SectionKind): void {
    if (!/^(int|ext)|\.(text|data|rodata|s?bss|init|fini)/.test(name)) {
      throw new StatementError(
        `section ${name} would not be loaded; begin its name with int. or ext., or use .text, .data, .rodata, .bss`,
      );
    }
    this.previous = this.section;
    this.section = this.sectionNamed(name, kind);
  }

  leave(): void {
    [this.section, this.previous] = [this.previous, this.section];
  }

  constant(expression: string, what: string): bigint {
    const { node, modifier } = parseExpression(expression);
    const known = this.symbols.evaluate(this.symbols.bind(node, this.section));
    if (!known || known.section) {
      throw new StatementError(`${what} "${expression}" must be a number that is known at this place`);
    }
    return modifier ? applyModifier(modifier, known.value) : known.value;
  }

  location(expression: string): number {
    const { node } = parseExpression(expression);
    const known = this.symbols.evaluate(this.symbols.bind(node, this.section));
    if (!known || (known.section && known.section !== this.section) || known.value < 0n) {
      throw new StatementError(
        `.org "${expression}" must be a place in ${this.section.name} that is known here`,
      );
    }
    return Number(known.value);
  }

  data(expression: string, bytes: number, offset: number): void {
    const { node, modifier } = shifted(offset, () => parseExpression(expression));
    const bound = shifted(offset, () => this.symbols.bind(node, this.section));
    const { section } = this;
    const at = section.reserve(bytes);
    this.later(() => {
      const value = shifted(offset, () => this.finalValue(bound, modifier));
      const bits = BigInt(bytes * 8);
      if (value < -(1n << (bits - 1n)) || value >= 1n << bits) {
        throw new StatementError(`value ${value} does not fit ${bytes} byte${bytes > 1 ? "s" : ""}`, offset);
      }
      section.put(at, value, bytes);
    });
  }

  assign(name: string, expression: string, once: boolean): void {
    if (once && this.symbols.isDefined(name)) throw new StatementError(`symbol ${name} is defined already`);
    const { node, modifier } = parseExpression(expression);
    if (modifier) throw new StatementError(`@${modifier} cannot be part of an assigned value`);
    const bound = this.symbols.bind(node, this.section);
    this.symbols.assign(name, bound, this.statement.location);
    this.later(() => this.symbols.evaluate(bound));
  }

  setGlobal(name: string): void {
    this.symbols.setGlobal(name);
  }

  setType(name: string, type: ImageSymbol["type"]): void {
    this.symbols.setType(name, type);
  }

  setSize(name: string, expression: string): void {
    const size = this.symbols.bind(parseExpression(expression).node, this.section);
    this.symbols.setSize(name, size);
    this.later(() => this.symbols.evaluate(size));
  }

  common(name: string, bytes: number, align: number, global: boolean): void {
    const section = this.sectionNamed(".bss", sectionKindByName(".bss"));
    if (align < 1 || (align & (align - 1)) !== 0)
      throw new StatementError(`alignment ${align} is not a power of two`);
    section.align = Math.max(section.align, align);
    section.reserve((align - (section.size % align)) % align);
    this.symbols.defineLabel(name, section, this.statement.location);
    if (global) this.symbols.setGlobal(name);
    this.symbols.setType(name, "object");
    this.symbols.setSize(name, { kind: "number", value: BigInt(bytes), depth: 0 });
    section.reserve(bytes);
  }

  private later(finish: () => void): void {
    this.pending.push({ statement: this.statement, finish });
  }

  private finalValue(node: ExpressionNode, modifier: Modifier | undefined): bigint {
    const { value } = this.symbols.evaluate(node)!;
    return modifier ? applyModifier(modifier, value) : value;
  }

  // Reading.

  /** Runs one statement; what is wrong with it is noted, and reading goes on with the next one. */
  private guarded(statement: Statement, action: () => void): void {
    this.statement = statement;
    try {
      if (++this.statements > MOST_STATEMENTS) {
        throw new LimitError(
          `more than ${MOST_STATEMENTS} statements after expansion; is a macro or .rept endless?`,
        );
      }
      action();
    } catch (error) {
      if (!(error instanceof StatementError || error instanceof AssemblyError)) throw error;
      this.note(error, statement);
      if (error instanceof LimitError || this.findings.length >= MOST_FINDINGS)
        throw new AssemblerError(this.findings);
    }
  }

  private note(error: StatementError | AssemblyError, statement: Statement): void {
    const { location, macro } = statement;
    const column = location.column + (error instanceof StatementError ? error.offset : 0);
    const within = macro ? ` (in macro ${macro.name}, used at line ${macro.used.line})` : "";
    this.findings.push({ location: { ...location, column }, message: error.message + within });
  }

  run(blocks: readonly Block[], depth: number): void {
    for (const block of blocks) {
      switch (block.kind) {
        case "statement":
          this.guarded(block.statement, () => this.execute(block.statement, depth));
          break;
        case "repeat":
          this.repeat(block, depth);
          break;
        case "macro":
          this.guarded(block.head, () => {
            const macro = defineMacro(block.head.text, block.body);
            this.macros.set(macro.name, macro);
          });
          break;
        case "if":
          this.choose(block, depth);
      }
    }
  }

  private repeat(block: Block & { kind: "repeat" }, depth: number): void {
    let times = 0n;
    this.guarded(block.head, () => {
      times = this.constant(block.head.text.slice(".rept".length), ".rept count");
    });
    for (; times > 0n; times--) {
      this.guarded(block.head, () => {});
      this.run(block.body, depth);
    }
  }

  private choose(block: Block & { kind: "if" }, depth: number): void {
    for (const { head, body } of block.branches) {
      let taken = false;
      this.guarded(head, () => {
        const [, directive, operand] = /^\.(\w+)\s*(.*)$/s.exec(head.text)!;
        switch (directive.toLowerCase()) {
          case "ifdef":
            taken = this.symbols.isDefined(operand);
            break;
          case "ifndef":
            taken = !this.symbols.isDefined(operand);
            break;
          case "else":
            taken = true;
            break;
          default:
            taken = this.constant(operand, "condition") !== 0n;
        }
      });
      if (taken) {
        this.run(body, depth);
        return;
      }
    }
  }

  /** A statement without its labels: assignment, directive, macro, or instruction. */
  private execute(whole: Statement, depth: number): void {
    let statement = whole;
    for (let label = LABEL.exec(statement.text); label; label = LABEL.exec(statement.text)) {
      this.symbols.defineLabel(label[1], this.section, statement.location);
      statement = advance(statement, label[0].length);
    }
    this.statement = statement;
    if (statement.text === "") return;
    const assignment = ASSIGNMENT.exec(statement.text);
    const [skipped, word] = /^([^\s"(]+)\s*/.exec(statement.text) ?? ["", ""];
    const rest = statement.text.slice(skipped.length);
    const macro = this.macros.get(word);
    if (assignment) this.assign(assignment[1], assignment[2], false);
    else if (macro) this.expand(macro, rest, statement, depth);
    else if (word.startsWith(".")) this.directive(word.toLowerCase(), rest, skipped.length);
    else this.instruction(word, rest, statement, skipped.length);
  }

  private directive(word: string, rest: string, skipped: number): void {
    if (word.startsWith(".cfi_")) return;
    const directive = Object.hasOwn(DIRECTIVES, word) ? DIRECTIVES[word] : undefined;
    if (!directive) throw new StatementError(`unknown directive ${word}`);
    const { operands, offsets } = directiveOperands(rest);
    directive(
      this,
      operands,
      offsets.map((offset) => offset + skipped),
    );
  }

  private expand(macro: Macro, rest: string, statement: Statement, depth: number): void {
    if (depth >= DEEPEST_MACRO)
      throw new LimitError(`macro ${macro.name} is nested deeper than ${DEEPEST_MACRO}`);
    const lines = expandMacro(macro, rest, statement, this.expansions++);
    this.statements += lines.length;
    this.run(readBlocks(lines), depth + 1);
  }

  private instruction(mnemonic: string, rest: string, statement: Statement, skipped: number): void {
    const { section } = this;
    if (!section.kind.executable) {
      throw new StatementError(`instruction ${mnemonic} in section ${section.name}, which holds no code`);
    }
    if (section.size % 4 !== 0) {
      throw new StatementError(
        `instruction at 0x${section.size.toString(16)} of ${section.name}; put .balign 4 before`,
      );
    }
    const at = section.reserve(4);
    this.code.push({ section, at, location: statement.macro?.used ?? statement.location });
    const parts = rest === "" ? [] : splitOutside(rest, ",");
    const operands = parts.map((part) => part.text.trim());
    const values = new Map<string, () => bigint>();
    const bind = (expression: string): (() => bigint) => {
      const position = skipped + Math.max(rest.indexOf(expression), 0);
      const { node, modifier } = shifted(position, () => parseExpression(expression));
      const bound = shifted(position, () => this.symbols.bind(node, section));
      return () => shifted(position, () => this.finalValue(bound, modifier));
    };
    // `.`, numeric labels and reassigned symbols mean what they mean here, so they are bound before the address is known.
    section.size = at;
    for (const expression of operands.flatMap((operand) => [operand, operand.replace(/\([^()]*\)$/, "")])) {
      if (!/[A-Za-z_.$]/.test(expression) || values.has(expression)) continue;
      try {
        values.set(expression, bind(expression));
      } catch (error) {
        values.set(expression, () => {
          throw error;
        });
      }
    }
    section.size = at + 4;
    this.later(() => {
      const resolve = (expression: string): number =>
        Number((values.get(expression.trim()) ?? bind(expression))());
      const word = assembleInstruction(mnemonic, operands, { address: section.address + at, resolve });
      section.put(at, BigInt.asUintN(32, BigInt(word)), 4);
    });
  }

  // Finishing.

  finish(): Image {
    const sections = [...this.sections.values()].filter((section) => section.size > 0);
    const mailbox = this.options.mailboxBytes ?? 4096;
    const internalEnd = layOut(sections, this.options.textAddress ?? 0);
    this.symbols.finish(linkerSymbols(internalEnd, mailbox));
    for (const { statement, finish } of this.pending) this.guarded(statement, finish);
    if (this.findings.length > 0) throw new AssemblerError(this.findings);
    return makeImage(sections, this.symbols, this.code, mailbox);
  }
}

const advance = (statement: Statement, characters: number): Statement => ({
  ...statement,
  text: statement.text.slice(characters),
  location: { ...statement.location, column: statement.location.column + characters },
});

/** Runs something on a part of a statement; errors count their position from the begin of the statement. */
function shifted<T>(offset: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof StatementError && !(error instanceof LimitError)) {
      throw new StatementError(error.message, error.offset + offset);
    }
    throw error;
  }
}

/**
 * Assembles GNU-style Power and FXV text into an image: `.text` from address 0, then data and zeroed space, `ext.*`
 * sections in external memory (firmware-abi 1.1); the symbols of the official linker script are known. `fileName`
 * stands in messages and in the line table. Throws AssemblerError with file, line and column.
 */
export function assemble(text: string, fileName: string, options: AssembleOptions = {}): Image {
  const assembly = new Assembly(options);
  try {
    assembly.run(readBlocks(readStatements(text, fileName)), 0);
  } catch (error) {
    if (error instanceof BlockError) {
      throw new AssemblerError([{ location: error.statement.location, message: error.message }]);
    }
    throw error;
  }
  return assembly.finish();
}
