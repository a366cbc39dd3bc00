import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OMNIBUS_MAP, OMNIBUS_SIDE_STRIDE } from "../../src/chip/bus/address-map.ts";
import { CROSSBAR_NODES } from "../../src/chip/crossbar.ts";
import { registerManual } from "../../src/chip/registers/document.ts";
import { listRegisters } from "../../src/chip/registers/index.ts";
import {
  decodeField,
  encodeField,
  indicesOf,
  RegisterError,
  RegisterFile,
  registerAddress,
} from "../../src/chip/registers/register-file.ts";
import type { Register } from "../../src/chip/registers/types.ts";

function* instances(register: Register): Generator<number> {
  const count = register.dimensions.reduce((product, dimension) => product * dimension.count, 1);
  for (let instance = 0; instance < count; instance++) {
    const base = registerAddress(register, indicesOf(register, instance));
    for (let word = 0; word < register.words; word++) yield base + word;
  }
}

describe("register table", () => {
  it("has unique names and no word that belongs to two registers", () => {
    const owners = new Map<number, string>();
    const clashes: string[] = [];
    const views = new Map<number, string>();
    for (const register of listRegisters()) {
      if (register.viewOf !== undefined) {
        for (const address of instances(register)) {
          if (views.has(address)) clashes.push(`${views.get(address)} and ${register.name}`);
          views.set(address, register.name);
        }
        continue;
      }
      for (const address of instances(register)) {
        const owner = owners.get(address);
        if (owner !== undefined) clashes.push(`${owner} and ${register.name} at 0x${address.toString(16)}`);
        owners.set(address, register.name);
      }
    }
    expect(clashes).toEqual([]);
    for (const [address, name] of views) {
      const owner = listRegisters().find((register) => register.name === name)?.viewOf;
      expect(owners.get(address), name).toBe(owner);
    }
    const names = listRegisters().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("keeps clear of PPU SRAM and synapse array", () => {
    const inside = listRegisters().filter((register) =>
      [...instances(register)].some((address) => {
        const local = address & ~OMNIBUS_SIDE_STRIDE;
        return Object.values(OMNIBUS_MAP).some(({ base, size }) => local >= base && local < base + size);
      }),
    );
    expect(inside).toEqual([]);
  });

  it("has fields inside the width that do not overlap and have unique names", () => {
    for (const register of listRegisters()) {
      const used = new Array<number>(register.words).fill(0);
      const names = new Set<string>();
      for (const field of register.fields) {
        const where = `${register.name}.${field.name}`;
        expect(field.word, where).toBeLessThan(register.words);
        expect(field.low, where).toBeLessThanOrEqual(field.high);
        expect(field.high, where).toBeLessThan(register.width);
        for (let bit = field.low; bit <= field.high; bit++) {
          expect(used[field.word] & (1 << bit), `${where} bit ${bit}`).toBe(0);
          used[field.word] |= 1 << bit;
        }
        expect(names.has(field.name), where).toBe(false);
        names.add(field.name);
        expect(field.reset, where).toBeLessThan(2 ** (field.high - field.low + 1));
        expect(decodeField(field, encodeField(field, field.reset)), where).toBe(field.reset);
      }
      expect(register.description.length, register.name).toBeGreaterThan(0);
      expect(register.source, register.name).toMatch(/^chip\.md /);
    }
  });
});

// Word addresses worked out by hand from chip.md sections 6.1 and 6.2.
const ADDRESSES: readonly [string, Record<string, number | string>, number, number][] = [
  ["padiTrigger", { hemisphere: "top" }, 0, 0x00110000],
  ["padiTrigger", { hemisphere: "bottom" }, 0, 0x00118000],
  ["padiConfig", { hemisphere: "bottom" }, 0, 0x00118001],
  ["synapseDriver", { hemisphere: "top", driver: 0 }, 0, 0x00110400],
  ["synapseDriver", { hemisphere: "bottom", driver: 127 }, 2, 0x001185fe],
  ["neuronReset", { half: "left", hemisphere: "top", neuron: 5 }, 0, 0x00122014],
  ["neuronReset", { half: "right", hemisphere: "bottom", neuron: 0 }, 0, 0x0012a200],
  ["spikeCounter", { half: "left", hemisphere: "bottom", neuron: 127 }, 0, 0x00122bfc],
  ["crossbarNode", { node: 75 }, 0, 0x00130064],
  ["crossbarDropCounter", { input: 0 }, 0, 0x00130065],
  ["crossbarEventCounter", { output: 11 }, 0, 0x00130084],
  ["backgroundSource", { source: 7 }, 2, 0x00130018],
  ["capmemCell", { quadrant: "se", column: 129, row: 23 }, 0, 0x00158000 + 129 * 32 + 23],
  ["capmemCell", { quadrant: "nw", column: 3, row: 1 }, 0, 0x00140000 + 3 * 32 + 1],
  ["neuronConfig", { quadrant: "ne", neuron: 127 }, 5, 0x00168000 + 127 * 8 + 7],
  ["neuronBackend", { half: "right", hemisphere: "bottom", neuron: 127 }, 3, 0x001a9000 + 255 * 4 + 3],
  ["cadcOffset", { hemisphere: "top", half: "east", column: 0, channel: "acausal" }, 0, 0x02400001],
  ["cadcOffset", { hemisphere: "bottom", half: "west", column: 127, channel: "causal" }, 0, 0x034008fe],
  ["cadcConfig", { hemisphere: "top" }, 0, 0x02401000],
  ["ppuControl", { hemisphere: "bottom" }, 0, 0x03a00000],
  ["ppuStatus", { hemisphere: "top" }, 0, 0x02a00001],
];

describe("register file", () => {
  it.each(ADDRESSES)("%s %j word %i lies at the documented address", (name, indices, word, address) => {
    const file = new RegisterFile();
    expect(file.at(address)?.name).toBe(name);
    if (file.at(address)?.access !== "rw") return;
    file.writeWord(address, 0xffffffff, 0);
    const kept = file.readRaw(name, indices, word);
    expect(kept).toBe(2 ** file.at(address)!.width - 1);
  });

  it("stores inverted and bit-reversed fields as the chip does", () => {
    const file = new RegisterFile();
    const index = { hemisphere: "top", driver: 3 };
    file.write("synapseDriver", index, { hagenDacOffset: 12, recovery: 0b0001, enExcTop: 1 });
    expect(file.readRaw("synapseDriver", index, 1)).toBe(((~12 & 63) << 8) | (1 << 5) | 0b1000);
    expect(file.read("synapseDriver", index)).toMatchObject({ hagenDacOffset: 12, recovery: 1, enExcTop: 1 });
    file.write("synapseDriver", index, { enAddressOut: 0 });
    expect(file.readRaw("synapseDriver", index, 0) & 0x4000).toBe(0x4000);
  });

  it("calls hooks with indices and word, once a touched word", () => {
    const file = new RegisterFile();
    const calls: unknown[] = [];
    file.hook("synapseDriver", { write: (indices, word, value) => calls.push([...indices, word, value]) });
    file.write("synapseDriver", { hemisphere: "bottom", driver: 9 }, { enReceiver: 1, offset: 2, enStp: 1 });
    expect(calls).toEqual([
      [1, 9, 0, 0x8000 | (0x4000 * 0) | 0x20],
      [1, 9, 2, 0x10],
    ]);
  });

  it("restores a snapshot", () => {
    const file = new RegisterFile();
    const before = file.snapshot();
    file.write("cadcConfig", { hemisphere: "top" }, { enable: 1 });
    file.restore(before);
    expect(file.read("cadcConfig", { hemisphere: "top" }).enable).toBe(0);
  });

  it("names what is wrong with a host's access", () => {
    const file = new RegisterFile();
    expect(() => file.read("synapsDriver")).toThrow(RegisterError);
    expect(() => file.read("synapsDriver")).toThrow(/no register synapsDriver; did you mean .*synapseDriver/);
    expect(() => file.read("padiConfig")).toThrow("index hemisphere takes top | bottom, not nothing");
    expect(() => file.read("padiConfig", { hemisphere: "left" })).toThrow("takes top | bottom, not left");
    expect(() => file.write("padiConfig", { hemisphere: 0 }, { enableSpl1: 16 })).toThrow(
      "takes 0..15, not 16",
    );
    expect(() => file.write("padiConfig", { hemisphere: 0 }, { spl1: 1 })).toThrow(/no field spl1; it has:/);
    expect(() => file.read("padiConfig", { hemisphere: 0, driver: 1 })).toThrow("has no index driver");
  });
});

describe("docs/registers.md", () => {
  it("is what `npm run docs` makes", () => {
    const file = new URL("../../docs/registers.md", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(registerManual());
  });
});

describe("crossbar", () => {
  it("has the 76 nodes that exist", () => {
    expect(CROSSBAR_NODES).toHaveLength(76);
    expect(CROSSBAR_NODES[0]).toEqual({ input: 0, output: 0 });
    expect(CROSSBAR_NODES[24]).toEqual({ input: 8, output: 0 });
    expect(CROSSBAR_NODES[75]).toEqual({ input: 19, output: 11 });
  });
});
