/** What GDB learns about the target: registers with their numbers and types, memory map, threads. */
import { dataAddress as dataAddressOfCode } from "../memory.ts";
import type { DebugSession } from "../session.ts";
import {
  type MemoryRegion,
  type PpuName,
  type RegisterDescription,
  SessionError,
  type ThreadInfo,
} from "../types.ts";

/** A register as GDB sees it; its number is its place in the list. */
export interface TargetRegister {
  readonly name: string;
  readonly feature: string;
  readonly bits: number;
  /** Of GDB's predefined types, or one of `VECTOR_TYPES`. */
  readonly type: string;
  /** `info registers` leaves out those of group "vector". */
  readonly group?: "vector";
  /** Registers of the session that make it up, in order; none: it reads 0. */
  readonly parts: readonly string[];
}

const CORE = "org.gnu.gdb.power.core";
const SPECIAL = "org.ppu-emu.special";
/** GDB finds variables that live in vector registers by the names of this feature; the size is ours. */
const VECTOR = "org.gnu.gdb.power.altivec";
const ACCUMULATOR = "org.ppu-emu.fxv";
/** Registers that this feature must have and the PPU has not: they read 0. */
const MISSING = ["vscr", "vrsave"];
/** Names and order that GDB demands behind r0..r31. */
const CORE_SPECIAL = ["pc", "msr", "cr", "lr", "ctr", "xer"];
const CODE_ADDRESSES = new Set(["pc", "lr", "srr0", "csrr0", "mcsrr0"]);

/** Types of the features; lane 0 first, as the registers lie in memory. */
const LANE_TYPES = `
<vector id="int8x128" type="int8" count="128"/>
<vector id="uint8x128" type="uint8" count="128"/>
<vector id="int16x64" type="int16" count="64"/>
<vector id="uint16x64" type="uint16" count="64"/>
<union id="lanes">
<field name="b" type="int8x128"/><field name="ub" type="uint8x128"/>
<field name="h" type="int16x64"/><field name="uh" type="uint16x64"/>
</union>
`;
const ACCUMULATOR_TYPES = `
<vector id="uint8x128" type="uint8" count="128"/>
<vector id="int16x128" type="int16" count="128"/>
<vector id="int32x64" type="int32" count="64"/>
<union id="accumulators"><field name="w" type="int32x64"/><field name="h" type="int16x128"/></union>
`;

const masksType = (parts: readonly string[]): string => {
  const field = (part: string) => `<field name="${part.slice(part.indexOf(".") + 1)}" type="uint8x128"/>`;
  return `<struct id="masks">${parts.map(field).join("")}</struct>`;
};

const scalarType = (name: string): string => (CODE_ADDRESSES.has(name) ? "code_ptr" : "uint32");

/** The session's registers in GDB's order: r0..r31, pc, msr, cr, lr, ctr, xer, special, vector, acc, vcr. */
export function targetRegisters(descriptions: readonly RegisterDescription[]): readonly TargetRegister[] {
  const ofGroup = (wanted: RegisterDescription["group"]) =>
    descriptions.filter(({ group }) => group === wanted).map(({ name }) => name);
  const scalar = (feature: string, name: string, parts = [name]): TargetRegister => ({
    name,
    feature,
    bits: 32,
    type: scalarType(name),
    parts,
  });
  const core = [...Array.from({ length: 32 }, (_, n) => `r${n}`), ...CORE_SPECIAL];
  const masks = ofGroup("vectorCondition");
  return [
    ...core.map((name) => scalar(CORE, name)),
    ...ofGroup("special")
      .filter((name) => !core.includes(name))
      .map((name) => scalar(SPECIAL, name)),
    ...ofGroup("vector").map(
      (name): TargetRegister => ({
        name: name.replace("v", "vr"),
        feature: VECTOR,
        bits: 1024,
        type: "lanes",
        group: "vector",
        parts: [name],
      }),
    ),
    ...MISSING.map((name): TargetRegister => ({ ...scalar(VECTOR, name, []), group: "vector" })),
    { name: "acc", feature: ACCUMULATOR, bits: 2048, type: "accumulators", group: "vector", parts: ["acc"] },
    {
      name: "vcr",
      feature: ACCUMULATOR,
      bits: 1024 * masks.length,
      type: "masks",
      group: "vector",
      parts: masks,
    },
  ];
}

const typesOf = (feature: string, registers: readonly TargetRegister[]): string => {
  if (feature === VECTOR) return LANE_TYPES;
  if (feature !== ACCUMULATOR) return "";
  return (
    ACCUMULATOR_TYPES + registers.filter(({ type }) => type === "masks").map(({ parts }) => masksType(parts))
  );
};

function featureXml(name: string, registers: readonly TargetRegister[]): string {
  const lines = registers.flatMap((register, number) => {
    if (register.feature !== name) return [];
    const group = register.group ? ` group="${register.group}"` : "";
    return [
      `<reg name="${register.name}" bitsize="${register.bits}" type="${register.type}" regnum="${number}"${group}/>`,
    ];
  });
  return `<feature name="${name}">${typesOf(name, registers)}${lines.join("\n")}</feature>`;
}

/** target.xml (GDB manual, appendix G). */
export function targetXml(registers: readonly TargetRegister[]): string {
  const features = [CORE, SPECIAL, VECTOR, ACCUMULATOR].map((name) => featureXml(name, registers));
  return `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0"><architecture>powerpc:common</architecture>
${features.join("\n")}
</target>`;
}

/** Bytes of a register, big endian, lane 0 first. */
export function readTargetRegister(
  session: DebugSession,
  ppu: PpuName,
  register: TargetRegister,
): Uint8Array {
  if (register.parts.length === 0) return new Uint8Array(register.bits / 8);
  return Buffer.concat(register.parts.map((part) => bytesOf(session.readRegister(ppu, part))));
}

function bytesOf(value: number | Uint8Array | Int32Array): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const words = typeof value === "number" ? [value] : value;
  const view = new DataView(new ArrayBuffer(4 * words.length));
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]);
  return new Uint8Array(view.buffer);
}

/** Throws SessionError where the register is read-only. `bytes` has the register's length. */
export function writeTargetRegister(
  session: DebugSession,
  ppu: PpuName,
  register: TargetRegister,
  bytes: Uint8Array,
): void {
  if (register.parts.length === 0) throw new SessionError(`the PPU has no ${register.name}`);
  const size = bytes.length / register.parts.length;
  register.parts.forEach((part, index) => {
    const piece = bytes.subarray(index * size, (index + 1) * size);
    const words = new DataView(piece.buffer, piece.byteOffset, piece.length);
    if (register.bits === 32) session.writeRegister(ppu, part, words.getUint32(0));
    else if (register.type === "accumulators") {
      session.writeRegister(
        ppu,
        part,
        Int32Array.from({ length: size / 4 }, (_, lane) => words.getInt32(4 * lane)),
      );
    } else session.writeRegister(ppu, part, Uint8Array.from(piece));
  });
}

/**
 * Data address of what GDB calls `address`. GDB has one address space; code in external memory runs at other addresses
 * than those of its data. They hide the omnibus words below them, among which there is one register (the chip's time).
 */
export const dataAddress = (address: number): number => dataAddressOfCode(address) ?? address;

/** memory-map.xml. */
export function memoryMapXml(regions: readonly MemoryRegion[]): string {
  const lines = regions.map(
    ({ base, size }) => `<memory type="ram" start="0x${base.toString(16)}" length="0x${size.toString(16)}"/>`,
  );
  return `<?xml version="1.0"?><!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" "http://sourceware.org/gdb/gdb-memory-map.dtd">
<memory-map>${lines.join("\n")}</memory-map>`;
}

/** What `info threads` shows behind the name. */
export const threadText = ({ state }: ThreadInfo): string => (state === "held" ? "held in reset" : state);

/** threads.xml. */
export function threadsXml(threads: readonly ThreadInfo[]): string {
  const lines = threads.map(
    (thread) => `<thread id="${thread.id}" name="${thread.ppu}">${threadText(thread)}</thread>`,
  );
  return `<?xml version="1.0"?><threads>${lines.join("")}</threads>`;
}
