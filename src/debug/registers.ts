/** The registers of a PPU by name, from the tables of the core and of the instruction set. */
import { SPRS } from "../../isa/index.ts";
import type { Chip, Ppu, RegisterName } from "../chip/index.ts";
import { VECTOR_BYTES } from "../core/layout.ts";
import { readAccumulatorState, writeAccumulatorState } from "../core/vector/lanes.ts";
import { type PpuName, type RegisterDescription, type RegisterValue, SessionError } from "./types.ts";

interface Access {
  readonly description: RegisterDescription;
  read(ppu: Ppu): RegisterValue;
  write?(ppu: Ppu, value: RegisterValue): void;
  /** Elements of the read/write sets of instructions that make it up. */
  readonly elements: readonly string[];
}

/** Masks of the vector condition register. */
export const CONDITION_MASKS = ["gt", "lt", "eq"] as const;
const ACCUMULATORS = 64;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const CR_ELEMENTS = range(8).map((field) => `cr${field}`);

function word(value: RegisterValue, name: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32)
    return value | 0;
  throw new SessionError(`${name} takes a 32-bit number`);
}

function lanes(value: RegisterValue, name: string, length: number): ArrayLike<number> {
  if (typeof value !== "number" && value.length === length) return value;
  throw new SessionError(`${name} takes ${length} lanes`);
}

function scalar(
  name: string,
  group: RegisterDescription["group"],
  summary: string,
  read: (ppu: Ppu) => number,
  write: ((ppu: Ppu, value: number) => void) | undefined,
  elements: readonly string[] = [name],
  bits = 32,
): Access {
  return {
    description: { name, group, bits, writable: write !== undefined, summary },
    read: (ppu) => read(ppu) >>> 0,
    ...(write && { write: (ppu, value) => write(ppu, word(value, name)) }),
    elements,
  };
}

/** Registers of the core that are reached by name. */
const stored = (
  name: RegisterName,
  summary: string,
  group: RegisterDescription["group"],
  elements?: readonly string[],
) =>
  scalar(
    name,
    group,
    summary,
    (ppu) => ppu.register(name),
    (ppu, value) => ppu.setRegister(name, value),
    elements,
  );

const general = range(32).map((n) =>
  scalar(
    `r${n}`,
    "general",
    `general purpose register ${n}`,
    (ppu) => ppu.gpr(n),
    (ppu, value) => ppu.setGpr(n, value),
  ),
);

const conditionFields = range(8).map((field) =>
  scalar(
    `cr${field}`,
    "condition",
    `condition field ${field}: LT GT EQ SO as bits 8 4 2 1`,
    (ppu) => (ppu.register("cr") >>> (28 - 4 * field)) & 15,
    (ppu, value) => {
      const shift = 28 - 4 * field;
      ppu.setRegister("cr", (ppu.register("cr") & ~(15 << shift)) | ((value & 15) << shift));
    },
    undefined,
    4,
  ),
);

const timeBase = (name: string, number: number, summary: string) =>
  scalar(name, "special", summary, (ppu) => ppu.spr(number), undefined);

/** Special purpose registers with storage of their own that the core knows by their lower-case names. */
const special = SPRS.filter(({ name, bits }) => bits !== 0 && !["TBL", "TBU"].includes(name)).map(
  ({ name, summary }) =>
    stored(
      name.toLowerCase() as RegisterName,
      summary,
      "special",
      name === "XER" ? ["ca", "ov", "so"] : undefined,
    ),
);

const vectors = range(32).map(
  (n): Access => ({
    description: {
      name: `v${n}`,
      group: "vector",
      bits: 1024,
      writable: true,
      summary: `vector register ${n}`,
    },
    read: (ppu) => ppu.vector(n),
    write: (ppu, value) => ppu.setVector(n, lanes(value, `v${n}`, VECTOR_BYTES)),
    elements: [`v${n}`],
  }),
);

const accumulator: Access = {
  description: {
    name: "acc",
    group: "accumulator",
    bits: 2048,
    writable: true,
    summary: "accumulator: 64 lanes of 32 bits",
  },
  read: (ppu) => readAccumulatorState(ppu.memory as WebAssembly.Memory).acc,
  write(ppu, value) {
    const { vcr } = readAccumulatorState(ppu.memory as WebAssembly.Memory);
    const acc = Int32Array.from(lanes(value, "acc", ACCUMULATORS));
    writeAccumulatorState(ppu.memory as WebAssembly.Memory, { acc, vcr });
  },
  elements: ["acc"],
};

const masks = CONDITION_MASKS.map(
  (name): Access => ({
    description: {
      name: `vcr.${name}`,
      group: "vectorCondition",
      bits: 128,
      writable: true,
      summary: `vector condition register, ${name} by byte lane`,
    },
    read: (ppu) => readAccumulatorState(ppu.memory as WebAssembly.Memory).vcr[name],
    write(ppu, value) {
      const { acc, vcr } = readAccumulatorState(ppu.memory as WebAssembly.Memory);
      const mask = Uint8Array.from(lanes(value, `vcr.${name}`, VECTOR_BYTES), (bit) => (bit ? 1 : 0));
      writeAccumulatorState(ppu.memory as WebAssembly.Memory, { acc, vcr: { ...vcr, [name]: mask } });
    },
    elements: ["vcr"],
  }),
);

const ACCESSES: readonly Access[] = [
  ...general,
  scalar(
    "pc",
    "special",
    "address of the next instruction",
    (ppu) => ppu.pc,
    (ppu, value) => {
      ppu.pc = value;
    },
    ["pc"],
  ),
  stored("msr", "machine state", "special"),
  stored("cr", "all condition fields, CR0 in the upper bits", "condition", CR_ELEMENTS),
  ...conditionFields,
  ...special,
  timeBase("tbl", 284, "time base lower"),
  timeBase("tbu", 285, "time base upper"),
  ...vectors,
  accumulator,
  ...masks,
];

const BY_NAME = new Map(ACCESSES.map((access) => [access.description.name, access]));

export const REGISTER_DESCRIPTIONS: readonly RegisterDescription[] = ACCESSES.map(
  ({ description }) => description,
);

/** Registers that exceptions and interrupts write. */
export const EXCEPTION_ELEMENTS: readonly string[] = ["srr0", "srr1", "msr", "esr"];

export const isRegister = (name: string): boolean => BY_NAME.has(name);

function accessOf(name: string): Access {
  const access = BY_NAME.get(name);
  if (access) return access;
  throw new SessionError(
    `there is no register ${name}; there are r0..r31, v0..v31, acc, vcr.gt, pc, cr, cr0..cr7, lr, ctr, xer, msr, and special registers by name`,
  );
}

/** Elements of an instruction's read/write sets that a register consists of. Throws SessionError for unknown names. */
export const elementsOf = (name: string): readonly string[] => accessOf(name).elements;

/** Throws SessionError for unknown names. */
export function readRegister(chip: Chip, ppu: PpuName, name: string): RegisterValue {
  return accessOf(name).read(chip.ppus[ppu]);
}

/** A scalar register as unsigned number. */
export const readWord = (chip: Chip, ppu: PpuName, name: string): number =>
  readRegister(chip, ppu, name) as number;

/** Throws SessionError for unknown or read-only registers and values that do not fit, before anything is written. */
export function checkRegisterWrite(name: string, value: RegisterValue): void {
  const { description, write } = accessOf(name);
  if (!write) throw new SessionError(`${name} cannot be written`);
  if (description.group === "vector") lanes(value, name, VECTOR_BYTES);
  else if (description.group === "accumulator") lanes(value, name, ACCUMULATORS);
  else if (description.group === "vectorCondition") lanes(value, name, VECTOR_BYTES);
  else word(value, name);
}

export function writeRegister(chip: Chip, ppu: PpuName, name: string, value: RegisterValue): void {
  checkRegisterWrite(name, value);
  accessOf(name).write!(chip.ppus[ppu], value);
}
