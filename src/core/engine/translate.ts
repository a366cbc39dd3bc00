/**
 * Translation of scalar meanings to JavaScript text. The text stands in a `case` of a generated loop, where these are
 * in scope: `w` instruction word, `pc`, `t`, `g` GPRs, `S` special registers, `mem`/`half`/`bytes` SRAM views,
 * `code` predecoded SRAM, `M` machine, `P` pipeline, `MASKS` rotate masks, and `rt ra rb a0` register numbers.
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

export interface TranslationOptions {
  readonly zeroExtendR1: boolean;
  readonly observed: boolean;
}

export class Translator {
  readonly #options: TranslationOptions;
  readonly #locals = new Set<string>();
  #accesses = 0;

  constructor(options: TranslationOptions) {
    this.#options = options;
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
    const declaration = this.#locals.has(target) ? "" : "let ";
    this.#locals.add(target);
    return `${before}${declaration}${target} = ${text};`;
  }

  /** Loads come out of the expression: they can end the instruction. */
  #withAccess(value: Expression): { before: string; text: string } {
    if (!someExpression(value, (part) => part.kind === "call" && /^load(8|16|32|Device)$/.test(part.name))) {
      return { before: "", text: this.value(value) };
    }
    let before = "";
    const replaced = replaceCalls(value, (name, [address]) => {
      if (!/^load/.test(name)) return undefined;
      const local = `v${this.#accesses++}`;
      before += this.#load(name, local, this.value(address));
      return { kind: "name", name: local };
    });
    return { before, text: this.value(replaced) };
  }

  #load(name: string, local: string, address: string): string {
    const at = `e${local}`;
    const hook = (bytes: number) =>
      this.#options.observed ? `M.onAccess(t, pc, ${at}, ${bytes}, false, ${local});` : "";
    const beyond = (bytes: number) =>
      `${at} >>> 14 !== 0) { ${local} = M.load(${at}, ${bytes}, t, pc); lat = M.latency; }`;
    const head = `const ${at} = ${address}; let ${local} = 0, lat = SRAM_LATENCY;`;
    switch (name) {
      case "load8":
        return `${head} if (${beyond(1)} else ${local} = bytes[${at} ^ 3]; ${hook(1)}`;
      case "load16":
        return (
          `${head} if ((${at} & 3) === 3) { ${ALIGNMENT} } if (${beyond(2)} else if (${at} & 1) ` +
          `${local} = bytes[${at} ^ 3] << 8 | bytes[${at} + 1 ^ 3]; else ${local} = half[${at} >> 1 ^ 1]; ${hook(2)}`
        );
      case "load32":
        return `${head} if (${at} & 3) { ${ALIGNMENT} } if (${beyond(4)} else ${local} = mem[${at} >> 2]; ${hook(4)}`;
      default:
        return `${head} ${local} = M.loadDevice(${at}, t, pc);`;
    }
  }

  #store(name: string, address: string, value: string): string {
    const hook = (bytes: number) =>
      this.#options.observed ? `M.onAccess(t, pc, es, ${bytes}, true, vs);` : "";
    const head = `const es = ${address}, vs = ${value}; let lat = SRAM_LATENCY;`;
    const beyond = (bytes: number) =>
      `if (es >>> 14 !== 0) { M.store(es, ${bytes}, vs, t, pc); lat = M.latency; } else`;
    const decoded = "code[es >> 2] = 0;";
    switch (name) {
      case "store8":
        return `${head} ${beyond(1)} { bytes[es ^ 3] = vs; ${decoded} } ${hook(1)}`;
      case "store16":
        return (
          `${head} if ((es & 3) === 3) { ${ALIGNMENT} } ${beyond(2)} { if (es & 1) { bytes[es ^ 3] = vs >> 8; ` +
          `bytes[es + 1 ^ 3] = vs; } else half[es >> 1 ^ 1] = vs; ${decoded} } ${hook(2)}`
        );
      case "store32":
        return `${head} if (es & 3) { ${ALIGNMENT} } ${beyond(4)} { mem[es >> 2] = vs; ${decoded} } ${hook(4)}`;
      default:
        return `${head} M.storeDevice(es, t, pc);`;
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
        return `{ const sh = 28 - 4 * ${text(0)}; ${S("cr")} = ${S("cr")} & ~(15 << sh) | (${text(1)}) << sh; }`;
      }
      case "setCrBit":
        return `{ const sh = 31 - ${text(0)}; ${S("cr")} = ${S("cr")} & ~(1 << sh) | (${text(1)} & 1) << sh; }`;
      case "store8":
      case "store16":
      case "store32":
      case "storeDevice":
        return this.#store(name, text(0), text(1));
      case "loadMultiple":
        return `const ea = ${text(0)}; if (ea & 3) { ${ALIGNMENT} } t = M.loadMultiple(t, pc, rt, ea);`;
      case "storeMultiple":
        return `const ea = ${text(0)}; if (ea & 3) { ${ALIGNMENT} } t = M.storeMultiple(t, pc, rt, ea);`;
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
        return node.operator === "-" ? `(-${this.value(node.operand)} | 0)` : `(~${this.value(node.operand)})`;
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
