/**
 * The plain way to a trace: observers and looks at the registers after every instruction. Slow, obviously right, and
 * independent of the recording loops; knows no stalls.
 */
import { decode, field, isNop } from "../../isa/decode.ts";
import { readWriteSets } from "../../isa/read-write.ts";
import { sprByNumber } from "../../isa/sprs.ts";
import type { Chip, Hemisphere } from "../../src/chip/index.ts";
import { MSR_MASK } from "../../src/core/state.ts";
import { enabledLanes } from "../../src/core/vector/lane-model.ts";
import { readAccumulatorState } from "../../src/core/vector/lanes.ts";
import {
  type Access,
  type InstructionRecord,
  type PortName,
  PPUS,
  type PpuName,
  type RegisterWrite,
  type TraceRecord,
} from "../../src/trace/model.ts";

const PORTS: readonly PortName[] = ["scalar", "vector", "parallel"];

interface Pending {
  readonly cycle: number;
  readonly pc: number;
  readonly word: number;
  readonly accesses: Access[];
  /** Of registers whose value is known before the end of the instruction. */
  readonly early: Map<string, number>;
  readonly enables?: Uint8Array;
  /** What happened meanwhile. */
  readonly behind: TraceRecord[];
}

export class ReferenceRecorder {
  readonly records: Record<PpuName, TraceRecord[]> = { top: [], bottom: [] };
  readonly #chip: Chip;
  readonly #pending: Partial<Record<PpuName, Pending>> = {};

  /** Attaches to the chip; call `finish` after the run. */
  constructor(chip: Chip) {
    this.#chip = chip;
    for (const ppu of PPUS) {
      const epoch = () => chip.clock.epochs[PPUS.indexOf(ppu)];
      chip.ppus[ppu].observer = {
        retire: (cycle, pc, word) => this.#retire(ppu, cycle + epoch(), pc, word | 0),
        access: (_cycle, _pc, port, address, bytes, write, value) => {
          this.#access(ppu, PORTS[port], address >>> 0, bytes, write, value);
        },
        exception: (cycle, vector, returnAddress) => {
          this.#complete(ppu, vector === 0x18 && this.#pending[ppu]?.pc === returnAddress);
          const at = cycle + epoch();
          this.records[ppu].push({
            kind: "exception",
            ppu,
            cycle: at,
            vector,
            returnAddress: returnAddress >>> 0,
          });
        },
      };
      this.#listen(ppu, chip.hemispheres[ppu]);
    }
  }

  finish(): void {
    for (const ppu of PPUS) {
      this.#complete(ppu, false);
      this.#chip.ppus[ppu].observer = undefined;
      const own: Partial<Hemisphere> = this.#chip.hemispheres[ppu];
      delete own.event;
      delete own.convert;
      delete own.convertResetVoltage;
    }
  }

  #listen(name: PpuName, hemisphere: Hemisphere): void {
    const event = hemisphere.event.bind(hemisphere);
    hemisphere.event = (buses, row, address, cycle) => {
      event(buses, row, address, cycle);
      const ppu = this.#chip.running ?? name;
      this.#behind(ppu, { kind: "event", ppu, hemisphere: name, cycle, buses, row, address });
    };
    for (const method of ["convert", "convertResetVoltage"] as const) {
      const convert = hemisphere[method].bind(hemisphere);
      hemisphere[method] = (row: number, cycle: number) => {
        convert(row, cycle);
        const ppu = this.#chip.running ?? name;
        const causal = hemisphere.causal.slice();
        this.#behind(ppu, { kind: "conversion", ppu, hemisphere: name, cycle, causal });
      };
    }
  }

  #behind(ppu: PpuName, record: TraceRecord): void {
    (this.#chip.running ? (this.#pending[ppu]?.behind ?? this.records[ppu]) : this.records[ppu]).push(record);
  }

  #retire(ppu: PpuName, cycle: number, pc: number, word: number): void {
    this.#complete(ppu, false);
    const core = this.#chip.ppus[ppu];
    const early = new Map<string, number>();
    const row = decode(word);
    if (row?.mnemonic === "mtspr") early.set("spr", core.gpr(field(word, "RT")) >>> 0);
    if (row?.mnemonic === "mtmsr") early.set("msr", (core.gpr(field(word, "RT")) & MSR_MASK) >>> 0);
    const saved = { rfi: "srr1", rfci: "csrr1", rfmci: "mcsrr1" }[row?.mnemonic ?? ""];
    if (saved) early.set("msr", (core.register(saved as "srr1") & MSR_MASK) >>> 0);
    const isPredicated = row?.vector?.conditional && field(word, "COND") !== 0;
    const enables = isPredicated
      ? enabledLanes(word & 3, readAccumulatorState(core.memory as WebAssembly.Memory).vcr)
      : undefined;
    this.#pending[ppu] = { cycle, pc, word, accesses: [], early, behind: [], ...(enables && { enables }) };
  }

  #access(ppu: PpuName, port: PortName, address: number, bytes: number, write: boolean, value: number): void {
    const pending = this.#pending[ppu]!;
    const isVector = bytes > 4;
    const data = isVector ? this.#chip.ppus[ppu].vector((pending.word >>> 21) & 31) : value >>> 0;
    const small = typeof data === "number" && bytes < 4 ? data & (2 ** (8 * bytes) - 1) : data;
    pending.accesses.push({
      ...{ port, address, bytes, write, value: small },
      ...(port === "parallel" && write && pending.enables && { enables: pending.enables }),
    });
  }

  #complete(ppu: PpuName, aborted: boolean): void {
    const pending = this.#pending[ppu];
    if (!pending) return;
    delete this.#pending[ppu];
    const { cycle, pc, word, accesses, behind } = pending;
    const record: InstructionRecord = {
      ...{ kind: "instruction", ppu, cycle, pc, word },
      ...{ writes: aborted ? [] : this.#writes(ppu, pending), accesses: aborted ? [] : accesses, stalls: [] },
      ...(aborted && { aborted: true }),
    };
    this.records[ppu].push(record, ...behind);
  }

  #writes(ppu: PpuName, { word, early }: Pending): RegisterWrite[] {
    const core = this.#chip.ppus[ppu];
    const { mnemonic } = decode(word) ?? {};
    // What a trap writes belongs to the exception; a no-operation is not issued.
    const hasNone = mnemonic === "tw" || mnemonic === "twi" || isNop(word);
    const elements = hasNone ? new Set<string>() : readWriteSets(word).writes;
    const writes: RegisterWrite[] = [];
    const put = (register: string, value: number | Uint8Array) => writes.push({ register, value });
    for (let n = 0; n < 32; n++) if (elements.has(`r${n}`)) put(`r${n}`, core.gpr(n) >>> 0);
    for (let n = 0; n < 8; n++)
      if (elements.has(`cr${n}`)) put(`cr${n}`, (core.register("cr") >>> (28 - 4 * n)) & 15);
    if (["ca", "ov", "so"].some((name) => elements.has(name))) put("xer", core.register("xer") >>> 0);
    for (const name of ["lr", "ctr"] as const) if (elements.has(name)) put(name, core.register(name) >>> 0);
    if (early.has("msr")) put("msr", early.get("msr")!);
    if (early.has("spr")) {
      const name = sprByNumber(field(word, "SPR"))?.name.toLowerCase();
      if (name && !["xer", "lr", "ctr"].includes(name)) put(name, early.get("spr")!);
    }
    for (let n = 0; n < 32; n++) if (elements.has(`v${n}`)) put(`v${n}`, core.vector(n));
    const { acc, vcr } = readAccumulatorState(core.memory as WebAssembly.Memory);
    if (elements.has("acc")) {
      const bytes = new Uint8Array(256);
      const view = new DataView(bytes.buffer);
      for (const [lane, value] of acc.entries()) view.setInt32(4 * lane, value);
      put("acc", bytes);
    }
    if (elements.has("vcr")) {
      put(
        "vcr",
        Uint8Array.from(vcr.gt, (gt, lane) => gt | (vcr.lt[lane] << 1) | (vcr.eq[lane] << 2)),
      );
    }
    return writes;
  }
}
