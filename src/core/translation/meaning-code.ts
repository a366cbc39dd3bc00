/** Meanings as WebAssembly: the counterpart of engine/translate.ts for one instruction word at one address. */
import { FIELDS, type FieldName, fieldValue } from "../../../isa/index.ts";
import type { Expression, Statement } from "../../../isa/meaning.ts";
import { CR_MASKS, MASKS } from "../engine/arithmetic.ts";
import { type Bindings, foldStatements } from "../engine/fold.ts";
import { REGISTER_NAMES } from "../engine/translate.ts";
import type { Variant } from "../engine/variants.ts";
import { SRAM_BYTES } from "../layout.ts";
import { DERIVED_LAYOUT } from "../state.ts";
import type { Registers } from "./registers.ts";
import type { Code, Operator } from "./wasm-code.ts";

const GPRS = 32;
const BITS = { LT: 0, GT: 1, EQ: 2 } as const;
const CONDITION_FIELDS = 8;
const FLAGS = new Set(["CA", "LR", "CTR"]);
const BINARY: Readonly<Record<string, Operator>> = {
  "+": "i32.add",
  "-": "i32.sub",
  "*": "i32.mul",
  "&": "i32.and",
  "|": "i32.or",
  "^": "i32.xor",
  "<<": "i32.shl",
  ">>": "i32.shr_s",
  ">>>": "i32.shr_u",
  "==": "i32.eq",
  "!=": "i32.ne",
  "<": "i32.lt_s",
  "<=": "i32.le_s",
  ">": "i32.gt_s",
  ">=": "i32.ge_s",
};

/** A branch that ends a meaning; without `condition` it is always taken. */
export interface BranchMeaning {
  readonly condition?: Expression;
  readonly target: Expression;
}

/** What surrounds an instruction. */
export interface InstructionWay {
  /** Emits the way out, before the instruction has had any effect. */
  leave(): void;
  /** Pushes the lower word of the time base as the instruction reads it. */
  timeBase(): void;
}

/** Operands of the comparison that a condition field holds. */
export interface Comparison {
  readonly left: number;
  readonly right: number;
  readonly unsigned: boolean;
}

/** Values of the fields of a word by name; registers go by their numbers elsewhere. */
function bindingsOf(word: number, pc: number): Bindings {
  const bindings: Record<string, number> = { PC: pc };
  for (const name of Object.keys(FIELDS) as FieldName[]) {
    if (!(name in REGISTER_NAMES)) bindings[name] = fieldValue(word, FIELDS[name]);
  }
  if (fieldValue(word, FIELDS.RA) === 0) bindings.RA0 = 0;
  return bindings;
}

const meanings = new Map<string, readonly Statement[]>();
const MOST_MEANINGS = 20_000;

/** The meaning of an instruction with everything folded that its word and address tell. */
export function meaningOf(variant: Variant, word: number, pc: number): readonly Statement[] {
  const key = `${word} ${variant.read.has("PC") ? pc : ""}`;
  let meaning = meanings.get(key);
  if (meaning) return meaning;
  meaning = foldStatements(variant.statements, bindingsOf(word, pc));
  if (meanings.size >= MOST_MEANINGS) meanings.clear();
  meanings.set(key, meaning);
  return meaning;
}

/** General purpose registers, LR and CTR that an instruction reads. */
export function registersRead(variant: Variant, word: number): string[] {
  const names = new Set<string>();
  for (const name of variant.read) {
    if (name === "LR" || name === "CTR") names.add(name);
    if (!(name in REGISTER_NAMES)) continue;
    const number = fieldValue(word, FIELDS[(name === "RA0" ? "RA" : name) as FieldName]);
    if (name !== "RA0" || number !== 0) names.add(`r${number}`);
  }
  return [...names];
}

/** The branch of a folded meaning and what stands before it. */
export function splitBranch(meaning: readonly Statement[]): {
  readonly before: readonly Statement[];
  readonly branch: BranchMeaning | undefined;
} {
  const last = meaning.at(-1);
  const isBranch = (node: Statement | undefined) => node?.kind === "do" && node.call.name === "branch";
  const targetOf = (node: Statement) => (node as Extract<Statement, { kind: "do" }>).call.arguments[0];
  if (last && isBranch(last)) return { before: meaning.slice(0, -1), branch: { target: targetOf(last) } };
  if (last?.kind === "if" && isBranch(last.then[0])) {
    const branch = { condition: last.condition, target: targetOf(last.then[0]) };
    return { before: meaning.slice(0, -1), branch };
  }
  return { before: meaning, branch: undefined };
}

export class MeaningCode {
  readonly #code: Code;
  readonly #registers: Registers;
  readonly #zeroExtendR1: boolean;
  readonly #temporaries = new Map<string, number>();
  #compared = new Map<number, Comparison>();
  #word = 0;
  #way: InstructionWay = { leave() {}, timeBase() {} };

  constructor(code: Code, registers: Registers, zeroExtendR1: boolean) {
    this.#code = code;
    this.#registers = registers;
    this.#zeroExtendR1 = zeroExtendR1;
  }

  /** What is known of condition fields at a point of the code. */
  get comparisons(): ReadonlyMap<number, Comparison> {
    return new Map(this.#compared);
  }

  set comparisons(comparisons: ReadonlyMap<number, Comparison>) {
    this.#compared = new Map(comparisons);
  }

  /** Nothing is known: a place where ways meet. */
  forget(): void {
    this.#compared.clear();
  }

  begin(word: number, way: InstructionWay): void {
    this.#word = word;
    this.#way = way;
  }

  statements(list: readonly Statement[]): void {
    for (const node of list) this.#statement(node);
  }

  #statement(node: Statement): void {
    if (node.kind === "assign") {
      this.#assign(node.target, () => this.value(node.value));
    } else if (node.kind === "do") this.#do(node.call.name, node.call.arguments);
    else {
      this.condition(node.condition);
      this.#code.if();
      this.#registers.arm(() => this.statements(node.then));
      if (node.otherwise.length > 0) {
        this.#code.else();
        this.#registers.arm(() => this.statements(node.otherwise));
      }
      this.#code.end();
    }
  }

  #assign(target: string, push: () => void): void {
    if (target in REGISTER_NAMES) this.#registers.set(this.#gpr(target), push);
    else if (FLAGS.has(target)) this.#registers.set(target, push);
    else {
      push();
      if (target === "CR") this.#setConditions();
      else this.#code.set(this.#temporary(target));
    }
  }

  #gpr(name: string): string {
    return `r${fieldValue(this.#word, FIELDS[(name === "RA0" ? "RA" : name) as FieldName])}`;
  }

  #temporary(name: string): number {
    let local = this.#temporaries.get(name);
    if (local === undefined) {
      local = this.#code.newLocal();
      this.#temporaries.set(name, local);
    }
    return local;
  }

  /** All condition fields from the CR on the stack. */
  #setConditions(): void {
    const value = this.#temporary("#cr");
    this.#code.set(value);
    for (let field = 0; field < CONDITION_FIELDS; field++) {
      this.#setField(field, () => {
        this.#code
          .get(value)
          .constant(28 - 4 * field)
          .op("i32.shr_u")
          .constant(15)
          .op("i32.and");
      });
    }
  }

  #setField(field: number, push: () => void): void {
    this.#compared.delete(field);
    this.#registers.set(`cr${field}`, push);
  }

  #do(name: string, parts: readonly Expression[]): void {
    switch (name) {
      case "setCrField":
        this.#setCrField(constantOf(parts[0]), parts[1]);
        return;
      case "setCrBit": {
        const bit = constantOf(parts[0]);
        const shift = 3 - (bit & 3);
        this.#setField(bit >> 2, () => {
          this.#registers.get(`cr${bit >> 2}`);
          this.#code.constant(~(1 << shift)).op("i32.and");
          this.value(parts[1]);
          this.#code.constant(1).op("i32.and").constant(shift).op("i32.shl").op("i32.or");
        });
        return;
      }
      case "store8":
      case "store16":
      case "store32":
        this.#store(Number(name.slice(5)), parts[0], parts[1]);
        return;
      case "loadMultiple":
      case "storeMultiple":
        this.#multiple(name === "loadMultiple", parts[0]);
        return;
      default:
        throw new Error(`translated code has no ${name}`);
    }
  }

  #setCrField(field: number, value: Expression): void {
    if (value.kind !== "call" || !value.name.startsWith("compare")) {
      this.#setField(field, () => this.value(value));
      return;
    }
    const comparison = {
      left: this.#temporary(`#left${field}`),
      right: this.#temporary(`#right${field}`),
      unsigned: value.name === "compareUnsigned",
    };
    this.value(value.arguments[0]);
    this.#code.set(comparison.left);
    this.value(value.arguments[1]);
    this.#code.set(comparison.right);
    this.#setField(field, () => this.#relation(comparison));
    this.#compared.set(field, comparison);
  }

  /** LT GT EQ as bits 8 4 2; SO is 0 in translated code. */
  #relation({ left, right, unsigned }: Comparison): void {
    const code = this.#code;
    code.constant(8).constant(4).constant(2);
    code
      .get(left)
      .get(right)
      .op(unsigned ? "i32.gt_u" : "i32.gt_s")
      .op("select");
    code
      .get(left)
      .get(right)
      .op(unsigned ? "i32.lt_u" : "i32.lt_s")
      .op("select");
  }

  /** Leaves the instruction if the i32 on the stack is not 0. */
  #leaveIf(): void {
    this.#code.if();
    this.#way.leave();
    this.#code.end();
  }

  /** Address of an access inside the SRAM and aligned, in a local; everything else is for the stepping engine. */
  #address(bytes: number, address: Expression): number {
    const at = this.#temporary("#at");
    this.value(address);
    this.#code.tee(at);
    this.#code.constant(~((SRAM_BYTES - 1) & -bytes)).op("i32.and");
    this.#leaveIf();
    return at;
  }

  /** The stepping engine follows branches out of the SRAM. */
  leaveUnlessSram(register: "LR" | "CTR"): void {
    this.#registers.get(register);
    this.#code.constant(-SRAM_BYTES).op("i32.and");
    this.#leaveIf();
  }

  /** Code that was decoded must not change unnoticed. */
  #leaveIfCode(at: number, offset = 0): void {
    this.#code.get(at).constant(1).op("i32.shr_u").constant(~1).op("i32.and");
    this.#code.access("i32.load16_u", DERIVED_LAYOUT.code + offset / 2);
    this.#leaveIf();
  }

  #load(bits: number, address: Expression): void {
    const at = this.#address(bits / 8, address);
    this.#code.get(at);
    if (bits === 8) this.#code.constant(3).op("i32.xor").access("i32.load8_u", 0);
    else if (bits === 16) this.#code.constant(2).op("i32.xor").access("i32.load16_u", 0);
    else this.#code.access("i32.load", 0);
  }

  #store(bits: number, address: Expression, value: Expression): void {
    const at = this.#address(bits / 8, address);
    this.#leaveIfCode(at);
    this.#code.get(at);
    if (bits < 32) this.#code.constant(bits === 8 ? 3 : 2).op("i32.xor");
    this.value(value);
    this.#code.access(bits === 8 ? "i32.store8" : bits === 16 ? "i32.store16" : "i32.store", 0);
  }

  #multiple(load: boolean, address: Expression): void {
    const first = fieldValue(this.#word, FIELDS.RT);
    const at = this.#address(4, address);
    const last = 4 * (GPRS - 1 - first);
    this.#code.get(at).constant(last).op("i32.add").constant(-SRAM_BYTES).op("i32.and");
    this.#leaveIf();
    if (!load) for (let offset = 0; offset <= last; offset += 4) this.#leaveIfCode(at, offset);
    for (let register = first; register < GPRS; register++) {
      const offset = 4 * (register - first);
      if (load) {
        this.#registers.set(`r${register}`, () => this.#code.get(at).access("i32.load", offset));
      } else {
        this.#code.get(at);
        this.#registers.get(`r${register}`);
        this.#code.access("i32.store", offset);
      }
    }
  }

  /** Pushes something that is not 0 where the condition holds. */
  condition(node: Expression): void {
    if (node.kind === "binary" && (node.operator === "==" || node.operator === "!=")) {
      const { left, right } = node;
      if (left.kind === "call" && left.name === "crBit" && right.kind === "number") {
        const isSet = (node.operator === "==") === (right.value === 1);
        this.#conditionBit(constantOf(left.arguments[0]), isSet);
        return;
      }
    }
    this.value(node);
  }

  #conditionBit(bit: number, wanted: boolean): void {
    const comparison = this.#compared.get(bit >> 2);
    const code = this.#code;
    const name = Object.keys(BITS)[bit & 3] as keyof typeof BITS | undefined;
    if (comparison && name) {
      const sign = comparison.unsigned ? "_u" : "_s";
      code.get(comparison.left).get(comparison.right);
      code.op(name === "EQ" ? "i32.eq" : (`i32.${name.toLowerCase()}${sign}` as Operator));
    } else this.#bit(bit);
    if (!wanted) code.op("i32.eqz");
  }

  #bit(bit: number): void {
    this.#registers.get(`cr${bit >> 2}`);
    this.#code
      .constant(3 - (bit & 3))
      .op("i32.shr_u")
      .constant(1)
      .op("i32.and");
  }

  /** Pushes the value. */
  value(node: Expression): void {
    const code = this.#code;
    switch (node.kind) {
      case "number":
        code.constant(node.value);
        return;
      case "name":
        this.#name(node.name);
        return;
      case "unary":
        this.#unary(node.operator, node.operand);
        return;
      case "conditional":
        this.condition(node.condition);
        code.if(true);
        this.#registers.arm(() => this.value(node.whenTrue));
        code.else();
        this.#registers.arm(() => this.value(node.whenFalse));
        code.end();
        return;
      case "call":
        this.#call(node.name, node.arguments);
        return;
      case "binary":
        this.#binary(node.operator, node.left, node.right);
    }
  }

  #name(name: string): void {
    if (name in REGISTER_NAMES) this.#registers.get(this.#gpr(name));
    else if (FLAGS.has(name)) this.#registers.get(name);
    else if (name === "CR") this.#conditions();
    else if (name === "TBL") this.#way.timeBase();
    else if (/^[a-z]/.test(name)) this.#code.get(this.#temporary(name));
    else throw new Error(`translated code cannot read ${name}`);
  }

  #conditions(): void {
    this.#code.constant(0);
    for (let field = 0; field < CONDITION_FIELDS; field++) {
      this.#registers.get(`cr${field}`);
      this.#code
        .constant(28 - 4 * field)
        .op("i32.shl")
        .op("i32.or");
    }
  }

  #unary(operator: string, operand: Expression): void {
    if (operator === "-") this.#code.constant(0);
    this.value(operand);
    if (operator === "-") this.#code.op("i32.sub");
    else if (operator === "~") this.#code.constant(-1).op("i32.xor");
    else this.#code.op("i32.eqz");
  }

  #binary(operator: string, left: Expression, right: Expression): void {
    if (operator === "&&" || operator === "||") {
      this.condition(left);
      this.#code.if(true);
      if (operator === "&&") {
        this.#registers.arm(() => this.#truth(right));
        this.#code.else().constant(0);
      } else {
        this.#code.constant(1).else();
        this.#registers.arm(() => this.#truth(right));
      }
      this.#code.end();
      return;
    }
    this.value(left);
    this.value(right);
    this.#code.op(BINARY[operator]);
  }

  /** 0 or 1. */
  #truth(node: Expression): void {
    this.condition(node);
    this.#code.op("i32.eqz").op("i32.eqz");
  }

  #wide(node: Expression, sign: "_s" | "_u"): void {
    this.value(node);
    this.#code.op(`i64.extend_i32${sign}`);
  }

  #call(name: string, parts: readonly Expression[]): void {
    const code = this.#code;
    const [a, b, c] = parts;
    switch (name) {
      case "ltu":
        this.value(a);
        this.value(b);
        code.op("i32.lt_u");
        return;
      case "carry":
        this.#wide(a, "_u");
        this.#wide(b, "_u");
        code.op("i64.add");
        this.#wide(c, "_u");
        code.op("i64.add").constant64(0, 32).op("i64.shr_u").op("i32.wrap_i64");
        return;
      case "mulhs":
      case "mulhu": {
        const sign = name === "mulhs" ? "_s" : "_u";
        this.#wide(a, sign);
        this.#wide(b, sign);
        code.op("i64.mul").constant64(0, 32).op("i64.shr_u").op("i32.wrap_i64");
        return;
      }
      case "divs":
      case "divu":
        this.#divide(name === "divs", a, b);
        return;
      case "clz":
        this.value(a);
        code.op("i32.clz");
        return;
      case "rotl":
        this.value(a);
        this.value(b);
        code.op("i32.rotl");
        return;
      case "mask":
        code.constant(MASKS[(constantOf(a) << 5) | constantOf(b)]);
        return;
      case "crMask":
        code.constant(CR_MASKS[constantOf(a)]);
        return;
      case "signExtendR1":
        this.value(a);
        if (this.#zeroExtendR1) code.constant(0xffff).op("i32.and");
        return;
      case "crField":
        this.#registers.get(`cr${constantOf(a)}`);
        return;
      case "crBit":
        this.#bit(constantOf(a));
        return;
      case "load8":
      case "load16":
      case "load32":
        this.#load(Number(name.slice(4)), a);
        return;
      default:
        throw new Error(`translated code has no ${name}`);
    }
  }

  /** WebAssembly traps where the vocabulary defines a result. */
  #divide(signed: boolean, a: Expression, b: Expression): void {
    const code = this.#code;
    const [dividend, divisor] = [this.#temporary("#dividend"), this.#temporary("#divisor")];
    this.value(a);
    code.set(dividend);
    this.value(b);
    code.tee(divisor).op("i32.eqz").if(true);
    if (signed) code.get(dividend).constant(31).op("i32.shr_s").constant(-1).op("i32.xor");
    else code.constant(-1);
    code.else();
    if (signed) {
      code.get(divisor).constant(-1).op("i32.eq").if(true);
      code.constant(0).get(dividend).op("i32.sub").else();
    }
    code
      .get(dividend)
      .get(divisor)
      .op(signed ? "i32.div_s" : "i32.div_u");
    if (signed) code.end();
    code.end();
  }
}

export function constantOf(node: Expression): number {
  if (node.kind !== "number") throw new Error("translated code needs a constant");
  return node.value;
}
