import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/package-root.ts";
import { assemble } from "../../../src/toolchain/assembler/index.ts";

interface GoldenProgram {
  readonly name: string;
  readonly asm?: string;
  /** Words from address 0 as hex; the rest of memory is zero. */
  readonly image: readonly string[];
}

const directory = join(packageRoot(), "test/golden/programs");
const programs = readdirSync(directory)
  .map((file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as GoldenProgram)
  .filter((program) => program.asm !== undefined);

describe("golden programs", () => {
  it.each(programs)("$name: the recorded text gives exactly the recorded words", ({ name, asm, image }) => {
    const [section, ...others] = assemble(asm!, `${name}.s`).sections;
    expect(others).toEqual([]);
    const bytes = new Uint8Array(4 * image.length);
    bytes.set(section.data!);
    const view = new DataView(bytes.buffer);
    const words = image.map((_, i) =>
      view
        .getUint32(4 * i)
        .toString(16)
        .padStart(8, "0"),
    );
    expect(words).toEqual(image);
  });

  it("are there", () => {
    expect(programs.length).toBeGreaterThanOrEqual(4);
  });
});
