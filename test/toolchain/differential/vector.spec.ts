import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FXV_INSTRUCTIONS } from "../../../isa/index.ts";
import type { Instruction } from "../../../isa/types.ts";
import { compileSource } from "../../../src/toolchain/compile.ts";
import { runMachine } from "./machine.ts";
import { runReference } from "./reference.ts";
import { pressureFunction, VECTOR_PRELUDE, vectorFunction } from "./vector-programs.ts";

const RESULT_BYTES = 128;
const BATCHES = 5;
const FUNCTIONS = 20;

/** Calls every function twice and keeps the results. */
function program(bodies: readonly string[]): string {
  return `${VECTOR_PRELUDE}
const results = memory.data(${2 * RESULT_BYTES * bodies.length});
${bodies
  .map(
    (body, i) => `// @ts-ignore: decorator
@cold
export function f${i}(a: Bytes, b: Bytes, h: Halves, n: i32): Bytes {
  ${body}
}
`,
  )
  .join("")}
export function main(): i32 {
  for (let round = 0; round < 2; round++) {
    const a = loadBytes(area, round * 64);
    const b = loadBytes(area, 256);
    const h = loadHalves(area, 512 + round * 128);
    const n = load<u8>(area + 7 + round);
${bodies
  .map(
    (_, i) =>
      `    storeBytes(f${i}(a, b, h, n), results + ${RESULT_BYTES * i} + round * ${RESULT_BYTES * bodies.length});`,
  )
  .join("\n")}
  }
  return 0;
}
`;
}

async function compare(bodies: readonly string[]): Promise<void> {
  const { image, module, wasm } = await compileSource(program(bodies));
  const machine = runMachine(image);
  const reference = runReference(wasm);
  for (const name of ["main/results", "main/area"]) {
    const data = module.data.find((entry) => entry.name === name) ?? expect.fail(name);
    const actual = machine.bytes(data.address, data.bytes.length);
    const expected = new Uint8Array(reference.memory.buffer, data.address, data.bytes.length);
    expect(new Set(expected).size, "different values").toBeGreaterThan(100);
    const wrong = actual.findIndex((value, i) => value !== expected[i]);
    if (wrong >= 0) {
      const index = Math.floor(wrong / RESULT_BYTES) % bodies.length;
      expect.fail(
        `${name}[${wrong}] is ${actual[wrong]} instead of ${expected[wrong]}; f${index}:\n${bodies[index]}`,
      );
    }
  }
}

/** Statements that use an instruction in all its forms and let the result enter `a` or `h2`. */
function everyForm(row: Instruction): string[] {
  const { mnemonic, vector } = row;
  if (!vector || vector.unit === "LS" || vector.unit === "PLS") return [];
  const has = (field: string): boolean => row.operands.some((operand) => operand.field === field);
  const results = has("VRT");
  const isHalf = (side: "input" | "result"): boolean =>
    mnemonic.startsWith("fxvpck")
      ? side === "input"
      : mnemonic.startsWith("fxvupck")
        ? side === "result"
        : vector.width === "halfword";
  const [x, y] = isHalf("input") ? ["h2", "h"] : ["a", "b"];
  const sources = [
    ...(has("VRA") ? [x] : []),
    ...(has("VRB") ? [y] : []),
    ...(has("RA") ? ["n * 77"] : []),
    ...(has("IMM") ? ["-3"] : []),
  ];
  const target = results ? (isHalf("result") ? "h2 = h2 - " : "a = a - ") : "";
  const observe = results
    ? ""
    : mnemonic.startsWith("fxvcmp")
      ? " a = fxvsel(a, b, GT);"
      : " h2 = h2 + fxvaddachfs(h); a = fxvaddacbm(a);";
  if (!vector.conditional)
    return [`${target}${mnemonic}(${[...sources, ...(has("COND") ? ["2"] : [])].join(", ")});${observe}`];
  const old = results ? [y] : [];
  return [
    `${target}${mnemonic}(${sources.join(", ")});${observe}`,
    ...["GT", "LT", "EQ"].map(
      (condition) => `${target}${mnemonic}_if(${[...old, ...sources, condition].join(", ")});${observe}`,
    ),
  ];
}

describe("generated vector programs", () => {
  it("agree on every instruction, plain and predicated", async () => {
    const statements = FXV_INSTRUCTIONS.flatMap((row) => everyForm(row));
    const bodies: string[] = [];
    for (let at = 0; at < statements.length; at += 6) {
      const lines = statements.slice(at, at + 6);
      bodies.push(
        `let h2 = h + b.halves(); fxvcmpb(a); fxvmtach(h);\n  ${lines.join("\n  ")}\n  return a + h2.bytes();`,
      );
    }
    await compare(bodies);
  });

  const batches = Array.from({ length: BATCHES }, (_, n) => n);

  it.each(batches)("give the same results as machine code and in the lane model: batch %i", async (batch) => {
    await compare(fc.sample(vectorFunction, { seed: 2000 + batch, numRuns: FUNCTIONS }));
  });

  it.each(batches)("survive more live vectors than registers: batch %i", async (batch) => {
    await compare(fc.sample(pressureFunction, { seed: 3000 + batch, numRuns: FUNCTIONS / 2 }));
  });
});
