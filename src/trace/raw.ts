/** From raw records of the core to records of a trace. */
import { readWriteSets } from "../../isa/read-write.ts";
import { sprByNumber } from "../../isa/sprs.ts";
import { PORT } from "../core/observer.ts";
import {
  ATTACHMENT,
  ENTRY,
  HEADER_WORDS,
  type Slot,
  STALL,
  STALL_REGISTERS,
} from "../core/record/entries.ts";
import { layoutOf, slotWords } from "../core/record/layout.ts";
import { SPECIAL, XER_MASK } from "../core/state.ts";
import {
  type Access,
  type InstructionRecord,
  type PortName,
  PPUS,
  type PpuName,
  type RegisterWrite,
  type Stall,
  type StallCause,
  type TraceRecord,
} from "./model.ts";

const GPRS = 32;
const CR_FIELDS = 8;
const CR_STALLS = 32;
const XER = 1;
export const PORT_NAMES: readonly PortName[] = Object.entries(PORT)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => name as PortName);
/** In the order of their numbers. */
export const STALL_CAUSES = Object.keys(STALL) as readonly StallCause[];

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
const GPR_NAMES = numbered("r", GPRS);
const CR_NAMES = numbered("cr", CR_FIELDS);
const VECTOR_NAMES = numbered("v", GPRS);
/** Records share what is empty. */
const NO_WRITES: readonly RegisterWrite[] = [];
const NO_ACCESSES: readonly Access[] = [];
const NO_STALLS: readonly Stall[] = [];

/** Bytes of big-endian words, `words[at..at + count - 1]`. */
export function bytesOfWords(words: Int32Array, at: number, count: number): Uint8Array {
  const bytes = new Uint8Array(4 * count);
  for (let i = 0; i < count; i++) {
    const word = words[at + i];
    bytes[4 * i] = word >>> 24;
    bytes[4 * i + 1] = word >>> 16;
    bytes[4 * i + 2] = word >>> 8;
    bytes[4 * i + 3] = word;
  }
  return bytes;
}

/** What is needed to read the values of a word: slots, and the condition fields that it writes. */
interface Plan {
  readonly slots: readonly Slot[];
  readonly words: number;
  readonly fields: readonly number[];
  /** Of a generic branch, CTR is recorded whether it counts or not. */
  readonly writesCtr: boolean;
}

const plans = new Map<number, Plan>();

function planOf(word: number): Plan {
  let plan = plans.get(word);
  if (!plan) {
    const { writes } = readWriteSets(word);
    const fields = Array.from({ length: CR_FIELDS }, (_, n) => n).filter((n) => writes.has(`cr${n}`));
    plan = { ...layoutOf(word), fields, writesCtr: writes.has("ctr") };
    plans.set(word, plan);
  }
  return plan;
}

const narrow = (value: number, bytes: number): number =>
  bytes === 4 ? value >>> 0 : value & (2 ** (8 * bytes) - 1);

const ENABLED = 1;

interface Values {
  readonly writes: readonly RegisterWrite[];
  readonly accesses: readonly Access[];
}

const NO_VALUES: Values = { writes: NO_WRITES, accesses: NO_ACCESSES };

/**
 * Adds a general purpose register to those written so far, in the order of numbers. An update form whose base is also its
 * target writes the target twice; the register holds the last value.
 */
function putGpr(writes: RegisterWrite[], register: number, value: number): void {
  const write = { register: GPR_NAMES[register], value };
  let at = writes.length;
  while (at > 0 && GPR_NAMES.indexOf(writes[at - 1].register) > register) at--;
  if (at > 0 && writes[at - 1].register === write.register) writes[at - 1] = write;
  else if (at === writes.length) writes.push(write);
  else writes.splice(at, 0, write);
}

/** Reads the values of an instruction whose slots begin at `words[at]`. */
function readSlots(words: Int32Array, start: number, plan: Plan): Values {
  const { slots } = plan;
  if (slots.length === 0) return NO_VALUES;
  const writes: RegisterWrite[] = [];
  let accesses: Access[] | undefined;
  let vectorAccess: { port: PortName; address: number } | undefined;
  let at = start;
  for (let n = 0; n < slots.length; n++) {
    const slot = slots[n];
    switch (slot.kind) {
      case "load":
      case "store": {
        const address = words[at] >>> 0;
        const value = narrow(words[at + 1], slot.bytes);
        const access: Access = {
          port: "scalar",
          address,
          bytes: slot.bytes,
          write: slot.kind === "store",
          value,
        };
        if (accesses) accesses.push(access);
        else accesses = [access];
        at += 2;
        break;
      }
      case "loadMultiple":
      case "storeMultiple":
        accesses ??= [];
        for (let register = slot.first; register < GPRS; register++) {
          const index = register - slot.first;
          const value = words[at + 1 + index] >>> 0;
          const address = (words[at] + 4 * index) >>> 0;
          accesses.push({ port: "scalar", address, bytes: 4, write: slot.kind === "storeMultiple", value });
          if (slot.kind === "loadMultiple") putGpr(writes, register, value);
        }
        at += slotWords(slot);
        break;
      case "gpr":
        if (writes.length === 0) writes.push({ register: GPR_NAMES[slot.register], value: words[at] >>> 0 });
        else putGpr(writes, slot.register, words[at] >>> 0);
        at++;
        break;
      case "cr":
        for (const field of plan.fields) {
          writes.push({ register: CR_NAMES[field], value: (words[at] >>> (28 - 4 * field)) & 15 });
        }
        at++;
        break;
      case "ctr":
        if (plan.writesCtr) writes.push({ register: "ctr", value: words[at] >>> 0 });
        at++;
        break;
      case "xer":
      case "lr":
      case "msr":
        writes.push({ register: slot.kind, value: words[at] >>> 0 });
        at++;
        break;
      case "spr": {
        const name = sprByNumber(slot.number)?.name.toLowerCase();
        if (slot.number === XER) writes.push({ register: "xer", value: (words[at] & XER_MASK) >>> 0 });
        else if (name) writes.push({ register: name, value: words[at] >>> 0 });
        at++;
        break;
      }
      case "vectorLoad":
      case "parallelRead": {
        const port = slot.kind === "vectorLoad" ? "vector" : "parallel";
        vectorAccess = { port, address: words[at] >>> 0 };
        at++;
        break;
      }
      case "vectorStore":
      case "parallelWrite": {
        const value = bytesOfWords(words, at + 1, 32);
        const isPredicated = slot.kind === "parallelWrite" && slot.predicated;
        (accesses ??= []).push({
          ...{ port: slot.kind === "vectorStore" ? "vector" : "parallel", address: words[at] >>> 0 },
          ...{ bytes: 128, write: true, value },
          ...(isPredicated && { enables: bytesOfWords(words, at + 33, 32).map((byte) => byte & ENABLED) }),
        });
        at += slotWords(slot);
        break;
      }
      case "vector": {
        const value = bytesOfWords(words, at, 32);
        writes.push({ register: VECTOR_NAMES[slot.register], value });
        if (vectorAccess) (accesses ??= []).push({ ...vectorAccess, bytes: 128, write: false, value });
        at += 32;
        break;
      }
      case "accumulator":
        writes.push({ register: "acc", value: bytesOfWords(words, at, 64) });
        at += 64;
        break;
      case "conditions":
        writes.push({ register: "vcr", value: bytesOfWords(words, at, 32) });
        at += 32;
        break;
    }
  }
  return { writes, accesses: accesses ?? NO_ACCESSES };
}

function stallOf(first: number, cycles: number): Stall {
  const register = (first >>> 16) & 63;
  const cause = STALL_CAUSES[(first >>> 8) & 255];
  if (register === STALL_REGISTERS.none) return { cause, cycles };
  const name =
    register < CR_STALLS
      ? `r${register}`
      : register < CR_STALLS + CR_FIELDS
        ? `cr${register - CR_STALLS}`
        : register === STALL_REGISTERS.lr
          ? "lr"
          : "ctr";
  return { cause, cycles, register: name };
}

/** Names of the special registers in a state attachment, in its order. */
const STATE_SPECIALS = Object.entries(SPECIAL)
  .filter(([, index]) => index >= SPECIAL.cr && index <= SPECIAL.goe)
  .sort(([, a], [, b]) => a - b)
  .map(([name]) => name);

/** Registers by name from a state attachment at `words[start]`; those that are 0 are left out, `cr` is split into its fields. */
export function stateOf(words: Int32Array, start: number): Map<string, number | Uint8Array> {
  const state = new Map<string, number | Uint8Array>();
  let at = start + 2;
  const put = (name: string, value: number) => {
    if (value !== 0) state.set(name, value >>> 0);
  };
  const putBytes = (name: string, count: number) => {
    const bytes = bytesOfWords(words, at, count);
    if (bytes.some((byte) => byte !== 0)) state.set(name, bytes);
    at += count;
  };
  for (let n = 0; n < GPRS; n++) put(`r${n}`, words[at++]);
  for (const name of STATE_SPECIALS) {
    const value = words[at++];
    if (name !== "cr") put(name, value);
    else for (let n = 0; n < CR_FIELDS; n++) put(`cr${n}`, (value >>> (28 - 4 * n)) & 15);
  }
  for (let n = 0; n < GPRS; n++) putBytes(`v${n}`, 32);
  putBytes("acc", 64);
  putBytes("vcr", 32);
  return state;
}

const attachmentNames = Object.keys(ATTACHMENT) as (keyof typeof ATTACHMENT)[];

/** Turns the raw records of one PPU into records, in pieces of whole instructions with their attachments. */
export class RawDecoder {
  readonly #ppu: PpuName;
  /** Nothing has been decoded yet. */
  #isFirst = true;

  constructor(ppu: PpuName) {
    this.#ppu = ppu;
  }

  /** Registers at the begin of recording. */
  initialState: ReadonlyMap<string, number | Uint8Array> = new Map();

  /** Appends the records of a piece as a `RecordSink` gets it; `base` is in cycles of the chip. */
  decode(words: Int32Array, from: number, end: number, base: number, into: TraceRecord[]): void {
    const ppu = this.#ppu;
    for (let at = from; at < end; ) {
      const first = words[at];
      if ((first & 3) === ENTRY.attachment) {
        at = this.#attachment(words, at, base, into);
        continue;
      }
      const word = words[at + 1];
      const cycle = base + words[at + 2];
      const pc = (first & ~3) >>> 0;
      const isAborted = (first & 3) === ENTRY.aborted;
      let next = at + HEADER_WORDS;
      let values = NO_VALUES;
      if (!isAborted) {
        const plan = planOf(word);
        values = readSlots(words, next, plan);
        next += plan.words;
      }
      let stalls = NO_STALLS;
      if (next < end && isStall(words[next])) {
        const list: Stall[] = [];
        for (; next < end && isStall(words[next]); next += ATTACHMENT.stall.words) {
          list.push(stallOf(words[next], words[next + 1]));
        }
        stalls = list;
      }
      const { writes, accesses } = values;
      const record: InstructionRecord = {
        kind: "instruction",
        ppu,
        cycle,
        pc,
        word,
        writes,
        accesses,
        stalls,
      };
      into.push(isAborted ? { ...record, aborted: true } : record);
      at = next;
    }
  }

  #attachment(words: Int32Array, at: number, base: number, into: TraceRecord[]): number {
    const ppu = this.#ppu;
    const type = (words[at] >>> 2) & 63;
    const name = attachmentNames.find((candidate) => ATTACHMENT[candidate].type === type);
    if (name === undefined) throw new RangeError(`raw record of unknown type ${type} at word ${at}`);
    const cycle = base + words[at + 1];
    const hemisphere = PPUS[(words[at] >>> 8) & 1];
    switch (name) {
      case "exception":
        into.push({ kind: name, ppu, cycle, vector: words[at + 2], returnAddress: words[at + 3] >>> 0 });
        break;
      case "event": {
        const packed = words[at + 2];
        const [buses, row, address] = [packed & 15, (packed >>> 8) & 31, (packed >>> 16) & 63];
        into.push({ kind: name, ppu, cycle, hemisphere, buses, row, address });
        break;
      }
      case "conversion":
        into.push({ kind: name, ppu, cycle, hemisphere, causal: bytesOfWords(words, at + 2, 64) });
        break;
      case "reset":
        into.push({ kind: name, ppu, cycle });
        break;
      case "state":
        if (this.#isFirst) this.initialState = stateOf(words, at);
        else
          into.push({ kind: "gap", ppu, cycle, instructions: 0, reason: "host", state: stateOf(words, at) });
        break;
    }
    this.#isFirst = false;
    return at + ATTACHMENT[name].words;
  }
}

const isStall = (first: number): boolean =>
  (first & 3) === ENTRY.attachment && ((first >>> 2) & 63) === ATTACHMENT.stall.type;
