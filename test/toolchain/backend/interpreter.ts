/** A direct reading of the trees, independent of the code generator: what a program must compute. */
import type { Node, WasmFunction, WasmModule } from "../../../src/toolchain/wasm-tree.ts";

type Vector = Uint8Array;
type Value = number | Vector;

class Break {
  readonly label: string;
  readonly value: Value | undefined;
  constructor(label: string, value: Value | undefined) {
    this.label = label;
    this.value = value;
  }
}

class Return {
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

const halves = (v: Vector): number[] =>
  Array.from({ length: 64 }, (_, i) => (((v[2 * i] << 8) | v[2 * i + 1]) << 16) >> 16);
const fromHalves = (list: number[]): Vector => {
  const v = new Uint8Array(128);
  list.forEach((x, i) => {
    v[2 * i] = x >> 8;
    v[2 * i + 1] = x;
  });
  return v;
};
const signed = (byte: number) => (byte << 24) >> 24;
const clamp = (x: number, low: number, high: number) => Math.max(low, Math.min(high, x));
const zipHalves = (a: Vector, b: Vector, f: (x: number, y: number) => number): Vector => {
  const y = halves(b);
  return fromHalves(halves(a).map((x, i) => f(x, y[i])));
};
const zipBytes = (a: Vector, b: Vector, f: (x: number, y: number) => number): Vector =>
  a.map((x, i) => f(signed(x), signed(b[i])));

export class Interpreter {
  readonly memory = new DataView(new ArrayBuffer(0x4000));
  readonly globals = new Map<string, number>();
  private readonly functions: Map<string, WasmFunction>;
  private readonly module: WasmModule;
  private readonly accumulator = new Int32Array(64);
  private readonly compared = [new Uint8Array(128), new Uint8Array(128), new Uint8Array(128)];
  private fuel = 200_000;

  constructor(module: WasmModule) {
    this.module = module;
    this.functions = new Map(module.functions.map((f) => [f.name, f]));
    for (const g of module.globals) this.globals.set(g.name, g.initial);
    for (const d of module.data) new Uint8Array(this.memory.buffer).set(d.bytes, d.address);
  }

  run(): number {
    return this.call("main", []) as number;
  }

  call(name: string, args: Value[]): Value | undefined {
    const f = this.functions.get(name)!;
    const zero = (type: string): Value => (type === "i32" ? 0 : new Uint8Array(128));
    const locals = [...args, ...f.locals.map(zero)];
    try {
      return this.eval(f.body, locals);
    } catch (thrown) {
      if (thrown instanceof Return) return thrown.value;
      throw thrown;
    }
  }

  private number(node: Node, locals: Value[]): number {
    return this.eval(node, locals) as number;
  }

  private eval(node: Node, locals: Value[]): Value | undefined {
    if (this.fuel-- < 0) throw new RangeError("out of fuel");
    const number = (n: Node) => this.number(n, locals);
    switch (node.op) {
      case "const":
        return node.value | 0;
      case "null":
        return new Uint8Array(128);
      case "nop":
        return undefined;
      case "localGet":
        return locals[node.index];
      case "localSet": {
        locals[node.index] = this.eval(node.value, locals)!;
        return node.tee ? locals[node.index] : undefined;
      }
      case "globalGet":
        return this.globals.get(node.name)!;
      case "globalSet":
        this.globals.set(node.name, number(node.value));
        return undefined;
      case "load": {
        const at = (number(node.address) + node.offset) | 0;
        if (node.bytes === 4) return this.memory.getInt32(at);
        if (node.bytes === 2) return node.signed ? this.memory.getInt16(at) : this.memory.getUint16(at);
        return node.signed ? this.memory.getInt8(at) : this.memory.getUint8(at);
      }
      case "store": {
        const at = (number(node.address) + node.offset) | 0;
        const value = number(node.value);
        if (node.bytes === 4) this.memory.setInt32(at, value);
        else if (node.bytes === 2) this.memory.setInt16(at, value);
        else this.memory.setInt8(at, value);
        return undefined;
      }
      case "unary":
        return unary(node.operator, number(node.value));
      case "binary": {
        const left = number(node.left);
        return binary(node.operator, left, number(node.right));
      }
      case "select": {
        const t = this.eval(node.whenTrue, locals);
        const f = this.eval(node.whenFalse, locals);
        return number(node.condition) !== 0 ? t : f;
      }
      case "block": {
        try {
          let value: Value | undefined;
          for (const child of node.body) value = this.eval(child, locals);
          return value;
        } catch (thrown) {
          if (thrown instanceof Break && thrown.label === node.label) return thrown.value;
          throw thrown;
        }
      }
      case "loop":
        for (;;) {
          try {
            return this.eval(node.body, locals);
          } catch (thrown) {
            if (!(thrown instanceof Break) || thrown.label !== node.label) throw thrown;
          }
        }
      case "if":
        if (number(node.condition) !== 0) return this.eval(node.then, locals);
        return node.otherwise && this.eval(node.otherwise, locals);
      case "break": {
        const value = node.value && this.eval(node.value, locals);
        if (!node.condition || number(node.condition) !== 0) throw new Break(node.label, value);
        return value;
      }
      case "switch": {
        const index = number(node.index) >>> 0;
        throw new Break(node.labels[index] ?? node.fallback, undefined);
      }
      case "call": {
        const args = node.arguments.map((a) => this.eval(a, locals)!);
        return this.call(node.target, args);
      }
      case "callIndirect": {
        const args = node.arguments.map((a) => this.eval(a, locals)!);
        return this.call(this.module.table[number(node.callee)]!, args);
      }
      case "return":
        throw new Return(node.value && this.eval(node.value, locals));
      case "drop":
        this.eval(node.value, locals);
        return undefined;
      case "memoryCopy": {
        const [to, from, bytes] = [number(node.to), number(node.from), number(node.bytes)];
        new Uint8Array(this.memory.buffer).copyWithin(to, from, from + bytes);
        return undefined;
      }
      case "memoryFill": {
        const [to, value, bytes] = [number(node.to), number(node.value), number(node.bytes)];
        new Uint8Array(this.memory.buffer).fill(value, to, to + bytes);
        return undefined;
      }
      case "intrinsic":
        return this.intrinsic(
          node.name,
          node.arguments.map((a) => this.eval(a, locals)!),
        );
      default:
        throw new Error(`interpreter: ${node.op}`);
    }
  }

  /** fxv-isa section 3, for the instructions that the generated programs use. */
  private intrinsic(name: string, args: Value[]): Value | undefined {
    const [a, b] = args as Vector[];
    const n = args as number[];
    switch (name) {
      case "sync":
        return undefined;
      case "bytes":
      case "halves":
        return a;
      case "fxvsplath":
        return fromHalves(new Array(64).fill(n[0]));
      case "fxvsplatb":
        return new Uint8Array(128).fill(n[0]);
      case "fxvaddhm":
        return zipHalves(a, b, (x, y) => x + y);
      case "fxvsubbm":
        return zipBytes(a, b, (x, y) => x - y);
      case "fxvaddhfs":
        return zipHalves(a, b, (x, y) => clamp(x + y, -0x8000, 0x7fff));
      case "fxvmulhm":
        return zipHalves(a, b, (x, y) => Math.imul(x, y));
      case "fxvshh": {
        const by = n[1];
        return fromHalves(halves(a).map((x) => (by >= 0 ? x << by : (x & 0xffff) >>> -by)));
      }
      case "fxvmtach":
        halves(a).forEach((x, i) => {
          this.accumulator[i] = x;
        });
        return undefined;
      case "fxvmatachm": {
        const y = halves(b);
        halves(a).forEach((x, i) => {
          this.accumulator[i] += Math.imul(x, y[i]);
        });
        return undefined;
      }
      case "fxvaddachm":
        return fromHalves(halves(a).map((x, i) => x + this.accumulator[i]));
      case "fxvcmph":
        halves(a).forEach((x, i) => {
          for (const lane of [2 * i, 2 * i + 1]) {
            this.compared[0][lane] = Number(x > 0);
            this.compared[1][lane] = Number(x < 0);
            this.compared[2][lane] = Number(x === 0);
          }
        });
        return undefined;
      case "fxvsel": {
        if (n[2] === 0) return b;
        return a.map((x, i) => (this.compared[n[2] - 1][i] ? b[i] : x));
      }
      case "fxvaddhm_if": {
        const [old, x, y] = args as Vector[];
        const sum = zipHalves(x, y, (p, q) => p + q);
        return old.map((byte, i) => (this.compared[n[3] - 1][i] ? sum[i] : byte));
      }
      case "fxvlax": {
        const at = (n[0] + n[1]) & ~3;
        return new Uint8Array(this.memory.buffer.slice(at, at + 128));
      }
      case "fxvstax":
        new Uint8Array(this.memory.buffer).set(a, (n[1] + n[2]) & ~3);
        return undefined;
      default:
        throw new Error(`interpreter: intrinsic ${name}`);
    }
  }
}

function unary(operator: string, x: number): number {
  switch (operator) {
    case "eqz":
      return Number(x === 0);
    case "clz":
      return Math.clz32(x);
    case "ctz":
      return x === 0 ? 32 : 31 - Math.clz32(x & -x);
    case "popcnt":
      return (x >>> 0).toString(2).replaceAll("0", "").length;
    case "extend8":
      return (x << 24) >> 24;
    default:
      return (x << 16) >> 16;
  }
}

function binary(operator: string, x: number, y: number): number {
  const [a, b] = [BigInt(x >>> 0), BigInt(y >>> 0)];
  switch (operator) {
    case "add":
      return (x + y) | 0;
    case "sub":
      return (x - y) | 0;
    case "mul":
      return Math.imul(x, y);
    case "div_s":
      // The hardware's results where WebAssembly traps (nux-core 2.3).
      return y === 0 ? (x >= 0 ? -1 : 0) : (x / y) | 0;
    case "div_u":
      return y === 0 ? -1 : Number(a / b) | 0;
    case "rem_s":
      return (x - Math.imul(binary("div_s", x, y), y)) | 0;
    case "rem_u":
      return (x - Math.imul(binary("div_u", x, y), y)) | 0;
    case "and":
      return x & y;
    case "or":
      return x | y;
    case "xor":
      return x ^ y;
    case "shl":
      return x << y;
    case "shr_s":
      return x >> y;
    case "shr_u":
      return (x >>> y) | 0;
    case "rotl":
      return Number(BigInt.asIntN(32, (a << (b & 31n)) | (a >> (32n - (b & 31n)))));
    case "rotr":
      return Number(BigInt.asIntN(32, (a >> (b & 31n)) | (a << (32n - (b & 31n)))));
    case "eq":
      return Number(x === y);
    case "ne":
      return Number(x !== y);
    case "lt_s":
      return Number(x < y);
    case "le_s":
      return Number(x <= y);
    case "gt_s":
      return Number(x > y);
    case "ge_s":
      return Number(x >= y);
    case "lt_u":
      return Number(a < b);
    case "le_u":
      return Number(a <= b);
    case "gt_u":
      return Number(a > b);
    default:
      return Number(a >= b);
  }
}
