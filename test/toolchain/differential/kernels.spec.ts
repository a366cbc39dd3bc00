import { describe, expect, it } from "vitest";
import { compileSource } from "../../../src/toolchain/compile.ts";
import { KERNELS } from "./kernels.ts";
import { type MachineRun, runMachine } from "./machine.ts";
import { type ReferenceRun, runReference } from "./reference.ts";

describe("kernels with known results", () => {
  let run: Promise<{ machine: MachineRun; reference: ReferenceRun; results: number }> | undefined;

  async function runAll(): Promise<{ machine: MachineRun; reference: ReferenceRun; results: number }> {
    const source = `const results = memory.data(${4 * KERNELS.length});
${KERNELS.map(({ source }) => source).join("\n")}
export function main(): i32 {
${KERNELS.map(({ call }, i) => `  store<i32>(results, ${call}, ${4 * i});`).join("\n")}
  return 0;
}`;
    const { image, module, wasm } = await compileSource(source);
    const data = module.data.find(({ name }) => name === "main/results");
    return {
      machine: runMachine(image),
      reference: runReference(wasm),
      results: data?.address ?? expect.fail(),
    };
  }

  it.each(KERNELS)("$name: $origin", async ({ name, expected }) => {
    run ??= runAll();
    const { machine, reference, results } = await run;
    const at = 4 * KERNELS.findIndex((kernel) => kernel.name === name);
    expect(reference.memory.getInt32(results + at, true), "as WebAssembly").toBe(expected);
    expect(new DataView(machine.bytes(results + at, 4).buffer).getInt32(0), "as machine code").toBe(expected);
  });
});

describe("static variables", () => {
  it("are symbols of the image", async () => {
    const { image } = await compileSource(`const weights = memory.data(256);
// @ts-ignore: decorator
@cold const far = memory.data<u32>([7]);
export function main(): i32 { return load<i32>(far) + load<i32>(weights); }`);
    const symbol = (name: string): object | undefined => image.symbols.find((entry) => entry.name === name);
    expect(symbol("main/weights")).toMatchObject({ size: 256, type: "object", section: "int.data" });
    expect(symbol("main/far")).toMatchObject({ size: 4, address: 0x40010000, section: "ext.data" });
  });
});
