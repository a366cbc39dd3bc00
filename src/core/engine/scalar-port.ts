/** The scalar data port where it leaves the generated loops: everything beyond the SRAM, odd halfwords, lmw and stmw. */
import { COUNTER, SPECIAL } from "../state.ts";
import { hex } from "./hex.ts";
import type { Machine } from "./machine.ts";

const GPRS = 32;

export class ScalarPort {
  /** Response delay of the last access in cycles. */
  latency = 1;
  readonly #machine: Machine;
  /** See `Bus.posted`. */
  readonly #posted: number | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#posted = machine.bus.posted?.address;
  }

  #latencyOf(address: number): number {
    return this.#machine.timing.dataLatency ?? this.#machine.bus.dataLatency(address);
  }

  #beyond(address: number, t: number, pc: number): number {
    const { special } = this.#machine.state;
    special[SPECIAL.t] = t;
    special[SPECIAL.pc] = pc;
    this.latency = this.#latencyOf(address);
    return this.#machine.state.counters[COUNTER.base] + t;
  }

  /** Beyond the SRAM, or a halfword at an odd address in it. */
  load(address: number, bytes: 1 | 2 | 4, t: number, pc: number): number {
    if (address >>> 14 === 0) {
      this.latency = this.#machine.sramLatency;
      const { bytes: sram } = this.#machine.state;
      return (sram[address ^ 3] << 8) | sram[(address + 1) ^ 3];
    }
    const cycle = this.#beyond(address >>> 0, t, pc);
    return this.#machine.bus.load(address >>> 0, bytes, cycle) | 0;
  }

  store(address: number, bytes: 1 | 2 | 4, value: number, t: number, pc: number): void {
    if (address >>> 14 === 0) {
      this.latency = this.#machine.sramLatency;
      this.#machine.state.bytes[address ^ 3] = value >> 8;
      this.#machine.state.bytes[(address + 1) ^ 3] = value;
      this.#machine.program.invalidate(address, 4);
      return;
    }
    const cycle = this.#beyond(address >>> 0, t, pc);
    if (address >>> 0 === this.#posted && pc >>> 14 === 0)
      this.#machine.translation.postedStores[pc >> 2] = 1;
    this.#machine.bus.store(address >>> 0, bytes, value, cycle);
  }

  /** Registers first..31 from memory; returns when the next instruction issues. */
  loadMultiple(t: number, pc: number, first: number, address: number): number {
    const { gpr, ready, words } = this.#machine.state;
    const observed = this.#machine.watch.active;
    let at = address;
    for (let register = first; register < GPRS; register++) {
      if (ready[register] > t) t = this.#machine.pipeline.waitFor(t, register);
      let latency = this.#machine.sramLatency;
      let value: number;
      if (at >>> 14 === 0) value = words[at >> 2];
      else {
        value = this.load(at, 4, t, pc);
        latency = this.latency;
      }
      if (observed) {
        this.#machine.watch.onAccess(t, pc, at, 4, false, value);
        this.#machine.watch.onWrite(t, register, value);
      }
      gpr[register] = value;
      t = this.#machine.pipeline.request(t, register, latency);
      at = (at + 4) | 0;
    }
    return t;
  }

  storeMultiple(t: number, pc: number, first: number, address: number): number {
    const { gpr, ready, words } = this.#machine.state;
    const observed = this.#machine.watch.active;
    let at = address;
    for (let register = first; register < GPRS; register++) {
      if (ready[register] > t) t = this.#machine.pipeline.waitFor(t, register);
      let latency = this.#machine.sramLatency;
      if (at >>> 14 === 0) {
        words[at >> 2] = gpr[register];
        this.#machine.program.invalidate(at, 4);
      } else {
        this.store(at, 4, gpr[register], t, pc);
        latency = this.latency;
      }
      if (observed) this.#machine.watch.onAccess(t, pc, at, 4, true, gpr[register]);
      t = this.#machine.pipeline.request(t, -1, latency);
      at = (at + 4) | 0;
    }
    return t;
  }

  /** eciwx: the PPU has no device-control bus; the RTL hangs, here it reads 0 and is reported. */
  loadDevice(address: number, t: number, pc: number): number {
    this.storeDevice(address, t, pc);
    return 0;
  }

  storeDevice(address: number, t: number, pc: number): void {
    this.#machine.state.special[SPECIAL.t] = t;
    this.#machine.state.special[SPECIAL.pc] = pc;
    this.latency = 1;
    this.#machine.watch.report(
      "device-bus",
      `eciwx/ecowx to 0x${hex(address)}: this core has no device-control bus; remove it`,
    );
  }
}
