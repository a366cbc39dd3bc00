/** Reading the golden records (test/golden/README.md) and running them on a PPU. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Bus } from "../../src/core/bus.ts";
import { Ppu } from "../../src/core/ppu.ts";
import { parseTimingProfile } from "../../src/core/timing-profile.ts";

const GOLDEN = new URL("../golden/", import.meta.url);
/** What the RTL test bench holds where nothing was loaded: `wait`. */
export const FILLER = 0x7c00007c;
const WINDOW = 0x40000;
const VECTOR_BYTES = 128;

export interface ScalarRecord {
  readonly i: string;
  readonly w: string;
  readonly pc: string;
  readonly gpr: readonly string[];
  readonly cr: string;
  readonly xer: string;
  readonly lr: string;
  readonly ctr: string;
  readonly msr: string;
  readonly srr0?: string;
  readonly srr1?: string;
  readonly mem?: { readonly addr: string; readonly words: readonly string[] };
  readonly out: {
    readonly npc: string;
    readonly gpr?: Readonly<Record<string, string>>;
    readonly mem?: Readonly<Record<string, string>>;
  } & Readonly<Partial<Record<StateName, string>>>;
}

export type StateName = "cr" | "xer" | "lr" | "ctr" | "msr" | "srr0" | "srr1" | "gout";
export const STATE_NAMES: readonly StateName[] = ["cr", "xer", "lr", "ctr", "msr", "srr0", "srr1", "gout"];

export interface ProgramState {
  readonly gpr: readonly string[];
  readonly mem_changed: Readonly<Record<string, string>>;
  readonly v?: Readonly<Record<string, string>>;
  readonly acc?: string | readonly string[];
  readonly vcr?: { readonly eq: string; readonly gt: string; readonly lt: string };
  readonly pio_changed?: Readonly<Record<string, string>>;
}

export interface ProgramRun {
  readonly branch_cache_entries: number;
  readonly latency: { readonly data: number; readonly vector_mem: number; readonly pio: number };
  readonly retired: readonly (readonly [number, string])[];
  readonly retired_count: number;
  readonly sleep_cycle?: number;
  readonly pio_requests?: readonly (readonly [number, string, string])[];
  readonly events?: readonly (readonly [number, string, number])[];
  readonly end?: ProgramState & Record<string, string>;
}

export interface Program {
  readonly name: string;
  readonly image: readonly string[];
  readonly pio?: Readonly<Record<string, string>>;
  readonly fixed_cycles?: number;
  readonly runs: readonly ProgramRun[];
  readonly end: ProgramState & Record<string, string>;
}

export const fromHex = (text: string): number => Number.parseInt(text, 16);
export const toHex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

export function readScalarRecords(): ScalarRecord[] {
  const text = gunzipSync(readFileSync(new URL("scalar.jsonl.gz", GOLDEN))).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export function readProgram(name: string): Program {
  return JSON.parse(readFileSync(new URL(`programs/${name}.json`, GOLDEN), "utf8"));
}

/** Memory that repeats every 256 KiB behind the SRAM, and a parallel bus of vectors by address. */
export class GoldenBus implements Bus {
  readonly memory = new DataView(new ArrayBuffer(WINDOW));
  readonly vectors = new Map<number, Uint8Array>();
  readonly requests: [number, "r" | "w", number][] = [];

  fill(word: number): void {
    for (let at = 0; at < WINDOW; at += 4) this.memory.setInt32(at, word);
  }

  load(address: number, bytes: 1 | 2 | 4): number {
    const at = address % WINDOW;
    if (bytes === 1) return this.memory.getUint8(at);
    return bytes === 2 ? this.memory.getUint16(at) : this.memory.getInt32(at);
  }

  store(address: number, bytes: 1 | 2 | 4, value: number): void {
    const at = address % WINDOW;
    if (bytes === 1) this.memory.setUint8(at, value);
    else if (bytes === 2) this.memory.setUint16(at, value);
    else this.memory.setInt32(at, value);
  }

  fetch(address: number): number {
    return this.memory.getInt32(address % WINDOW);
  }

  loadVector(address: number, words: Int32Array, at: number): void {
    for (let i = 0; i < 32; i++) words[at + i] = this.memory.getInt32((address + 4 * i) % WINDOW);
  }

  storeVector(address: number, words: Int32Array, at: number): void {
    for (let i = 0; i < 32; i++) this.memory.setInt32((address + 4 * i) % WINDOW, words[at + i]);
  }

  vector(address: number): Uint8Array {
    let vector = this.vectors.get(address);
    if (!vector) {
      vector = new Uint8Array(VECTOR_BYTES);
      this.vectors.set(address, vector);
    }
    return vector;
  }

  readParallel(address: number, lanes: Uint8Array, cycle: number): void {
    lanes.set(this.vector(address));
    this.requests.push([cycle, "r", address]);
  }

  writeParallel(address: number, lanes: Uint8Array, enables: Uint8Array, cycle: number): void {
    const vector = this.vector(address);
    for (let lane = 0; lane < VECTOR_BYTES; lane++) if (enables[lane]) vector[lane] = lanes[lane];
    this.requests.push([cycle, "w", address]);
  }

  dataLatency(): number {
    return 1;
  }

  vectorLatency(): number {
    return 1;
  }

  parallelLatency(): number {
    return 1;
  }
}

/** A PPU in the configuration of a run, with the program loaded. */
export function loadProgram(program: Program, run: ProgramRun): { ppu: Ppu; bus: GoldenBus } {
  const bus = new GoldenBus();
  for (const [address, lanes] of Object.entries(program.pio ?? {})) {
    bus.vector(fromHex(address)).set(Buffer.from(lanes, "hex"));
  }
  const { data, vector_mem, pio } = run.latency;
  const timing = parseTimingProfile(
    `rtl,branch-cache=${run.branch_cache_entries},data=${data},vector=${vector_mem},pio=${pio}`,
  );
  const ppu = new Ppu({ name: "golden", bus, timing });
  program.image.forEach((word, index) => {
    if (4 * index < 0x4000) ppu.writeSramWord(4 * index, fromHex(word));
    bus.memory.setInt32(4 * index, fromHex(word));
  });
  return { ppu, bus };
}

/** Runs to the end or for the fixed number of cycles, input events included. */
export function runProgram(program: Program, run: ProgramRun, ppu: Ppu): void {
  for (const [cycle, input, value] of run.events ?? []) {
    ppu.run(cycle);
    if (input !== "doorbell") throw new Error(`golden program ${program.name}: unknown input ${input}`);
    if (value !== 0) ppu.ringDoorbell(cycle);
  }
  ppu.run(program.fixed_cycles ?? 10_000_000);
}
