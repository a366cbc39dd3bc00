/**
 * Translation of scalar meanings to JavaScript text. The text stands in a `case` of a generated loop, where these are
 * in scope: `w` instruction word, `pc`, `t`, `g` GPRs, `S` special registers, `mem`/`half`/`bytes` SRAM views,
 * `code` predecoded SRAM, `M` machine, `D` scalar port, `P` pipeline, `MASKS` rotate masks, `rt ra rb a0` register numbers, and the
 * variables of `TEMPORARIES`.
 */
import { FIELDS, type FieldName } from "../../../isa/fields.ts";
import type { Expression, Statement } from "../../../isa/meaning.ts";
import { SPECIAL, XER } from "../state.ts";
import { isBoolean, someExpression } from "./fold.ts";

const S = (name: keyof typeof SPECIAL) => `S[${SPECIAL[name]}]`;
const STATE_NAMES: Record<string, string> = {
  CR: S("cr"),
  LR: S("lr"),
  CTR: S("ctr"),
  MSR: S("msr"),
  SRR0: S("srr0"),
  SRR1: S("srr1"),
  CSRR0: S("csrr0"),
  CSRR1: S("csrr1"),
  MCSRR0: S("mcsrr0"),
  MCSRR1: S("mcsrr1"),
  PC: "pc",
  TBL: "M.timeBaseLow(t)",
};
const XER_BITS: Record<string, { shift: number; mask: number }> = {
  CA: { shift: 29, mask: XER.CA },
  OV: { shift: 30, mask: XER.OV },
  SO: { shift: 31, mask: XER.SO },
};
/** How a case names the register that a field selects; RA0 is the one that reads 0 for field value 0. */
export const REGISTER_NAMES: Record<string, string> = { RT: "rt", RS: "rt", RA: "ra", RA0: "a0", RB: "rb" };

/** Text of a field's value for the word `w`. */
export function fieldText(name: FieldName): string {
  const { first, last, signed, scale, swapped } = FIELDS[name] as (typeof FIELDS)["SI"] & {
    scale?: number;
    swapped?: boolean;
  };
  const width = last - first + 1;
  if (swapped) {
    const half = width / 2;
    const ones = (1 << half) - 1;
    return `((w >>> ${31 - last} & ${ones}) << ${half} | w >>> ${31 - last + half} & ${ones})`;
  }
  if (!signed) return last === 31 ? `(w & ${2 ** width - 1})` : `(w >>> ${31 - last} & ${2 ** width - 1})`;
  const value = first === 0 ? `w >> ${32 - width}` : `w << ${first} >> ${32 - width}`;
  return scale === 4 ? `((${value}) << 2)` : `(${value})`;
}

/** Who looks on while a loop runs; each combination is a loop of its own. */
export interface Watching {
  /** Calls `M.watch`. */
  readonly observed: boolean;
  /** Counts into `M.counters`. */
  readonly counted: boolean;
  /** Writes raw records into `M.recorder`. */
  readonly recorded: boolean;
}

/** Nobody looks on: the loop may enter translated code. */
export const isPlain = ({ observed, counted, recorded }: Watching): boolean =>
  !observed && !counted && !recorded;

export interface TranslationOptions extends Watching {
  readonly zeroExtendR1: boolean;
}

export class Translator {
  readonly #options: TranslationOptions;
  readonly #locals: Set<string>;

  /** `locals` collects the names that the surrounding function has to declare. */
  constructor(options: TranslationOptions, locals: Set<string>) {
    this.#options = options;
    this.#locals = locals;
  }

  statements(list: readonly Statement[]): string {
    return list.map((node) => this.#statement(node)).join("\n");
  }

  #statement(node: Statement): string {
    if (node.kind === "assign") return this.#assign(node.target, node.value);
    if (node.kind === "do") return this.#do(node.call.name, node.call.arguments);
    const otherwise = node.otherwise.length > 0 ? ` else { ${this.statements(node.otherwise)} }` : "";
    return `if (${this.condition(node.condition)}) { ${this.statements(node.then)} }${otherwise}`;
  }

  #assign(target: string, value: Expression): string {
    const { before, text } = this.#withAccess(value);
    if (target in REGISTER_NAMES) return `${before}g[${REGISTER_NAMES[target]}] = ${text};`;
    if (target === "MSR") return `${before}M.writeMsr(${text}, t);`;
    if (target in XER_BITS) {
      const { shift, mask } = XER_BITS[target];
      return `${before}${S("xer")} = ${S("xer")} & ${~mask} | ${text} << ${shift};`;
    }
    if (target in STATE_NAMES) return `${before}${STATE_NAMES[target]} = ${text};`;
    if (!/^[a-z]/.test(target)) throw new Error(`meaning assigns unknown name ${target}`);
    this.#locals.add(target);
    return `${before}${target} = ${text};`;
  }

  /** A load comes out of the expression: it can end the instruction. */
  #withAccess(value: Expression): { before: string; text: string } {
    const isLoad = (part: Expression) => part.kind === "call" && /^load(8|16|32|Device)$/.test(part.name);
    if (!someExpression(value, isLoad)) return { before: "", text: this.value(value) };
    let before = "";
    const replaced = replaceCalls(value, (name, [address]) => {
      if (!/^load/.test(name)) return undefined;
      before += this.#load(name, this.value(address));
      return { kind: "name", name: "loaded" };
    });
    return { before, text: this.value(replaced) };
  }

  #load(name: string, address: string): string {
    const hook = (bytes: number) =>
      this.#options.observed ? `M.watch.onAccess(t, pc, at, ${bytes}, false, loaded);` : "";
    const slow = (bytes: number) => `{ loaded = D.load(at, ${bytes}, t, pc); lat = D.latency; }`;
    const head = `at = ${address};`;
    const direct = (text: string) => `{ loaded = ${text}; lat = SRAM_LATENCY; }`;
    switch (name) {
      case "load8":
        return `${head} if (at >>> 14 !== 0) ${slow(1)} else ${direct("bytes[at ^ 3]")} ${hook(1)}`;
      case "load16":
        return (
          `${head} if ((at & 0xffffc001) !== 0) { if ((at & 3) === 3) { ${ALIGNMENT} } ${slow(2)} } ` +
          `else ${direct("half[at >> 1 ^ 1]")} ${hook(2)}`
        );
      case "load32":
        return (
          `${head} if ((at & 0xffffc003) !== 0) { if (at & 3) { ${ALIGNMENT} } ${slow(4)} } ` +
          `else ${direct("mem[at >> 2]")} ${hook(4)}`
        );
      default:
        return `${head} loaded = D.loadDevice(at, t, pc); lat = D.latency;`;
    }
  }

  #store(name: string, address: string, value: string): string {
    const hook = (bytes: number) =>
      this.#options.observed ? `M.watch.onAccess(t, pc, at, ${bytes}, true, stored);` : "";
    const head = `at = ${address}; stored = ${value};`;
    const slow = (bytes: number) => `{ D.store(at, ${bytes}, stored, t, pc); lat = D.latency; }`;
    const direct = (text: string) =>
      `{ ${text} = stored; if (code[at >> 2] !== 0) M.program.invalidate(at, 4); lat = SRAM_LATENCY; }`;
    switch (name) {
      case "store8":
        return `${head} if (at >>> 14 !== 0) ${slow(1)} else ${direct("bytes[at ^ 3]")} ${hook(1)}`;
      case "store16":
        return (
          `${head} if ((at & 0xffffc001) !== 0) { if ((at & 3) === 3) { ${ALIGNMENT} } ${slow(2)} } ` +
          `else ${direct("half[at >> 1 ^ 1]")} ${hook(2)}`
        );
      case "store32":
        return (
          `${head} if ((at & 0xffffc003) !== 0) { if (at & 3) { ${ALIGNMENT} } ${slow(4)} } ` +
          `else ${direct("mem[at >> 2]")} ${hook(4)}`
        );
      default:
        return `${head} D.storeDevice(at, t, pc); lat = D.latency;`;
    }
  }

  #do(name: string, parts: readonly Expression[]): string {
    const text = (index: number) => this.value(parts[index]);
    switch (name) {
      case "setCrField": {
        const field = parts[0];
        if (field.kind === "number") {
          const shift = 28 - 4 * field.value;
          return `${S("cr")} = ${S("cr")} & ${~(15 << shift)} | (${text(1)}) << ${shift};`;
        }
        return `sh = 28 - 4 * ${text(0)}; ${S("cr")} = ${S("cr")} & ~(15 << sh) | (${text(1)}) << sh;`;
      }
      case "setCrBit":
        return `sh = 31 - ${text(0)}; ${S("cr")} = ${S("cr")} & ~(1 << sh) | (${text(1)} & 1) << sh;`;
      case "store8":
      case "store16":
      case "store32":
      case "storeDevice":
        return this.#store(name, text(0), text(1));
      case "loadMultiple":
        return `at = ${text(0)}; if (at & 3) { ${ALIGNMENT} } t = D.loadMultiple(t, pc, rt, at);`;
      case "storeMultiple":
        return `at = ${text(0)}; if (at & 3) { ${ALIGNMENT} } t = D.storeMultiple(t, pc, rt, at);`;
      case "writeSpr":
        return `M.writeSpr(${text(0)}, ${text(1)}, t);`;
      case "branch":
        return `next = ${text(0)}; taken = true;`;
      case "trap":
        return `t = M.trap(t, pc); pc = ${S("pc")}; break;`;
      case "synchronize":
        return "";
      case "sleep":
        return "sleeps = true;";
      default:
        throw new Error(`meaning calls unknown function ${name}`);
    }
  }

  /** The expression as a JavaScript condition. */
  condition(node: Expression): string {
    if (node.kind === "unary" && node.operator === "!") return `!(${this.condition(node.operand)})`;
    if (node.kind === "binary") {
      const { operator } = node;
      if (operator === "&&" || operator === "||") {
        return `((${this.condition(node.left)}) ${operator} (${this.condition(node.right)}))`;
      }
      if (operator === "==" || operator === "!=") {
        return `${this.value(node.left)} ${operator}= ${this.value(node.right)}`;
      }
      if (/^[<>]=?$/.test(operator)) return `${this.value(node.left)} ${operator} ${this.value(node.right)}`;
    }
    return `(${this.value(node)}) !== 0`;
  }

  /** The expression as an int32 value. */
  value(node: Expression): string {
    switch (node.kind) {
      case "number":
        return String(node.value | 0);
      case "name":
        return this.#name(node.name);
      case "unary":
        if (node.operator === "!") return `(${this.condition(node)} ? 1 : 0)`;
        return node.operator === "-"
          ? `(-${this.value(node.operand)} | 0)`
          : `(~${this.value(node.operand)})`;
      case "conditional":
        return `(${this.condition(node.condition)} ? ${this.value(node.whenTrue)} : ${this.value(node.whenFalse)})`;
      case "call":
        return this.#call(node.name, node.arguments);
      case "binary": {
        if (isBoolean(node)) return `(${this.condition(node)} ? 1 : 0)`;
        const { operator } = node;
        const left = this.value(node.left);
        const right = this.value(node.right);
        if (operator === "*") return `Math.imul(${left}, ${right})`;
        const text = `${left} ${operator} ${right}`;
        return /^(\+|-|>>>)$/.test(operator) ? `(${text} | 0)` : `(${text})`;
      }
    }
  }

  #name(name: string): string {
    if (name in REGISTER_NAMES) return `g[${REGISTER_NAMES[name]}]`;
    if (name in XER_BITS) return `(${S("xer")} >>> ${XER_BITS[name].shift} & 1)`;
    if (name in STATE_NAMES) return STATE_NAMES[name];
    if (name in FIELDS) return fieldText(name as FieldName);
    if (/^[a-z]/.test(name)) return name;
    throw new Error(`meaning reads unknown name ${name}`);
  }

  #call(name: string, parts: readonly Expression[]): string {
    const [a, b, c] = parts.map((part) => this.value(part));
    switch (name) {
      case "ltu":
        return `(${a} >>> 0 < ${b} >>> 0 ? 1 : 0)`;
      case "carry":
        return `((${a} >>> 0) + (${b} >>> 0)${c === "0" ? "" : ` + ${c}`} > 4294967295 ? 1 : 0)`;
      case "mulhs":
      case "mulhu":
      case "divs":
      case "divu":
        return `${name}(${a}, ${b})`;
      case "clz":
        return `Math.clz32(${a})`;
      case "rotl":
        return `(${a} << ${b} | ${a} >>> 32 - ${b})`;
      case "mask":
        return `MASKS[${a} << 5 | ${b}]`;
      case "crMask":
        return `CR_MASKS[${a}]`;
      case "signExtendR1":
        return this.#options.zeroExtendR1 ? `(${a} & 65535)` : a;
      case "compare":
        return `((${a} < ${b} ? 8 : ${a} > ${b} ? 4 : 2) | ${S("xer")} >>> 31)`;
      case "compareUnsigned":
        return `((${a} >>> 0 < ${b} >>> 0 ? 8 : ${a} !== ${b} ? 4 : 2) | ${S("xer")} >>> 31)`;
      case "crField":
        return `(${S("cr")} >>> 28 - 4 * ${a} & 15)`;
      case "crBit":
        return `(${S("cr")} >>> 31 - ${a} & 1)`;
      case "readSpr":
        return `M.readSpr(${a}, t)`;
      default:
        throw new Error(`meaning calls unknown function ${name}`);
    }
  }
}

/** Variables that every function with cases declares; the names of meanings come on top. */
export const TEMPORARIES = "rt ra rb a0 at loaded stored lat sh f start next".split(" ");

/** A misaligned access: nothing has happened yet, the handler goes on. */
const ALIGNMENT = `t = M.alignment(t, pc); pc = ${S("pc")}; break;`;

function replaceCalls(
  node: Expression,
  replace: (name: string, parts: readonly Expression[]) => Expression | undefined,
): Expression {
  const inner = (part: Expression) => replaceCalls(part, replace);
  switch (node.kind) {
    case "unary":
      return { ...node, operand: inner(node.operand) };
    case "binary":
      return { ...node, left: inner(node.left), right: inner(node.right) };
    case "conditional":
      return {
        ...node,
        condition: inner(node.condition),
        whenTrue: inner(node.whenTrue),
        whenFalse: inner(node.whenFalse),
      };
    case "call":
      return replace(node.name, node.arguments) ?? node;
    default:
      return node;
  }
}
