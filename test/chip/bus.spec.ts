import { beforeEach, describe, expect, it } from "vitest";
import { Hemisphere } from "../../src/chip/analog/hemisphere.ts";
import { analogParameters } from "../../src/chip/analog/parameters.ts";
import { DRAM_BYTES, EXTERNAL_MEMORY_BYTES } from "../../src/chip/bus/address-map.ts";
import { Memory, MemoryRangeError } from "../../src/chip/bus/memory.ts";
import { Omnibus } from "../../src/chip/bus/omnibus.ts";
import { PpuBus } from "../../src/chip/bus/ppu-bus.ts";
import { permuteWeight, SynapseArray } from "../../src/chip/bus/synapse-array.ts";
import { LATENCIES } from "../../src/chip/latency.ts";
import { RandomGenerator, randomPolynomials } from "../../src/chip/random-generator.ts";
import { RegisterFile } from "../../src/chip/registers/register-file.ts";

const ALL = new Uint8Array(128).fill(1);

function setUp() {
  const externalMemory = new Memory("external memory", EXTERNAL_MEMORY_BYTES, EXTERNAL_MEMORY_BYTES);
  const dram = new Memory("DRAM", DRAM_BYTES, 0x10000);
  const registers = new RegisterFile();
  const parameters = analogParameters("ideal");
  const arrays = [0, 1].map(
    (hemisphere) =>
      new SynapseArray(
        new Hemisphere({ hemisphere, chipSeed: 1, noiseSeed: 1, parameters }),
        new RandomGenerator(),
      ),
  );
  const sramWords = [new Int32Array(0x1000), new Int32Array(0x1000)];
  const srams = sramWords.map((words) => ({
    loadWord: (address: number) => words[address >> 2],
    storeWord: (address: number, value: number) => {
      words[address >> 2] = value;
    },
  }));
  const reports: string[] = [];
  const messages: string[] = [];
  const omnibus = new Omnibus(registers, arrays, srams);
  const devices = { externalMemory, dram, omnibus, arrays, vectorGenerators: [] };
  const [top, bottom] = [0, 1].map(
    (side) =>
      new PpuBus(devices, {
        side,
        report: (kind, message) => {
          reports.push(kind);
          messages.push(message);
        },
        chipCycle: (cycle) => cycle,
        settleOther() {},
      }),
  );
  return { ...{ externalMemory, dram, registers, arrays, sramWords, reports, messages, top, bottom } };
}

let chip: ReturnType<typeof setUp>;
beforeEach(() => {
  chip = setUp();
});

const lanesOf = (value: (lane: number) => number) =>
  Uint8Array.from({ length: 128 }, (_, lane) => value(lane));
const omnibusAddress = (word: number) => 0x80000000 + 4 * word;

describe("scalar data map (chip.md section 3)", () => {
  it.each([
    ["external memory", 0x40000000, 4],
    ["external memory, last word", 0x4001fffc, 4],
    ["external memory, halfword", 0x40000102, 2],
    ["external memory, halfword at 4n + 1 (quirk R4)", 0x40000205, 2],
    ["external memory, byte", 0x4001ffff, 1],
    ["DRAM", 0x50000000, 4],
    ["DRAM, last byte", 0x5fffffff, 1],
    ["SRAM of top through the omnibus", 0x8a000000, 4],
    ["SRAM of bottom, last word", 0x8e003ffc, 4],
    ["a register (PADI top config)", omnibusAddress(0x00110001), 4],
    ["labels of bottom", omnibusAddress(0x03c40000), 4],
  ] as const)("%s can be stored and loaded", (_name, address, bytes) => {
    const value = 0x1a2b1c0f & (bytes === 4 ? -1 : 2 ** (8 * bytes) - 1);
    chip.top.store(address, bytes, value, 5);
    const expected = address === omnibusAddress(0x00110001) ? value : value;
    expect(chip.bottom.load(address, bytes, 6) >>> 0).toBe(expected >>> 0);
    expect(chip.reports).toEqual([]);
  });

  it.each([
    ["above the SRAM", 0x00004000, 4, "unmapped"],
    ["between SRAM and external memory", 0x3ffffffc, 4, "unmapped"],
    ["behind the external memory", 0x40020000, 4, "unmapped"],
    ["FPGA executor", 0x6000000c, 4, "unmapped"],
    ["hole in the omnibus", 0x80000400, 4, "unmapped"],
    ["legacy rate counters", omnibusAddress(0x1e000000), 4, "unmapped"],
    ["legacy spike injection", 0xf0000100, 4, "unmapped"],
    ["behind the SRAM in the omnibus", 0x8a004000, 4, "unmapped"],
    ["byte of the omnibus", 0x8a000000, 1, "sub-word"],
    ["halfword of the omnibus", 0x8a000002, 2, "sub-word"],
  ] as const)("%s: reads 0, writes nothing, reported", (_name, address, bytes, kind) => {
    chip.top.store(address, bytes, 0x7f, 1);
    expect(chip.top.load(address, bytes, 2)).toBe(0);
    expect(chip.reports).toEqual([kind, kind]);
    expect(chip.messages[0]).toMatch(/0x[0-9a-f]{8}/);
  });

  it("reports writes to read-only and reads of write-only registers", () => {
    chip.top.store(0x8a800004, 4, 1, 1);
    chip.top.load(omnibusAddress(0x00110000), 4, 1);
    expect(chip.reports).toEqual(["read-only", "write-only"]);
  });

  it("shows external memory to instruction fetch at 0x80000000 and DRAM at 0x90000000", () => {
    chip.top.store(0x40000010, 4, 0x60000000, 1);
    chip.top.store(0x50000010, 4, 0x7c0004ac, 1);
    expect(chip.bottom.fetch(0x80000010)).toBe(0x60000000);
    expect(chip.bottom.fetch(0x90000010)).toBe(0x7c0004ac);
    expect(chip.reports).toEqual([]);
  });

  it("stores big endian", () => {
    chip.top.store(0x40000000, 4, 0x01020304, 1);
    expect([...chip.externalMemory.read(0, 4)]).toEqual([1, 2, 3, 4]);
    chip.top.store(0x40000001, 2, 0xaabb, 1);
    expect(chip.top.load(0x40000000, 4, 1)).toBe(0x01aabb04);
  });
});

describe("fxvlax and fxvstax outside the SRAM", () => {
  it("move words of external memory in order, down to word alignment", () => {
    const words = Int32Array.from({ length: 33 }, (_, i) => i * 0x01010101);
    chip.top.storeVector(0x40000004, words, 1, 1);
    expect(chip.top.load(0x40000004, 4, 1)).toBe(0x01010101);
    const back = new Int32Array(32);
    chip.top.loadVector(0x40000007, back, 0, 1);
    expect([...back]).toEqual([...words.subarray(1)]);
  });

  it("reach no omnibus", () => {
    const words = new Int32Array(32).fill(7);
    chip.top.loadVector(0x8a000000, words, 0, 1);
    expect([...words]).toEqual(new Array(32).fill(0));
    chip.top.storeVector(0x4001ff84, words, 0, 1);
    expect(chip.reports).toEqual(["unmapped", "unmapped"]);
  });
});

describe("parallel port (chip.md section 4)", () => {
  it("reverses the words of external memory: lane 4w + b is byte 4 (31 - w) + b", () => {
    const lanes = lanesOf((lane) => lane);
    chip.top.writeParallel(0x80000000 + (256 >> 4), lanes, ALL, 1);
    const bytes = chip.externalMemory.read(256, 128);
    for (let w = 0; w < 32; w++) {
      for (let b = 0; b < 4; b++) expect(bytes[4 * (31 - w) + b]).toBe(4 * w + b);
    }
    const back = new Uint8Array(128);
    chip.top.readParallel(0x80000010, back, 1);
    expect([...back]).toEqual([...lanes]);
  });

  it("honours byte enables and spans DRAM pages", () => {
    const address = (0x81000000 + (0xffc0 >> 4)) >>> 0;
    chip.top.writeParallel(address, new Uint8Array(128).fill(9), ALL, 1);
    chip.top.writeParallel(
      address,
      new Uint8Array(128).fill(5),
      lanesOf((lane) => lane & 1),
      1,
    );
    const back = new Uint8Array(128);
    chip.top.readParallel(address, back, 1);
    expect([...back]).toEqual([...lanesOf((lane) => (lane & 1 ? 5 : 9))]);
  });

  it("reports the end of external memory, test mode and unknown regions", () => {
    const back = new Uint8Array(128).fill(1);
    for (const address of [0x80001ff9, 0x00100000, 0x00030000, 514, 0x000e0002, 0x00c90000]) {
      chip.top.readParallel(address, back, 1);
      expect(back.every((lane) => lane === 0)).toBe(true);
    }
    expect(chip.reports).toHaveLength(6);
  });

  it.each([
    ["weights", 0x00000000, 0x02c00000, 63],
    ["time calibration", 0x00010000, 0x02c10000, 3],
    ["amplitude calibration", 0x00020000, 0x02c20000, 3],
    ["labels", 0x00040000, 0x02c40000, 63],
  ] as const)("shows %s in lanes and, interleaved by column, in omnibus quads", (name, base, quads, mask) => {
    for (const row of [0, 77, 255, 256]) {
      const halves = [0, 1].map((p) => lanesOf((k) => (row * 7 + (2 * k + p) * 5) & mask));
      halves.forEach((lanes, p) => {
        chip.top.writeParallel(base + 2 * row + p, lanes, ALL, 1);
      });
      for (let column = 0; column < 256; column++) {
        const quad = (column % 2) * 32 + (column >> 3);
        const entry = (column >> 1) % 4;
        const word = chip.bottom.load(omnibusAddress(quads + row * 64 + quad), 4, 1);
        const byte = (word >>> (24 - 8 * entry)) & 255;
        const logical = (row * 7 + column * 5) & mask;
        expect(byte).toBe(name === "weights" ? permuteWeight(logical) : logical);
      }
    }
    expect(chip.reports).toEqual([]);
  });

  it("takes quads written through the omnibus", () => {
    chip.top.store(omnibusAddress(0x03c00000 + 3 * 64 + 33), 4, 0x20100102, 1);
    const lanes = new Uint8Array(128);
    chip.bottom.readParallel(2 * 3 + 1, lanes, 1);
    expect([...lanes.subarray(4, 8)]).toEqual([0x20, 0x01, 0x10, 0x08]);
    expect(lanes.filter((lane) => lane !== 0)).toHaveLength(4);
  });

  it("permutes weight bits as tabulated, which undoes itself", () => {
    // physical bit 5 4 3 2 1 0 holds logical bit 5 0 1 2 3 4
    const logicalOfPhysical = [4, 3, 2, 1, 0, 5];
    for (let weight = 0; weight < 64; weight++) {
      const physical = logicalOfPhysical.reduce((sum, from, bit) => sum | (((weight >> from) & 1) << bit), 0);
      expect(permuteWeight(weight)).toBe(physical);
      expect(permuteWeight(physical)).toBe(weight);
    }
  });

  it("joins weight and label words in the raw region", () => {
    chip.top.writeParallel(
      2 * 9 + 1,
      lanesOf(() => 1),
      ALL,
      1,
    );
    chip.top.writeParallel(
      0x10000 + 2 * 9 + 1,
      lanesOf(() => 2),
      ALL,
      1,
    );
    chip.top.writeParallel(
      0x40000 + 2 * 9 + 1,
      lanesOf(() => 33),
      ALL,
      1,
    );
    chip.top.writeParallel(
      0x20000 + 2 * 9 + 1,
      lanesOf(() => 1),
      ALL,
      1,
    );
    expect(chip.top.load(omnibusAddress(0x02cf0000 + 9 * 128 + 32), 4, 1) >>> 0).toBe(0x90909090);
    expect(chip.top.load(omnibusAddress(0x02cf0000 + 9 * 128 + 96), 4, 1) >>> 0).toBe(0x61616161);
    chip.top.writeParallel(
      0xf0000 + 4 * 9 + 3,
      lanesOf(() => 0xc2),
      ALL,
      1,
    );
    const lanes = new Uint8Array(128);
    chip.top.readParallel(0x40000 + 2 * 9 + 1, lanes, 1);
    expect(lanes[7]).toBe(2);
    chip.top.readParallel(0x20000 + 2 * 9 + 1, lanes, 1);
    expect(lanes[7]).toBe(3);
    expect(chip.reports).toEqual([]);
  });

  it("reads the CADC of all columns by one trigger and three buffered reads", () => {
    const { hemisphere } = chip.arrays[0];
    for (const parity of [0, 1])
      chip.top.writeParallel(
        512 + parity,
        lanesOf(() => 0x20),
        ALL,
        0,
      );
    const lanes = [new Uint8Array(128), new Uint8Array(128)];
    chip.top.readParallel(0x00080000, lanes[0], 1000);
    chip.top.readParallel(0x00280001, lanes[1], 1000);
    expect(hemisphere.conversions).toBe(1);
    for (let column = 0; column < 256; column++) {
      expect(lanes[column % 2][column >> 1]).toBe(hemisphere.causal[column]);
    }
    const word = chip.bottom.load(omnibusAddress(0x02e80000 + 32), 4, 1000);
    expect(word >>> 24).toBe(hemisphere.causal[1]);
    chip.bottom.load(omnibusAddress(0x02cc0000), 4, 1000);
    expect(hemisphere.conversions).toBe(2);
  });

  it("reads 0 with a report while the CADC is off", () => {
    chip.arrays[1].hemisphere.cadcEnabled = false;
    const lanes = new Uint8Array(128).fill(3);
    chip.bottom.readParallel(0x00080000, lanes, 1);
    expect(lanes.every((lane) => lane === 0)).toBe(true);
    expect(chip.reports).toEqual(["cadc-disabled"]);
  });

  it("resets neurons by enabled lanes, through the alias and through quads", () => {
    const resets: number[][] = [];
    chip.arrays[0].hemisphere.resetLanes = (parity, enables) => {
      resets.push([...enables!].flatMap((set, lane) => (set ? [2 * lane + parity] : [])));
    };
    chip.top.writeParallel(
      0x00c90200,
      lanesOf(() => 0),
      lanesOf((k) => Number(k === 3)),
      1,
    );
    chip.top.writeParallel(
      0x00c90201,
      lanesOf(() => 0),
      lanesOf((k) => Number(k === 3)),
      1,
    );
    chip.top.writeParallel(
      0x00c94001,
      lanesOf(() => 0),
      lanesOf((k) => Number(k === 0)),
      1,
    );
    chip.top.store(omnibusAddress(0x02c94000 + 1), 4, 0, 1);
    expect(resets).toEqual([[6], [7], [1], [8, 10, 12, 14]]);
    expect(chip.reports).toEqual([]);
  });
});

describe("random generator", () => {
  it("has 256 different primitive polynomials", () => {
    const polynomials = randomPolynomials();
    expect(new Set(polynomials).size).toBe(256);
    for (const taps of [polynomials[0], polynomials[255]]) {
      let state = 1;
      let period = 0;
      do {
        state = state & 0x8000 ? ((state << 1) ^ taps) & 0xffff : state << 1;
        period++;
      } while (state !== 1);
      expect(period).toBe(65535);
    }
  });

  it("repeats by seed, takes seed 0 and is uniform", () => {
    const draw = (parity: number, count: number) => {
      const lanes = new Uint8Array(128);
      return Array.from({ length: count }, () => {
        chip.top.readParallel(0x000e0000 + parity, lanes, 1);
        return [...lanes];
      });
    };
    const seed = lanesOf((k) => (k * 3) & 255);
    chip.top.writeParallel(0x000e0000, seed, ALL, 1);
    chip.top.writeParallel(0x000e0001, seed, ALL, 1);
    const first = draw(0, 1000);
    chip.top.writeParallel(0x000e0000, seed, ALL, 1);
    expect(draw(0, 1000)).toEqual(first);
    expect(draw(1, 1)).not.toEqual(first.slice(0, 1));
    const mean = first.flat().reduce((sum, value) => sum + value, 0) / 128_000;
    expect(Math.abs(mean - 127.5)).toBeLessThan(1);
  });
});

describe("memory", () => {
  it("refuses host accesses outside", () => {
    expect(() => chip.externalMemory.read(0x1fff0, 32)).toThrow(MemoryRangeError);
    expect(() => chip.dram.write(-1, ALL)).toThrow(/DRAM: it has 268435456 bytes/);
  });

  it("restores a snapshot over pages written since", () => {
    chip.dram.write(0xfffe, Uint8Array.of(1, 2, 3, 4));
    const snapshot = chip.dram.snapshot();
    expect([...snapshot.numbers]).toEqual([0, 1]);
    chip.dram.write(0x70000, Uint8Array.of(9));
    chip.dram.restore(snapshot);
    expect([...chip.dram.read(0xfffe, 4)]).toEqual([1, 2, 3, 4]);
    expect(chip.dram.read(0x70000, 1)[0]).toBe(0);
  });
});

describe("latencies", () => {
  it.each([
    ["weights", "parallel", 0x00000003, false, LATENCIES.synapses.cycles],
    ["labels", "parallel", 0x00040003, true, LATENCIES.synapses.cycles],
    ["neuron reset", "parallel", 0x00c90200, true, LATENCIES.neuronReset.cycles],
    ["CADC trigger", "parallel", 0x00080000, false, LATENCIES.cadcTrigger.cycles],
    ["CADC buffered", "parallel", 0x002c0000, false, LATENCIES.cadcBuffered.cycles],
    ["external memory read", "parallel", 0x80000000, false, LATENCIES.parallelFpgaRead.cycles],
    ["external memory write", "parallel", 0x80000000, true, LATENCIES.parallelFpgaWrite.cycles],
    ["own SRAM", "vector", 0x00000100, false, LATENCIES.vectorSram.cycles],
    ["external memory", "data", 0x40000000, false, LATENCIES.fpga.cycles],
    ["other SRAM", "data", 0x8e000000, false, LATENCIES.omnibus.cycles],
    ["CADC quad", "data", omnibusAddress(0x03c80000), false, LATENCIES.omnibusCadc.cycles],
  ] as const)("%s on the %s port", (_name, port, address, write, cycles) => {
    const { top } = chip;
    const found = {
      parallel: () => top.parallelLatency(address, write),
      vector: () => top.vectorLatency(address),
      data: () => top.dataLatency(address),
    }[port]();
    expect(found).toBe(cycles);
  });
});
