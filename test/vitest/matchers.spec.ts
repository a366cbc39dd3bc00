/** The helpers for vitest, and what failed matchers say. */
import { describe, expect, it } from "vitest";
import { loadFirmware, run } from "../../src/vitest/index.ts";

const HELLO = `import { printLine, terminate } from "ppu/mailbox";
import { trap } from "ppu/intrinsics";
let code: i32 = 0;
export function main(): i32 {
  printLine("hello");
  terminate();
  if (code == 99) trap();
  while (code == 100) {}
  return code;
}
`;

/** Message of an assertion that fails, without numbers that any change of the compiler changes. */
async function messageOf(assertion: () => unknown): Promise<string> {
  try {
    await assertion();
  } catch (error) {
    return (error as Error).message
      .replaceAll(/\d[\d ]* cycles, \d[\d ]* instructions/g, "… cycles, … instructions")
      .replaceAll(/^ +\d+ {2}0x[0-9a-f]{8}/gm, "  CYCLE  ADDRESS")
      .replaceAll(/after \d+ cycles/g, "after … cycles");
  }
  return expect.fail("the assertion holds");
}

const hello = (code = 0) =>
  loadFirmware(HELLO.replace("code: i32 = 0", `code: i32 = ${code}`), { name: "hello.ts" });

const SCALAR = `li r3, 5
li r4, -1
cmpwi cr0, r3, 5
cmpwi cr7, r3, 9
fxvsplatb v1, r3
fxvsplath v2, r4
1: wait
b 1b
`;

describe("loadFirmware", () => {
  it("takes files and texts, and compiles each once", async () => {
    expect(await hello()).toBe(await hello());
    expect(await hello(1)).not.toBe(await hello());
    const file = await loadFirmware("firmware/hello.ts");
    expect(await loadFirmware("firmware/hello.ts")).toBe(file);
    expect(file.name).toBe("firmware/hello.ts");
    expect(run(file)).toHaltWith(0);
  });

  it("refuses what does not compile", async () => {
    await expect(loadFirmware("export function main(): i32 {\n return x; }\n")).rejects.toThrow(
      /^firmware\.ts:2:9: Cannot find name 'x'/,
    );
    await expect(loadFirmware("none.ts")).rejects.toThrow(/cannot read none\.ts/);
  });
});

describe("run", () => {
  it("gives chip, text, code, cycles and instructions of each PPU", async () => {
    const result = run(await hello(3), { ppus: "both" });
    expect(result).toMatchObject({ reason: "finished", returnCode: 3, mailbox: "hello\nhello\n" });
    const { top, bottom } = result.ppus;
    expect(top?.cycles).toBeGreaterThan(20);
    expect(bottom?.instructions).toBe(top?.instructions);
    expect(result.chip.mailbox("bottom")).toBe("hello\n");
    expect(run(await hello()).ppus.bottom).toBeUndefined();
  });

  it("sets registers and memory before the start", async () => {
    const adder = await loadFirmware(
      "lwz r5, 0(r4)\nadd r3, r3, r5\n1: wait\nb 1b\n.data\nvalue: .long 0, 0\n",
      { name: "add.s" },
    );
    const result = run(adder, {
      registers: { r3: 30, r4: 0x1000 },
      memory: [
        { at: 0x1000, bytes: [0, 0, 0, 12] },
        { at: "value+4", bytes: [9, 9, 9, 9] },
      ],
    });
    expect(result).toMatchRegisters({ r3: 42, r5: 12 });
    expect(() => run(adder, { memory: [{ at: "nothing", bytes: [1] }] })).toThrow(
      "add.s has no variable nothing",
    );
    expect(() => run(adder, { registers: { r99: 1 } })).toThrow("there is no register r99");
  });
});

describe("matchers", () => {
  it("hold", async () => {
    const result = run(await hello(7));
    expect(result).toHaltWith(7);
    expect(result).not.toHaltWith(0);
    expect(result).toPrint("ell");
    expect(result).toPrint(/^hello\n$/);
    expect(result).not.toPrint("bye");
    expect(result).toTakeAtMost(result.cycles);
    expect(result).not.toTakeAtMost(result.cycles - 1);
  });

  it("compare registers: numbers, conditions, lanes", async () => {
    const result = run(await loadFirmware(SCALAR, { name: "scalar.s" }));
    expect(result).toMatchRegisters({
      r3: 5,
      r4: -1,
      cr0: "EQ",
      cr7: "LT",
      v1: { bytes: 5 },
      v2: { halves: { 0: -1, 63: 0xffff } },
    });
    expect(result).toMatchRegisters({ v1: new Array(128).fill(5), cr1: "" });
    expect(result).not.toMatchRegisters({ r3: 6 });
    expect(() => expect(result).toMatchRegisters({ v1: [1, 2] })).toThrow("v1 has 128 lanes, not 2");
    expect(() => expect(result).toMatchRegisters({ v1: { bytes: { 128: 1 } } })).toThrow(
      "v1 has no lane 128",
    );
    expect(() => expect(result).toMatchRegisters({ r3: "EQ" })).toThrow('r3: "EQ" is no value');
    expect(() => expect(result).toMatchRegisters({ q: 1 })).toThrow("there is no register q");
  });

  it("are for runs only", () => {
    expect(() => expect(5).toHaltWith(0)).toThrow(
      "toHaltWith is for what run(firmware) of ppu-emu/vitest returns",
    );
  });
});

describe("failed matchers", () => {
  it("tell the return code", async () => {
    const result = run(await hello(5));
    expect(await messageOf(() => expect(result).toHaltWith(0))).toMatchInlineSnapshot(`
      "expected hello.ts to halt with 0: returned 5

      hello.ts on the top PPU: return code 5 (… cycles, … instructions)
      mailbox (top):
        hello"
    `);
  });

  it("tell where a trap was, with the last instructions", async () => {
    const result = run(await hello(99));
    const message = await messageOf(() => expect(result).toHaltWith(0));
    expect(message).toMatch(
      /^expected hello\.ts to halt with 0: hello\.ts:7:\d+: trap \(failed check or unreachable code\)\n/,
    );
    expect(message).toMatch(/\nlast instructions:\n( {2}CYCLE {2}ADDRESS .*\n)+/);
    expect(message).toMatch(/ {2}trap {2}.*hello\.ts:7:\d+\nmailbox \(top\):\n {2}hello$/);
  });

  it("tell that a program did not end", async () => {
    const result = run(await hello(100), { maxCycles: 2000 });
    expect(await messageOf(() => expect(result).toHaltWith(0))).toMatch(
      /^expected hello\.ts to halt with 0: \S+:\d+:\d+: still running after … cycles\n/,
    );
  });

  it("tell text, time and registers", async () => {
    const result = run(await hello());
    expect(await messageOf(() => expect(result).toPrint("bye"))).toMatchInlineSnapshot(`
      "expected hello.ts to print "bye"

      hello.ts on the top PPU: return code 0 (… cycles, … instructions)
      mailbox (top):
        hello"
    `);
    expect(await messageOf(() => expect(result).toTakeAtMost(1))).toMatch(
      /^expected hello\.ts to take at most 1 cycles; it took \d+, [\d.]+ % more\n/,
    );
    const scalar = run(await loadFirmware(SCALAR, { name: "scalar.s" }));
    expect(
      await messageOf(() =>
        expect(scalar).toMatchRegisters({ r3: 6, cr0: "LT|SO", v1: { bytes: { 0: 5, 1: -1 } } }),
      ),
    ).toMatchInlineSnapshot(`
      "registers of scalar.s (top) differ:
        r3         expected 0x00000006 (6)  actual 0x00000005 (5)
        cr0        expected LT|SO           actual EQ
        v1 lane 1  expected 0xff (-1)       actual 0x05 (5)

      scalar.s on the top PPU: return code 0 (… cycles, … instructions)"
    `);
  });
});
