/**
 * The lower anchor of the scalar figures: an emulator in the style of avr8js. Every step fetches a word and finds its meaning
 * in one chain of comparisons over the whole instruction set; one count of cycles, no pipeline, no interrupts.
 */
import { POWER_INSTRUCTIONS } from "../../../isa/index.ts";
import { secondsSince } from "../turns.ts";
import type { Measured } from "./engine.ts";
import { ORIGIN, type ScalarProgram, WAIT } from "./programs.ts";

const [RT, RA, RB] = ["cpu.gpr[w >>> 21 & 31]", "cpu.gpr[w >>> 16 & 31]", "cpu.gpr[w >>> 11 & 31]"];
const OR_ZERO = "((w & 0x1f0000) === 0 ? 0 : cpu.gpr[w >>> 16 & 31])";
const [SIGNED, UNSIGNED] = ["(w << 16 >> 16)", "(w & 0xffff)"];
const ADDRESS = `${OR_ZERO} + ${SIGNED}`;
const record = (value: string) => `if (w & 1) compare(cpu, 0, ${value}, 0);`;
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
  "andi.": `const x = ${RT} & ${UNSIGNED}; ${RA} = x; compare(cpu, 0, x, 0);`,
  or: setA(`${RT} | ${RB}`),
  xor: setA(`${RT} ^ ${RB}`),
  srawi: setA(`${RT} >> (w >>> 11 & 31)`),
  rlwinm: setA(
    `(${RT} << (w >>> 11 & 31) | ${RT} >>> (32 - (w >>> 11 & 31) & 31)) & mask(w >>> 6 & 31, w >>> 1 & 31)`,
  ),
  cmpi: `compare(cpu, w >>> 23 & 7, ${RA}, ${SIGNED});`,
  lwz: `${RT} = cpu.data.getInt32(${ADDRESS});`,
  lbz: `${RT} = cpu.data.getUint8(${ADDRESS});`,
  lhz: `${RT} = cpu.data.getUint16(${ADDRESS});`,
  lha: `${RT} = cpu.data.getInt16(${ADDRESS});`,
  stw: `cpu.data.setInt32(${ADDRESS}, ${RT});`,
  mtspr: `cpu.ctr = ${RT};`,
  b: "next = cpu.pc + (w << 6 >> 6 & ~3);",
  bc: `const bo = w >>> 21; if ((bo & 4) === 0) cpu.ctr = cpu.ctr - 1 | 0;
    if (((bo & 4) !== 0 || (cpu.ctr === 0) === ((bo & 2) !== 0))
      && ((bo & 16) !== 0 || (cpu.cr >>> (31 - (w >>> 16 & 31)) & 1) === (bo >>> 3 & 1))) next = cpu.pc + (${SIGNED} & ~3);`,
  wait: "cpu.running = false;",
};

/** As avr8js has it: one object that all instructions change. */
interface Cpu {
  readonly data: DataView;
  readonly gpr: Int32Array;
  cr: number;
  ctr: number;
  pc: number;
  cycles: number;
  running: boolean;
}

function generate(): (cpu: Cpu) => void {
  const known = new Set(POWER_INSTRUCTIONS.map(({ mnemonic }) => mnemonic));
  const unknown = Object.keys(BODIES).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`stepper: no instruction ${unknown}`);
  const chain = POWER_INSTRUCTIONS.map(({ mnemonic, mask, match }) => {
    const body = BODIES[mnemonic] ?? `throw new Error("the stepper does not know ${mnemonic}");`;
    return `if ((w & ${mask}) === ${match}) { ${body} }`;
  }).join("\n    else ");
  const source = `"use strict";
  const mask = (from, to) => from <= to ? -1 >>> from & -1 << (31 - to) : -1 >>> from | -1 << (31 - to);
  const compare = (cpu, field, a, b) => {
    const bits = a < b ? 8 : a > b ? 4 : 2, shift = 28 - 4 * field;
    cpu.cr = cpu.cr & ~(15 << shift) | bits << shift;
  };
  return function step(cpu) {
    const w = cpu.data.getInt32(cpu.pc);
    let next = cpu.pc + 4;
    ${chain}
    else throw new Error("undefined instruction");
    cpu.pc = next;
    cpu.cycles++;
  };`;
  return new Function(source)() as (cpu: Cpu) => void;
}

let step: ((cpu: Cpu) => void) | undefined;

/** Runs a program to its end. */
export function onStepper(program: ScalarProgram, repetitions: number): Measured {
  step ??= generate();
  const data = new DataView(new ArrayBuffer(0x4000));
  program.words(repetitions, WAIT).forEach((word, index) => {
    data.setInt32(ORIGIN + 4 * index, word);
  });
  const cpu: Cpu = { data, gpr: new Int32Array(32), cr: 0, ctr: 0, pc: ORIGIN, cycles: 0, running: true };
  const begin = process.hrtime.bigint();
  while (cpu.running) step(cpu);
  const seconds = secondsSince(begin);
  return { seconds, instructions: cpu.cycles, cycles: 0, checksum: cpu.gpr[3] & 255 };
}
