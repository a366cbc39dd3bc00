/** A line of text as a record. */
import type {
  Access,
  GapRecord,
  InstructionRecord,
  PortName,
  PpuName,
  RegisterWrite,
  Stall,
  StallCause,
  TraceRecord,
} from "../model.ts";
import { STALL_CAUSES } from "../raw.ts";
import { isRegisterName } from "../state.ts";
import { assembleText } from "./assembly.ts";
import {
  ACCUMULATOR_BYTES,
  LANE_BYTES,
  readBytes,
  readConditionField,
  readConditions,
  readCount,
  readMask,
  readPlace,
  readWord,
  TextSyntaxError,
} from "./values.ts";

/** Addresses of a PPU's symbols. */
export type AddressOf = (name: string) => number | undefined;

const VECTOR_REGISTER = /^v\d+$/;
const GAP_REASONS: ReadonlySet<string> = new Set<GapRecord["reason"]>([
  ...(["filter", "trigger", "ring", "damage", "host"] as const),
]);

const numberOrPlace = (text: string, addressOf: AddressOf): number =>
  /^[0-9]/.test(text) ? readWord(text) : readPlace(text, addressOf);

/** Value of a register by its name. */
function readRegisterValue(register: string, text: string, addressOf: AddressOf): number | Uint8Array {
  if (VECTOR_REGISTER.test(register)) return readBytes(text, LANE_BYTES);
  if (register === "acc") return readBytes(text, ACCUMULATOR_BYTES);
  if (register === "vcr") return readConditions(text);
  return /^cr\d$/.test(register) ? readConditionField(text) : numberOrPlace(text, addressOf);
}

/** Registers of a state, which has whole ones that no instruction writes. */
const isStateName = (name: string): boolean => isRegisterName(name) || name === "pc" || name === "cr";

function readWrite(token: string, addressOf: AddressOf, isName = isRegisterName): RegisterWrite {
  const at = Math.max(token.indexOf("="), 0);
  const register = token.slice(0, at);
  if (!isName(register)) throw new TextSyntaxError(`there is no register "${register}"`);
  return { register, value: readRegisterValue(register, token.slice(at + 1), addressOf) };
}

const ACCESS = /^(vector|parallel)?\[([^[\]]+)\](->|<-)([^&]+)(?:&([0-9a-f*]+))?$/;
const SCALAR_DIGITS: Readonly<Record<number, 1 | 2 | 4>> = { 2: 1, 4: 2, 8: 4 };

function readAccess(token: string, writes: readonly RegisterWrite[], addressOf: AddressOf): Access {
  const match = ACCESS.exec(token);
  if (!match) throw new TextSyntaxError(`"${token.slice(0, 60)}" is not an access like [0x100]->0x05`);
  const [, port = "scalar", place, arrow, text, mask] = match;
  const head = { port: port as PortName, address: numberOrPlace(place, addressOf) };
  const write = arrow === "<-";
  if (port === "scalar") {
    const isNumber = /^[0-9]/.test(text);
    const bytes = isNumber ? SCALAR_DIGITS[text.length - 2] : 4;
    if (!bytes || mask !== undefined) throw new TextSyntaxError(`"${token}" has no value of 1, 2 or 4 bytes`);
    return { ...head, bytes, write, value: numberOrPlace(text, addressOf) };
  }
  const written = VECTOR_REGISTER.test(text) ? writes.find(({ register }) => register === text) : undefined;
  const value = written && typeof written.value !== "number" ? written.value : readBytes(text, LANE_BYTES);
  const enables = mask === undefined ? undefined : readMask(mask);
  return { ...head, bytes: LANE_BYTES, write, value, ...(enables && { enables }) };
}

/** Tokens behind ` ; ` of an instruction. */
function readEffects(
  text: string,
  addressOf: AddressOf,
): Pick<InstructionRecord, "writes" | "accesses" | "stalls" | "aborted"> {
  const tokens = text.split(" ").filter((token) => token !== "");
  const writes: RegisterWrite[] = [];
  const accesses: Access[] = [];
  const stalls: Stall[] = [];
  let aborted = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === "aborted") aborted = true;
    else if (/^\+\d+$/.test(token)) {
      const cause = tokens[++at];
      if (!STALL_CAUSES.some((known) => known === cause))
        throw new TextSyntaxError(`"${token} ${cause ?? ""}" is not a stall`);
      const register = isRegisterName(tokens[at + 1] ?? "") ? tokens[++at] : undefined;
      const stall = { cause: cause as StallCause, cycles: readCount(token.slice(1)) };
      stalls.push(register === undefined ? stall : { ...stall, register });
    } else if (token.includes("[")) accesses.push(readAccess(token, writes, addressOf));
    else if (token.includes("=")) writes.push(readWrite(token, addressOf));
    else throw new TextSyntaxError(`"${token.slice(0, 60)}" is no write, access or stall`);
  }
  return { writes, accesses, stalls, ...(aborted && { aborted }) };
}

/** An address of code as `00000120`, `00000120 <main+0x10>` or `<main+0x10>`, and what follows it. */
function readCodePlace(text: string, addressOf: AddressOf): { address: number; rest: string } {
  const match = /^(?:([0-9a-f]{8})(?: +<\S+>)?|<(\S+)>)(?: +(.*))?$/.exec(text);
  if (!match) throw new TextSyntaxError(`"${text.slice(0, 40)}" does not begin with an address or <symbol>`);
  const [, digits, place, rest = ""] = match;
  const address = digits === undefined ? readPlace(place, addressOf) : Number.parseInt(digits, 16);
  return { address, rest };
}

function readInstruction(text: string, addressOf: AddressOf): Omit<InstructionRecord, "ppu" | "cycle"> {
  const source = text.indexOf(" @ ");
  const said = source < 0 ? text : text.slice(0, source);
  const split = said.indexOf(" ; ");
  const [code, effects] = split < 0 ? [said, ""] : [said.slice(0, split), said.slice(split + 3)];
  const { address: pc, rest } = readCodePlace(code.trimEnd(), addressOf);
  const digits = /^([0-9a-f]{8})(?: |$)/.exec(rest);
  const word = digits
    ? Number.parseInt(digits[1], 16) | 0
    : assembleText(rest, pc, (place) => readPlace(place, addressOf));
  return { kind: "instruction", pc, word, ...readEffects(effects, addressOf) };
}

const HEMISPHERE = "(top|bottom)";
const EVENT = new RegExp(`^event ${HEMISPHERE} buses ([\\d,]+|none) row (\\d+) address (\\d+)$`);
const CONVERSION = new RegExp(`^conversion ${HEMISPHERE} (\\S+)$`);

/** Everything but instructions, behind PPU and cycle; throws where the text is none of them. */
function readOther(text: string, head: { ppu: PpuName; cycle: number }, addressOf: AddressOf): TraceRecord {
  const [said, state] = text.split(" ; state");
  const exception = /^exception (0x[0-9a-f]+) \S+ return (.*)$/.exec(said);
  if (exception) {
    const { address } = readCodePlace(exception[2], addressOf);
    return { kind: "exception", ...head, vector: readWord(exception[1]), returnAddress: address };
  }
  const event = EVENT.exec(said);
  if (event) {
    const [, hemisphere, buses, row, address] = event;
    const bits = buses === "none" ? [] : buses.split(",").map(readCount);
    return {
      ...{ kind: "event", ...head, hemisphere: hemisphere as PpuName },
      buses: bits.reduce((set, bus) => (set | (1 << bus)) >>> 0, 0),
      ...{ row: readCount(row), address: readCount(address) },
    };
  }
  const conversion = CONVERSION.exec(said);
  if (conversion) {
    const causal = readBytes(conversion[2], 256);
    return { kind: "conversion", ...head, hemisphere: conversion[1] as PpuName, causal };
  }
  const gap = /^gap (\d+|\?) (\w+)$/.exec(said);
  if (gap && GAP_REASONS.has(gap[2])) {
    const instructions = gap[1] === "?" ? undefined : readCount(gap[1]);
    const record: GapRecord = { kind: "gap", ...head, instructions, reason: gap[2] as GapRecord["reason"] };
    return state === undefined ? record : { ...record, state: readState(state, addressOf) };
  }
  if (said === "reset") return { kind: "reset", ...head };
  throw new TextSyntaxError(`"${text.slice(0, 60)}" is neither an instruction nor another record`);
}

/** Registers as ` r1=0x3ff0 r3=0x5`. */
export const readState = (text: string, addressOf: AddressOf): Map<string, number | Uint8Array> =>
  new Map(
    text
      .split(" ")
      .filter((token) => token !== "")
      .map((token) => readWrite(token, addressOf, isStateName))
      .map(({ register, value }) => [register, value]),
  );

/** Reads the lines of one PPU in their order: relative cycles depend on what came before. */
export class LineParser {
  readonly #ppu: PpuName;
  readonly #addressOf: AddressOf;
  #lastCycle = 0;

  constructor(ppu: PpuName, addressOf: AddressOf) {
    this.#ppu = ppu;
    this.#addressOf = addressOf;
  }

  /** Throws TextSyntaxError. */
  record(line: string): TraceRecord {
    const match = /^\S+ +([-+]?)(\d+) +(\S.*)$/.exec(line);
    if (!match) throw new TextSyntaxError("a record begins with PPU and cycle");
    const [, sign, digits, text] = match;
    const count = readCount(digits);
    const cycle = sign === "" ? count : this.#lastCycle + (sign === "-" ? -count : count);
    const head = { ppu: this.#ppu, cycle };
    if (!/^(?:<|[0-9a-f]{8}(?: |$))/.test(text)) return readOther(text, head, this.#addressOf);
    this.#lastCycle = cycle;
    const { kind, ...rest } = readInstruction(text, this.#addressOf);
    return { kind, ...head, ...rest };
  }
}
