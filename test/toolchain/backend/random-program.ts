/** Programs made by chance: loops, breaks, switches, selects, memory, globals, calls, recursion, vectors. */
import type {
  BinaryOperator,
  Node,
  UnaryOperator,
  WasmFunction,
  WasmModule,
} from "../../../src/toolchain/wasm-tree.ts";
import * as t from "./trees.ts";

const DATA = 0x100;
const VECTORS = 0x300;
export const DATA_END = 0x700;

const BINARY: BinaryOperator[] = (
  "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr eq ne lt_s lt_u le_s le_u gt_s gt_u ge_s ge_u " +
  "add add sub and or shl shr_u lt_s eq"
).split(" ") as BinaryOperator[];
const UNARY: UnaryOperator[] = ["eqz", "clz", "ctz", "popcnt", "extend8", "extend16"];
const INTERESTING = [
  0, 1, -1, 2, 3, 4, 7, 8, 10, 100, 255, 256, 0x7fff, -0x8000, 0x8000, 0xffff, 0x10000, 0x12345678,
];
const EXTREME = [0x7fffffff, -0x80000000, 0xff00, 0xff0000, -256, 0xf000000f, 60, 127, 128];

interface Scope {
  readonly scalars: number;
  readonly vectors: readonly number[];
  /** Counters that only their loop may write. */
  readonly counters: readonly number[];
  readonly free: readonly number[];
  readonly labels: readonly string[];
  readonly callable: readonly Signature[];
  readonly loops: number;
}

interface Signature {
  readonly name: string;
  readonly scalars: number;
  readonly vectors: number;
  readonly result: "i32" | "halves";
}

class Generator {
  private state: number;
  private labelCount = 0;
  private budget: number;

  constructor(seed: number, budget: number) {
    this.state = seed | 0;
    this.budget = budget;
  }

  below(n: number): number {
    // Mulberry32.
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % n;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  label(): string {
    return `l${this.labelCount++}`;
  }

  refill(n: number): void {
    this.budget = n;
  }

  number(): Node {
    const k = this.below(4);
    if (k === 0) return t.constant(this.pick(EXTREME));
    if (k === 1) return t.constant((this.below(0x10000) * 0x10000 + this.below(0x10000)) | 0);
    return t.constant(this.pick(INTERESTING));
  }

  address(scope: Scope, depth: number, bytes: 1 | 2 | 4): Node {
    const mask = bytes === 1 ? 0xff : bytes === 2 ? 0xfe : 0xfc;
    const k = this.below(4);
    if (k === 0) return t.constant(DATA + (this.below(256) & mask));
    if (k === 1 && scope.counters.length > 0) {
      // base + counter * size: what loops reduce.
      const index = t.binary(
        "shl",
        t.get(this.pick(scope.counters)),
        t.constant(this.below(2) + Math.log2(bytes)),
      );
      return t.binary("add", index, t.constant(DATA + (this.below(64) & mask)));
    }
    return t.binary("add", t.binary("and", this.scalar(scope, depth), t.constant(mask)), t.constant(DATA));
  }

  scalar(scope: Scope, depth: number): Node {
    if (depth <= 0 || this.budget-- <= 0) {
      return this.below(3) === 0 ? this.number() : t.get(this.below(scope.scalars));
    }
    const sub = () => this.scalar(scope, depth - 1);
    switch (this.below(16)) {
      case 0:
        return this.number();
      case 1:
      case 2:
        return t.get(this.below(scope.scalars));
      case 3:
        return t.unary(this.pick(UNARY), sub());
      case 4: {
        const bytes = this.pick([1, 2, 4] as const);
        return t.load(bytes, this.address(scope, depth - 1, bytes), 0, bytes < 4 && this.below(2) === 0);
      }
      case 5:
        return t.select(sub(), sub(), sub());
      case 6:
        return t.when(sub(), sub(), sub(), "i32");
      case 7: {
        const label = this.label();
        return t.block(
          label,
          [t.br(label, sub(), sub()), sub()].map((n, i) => (i === 0 ? drop(n) : n)),
          "i32",
        );
      }
      case 8:
        return { op: "globalGet", type: "i32", name: this.pick(["g0", "g1", "k"]) };
      case 9:
        if (scope.free.length > 0) return t.tee(this.pick(scope.free), sub());
        return sub();
      case 10: {
        const callee = scope.callable.filter((c) => c.result === "i32");
        if (callee.length > 0 && scope.loops < 1) return this.call(this.pick(callee), scope, depth - 1);
        return sub();
      }
      default:
        return t.binary(this.pick(BINARY), sub(), this.below(3) === 0 ? this.number() : sub());
    }
  }

  vector(scope: Scope, depth: number): Node {
    if (depth <= 0 || this.budget-- <= 0 || this.below(4) === 0)
      return t.get(this.pick(scope.vectors), "halves");
    const sub = () => this.vector(scope, depth - 1);
    const make = (name: string, ...args: Node[]) => t.intrinsic(name, args, "halves");
    switch (this.below(14)) {
      case 0:
        return make("fxvsplath", this.scalar(scope, depth - 1));
      case 1:
        return make("fxvsplatb", this.scalar(scope, depth - 1));
      case 2:
        return make("fxvsubbm", sub(), sub());
      case 3:
        return make("fxvaddhfs", sub(), sub());
      case 4:
        return make("fxvmulhm", sub(), sub());
      case 5:
        return make("fxvshh", sub(), t.constant(this.below(32) - 16));
      case 6:
        return make("fxvaddachm", sub());
      case 7:
        return make("fxvsel", sub(), sub(), t.constant(this.below(4)));
      case 8:
        return make("fxvaddhm_if", sub(), sub(), sub(), t.constant(1 + this.below(3)));
      case 9:
        return make("fxvlax", t.constant(VECTORS), t.constant(128 * this.below(4)));
      case 10: {
        const callee = scope.callable.filter((c) => c.result === "halves");
        if (callee.length > 0 && scope.loops < 1) return this.call(this.pick(callee), scope, depth - 1);
        return make("fxvaddhm", sub(), sub());
      }
      case 11:
        return {
          op: "select",
          type: "halves",
          condition: this.scalar(scope, 1),
          whenTrue: sub(),
          whenFalse: sub(),
        };
      default:
        return make("fxvaddhm", sub(), sub());
    }
  }

  call(callee: Signature, scope: Scope, depth: number): Node {
    const args = [
      ...Array.from({ length: callee.scalars }, () => this.scalar(scope, Math.min(depth, 1))),
      ...Array.from({ length: callee.vectors }, () => this.vector(scope, Math.min(depth, 1))),
    ];
    return t.call(callee.name, args, callee.result);
  }

  statements(scope: Scope, depth: number): Node {
    return t.block(
      null,
      Array.from({ length: 1 + this.below(4) }, () => this.statement(scope, depth)),
    );
  }

  statement(scope: Scope, depth: number): Node {
    const inner = () => this.statements(scope, depth - 1);
    const value = () => this.scalar(scope, 3);
    if (depth <= 0 || this.budget <= 0) {
      return scope.free.length > 0 ? t.set(this.pick(scope.free), value()) : { op: "nop", type: "none" };
    }
    switch (this.below(16)) {
      case 0:
        return t.when(value(), inner(), this.below(2) === 0 ? inner() : undefined);
      case 1:
      case 2:
        return this.loop(scope, depth);
      case 3: {
        const bytes = this.pick([1, 2, 4] as const);
        return t.store(bytes, this.address(scope, 2, bytes), value());
      }
      case 4:
        return { op: "globalSet", type: "none", name: this.pick(["g0", "g1"]), value: value() };
      case 5: {
        const label = this.label();
        return t.block(label, [
          this.statements({ ...scope, labels: [...scope.labels, label] }, depth - 1),
          t.br(label, value()),
          inner(),
        ]);
      }
      case 6:
        return scope.labels.length > 0 ? t.br(this.pick(scope.labels), value()) : inner();
      case 7: {
        const labels = Array.from({ length: 1 + this.below(8) }, () => this.label());
        const all = [...labels, ...(scope.labels.length > 0 ? [this.pick(scope.labels)] : [])];
        let body: Node = t.block(null, [
          {
            op: "switch",
            type: "unreachable",
            labels: Array.from({ length: 1 + this.below(9) }, () => this.pick(all)),
            fallback: this.pick(all),
            index: t.binary("and", value(), t.constant(15)),
          },
        ]);
        for (const label of labels) body = t.block(null, [t.block(label, [body]), inner()]);
        return body;
      }
      case 8:
      case 9: {
        const target = this.pick(scope.vectors);
        return t.set(target, this.vector(scope, 3));
      }
      case 10: {
        const at = t.constant(128 * this.below(4));
        return t.block(null, [
          t.intrinsic("sync", []),
          t.intrinsic("fxvstax", [this.vector(scope, 2), t.constant(VECTORS), at]),
          t.intrinsic("sync", []),
        ]);
      }
      case 11:
        return this.pick([
          () => t.intrinsic("fxvmtach", [this.vector(scope, 2)]),
          () => t.intrinsic("fxvmatachm", [this.vector(scope, 2), this.vector(scope, 2)]),
          () => t.intrinsic("fxvcmph", [this.vector(scope, 2)]),
        ])();
      case 12:
        if (this.below(3) === 0) {
          const bytes = t.constant(this.below(40));
          const to = t.constant(DATA + this.below(128));
          return this.below(2) === 0
            ? { op: "memoryCopy", type: "none", to, from: t.constant(DATA + this.below(128)), bytes }
            : { op: "memoryFill", type: "none", to, value: value(), bytes };
        }
        return scope.free.length > 0 ? t.set(this.pick(scope.free), value()) : inner();
      case 13:
        return this.straightLoop(scope);
      default:
        return scope.free.length > 0 ? t.set(this.pick(scope.free), value()) : inner();
    }
  }

  /** Operators, loads and locals without jumps and calls. */
  straight(scope: Scope, depth: number): Node {
    const sub = () => this.straight(scope, depth - 1);
    const local = () => t.get(this.pick([...scope.free, ...scope.counters]));
    if (depth <= 0) return this.below(3) === 0 ? this.number() : local();
    switch (this.below(6)) {
      case 0:
        return t.unary(this.pick(UNARY), sub());
      case 1: {
        const bytes = this.pick([1, 2, 4] as const);
        const counter = t.binary("and", t.get(this.pick(scope.counters)), t.constant(15));
        const index = t.binary("shl", counter, t.constant(Math.log2(bytes)));
        const plain = t.binary("add", t.get(this.pick(scope.counters)), t.constant(DATA + 64));
        const address = bytes === 1 && this.below(2) === 0 ? plain : t.binary("add", index, t.constant(DATA));
        return t.load(bytes, address, 0, bytes < 4 && this.below(2) === 0);
      }
      default:
        return t.binary(this.pick(BINARY), sub(), this.below(3) === 0 ? this.number() : sub());
    }
  }

  /** A loop of few operations, up or down by one, with values that rotate through locals: what is unrolled. */
  straightLoop(scope: Scope): Node {
    if (scope.free.length < 3) return { op: "nop", type: "none" };
    const counter = this.pick(scope.free);
    const bound = this.pick(scope.free.filter((n) => n !== counter));
    const free = scope.free.filter((n) => n !== counter && n !== bound);
    const within: Scope = { ...scope, free, counters: [counter] };
    const body = Array.from({ length: 1 + this.below(3) }, () =>
      this.below(4) === 0
        ? t.store(4, t.constant(DATA + (this.below(256) & 0xfc)), this.straight(within, 1))
        : t.set(this.pick(free), this.straight(within, this.below(3))),
    );
    const up = this.below(2) === 0;
    const operator = this.pick(
      up ? (["lt_s", "le_s", "lt_u", "le_u", "ne"] as const) : (["gt_s", "ge_s", "gt_u", "ne"] as const),
    );
    const low = this.below(4);
    const high = low + this.below(14);
    const [from, to] = up ? [low, high] : [high, low];
    const unknown = t.binary("add", t.binary("and", t.get(this.pick(free)), t.constant(7)), t.constant(to));
    const limit = up && this.below(2) === 0 ? unknown : t.constant(to);
    const fixed = this.below(3) === 0;
    const label = this.label();
    const end = fixed ? t.constant(to) : t.get(bound);
    const next = t.set(counter, t.binary("add", t.get(counter), t.constant(up ? 1 : -1)));
    return t.block(null, [
      t.set(bound, limit),
      t.set(counter, t.constant(from)),
      t.loop(
        label,
        t.when(t.binary(operator, t.get(counter), end), t.block(null, [...body, next, t.br(label)])),
      ),
    ]);
  }

  loop(scope: Scope, depth: number): Node {
    if (scope.free.length < 2 || scope.loops >= 3) return this.statements(scope, depth - 1);
    const counter = this.pick(scope.free);
    const label = this.label();
    const next = this.label();
    const within: Scope = {
      ...scope,
      free: scope.free.filter((n) => n !== counter),
      counters: [...scope.counters, counter],
      labels: [...scope.labels, next],
      loops: scope.loops + 1,
    };
    const body = t.block(next, [this.statements(within, depth - 1)]);
    const from = this.below(3);
    const limit: Node =
      this.below(2) === 0
        ? t.constant(from + this.below(6))
        : t.binary("and", this.scalar(scope, 1), t.constant(7));
    const step = (n: number) => t.set(counter, t.binary("add", t.get(counter), t.constant(n)));
    switch (this.below(5)) {
      case 0: {
        // Limit in a local that stays, as for (i = from; i < n; i++).
        const bound = this.pick(within.free);
        const inside = { ...within, free: within.free.filter((n) => n !== bound) };
        const kept = t.block(next, [this.statements(inside, depth - 1)]);
        const test = this.pick(["lt_s", "lt_u", "le_s"] as const);
        return t.block(null, [
          t.set(bound, limit),
          t.set(counter, t.constant(from)),
          t.loop(
            label,
            t.when(t.binary(test, t.get(counter), t.get(bound)), t.block(null, [kept, step(1), t.br(label)])),
          ),
        ]);
      }
      case 1: {
        const out = this.label();
        return t.block(out, [
          t.set(counter, t.constant(from + this.below(9))),
          t.loop(label, t.br(out, t.unary("eqz", t.get(counter))), body, step(-1), t.br(label)),
        ]);
      }
      case 2:
        return t.block(null, [
          t.set(counter, t.constant(0)),
          t.loop(
            label,
            body,
            step(1),
            t.br(label, t.binary("lt_s", t.get(counter), t.constant(1 + this.below(6)))),
          ),
        ]);
      case 3:
        return t.block(null, [
          t.set(counter, t.constant(this.below(7))),
          t.loop(
            label,
            t.when(
              t.binary("ge_s", t.get(counter), t.constant(0)),
              t.block(null, [body, step(-1), t.br(label)]),
            ),
          ),
        ]);
      default:
        return t.block(null, [
          t.set(counter, t.constant(from)),
          t.loop(
            label,
            t.when(
              t.binary("lt_s", t.get(counter), t.constant(from + this.below(20))),
              t.block(null, [body, step(1 + this.below(4)), t.br(label)]),
            ),
          ),
        ]);
    }
  }

  function(signature: Signature, callable: readonly Signature[], statements: number): WasmFunction {
    const { scalars, vectors } = signature;
    const extraScalars = 2 + this.below(6);
    const extraVectors = 1 + this.below(4);
    const total = scalars + vectors;
    // Scalar locals must be numbered 0..scalars-1 for `get`; further ones follow in a second range.
    const scalarLocals = [
      ...Array.from({ length: scalars }, (_, i) => i),
      ...Array.from({ length: extraScalars }, (_, i) => total + i),
    ];
    const vectorLocals = [
      ...Array.from({ length: vectors }, (_, i) => scalars + i),
      ...Array.from({ length: extraVectors }, (_, i) => total + extraScalars + i),
    ];
    const scope: Scope = {
      scalars: scalars,
      vectors: vectorLocals,
      counters: [],
      free: scalarLocals.slice(scalars),
      labels: [],
      callable,
      loops: 0,
    };
    const body = Array.from({ length: statements }, () => this.statement(scope, 4));
    const result =
      signature.result === "i32"
        ? scalarLocals
            .map((n): Node => t.get(n))
            .reduce((a, b) => t.binary("xor", t.binary("rotl", a, t.constant(5)), b))
        : this.vector(scope, 2);
    return t.func(
      signature.name,
      [...new Array(scalars).fill("i32"), ...new Array(vectors).fill("halves")],
      signature.result,
      [...new Array(extraScalars).fill("i32"), ...new Array(extraVectors).fill("halves")],
      ...body,
      result,
    );
  }
}

const drop = (value: Node): Node => ({ op: "drop", type: "none", value });

/** The program of a seed; `size` is about the number of tree nodes of each function. */
export function randomProgram(seed: number, size = 120): WasmModule {
  const g = new Generator(seed, size);
  const signatures: Signature[] = [
    { name: "f0", scalars: 1 + g.below(3), vectors: 0, result: "i32" },
    { name: "f1", scalars: 2 + g.below(10), vectors: g.below(3), result: "i32" },
    { name: "f2", scalars: 1, vectors: 1 + g.below(4), result: "halves" },
  ];
  const functions: WasmFunction[] = [];
  signatures.forEach((signature, i) => {
    g.refill(size);
    functions.push(g.function(signature, signatures.slice(0, i), 3 + g.below(5)));
  });
  g.refill(size);
  const [f0, f1, f2] = signatures;
  const scope: Scope = {
    scalars: 1,
    vectors: [1, 2],
    counters: [],
    free: [0],
    labels: [],
    callable: [],
    loops: 0,
  };
  const splat = (n: number): Node => t.intrinsic("fxvsplath", [t.constant(n)], "halves");
  functions.push(
    t.func(
      "main",
      [],
      "i32",
      ["i32", "halves", "halves"],
      t.intrinsic("fxvmtach", [splat(3)]),
      t.intrinsic("fxvcmph", [splat(g.below(3) - 1)]),
      t.set(1, splat(g.below(0x10000))),
      t.set(2, splat(g.below(0x10000))),
      t.set(0, g.number()),
      t.set(0, g.call(f0, scope, 2)),
      t.set(0, t.binary("xor", t.get(0), g.call(f1, scope, 2))),
      t.set(1, g.call(f2, scope, 2)),
      t.intrinsic("sync", []),
      t.intrinsic("fxvstax", [t.get(1, "halves"), t.constant(VECTORS), t.constant(0x200)]),
      t.intrinsic("sync", []),
      t.get(0),
    ),
  );
  const bytes = new Uint8Array(256).map((_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 24);
  return t.moduleOf(functions, {
    globals: [
      { name: "g0", mutable: true, initial: 5 },
      { name: "g1", mutable: true, initial: -70000 },
      { name: "k", mutable: false, initial: 12345 },
    ],
    data: [{ address: DATA, bytes }],
    dataEnd: DATA_END,
  });
}
