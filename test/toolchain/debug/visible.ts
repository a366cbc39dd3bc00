/**
 * What a debugger shows of variables at probes, and what their values really are. A probe is a store to a word of external
 * memory that nothing else uses: as WebAssembly in Node it is a call, behind which the markers have told all values; on
 * the PPU it is an instruction, where locations are read out of registers and memory.
 */
import type { Bus } from "../../../src/core/bus.ts";
import { Ppu } from "../../../src/core/ppu.ts";
import type {
  DebugScope,
  DebugTables,
  DebugType,
  DebugVariable,
  Place,
} from "../../../src/toolchain/debug-info.ts";
import type { Image } from "../../../src/toolchain/image.ts";
import { AddressIndex } from "../../../src/toolchain/symbols.ts";
import { withExternrefOnly } from "../differential/node-wasm.ts";
import { vectorImports } from "../differential/vector-imports.ts";

/** In the data view of external memory. */
export const PROBE = 0x4001f000;
/** Below the mailbox. */
const RETURN_CODE = 0x2ffc;
const EXTERNAL_BYTES = 0x20000;

export type Shown = number | string;

/** One function that is running, or the copy of one. */
export interface Activation {
  readonly name: string;
  /** By index of the variable in the tables. */
  readonly values: ReadonlyMap<number, Shown>;
}

export interface Probe {
  readonly id: number;
  /** The innermost first. */
  readonly activations: readonly Activation[];
}

const hex = (lanes: ArrayLike<number>): string =>
  Array.from(lanes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const WORD: DebugType = { kind: "base", name: "i32", bytes: 4, encoding: "signed" };

/** A word as a value of the type. */
export function narrow(word: number, type: DebugType): number {
  if (type.kind !== "base" || type.bytes === 4) return word | 0;
  const shift = 32 - 8 * type.bytes;
  return type.encoding === "signed" ? (word << shift) >> shift : (word << shift) >>> shift;
}

/** Runs the program in Node; the markers tell values. */
export function probesInNode(wasm: Uint8Array, tables: DebugTables): { probes: Probe[]; result: number } {
  const probes: Probe[] = [];
  const running: { name: string; fn: number; site: number; values: Map<number, Shown> }[] = [];
  const sites: number[] = [];
  let memory: WebAssembly.Memory | undefined;
  const set = (variable: number, value: Shown): void => {
    const top = running.at(-1);
    if (variable < 0) return;
    if (top?.fn === tables.variables[variable].function) top.values.set(variable, value);
  };
  const setVector = (variable: number, value: Uint8Array | null): void =>
    set(variable, hex(value ?? new Uint8Array(128)));
  const debug = {
    i32: (variable: number, value: number) =>
      set(variable, narrow(value, tables.variables[variable]?.type ?? WORD)),
    bytes: setVector,
    halves: setVector,
    call: (site: number) => sites.push(site),
    enter: (fn: number) =>
      running.push({ name: tables.functions[fn].name, fn, site: sites.length, values: new Map() }),
    end: () => {
      while (running.length > 0 && running[running.length - 1].site >= sites.length) running.pop();
      sites.pop();
    },
  };
  const ppu = {
    sync: () => undefined,
    store32: (address: number, id: number) => {
      if (address !== PROBE) throw new Error("only probes are stored");
      probes.push({
        id,
        activations: running.map(({ name, values }) => ({ name, values: new Map(values) })).reverse(),
      });
    },
  };
  const fxv = vectorImports(() => new Uint8Array(memory!.buffer));
  const module = new WebAssembly.Module(withExternrefOnly(wasm));
  const instance = new WebAssembly.Instance(module, { fxv, ppu, debug });
  memory = instance.exports.memory as WebAssembly.Memory;
  const result = (instance.exports.main as () => number)();
  return { probes, result };
}

class ProbeBus implements Bus {
  readonly external = new DataView(new ArrayBuffer(EXTERNAL_BYTES));
  probe: number | undefined;
  private at(address: number): number {
    return (address >>> 0) % 0x40000000;
  }
  load(address: number): number {
    return this.external.getInt32(this.at(address) & -4);
  }
  store(address: number, _bytes: number, value: number): void {
    if (address >>> 0 === PROBE) this.probe = value;
  }
  fetch(address: number): number {
    const at = this.at(address);
    return at < EXTERNAL_BYTES ? this.external.getInt32(at) : 0;
  }
  loadVector(): void {}
  storeVector(): void {}
  readParallel(_address: number, lanes: Uint8Array): void {
    lanes.fill(0);
  }
  writeParallel(): void {}
  dataLatency(): number {
    return 1;
  }
  vectorLatency(): number {
    return 1;
  }
  parallelLatency(): number {
    return 1;
  }
}

function valueAt(ppu: Ppu, place: Place, type: DebugType): Shown {
  switch (place.kind) {
    case "constant":
      return narrow(place.value, type);
    case "register":
      return place.register < 32
        ? narrow(ppu.gpr(place.register), type)
        : hex(ppu.vector(place.register - 32));
    case "stack": {
      const bytes = ppu.readSram(ppu.gpr(1) + place.offset, place.bytes);
      return place.bytes === 4 ? narrow(new DataView(bytes.buffer).getInt32(0), type) : hex(bytes);
    }
  }
}

export interface ShownVariable {
  readonly variable: DebugVariable;
  /** Undefined when it has no place here. */
  readonly value: Shown | undefined;
}

export interface ShownProbe {
  readonly id: number;
  readonly pc: number;
  readonly line: number;
  readonly column: number;
  /** Copies and the function that holds them, the innermost first. */
  readonly activations: readonly { readonly name: string; readonly variables: readonly ShownVariable[] }[];
}

const covers = (scope: DebugScope, pc: number): boolean =>
  scope.ranges.some(({ start, end }) => pc >= start && pc < end);

/** What the debug information shows at a place. */
export function visibleAt(image: Image, ppu: Ppu, pc: number): ShownProbe["activations"] {
  const debug = image.debug!;
  const fn = debug.functions.find(({ address, size }) => pc >= address && pc < address + size);
  const found: { name: string; variables: ShownVariable[] }[] = [];
  const visit = (scope: DebugScope, name: string): void => {
    if (scope.inlined || found.length === 0) found.unshift({ name, variables: [] });
    for (const { variable, places } of scope.variables) {
      const here = places.find(({ start, end }) => pc >= start && pc < end);
      if (variable.constant !== undefined) continue;
      found[0].variables.push({ variable, value: here && valueAt(ppu, here.place, variable.type) });
    }
    for (const child of scope.children) {
      if (!covers(child, pc)) continue;
      visit(child, child.inlined ? debug.sources[child.inlined.function].name : name);
    }
  };
  if (fn) visit(fn.body, fn.source === undefined ? fn.name : debug.sources[fn.source].name);
  return found;
}

/** Runs the program on a PPU and looks at every probe. */
export function probesOnPpu(image: Image, maxSteps = 3_000_000): { probes: ShownProbe[]; result: number } {
  const bus = new ProbeBus();
  const ppu = new Ppu({ name: "top", bus });
  for (const { address, data } of image.sections) {
    if (!data) continue;
    if (address < 0x4000) ppu.writeSram(address, data);
    else new Uint8Array(bus.external.buffer).set(data, address % 0x40000000);
  }
  ppu.reset();
  const index = new AddressIndex(image);
  const probes: ShownProbe[] = [];
  for (let n = 0; n < maxSteps; n++) {
    const { pc } = ppu;
    const stop = ppu.step();
    if (bus.probe !== undefined) {
      const place = index.sourceAt(pc);
      probes.push({
        id: bus.probe,
        pc,
        line: place?.line ?? 0,
        column: place?.column ?? 0,
        activations: visibleAt(image, ppu, pc),
      });
      bus.probe = undefined;
    }
    if (stop === "sleep") return { probes, result: ppu.readSramWord(RETURN_CODE) };
  }
  throw new Error("the program does not end");
}
