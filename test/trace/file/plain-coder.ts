/** The part of the plain reader that turns a chunk's streams into raw records. */
import { sprByNumber } from "../../../isa/sprs.ts";
import type { Slot } from "../../../src/core/record/entries.ts";
import { layoutOf, slotWords } from "../../../src/core/record/layout.ts";

interface Streams {
  readonly hits: Uint8Array;
  readonly residuals: Uint8Array;
  readonly lanes: Int32Array;
}

interface Cell {
  last: number;
  stride: number;
  difference: number;
  rule: number;
}

interface KnownInstruction {
  readonly address: number;
  word: number;
  delta: number;
  successors: number[];
  readonly follows: number[];
  readonly values: number[];
  readonly cells: Cell[];
}

const NAMES =
  "cr xer lr ctr msr srr0 srr1 csrr0 csrr1 mcsrr0 mcsrr1 esr dear dec decar tcr tsr iccr gin gout goe";
const INDEX: Readonly<Record<string, number>> = Object.fromEntries(
  NAMES.split(" ").map((name, n) => [name, 32 + n]),
);
const VECTORS = 53;
const ACCUMULATORS = 1077;
const CONDITIONS = 1141;
/** Bits `from`..`to` of a word, 0 the most significant. */
const bits = (word: number, from: number, to: number) => (word >>> (31 - to)) & (2 ** (to - from + 1) - 1);
const signed = (word: number) => (word << 16) >> 16;
const compare = (a: number, b: number) => (a < b ? 8 : a > b ? 4 : 2);

function maskOf(word: number): number {
  let mask = 0;
  for (let bit = bits(word, 21, 25); ; bit = (bit + 1) & 31) {
    mask |= 1 << (31 - bit);
    if (bit === bits(word, 26, 30)) return mask;
  }
}

export class PlainCoder {
  readonly #registers: Int32Array;
  readonly #vectors: boolean;
  readonly #streams: Streams;
  readonly #slots = new Map<number, KnownInstruction>();
  readonly #memory = new Map<number, { readonly place: number; readonly bytes: Uint8Array }>();
  #hitsAt = 0;
  #residualsAt = 0;
  #lanesAt = 0;
  #run: number;
  #next = 0;
  #follow = 0;
  #stage = 2;
  #time = 0;
  #late = 0;
  #eventDelta = 0;
  #stored = 0;
  #last: KnownInstruction | undefined;
  #successor: ((address: number) => void) | undefined;

  constructor(keyFrame: Int32Array, vectors: boolean, streams: Streams) {
    this.#registers = new Int32Array(1173);
    this.#registers.set(keyFrame);
    this.#vectors = vectors;
    this.#streams = streams;
    this.#run = this.#takeRun();
  }

  finish(): void {
    const { hits, residuals, lanes } = this.#streams;
    const left = [
      this.#run,
      hits.length - this.#hitsAt,
      residuals.length - this.#residualsAt,
      lanes.length - this.#lanesAt,
    ];
    if (left.some((count) => count !== 0)) throw new Error(`plain reader: left over ${left}`);
  }

  // ---- streams ----------------------------------------------------------------------------------------------------

  #takeRun(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#streams.hits[this.#hitsAt++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  #byte(): number {
    if (this.#residualsAt >= this.#streams.residuals.length)
      throw new Error("plain reader: no residuals left");
    return this.#streams.residuals[this.#residualsAt++];
  }

  #word(): number {
    return this.#byte() | (this.#byte() << 8) | (this.#byte() << 16) | (this.#byte() << 24);
  }

  #number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  #difference(): number {
    const number = this.#number();
    return number & 1 ? ~(number >>> 1) : number >>> 1;
  }

  #lane(): number {
    return this.#streams.lanes[this.#lanesAt++];
  }

  /** The next item, or what `other` reads where it is not as expected. */
  #item<T>(expected: T, other: () => T): T {
    if (this.#run > 0) {
      this.#run--;
      return expected;
    }
    const value = other();
    this.#run = this.#takeRun();
    return value;
  }

  #near(expected: number): number {
    return this.#item(expected | 0, () => (expected + this.#difference()) | 0);
  }

  // ---- entries ----------------------------------------------------------------------------------------------------

  entry(): number[] {
    const [kind, head, slot] = this.#item<["instruction" | "attachment", number, KnownInstruction?]>(
      this.#follow !== 0 ? ["attachment", this.#follow] : ["instruction", this.#next],
      () => this.#unexpected(),
    );
    if (kind === "attachment") return this.#attachment(head);
    return this.#instruction(head, slot ?? this.#known(head)!);
  }

  #index(address: number): number {
    return ((address >> 2) & 0xfff) | ((address >>> 19) & 0x1000);
  }

  #known(address: number): KnownInstruction | undefined {
    const slot = this.#slots.get(this.#index(address));
    return slot?.address === address ? slot : undefined;
  }

  #unexpected(): ["instruction" | "attachment", number, KnownInstruction?] {
    const code = this.#byte();
    if (code >= 8) {
      const head = 2 | ((code - 8) << 2) | (this.#number() << 8);
      if (this.#stage < 2) this.#last!.follows[this.#stage] = head;
      return ["attachment", head];
    }
    const address = code & 1 ? (this.#next + 4 * this.#difference()) | 0 : this.#next;
    const word = code & 2 ? this.#word() : this.#known(address)!.word;
    if (this.#follow !== 0 && this.#stage < 2) this.#last!.follows[this.#stage] = 0;
    if (code & 1) this.#successor?.(address);
    let slot = this.#known(address);
    if (!slot) {
      const cells = Array.from({ length: 4 }, () => ({ last: 0, stride: 0, difference: 0, rule: 0 }));
      slot = { address, word: 0, delta: 1, successors: [], follows: [0, 0], values: [0, 0], cells };
      this.#slots.set(this.#index(address), slot);
    }
    if (code & 2) {
      slot.word = word;
      slot.successors = Array.from({ length: 4 }, () => (this.#jump(word) ? 0 : 4));
      for (const cell of slot.cells) cell.rule = -1;
    }
    return ["instruction", code & 4 ? address | 1 : address, slot];
  }

  /** The register that a jump goes through. */
  #jump(word: number): "lr" | "ctr" | "srr0" | undefined {
    const jumps = { 1275068448: "lr", 1275069472: "ctr", 1275068516: "srr0" } as const;
    return jumps[(word & 0xfc0007fe) as keyof typeof jumps];
  }

  #instruction(head: number, slot: KnownInstruction): number[] {
    const expected = (this.#time + slot.delta) | 0;
    const time = this.#near(expected);
    this.#late = (time - expected) | 0;
    slot.delta = (slot.delta + this.#late) | 0;
    this.#time = time;
    const { address, word } = slot;
    const values = head === address ? this.#values(slot) : [];
    const jump = this.#jump(word);
    const basis = jump ? this.#registers[INDEX[jump]] : address;
    const usesCondition = word >>> 26 === 16 || jump === "lr" || jump === "ctr";
    const bit = bits(this.#registers[INDEX.cr], (word >>> 16) & 31, (word >>> 16) & 31);
    const which = usesCondition ? bit + (this.#registers[INDEX.ctr] === 0 ? 2 : 0) : 0;
    this.#next = (basis + slot.successors[which]) & ~3;
    this.#successor = (actual) => {
      slot.successors[which] = (actual - basis) | 0;
    };
    this.#last = slot;
    this.#stage = 0;
    this.#follow = slot.follows[0];
    return [head, word, time, ...values];
  }

  #attachment(head: number): number[] {
    const words = this.#contents(head, (head >>> 2) & 63);
    this.#stage++;
    this.#follow = this.#stage < 2 ? this.#last!.follows[this.#stage] : 0;
    return [head, ...words];
  }

  #contents(head: number, type: number): number[] {
    const registers = this.#registers;
    if (type === 0 || type === 6) {
      const kept = this.#stage < 2 ? this.#last!.values[this.#stage] : 0;
      const value = this.#near((kept + (type === 0 ? this.#late : 0)) | 0);
      if (this.#stage < 2) this.#last!.values[this.#stage] = value;
      return [value];
    }
    if (type === 2) {
      const time = this.#near(this.#time + this.#eventDelta);
      this.#eventDelta = (time - this.#time) | 0;
      const s = this.#stored;
      const expected = (s & 15) | (((s >>> 22) & 31) << 8) | (((s >>> 16) & 63) << 16);
      return [time, this.#item(expected, () => expected ^ this.#number())];
    }
    const time = this.#near(this.#time);
    if (type === 3) return [time, ...Array.from({ length: 64 }, () => this.#lane())];
    this.#time = time;
    this.#successor = undefined;
    if (type === 4) {
      registers.fill(0);
      this.#next = 0;
      return [time];
    }
    if (type !== 1) throw new Error(`plain reader: attachment ${head}`);
    const vector = this.#near(0);
    const returnAddress = this.#near(this.#next);
    registers[INDEX.srr0] = returnAddress;
    registers[INDEX.srr1] = registers[INDEX.msr];
    registers[INDEX.msr] &= 0x21200;
    if (vector === 0x18) registers[INDEX.esr] = 0;
    if (vector === 0x1c) registers[INDEX.esr] = 0x02000000;
    this.#next = vector & ~3;
    return [time, vector, returnAddress];
  }

  // ---- values -----------------------------------------------------------------------------------------------------

  #values(slot: KnownInstruction): number[] {
    const { word } = slot;
    const { slots } = layoutOf(word);
    const registers = this.#registers;
    const cells = [...slot.cells];
    const isAccess = slots.some(({ kind }) => kind === "load" || kind === "store");
    let isLoad = slots.some(({ kind }) => kind === "load");
    let address = 0;
    /** The last value that is no address of an access. */
    let before = 0;
    const takeAddress = () => {
      const ra = bits(word, 11, 15);
      const isIndexed = word >>> 26 === 4 || word >>> 26 === 31;
      const basis = ((ra === 0 ? 0 : registers[ra]) + (isIndexed ? this.#other(word) : 0)) | 0;
      const cell = cells.shift()!;
      address = this.#near(basis + cell.last);
      cell.last = (address - basis) | 0;
      return address;
    };
    const noted = (value: number) => (before = value);
    return slots.flatMap((part): number[] => {
      switch (part.kind) {
        case "load":
          return [takeAddress(), noted(this.#load(address, part.bytes))];
        case "store":
          takeAddress();
          this.#stored = this.#near(registers[bits(word, 6, 10)]);
          this.#remember(address, part.bytes, this.#stored);
          return [address, noted(this.#stored)];
        case "loadMultiple":
        case "storeMultiple": {
          takeAddress();
          const values = Array.from({ length: 32 - part.first }, (_, n) => {
            const place = (address + 4 * n) | 0;
            if (part.kind === "loadMultiple") return (registers[part.first + n] = this.#load(place, 4));
            const value = this.#near(registers[part.first + n]);
            this.#remember(place, 4, value);
            return value;
          });
          return [address, ...values];
        }
        case "gpr": {
          let value: number;
          if (isLoad) {
            const cell = cells.shift()!;
            value = this.#near(before + cell.last);
            cell.last = (value - before) | 0;
            isLoad = false;
          } else if (isAccess) value = this.#near(address);
          else value = this.#result(cells.shift()!, this.#source(part.register, word), word);
          registers[part.register] = value;
          return [noted(value)];
        }
        case "cr":
          registers[INDEX.cr] = this.#condition(cells.shift()!, before, word);
          return [registers[INDEX.cr]];
        case "xer":
        case "lr":
        case "ctr":
        case "msr": {
          const isMove = word >>> 26 === 31 && (part.kind === "lr" || part.kind === "ctr");
          const source = registers[isMove ? bits(word, 6, 10) : INDEX[part.kind]];
          registers[INDEX[part.kind]] = this.#result(cells.shift()!, source, word);
          return [noted(registers[INDEX[part.kind]])];
        }
        case "spr": {
          const value = this.#near(registers[bits(word, 6, 10)]);
          this.#moveToSpecial(part.number, value);
          return [noted(value)];
        }
        case "vectorLoad":
        case "parallelRead":
          return [takeAddress()];
        default:
          return this.#vectorPart(part, word, takeAddress);
      }
    });
  }

  #vectorPart(part: Slot, word: number, takeAddress: () => number): number[] {
    const own = VECTORS + 32 * bits(word, 6, 10);
    const words: number[] =
      part.kind === "vectorStore" || part.kind === "parallelWrite" ? [takeAddress()] : [];
    if (!this.#vectors) return [...words, ...Array.from({ length: slotWords(part) - words.length }, () => 0)];
    switch (part.kind) {
      case "vectorStore":
        return [...words, ...this.#vector(this.#at(own), word)];
      case "parallelWrite": {
        const value = this.#vector(this.#at(own), word);
        if (!part.predicated) return [...words, ...value];
        const bit = [0, 1, 2, 4][word & 3];
        const enables = this.#at(CONDITIONS).map((lanes) => {
          const byte = (shift: number) => ((lanes >>> shift) & bit ? 0xff << shift : 0);
          return byte(24) | byte(16) | byte(8) | byte(0);
        });
        return [...words, ...value, ...this.#vector(enables, word)];
      }
      case "vector":
        return this.#replace(VECTORS + 32 * part.register, word);
      case "accumulator":
        return [...this.#replace(ACCUMULATORS, word), ...this.#replace(ACCUMULATORS + 32, word)];
      case "conditions":
        return this.#replace(CONDITIONS, word);
      default:
        throw new Error(`plain reader: ${part.kind}`);
    }
  }

  #at(index: number): number[] {
    return [...this.#registers.subarray(index, index + 32)];
  }

  #replace(index: number, word: number): number[] {
    const value = this.#vector(this.#at(index), word);
    this.#registers.set(value, index);
    return value;
  }

  #vector(expected: readonly number[], word: number): number[] {
    return this.#item([...expected], () => {
      const code = this.#byte();
      if (code === 5) return Array.from({ length: 32 }, () => this.#lane());
      const pattern = this.#word();
      if (code === 4) return Array.from({ length: 32 }, () => pattern);
      const references = [
        () => Array.from({ length: 32 }, () => 0),
        () => [...expected],
        () => this.#at(VECTORS + 32 * bits(word, 11, 15)),
        () => this.#at(VECTORS + 32 * bits(word, 16, 20)),
      ];
      const lanes = references[code]();
      for (let i = 0; i < 32; i++) if ((pattern >>> i) & 1) lanes[i] = this.#lane();
      return lanes;
    });
  }

  #other(word: number): number {
    return this.#registers[bits(word, 16, 20)];
  }

  #source(register: number, word: number): number {
    const first = bits(word, 6, 10);
    return this.#registers[register === first ? bits(word, 11, 15) : first];
  }

  #byRule(rule: number, cell: Cell, source: number, word: number): number {
    const other = this.#other(word);
    const shift = bits(word, 16, 20);
    const immediate = word & 0xffff;
    const rules = [
      () => cell.last + cell.stride,
      () => source + cell.difference,
      () => source + other,
      () => other - source,
      () => source & other,
      () => source | other,
      () => source ^ other,
      () => Number((BigInt(source) * BigInt(other)) & 0xffffffffn),
      () => ((source << shift) | (shift === 0 ? 0 : source >>> (32 - shift))) & maskOf(word),
      () => source >> shift,
      () => source ^ immediate,
      () => source & immediate,
      () => source | immediate,
      () => Number((BigInt(source) * BigInt(signed(word))) & 0xffffffffn),
      () => (other & 32 ? 0 : source << (other & 31)),
      () => (other & 32 ? 0 : source >>> (other & 31)),
      () => this.#registers[INDEX.lr],
      () => this.#registers[INDEX.ctr],
    ];
    return rules[Math.max(rule, 0)]() | 0;
  }

  #result(cell: Cell, source: number, word: number): number {
    const expected = this.#byRule(cell.rule, cell, source, word);
    let given: number | undefined;
    const value = this.#item(expected, () => {
      given = this.#byte();
      if (given !== 31) return this.#byRule(given, cell, source, word);
      return (cell.last + cell.stride + this.#difference()) | 0;
    });
    if (given === undefined) {
      if (cell.rule <= 0) cell.last = value;
    } else {
      cell.stride = cell.rule === -1 ? 0 : (value - cell.last) | 0;
      cell.last = value;
      cell.difference = (value - source) | 0;
      if (given !== 31) cell.rule = given;
      else if (cell.rule === -1) cell.rule = 0;
    }
    return value;
  }

  #conditionByRule(rule: number, cell: Cell, before: number, word: number): number {
    const cr = this.#registers[INDEX.cr];
    const a = this.#registers[bits(word, 11, 15)];
    const other = this.#other(word);
    const overflow = this.#registers[INDEX.xer] < 0 ? 1 : 0;
    const withField = (field: number, order: number) => {
      const shift = 28 - 4 * field;
      return (cr & ~(15 << shift)) | ((order + overflow) << shift);
    };
    const field = bits(word, 6, 8);
    const rules = [
      () => cell.last,
      () => cr,
      () => withField(field, compare(a, signed(word))),
      () => withField(field, compare(a >>> 0, word & 0xffff)),
      () => withField(field, compare(a, other)),
      () => withField(field, compare(a >>> 0, other >>> 0)),
      () => withField(0, compare(before, 0)),
    ];
    return rules[Math.max(rule, 0)]();
  }

  #condition(cell: Cell, before: number, word: number): number {
    return this.#item(this.#conditionByRule(cell.rule, cell, before, word), () => {
      const given = this.#byte();
      let value: number;
      if (given === 31) {
        const number = this.#number();
        value = this.#registers[INDEX.cr] ^ ((number >>> 4) | (number << 28));
      } else {
        value = this.#conditionByRule(given, cell, before, word);
        cell.rule = given;
      }
      cell.last = value;
      return value;
    });
  }

  #moveToSpecial(number: number, value: number): void {
    const spr = sprByNumber(number);
    const index = spr && INDEX[spr.name.toLowerCase()];
    if (!spr?.writable || index === undefined) return;
    const kept = value & spr.bits;
    this.#registers[index] = spr.name === "TSR" ? this.#registers[index] & ~kept : kept;
  }

  // ---- memory -----------------------------------------------------------------------------------------------------

  /** First byte of an access within its word. */
  #byteAt(address: number, bytes: number): number {
    return address & 3 & -bytes;
  }

  #load(address: number, bytes: number): number {
    const known = this.#memory.get((address >>> 2) & 0x3fff);
    let expected = 0;
    if (known?.place === address >>> 2) {
      for (let n = 0; n < bytes; n++)
        expected = (expected << 8) | known.bytes[this.#byteAt(address, bytes) + n];
    }
    return this.#item(expected, () => {
      const value = (expected + this.#difference()) | 0;
      this.#remember(address, bytes, value);
      return value;
    });
  }

  #remember(address: number, bytes: number, value: number): void {
    const index = (address >>> 2) & 0x3fff;
    const known = this.#memory.get(index);
    const word = known?.place === address >>> 2 ? known.bytes : new Uint8Array(4);
    for (let n = 0; n < bytes; n++) word[this.#byteAt(address, bytes) + n] = value >>> (8 * (bytes - 1 - n));
    this.#memory.set(index, { place: address >>> 2, bytes: word });
  }
}
