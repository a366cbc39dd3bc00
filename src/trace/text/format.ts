/** Records as lines of text; the grammar stands in docs/tracing.md. */
import { disassemble } from "../../../isa/disassemble.ts";
import { conditionToHex } from "../../core/vector/lanes.ts";
import type { SourceLocation } from "../../toolchain/image.ts";
import { exceptionName } from "../exception-name.ts";
import type {
  Access,
  ConversionRecord,
  EventRecord,
  ExceptionRecord,
  InstructionRecord,
  PpuName,
  RegisterWrite,
  Stall,
  TraceRecord,
} from "../model.ts";
import { assembleText } from "./assembly.ts";
import { CodeAddresses, type CodeValues } from "./code-addresses.ts";
import {
  encodePlace,
  encodeText,
  formatBytes,
  formatConditionField,
  formatConditions,
  hex,
  hex8,
} from "./values.ts";

/** What a line needs to know of a program; `TraceSymbols` does. */
export interface Names {
  nameOf(address: number): string | undefined;
  dataName(address: number): string | undefined;
  sourceAt(address: number): SourceLocation | undefined;
}

/** Colours of the parts of a line. */
export type TextStyle = Readonly<
  Record<
    "ppu" | "address" | "name" | "word" | "code" | "write" | "access" | "stall" | "other" | "source",
    (text: string) => string
  >
>;

export interface TextOptions {
  readonly names?: Partial<Readonly<Record<PpuName, Names>>>;
  /** `symbolic`: addresses inside symbols as symbol and offset, instructions as text only; default: `absolute`. */
  readonly addresses?: "absolute" | "symbolic";
  /** `relative`: cycles behind the last instruction of the PPU; default: `absolute`. */
  readonly cycles?: "absolute" | "relative";
  /** First lanes of vectors only. Cannot be read back. */
  readonly short?: boolean;
  /** Adds file and line. */
  readonly source?: boolean;
  /** False leaves them out. */
  readonly accesses?: boolean;
  readonly stalls?: boolean;
  /** False: words are not known, so that there is nothing to disassemble. */
  readonly words?: boolean;
  /** Only writes of these registers. */
  readonly registers?: ReadonlySet<string>;
  readonly style?: TextStyle;
}

const plain = (text: string): string => text;
const PLAIN: TextStyle = {
  ...{ ppu: plain, address: plain, name: plain, word: plain, code: plain },
  ...{ write: plain, access: plain, stall: plain, other: plain, source: plain },
};

/** Widths of columns; what is longer moves the rest of its line. */
const WIDTH = { ppu: 6, cycle: 9, name: 26, mnemonic: 10, code: 32 } as const;
const NO_NAMES: Names = {
  nameOf: () => undefined,
  dataName: () => undefined,
  sourceAt: () => undefined,
};
const NOTHING: CodeValues = { registers: new Set(), accesses: new Set() };
const VECTOR_REGISTER = /^v\d+$/;

/** The part of an instruction's line that depends on address and word only. */
interface Code {
  readonly word: number;
  /** Padded. */
  readonly text: string;
  readonly source: string;
}

export const formatValue = ({ register, value }: RegisterWrite, short = false): string => {
  if (typeof value !== "number")
    return register === "vcr" ? formatConditions(value, short) : formatBytes(value, short);
  return /^cr\d$/.test(register) ? formatConditionField(value) : hex(value);
};

export const formatStall = ({ cause, cycles, register }: Stall): string =>
  `+${cycles} ${cause}${register === undefined ? "" : ` ${register}`}`;

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a === b || (a.length === b.length && a.every((byte, at) => byte === b[at]));

/** Writes records as lines, in the order of a trace: relative cycles and symbolic values depend on what came before. */
export class RecordFormatter {
  readonly #options: TextOptions;
  readonly #style: TextStyle;
  readonly #symbolic: boolean;
  readonly #codes = { top: new Map<number, Code>(), bottom: new Map<number, Code>() };
  readonly #addresses = { top: new CodeAddresses(), bottom: new CodeAddresses() };
  readonly #lastCycle = { top: 0, bottom: 0 };

  constructor(options: TextOptions = {}) {
    this.#options = options;
    this.#style = options.style ?? PLAIN;
    this.#symbolic = options.addresses === "symbolic";
  }

  /** One line, without its end. */
  line(record: TraceRecord): string {
    const { ppu, cycle } = record;
    const distance = cycle - this.#lastCycle[ppu];
    const time =
      this.#options.cycles === "relative" ? (distance < 0 ? `${distance}` : `+${distance}`) : `${cycle}`;
    const head = `${this.#style.ppu(ppu.padEnd(WIDTH.ppu))} ${time.padStart(WIDTH.cycle)}  `;
    if (record.kind !== "instruction") {
      if (record.kind === "reset") this.#addresses[ppu].reset();
      return head + this.#style.other(this.#other(record)) + this.#state(record);
    }
    this.#lastCycle[ppu] = cycle;
    const { text, source } = this.#code(ppu, record.pc, record.word);
    const values = this.#symbolic ? this.#addresses[ppu].apply(record) : NOTHING;
    const effects = this.#effects(record, values);
    const line = effects === "" && source === "" ? text.trimEnd() : text;
    return `${head}${line}${effects === "" ? "" : ` ; ${effects}`}${source}`;
  }

  #names(ppu: PpuName): Names {
    return this.#options.names?.[ppu] ?? NO_NAMES;
  }

  #code(ppu: PpuName, pc: number, word: number): Code {
    const known = this.#codes[ppu].get(pc);
    if (known?.word === word) return known;
    const made = { word, text: this.#codeText(ppu, pc, word), source: this.#source(ppu, pc) };
    this.#codes[ppu].set(pc, made);
    return made;
  }

  #codeText(ppu: PpuName, pc: number, word: number): string {
    if (this.#options.words === false) return this.#place(ppu, pc, true);
    const names = this.#names(ppu);
    const symbolAt = (address: number) => {
      const name = names.nameOf(address);
      return name === undefined ? undefined : encodePlace(name);
    };
    const { mnemonic, operands, target } = disassemble(word, pc, { symbolAt });
    const code = `${mnemonic.padEnd(WIDTH.mnemonic)} ${operands.join(", ")}`.trimEnd();
    const isEnough = this.#symbolic && assembleText(code, pc, () => target ?? -1) === word;
    const columns = [
      this.#place(ppu, pc, true),
      ...(isEnough ? [] : [this.#style.word(hex8(word))]),
      this.#style.code(code.padEnd(WIDTH.code)),
    ];
    return columns.join(" ");
  }

  /** An address of code. */
  #place(ppu: PpuName, address: number, pad = false): string {
    const { nameOf } = this.#names(ppu);
    const found = nameOf(address);
    const name = found === undefined ? "" : `<${encodePlace(found)}>`;
    const width = pad && this.#options.names?.[ppu] ? WIDTH.name : 0;
    const style = pad ? this.#style : PLAIN;
    if (this.#symbolic && name !== "") return style.name(name.padEnd(width));
    const column = name.padEnd(this.#symbolic && width > 0 ? width - 9 : width);
    return style.address(hex8(address)) + (column === "" ? "" : ` ${style.name(column)}`);
  }

  #source(ppu: PpuName, pc: number): string {
    if (!this.#options.source) return "";
    const found = this.#names(ppu).sourceAt(pc);
    return found ? this.#style.source(` @ ${encodeText(found.file)}:${found.line}`) : "";
  }

  // ---- what an instruction did -------------------------------------------------------------------------------------

  #effects(record: InstructionRecord, values: CodeValues): string {
    const { registers, accesses = true, stalls = true } = this.#options;
    const style = this.#style;
    const parts: string[] = [];
    for (const write of record.writes) {
      if (registers && !registers.has(write.register)) continue;
      const isCode = values.registers.has(write.register);
      parts.push(
        style.write(`${write.register}=${isCode ? this.#codeValue(record.ppu, write) : this.#value(write)}`),
      );
    }
    if (accesses) {
      record.accesses.forEach((access, index) => {
        parts.push(style.access(this.#access(record, access, values.accesses.has(index))));
      });
    }
    if (stalls) for (const stall of record.stalls) parts.push(style.stall(formatStall(stall)));
    if (record.aborted) parts.push(style.other("aborted"));
    return parts.join(" ");
  }

  #value(write: RegisterWrite): string {
    return formatValue(write, this.#options.short);
  }

  #codeValue(ppu: PpuName, write: RegisterWrite): string {
    const name = typeof write.value === "number" ? this.#names(ppu).nameOf(write.value) : undefined;
    return name === undefined ? this.#value(write) : encodePlace(name);
  }

  #access(record: InstructionRecord, access: Access, isCode: boolean): string {
    const { port, address, write, enables } = access;
    const names = this.#names(record.ppu);
    const name = this.#symbolic && port !== "parallel" ? names.dataName(address) : undefined;
    const place = name === undefined ? hex(address) : encodePlace(name);
    const mask = enables ? `&${conditionToHex(enables)}` : "";
    const arrow = write ? "<-" : "->";
    return `${port === "scalar" ? "" : port}[${place}]${arrow}${this.#accessValue(record, access, isCode)}${mask}`;
  }

  #accessValue({ ppu, writes }: InstructionRecord, { value, bytes }: Access, isCode: boolean): string {
    if (typeof value === "number") {
      const name = isCode ? this.#names(ppu).nameOf(value) : undefined;
      return name === undefined ? `0x${value.toString(16).padStart(2 * bytes, "0")}` : encodePlace(name);
    }
    const register = writes.find(
      (write) =>
        VECTOR_REGISTER.test(write.register) &&
        typeof write.value !== "number" &&
        sameBytes(write.value, value),
    );
    return register ? register.register : formatBytes(value, this.#options.short);
  }

  // ---- other records -----------------------------------------------------------------------------------------------

  #other(record: Exclude<TraceRecord, InstructionRecord>): string {
    switch (record.kind) {
      case "exception":
        return this.#exception(record);
      case "event":
        return event(record);
      case "conversion":
        return conversion(record, this.#options.short ?? false);
      case "reset":
        return "reset";
      case "gap":
        return `gap ${record.instructions ?? "?"} ${record.reason}`;
    }
  }

  #exception({ ppu, vector, returnAddress }: ExceptionRecord): string {
    return `exception ${hex(vector)} ${exceptionName(vector)} return ${this.#place(ppu, returnAddress)}`;
  }

  /** Registers behind a gap. */
  #state(record: Exclude<TraceRecord, InstructionRecord>): string {
    const state = record.kind === "gap" ? record.state : undefined;
    if (!state) return "";
    if (this.#options.short) return ` ; ${state.size} registers`;
    return ` ; state${formatState(state)}`;
  }
}

/** Registers as ` r1=0x3ff0 r3=0x5`. */
export const formatState = (state: Iterable<readonly [string, number | Uint8Array]>): string =>
  [...state].map(([register, value]) => ` ${register}=${formatValue({ register, value })}`).join("");

function event({ hemisphere, buses, row, address }: EventRecord): string {
  const list = Array.from({ length: 32 }, (_, bus) => bus).filter((bus) => (buses >>> bus) & 1);
  return `event ${hemisphere} buses ${list.join(",") || "none"} row ${row} address ${address}`;
}

function conversion({ hemisphere, causal }: ConversionRecord, short: boolean): string {
  const values = `conversion ${hemisphere} ${formatBytes(causal, short)}`;
  if (!short || causal.length === 0) return values;
  const sum = causal.reduce((total, value) => total + value, 0);
  const mean = (sum / causal.length).toFixed(1);
  return `${values} min ${Math.min(...causal)} mean ${mean} max ${Math.max(...causal)}`;
}

/** A single line; for several ones `RecordFormatter` is faster and knows relative cycles. */
export const formatRecord = (record: TraceRecord, options: TextOptions = {}): string =>
  new RecordFormatter(options).line(record);
