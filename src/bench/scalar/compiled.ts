/** A program in C, compiled for the PPU and for this machine. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assemble } from "../../toolchain/assembler/index.ts";
import { A, B, callKernel, STACK } from "../codegen/call.ts";
import { compileGcc, compileOurs, GCC_ADDRESS, type KernelCode } from "../codegen/compilers.ts";
import { MIX } from "../codegen/kernels.ts";
import { GCC, isInstalled, POWER_GCC, QEMU, runTool } from "../tools.ts";
import { medianRatio, rateOf, takeWarmTurns, turnSeconds } from "../turns.ts";
import type { BenchContext, Goal, Row } from "../types.ts";
import { EXIT } from "./programs.ts";
import { onQemu } from "./qemu.ts";

/** Where the code that calls the kernel lies, and where the image ends. */
const STUB = 0x3800;
const END = 0x4000;
const CHECKED_ROUNDS = 50;

/** Prints nanoseconds and result of `argv[1]` rounds. */
const NATIVE_SOURCE = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static _Alignas(64) unsigned char data[4096];
__attribute__((noinline)) int kernel(intptr_t a, intptr_t b, int n) { ${MIX.c} }
int main(int argc, char **argv) {
  struct timespec x, y;
  clock_gettime(CLOCK_MONOTONIC, &x);
  int result = kernel((intptr_t)data, 0, atoi(argv[1]));
  clock_gettime(CLOCK_MONOTONIC, &y);
  printf("%.0f %d", (y.tv_sec - x.tv_sec) * 1e9 + (y.tv_nsec - x.tv_nsec), result);
}
`;

interface Side {
  /** For the rounds: wall seconds, and the low byte of the result. */
  readonly run: (rounds: number) => { readonly seconds: number; readonly checksum: number };
  /** Its seconds include the start of a process. */
  readonly hasStart: boolean;
}

function nativeSide(directory: string): Side {
  const [source, program] = [join(directory, "mix.c"), join(directory, "mix")];
  writeFileSync(source, NATIVE_SOURCE);
  runTool(GCC, ["-O2", "-o", program, source]);
  return {
    hasStart: false,
    run: (rounds) => {
      const { stdout } = spawnSync(program, [String(rounds)], { encoding: "utf8" });
      const [nanoseconds, result] = stdout.split(" ").map(Number);
      return { seconds: nanoseconds / 1e9, checksum: result & 255 };
    },
  };
}

/** The image for user mode: code as on the PPU, and a start that calls it and exits with its result. */
function qemuWords(code: KernelCode, rounds: number): Int32Array {
  const stub = assemble(
    `start: li r1, ${STACK}
     li r3, ${A}
     li r4, ${B}
     lis r5, ${rounds >>> 16}
     ori r5, r5, ${rounds & 0xffff}
     li r0, ${code.entry}
     mtctr r0
     bctrl
     li r0, 1
     .long ${EXIT}`,
    "stub.s",
  ).sections.find(({ executable }) => executable)!.data!;
  const view = new DataView(new ArrayBuffer(END - GCC_ADDRESS));
  const put = (address: number, bytes: Uint8Array) =>
    new Uint8Array(view.buffer).set(bytes, address - GCC_ADDRESS);
  for (const { address, data } of code.sections) put(address, data);
  put(STUB, stub);
  return Int32Array.from({ length: view.byteLength >> 2 }, (_, index) => view.getInt32(4 * index));
}

const qemuSide = (code: KernelCode, directory: string): Side => ({
  hasStart: true,
  run: (rounds) => onQemu(directory, qemuWords(code, rounds), GCC_ADDRESS, STUB),
});

const engineSide = (code: KernelCode): Side => ({
  hasStart: false,
  run: (rounds) => {
    const { seconds, result } = callKernel(code, rounds);
    return { seconds, checksum: result & 255 };
  },
});

export async function compiledRows(
  directory: string,
  options: BenchContext & { readonly withQemu: boolean; readonly goal: Goal },
): Promise<Row[]> {
  const { withQemu, goal, long, note } = options;
  const isPowerGcc = isInstalled(POWER_GCC);
  const withNative = isInstalled(GCC);
  if (!isPowerGcc) note(`${POWER_GCC} is not installed: the mix for the PPU is compiled by ppu build`);
  if (!withNative) note(`${GCC} is not installed: no comparison with native code`);
  const code = isPowerGcc ? compileGcc(MIX, [], directory) : await compileOurs(MIX);
  const sides: Record<string, Side> = {
    engine: engineSide(code),
    ...(withNative && { "the same C by gcc -O2 on this machine": nativeSide(directory) }),
    // Our own code lies in the first page, which user mode cannot have.
    ...(withQemu && isPowerGcc && { [QEMU]: qemuSide(code, directory) }),
  };
  const wanted = sides.engine.run(CHECKED_ROUNDS).checksum;
  const rates: Record<string, () => number> = {};
  for (const [name, side] of Object.entries(sides)) {
    const { checksum } = side.run(CHECKED_ROUNDS);
    if (checksum !== wanted) throw new Error(`C mix: ${name} computes ${checksum}, the engine ${wanted}`);
    rates[name] = rateOf(turnSeconds(long, side.hasStart), (count) => side.run(count).seconds, side.hasStart);
  }
  const figures = await takeWarmTurns(long ? 7 : 3, rates);
  const name = `C mix by ${isPowerGcc ? `${POWER_GCC} -O2` : "ppu build"}`;
  return Object.keys(sides)
    .filter((side) => side !== "engine")
    .map((peer) => ({
      ...{ name, value: medianRatio(figures.engine, figures[peer]), unit: "x speed", peer },
      ...(peer === QEMU && { goal }),
    }));
}
