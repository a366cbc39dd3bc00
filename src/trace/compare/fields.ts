/** Which fields of two records differ, as far as a comparison looks at them. */
import type { Access, InstructionRecord, PpuName, RegisterWrite, Stall, TraceRecord } from "../model.ts";
import type { Correspondence } from "./correspondence.ts";
import type { FieldDifference, FieldValue } from "./types.ts";
import { WordMap } from "./words.ts";

/** What both traces have and the comparison does not ignore. */
export interface ComparedFields {
  readonly cycles: boolean;
  readonly words: boolean;
  readonly writes: boolean;
  readonly accesses: boolean;
  readonly stalls: boolean;
  /** Values of vector registers, accumulators and vector accesses. */
  readonly vectors: boolean;
  /** Addresses are compared by what they are called. */
  readonly correspondence?: Correspondence;
}

const NONE: readonly FieldDifference[] = [];
const VECTOR_REGISTER = /^(v\d+|acc|vcr)$/;
const WORD_BYTES = 4;
const STALL_FIELDS = ["cause", "cycles", "register"] as const;

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether two values are equal; as addresses too where these are compared by name. */
export function sameValue(a: FieldValue, b: FieldValue, correspondence: Correspondence | undefined): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  return (
    correspondence !== undefined &&
    typeof a === "number" &&
    typeof b === "number" &&
    correspondence.isSameValue(a, b)
  );
}

/** Collects differences; costs nothing while there are none. */
class Found {
  list: FieldDifference[] | undefined;

  add(field: string, a: FieldValue, b: FieldValue): void {
    this.list ??= [];
    this.list.push({ field, values: [a, b] });
  }

  plain(field: string, a: FieldValue, b: FieldValue): void {
    if (a !== b && !sameValue(a, b, undefined)) this.add(field, a, b);
  }
}

/**
 * Fields of two records of a kind that differ, none where they are equal. Records of different kinds differ in `kind`
 * only. `a` and `b` may be records of different PPUs: hemispheres are then compared as own and other.
 */
export function fieldDifferences(
  a: TraceRecord,
  b: TraceRecord,
  compared: ComparedFields,
): readonly FieldDifference[] {
  const found = new Found();
  if (a.kind !== b.kind) {
    found.add("kind", a.kind, b.kind);
    return found.list ?? NONE;
  }
  if (a.kind === "instruction") compareInstructions(a, b as InstructionRecord, compared, found);
  if (compared.cycles) found.plain("cycle", a.cycle, b.cycle);
  if (a.kind === "exception" && b.kind === "exception") {
    found.plain("vector", a.vector, b.vector);
    const { correspondence } = compared;
    const isSame = correspondence ? correspondence.isSameCode(a.returnAddress, b.returnAddress) : false;
    if (!isSame) found.plain("return address", a.returnAddress, b.returnAddress);
  } else if (a.kind === "event" && b.kind === "event") {
    compareHemispheres(a, b, found);
    found.plain("buses", a.buses, b.buses);
    found.plain("row", a.row, b.row);
    found.plain("address", a.address, b.address);
  } else if (a.kind === "conversion" && b.kind === "conversion") {
    compareHemispheres(a, b, found);
    found.plain("causal", a.causal, b.causal);
  }
  return found.list ?? NONE;
}

interface OfHemisphere {
  readonly ppu: PpuName;
  readonly hemisphere: PpuName;
}

function compareHemispheres(a: OfHemisphere, b: OfHemisphere, found: Found): void {
  const isSame =
    a.ppu === b.ppu ? a.hemisphere === b.hemisphere : (a.ppu === a.hemisphere) === (b.ppu === b.hemisphere);
  if (!isSame) found.add("hemisphere", a.hemisphere, b.hemisphere);
}

function compareInstructions(
  a: InstructionRecord,
  b: InstructionRecord,
  compared: ComparedFields,
  found: Found,
): void {
  const { correspondence } = compared;
  if (correspondence ? !correspondence.isSameCode(a.pc, b.pc) : a.pc !== b.pc) found.add("pc", a.pc, b.pc);
  let isAddressHalf = false;
  if (compared.words && (a.word !== b.word || correspondence)) {
    const isSame = correspondence !== undefined && isSameInstruction(a, b, correspondence);
    if (!isSame) found.add("word", a.word >>> 0, b.word >>> 0);
    // The value of a high half is no address yet; its word was compared by the whole address.
    isAddressHalf = isSame && a.word !== b.word && WordMap.isHighHalf(a.word);
  }
  const tellsAbort = compared.writes || compared.accesses;
  if (tellsAbort && !a.aborted !== !b.aborted)
    found.add("aborted", String(a.aborted ?? false), String(b.aborted ?? false));
  if (compared.writes && !isAddressHalf) compareWrites(a.writes, b.writes, compared, found);
  if (compared.accesses) compareAccesses(a.accesses, b.accesses, compared, found);
  if (compared.stalls) compareStalls(a.stalls, b.stalls, found);
}

/** The same instruction by its words, or one whose operands were addresses as its effects show. */
function isSameInstruction(a: InstructionRecord, b: InstructionRecord, names: Correspondence): boolean {
  return names.isSameWord(a.pc, a.word, b.pc, b.word) || (a.word !== b.word && hasMovedEffects(a, b, names));
}

/**
 * Words that differ in 16 immediate bits, where every access goes to the same place and every register gets the
 * same value by name, and at least one of them a moved address: base registers of small data areas.
 */
function hasMovedEffects(a: InstructionRecord, b: InstructionRecord, names: Correspondence): boolean {
  if (
    (a.word ^ b.word) >>> 16 !== 0 ||
    a.accesses.length !== b.accesses.length ||
    a.writes.length !== b.writes.length
  ) {
    return false;
  }
  const places = a.accesses.map((access, i) => [access.address, b.accesses[i].address] as const);
  const values = a.writes.map(({ value }, i) => [value, b.writes[i].value] as const);
  return (
    [...places, ...values].some(([x, y]) => typeof x === "number" && x !== y) &&
    places.every(([x, y]) => names.isSamePlace(x, y)) &&
    values.every(([x, y]) => sameValue(x, y, names))
  );
}

function compareWrites(
  a: readonly RegisterWrite[],
  b: readonly RegisterWrite[],
  compared: ComparedFields,
  found: Found,
): void {
  const { vectors, correspondence } = compared;
  const isPaired = a.length === b.length && a.every(({ register }, i) => register === b[i].register);
  if (isPaired) {
    for (let i = 0; i < a.length; i++) {
      const { register, value } = a[i];
      if (value === b[i].value || sameValue(value, b[i].value, correspondence)) continue;
      if (vectors || !VECTOR_REGISTER.test(register)) found.add(register, value, b[i].value);
    }
    return;
  }
  const names = new Set([...a, ...b].map(({ register }) => register));
  for (const register of names) {
    if (!vectors && VECTOR_REGISTER.test(register)) continue;
    const [x, y] = [a, b].map((writes) => writes.find((write) => write.register === register)?.value);
    if (!sameValue(x, y, correspondence)) found.add(register, x, y);
  }
}

function compareAccesses(
  a: readonly Access[],
  b: readonly Access[],
  compared: ComparedFields,
  found: Found,
): void {
  const { correspondence } = compared;
  if (a.length !== b.length) found.add("accesses", a.length, b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    const add = (name: string, p: FieldValue, q: FieldValue) => found.add(`access ${i} ${name}`, p, q);
    if (x.port !== y.port) add("port", x.port, y.port);
    if (!isSameAddress(x, y, correspondence)) add("address", x.address, y.address);
    if (x.bytes !== y.bytes) add("bytes", x.bytes, y.bytes);
    if (x.write !== y.write) add("direction", direction(x), direction(y));
    const isVector = x.value instanceof Uint8Array || y.value instanceof Uint8Array;
    if (isVector && !compared.vectors) continue;
    const mayBeAddress = x.bytes === WORD_BYTES && y.bytes === WORD_BYTES;
    if (!sameValue(x.value, y.value, mayBeAddress ? correspondence : undefined))
      add("value", x.value, y.value);
    if (!sameValue(x.enables, y.enables, undefined)) add("enables", x.enables, y.enables);
  }
}

function isSameAddress(a: Access, b: Access, correspondence: Correspondence | undefined): boolean {
  if (!correspondence || a.port === "parallel") return a.address === b.address;
  return correspondence.isSamePlace(a.address, b.address);
}

const direction = ({ write }: Access): string => (write ? "write" : "read");

function compareStalls(a: readonly Stall[], b: readonly Stall[], found: Found): void {
  if (a.length !== b.length) found.add("stalls", a.length, b.length);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    for (const name of STALL_FIELDS)
      if (a[i][name] !== b[i][name]) found.add(`stall ${i} ${name}`, a[i][name], b[i][name]);
  }
}
