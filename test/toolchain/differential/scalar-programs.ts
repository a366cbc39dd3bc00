/** Generator of scalar AssemblyScript: expressions of all integer widths, locals, control flow, calls, memory. */
import fc from "fast-check";

export const INTEGER_TYPES = ["i8", "u8", "i16", "u16", "i32", "u32"] as const;
type IntegerType = (typeof INTEGER_TYPES)[number];

const LOCALS: readonly (readonly [name: string, type: IntegerType])[] = [
  ["x", "i32"],
  ["y", "u32"],
  ["z", "i16"],
  ["w", "u8"],
];

/** Declarations shared by all generated functions. Arrays are only accessed in the width they are made for. */
export const PRELUDE = `
const bytes8 = memory.data<u8>([${Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 255)}]);
const halves16 = memory.data<u16>([${Array.from({ length: 32 }, (_, i) => (i * 7919 + 40503) & 65535)}]);
const words32 = memory.data<u32>([${Array.from({ length: 16 }, (_, i) => Math.imul(i + 1, 2654435769) >>> 0)}]);
let global32: i32 = -5;
let global16: u16 = 40000;
function load8(i: i32): i32 { return load<i8>(bytes8 + (i & 63)); }
function gcd(a: u32, b: u32): u32 { return b ? gcd(b, a % b) : a; }
function fibonacci(n: i32): i32 { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
function mix(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, h: i32, i: i32, j: i32): i32 {
  return a - (b ^ c) + d * e - (f & g) + (h | i) - j;
}
`;

const literal = (type: IntegerType): fc.Arbitrary<string> => {
  const bits = Number(type.slice(1));
  const signed = type.startsWith("i");
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return fc
    .oneof(
      fc.constantFrom(0, 1, 2, 3, 7, low, high, high - 1, Math.floor(high / 2)),
      fc.integer({ min: low, max: high }),
    )
    .map((value) => `<${type}>(${value})`);
};

const typeArbitrary = fc.constantFrom(...INTEGER_TYPES);

/** An expression of the given type; `depth` bounds the nesting. */
function expression(type: IntegerType, depth: number): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    literal(type),
    fc
      .constantFrom("a", "b", "c", "x", "y", "z", "w", "n", "global32", "global16")
      .map((name) => `<${type}>(${name})`),
  );
  if (depth === 0) return leaf;
  const sub = (of: IntegerType = type): fc.Arbitrary<string> => expression(of, depth - 1);
  const wide: IntegerType = type.startsWith("i") ? "i32" : "u32";
  const shiftMask = Number(type.slice(1)) - 1;
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    {
      weight: 4,
      arbitrary: fc
        .tuple(sub(), fc.constantFrom("+", "-", "*", "&", "|", "^"), sub())
        .map(([l, op, r]) => `<${type}>((${l}) ${op} (${r}))`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(sub(), fc.constantFrom("<<", ">>", ">>>"), sub())
        .map(([l, op, r]) => `<${type}>((${l}) ${op} ((${r}) & ${shiftMask}))`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(sub(wide), fc.constantFrom("/", "%"), sub(wide))
        .map(([l, op, r]) => `<${type}>((${l}) ${op} (((${r}) & 0x7fff) | 1))`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          sub(wide),
          fc.constantFrom("/", "%"),
          fc.constantFrom(1, 2, 3, 5, 7, 8, 10, 16, 100, 641, 1024),
        )
        .map(([l, op, divisor]) => `<${type}>((${l}) ${op} ${divisor})`),
    },
    {
      weight: 2,
      arbitrary: typeArbitrary.chain((of) =>
        fc
          .tuple(sub(of), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), sub(of), sub(), sub())
          .map(([l, op, r, yes, no]) => `((${l}) ${op} (${r}) ? (${yes}) : (${no}))`),
      ),
    },
    { weight: 1, arbitrary: typeArbitrary.chain((of) => sub(of).map((e) => `<${type}>(${e})`)) },
    { weight: 1, arbitrary: sub().map((e) => `<${type}>(~(${e}))`) },
    { weight: 1, arbitrary: sub().map((e) => `<${type}>(-(${e}))`) },
    { weight: 1, arbitrary: sub().map((e) => `<${type}>(!(${e}))`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("clz", "ctz", "popcnt"), sub("i32"))
        .map(([f, e]) => `<${type}>(${f}<i32>(${e}))`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("rotl", "rotr"), sub("u32"), sub("u32"))
        .map(([f, e, n]) => `<${type}>(${f}<u32>(${e}, (${n}) & 31))`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("min", "max"), sub(wide), sub(wide))
        .map(([f, l, r]) => `<${type}>(${f}<${wide}>(${l}, ${r}))`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(sub(wide), sub(wide), sub("i32"))
        .map(([l, r, e]) => `<${type}>(select<${wide}>(${l}, ${r}, (${e}) != 0))`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            ["load<u8>", "bytes8", 63, 0],
            ["load<i8>", "bytes8", 63, 0],
            ["load<u16>", "halves16", 31, 1],
            ["load<i16>", "halves16", 31, 1],
            ["load<i32>", "words32", 15, 2],
          ),
          sub("i32"),
        )
        .map(
          ([[f, array, mask, shift], e]) => `<${type}>(${f}(${array} + (((${e}) & ${mask}) << ${shift})))`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(sub("i32"), sub("i32"))
        .map(([l, r]) => `<${type}>(mix(${l}, ${r}, a, b, c, x, <i32>y, z, w, n))`),
    },
    { weight: 1, arbitrary: fc.tuple(sub("u32"), sub("u32")).map(([l, r]) => `<${type}>(gcd(${l}, ${r}))`) },
    { weight: 1, arbitrary: sub("i32").map((e) => `<${type}>(fibonacci((${e}) & 7))`) },
    { weight: 1, arbitrary: sub("i32").map((e) => `<${type}>(load8(${e}))`) },
  );
}

function statement(depth: number, inLoop: boolean): fc.Arbitrary<string> {
  const assign = fc
    .constantFrom(...LOCALS)
    .chain(([name, type]) => expression(type, 2).map((e) => `${name} = ${e};`));
  const compound = fc
    .tuple(fc.constantFrom(...LOCALS), fc.constantFrom("+=", "-=", "*=", "^=", "|=", "&="))
    .chain(([[name, type], op]) => expression(type, 1).map((e) => `${name} ${op} ${e};`));
  const increment = fc.constantFrom(
    "x++;",
    "w--;",
    "z += 3;",
    "y = y * 5 + 1;",
    "global32 += x;",
    "global16++;",
  );
  const write = fc
    .tuple(
      fc.constantFrom(
        ["store<u8>", "bytes8", 63, 0],
        ["store<u16>", "halves16", 31, 1],
        ["store<u32>", "words32", 15, 2],
      ),
      expression("i32", 1),
      expression("u32", 2),
    )
    .map(([[f, array, mask, shift], at, e]) => `${f}(${array} + (((${at}) & ${mask}) << ${shift}), ${e});`);
  const simple: fc.WeightedArbitrary<string>[] = [
    { weight: 5, arbitrary: assign },
    { weight: 2, arbitrary: compound },
    { weight: 1, arbitrary: increment },
    { weight: 2, arbitrary: write },
    { weight: 1, arbitrary: expression("i32", 2).map((e) => `global32 = ${e};`) },
    { weight: 1, arbitrary: expression("u16", 2).map((e) => `global16 = ${e};`) },
  ];
  if (depth === 0) return fc.oneof(...simple);
  const body = (loop = inLoop): fc.Arbitrary<string> =>
    fc.array(statement(depth - 1, loop), { minLength: 1, maxLength: 3 }).map((list) => list.join(" "));
  const condition = fc
    .tuple(expression("i32", 1), fc.constantFrom("<", ">", "==", "!=", "<=", ">="), expression("i32", 1))
    .map(([l, op, r]) => `(${l}) ${op} (${r})`);
  // Loop counters are named by nesting depth; the guest never assigns them.
  const counter = `i${depth}`;
  return fc.oneof(
    ...simple,
    { weight: 2, arbitrary: fc.tuple(condition, body()).map(([c, s]) => `if (${c}) { ${s} }`) },
    {
      weight: 2,
      arbitrary: fc.tuple(condition, body(), body()).map(([c, s, t]) => `if (${c}) { ${s} } else { ${t} }`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 6 }), body(true))
        .map(
          ([n, s]) => `for (let ${counter} = 0; ${counter} < ${n}; ${counter}++) { n = ${counter}; ${s} }`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 6 }), body(true))
        .map(([n, s]) => `{ let ${counter} = ${n}; do { ${s} } while (--${counter} > 0); }`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("(a & 7) + 1", "<i32>(y & 3)", "<i32>w & 7"), body(true))
        .map(([n, s]) => `for (let ${counter} = 0, e = ${n}; ${counter} < e; ${counter}++) { ${s} }`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(expression("i32", 1), body(), body(), body(), body())
        .map(
          ([e, s, t, u, v]) =>
            `switch ((${e}) & 7) { case 0: { ${s} break; } case 1: { ${t} } case 2: case 5: { ${u} break; } ` +
            `case 6: { x ^= 6; break; } default: { ${v} } }`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(condition, expression("i32", 2)).map(([c, e]) => `if (${c}) return ${e};`),
    },
    ...(inLoop
      ? [
          { weight: 1, arbitrary: condition.map((c) => `if (${c}) break;`) },
          { weight: 1, arbitrary: condition.map((c) => `if (${c}) continue;`) },
        ]
      : []),
  );
}

/** Body of a function `(a: i32, b: i32, c: i32): i32`. */
export const scalarFunction: fc.Arbitrary<string> = fc
  .tuple(fc.array(statement(2, false), { minLength: 2, maxLength: 7 }), expression("i32", 3))
  .map(([statements, result]) =>
    [
      "let n: i32 = 0;",
      ...LOCALS.map(([name, type], i) => `let ${name}: ${type} = <${type}>(${["a", "b", "a + b", "c"][i]});`),
      ...statements,
      `return ${result};`,
    ].join("\n  "),
  );
