/**
 * The lower anchor of the scalar figures: an emulator in the style of avr8js. Every step fetches a word and finds its meaning
 * in one chain of comparisons over the whole instruction set; one count of cycles, no pipeline, no interrupts.
 */
import { POWER_INSTRUCTIONS } from "../../../isa/index.ts";
import { secondsSince } from "../turns.ts";
import type { Measured } from "./engine.ts";
import { ORIGIN, type ScalarProgram, WAIT } from "./programs.ts";

const [RT, RA, RB] = ["gpr[w >>> 21 & 31]", "gpr[w >>> 16 & 31]", "gpr[w >>> 11 & 31]"];
const OR_ZERO = "((w & 0x1f0000) === 0 ? 0 : gpr[w >>> 16 & 31])";
const [SIGNED, UNSIGNED] = ["(w << 16 >> 16)", "(w & 0xffff)"];
const ADDRESS = `${OR_ZERO} + ${SIGNED}`;
const record = (value: string) => `if (w & 1) compare(0, ${value}, 0);`;
const setA = (value: string) => `const x = ${value}; ${RA} = x; ${record("x")}`;
const setT = (value: string) => `const x = ${value} | 0; ${RT} = x; ${record("x")}`;

/** Meanings of the instructions that the programs use; the others only lengthen the chain. */
const BODIES: Readonly<Record<string, string>> = {
  addi: `${RT} = ${OR_ZERO} + ${SIGNED};`,
  addis: `${RT} = ${OR_ZERO} + (w << 16);`,
  add: setT(`${RA} + ${RB}`),
  subf: setT(`${RB} - ${RA}`),
  mullw: setT(`Math.imul(${RA}, ${RB})`),
  ori: `${RA} = ${RT} | ${UNSIGNED};`,
  xori: `${RA} = ${RT} ^ ${UNSIGNED};`,
  "andi.": `const x = ${RT} & ${UNSIGNED}; ${RA} = x; compare(0, x, 0);`,
  or: setA(`${RT} | ${RB}`),
  xor: setA(`${RT} ^ ${RB}`),
  srawi: setA(`${RT} >> (w >>> 11 & 31)`),
  rlwinm: setA(
    `(${RT} << (w >>> 11 & 31) | ${RT} >>> (32 - (w >>> 11 & 31) & 31)) & mask(w >>> 6 & 31, w >>> 1 & 31)`,
  ),
  cmpi: `compare(w >>> 23 & 7, ${RA}, ${SIGNED});`,
  lwz: `${RT} = data.getInt32(${ADDRESS});`,
  lbz: `${RT} = data.getUint8(${ADDRESS});`,
  lhz: `${RT} = data.getUint16(${ADDRESS});`,
  lha: `${RT} = data.getInt16(${ADDRESS});`,
  stw: `data.setInt32(${ADDRESS}, ${RT});`,
  mtspr: `ctr = ${RT};`,
  b: "next = pc + (w << 6 >> 6 & ~3);",
  bc: `const bo = w >>> 21; if ((bo & 4) === 0) ctr = ctr - 1 | 0;
    if (((bo & 4) !== 0 || (ctr === 0) === ((bo & 2) !== 0))
      && ((bo & 16) !== 0 || (cr >>> (31 - (w >>> 16 & 31)) & 1) === (bo >>> 3 & 1))) next = pc + (${SIGNED} & ~3);`,
  wait: "running = false;",
};

/** Runs from `pc` to `wait`: [instructions, r3]. */
type Run = (data: DataView, gpr: Int32Array, pc: number) => readonly [number, number];

function generate(): Run {
  const known = new Set(POWER_INSTRUCTIONS.map(({ mnemonic }) => mnemonic));
  const unknown = Object.keys(BODIES).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`stepper: no instruction ${unknown}`);
  const chain = POWER_INSTRUCTIONS.map(({ mnemonic, mask, match }) => {
    const body = BODIES[mnemonic] ?? `throw new Error("the stepper does not know ${mnemonic}");`;
    return `if ((w & ${mask}) === ${match}) { ${body} }`;
  }).join("\n    else ");
  const source = `"use strict";
  let cr = 0, ctr = 0, pc = start, next = 0, cycles = 0, running = true;
  const mask = (from, to) => from <= to ? -1 >>> from & -1 << (31 - to) : -1 >>> from | -1 << (31 - to);
  const compare = (field, a, b) => {
    const bits = a < b ? 8 : a > b ? 4 : 2, shift = 28 - 4 * field;
    cr = cr & ~(15 << shift) | bits << shift;
  };
  const step = () => {
    const w = data.getInt32(pc);
    next = pc + 4;
    ${chain}
    else throw new Error("undefined instruction");
    pc = next;
    cycles++;
  };
  while (running) step();
  return [cycles, gpr[3]];`;
  return new Function("data", "gpr", "start", source) as Run;
}

let generated: Run | undefined;

/** Runs a program to its end. */
export function onStepper(program: ScalarProgram, repetitions: number): Measured {
  generated ??= generate();
  const data = new DataView(new ArrayBuffer(0x4000));
  program.words(repetitions, WAIT).forEach((word, index) => {
    data.setInt32(ORIGIN + 4 * index, word);
  });
  const begin = process.hrtime.bigint();
  const [instructions, result] = generated(data, new Int32Array(32), ORIGIN);
  return { seconds: secondsSince(begin), instructions, cycles: 0, checksum: result & 255 };
}
