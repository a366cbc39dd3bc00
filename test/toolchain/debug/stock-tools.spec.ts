import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileSource } from "../../../src/toolchain/compile.ts";
import { writeElf } from "../../../src/toolchain/elf/index.ts";
import { isInstalled, outputOf } from "../installed-tools.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-debug-"));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, "debug.elf");

const SOURCE = `import { store32 } from "ppu/intrinsics";
import { type Bytes, splatBytes } from "ppu/vector";
@unmanaged class Point { x: i32; y: i16; next: Point | null; }
const table = memory.data<i16>([1, 2, 3, 4]);
const points = memory.data(24);
let level: u8 = 3;
// @ts-ignore: decorator
@inline
function clamp(value: i32, top: i32): i32 {
  const half = top >> 1;
  return value > top ? top + half : value;
}
export function walk(count: i32, point: Point): i32 {
  if (count <= 0) return point.x;
  const rest = walk(count - 1, point) + clamp(count, 3);
  point.y = <i16>rest;
  return rest;
}
export function fold(count: i32, seed: Bytes): Bytes {
  if (count <= 0) return seed;
  const inner = fold(count - 1, seed + seed);
  return inner * seed;
}
export function isr_dec(): void {
  level += <u8>walk(2, changetype<Point>(points));
}
export function main(): i32 {
  const sum = fold(3, splatBytes(level));
  sum.store(<usize>points, 0);
  for (let i = 0; i < 9; i++) {
    const next = i * level;
    store32(0x4001f000, next);
  }
  return walk(4, changetype<Point>(points));
}
`;

beforeAll(async () => {
  const { image } = await compileSource(SOURCE, { name: "debug.ts", debug: true });
  writeFileSync(file, writeElf(image));
});

const gdb = (...commands: string[]): string =>
  outputOf("gdb-multiarch", ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), file]);

describe("debug builds in stock tools", () => {
  it.runIf(isInstalled("powerpc-linux-gnu-readelf"))("readelf finds nothing to complain about", () => {
    for (const part of [
      "info",
      "abbrev",
      "loc",
      "Ranges",
      "aranges",
      "decodedline",
      "frames",
      "frames-interp",
    ]) {
      const stdout = outputOf("powerpc-linux-gnu-readelf", [`--debug-dump=${part}`, file], true);
      expect(stdout, part).not.toMatch(/warning|error:|corrupt|overlap|hole/i);
      expect(stdout.length, part).toBeGreaterThan(100);
    }
  });

  it.runIf(isInstalled("powerpc-linux-gnu-readelf"))(
    "frames of functions, vectors and interrupts have rules",
    () => {
      const text = outputOf("powerpc-linux-gnu-readelf", ["--debug-dump=frames-interp", file]);
      // A scalar frame, one with vectors, and the wrapper that saves where the interrupt happened.
      expect(text).toMatch(/r1\+32|r1\+16/);
      expect(text).toMatch(/^[0-9a-f]+ exp /m);
      expect(text).toMatch(/"S"\s+cf=4 df=-4 ra=126/);
      expect(text).toMatch(/r1\+80 .*c-72 .*c-68/);
    },
  );

  it.runIf(isInstalled("powerpc-linux-gnu-objdump"))("objdump shows inlined calls", () => {
    const text = outputOf("powerpc-linux-gnu-objdump", ["-dl", "--inlines", file]);
    expect(text).toMatch(/inlined by .*debug\.ts:15 \(walk\)/);
  });

  it.runIf(isInstalled("gdb-multiarch"))("gdb knows parameters, locals, blocks and their registers", () => {
    const walk = gdb("info scope walk");
    expect(walk).toMatch(/Symbol count is multi-location:[\s\S]*variable in \$r3/);
    expect(walk).toMatch(/Symbol point is multi-location:[\s\S]*variable in \$r4/);
    expect(walk).toMatch(/Symbol rest is multi-location:[\s\S]*variable in \$r\d+/);
    const fold = gdb("info scope fold");
    expect(fold).toMatch(/Symbol seed is multi-location:[\s\S]*variable in \$vr2\n[\s\S]*, length 128\./);
    expect(gdb("info scope debug.ts:32")).toMatch(/Symbol i is[\s\S]*Symbol next is/);
  });

  it.runIf(isInstalled("gdb-multiarch"))(
    "gdb knows types, globals, functions and breakpoints in inlined calls",
    () => {
      const text = gdb(
        ...[
          "whatis level",
          "whatis table",
          "print level",
          "print table",
          "ptype struct Point",
          "whatis fold",
        ],
        ...["info line walk", "break clamp", "print &level"],
      );
      expect(text).toMatch(/type = u8\ntype = u16 \[4\]\n/);
      expect(text).toMatch(/= 3 '\\003'\n.*= \{1, 2, 3, 4\}/);
      expect(text).toMatch(/struct Point \{\s+i32 x;\s+i16 y;\s+struct Point \*next;\s+\}/);
      expect(text).toMatch(/type = void \(i32, Bytes\)/);
      expect(text).toMatch(/Line 13 of "debug\.ts" starts at address 0x[0-9a-f]+ <walk>/);
      expect(text).toMatch(/Breakpoint 1 at 0x[0-9a-f]+: file debug\.ts, line \d+/);
    },
  );
});
