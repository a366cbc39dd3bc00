/** Random programs for both PPUs: loops with scalar and vector code, calls, the other PPU's memory, doorbells, the array. */
import fc from "fast-check";
import type { ChipOptions } from "../../src/chip/index.ts";
import { DebugSession, type SessionOptions } from "../../src/debug/index.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import type { Image } from "../../src/toolchain/image.ts";

export const DATA = 0x2000;
/** Where the other PPU writes. */
export const SHARED = 0x2800;

/** Registers: r1 stack, r3..r9 numbers, r10 own data, r11 the other's SRAM, r12 the other's control, r13..r15 addresses. */
const number = fc.integer({ min: 3, max: 9 }).map((n) => `r${n}`);
const vector = fc.integer({ min: 0, max: 5 }).map((n) => `v${n}`);
const offset = fc.integer({ min: 0, max: 15 }).map((n) => 4 * n);
const condition = fc.constantFrom("", ", 1", ", 2", ", 3");
const three = fc.tuple(number, number, number);
const vectors = fc.tuple(vector, vector, vector);

const instruction: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom("add", "subf", "xor", "and", "mullw", "addc"), three)
    .map(([op, [a, b, c]]) => `${op} ${a}, ${b}, ${c}`),
  fc.tuple(number, number, fc.integer({ min: -99, max: 99 })).map(([a, b, n]) => `addi ${a}, ${b}, ${n}`),
  fc.tuple(number, number).map(([a, b]) => `cmpw cr${Number(a.slice(1)) & 3}, ${a}, ${b}`),
  fc
    .tuple(fc.constantFrom("stw", "stb", "lwz", "lbz", "sth"), number, offset)
    .map(([op, r, at]) => `${op} ${r}, ${at}(r10)`),
  fc.tuple(number, offset).map(([r, at]) => `stw ${r}, ${at}(r11)`),
  fc.constantFrom(
    "stmw r29, 64(r10)",
    "lmw r29, 64(r10)",
    "bl leaf",
    "stw r16, 0(r12)",
    "mtctr r3",
    "mflr r9",
    "crxor 6, 6, 2",
  ),
  fc
    .tuple(
      fc.constantFrom("fxvaddhm", "fxvaddbfs", "fxvsubhfs", "fxvmulbfs", "fxvmahfs", "fxvmabfs", "fxvmulhm"),
      vectors,
      condition,
    )
    .map(([op, [a, b, c], cond]) => `${op} ${a}, ${b}, ${c}${cond}`),
  fc
    .tuple(
      fc.constantFrom("fxvmatachfs", "fxvmatacbm", "fxvaddtacb", "fxvmultachfs"),
      vector,
      vector,
      condition,
    )
    .map(([op, a, b, cond]) => `${op} ${a}, ${b}${cond}`),
  fc.tuple(fc.constantFrom("fxvcmph", "fxvcmpb", "fxvmtach"), vector).map(([op, a]) => `${op} ${a}`),
  fc.tuple(fc.constantFrom("fxvsplath", "fxvsplatb"), vector, number).map(([op, v, r]) => `${op} ${v}, ${r}`),
  fc.tuple(fc.constantFrom("fxvlax", "fxvstax"), vector).map(([op, v]) => `${op} ${v}, r10, r13`),
  fc
    .tuple(fc.constantFrom("fxvinx", "fxvoutx"), vector, condition)
    .map(([op, v, cond]) => `${op} ${v}, 0, r14${op === "fxvinx" ? "" : cond}`),
  fc.tuple(vector).map(([v]) => `fxvinx ${v}, 0, r15`),
  fc
    .tuple(fc.constantFrom("fxvstax", "fxvoutx"), vector)
    .map(([op, v]) => (op === "fxvstax" ? `fxvstax ${v}, 0, r17` : `fxvoutx ${v}, 0, r18`)),
);

const ROUNDS = 12;

function source(body: readonly string[], other: number, control: number, rounds: number): string {
  return `
start: b begin
  .org 0x14
  rfi
  .org 0x24
  b handler
  .org 0x40
begin:
  lis r1, 0
  ori r1, r1, 0x1f00
  lis r10, 0
  ori r10, r10, ${DATA}
  lis r11, ${other}
  ori r11, r11, ${SHARED}
  lis r12, ${control}
  lis r16, 0x8000
  ori r16, r16, 1
  li r13, 128
  li r14, 24
  lis r15, 8
  li r17, 0
  oris r17, r17, 0x4000
  lis r18, 0x8000
  li r19, 0
  li r20, ${rounds}
  ori r4, r4, 0x7654
  fxvsplath v0, r4
  fxvsplatb v1, r15
  fxvlax v2, 0, r0
  ori r0, r0, 0x8000
  mtmsr r0
round:
  ${body.join("\n  ")}
  addi r3, r3, 7
  subic. r20, r20, 1
  bne round
end: wait
  b end
leaf:
  addi r5, r5, 3
  stw r5, 80(r10)
  blr
handler:
  addi r19, r19, 1
  stw r19, 84(r10)
  rfi
`;
}

export interface Programs {
  readonly top: Image;
  readonly bottom: Image;
}

const body = fc.array(instruction, { minLength: 6, maxLength: 25 });

/** A program for each PPU; they write into each other's SRAM and ring each other's doorbell. */
export const programs: fc.Arbitrary<Programs> = fc.tuple(body, body).map(([top, bottom]) => ({
  top: assemble(source(top, 0x8e00, 0x8e80, ROUNDS), "top.s"),
  bottom: assemble(source(bottom, 0x8a00, 0x8a80, ROUNDS + 3), "bottom.s"),
}));

/** ppuControl at word 0x02a00000 (top) and 0x03a00000 (bottom). */
export const CHIP: ChipOptions = { chipSeed: 2, noiseSeed: 5 };

export function sessionOf(images: Programs, options: Omit<SessionOptions, "images"> = {}): DebugSession {
  return new DebugSession({ chip: CHIP, images, ...options });
}
