/** The verbs that look something up: `ppu regs` and `ppu isa`. */
import { describe, expect, it } from "vitest";
import { mnemonics } from "../../isa/forms.ts";
import { ppu } from "./harness.ts";

describe("ppu regs", () => {
  it("lists, searches, and shows one register with its fields", async () => {
    const all = (await ppu("regs")).stdout.trimEnd().split("\n");
    expect(all.length).toBeGreaterThan(20);
    const one = (await ppu("regs", "padiTrigger")).stdout;
    expect(one).toMatch(/word address\s+0x00110000/);
    expect(one).toMatch(/bit 26:22\s+rowSelect/);
    expect((await ppu("regs", "0x00118000")).stdout).toBe(one);
    expect((await ppu("regs", "0x80460000")).stdout).toBe(one);
    const [data] = JSON.parse((await ppu("regs", "padiTrigger", "--json")).stdout);
    expect(data).toMatchObject({ name: "padiTrigger", address: 0x110000 });
    expect((await ppu("regs", "frob")).stderr).toMatch(/no register "frob"/);
    expect((await ppu("regs", "0x01234567")).code).toBe(127);
  });
});

describe("ppu isa", () => {
  it("lists, searches, and describes one instruction", async () => {
    const all = (await ppu("isa")).stdout.trimEnd().split("\n");
    const vector = (await ppu("isa", "--vector")).stdout.trimEnd().split("\n");
    expect(vector).toHaveLength(53);
    expect(all.length).toBeGreaterThan(vector.length + 90);
    expect((await ppu("isa", "fxvmahm")).stdout).toMatch(/^fxvmahm VRT, VRA, VRB/);
    expect((await ppu("isa", "shift")).stdout).toMatch(/\bsrawi\b/);
    expect((await ppu("isa", "addo.")).stdout).toMatch(/^add/);
    const [row] = JSON.parse((await ppu("isa", "lwz", "--json")).stdout);
    expect(row).toMatchObject({ mnemonic: "lwz", timing: "load" });
    expect((await ppu("isa", "frob")).stderr).toMatch(/no instruction "frob"; ppu isa lists all/);
  });
});

describe("ppu isa with simplified mnemonics", () => {
  it.each([
    ["bdnz", /^bdnz BD {2}= {2}bc 16, 0, BD\n\nbc\b/],
    ["mtctr", /^mtctr RS {2}= {2}mtspr 9, RS\n\nmtspr\b/],
    ["li", /^li RT, SI {2}= {2}addi RT, 0, SI\n\naddi\b/],
    ["slwi", /^slwi RA, RS, n {2}= {2}rlwinm RA, RS, n, 0, 31 - n\n/],
    ["bdnzl", /^bdnzl BD {2}= {2}bcl 16, 0, BD\n/],
    ["beq", /^beq BD {2}= {2}bc 12, 2, BD\nbeq BF, BD {2}= {2}bc 12, \(4 \* BF\) \+ 2, BD\n/],
  ])("%s stands for a base instruction", async (name, text) => {
    expect((await ppu("isa", name)).stdout).toMatch(text);
  });

  it("describes every mnemonic that the assembler knows", async () => {
    for (const name of mnemonics()) expect([name, (await ppu("isa", name)).code]).toEqual([name, 0]);
    const [row] = JSON.parse((await ppu("isa", "li", "--json")).stdout);
    expect(row).toMatchObject({ mnemonic: "addi", simplified: ["li RT, SI  =  addi RT, 0, SI"] });
  });
});

describe("ppu regs in columns", () => {
  it("begins all descriptions in one column", async () => {
    const rows = JSON.parse((await ppu("regs", "--json")).stdout);
    const lines = (await ppu("regs")).stdout.trimEnd().split("\n");
    const columns = lines.map((line, n) => line.lastIndexOf(rows[n].description.split("\n")[0]));
    expect(new Set(columns).size).toBe(1);
  });
});
