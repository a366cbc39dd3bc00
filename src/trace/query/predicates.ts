/** What can be asked of a record. */
import { decode } from "../../../isa/decode.ts";
import { disassemble } from "../../../isa/disassemble.ts";
import { WRITTEN_FORMS } from "../../../isa/forms.ts";
import { INSTRUCTIONS } from "../../../isa/index.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import { DEVICE_GROUPS, DEVICE_NAMES, deviceOf, isDevice } from "../devices.ts";
import { EXCEPTION_NAMES, exceptionName } from "../exception-name.ts";
import { type Access, type InstructionRecord, PPUS, type TraceRecord } from "../model.ts";
import { STALL_CAUSES } from "../raw.ts";
import { CLASS_HELP, instructionClass } from "../recording/classes.ts";
import { isRegisterName } from "../state.ts";
import { formatValue } from "../text/index.ts";
import { TraceError } from "../trace-error.ts";
import {
  byWord,
  equality,
  instruction,
  type Match,
  named,
  needsValue,
  numbered,
  type QueryContext,
} from "./matches.ts";
import { inSymbolOf, sourceLine } from "./places.ts";
import type { Predicate } from "./syntax.ts";
import { checkName, pattern, readRange } from "./values.ts";

interface PredicateKind {
  /** As in a help text: `pc=ADDRESS`. */
  readonly usage: string;
  readonly help: string;
  readonly compile: (predicate: Predicate, context: QueryContext) => Match;
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];
const MNEMONICS = unique([
  ...INSTRUCTIONS.map(({ mnemonic }) => mnemonic),
  ...WRITTEN_FORMS.map(({ mnemonic }) => mnemonic),
  ".long",
]);

const accessed = (test: (access: Access, record: InstructionRecord) => boolean) => (): Match =>
  instruction((record) => record.accesses.some((access) => test(access, record)));

const kindOf = (kind: TraceRecord["kind"]) => (): Match => (record) => record.kind === kind;

const register =
  (setOf: (record: InstructionRecord) => Iterable<string>) =>
  (predicate: Predicate): Match => {
    const { value, wanted } = equality(predicate);
    const name = value.toLowerCase();
    if (!isRegisterName(name) && name !== "cr")
      throw new TraceError(`"${predicate.text}": there is no register "${value}"`);
    const isIt = (candidate: string) => (name === "cr" ? /^cr\d$/.test(candidate) : candidate === name);
    return instruction((record) => [...setOf(record)].some(isIt) === wanted);
  };

const readSets = byWord((word) => readWriteSets(word).reads);

const device = (predicate: Predicate): Match => {
  const { value, wanted } = equality(predicate);
  checkName(predicate, value, [...Object.keys(DEVICE_GROUPS), ...DEVICE_NAMES]);
  return instruction(
    ({ ppu, accesses }) =>
      accesses.length > 0 && accesses.some((access) => isDevice(deviceOf(ppu, access), value)) === wanted,
  );
};

const stall = (predicate: Predicate, context: QueryContext): Match => {
  const { operator, value } = predicate;
  if (operator === undefined) return instruction(({ stalls }) => stalls.length > 0);
  if (/^\d|^0x/.test(value!)) {
    return numbered((record) =>
      record.kind === "instruction" ? [record.stalls.reduce((sum, { cycles }) => sum + cycles, 0)] : [],
    )(predicate, context);
  }
  const { wanted } = equality(predicate);
  if (!STALL_CAUSES.some((cause) => cause === value) && !isRegisterName(value!)) {
    throw new TraceError(
      `"${predicate.text}": a stall has a number of cycles, a register, or a cause: ${STALL_CAUSES.join(", ")}`,
    );
  }
  return instruction(
    ({ stalls }) =>
      stalls.some(({ cause, register: waited }) => cause === value || waited === value) === wanted,
  );
};

const exception = (predicate: Predicate): Match => {
  if (predicate.operator === undefined) return (record) => record.kind === "exception";
  const { value, wanted } = equality(predicate);
  checkName(predicate, value, EXCEPTION_NAMES);
  const matches = pattern(value);
  return (record) => record.kind === "exception" && matches(exceptionName(record.vector)) === wanted;
};

/** All of them by name. A register's name stands for the value that it is given. */
export const PREDICATES: Readonly<Record<string, PredicateKind>> = {
  ppu: {
    usage: "ppu=top",
    help: "records of one PPU",
    compile(predicate) {
      const { value, wanted } = equality(predicate);
      checkName(predicate, value, PPUS);
      return ({ ppu }) => (ppu === value) === wanted;
    },
  },
  cycle: {
    usage: "cycle=100..200, cycle>5000",
    help: "cycles of the chip",
    compile: numbered(({ cycle }) => [cycle]),
  },
  pc: {
    usage: "pc=0x120..0x180, pc=main+0x10",
    help: "addresses of instructions, as numbers or symbols",
    compile: numbered((record) => (record.kind === "instruction" ? [record.pc] : [])),
  },
  symbol: {
    usage: "symbol=main, symbol=isr_*",
    help: "function or label that holds the instruction",
    compile: inSymbolOf,
  },
  source: {
    usage: "source=hello.ts:12, hello.ts:12..20",
    help: "source lines",
    compile: (predicate, context) => sourceLine(needsValue(predicate).value, context),
  },
  mnemonic: {
    usage: "mnemonic=fxvmtach, mnemonic=st*",
    help: "name of the instruction, as its row or as written (addi and li)",
    compile: named(MNEMONICS, (word) => [decode(word)?.mnemonic, disassemble(word).mnemonic]),
  },
  class: {
    usage: "class=branch, class=vector",
    help: CLASS_HELP.join("; "),
    compile(predicate) {
      const { value, wanted } = equality(predicate);
      const isOne = byWord(instructionClass(value));
      return instruction(({ word }) => isOne(word) === wanted);
    },
  },
  reg: {
    usage: "reg=r3",
    help: "writes a register",
    compile: register(({ writes }) => writes.map((write) => write.register)),
  },
  reads: { usage: "reads=r3", help: "reads a register", compile: register(({ word }) => readSets(word)) },
  mem: {
    usage: "mem=0x4000..0x40ff, mem=table",
    help: "accesses that touch these addresses; of the parallel port numbers of vectors",
    compile(predicate, { trace }) {
      const { wanted } = equality(predicate);
      const { low, high } = readRange(
        predicate,
        PPUS.map((ppu) => trace.image(ppu)),
      );
      const touches = ({ port, address, bytes }: Access) => {
        const last = port === "parallel" ? address : address + bytes - 1;
        return address <= high && last >= low;
      };
      return instruction(({ accesses }) => accesses.length > 0 && accesses.some(touches) === wanted);
    },
  },
  value: {
    usage: "value=0x10",
    help: "accesses that carry a number",
    compile: numbered((record) =>
      record.kind === "instruction"
        ? record.accesses.flatMap(({ value }) => (typeof value === "number" ? [value] : []))
        : [],
    ),
  },
  read: { usage: "read", help: "accesses that read", compile: accessed(({ write }) => !write) },
  write: { usage: "write", help: "accesses that write", compile: accessed(({ write }) => write) },
  port: {
    usage: "port=parallel",
    help: "accesses of a port: scalar, vector, parallel",
    compile(predicate) {
      const { value, wanted } = equality(predicate);
      checkName(predicate, value, ["scalar", "vector", "parallel"]);
      return instruction(
        ({ accesses }) => accesses.length > 0 && accesses.some(({ port }) => port === value) === wanted,
      );
    },
  },
  device: {
    usage: "device=cadc",
    help: `accesses to a device: ${Object.keys(DEVICE_GROUPS).join(", ")}, a region of vector IO, a register as in ppu regs`,
    compile: device,
  },
  stall: {
    usage: "stall, stall>5, stall=register, stall=r5",
    help: "instructions that waited, by cycles, cause or register",
    compile: stall,
  },
  aborted: {
    usage: "aborted",
    help: "ended by an alignment exception",
    compile: () => instruction(({ aborted }) => aborted === true),
  },
  instruction: { usage: "instruction", help: "instructions", compile: kindOf("instruction") },
  exception: {
    usage: "exception, exception=doorbell",
    help: `exceptions: ${EXCEPTION_NAMES.join(", ")}`,
    compile: exception,
  },
  event: { usage: "event", help: "events on PADI buses", compile: kindOf("event") },
  conversion: { usage: "conversion", help: "conversions of the CADC", compile: kindOf("conversion") },
  reset: { usage: "reset", help: "releases from reset", compile: kindOf("reset") },
  gap: { usage: "gap", help: "missing instructions", compile: kindOf("gap") },
};

/** A written value: `r3=0x10`, `cr0=eq`, `v1=0005*64`. */
export function registerValue(predicate: Predicate, context: QueryContext): Match {
  const name = predicate.name.toLowerCase();
  const { operator, value } = predicate;
  if (operator === undefined)
    return register(({ writes }) => writes.map((write) => write.register))({
      ...predicate,
      operator: "=",
      value: name,
    });
  const isText = /^(?:v\d+|acc|vcr|cr\d)$/.test(name);
  if (!isText) {
    return numbered((record) =>
      record.kind === "instruction"
        ? record.writes.flatMap((write) =>
            write.register === name && typeof write.value === "number" ? [write.value] : [],
          )
        : [],
    )(unsigned(predicate), context);
  }
  const { wanted } = equality(predicate);
  return instruction(({ writes }) =>
    writes.some((write) => write.register === name && (formatValue(write) === value) === wanted),
  );
}

/** Registers hold unsigned numbers; -1 means 0xffffffff. */
const unsigned = (predicate: Predicate): Predicate =>
  /^-\d+$/.test(predicate.value ?? "")
    ? { ...predicate, value: String(Number(predicate.value) >>> 0) }
    : predicate;
