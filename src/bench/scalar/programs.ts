/** Programs of the scalar benchmark: words from `ORIGIN` on that run alike on a PPU and in user mode of qemu-ppc. */
import { assemble } from "../../toolchain/assembler/index.ts";

/** Inside the SRAM, and not in the first page, which user mode cannot have. */
export const ORIGIN = 0x1000;
const END = 0x4000;
const DATA = 0x3000;
/** Last instruction: `wait` ends the run on the PPU, the system call `exit` with r3 elsewhere. */
export const WAIT = 0x7c00007c;
export const EXIT = 0x44000002;

export interface ScalarProgram {
  readonly name: string;
  /** The program with a given count of repetitions (below 2^31); r3 ends with a checksum. */
  words(repetitions: number, last: typeof WAIT | typeof EXIT): Int32Array;
}

/** Numbers 0..limit-1 that are the same in every run (xorshift32). */
function stream(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** Every program counts its repetitions down in r31 and sums up in r30. */
function program(name: string, body: readonly string[], data: Int32Array): ScalarProgram {
  const text = ["start: nop", "nop", "li r30, 0", "again:", ...body]
    .concat(["addi r31, r31, -1", "cmpwi r31, 0", "bne again", "mr r3, r30", "li r0, 1", "nop"])
    .join("\n");
  const code = assemble(text, `${name}.s`).sections.find((section) => section.executable)!.data!;
  if (code.length > DATA - ORIGIN) throw new Error(`${name}: ${code.length} bytes of code run into the data`);
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  return {
    name,
    words(repetitions, last) {
      const words = new Int32Array((END - ORIGIN) >> 2);
      for (let at = 0; at < code.length; at += 4) words[at >> 2] = view.getInt32(at);
      words[0] = 0x3fe00000 | (repetitions >>> 16); // lis r31
      words[1] = 0x63ff0000 | (repetitions & 0xffff); // ori r31, r31
      words[(code.length >> 2) - 1] = last;
      words.set(data, (DATA - ORIGIN) >> 2);
      return words;
    },
  };
}

const LIST = DATA;
const NODES = 32;
const MATRICES = DATA + 0x100;
const TEXT = DATA + 0x200;

/** The four kernels of CoreMark in small: list, matrix, state machine, CRC. */
const MIX = `
  li r4, ${LIST}
  li r5, 0
walk:
  lwz r6, 4(r4)
  cmpwi r6, 100
  ble small
  add r5, r5, r6
small:
  xor r5, r5, r6
  lwz r4, 0(r4)
  cmpwi r4, 0
  bne walk
  add r30, r30, r5
  li r7, 8
  li r8, ${MATRICES}
  li r12, 0
rows:
  li r9, ${MATRICES + 0x80}
  li r10, 8
  mtctr r10
  li r11, 0
multiply:
  lha r13, 0(r8)
  lhz r14, 0(r9)
  mullw r13, r13, r14
  add r11, r11, r13
  addi r8, r8, 2
  addi r9, r9, 16
  bdnz multiply
  srawi r11, r11, 4
  add r12, r12, r11
  addi r7, r7, -1
  cmpwi r7, 0
  bne rows
  add r30, r30, r12
  li r15, ${TEXT}
  li r16, 64
  mtctr r16
  li r17, 0
  li r18, 0
scan:
  lbz r19, 0(r15)
  addi r15, r15, 1
  cmpwi r19, 44
  beq comma
  cmpwi r19, 48
  blt sign
  slwi r24, r18, 2
  add r18, r24, r18
  add r18, r18, r19
  b next
sign:
  xori r17, r17, 1
  b next
comma:
  add r30, r30, r18
  li r18, 0
next:
  bdnz scan
  add r30, r30, r17
  li r16, 16
  mtctr r16
  rlwinm r25, r30, 0, 16, 31
crc:
  andi. r26, r25, 1
  srwi r25, r25, 1
  beq even
  xori r25, r25, 0xa001
even:
  bdnz crc
  xor r30, r30, r25
  li r27, ${DATA + 0xf00}
  stw r30, 0(r27)`;

function mixData(): Int32Array {
  const random = stream(7);
  const data = new Int32Array(0x240 >> 2);
  for (let node = 0; node < NODES; node++) {
    data[2 * node] = node === NODES - 1 ? 0 : LIST + 8 * (node + 1);
    data[2 * node + 1] = random(200);
  }
  for (let word = 0x100 >> 2; word < 0x200 >> 2; word++) data[word] = random(2 ** 32) & 0x01ff01ff;
  const characters = [..."0123456789,-"].map((character) => character.charCodeAt(0));
  const character = () => characters[random(characters.length)];
  for (let word = 0x200 >> 2; word < 0x240 >> 2; word++) {
    data[word] = (character() << 24) | (character() << 16) | (character() << 8) | character();
  }
  return data;
}

/** Short blocks of random operations, each of which jumps ahead or not by a bit of its data. */
function randomBlocks(blocks: number): string[] {
  const random = stream(99);
  const register = () => `r${4 + random(16)}`;
  const operations: (() => string)[] = [
    () => `add ${register()}, ${register()}, ${register()}`,
    () => `subf ${register()}, ${register()}, ${register()}`,
    () => `xor ${register()}, ${register()}, ${register()}`,
    () => `addi ${register()}, ${register()}, ${random(4000) - 2000}`,
    () => `rlwinm ${register()}, ${register()}, ${random(32)}, 0, 31`,
    () => `mullw ${register()}, ${register()}, ${register()}`,
    () => `srawi ${register()}, ${register()}, ${random(32)}`,
    () => `lwz ${register()}, ${4 * random(64)}(r29)`,
    () => `lbz ${register()}, ${random(256)}(r29)`,
    () => `stw ${register()}, ${4 * random(64)}(r29)`,
  ];
  const lines = [`li r29, ${DATA}`];
  for (let block = 0; block < blocks; block++) {
    lines.push(`block${block}:`);
    for (let count = 2 + random(3); count > 0; count--) lines.push(operations[random(operations.length)]());
    const source = register();
    const ahead = Math.min(block + 2 + random(2), blocks);
    lines.push(`add r30, r30, ${source}`, `andi. r28, ${source}, ${1 << random(6)}`, `bne block${ahead}`);
  }
  return [...lines, `block${blocks}:`, "stw r30, 0(r29)"];
}

function blockData(): Int32Array {
  const random = stream(3);
  return Int32Array.from({ length: 64 }, () => random(2 ** 32));
}

/** A list walk, a matrix, a state machine and a CRC; its inner loops are short. */
export const mixProgram = (): ScalarProgram =>
  program("list, matrix, states, crc", MIX.trim().split("\n"), mixData());

/** Branchy code: `count` random blocks in a loop. More than about 350 do not fit. */
export const blocksProgram = (count: number): ScalarProgram =>
  program(`${count} random blocks`, randomBlocks(count), blockData());
