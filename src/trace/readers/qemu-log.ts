/**
 * Logs of qemu-ppc as traces. Made with `qemu-ppc -d in_asm,cpu -singlestep -D FILE PROGRAM` (from version 8.1 on the
 * option is `-one-insn-per-tb`): `in_asm` tells the words, `cpu` the registers before every block, and blocks are single
 * instructions. Further items of `-d` such as `nochain`, `exec` or `strace` do not matter. Checked with version 7.2.
 */
import { basename } from "node:path";
import { decode } from "../../../isa/decode.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import { sprByName } from "../../../isa/sprs.ts";
import { fileLines } from "../lines.ts";
import type { RegisterWrite, Trace, TraceHeader, TraceRecord } from "../model.ts";
import { TraceError } from "../trace-error.ts";

const INSTRUCTION = /^0x([0-9a-f]{8,16}):\s+([0-9a-f]{8})\b/;
const BLOCK = /^IN:/;
const DUMP = /^NIP ([0-9a-f]{8,16})\s+LR ([0-9a-f]{8,16}) CTR ([0-9a-f]{8,16}) XER ([0-9a-f]{8,16})/;
const GPRS = /^GPR(\d\d) ((?:[0-9a-f]{8,16} ?){4})/;
const CONDITION = /^CR ([0-9a-f]{8})/;

const HOW = "qemu-ppc -d in_asm,cpu -singlestep -D FILE PROGRAM (from version 8.1 on -one-insn-per-tb)";
const SPECIAL = ["xer", "lr", "ctr"] as const;
const EXISTING_XER = sprByName("xer")!.bits;

const low32 = (hex: string): number => Number.parseInt(hex.slice(-8), 16);

/** Registers before an instruction. */
interface Dump {
  readonly pc: number;
  readonly registers: Map<string, number>;
}

/** Whether text begins like such a log. */
export const isQemuLog = (head: string): boolean =>
  /^IN: *(.*)$/m.test(head) &&
  /^0x[0-9a-f]{8,16}:\s+[0-9a-f]{8}\b/m.test(head) &&
  /^(NIP|-{8,}$)/m.test(head);

/** Register dumps in order; words of translated code go to `words`. */
function* dumpsOf(path: string, words: Map<number, number>): Generator<Dump> {
  let dump: Dump | undefined;
  let inBlock = 0;
  for (const { text: line, number } of fileLines(path).lines()) {
    const instruction = INSTRUCTION.exec(line);
    if (instruction) {
      words.set(low32(instruction[1]), low32(instruction[2]) | 0);
      if (++inBlock > 1) {
        throw new TraceError(
          `${path}:${number}: one register dump for several instructions; log with ${HOW}`,
        );
      }
      continue;
    }
    if (BLOCK.test(line)) inBlock = 0;
    const head = DUMP.exec(line);
    if (head) {
      const [, pc, lr, ctr, xer] = head;
      const special = { lr: low32(lr), ctr: low32(ctr), xer: (low32(xer) & EXISTING_XER) >>> 0 };
      dump = { pc: low32(pc), registers: new Map(Object.entries(special)) };
    }
    const gprs = dump && GPRS.exec(line);
    if (gprs) {
      for (const [n, value] of gprs[2].trim().split(" ").entries()) {
        dump!.registers.set(`r${Number(gprs[1]) + n}`, low32(value));
      }
    }
    const condition = dump && CONDITION.exec(line);
    if (condition) {
      for (const [n, digit] of [...condition[1]].entries())
        dump!.registers.set(`cr${n}`, Number.parseInt(digit, 16));
      yield dump!;
      dump = undefined;
    }
  }
}

const ORDER = [
  ...Array.from({ length: 32 }, (_, n) => `r${n}`),
  ...Array.from({ length: 8 }, (_, n) => `cr${n}`),
  ...SPECIAL,
];

/** What an instruction wrote: what it can write by its word, and whatever else has changed (system calls). */
function writesBetween(word: number, before: Dump, after: Dump): RegisterWrite[] {
  const named = decode(word) ? readWriteSets(word).writes : new Set<string>();
  const isWritten = (register: string) =>
    before.registers.get(register) !== after.registers.get(register) ||
    named.has(register) ||
    (register === "xer" && ["ca", "ov", "so"].some((flag) => named.has(flag)));
  return ORDER.filter(isWritten).map((register) => ({ register, value: after.registers.get(register) ?? 0 }));
}

/** The last dump ends the trace: what its instruction did is not in the log. */
function* recordsOf(path: string): Generator<TraceRecord> {
  const words = new Map<number, number>();
  let before: Dump | undefined;
  let count = 0;
  for (const dump of dumpsOf(path, words)) {
    if (before) {
      const word = words.get(before.pc);
      if (word === undefined) {
        const where = `0x${before.pc.toString(16)}`;
        throw new TraceError(`${path}: no instruction word for ${where}; log with ${HOW}`);
      }
      yield {
        ...{ kind: "instruction", ppu: "top", cycle: count, pc: before.pc, word },
        ...{ writes: writesBetween(word, before, dump), accesses: [], stalls: [] },
      };
      count++;
      if (dump.pc !== (before.pc + 4) >>> 0 && decode(word)?.family !== "branch" && decode(word)) {
        yield { kind: "gap", ppu: "top", cycle: count, instructions: undefined, reason: "damage" };
      }
    }
    before = dump;
  }
}

/**
 * The instructions of a log with the general purpose registers, CR, XER, LR and CTR that they wrote; no cycles and no
 * accesses. The last instruction is missing, as nothing tells what it did. Throws TraceError where the log
 * cannot be used, while it is read too.
 */
export function openQemuLog(path: string): Trace {
  const header: TraceHeader = {
    ...{
      program: basename(path),
      chipSeed: 0,
      noiseSeed: 0,
      chip: "none",
      timing: "none",
      ppus: ["top"],
      filters: [],
    },
    has: { cycles: false, writes: true, accesses: false, stalls: false, vectors: false },
  };
  const first = dumpsOf(path, new Map()).next();
  if (first.done) throw new TraceError(`${path}: no register dumps; log with ${HOW}`);
  return {
    header,
    image: () => undefined,
    records: (ppu) => (ppu === "top" ? recordsOf(path) : []),
    initialState: (ppu) =>
      new Map<string, number>(ppu === "top" ? [...first.value.registers, ["pc", first.value.pc]] : []),
    end: () => undefined,
    problems: [],
  };
}
