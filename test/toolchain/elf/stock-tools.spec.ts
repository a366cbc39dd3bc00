import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readElf, writeElf } from "../../../src/toolchain/elf/index.ts";
import { AddressIndex } from "../../../src/toolchain/symbols.ts";
import { isInstalled, outputOf } from "../installed-tools.ts";
import { exampleImage } from "./images.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-elf-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, "example.elf");
writeFileSync(file, writeElf(exampleImage));

describe("our ELF files in stock tools", () => {
  it.runIf(isInstalled("powerpc-linux-gnu-readelf"))("readelf finds nothing to complain about", () => {
    const text = outputOf("powerpc-linux-gnu-readelf", ["--all", "--wide", file]);
    expect(text).not.toMatch(/warning|error|corrupt/i);
    expect(text).toMatch(/Machine:\s+PowerPC/);
    expect(text).toMatch(/int\.bss\s+NOBITS\s+00000080 \w+ 000064/);
    expect(text).toMatch(/LOAD\s+0x\w+ 0x80000000/);
    expect(text).toMatch(/00000004\s+12 FUNC\s+GLOBAL DEFAULT\s+1 main/);
    const lines = outputOf("powerpc-linux-gnu-readelf", ["--debug-dump=decodedline", file]);
    expect(lines).toMatch(/main\.ts\s+200\s+0x8/);
    expect(lines).toMatch(/cold\.ts\s+2\s+0x80000000/);
  });

  it.runIf(isInstalled("powerpc-linux-gnu-objdump"))("objdump shows code with source lines", () => {
    const text = outputOf("powerpc-linux-gnu-objdump", ["-dl", file]);
    expect(text).toMatch(/<main>:\nmain\(\):\n\S*lib\/main\.ts:10\n\s+4:\s+38 60 00 01\s+li\s+r3,1/);
    expect(text).toMatch(/<cold>:\ncold\(\):\n\S*lib\/cold\.ts:2\n/);
  });

  it.runIf(isInstalled("gdb-multiarch"))("gdb knows functions and lines", () => {
    const text = outputOf("gdb-multiarch", [
      ...["-nx", "-batch", "-ex", "info line main", "-ex", "info line cold", "-ex", "info functions"],
      file,
    ]);
    expect(text).toMatch(/Line 10 of "lib\/main\.ts" starts at address 0x4 <main>/);
    expect(text).toMatch(/Line 2 of "lib\/cold\.ts" starts at address 0x80000000 <cold>/);
    expect(text).toMatch(/File lib\/main\.ts:\n10:\s+void main\(\);/);
  });
});

const source = `
int table[4] = {1, 2, 3, 4};
int zeros[100];
static int twice(int x) { return x + x; }
int main(void) { return twice(table[1]) + zeros[3]; }
`;

describe("ELF files of a stock compiler", () => {
  const compiler = "powerpc-linux-gnu-gcc";
  it.runIf(isInstalled(compiler)).each(["-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5"])(
    "reads sections, symbols and lines with %s",
    (flag) => {
      const input = join(directory, "table.c");
      const output = join(directory, `table${flag}.elf`);
      writeFileSync(input, source);
      outputOf(compiler, [
        ...[
          flag,
          "-O0",
          "-ffreestanding",
          "-nostdlib",
          "-static",
          "-fno-pic",
          "-no-pie",
          "-Wl,--build-id=none",
        ],
        ...[
          "-Wl,-Ttext=0",
          "-Wl,-Tdata=0x1000",
          "-Wl,-e,main",
          "-fno-asynchronous-unwind-tables",
          "-o",
          output,
          input,
        ],
      ]);
      const image = readElf(readFileSync(output), output);
      const main = image.symbols.find((symbol) => symbol.name === "main");
      expect(main).toMatchObject({ type: "function", global: true, section: ".text", address: image.entry });
      expect(image.symbols.find((symbol) => symbol.name === "twice")).toMatchObject({ global: false });
      const data = image.sections.find((section) => section.name === ".data");
      expect([...data!.data!.subarray(0, 8)]).toEqual([0, 0, 0, 1, 0, 0, 0, 2]);
      expect(image.sections.find((section) => section.name === ".bss")?.data).toBeUndefined();
      expect(new AddressIndex(image).sourceAt(main!.address)).toMatchObject({
        file: expect.stringMatching(/table\.c$/),
        line: 5,
      });
    },
  );
});
