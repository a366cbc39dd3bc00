/**
 * The registers as a device: words in one typed array, addressed by omnibus word address (guest) or by register
 * name, indices and field name (host, tests). Side effects are hooks by register name.
 */
import { AddressMap } from "./address-map.ts";
import { listRegisters } from "./index.ts";
import type { Register, RegisterField } from "./types.ts";

/** Index of each dimension by name; labels ("top") or numbers. A register without dimensions takes {}. */
export type RegisterIndices = Readonly<Record<string, number | string>>;

export interface RegisterHook {
  /** After the word was stored (rw, wo) or instead of storing (trigger). `indices` in the order of the dimensions. */
  write?(indices: readonly number[], word: number, value: number, cycle: number): void;
  /** As `write` for each of many words, the oldest first; for registers of a single word. */
  writeMany?(indices: readonly number[], values: Int32Array, cycles: Float64Array, count: number): void;
  /** Replaces the stored value. */
  read?(indices: readonly number[], word: number, cycle: number): number;
}

/** A wrong register name, index, field or value given by the host. */
export class RegisterError extends Error {
  override name = "RegisterError";
}

/** What fields make of one word of a register: the bits that stay, and those that are set. */
interface WordChange {
  readonly word: number;
  readonly kept: number;
  readonly bits: number;
}

/** In the order of the words. Throws RegisterError for unknown fields and values that do not fit. */
function wordChanges(register: Register, fields: Readonly<Record<string, number>>): WordChange[] {
  const { name } = register;
  const changes: WordChange[] = [];
  for (const [fieldName, meaning] of Object.entries(fields)) {
    const field = register.fields.find((candidate) => candidate.name === fieldName);
    if (!field) {
      const known = register.fields.map((candidate) => candidate.name).join(", ");
      throw new RegisterError(`register ${name} has no field ${fieldName}; it has: ${known || "none"}`);
    }
    const most = fieldMask(field);
    if (!Number.isInteger(meaning) || meaning < 0 || meaning > most) {
      throw new RegisterError(`register ${name}: ${fieldName} takes 0..${most}, not ${meaning}`);
    }
    const { word } = field;
    const { kept, bits } = changes[word] ?? { kept: -1, bits: 0 };
    const mask = most << field.low;
    changes[word] = { word, kept: kept & ~mask, bits: (bits & ~mask) | encodeField(field, meaning) };
  }
  if (register.access === "trigger") return [{ word: 0, kept: 0, bits: 0 }];
  return changes.filter((change) => change !== undefined);
}

interface Placement {
  readonly register: Register;
  /** Meaningless for views, whose words lie among those of another register. */
  readonly firstSlot: number;
  readonly instances: number;
}

interface Catalogue {
  readonly placements: readonly Placement[];
  readonly byName: ReadonlyMap<string, Placement>;
  /** Word address to slot. */
  readonly slots: AddressMap;
  /** Slot to placement. */
  readonly owners: Uint16Array;
  readonly resets: Uint32Array;
  /** Indices by slot, of those that were asked for. */
  readonly indices: (readonly number[] | undefined)[];
}

/** Word address of one word of a register. */
export function registerAddress(register: Register, indices: readonly number[], word = 0): number {
  return (
    register.dimensions.reduce((sum, { stride }, at) => sum + indices[at] * stride, register.address) + word
  );
}

/** Indices of instance number `instance`, last dimension fastest. */
export function indicesOf(register: Register, instance: number): number[] {
  const indices = new Array<number>(register.dimensions.length);
  let rest = instance;
  for (let at = register.dimensions.length - 1; at >= 0; at--) {
    indices[at] = rest % register.dimensions[at].count;
    rest = Math.floor(rest / register.dimensions[at].count);
  }
  return indices;
}

/** Word address of the first word of instance number `instance`. */
function instanceAddress({ address, dimensions }: Register, instance: number): number {
  let at = address;
  let rest = instance;
  for (let index = dimensions.length - 1; index >= 0; index--) {
    const { count, stride } = dimensions[index];
    at += (rest % count) * stride;
    rest = Math.floor(rest / count);
  }
  return at;
}

function reverseBits(value: number, width: number): number {
  let result = 0;
  for (let bit = 0; bit < width; bit++) if (value & (1 << bit)) result |= 1 << (width - 1 - bit);
  return result >>> 0;
}

const fieldWidth = (field: RegisterField) => field.high - field.low + 1;
const fieldMask = (field: RegisterField) =>
  (fieldWidth(field) === 32 ? 0xffffffff : (1 << fieldWidth(field)) - 1) >>> 0;

/** Meaning to stored bits, or back: inversion and reversal undo themselves in the opposite order. */
export function encodeField(field: RegisterField, meaning: number): number {
  const ordered = field.reversed ? reverseBits(meaning, fieldWidth(field)) : meaning;
  return ((((field.inverted ? ~ordered : ordered) & fieldMask(field)) << field.low) >>> 0) as number;
}

export function decodeField(field: RegisterField, word: number): number {
  const bits = (word >>> field.low) & fieldMask(field);
  const plain = ((field.inverted ? ~bits : bits) & fieldMask(field)) >>> 0;
  return field.reversed ? reverseBits(plain, fieldWidth(field)) : plain;
}

function resetWords(register: Register): number[] {
  const reset = new Array<number>(register.words).fill(0);
  for (const field of register.fields) reset[field.word] |= encodeField(field, field.reset);
  return reset;
}

function makeCatalogue(): Catalogue {
  const placements: Placement[] = [];
  let total = 0;
  for (const register of listRegisters()) {
    const instances = register.dimensions.reduce((product, { count }) => product * count, 1);
    placements.push({ register, firstSlot: total, instances });
    if (register.viewOf === undefined) total += instances * register.words;
  }
  const [owned, views] = [
    placements.filter((p) => !p.register.viewOf),
    placements.filter((p) => p.register.viewOf),
  ];
  const slots = new AddressMap();
  const owners = new Uint16Array(total);
  const resets = new Uint32Array(total);
  owned.forEach(({ register, firstSlot, instances }, owner) => {
    const reset = resetWords(register);
    for (let instance = 0, slot = firstSlot; instance < instances; instance++) {
      const base = instanceAddress(register, instance);
      for (let word = 0; word < register.words; word++, slot++) {
        slots.set(base + word, slot);
        owners[slot] = owner;
        resets[slot] = reset[word];
      }
    }
  });
  for (const { register, instances } of views) {
    const reset = resetWords(register);
    for (let instance = 0; instance < instances; instance++) {
      const base = instanceAddress(register, instance);
      for (let word = 0; word < register.words; word++) resets[slots.get(base + word)] = reset[word];
    }
  }
  return {
    placements: owned,
    byName: new Map(placements.map((p) => [p.register.name, p])),
    slots,
    owners,
    resets,
    indices: new Array(total),
  };
}

let shared: Catalogue | undefined;
const catalogue = (): Catalogue => (shared ??= makeCatalogue());

export class RegisterFile {
  readonly #catalogue = catalogue();
  readonly #values = this.#catalogue.resets.slice();
  /** By position of the register among the placements. */
  readonly #hooks: (RegisterHook | undefined)[] = [];
  /** Where the last word address was found: firmware sends all its events to one register. */
  #lastAddress = -1;
  #lastSlot = -1;
  /** Cycle at which accesses by name happen. */
  now: () => number = () => 0;

  /** Side effects of one register; at most one hook a register. */
  hook(name: string, hook: RegisterHook): void {
    const placement = this.#placement(name);
    const { viewOf } = placement.register;
    if (viewOf) throw new RegisterError(`register ${name} is a view; hook ${viewOf} instead`);
    this.#hooks[this.#catalogue.placements.indexOf(placement)] = hook;
  }

  /** The register at a word address, or undefined where there is none. */
  at(address: number): Register | undefined {
    const slot = this.#slotAt(address);
    return slot < 0 ? undefined : this.#catalogue.placements[this.#catalogue.owners[slot]].register;
  }

  /** Word read by word address; 0 where there is no register (check with `at`). */
  readWord(address: number, cycle: number): number {
    const slot = this.#slotAt(address);
    return slot < 0 ? 0 : this.#readSlot(slot, cycle);
  }

  /** Word write by word address; nothing happens where there is no register (check with `at`). */
  writeWord(address: number, value: number, cycle: number): void {
    const slot = this.#slotAt(address);
    if (slot >= 0) this.#writeSlot(slot, value, cycle);
  }

  /** As `writeWord` of the first `count` values, to a register whose hook takes many. */
  writeMany(address: number, values: Int32Array, cycles: Float64Array, count: number): void {
    const slot = this.#slotAt(address);
    const owner = this.#catalogue.owners[slot];
    this.#values[slot] = values[count - 1] >>> 0;
    this.#hooks[owner]!.writeMany!(this.#indicesAt(slot, owner), values, cycles, count);
  }

  /** All fields of one register by their meaning. Throws RegisterError for unknown names or indices. */
  read(name: string, indices: RegisterIndices = {}, cycle = this.now()): Record<string, number> {
    const { register, slot } = this.#find(name, indices);
    const words = Array.from({ length: register.words }, (_, word) => this.#readSlot(slot + word, cycle));
    return Object.fromEntries(
      register.fields.map((field) => [field.name, decodeField(field, words[field.word])]),
    );
  }

  /** One word of a register as stored. */
  readRaw(name: string, indices: RegisterIndices = {}, word = 0, cycle = this.now()): number {
    return this.#readSlot(this.#find(name, indices).slot + word, cycle);
  }

  /** Writes one word of a register as stored, with its side effects. */
  writeRaw(name: string, indices: RegisterIndices, word: number, value: number, cycle = this.now()): void {
    this.#writeSlot(this.#find(name, indices).slot + word, value, cycle);
  }

  /**
   * Changes fields of one register by their meaning, the other fields stay; touched words are written once each,
   * in order, with their side effects.
   */
  write(
    name: string,
    indices: RegisterIndices,
    fields: Readonly<Record<string, number>>,
    cycle = this.now(),
  ): void {
    const { register, slot } = this.#find(name, indices);
    this.#change(slot, wordChanges(register, fields), cycle);
  }

  /** The same for all instances of a register. */
  writeAll(name: string, fields: Readonly<Record<string, number>>, cycle = this.now()): void {
    const { register, firstSlot, instances } = this.#placement(name);
    const changes = wordChanges(register, fields);
    for (let instance = 0; instance < instances; instance++) {
      this.#change(this.#slotOf(register, firstSlot, instance), changes, cycle);
    }
  }

  #change(slot: number, changes: readonly WordChange[], cycle: number): void {
    for (const { word, kept, bits } of changes) {
      this.#writeSlot(slot + word, ((this.#values[slot + word] & kept) | bits) >>> 0, cycle);
    }
  }

  /** Sets the stored word without side effects: for counters and status the chip itself keeps. */
  poke(name: string, indices: RegisterIndices, word: number, value: number): void {
    this.#values[this.#find(name, indices).slot + word] = value;
  }

  /** Runs the write hook of every stored word, so that devices follow the register contents. */
  replay(cycle: number): void {
    for (const [owner, { register, firstSlot, instances }] of this.#catalogue.placements.entries()) {
      const hook = this.#hooks[owner];
      if (!hook?.write || register.access !== "rw") continue;
      for (let instance = 0; instance < instances; instance++) {
        const indices = indicesOf(register, instance);
        for (let word = 0; word < register.words; word++) {
          hook.write(indices, word, this.#values[firstSlot + instance * register.words + word], cycle);
        }
      }
    }
  }

  snapshot(): Uint32Array {
    return this.#values.slice();
  }

  /** Takes back a snapshot; no side effects, the devices restore themselves. */
  restore(values: Uint32Array): void {
    this.#values.set(values);
  }

  /** Slot of a word address, -1 where there is no register. */
  #slotAt(address: number): number {
    if (address !== this.#lastAddress) {
      this.#lastSlot = this.#catalogue.slots.get(address);
      this.#lastAddress = address;
    }
    return this.#lastSlot;
  }

  #readSlot(slot: number, cycle: number): number {
    const owner = this.#catalogue.owners[slot];
    const { register, firstSlot } = this.#catalogue.placements[owner];
    const hook = this.#hooks[owner];
    if (hook?.read) {
      const word = (slot - firstSlot) % register.words;
      return hook.read(this.#indicesAt(slot, owner), word, cycle) >>> 0;
    }
    return register.access === "wo" || register.access === "trigger" ? 0 : this.#values[slot];
  }

  #writeSlot(slot: number, value: number, cycle: number): void {
    const owner = this.#catalogue.owners[slot];
    const { register, firstSlot } = this.#catalogue.placements[owner];
    if (register.access === "ro") return;
    const kept = (register.width === 32 ? value : value & ((1 << register.width) - 1)) >>> 0;
    if (register.access !== "trigger") this.#values[slot] = kept;
    const hook = this.#hooks[owner];
    if (!hook?.write) return;
    hook.write(this.#indicesAt(slot, owner), (slot - firstSlot) % register.words, kept, cycle);
  }

  #indicesAt(slot: number, owner: number): readonly number[] {
    const { indices, placements } = this.#catalogue;
    const known = indices[slot];
    if (known !== undefined) return known;
    const { register, firstSlot } = placements[owner];
    return (indices[slot] = indicesOf(register, Math.floor((slot - firstSlot) / register.words)));
  }

  #placement(name: string): Placement {
    const placement = this.#catalogue.byName.get(name);
    if (placement) return placement;
    const near = [...this.#catalogue.byName.keys()].filter((known) =>
      known.toLowerCase().includes(name.toLowerCase().slice(0, 4)),
    );
    throw new RegisterError(
      `there is no register ${name}${near.length > 0 ? `; did you mean ${near.join(", ")}?` : "; see listRegisters()"}`,
    );
  }

  #slotOf(register: Register, firstSlot: number, instance: number): number {
    if (register.viewOf === undefined) return firstSlot + instance * register.words;
    return this.#catalogue.slots.get(instanceAddress(register, instance));
  }

  #find(name: string, indices: RegisterIndices): { register: Register; slot: number } {
    const { register, firstSlot } = this.#placement(name);
    for (const given of Object.keys(indices)) {
      if (!register.dimensions.some((dimension) => dimension.name === given)) {
        throw new RegisterError(`register ${name} has no index ${given}`);
      }
    }
    let instance = 0;
    for (const { name: index, count, labels } of register.dimensions) {
      const given = indices[index];
      const value = typeof given === "string" ? (labels?.indexOf(given) ?? -1) : given;
      if (value === undefined || !Number.isInteger(value) || value < 0 || value >= count) {
        const range = labels ? labels.join(" | ") : `0..${count - 1}`;
        throw new RegisterError(`register ${name}: index ${index} takes ${range}, not ${given ?? "nothing"}`);
      }
      instance = instance * count + value;
    }
    return { register, slot: this.#slotOf(register, firstSlot, instance) };
  }
}
