/** The recent past of one PPU, searched for who wrote a register or a byte. In bounded memory. */
import { byPort, overlaps, type Reached } from "../../debug/accesses.ts";
import type { Access, PpuName, TraceRecord } from "../model.ts";
import { PORT_NAMES } from "../raw.ts";
import type { RegisterValue } from "../state.ts";
import type { Placed } from "./types.ts";

/** What an access reaches, in terms that are the same for both PPUs. */
export const reachedBy = (ppu: PpuName, { port, address, bytes }: Access): Reached =>
  byPort(ppu, PORT_NAMES.indexOf(port) as Parameters<typeof byPort>[1], address, bytes);

/** Bytes whose last writers are remembered beyond the window, at most. */
const MOST_BYTES = 1 << 20;

/** Why no writer was found: written before the trace, before the window, or maybe by what is missing in the trace. */
export type NoWriter = "start" | "window" | "gap";

export type Writer = Placed | NoWriter;

/** The value that a record gives a register; undefined where it does not write it. Exceptions save the pc. */
export function valueWritten(record: TraceRecord, register: string): RegisterValue | undefined {
  if (record.kind === "exception") return register === "srr0" ? record.returnAddress : undefined;
  if (record.kind !== "instruction") return undefined;
  for (const write of record.writes) if (write.register === register) return write.value;
  return undefined;
}

export class History {
  readonly #ppu: PpuName;
  readonly #capacity: number;
  readonly #ring: Placed[] = [];
  /** Records pushed so far. */
  #count = 0;
  /** Last writers among the records that have left the window, by register and by byte of a space. */
  readonly #registers = new Map<string, Placed>();
  #bytes = new Map<string, Map<number, Placed>>();
  #byteCount = 0;
  /** What lies before the window. */
  #before: NoWriter = "start";

  /** `capacity`: records in the window. */
  constructor(ppu: PpuName, capacity: number) {
    this.#ppu = ppu;
    this.#capacity = capacity;
  }

  push(placed: Placed): void {
    const at = this.#count % this.#capacity;
    if (this.#count >= this.#capacity) this.#retire(this.#ring[at]);
    this.#ring[at] = placed;
    this.#count++;
  }

  /** Records from the newest to the oldest of the window, those with a lower sequence than `before` only. */
  *backwards(before = Number.POSITIVE_INFINITY): Generator<Placed> {
    const oldest = Math.max(0, this.#count - this.#capacity);
    for (let index = this.#count - 1; index >= oldest; index--) {
      const placed = this.#ring[index % this.#capacity];
      if (placed.sequence < before) yield placed;
    }
  }

  /** Records behind one of the window, in order. */
  *behind(sequence: number): Generator<Placed> {
    const oldest = Math.max(0, this.#count - this.#capacity);
    for (let index = oldest; index < this.#count; index++) {
      const placed = this.#ring[index % this.#capacity];
      if (placed.sequence > sequence) yield placed;
    }
  }

  /** Keeps what a record that leaves the window has written. */
  #retire(placed: Placed): void {
    const { record } = placed;
    if (record.kind === "gap" && record.instructions !== 0) this.#forget("gap");
    else if (record.kind === "reset") this.#registers.clear();
    else if (record.kind === "exception") this.#registers.set("srr0", placed);
    if (record.kind !== "instruction") return;
    for (const { register } of record.writes) this.#registers.set(register, placed);
    for (const access of record.accesses) if (access.write) this.#keepBytes(access, placed);
  }

  #keepBytes(access: Access, placed: Placed): void {
    const { space, offset, length } = reachedBy(this.#ppu, access);
    let bytes = this.#bytes.get(space);
    if (!bytes) {
      bytes = new Map();
      this.#bytes.set(space, bytes);
    }
    const before = bytes.size;
    for (let at = offset; at < offset + length; at++) bytes.set(at, placed);
    this.#byteCount += bytes.size - before;
    if (this.#byteCount > MOST_BYTES) {
      this.#bytes = new Map();
      this.#byteCount = 0;
      if (this.#before === "start") this.#before = "window";
    }
  }

  #forget(reason: NoWriter): void {
    this.#registers.clear();
    this.#bytes = new Map();
    this.#byteCount = 0;
    this.#before = reason;
  }

  /** Who wrote a register last before the record of that sequence. */
  registerWriter(register: string, before: number): Writer {
    for (const placed of this.backwards(before)) {
      const { record } = placed;
      if (record.kind === "reset") return "start";
      if (record.kind === "gap" && record.instructions !== 0) return "gap";
      if (valueWritten(record, register) !== undefined) return placed;
    }
    return this.#registers.get(register) ?? (this.#before === "window" ? "start" : this.#before);
  }

  /** Who wrote any of the bytes last, among the records that lie before what asks. */
  memoryWriter(reached: Reached, isBefore: (placed: Placed) => boolean): Writer {
    for (const placed of this.backwards()) {
      if (!isBefore(placed)) continue;
      const { record } = placed;
      if (record.kind === "gap" && record.instructions !== 0) return "gap";
      if (record.kind !== "instruction") continue;
      for (const access of record.accesses) {
        if (access.write && overlaps(reachedBy(this.#ppu, access), reached)) return placed;
      }
    }
    const bytes = this.#bytes.get(reached.space);
    for (let at = reached.offset; bytes && at < reached.offset + reached.length; at++) {
      const placed = bytes.get(at);
      if (placed && isBefore(placed)) return placed;
    }
    return this.#before;
  }
}
