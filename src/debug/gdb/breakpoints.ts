/** Break- and watchpoints that GDB has inserted (Z packets), as breakpoints of the session. */
import { DATA_MAP } from "../../chip/bus/address-map.ts";
import type { DebugSession } from "../session.ts";
import type { PpuName, Stop, WatchAccess } from "../types.ts";
import { ProtocolError } from "./command.ts";
import { address as addressText } from "./hex.ts";
import { dataAddress } from "./target.ts";

/** By the number behind Z: name in stop replies, and for watchpoints the access. */
const KINDS: readonly { readonly stop: string; readonly access?: WatchAccess }[] = [
  { stop: "swbreak" },
  { stop: "hwbreak" },
  { stop: "watch", access: "write" },
  { stop: "rwatch", access: "read" },
  { stop: "awatch", access: "access" },
];

interface Inserted {
  readonly kind: number;
  readonly address: number;
  readonly length: number;
  /** In the session; two for a watchpoint on the SRAM, of which each PPU has its own. */
  readonly ids: readonly number[];
}

/** Bytes that one watchpoint may cover. */
const MOST_WATCHED = 0x10000;

const keyOf = (kind: number, address: number, length: number) => `${kind},${address},${length}`;

export class InsertedPoints {
  readonly #session: () => DebugSession;
  readonly #points = new Map<string, Inserted>();

  constructor(session: () => DebugSession) {
    this.#session = session;
  }

  /** Inserting one twice changes nothing. Throws ProtocolError or SessionError. */
  insert(kind: number, address: number, length: number, ppu: PpuName): void {
    const key = keyOf(kind, address, length);
    if (this.#points.has(key)) return;
    const { access } = KINDS[kind];
    const ids = access ? this.#watch(access, address, length, ppu) : [this.#break(address)];
    this.#points.set(key, { kind, address, length, ids });
  }

  /** Removing one that is not there changes nothing. */
  remove(kind: number, address: number, length: number): void {
    const key = keyOf(kind, address, length);
    const point = this.#points.get(key);
    this.#points.delete(key);
    this.#forget(point?.ids ?? []);
  }

  removeAll(): void {
    for (const { ids } of this.#points.values()) this.#forget(ids);
    this.#points.clear();
  }

  /** How a stop reply names the point that was hit: `swbreak:;`, `watch:2f8;`; empty if none of these was. */
  describe(stop: Stop, features: ReadonlySet<string>): string {
    for (const { kind, address, length, ids } of this.#points.values()) {
      if (!ids.some((id) => stop.ids.includes(id))) continue;
      const { stop: name, access } = KINDS[kind];
      if (!access) {
        if (features.has(name)) return `${name}:;`;
        continue;
      }
      const hit = stop.hits.find(({ id }) => ids.includes(id))?.address;
      const inside = hit !== undefined && hit >= address && hit < address + length;
      return `${name}:${(inside ? hit : address).toString(16)};`;
    }
    return "";
  }

  /** True when all points of a stop were inserted by GDB, which says itself what was hit. */
  explains(stop: Stop): boolean {
    const mine = new Set([...this.#points.values()].flatMap(({ ids }) => ids));
    return stop.ids.every((id) => mine.has(id));
  }

  #break(address: number): number {
    const session = this.#session();
    if (address % 4 !== 0) {
      throw new ProtocolError(`no instruction begins at ${addressText(address)}; use a multiple of 4`);
    }
    if (session.readInstruction("top", address) === undefined) {
      throw new ProtocolError(`there is no memory for code at ${addressText(address)}`);
    }
    return session.addBreakpoint({ address }).id;
  }

  #watch(access: WatchAccess, address: number, length: number, ppu: PpuName): number[] {
    if (length < 1 || length > MOST_WATCHED) {
      throw new ProtocolError(`a watchpoint covers 1 to ${MOST_WATCHED} bytes, not ${length}`);
    }
    const session = this.#session();
    const { base, size } = DATA_MAP.sram;
    const isPrivate = address >= base && address < base + size;
    const released = session.threads().filter(({ state }) => state !== "held");
    const ppus = isPrivate && released.length > 0 ? released.map((thread) => thread.ppu) : [ppu];
    const ids: number[] = [];
    try {
      for (const each of ppus) {
        const target = { kind: "memory", ppu: each, address: dataAddress(address), length } as const;
        ids.push(session.addWatchpoint(target, access).id);
      }
    } catch (error) {
      this.#forget(ids);
      throw error;
    }
    return ids;
  }

  /** The session may have removed them itself. */
  #forget(ids: readonly number[]): void {
    const session = this.#session();
    const known = new Set(session.breakables().map(({ id }) => id));
    for (const id of ids) if (known.has(id)) session.removeBreakable(id);
  }
}
