/** Generator of AssemblyScript with vectors: every lane instruction, conditions, accumulator, calls, many live values. */
import fc from "fast-check";
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";

const BYTE_NAMES = ["a", "b", "p", "q", "r", "s"];
const HALF_NAMES = ["h", "i", "j", "k", "l"];

const byteName = fc.constantFrom(...BYTE_NAMES);
const halfName = fc.constantFrom(...HALF_NAMES);
const condition = fc.constantFrom("GT", "LT", "EQ");
const offset = fc.integer({ min: 0, max: 224 }).map((n) => 4 * n);

/** A statement for one instruction of the arithmetic unit, plain or predicated. */
const arithmetic: fc.Arbitrary<string> = fc
  .constantFrom(...FXV_INSTRUCTIONS.filter((row) => row.vector?.unit === "MADD"))
  .chain((row) => {
    const name = row.vector?.width === "byte" ? byteName : halfName;
    const sources = row.operands.filter(({ field }) => field === "VRA" || field === "VRB").length;
    const writes = row.operands.some(({ field }) => field === "VRT");
    return fc
      .tuple(name, name, fc.array(name, { minLength: sources, maxLength: sources }), fc.option(condition))
      .map(([target, old, operands, cond]) => {
        const call = cond
          ? `${row.mnemonic}_if(${[...(writes ? [old] : []), ...operands, cond].join(", ")})`
          : `${row.mnemonic}(${operands.join(", ")})`;
        return writes ? `${target} = ${call};` : `${call};`;
      });
  });

const scalar = fc.constantFrom("n", "n * 3 - 7", "n << 4", "300", "-1", "load<u8>(area + (n & 63))");

const statement: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: arithmetic },
  { weight: 2, arbitrary: byteName.map((x) => `fxvcmpb(${x});`) },
  { weight: 1, arbitrary: halfName.map((x) => `fxvcmph(${x});`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(byteName, byteName, byteName, condition)
      .map(([t, x, y, c]) => `${t} = fxvsel(${x}, ${y}, ${c});`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(byteName, byteName, fc.integer({ min: -16, max: 15 }))
      .map(([t, x, n]) => `${t} = fxvshb(${x}, ${n});`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(halfName, halfName, fc.integer({ min: -16, max: 15 }))
      .map(([t, x, n]) => `${t} = fxvshh(${x}, ${n});`),
  },
  { weight: 1, arbitrary: fc.tuple(byteName, scalar).map(([t, e]) => `${t} = fxvsplatb(${e});`) },
  { weight: 1, arbitrary: fc.tuple(halfName, scalar).map(([t, e]) => `${t} = fxvsplath(${e});`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom("fxvpckbu", "fxvpckbl"),
        byteName,
        halfName,
        halfName,
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([f, t, x, y, n]) => `${t} = ${f}(${x}, ${y}, ${n});`),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom("fxvupckbl", "fxvupckbr"),
        halfName,
        byteName,
        byteName,
        fc.integer({ min: 0, max: 3 }),
      )
      .map(([f, t, x, y, n]) => `${t} = ${f}(${x}, ${y}, ${n});`),
  },
  { weight: 1, arbitrary: fc.tuple(byteName, offset).map(([t, at]) => `${t} = loadBytes(area, ${at});`) },
  { weight: 1, arbitrary: fc.tuple(halfName, offset).map(([x, at]) => `storeHalves(${x}, area + ${at});`) },
  { weight: 1, arbitrary: fc.tuple(byteName, offset).map(([x, at]) => `${x}.write(${at} & 7);`) },
  { weight: 1, arbitrary: fc.tuple(byteName, condition).map(([x, c]) => `${x}.write(n & 3, 4, ${c});`) },
  { weight: 1, arbitrary: fc.tuple(halfName, offset).map(([t, at]) => `${t} = readHalves(${at} & 7);`) },
  { weight: 1, arbitrary: fc.tuple(byteName, halfName).map(([t, x]) => `${t} = ${x}.bytes();`) },
  { weight: 1, arbitrary: fc.tuple(halfName, byteName).map(([t, x]) => `${t} = ${x}.halves();`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(byteName, byteName, byteName, fc.constantFrom("+", "-", "*"))
      .map(([t, x, y, op]) => `${t} = ${x} ${op} ${y};`),
  },
  { weight: 1, arbitrary: fc.tuple(halfName, halfName).map(([t, x]) => `${t} = -${x} << 2;`) },
  {
    weight: 1,
    arbitrary: fc.tuple(byteName, byteName, byteName).map(([t, x, y]) => `${t} = ${x}.max(${y});`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(halfName, halfName, halfName).map(([t, x, y]) => `${t} = ${x}.min(${y});`),
  },
  { weight: 1, arbitrary: fc.tuple(byteName, byteName).map(([t, x]) => `${t} = ${x}.relu();`) },
  { weight: 1, arbitrary: fc.tuple(halfName, halfName).map(([t, x]) => `${t} = ${x}.abs();`) },
  {
    weight: 1,
    arbitrary: fc.tuple(byteName, byteName, byteName).map(([t, x, y]) => `${t} = n & 2 ? ${x} : ${y};`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(byteName, byteName, halfName).map(([t, x, y]) => `${t} = helper(${x}, ${y}, n);`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(halfName, byteName).map(([t, x]) => `${t} = descend(${x}, ${t}, n & 3);`),
  },
);

const block = fc.array(statement, { minLength: 1, maxLength: 4 }).map((list) => list.join(" "));
const controlled: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: statement },
  { weight: 1, arbitrary: block.map((s) => `for (let t = 0; t < 3; t++) { n += t; ${s} }`) },
  { weight: 1, arbitrary: fc.tuple(block, block).map(([s, t]) => `if (n & 1) { ${s} } else { ${t} }`) },
  { weight: 1, arbitrary: block.map((s) => `{ let t = n & 3; while (t > 0) { ${s} t--; } }`) },
);

/** Shared declarations; `area` is only accessed as bytes and as vectors. */
export const VECTOR_PRELUDE = `
import { ${[
  ...[
    "Bytes",
    "Halves",
    "GT",
    "LT",
    "EQ",
    "loadBytes",
    "loadHalves",
    "storeBytes",
    "storeHalves",
    "readHalves",
  ],
  ...FXV_INSTRUCTIONS.flatMap(({ mnemonic, vector }) =>
    vector?.conditional ? [mnemonic, `${mnemonic}_if`] : [mnemonic],
  ),
].join(", ")} } from "ppu/vector";
const area = memory.data<u8>([${Array.from({ length: 1024 }, (_, n) => ((n * n * 7) ^ (n * 29 + 3)) & 255)}]);
export function helper(x: Bytes, y: Halves, n: i32): Bytes {
  fxvmtacb(x);
  return n & 1 ? y.bytes() - x : x.mulfs(y.bytes());
}
export function descend(x: Bytes, y: Halves, n: i32): Halves {
  if (n <= 0) return y;
  const next = descend(x + y.bytes(), y, n - 1);
  return next + y + x.halves();
}
`;

/** Body of a function `(a: Bytes, b: Bytes, h: Halves, n: i32): Bytes`. */
export const vectorFunction: fc.Arbitrary<string> = fc
  .array(controlled, { minLength: 6, maxLength: 18 })
  .map((statements) =>
    [
      "let p = a; let q = b; let r = a + b; let s = a - b; let i = h; let j = h + h; let k = a.halves(); let l = b.halves();",
      ...statements,
      "p = p + q.subfs(r) + s.mulfs(a) + b;",
      "i = i + j.subfs(k) + l.addacfs() + h;",
      "return p + i.bytes().addacm();",
    ].join("\n  "),
  );

/** Like `vectorFunction`, with more vectors alive at the same time than there are registers. */
export const pressureFunction: fc.Arbitrary<string> = fc
  .tuple(
    fc.integer({ min: 30, max: 44 }),
    fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.constantFrom("+", "-", "*")), {
      minLength: 20,
      maxLength: 40,
    }),
    fc.shuffledSubarray(
      Array.from({ length: 44 }, (_, n) => n),
      { minLength: 44 },
    ),
    fc.boolean(),
  )
  .map(([live, steps, order, calls]) =>
    [
      ...Array.from(
        { length: live },
        (_, n) => `let v${n} = loadBytes(area, ${n * 20}) ${n & 1 ? "+ a" : "- b"};`,
      ),
      ...steps.map(([t, x, y, op], n) => {
        const text = `v${t % live} = v${x % live} ${op} v${y % live};`;
        return n % 7 === 3 ? `for (let t = 0; t < (n & 3); t++) { ${text} v0 = v0 + v${x % live}; }` : text;
      }),
      ...(calls ? [`v1 = helper(v2, h, n) - v${live - 1};`] : []),
      `return ${order
        .filter((n) => n < live)
        .map((n) => `v${n}`)
        .join(" - ")};`,
    ].join("\n  "),
  );
