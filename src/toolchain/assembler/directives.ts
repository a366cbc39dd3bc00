import type { ImageSymbol } from "../image.ts";
import { StatementError } from "./assembler-error.ts";
import type { SectionBuilder, SectionKind } from "./section-builder.ts";
import { sectionKindByFlags, sectionKindByName } from "./section-builder.ts";
import { splitOutside } from "./source.ts";
import { stringBytes } from "./strings.ts";

/** What a directive can do to the program. */
export interface DirectiveContext {
  readonly section: SectionBuilder;
  /** Makes a section current, and creates it when it is new. */
  enter(name: string, kind: SectionKind): void;
  /** Back to the section before. */
  leave(): void;
  /** A constant that is known at this place in the text. */
  constant(expression: string, what: string): bigint;
  /** Distance from the begin of the current section, for `.org`. */
  location(expression: string): number;
  /** A value that may depend on symbols defined further down. */
  data(expression: string, bytes: number, offset: number): void;
  assign(name: string, expression: string, once: boolean): void;
  setGlobal(name: string): void;
  setType(name: string, type: ImageSymbol["type"]): void;
  setSize(name: string, expression: string): void;
  /** Space in `.bss` with a label. */
  common(name: string, bytes: number, align: number, global: boolean): void;
}

type Directive = (context: DirectiveContext, operands: readonly string[], offsets: readonly number[]) => void;

const NAME = /^[A-Za-z_.$][\w.$]*$/;
const LARGEST_ALIGN = 1 << 16;

function nameOf(text: string | undefined, directive: string): string {
  const name = (text ?? "").replace(/^"(.*)"$/, "$1");
  if (!NAME.test(name)) throw new StatementError(`${directive} needs a symbol name, got "${name}"`);
  return name;
}

function count(context: DirectiveContext, text: string, what: string): number {
  const value = context.constant(text, what);
  if (value < 0n || value > 0x7fffffffn)
    throw new StatementError(`${what} is ${value}; it must be 0 or more`);
  return Number(value);
}

const byteValue = (context: DirectiveContext, text: string | undefined): number =>
  text === undefined || text === "" ? 0 : Number(context.constant(text, "fill value") & 0xffn);

const NOP = 0x60000000n;
const LAST_NOP = 0x60420000n;
const MOST_NOPS = 4;

/** Padding between instructions as GNU as makes it for Power ISA 2.06: nops, with a branch over many of them. */
function padCode(section: SectionBuilder, at: number, bytes: number): void {
  for (let i = 0; i < bytes; i += 4) section.put(at + i, i + 4 < bytes ? NOP : LAST_NOP, 4);
  if (bytes > 4 * MOST_NOPS) section.put(at, 0x48000000n + BigInt(bytes), 4);
}

function alignTo(
  context: DirectiveContext,
  align: number,
  fill: string | undefined,
  most: string | undefined,
): void {
  if (align > LARGEST_ALIGN || (align & (align - 1)) !== 0) {
    throw new StatementError(`alignment ${align} is not a power of two up to ${LARGEST_ALIGN} bytes`);
  }
  if (align <= 1) return;
  const { section } = context;
  const bytes = (align - (section.size % align)) % align;
  if (most && bytes > count(context, most, "largest padding")) return;
  section.align = Math.max(section.align, align);
  if (fill || !section.kind.executable || section.kind.empty || bytes % 4 !== 0) {
    section.reserve(bytes, byteValue(context, fill));
    return;
  }
  const at = section.reserve(bytes);
  padCode(section, at, bytes);
}

const data =
  (bytes: number): Directive =>
  (context, operands, offsets) => {
    operands.forEach((operand, i) => {
      context.data(operand, bytes, offsets[i]);
    });
  };

const text =
  (terminator: boolean): Directive =>
  (context, operands) => {
    for (const operand of operands) {
      for (const byte of stringBytes(operand)) context.section.append(BigInt(byte), 1);
      if (terminator) context.section.append(0n, 1);
    }
  };

const enter =
  (name: string): Directive =>
  (context) =>
    context.enter(name, sectionKindByName(name));

const space: Directive = (context, [size, fill]) => {
  context.section.reserve(count(context, size ?? "", "size"), byteValue(context, fill));
};

const byPower: Directive = (context, [power, fill, most]) => {
  const exponent = power ? count(context, power, "alignment") : 2;
  alignTo(context, exponent > 30 ? 2 ** 31 : 2 ** exponent, fill, most);
};

const enterNamed: Directive = (context, [name, flags, type]) => {
  const section = (name ?? "").replace(/^"(.*)"$/, "$1");
  if (!/^[\w.$-]+$/.test(section)) throw new StatementError(`.section needs a name, got "${section}"`);
  const kind = flags
    ? sectionKindByFlags(flags.replaceAll('"', ""), type?.replace(/^[@%]/, ""))
    : sectionKindByName(section);
  context.enter(section, kind);
};

const assign =
  (once: boolean): Directive =>
  (context, [name, ...value]) =>
    context.assign(nameOf(name, ".set"), value.join(","), once);

const global: Directive = (context, operands) => {
  for (const operand of operands) context.setGlobal(nameOf(operand, ".global"));
};

const common =
  (isGlobal: boolean): Directive =>
  (context, [name, size, align]) =>
    context.common(
      nameOf(name, ".comm"),
      count(context, size ?? "", "size"),
      align ? count(context, align, "alignment") : 4,
      isGlobal,
    );

const nothing: Directive = () => {};

const otherFile =
  (directive: string): Directive =>
  () => {
    throw new StatementError(`${directive} is not supported; a program is one file`);
  };

/** Directives by name; `.rept`, `.macro` and `.if` are blocks and are handled before these. */
export const DIRECTIVES: Readonly<Record<string, Directive>> = {
  ".text": enter(".text"),
  ".data": enter(".data"),
  ".bss": enter(".bss"),
  ".rodata": enter(".rodata"),
  ".section": enterNamed,
  ".pushsection": enterNamed,
  ".previous": (context) => context.leave(),
  ".popsection": (context) => context.leave(),
  ".align": byPower,
  ".p2align": byPower,
  ".balign": (context, [align, fill, most]) =>
    alignTo(context, count(context, align ?? "", "alignment"), fill, most),
  ".org": (context, [to, fill]) => {
    const target = context.location(to ?? "");
    const bytes = target - context.section.size;
    if (bytes < 0) {
      throw new StatementError(
        `.org 0x${target.toString(16)} goes back: ${context.section.name} is already at 0x${context.section.size.toString(16)}`,
      );
    }
    context.section.reserve(bytes, byteValue(context, fill));
  },
  ".byte": data(1),
  ".half": data(2),
  ".short": data(2),
  ".hword": data(2),
  ".2byte": data(2),
  ".long": data(4),
  ".word": data(4),
  ".int": data(4),
  ".4byte": data(4),
  ".quad": data(8),
  ".8byte": data(8),
  ".ascii": text(false),
  ".asciz": text(true),
  ".string": text(true),
  ".space": space,
  ".skip": space,
  ".zero": space,
  ".fill": (context, [repeat, size, value]) => {
    const times = count(context, repeat ?? "", "repeat count");
    const bytes = size ? count(context, size, "size") : 1;
    if (bytes > 8) throw new StatementError(`.fill with values of ${bytes} bytes; at most 8`);
    const pattern = value ? context.constant(value, "value") : 0n;
    const at = context.section.reserve(times * bytes);
    if (pattern !== 0n) for (let i = 0; i < times; i++) context.section.put(at + i * bytes, pattern, bytes);
  },
  ".global": global,
  ".globl": global,
  ".weak": global,
  ".local": nothing,
  ".equ": assign(false),
  ".set": assign(false),
  ".equiv": assign(true),
  ".type": (context, [name, type]) => {
    const kind = /^[@%#"]?(function|object|notype)"?$/.exec(type ?? "")?.[1];
    if (!kind)
      throw new StatementError(`.type ${name}: "${type ?? ""}" is not @function, @object or @notype`);
    context.setType(nameOf(name, ".type"), kind === "notype" ? "none" : (kind as "function" | "object"));
  },
  ".size": (context, [name, ...size]) => context.setSize(nameOf(name, ".size"), size.join(",")),
  ".comm": common(true),
  ".lcomm": common(false),
  ".file": nothing,
  ".ident": nothing,
  ".machine": nothing,
  ".gnu_attribute": nothing,
  ".loc": nothing,
  ".include": otherFile(".include"),
  ".incbin": otherFile(".incbin"),
};

/** Operands of a directive, cut at commas, with their positions behind the begin of the operand text. */
export function directiveOperands(text: string): { operands: string[]; offsets: number[] } {
  if (text.trim() === "") return { operands: [], offsets: [] };
  const parts = splitOutside(text, ",");
  return {
    operands: parts.map((part) => part.text.trim()),
    offsets: parts.map((part) => part.at + (part.text.length - part.text.trimStart().length)),
  };
}
