import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileSource } from "../../../src/toolchain/compile.ts";
import type { DebugTables } from "../../../src/toolchain/debug-info.ts";
import { PRELUDE, scalarFunction } from "../differential/scalar-programs.ts";
import { VECTOR_PRELUDE, vectorFunction } from "../differential/vector-programs.ts";
import { PROBE, type Probe, probesInNode, probesOnPpu, type ShownProbe } from "./visible.ts";

/** Puts a probe at the begin of a body, of its blocks, and behind each of its lines. */
function withProbes(body: string, next: () => number): string {
  const probe = () => `store32(${PROBE}, ${next()});`;
  return body
    .split("\n")
    .map((line) => {
      const inner = line.replace(/(\)|else|do|:) \{ (?!case)/g, (opening) => `${opening}${probe()} `);
      return /^\s*return/.test(line) ? `${probe()}\n${inner}` : `${inner}\n${probe()}`;
    })
    .join("\n");
}

interface Comparison {
  readonly compared: number;
  /** In sight, but without a place. */
  readonly absent: string[];
  readonly wrong: string[];
}

/** Everything shown must be right, and everything that is declared and in sight must be shown. */
function compare(node: readonly Probe[], ppu: readonly ShownProbe[], tables: DebugTables): Comparison {
  const wrong: string[] = [];
  const absent: string[] = [];
  let compared = 0;
  expect(ppu.map(({ id }) => id)).toEqual(node.map(({ id }) => id));
  ppu.forEach((shown, n) => {
    shown.activations.forEach(({ name, variables }, depth) => {
      const real = node[n].activations[depth];
      const at = `probe ${shown.id} at 0x${shown.pc.toString(16)} (line ${shown.line}), ${name}`;
      if (real?.name !== name) {
        wrong.push(`${at}: ${real?.name} is running`);
        return;
      }
      for (const { variable, value } of variables) {
        const expected = real.values.get(tables.variables.indexOf(variable));
        const { line = 0, column = 0 } = variable.location ?? {};
        const declared =
          variable.parameter ||
          depth > 0 ||
          line < shown.line ||
          (line === shown.line && column < shown.column);
        if (value === undefined && (!declared || expected === undefined || depth > 0)) continue;
        compared++;
        const what = `${at}: ${variable.name} is ${expected}`;
        if (value === undefined) absent.push(what);
        else if (value !== expected) wrong.push(`${what}, shown is ${value}`);
      }
    });
  });
  return { compared, absent, wrong };
}

/** `mayBeAbsent`: the part of what is in sight that need not be shown, statements that share a line and vectors under pressure. */
async function check(text: string, mayBeAbsent: number): Promise<number> {
  const { image, module, wasm } = await compileSource(text, { debug: true });
  const tables = module.debug!;
  const [node, ppu] = [probesInNode(wasm, tables), probesOnPpu(image)];
  expect(ppu.result).toBe(node.result);
  const { compared, absent, wrong } = compare(node.probes, ppu.probes, tables);
  expect(wrong.slice(0, 5)).toEqual([]);
  const share = absent.length / compared;
  expect(share, `${absent.length} of ${compared} are absent: ${absent.slice(0, 5)}`).toBeLessThanOrEqual(
    mayBeAbsent,
  );
  return compared;
}

const IMPORT = 'import { store32 } from "ppu/intrinsics";\n';

describe("variables of debug builds", () => {
  it("are shown as they are at every statement of generated scalar programs", async () => {
    const bodies = fc.sample(scalarFunction, { seed: 4711, numRuns: 16 });
    let id = 0;
    const functions = bodies.map((body, i) => {
      const decorator = i % 4 === 0 ? "" : `// @ts-ignore: decorator\n@${i % 4 === 1 ? "inline" : "cold"}\n`;
      return `${decorator}function f${i}(a: i32, b: i32, c: i32): i32 {\n${withProbes(body, () => ++id)}\n}\n`;
    });
    const calls = bodies.map((_, i) => `  sum += f${i}(round * 77 - 5, sum, 1 - round);`).join("\n");
    const text = `${IMPORT}${PRELUDE}${functions.join("")}
export function main(): i32 {
  let sum = 0;
  for (let round = 0; round < 3; round++) {
${calls}
    store32(${PROBE}, ${++id});
  }
  return sum;
}
`;
    expect(await check(text, 0.005)).toBeGreaterThan(1000);
  });

  it("are shown as they are with vectors and inlined calls", async () => {
    const text = `${IMPORT}
import { type Bytes, type Halves, splatBytes, splatHalves } from "ppu/vector";
// @ts-ignore: decorator
@inline
function clamp(value: i32, top: i32): i32 {
  const half = top >> 1;
  store32(${PROBE}, 1);
  if (value > top) return top + half;
  store32(${PROBE}, 2);
  return value;
}
function blend(x: Bytes, y: Bytes, count: u8): Bytes {
  let sum = x;
  for (let i: u8 = 0; i < count; i++) {
    const product = sum * y;
    store32(${PROBE}, 3);
    sum = product + x;
    let limited: i16 = <i16>clamp(i * 40, 100);
    store32(${PROBE}, 4);
    if (limited > 50) sum = sum - splatBytes(limited);
    store32(${PROBE}, 5);
  }
  store32(${PROBE}, 6);
  return sum;
}
export function main(): i32 {
  let wide = splatHalves(3);
  let bytes = blend(splatBytes(2), wide.bytes(), 5);
  store32(${PROBE}, 7);
  wide = wide + bytes.halves();
  const flag = clamp(300, 7) == 10;
  store32(${PROBE}, 8);
  bytes = blend(bytes, bytes, flag ? 2 : 1);
  store32(${PROBE}, 9);
  return 0;
}
`;
    expect(await check(text, 0)).toBeGreaterThan(100);
  });

  it.each([1, 2, 3])("are shown as they are in generated vector programs: %i", async (seed) => {
    let id = 0;
    const bodies = fc.sample(vectorFunction, { seed, numRuns: 4 });
    // Memory and parallel bus are not the same in both runs.
    const plain = bodies.map((body) => body.replace(/[^\n;{}]*(load|store|read|write)[^;]*;/g, ""));
    const functions = plain.map(
      (body, i) => `// @ts-ignore: decorator
@cold
function f${i}(a: Bytes, b: Bytes, h: Halves, n: i32): Bytes {
${withProbes(body, () => ++id)}
}
`,
    );
    const calls = plain.map((_, i) => `  v = f${i}(v, w, v.halves(), ${i + 1});`).join("\n");
    const text = `${IMPORT}${VECTOR_PRELUDE}
import { splatBytes } from "ppu/vector";
${functions.join("")}
export function main(): i32 {
  let v = splatBytes(3);
  const w = splatBytes(77);
${calls}
  store32(${PROBE}, ${++id});
  return 0;
}
`;
    expect(await check(text, 0.1)).toBeGreaterThan(200);
  });
});
