/** Random straight-line programs on this core and on qemu-ppc: the same registers and memory afterwards. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encode, findMnemonic } from "../../isa/encode.ts";
import { type FieldName, POWER_INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";
import { Ppu } from "../../src/core/ppu.ts";
import { GoldenBus, toHex } from "./golden.ts";

const hasQemu = spawnSync("qemu-ppc", ["--version"]).status === 0;
const CODE = 0x10000;
const DATA = 0x1000;
const DATA_BYTES = 0x400;
/** Scratch memory of the programs, inside the data that is compared. */
const SCRATCH = DATA + 0x200;
const DUMP_SPECIAL = DATA + 128;
const CASES = 400;
const LENGTH = 30;
/** In cycles; a program that left its way ends here. */
const LONGEST_RUN = 20_000_000;
const SYSTEM_CALL = 0x44000002;

/** Registers with a fixed role: never written by the random part. */
const INDEX = [24, 25];
const UPDATED = 26;
const BASE = 27;
/** Hold 1..31: divisors and shift amounts, so that quirk R2 and division by zero stay out. */
const SMALL = [28, 29, 30, 31];
const FREE = Array.from({ length: 24 }, (_, register) => register);

/** Rows left out, and why. */
const EXCLUDED: Record<string, string> = {
  popcntb: "not in qemu's default processor",
  prtyw: "not in qemu's default processor",
  mfocrf: "quirk R3",
  mfspr: "only LR, CTR and XER exist in user mode; they are compared at the end",
  mtspr: "set at the start",
  lmw: "overwrites the fixed registers; at the end of each program instead",
  eciwx: "no device-control bus",
  ecowx: "no device-control bus",
};
const CLASSES = new Set([
  "alu",
  "mul",
  "div",
  "load",
  "loadUpdate",
  "store",
  "storeUpdate",
  "storeMultiple",
  "condition",
]);
const ROWS = POWER_INSTRUCTIONS.filter((row) => CLASSES.has(row.timing) && !(row.mnemonic in EXCLUDED));

const isAccess = (row: Instruction) => /^(load|store)/.test(row.timing);
const alignment = (row: Instruction) =>
  /^(l|st)b/.test(row.mnemonic) ? 1 : /^(l|st)h/.test(row.mnemonic) ? 2 : 4;

/** Values of one operand that keep the program inside its bounds. */
function operandValues(row: Instruction, field: FieldName): fc.Arbitrary<number> {
  const update = row.timing.endsWith("Update");
  const written = row.operands.find((operand) => operand.field === field)?.access;
  switch (field) {
    case "RT":
      return row.timing === "storeMultiple" ? fc.integer({ min: 24, max: 31 }) : fc.constantFrom(...FREE);
    case "RS":
      return row.timing === "storeMultiple"
        ? fc.integer({ min: 24, max: 31 })
        : fc.integer({ min: 0, max: 31 });
    case "RA":
      if (isAccess(row)) return fc.constant(update ? UPDATED : BASE);
      return written === "write" || written === "readWrite"
        ? fc.constantFrom(...FREE)
        : fc.integer({ min: 0, max: 31 });
    case "RB":
      if (isAccess(row)) return fc.constantFrom(...INDEX);
      if (row.timing === "div" || /^s[lr]/.test(row.mnemonic)) return fc.constantFrom(...SMALL);
      return fc.integer({ min: 0, max: 31 });
    case "D":
      return fc
        .integer({ min: update ? -1 : -16, max: update ? 1 : 16 })
        .map((step) => step * (update ? 4 : alignment(row)));
    case "SI":
      return fc.integer({ min: -32768, max: 32767 });
    case "UI":
      return fc.integer({ min: 0, max: 65535 });
    case "FXM":
      return row.mnemonic === "mtocrf"
        ? fc.integer({ min: 0, max: 7 }).map((bit) => 1 << bit)
        : fc.integer({ min: 0, max: 255 });
    case "BF":
    case "BFA":
      return fc.integer({ min: 0, max: 7 });
    default:
      return fc.integer({ min: 0, max: 31 });
  }
}

const instruction = fc.constantFrom(...ROWS).chain((row) => {
  const fields = [...row.operands.map((operand) => operand.field as FieldName), ...(row.modifiers ?? [])];
  const values = fields.map((field) =>
    row.modifiers?.includes(field as "Rc") ? fc.integer({ min: 0, max: 1 }) : operandValues(row, field),
  );
  return fc
    .tuple(...values)
    .map((list) => encode(row, Object.fromEntries(fields.map((field, i) => [field, list[i]]))));
});

const WORD = fc.oneof(
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 0xffff, -0x8000),
);
const PROGRAM = fc.record({
  gpr: fc.array(WORD, { minLength: 32, maxLength: 32 }),
  small: fc.array(fc.integer({ min: 1, max: 31 }), { minLength: 4, maxLength: 4 }),
  index: fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 2, maxLength: 2 }),
  special: fc.tuple(WORD, WORD, WORD, fc.integer({ min: 0, max: 7 })),
  body: fc.array(instruction, { minLength: LENGTH, maxLength: LENGTH }),
  loaded: fc.integer({ min: 8, max: 31 }),
});

type ProgramSource = typeof PROGRAM extends fc.Arbitrary<infer T> ? T : never;

const make = (text: string, values: Partial<Record<FieldName, number>>) => {
  const { row, modifiers } = findMnemonic(text)!;
  return encode(row, { ...modifiers, ...values });
};
const load = (register: number, value: number) => [
  make("addis", { RT: register, RA: 0, SI: value >> 16 }),
  make("ori", { RA: register, RS: register, UI: value & 0xffff }),
];
const store = (register: number, address: number) => make("stw", { RS: register, D: address, RA: 0 });
const SPECIAL = [1, 8, 9];

/** Sets all registers, runs the body, stores everything to DATA, and hands it out with a `write` system call. */
function assemble(program: ProgramSource): number[] {
  const [cr, lr, ctr, xer] = program.special;
  const gpr = [...program.gpr];
  program.index.forEach((step, i) => {
    gpr[INDEX[i]] = 4 * step;
  });
  gpr[UPDATED] = SCRATCH + 0x80;
  gpr[BASE] = SCRATCH + 0x80;
  program.small.forEach((value, i) => {
    gpr[SMALL[i]] = value;
  });
  const setSpecial = [
    ...load(0, cr),
    make("mtcrf", { FXM: 255, RS: 0 }),
    ...[xer << 29, lr, ctr].flatMap((value, i) => [
      ...load(0, value),
      make("mtspr", { SPR: SPECIAL[i], RS: 0 }),
    ]),
  ];
  const dump = [
    ...gpr.map((_, register) => store(register, DATA + 4 * register)),
    make("mfcr", { RT: 0 }),
    store(0, DUMP_SPECIAL),
    ...SPECIAL.flatMap((spr, i) => [make("mfspr", { RT: 0, SPR: spr }), store(0, DUMP_SPECIAL + 4 + 4 * i)]),
  ];
  const write = [...load(0, 4), ...load(3, 1), ...load(4, DATA), ...load(5, DATA_BYTES), SYSTEM_CALL];
  const last = make("lmw", { RT: program.loaded, D: SCRATCH + 0x40, RA: 0 });
  return [
    ...setSpecial,
    ...gpr.flatMap((value, register) => load(register, value)),
    ...program.body,
    last,
    ...dump,
    ...write,
  ];
}

/** A static big-endian executable: one segment of code, one of zeroed data. */
function elf(words: readonly number[]): Buffer {
  const segment = (
    type: number,
    offset: number,
    address: number,
    fileBytes: number,
    bytes: number,
    flags: number,
  ) => [type, offset, address, address, fileBytes, bytes, flags, 0x1000];
  const identification = [0x7f454c46, 0x01020100, 0, 0];
  const header = [0x00020014, 1, CODE, 52, 0, 0, 0x00340020, 0x00020000, 0];
  const programHeaders = [
    ...segment(1, 0x1000, CODE, 4 * words.length, 4 * words.length, 5),
    ...segment(1, 0, DATA, 0, 0x1000, 6),
  ];
  const file = Buffer.alloc(0x1000 + 4 * words.length);
  [...identification, ...header, ...programHeaders].forEach((word, i) => {
    file.writeInt32BE(word | 0, 4 * i);
  });
  words.forEach((word, i) => {
    file.writeInt32BE(word, 0x1000 + 4 * i);
  });
  return file;
}

function onQemu(words: readonly number[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), "ppu-qemu-"));
  try {
    const file = join(directory, "program");
    writeFileSync(file, elf(words), { mode: 0o755 });
    const { stdout, signal, status, stderr } = spawnSync("qemu-ppc", [file], { maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`qemu-ppc ended with ${signal ?? status}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function onCore(words: readonly number[]): Buffer {
  const code = new Int32Array(words);
  const bus = new GoldenBus();
  bus.fetch = (address) => code[(address - CODE) >>> 2];
  const ppu = new Ppu({ name: "differential", bus });
  const outputs: Uint8Array[] = [];
  ppu.observer = {
    retire: (_, pc, word) => {
      if (word === SYSTEM_CALL) outputs.push(ppu.readSram(DATA, DATA_BYTES));
      if (pc === CODE + 4 * (words.length - 1)) ppu.requestStop();
    },
  };
  ppu.pc = CODE;
  ppu.run(LONGEST_RUN);
  return Buffer.concat(outputs);
}

describe("against qemu-ppc", () => {
  if (!hasQemu)
    console.log("qemu-ppc is not installed: the differential test of scalar programs does not run");

  it.runIf(hasQemu)(`${CASES} random straight-line programs leave the same registers and memory`, () => {
    const programs = fc.sample(PROGRAM, { numRuns: CASES, seed: 20 });
    const exit = [...load(0, 1), ...load(3, 0), SYSTEM_CALL];
    const words = [...programs.flatMap(assemble), ...exit];
    const wanted = onQemu(words);
    const got = onCore(words);
    expect(wanted.length).toBe(CASES * DATA_BYTES);
    for (let number = 0; number < CASES; number++) {
      for (let at = 0; at < DATA_BYTES; at += 4) {
        const [mine, qemu] = [got, wanted].map((buffer) =>
          toHex(buffer.readInt32BE(number * DATA_BYTES + at)),
        );
        const body = programs[number].body.map((word) => toHex(word)).join(" ");
        expect(mine, `program ${number} (${body}), word ${at / 4}`).toBe(qemu);
      }
    }
  });

  it("leaves out only what it explains", () => {
    const covered = new Set([...ROWS.map((row) => row.mnemonic), ...Object.keys(EXCLUDED)]);
    const missing = POWER_INSTRUCTIONS.filter(
      (row) => CLASSES.has(row.timing) || row.timing === "loadMultiple",
    );
    expect(missing.filter((row) => !covered.has(row.mnemonic))).toEqual([]);
  });
});
