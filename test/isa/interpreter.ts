import { binaryValue, unaryValue } from "../../isa/constant.ts";
import { decode, field, undecoded } from "../../isa/decode.ts";
import { FIELDS, type FieldName } from "../../isa/fields.ts";
import type { Expression, Statement } from "../../isa/meaning.ts";
import { meaningOf } from "../../isa/read-write.ts";

/** State of the reference interpreter: 32-bit values as int32. */
export interface ScalarState {
  gpr: Int32Array;
  cr: number;
  ca: number;
  ov: number;
  so: number;
  msr: number;
  pc: number;
  /** LR, CTR, SRR0 … by SPR number. */
  spr: Map<number, number>;
  /** Words by byte address. */
  memory: Map<number, number>;
  background: number;
  /** Effects that are no state: `sleep`, `synchronize`, device accesses. */
  events: string[];
  /** Profile of quirk R1. */
  zeroExtendR1: boolean;
}

class Exception extends Error {
  vector: number;
  constructor(vector: number) {
    super(`vector ${vector}`);
    this.vector = vector;
  }
}

const SPR_NAMES: Record<string, number> = {
  LR: 8,
  CTR: 9,
  SRR0: 26,
  SRR1: 27,
  CSRR0: 58,
  CSRR1: 59,
  MCSRR0: 570,
  MCSRR1: 571,
};
const MSR_BITS = 0x00029230;
const wide = (value: number) => BigInt(value);
const unsignedWide = (value: number) => BigInt(value >>> 0);

/** Executes one scalar word by walking the tree of its meaning; slow and plain. Sets `pc` to the next instruction. */
export function executeScalar(word: number, state: ScalarState): void {
  const before = { pc: state.pc };
  try {
    const run = interpreter(word, state);
    run(meaningOf(decode(word) ?? undecoded(word)));
  } catch (error) {
    if (!(error instanceof Exception)) throw error;
    state.spr.set(26, before.pc);
    state.spr.set(27, state.msr);
    state.msr &= 0x00021200;
    state.pc = error.vector;
  }
}

function interpreter(word: number, state: ScalarState): (statements: readonly Statement[]) => void {
  const locals = new Map<string, number>();
  const pc = state.pc;
  state.pc = (pc + 4) >>> 0;
  const spr = (n: number) => state.spr.get(n) ?? 0;

  const readName = (name: string): number => {
    if (locals.has(name)) return locals.get(name)!;
    switch (name) {
      case "RT":
      case "RS":
      case "RA":
      case "RB":
        return state.gpr[field(word, name)];
      case "RA0":
        return field(word, "RA") === 0 ? 0 : state.gpr[field(word, "RA")];
      case "CA":
        return state.ca;
      case "OV":
        return state.ov;
      case "SO":
        return state.so;
      case "CR":
        return state.cr;
      case "MSR":
        return state.msr;
      case "PC":
        return pc | 0;
    }
    if (name in SPR_NAMES) return spr(SPR_NAMES[name]);
    if (name in FIELDS) return field(word, name as FieldName);
    throw new Error(`unknown name ${name}`);
  };
  const writeName = (name: string, value: number): void => {
    if (name === "RT" || name === "RA") state.gpr[field(word, name)] = value;
    else if (name === "CA") state.ca = value;
    else if (name === "OV") state.ov = value;
    else if (name === "SO") state.so = value;
    else if (name === "CR") state.cr = value;
    else if (name === "MSR") state.msr = value & MSR_BITS;
    else if (name in SPR_NAMES) state.spr.set(SPR_NAMES[name], value);
    else if (/^[a-z]/.test(name)) locals.set(name, value);
    else throw new Error(`cannot assign ${name}`);
  };
  const crBit = (n: number) => (state.cr >>> (31 - n)) & 1;
  const nibble = (less: boolean, greater: boolean) => (less ? 8 : greater ? 4 : 2) | state.so;
  const aligned = (ea: number, bytes: number) => {
    if (bytes === 4 ? ea & 3 : bytes === 2 && (ea & 3) === 3) throw new Exception(0x18);
  };
  const load = (ea: number, bytes: number): number => {
    aligned(ea, bytes);
    const at = ((ea & ~3) >>> 0) % 0x40000;
    const value = state.memory.get(at) ?? state.background;
    return (value >>> (8 * (4 - bytes - (ea & 3)))) & (bytes === 4 ? -1 : (1 << (8 * bytes)) - 1);
  };
  const store = (ea: number, bytes: number, value: number): void => {
    aligned(ea, bytes);
    const at = ((ea & ~3) >>> 0) % 0x40000;
    const shift = 8 * (4 - bytes - (ea & 3));
    const bits = (bytes === 4 ? -1 : (1 << (8 * bytes)) - 1) << shift;
    state.memory.set(at, ((state.memory.get(at) ?? state.background) & ~bits) | ((value << shift) & bits));
  };
  const functions: Record<string, (a: number, b: number, c: number) => number | undefined> = {
    ltu: (a, b) => Number(a >>> 0 < b >>> 0),
    carry: (a, b, c) => Number((a >>> 0) + (b >>> 0) + c > 0xffffffff),
    mulhs: (a, b) => Number(BigInt.asIntN(32, (wide(a) * wide(b)) >> 32n)),
    mulhu: (a, b) => Number(BigInt.asIntN(32, (unsignedWide(a) * unsignedWide(b)) >> 32n)),
    divs: (a, b) => (b === 0 ? (a < 0 ? 0 : -1) : Math.trunc(a / b) | 0),
    divu: (a, b) => (b === 0 ? -1 : Math.floor((a >>> 0) / (b >>> 0)) | 0),
    clz: (a) => Math.clz32(a),
    rotl: (a, n) => (n & 31 ? (a << (n & 31)) | (a >>> (32 - (n & 31))) : a),
    mask: (mb, me) => {
      let bits = 0;
      for (let n = mb; ; n = (n + 1) & 31) {
        bits |= 1 << (31 - n);
        if (n === me) return bits;
      }
    },
    crMask: (fxm) =>
      [...Array(8).keys()].reduce((m, i) => ((fxm << i) & 0x80 ? m | (0xf0000000 >>> (4 * i)) : m), 0),
    signExtendR1: (d) => (state.zeroExtendR1 ? d & 0xffff : d),
    compare: (a, b) => nibble(a < b, a > b),
    compareUnsigned: (a, b) => nibble(a >>> 0 < b >>> 0, a >>> 0 > b >>> 0),
    crField: (n) => (state.cr >>> (28 - 4 * n)) & 15,
    setCrField: (n, bits) => {
      state.cr = (state.cr & ~(0xf0000000 >>> (4 * n))) | (bits << (28 - 4 * n));
      return undefined;
    },
    crBit: (n) => crBit(n),
    setCrBit: (n, bit) => {
      state.cr = (state.cr & ~(1 << (31 - n))) | (bit << (31 - n));
      return undefined;
    },
    load8: (ea) => load(ea, 1),
    load16: (ea) => load(ea, 2),
    load32: (ea) => load(ea, 4),
    store8: (ea, value) => void store(ea, 1, value),
    store16: (ea, value) => void store(ea, 2, value),
    store32: (ea, value) => void store(ea, 4, value),
    loadMultiple: (ea) => {
      for (let n = field(word, "RT"); n < 32; n++) state.gpr[n] = load(ea + 4 * (n - field(word, "RT")), 4);
      return undefined;
    },
    storeMultiple: (ea) => {
      for (let n = field(word, "RS"); n < 32; n++) store(ea + 4 * (n - field(word, "RS")), 4, state.gpr[n]);
      return undefined;
    },
    readSpr: (n) => (n === 1 ? (state.so << 31) | (state.ov << 30) | (state.ca << 29) : spr(n)),
    writeSpr: (n, value) => {
      if (n === 1) {
        state.so = value >>> 31;
        state.ov = (value >>> 30) & 1;
        state.ca = (value >>> 29) & 1;
      } else state.spr.set(n, value);
      return undefined;
    },
    branch: (target) => {
      state.pc = target >>> 0;
      return undefined;
    },
    trap: () => {
      throw new Exception(0x1c);
    },
    synchronize: () => void state.events.push("synchronize"),
    sleep: () => void state.events.push("sleep"),
    loadDevice: (ea) => {
      state.events.push(`device read ${ea}`);
      return ~ea;
    },
    storeDevice: (ea, value) => void state.events.push(`device write ${ea} ${value}`),
  };
  const value = (node: Expression): number => {
    switch (node.kind) {
      case "number":
        return node.value;
      case "name":
        return readName(node.name);
      case "unary":
        return unaryValue(node.operator, value(node.operand));
      case "binary":
        return binaryValue(node.operator, value(node.left), value(node.right));
      case "conditional":
        return value(node.condition) !== 0 ? value(node.whenTrue) : value(node.whenFalse);
      case "call": {
        const [a = 0, b = 0, c = 0] = node.arguments.map(value);
        const body = functions[node.name];
        if (!body) throw new Error(`unknown function ${node.name}`);
        return (body(a, b, c) ?? 0) | 0;
      }
    }
  };
  const run = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "assign") writeName(statement.target, value(statement.value));
      else if (statement.kind === "do") value(statement.call);
      else run(value(statement.condition) !== 0 ? statement.then : statement.otherwise);
    }
  };
  return run;
}
