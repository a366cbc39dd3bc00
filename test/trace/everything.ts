/** A program for both PPUs in whose run everything happens that a trace can tell. */
import type { Trace } from "../../src/trace/model.ts";
import { assembled, runTrace } from "./run.ts";

/** Calls, tail calls, a loop, divisions, carries, vectors with conditions, sleep, timer, doorbell, trap, unaligned access. */
const source = (side: { readonly control: number; readonly padi: number }) => `
  .global start, work, scale, finish, on_timer, on_fault, skip
  b start
  .org 0x18
  b on_fault
  b on_fault
  .org 0x24
  b on_timer
  .org 0x30
  b on_timer
  .org 0x40
  .type start, @function
start: lis r1, 0
  ori r1, r1, 0x2f00
  lis r16, ${side.padi}
  lis r17, ${side.control}
  lis r18, 0x8000
  ori r18, r18, 1
  li r20, 600
  mtspr 22, r20
  lis r21, 0x0400
  mtspr 340, r21
  li r22, 0
  ori r22, r22, 0x8000
  mtmsr r22
  li r31, 6
again: mr r3, r31
  bl work
  addic. r31, r31, -1
  bne again
  lwz r5, 1(r1)
  trap
  stw r18, 0(r17)
  wait
  li r22, 0
  mtmsr r22
finish: wait
  b finish
  .size start, . - start
  .type work, @function
work: stwu r1, -32(r1)
  mflr r0
  stw r0, 36(r1)
  stmw r29, 8(r1)
  addic r4, r3, 77
  divw r5, r4, r3
  mullw. r6, r5, r4
  fxvsplath v1, r6
  fxvsplatb v2, r3
  li r2, 0x2800
  fxvlax v3, r0, r2
  fxvsubhm v4, v3, v1
  fxvcmph v4
  fxvmulbm v7, v2, v2
  fxvmtach v2
  fxvmatachfs v3, v1, 1
  fxvaddachm v5, v4, 2
  fxvstax v5, r0, r2
  li r7, 8
  oris r8, r7, 8
  fxvinx v6, 0, r8
  fxvoutx v6, 0, r7, 3
  lis r9, ${1 << 6} 
  ori r9, r9, 5
  stw r9, 0(r16)
  lwz r9, table(0)
  bl scale
  lmw r29, 8(r1)
  lwz r0, 36(r1)
  mtlr r0
  addi r1, r1, 32
  blr
  .size work, . - work
scale: mulli r3, r3, 3
  b skip
  nop
skip: stb r3, 0x2e00(0)
  lhz r10, table + 6(0)
  sync
  blr
  .type on_timer, @function
on_timer: stw r20, -4(r1)
  lis r20, 0x0800
  mtspr 336, r20
  lwz r20, -4(r1)
  mfspr r23, 26
  lwz r24, 0(r23)
  lis r25, 0x7c00
  ori r25, r25, 0x7c
  cmpw cr1, r24, r25
  bne cr1, not_asleep
  addi r23, r23, 4
  mtspr 26, r23
not_asleep: rfi
  .size on_timer, . - on_timer
  .type on_fault, @function
on_fault: mfspr r23, 26
  addi r23, r23, 4
  mtspr 26, r23
  rfi
  .size on_fault, . - on_fault
  .data
table: .long 7, 8, 9
`;

/** ppuControl of the other side, padiTrigger of the own one: upper halves of their byte addresses. */
export const everythingPrograms = () => ({
  top: assembled(source({ control: 0x8e80, padi: 0x8044 })),
  bottom: assembled(source({ control: 0x8a80, padi: 0x8046 })),
});

export const everything = (): Trace => runTrace(everythingPrograms());
