/** Vector kernels as translated code has them, inlined for constant arguments, against calls of the kernels themselves. */
import { describe, expect, it } from "vitest";
import { FXV_INSTRUCTIONS } from "../../isa/index.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../../src/core/layout.ts";
import { type InlineOptions, inlinedKernel } from "../../src/core/translation/inlined-kernel.ts";
import {
  KernelBodies,
  type KernelBody,
  type KernelInstruction,
} from "../../src/core/translation/kernel-body.ts";
import { inlineKernel } from "../../src/core/translation/kernel-templates.ts";
import { Code, moduleOf } from "../../src/core/translation/wasm-code.ts";
import { kernelArgument, kernelArguments, kernelName, loadKernels } from "../../src/core/vector/kernels.ts";
import { kernelBytes } from "../../src/kernel-module.ts";
import { pushUnsigned } from "../../src/leb128.ts";
import { randomSource } from "../isa/random.ts";

/** Kernels whose code is longer than it is worth. */
const CALLED = ["fxvmahfs", "fxvmatachfs", "fxvaddactachf", "fxvaddachfs"];
const KERNELS = FXV_INSTRUCTIONS.map((_, index) => index).filter(
  (index) => FXV_INSTRUCTIONS[index].vector?.width !== "none",
);
/** VRT, VRA, VRB: all different, and each way to be the same. */
const REGISTERS = [
  [3, 17, 31],
  [0, 1, 2],
  [5, 5, 9],
  [5, 9, 5],
  [9, 5, 5],
  [31, 31, 31],
] as const;
const EDGES = [0x0000, 0xffff, 0x8000, 0x7fff, 0x0001, 0x8080, 0x7f7f, 0xff00, 0x00ff, 0x4000];
const SCALARS = [0, -1, 0x7fffffff, -0x80000000, 0x8180, 0x12345678];

const random = randomSource(20261);
const below = (limit: number) => (random() >>> 0) % limit;

const memory = new WebAssembly.Memory({ initial: 1 });
const bytes = new Uint8Array(memory.buffer);
const kernels = loadKernels(memory);
const bodies = new KernelBodies(kernelBytes("kernels", "vector kernels"));

/** Random lanes of which a part are the least, the greatest and others at edges; conditions are all ones or zeros. */
function fillMemory(): void {
  const halfwords = new Uint16Array(memory.buffer);
  for (let at = 0; at < halfwords.length; at++) {
    halfwords[at] = below(3) === 0 ? EDGES[below(EDGES.length)] : below(0x10000);
  }
  const { masks } = MEMORY_LAYOUT;
  for (let lane = 0; lane < 4 * VECTOR_BYTES; lane++) bytes[masks + lane] = below(2) * 0xff;
  bytes.fill(0xff, masks, masks + VECTOR_BYTES);
}

/** Words of a row with these registers, for all that its last argument can be. */
function words(index: number, [t, a, b]: readonly number[]): number[] {
  const registers = (t << 21) | (a << 16) | (b << 11);
  if (kernelArgument(FXV_INSTRUCTIONS[index]) !== "amount")
    return [0, 1, 2, 3].map((last) => registers | last);
  return Array.from({ length: 32 }, (_, amount) => (registers & ~(31 << 11)) | (amount << 11));
}

/** The code as a function of the scalar. */
function compile(emit: (code: Code) => void): (scalar: number) => void {
  const code = new Code(1);
  code.get(0).set(code.scalar);
  emit(code);
  expect(code.imports).toEqual([]);
  code.constant(0);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(code, 1, 1)), {
    env: { memory },
  });
  return exports.run as (scalar: number) => void;
}

const options = (code: Code): InlineOptions => ({
  scalar: code.scalar,
  vectors: code.vectors,
  ones: { address: MEMORY_LAYOUT.masks, length: VECTOR_BYTES },
  pushAddress: pushUnsigned,
});

/** Runs both from the same memory; returns whether they change it. */
function compare(index: number, word: number, run: (scalar: number) => void, note: string): boolean {
  fillMemory();
  const before = bytes.slice();
  const scalar = SCALARS[below(SCALARS.length)];
  kernels.execute(index, word, scalar);
  const expected = bytes.slice();
  bytes.set(before);
  run(scalar);
  if (Buffer.compare(bytes, expected) !== 0) {
    expect.fail(`${kernelName(index)} ${(word >>> 0).toString(16)} ${note}: differs from its kernel`);
  }
  return Buffer.compare(before, expected) !== 0;
}

describe("inlined kernels", () => {
  it.each(KERNELS.map((index) => [kernelName(index), index] as const))(
    "%s does what its kernel does",
    (name, index) => {
      const body = bodies.get(name)!;
      let [compared, changed, inlined] = [0, 0, 0];
      for (const registers of REGISTERS) {
        for (const word of words(index, registers)) {
          const args = kernelArguments(index, word);
          const alone = compile((code) => code.raw(inlinedKernel(body, args, options(code))!));
          const runs: [string, typeof alone][] = [["alone", alone]];
          if (!CALLED.includes(name)) {
            runs.push([
              "for any registers",
              compile((code) => expect(inlineKernel(code, name, args)).toBe(true)),
            ]);
            inlined++;
          }
          for (const [note, run] of runs) {
            compared++;
            changed += Number(compare(index, word, run, note));
          }
        }
      }
      expect(changed).toBeGreaterThan(0.6 * compared);
      expect(inlined).toBe(CALLED.includes(name) ? 0 : compared / 2);
    },
  );

  it("are all but the longest", () => {
    const isCalled = (index: number) =>
      !inlineKernel(new Code(1), kernelName(index), kernelArguments(index, 0x00432000));
    expect(KERNELS.filter(isCalled).map(kernelName).sort()).toEqual([...CALLED].sort());
    expect(KERNELS).toHaveLength(49);
  });

  it("read neither the mask of condition 0 nor the lanes that it overwrites", () => {
    const index = KERNELS.find((one) => kernelName(one) === "fxvaddhm")!;
    const length = (condition: number) => {
      const code = new Code(1);
      inlineKernel(code, kernelName(index), kernelArguments(index, 0x00432000 | condition));
      return code.bytes.length;
    };
    expect(length(0)).toBeLessThan(0.7 * length(1));
  });

  const bodyOf = (...instructions: KernelInstruction[]): KernelBody => ({
    parameters: 2,
    scalars: [false],
    instructions,
  });
  const get = (index: number): KernelInstruction => ({ kind: "local.get", index });
  const load: KernelInstruction = { kind: "v128.load", offset: 0 };
  const store: KernelInstruction = { kind: "v128.store", offset: 0 };
  const set: KernelInstruction = { kind: "local.set", index: 2 };
  const inline = (body: KernelBody, a: number, b?: number) =>
    inlinedKernel(body, [a, b], options(new Code(1)));

  it("put off no load behind a store to the same place", () => {
    const exchange = bodyOf(get(0), load, set, get(0), get(1), load, store, get(1), get(2), store);
    expect(inline(exchange, 0x5000, 0x5080)).toBeUndefined();
    const copies = bodyOf(get(0), load, set, get(1), get(2), store, get(1), get(2), store);
    expect(inline(copies, 0x5000, 0x5080)).toBeDefined();
  });

  it("load again what they have stored", () => {
    const [a, b] = [0x5000, 0x5080];
    const [copy, zero] = [
      [get(0), get(1), load, store],
      {
        kind: "vector",
        code: 0x0c,
        bytes: [0xfd, 0x0c, ...new Array(16).fill(0)],
        vectors: 0,
        takesScalar: false,
        immediates: 16,
      },
    ] as const;
    const run = compile((code) => code.raw(inline(bodyOf(...copy, get(1), zero, store, ...copy), a, b)!));
    fillMemory();
    run(0);
    expect(bytes.slice(a, a + 16)).toEqual(new Uint8Array(16));
  });

  it("need to know addresses and conditions, and end", () => {
    expect(inline(bodyOf(get(1), load, set), 0x5000)).toBeUndefined();
    expect(inline(bodyOf(get(1), { kind: "if", body: [], otherwise: [] }), 0x5000)).toBeUndefined();
    const forever: KernelInstruction = { kind: "loop", body: [{ kind: "br", index: 0 }], otherwise: [] };
    expect(inline(bodyOf(forever), 0x5000, 0x5080)).toBeUndefined();
  });

  it("leave out functions with other instructions", () => {
    expect(bodies.get("edgeAddress")).toBeUndefined();
    expect(bodies.get("issueKnown")).toBeUndefined();
    expect(bodies.get("nothing")).toBeUndefined();
  });
});
