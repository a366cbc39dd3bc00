/** Compiled scalar programs on qemu-ppc: the same memory and return code as on our emulator. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assemble } from "../../../src/toolchain/assembler/index.ts";
import { compileSource } from "../../../src/toolchain/compile.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { KERNELS } from "../differential/kernels.ts";
import { isInstalled } from "../installed-tools.ts";
import { execute } from "./machine.ts";

const SRAM_BYTES = 0x4000;
const DRIVER = 0x10000;
const STACK_TOP = 0x2ff0;
const SYSTEM_CALL = 0x44000002;

/** Calls main, writes its result behind the stack and hands the SRAM out with a `write` system call. */
function driver(main: number): Uint8Array {
  const text = `
    li r1, ${STACK_TOP}
    li r12, ${main}
    mtctr r12
    bctrl
    stw r3, ${STACK_TOP + 12}(0)
    li r0, 4
    li r3, 1
    li r4, 0
    li r5, ${SRAM_BYTES}
    .long ${SYSTEM_CALL}
    li r0, 1
    li r3, 0
    .long ${SYSTEM_CALL}
`;
  return assemble(text, "driver.s").sections.find((section) => section.executable)!.data!;
}

/** A static big-endian executable: the SRAM at address 0 and the driver. */
function elf(image: Image): Buffer {
  const main = image.symbols.find((s) => s.type === "function" && /(^|\/)main$/.test(s.name))!.address;
  const code = driver(main);
  const file = Buffer.alloc(0x1000 + SRAM_BYTES + 0x1000);
  const segment = (offset: number, address: number, bytes: number) => [
    ...[1, offset, address, address, bytes, bytes, 7, 0x1000],
  ];
  [
    ...[0x7f454c46, 0x01020100, 0, 0],
    ...[0x00020014, 1, DRIVER, 52, 0, 0, 0x00340020, 0x00020000, 0],
    ...segment(0x1000, 0, SRAM_BYTES),
    ...segment(0x1000 + SRAM_BYTES, DRIVER, code.length),
  ].forEach((word, i) => {
    file.writeInt32BE(word | 0, 4 * i);
  });
  for (const { address, data } of image.sections) if (data) file.set(data, 0x1000 + address);
  file.set(code, 0x1000 + SRAM_BYTES);
  return file;
}

function onQemu(image: Image): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "ppu-qemu-"));
  try {
    const file = join(directory, "program");
    writeFileSync(file, elf(image), { mode: 0o755 });
    const { stdout, signal, status, stderr } = spawnSync("qemu-ppc", [file], { maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`qemu-ppc ended with ${signal ?? status}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("compiled programs on qemu-ppc", () => {
  it.runIf(isInstalled("qemu-ppc"))(
    "kernels give the same memory and the results that are known",
    async () => {
      const source = `const results = memory.data(${4 * KERNELS.length});
${KERNELS.map((kernel) => kernel.source).join("\n")}
export function main(): i32 {
${KERNELS.map(({ call }, i) => `  store<i32>(results, ${call}, ${4 * i});`).join("\n")}
  return load<i32>(results) ^ 0x1234567;
}`;
      const { image } = await compileSource(source);
      const results = image.symbols.find((s) => s.name === "main/results")!.address;
      const memory = onQemu(image);
      const mine = execute(image, 50_000_000);
      expect(mine.stop).toBe("sleep");
      KERNELS.forEach(({ name, expected }, i) => {
        expect(memory.readInt32BE(results + 4 * i), name).toBe(expected);
      });
      expect(memory.readInt32BE(STACK_TOP + 12)).toBe(mine.returnCode);
      const data = image.sections.filter((section) => section.writable);
      for (const { address, size } of data) {
        for (let at = address & -4; at + 4 <= address + size; at += 4) {
          expect(memory.readInt32BE(at), `word at 0x${at.toString(16)}`).toBe(mine.word(at));
        }
      }
    },
  );
});
