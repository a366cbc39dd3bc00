/** What lies behind an instruction: who wrote what it reads, on both PPUs of its trace. */
import { decode } from "../../../isa/decode.ts";
import { readWriteSets } from "../../../isa/read-write.ts";
import type { Reached } from "../../debug/accesses.ts";
import type { Access, InstructionRecord, PpuName } from "../model.ts";
import { isRegisterName } from "../state.ts";
import { type NoWriter, reachedBy, valueWritten } from "./history.ts";
import type { Side } from "./side.ts";
import type { Both, FieldValue, Placed } from "./types.ts";

/** A record of a PPU of one of the traces. */
export interface Site {
  readonly placed: Placed;
  readonly side: Side;
}

export interface InstructionSite extends Site {
  readonly placed: Placed & { readonly record: InstructionRecord };
}

export const isInstructionSite = (site: Site | undefined): site is InstructionSite =>
  site?.placed.record.kind === "instruction";

/** Registers that change by themselves. */
const CLOCKS: ReadonlySet<string> = new Set(["tbl", "tbu", "dec", "tsr", "gin"]);
const XER_BITS: Readonly<Record<string, number>> = { so: 0x8000_0000, ov: 0x4000_0000, ca: 0x2000_0000 };
const ALL_BITS = 0xffff_ffff;

/** A register that an instruction reads, and the bits of it that matter. */
export interface ReadRegister {
  readonly register: string;
  readonly mask: number;
}

/** Registers by their names in records, flags last; clocks are not among them. */
export function registersRead({ word }: InstructionRecord): ReadRegister[] {
  if (!decode(word)) return [];
  const registers: ReadRegister[] = [];
  let flags = 0;
  for (const name of readWriteSets(word).reads) {
    if (XER_BITS[name] !== undefined) flags |= XER_BITS[name];
    else if (isRegisterName(name) && !CLOCKS.has(name)) registers.push({ register: name, mask: ALL_BITS });
  }
  return flags === 0 ? registers : [...registers, { register: "xer", mask: flags >>> 0 }];
}

/** The register that changes by itself among those that an instruction reads. */
export const clockRead = ({ word }: InstructionRecord): string | undefined =>
  [...readWriteSets(word).reads].find((name) => CLOCKS.has(name));

/** The instruction that gave a register the value that another one reads. */
export function registerWriter({ side, placed }: Site, register: string): Site | NoWriter {
  const writer = side.history.registerWriter(register, placed.sequence);
  return typeof writer === "string" ? writer : { side, placed: writer };
}

/** What that instruction wrote; undefined where it is not known. */
export function valueFrom({ side }: Site, register: string, writer: Site | NoWriter): FieldValue {
  if (typeof writer !== "string") return valueWritten(writer.placed.record, register);
  return writer === "start" ? side.initial.get(register) : undefined;
}

/** The instruction that wrote what another one loads; `others`: the other PPUs of its trace. */
export function memoryWriter(reader: Site, reached: Reached, others: readonly Side[]): Site | NoWriter {
  const { side, placed } = reader;
  const own = side.history.memoryWriter(reached, ({ sequence }) => sequence < placed.sequence);
  let last: Site | NoWriter = typeof own === "string" ? own : { side, placed: own };
  const { cycle } = placed.record;
  for (const other of others) {
    const found = other.history.memoryWriter(reached, ({ record }) => record.cycle <= cycle);
    if (typeof found === "string") continue;
    if (typeof last === "string" || found.record.cycle > last.placed.record.cycle)
      last = { side: other, placed: found };
  }
  return last;
}

/** The conversion whose results an access reads: one that it causes follows it, buffered ones are from before. */
export function conversionOf(
  { side, placed }: Site,
  { hemisphere, converts }: { readonly hemisphere: PpuName; readonly converts: boolean },
): Placed | undefined {
  const isWanted = ({ record }: Placed) => record.kind === "conversion" && record.hemisphere === hemisphere;
  if (!converts) return [...side.history.backwards(placed.sequence)].find(isWanted);
  for (const records of [side.history.behind(placed.sequence), side.coming()]) {
    for (const next of records) {
      if (next.sequence <= placed.sequence) continue;
      if (next.record.kind === "instruction") return undefined;
      if (isWanted(next)) return next;
    }
  }
  return undefined;
}

/** Where the first byte lies in which two loads differ; all of a load on the parallel port, whose memories have another order. */
export function firstDifferingByte(ppu: PpuName, access: Access, accesses: Both<Access>): Reached {
  const reached = reachedBy(ppu, access);
  if (access.port === "parallel") return reached;
  const [a, b] = accesses.map(bytesOf);
  const at = Math.max(
    0,
    a.findIndex((byte, i) => byte !== b[i]),
  );
  return { space: reached.space, offset: reached.offset + at, length: 1 };
}

function bytesOf({ value, bytes }: Access): Uint8Array {
  if (typeof value !== "number") return value;
  return Uint8Array.from({ length: bytes }, (_, i) => value >>> (8 * (bytes - 1 - i)));
}
