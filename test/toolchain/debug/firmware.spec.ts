import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { analogParameters } from "../../../src/chip/analog/parameters.ts";
import { Chip } from "../../../src/chip/chip.ts";
import { loadMnist } from "../../../src/lab/mnist-data.ts";
import { MnistRun } from "../../../src/lab/mnist-run.ts";
import { evaluateIdeal, quantiseImages } from "../../../src/lab/network.ts";
import { readParameters } from "../../../src/lab/parameter-file.ts";
import { packageRoot } from "../../../src/package-root.ts";
import { compileFirmware } from "../../../src/toolchain/compile.ts";
import type { DebugScope } from "../../../src/toolchain/debug-info.ts";
import { mailboxBase, memoryPieces } from "../../../src/toolchain/loader.ts";

const compile = async (name: string, debug: boolean) =>
  (await compileFirmware(join(packageRoot(), "firmware", name), { debug })).image;

async function run(name: string, debug: boolean) {
  const image = await compile(name, debug);
  const chip = new Chip({ ideal: true, strict: true });
  chip.mailboxBase = mailboxBase(image);
  chip.load(memoryPieces(image), "top");
  chip.reset("top");
  const { reason } = chip.run({ maxCycles: 100_000_000 });
  return { reason, code: chip.returnCode("top"), text: chip.mailbox("top"), findings: chip.diagnostics };
}

describe("firmware built for debugging", () => {
  it.each(["relu.ts", "selftest.ts", "vmm.ts"])("%s does what it does without", async (name) => {
    const [plain, debug] = [await run(name, false), await run(name, true)];
    expect(plain.reason).toBe("finished");
    expect(debug).toEqual(plain);
  });

  it("the digit network fits, and its results equal the integer model", async () => {
    const network = readParameters();
    const images = loadMnist("test").images.subarray(0, 4 * 784);
    const answers = await new MnistRun(network, await compile("mnist/main.ts", true), {
      ideal: true,
    }).classify(images);
    expect(answers.results).toEqual(
      evaluateIdeal(network, quantiseImages(images), analogParameters("ideal").gain),
    );
  });
});

it("leaves no hole in a copy of a function where an instruction has no place of its own", async () => {
  const { debug, lines } = await compile("examples/saturation.ts", true);
  const copies = (scope: DebugScope): DebugScope[] => [
    ...(scope.inlined ? [scope] : []),
    ...scope.children.flatMap(copies),
  ];
  const holes = (debug?.functions ?? []).flatMap(({ body }) =>
    copies(body).flatMap(({ ranges }) =>
      ranges.slice(0, -1).flatMap(({ end }) => (lines.some(({ address }) => address === end) ? [] : [end])),
    ),
  );
  expect((debug?.functions ?? []).flatMap(({ body }) => copies(body)).length).toBeGreaterThan(3);
  expect(holes).toEqual([]);
});
