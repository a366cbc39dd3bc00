/** Meanings as WebAssembly: the counterpart of engine/translate.ts for one instruction word at one address. */
import type { Expression, Statement } from "../../../isa/meaning.ts";
import { CR_MASKS, MASKS } from "../engine/arithmetic.ts";
import { REGISTER_NAMES } from "../engine/translate.ts";
import { SRAM_BYTES } from "../layout.ts";
import { type AccessBits, AccessCode } from "./access-code.ts";
import { ConditionCode } from "./condition-code.ts";
import type { Registers } from "./registers.ts";
import type { Code, Operator } from "./wasm-code.ts";
import { constantOf, registerOf } from "./word-meaning.ts";

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

/** What surrounds an instruction. */
export interface InstructionWay {
  /** Emits the way out, before the instruction has had any effect. */
  leave(): void;
  /** Pushes the lower word of the time base as the instruction reads it. */
  timeBase(): void;
  /** Of a posted store: pushes its time of issue. */
  posted?: () => void;
}

export class MeaningCode {
  readonly #code: Code;
  readonly #registers: Registers;
  readonly #zeroExtendR1: boolean;
  readonly #temporaries = new Map<string, number>();
  readonly conditions: ConditionCode;
  readonly #accesses: AccessCode;
  #word = 0;
  #way: InstructionWay = { leave() {}, timeBase() {} };

  constructor(code: Code, registers: Registers, zeroExtendR1: boolean) {
    this.#code = code;
    this.#registers = registers;
    this.#zeroExtendR1 = zeroExtendR1;
    this.conditions = new ConditionCode(code, registers);
    this.#accesses = new AccessCode(code, registers, () => this.#leaveIf());
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
      if (target === "CR") this.conditions.setAll();
      else this.#code.set(this.#temporary(target));
    }
  }

  #gpr(name: string): string {
    return `r${registerOf(name, this.#word)}`;
  }

  #temporary(name: string): number {
    let local = this.#temporaries.get(name);
    if (local === undefined) {
      local = this.#code.newLocal();
      this.#temporaries.set(name, local);
    }
    return local;
  }

  #do(name: string, parts: readonly Expression[]): void {
    const push = (index: number) => () => this.value(parts[index]);
    switch (name) {
      case "setCrField":
        this.#setField(constantOf(parts[0]), parts[1]);
        return;
      case "setCrBit":
        this.conditions.setBit(constantOf(parts[0]), push(1));
        return;
      case "store8":
      case "store16":
      case "store32":
        if (this.#way.posted) this.#accesses.post(push(0), push(1), this.#way.posted);
        else this.#accesses.store(Number(name.slice(5)) as AccessBits, push(0), push(1));
        return;
      case "loadMultiple":
        this.#accesses.loadMultiple(registerOf("RT", this.#word), push(0));
        return;
      case "storeMultiple":
        this.#accesses.storeMultiple(registerOf("RS", this.#word), push(0));
        return;
      default:
        throw new Error(`translated code has no ${name}`);
    }
  }

  #setField(field: number, value: Expression): void {
    if (value.kind !== "call" || !value.name.startsWith("compare")) {
      this.conditions.set(field, () => this.value(value));
      return;
    }
    const [left, right] = value.arguments.map((operand) => () => this.value(operand));
    this.conditions.compare(field, value.name === "compareUnsigned", left, right);
  }

  /** Leaves the instruction if the i32 on the stack is not 0. */
  #leaveIf(): void {
    this.#code.if();
    this.#way.leave();
    this.#code.end();
  }

  /** The stepping engine follows branches out of the SRAM. */
  leaveUnlessSram(register: "LR" | "CTR"): void {
    this.#registers.get(register);
    this.#code.constant(-SRAM_BYTES).op("i32.and");
    this.#leaveIf();
  }

  /** Pushes something that is not 0 where the condition holds. */
  condition(node: Expression): void {
    if (node.kind === "binary" && (node.operator === "==" || node.operator === "!=")) {
      const { left, right } = node;
      if (left.kind === "call" && left.name === "crBit" && right.kind === "number") {
        const isSet = (node.operator === "==") === (right.value === 1);
        this.conditions.isBit(constantOf(left.arguments[0]), isSet);
        return;
      }
    }
    this.value(node);
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
    else if (name === "CR") this.conditions.all();
    else if (name === "TBL") this.#way.timeBase();
    else if (/^[a-z]/.test(name)) this.#code.get(this.#temporary(name));
    else throw new Error(`translated code cannot read ${name}`);
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
        this.conditions.field(constantOf(a));
        return;
      case "crBit":
        this.conditions.bit(constantOf(a));
        return;
      case "load8":
      case "load16":
      case "load32":
        this.#accesses.load(Number(name.slice(4)) as AccessBits, () => this.value(a));
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
