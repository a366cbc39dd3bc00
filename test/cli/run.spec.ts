import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { writeElf } from "../../src/toolchain/elf/index.ts";
import { ppu, workspace } from "./harness.ts";
import { ENDLESS, HELLO, RETURN } from "./programs.ts";

const { path, file } = workspace();
const hello = file("hello.s", HELLO);
const returner = file("return.s", RETURN);
const endless = file("endless.s", ENDLESS);

async function runJson(...argv: string[]) {
  const { code, stdout, stderr } = await ppu("run", "--json", ...argv);
  if (stdout === "") throw new Error(stderr);
  return { code, stderr, report: JSON.parse(stdout) };
}

describe("ppu run", () => {
  it("prints the mailbox on stdout and the rest on stderr", async () => {
    const { code, stdout, stderr } = await ppu("run", hello);
    expect(stdout).toBe("hello\n");
    expect(stderr).toMatch(
      /^finished: top PPU at 0x\w+ <exit\+0x4> .*hello\.s:19:\d+\ntop: return code 0, \d+ cycles/,
    );
    expect(code).toBe(0);
  });

  it("runs the same program as assembly, ELF file and raw bytes", async () => {
    const image = assemble(RETURN, "return.s");
    const elf = file("return.elf", writeElf(image));
    const raw = file("return.bin", image.sections[0].data!);
    const results = await Promise.all([returner, elf, raw].map((name) => runJson(name, "--set", "r3=9")));
    for (const { code, report } of results) {
      expect(code).toBe(9);
      expect(report.ppus).toEqual(results[0].report.ppus);
    }
  });

  it.each([
    ["0", 0],
    ["5", 5],
    ["125", 125],
    ["126", 1],
    ["-1", 45],
    ["0xDEADBEEF", 1 + ((0xdeadbeef - 1) % 125)],
  ])("folds the return code %s to %i", async (value, code) => {
    expect((await ppu("run", returner, "--set", `r3=${value}`)).code).toBe(code);
  });

  it("ends with 126 at the cycle limit", async () => {
    const { code, report } = await runJson(endless, "--max-cycles", "1000");
    expect(code).toBe(126);
    expect(report.exitCode).toBe(126);
    expect(report.stop).toEqual({
      reason: "cycle-limit",
      ppu: "top",
      pc: 0,
      symbol: "spin",
      source: expect.stringMatching(/endless\.s:1:7$/),
    });
    expect(report.cycles).toBeGreaterThanOrEqual(1000);
    expect(report.cycles).toBeLessThan(1100);
  });

  it("prints the whole state as JSON", async () => {
    const { report } = await runJson(
      hello,
      "--set",
      "r31=-2",
      "--set",
      `v1=${"0123".repeat(64)}`,
      "--set",
      "xer=0xe0000000",
    );
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining(["stop", "exitCode", "cycles", "mailbox", "ppus"]),
    );
    expect(report).toMatchObject({ exitCode: 0, mailbox: "hello\n" });
    const { top, bottom } = report.ppus;
    for (const side of [top, bottom]) {
      expect(side.gpr).toHaveLength(32);
      expect(side.vr).toHaveLength(32);
      expect(side.acc).toMatch(/^[0-9a-f]{512}$/);
      for (const mask of ["eq", "gt", "lt"]) expect(side.vcr[mask]).toMatch(/^[0-9a-f]{32}$/);
      for (const name of ["pc", "cr", "xer", "lr", "ctr", "msr", "srr0", "srr1", "instructions", "cycles"]) {
        expect(side[name]).toBeTypeOf("number");
      }
    }
    expect(top.gpr[31]).toBe(0xffff_fffe);
    expect(top.xer).toBe(0xe000_0000);
    expect(top.vr[1]).toBe("0123".repeat(64));
    expect(top.cycles).toBe(report.cycles);
    expect(bottom).toMatchObject({ cycles: 0, instructions: 0 });
  });

  it("keeps accumulators and comparison masks in the order of the golden records", async () => {
    const acc = Array.from({ length: 64 }, (_, i) => (i * 0x01010101).toString(16).padStart(8, "0")).join("");
    const gt = "80000000000000000000000000000001";
    const { report } = await runJson(returner, "--set", `acc=${acc}`, "--set", `vcr.gt=${gt}`);
    expect(report.ppus.top.acc).toBe(acc);
    expect(report.ppus.top.vcr.gt).toBe(gt);
    const read = file("read.s", "fxvmahm v2, v0, v0\nfxvaddbm v3, v1, v0, 1\nwait\n");
    const ones = `v1=${"11".repeat(128)}`;
    const lanes = await runJson(read, "--set", `acc=${acc}`, "--set", `vcr.gt=${gt}`, "--set", ones);
    const [, , sum, selected] = lanes.report.ppus.top.vr;
    expect(sum.slice(0, 16)).toBe("0000010102020303");
    expect(selected).toBe(`11${"00".repeat(126)}11`);
  });

  it("runs one PPU or both", async () => {
    const both = await runJson(hello, "--ppu", "both", "--set", "bottom.r3=7");
    expect(both.report.mailbox).toBe("hello\nhello\n");
    expect(both.code).toBe(7);
    expect(both.report.ppus.top.returnCode).toBe(0);
    const bottom = await runJson(hello, "--ppu", "bottom", "--set", "r3=6");
    expect(bottom.code).toBe(6);
    expect(bottom.report.ppus.top.instructions).toBe(0);
  });

  it("loads and dumps memories by address and by symbol", async () => {
    const program = file(
      "copy.s",
      "lis r4, 0x4000\nlwz r5, 8(r4)\nlis r6, out@ha\nstw r5, out@l(r6)\nstw r5, 12(r4)\nwait\n.data\nout: .long 0, 0\n",
    );
    const input = file("input.bin", Uint8Array.of(1, 2, 3, 4));
    const outputs = ["a.bin", "b.bin", "c.bin"].map(path);
    const { code } = await ppu(
      ...["run", program, "--load", `${input}@0x40000008`, "--load", `${input}@out+4`],
      ...[
        "--dump",
        `${outputs[0]}@out:8`,
        "--dump",
        `${outputs[1]}@0x40000008:8`,
        "--dump",
        `${outputs[2]}@0x8a000000:4`,
      ],
    );
    expect(code).toBe(0);
    expect([...readFileSync(outputs[0])]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect([...readFileSync(outputs[1])]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect([...readFileSync(outputs[2])]).toEqual([0x3c, 0x80, 0x40, 0]);
  });

  it.each(["p02_branches", "p05_vector_saxpy", "p08_exceptions"])(
    "counts cycles as the golden record of %s",
    async (name) => {
      const golden = JSON.parse(
        readFileSync(join(packageRoot(), `test/golden/programs/${name}.json`), "utf8"),
      );
      const program = file(`${name}.s`, golden.asm);
      for (const { branch_cache_entries, latency, sleep_cycle } of golden.runs) {
        const { data, vector_mem, pio } = latency;
        const timing = `rtl,branch-cache=${branch_cache_entries},data=${data},vector=${vector_mem},pio=${pio}`;
        const { report } = await runJson(program, "--timing", timing);
        expect([timing, report.ppus.top.cycles]).toEqual([timing, sleep_cycle]);
      }
    },
  );

  it("reports findings with place and stops at them in strict mode", async () => {
    const program = file("wild.s", "main: lis r4, 0x2000\nlwz r5, 0(r4)\nwait\n");
    const loose = await ppu("run", program);
    expect(loose.code).toBe(0);
    expect(loose.stderr).toMatch(
      /^ppu: .*0x20000000.*\(top PPU at 0x00000004 <main\+0x4> .*wild\.s:2:1, cycle \d+\)/,
    );
    const strict = await runJson(program, "--strict");
    expect(strict.code).toBe(125);
    expect(strict.report.stop.reason).toBe("strict");
    expect(strict.report.diagnostics[0]).toMatchObject({ ppu: "top", pc: 4, symbol: "main+0x4", count: 1 });
  });
});

describe("ppu run with wrong arguments", () => {
  const long = file("long.s", ".space 0x4100\n");
  const broken = file("broken.elf", writeElf(assemble(RETURN, "r.s")).subarray(0, 200));
  const foreign = file(
    "foreign.elf",
    Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...new Array(60).fill(0)),
  );
  it.each([
    ["no image", [], /missing required argument 'image' \(see ppu run --help\)/],
    ["a wrong flag", [hello, "--frob"], /unknown option '--frob'/],
    ["a missing file", ["/no/such.elf"], /cannot read \/no\/such\.elf: no such file/],
    ["a truncated ELF file", [broken], /broken\.elf: .*truncated/],
    ["a foreign ELF file", [foreign], /foreign\.elf: not a 32-bit ELF file/],
    ["an image larger than the SRAM", [long], /256 bytes larger than the SRAM of 16384 bytes/],
    ["bad assembly", [file("bad.s", "nop\nfoo r1\n")], /bad\.s:2:1: unknown instruction "foo"/],
    ["an unknown PPU", [hello, "--ppu", "left"], /'left' is invalid/],
    [
      "a cycle limit that is no number",
      [hello, "--max-cycles", "x"],
      /--max-cycles needs a whole number from 0/,
    ],
    [
      "a seed out of range",
      [hello, "--chip-seed", "-1"],
      /--chip-seed needs a whole number from 0 to 4294967295/,
    ],
    ["an unknown timing", [hello, "--timing", "fast"], /timing profile "fast"/],
    ["an unknown analog parameter", [hello, "--analog", "frob=1"], /analog parameter "frob" does not exist/],
    ["an unknown register", [hello, "--set", "r32=1"], /no register "r32"/],
    ["a value that is no number", [hello, "--set", "r3=x"], /--set r3 needs a 32-bit number/],
    ["a vector that is too short", [hello, "--set", "v1=00"], /--set v1 needs 256 hex digits, got 2/],
    ["a setting without value", [hello, "--set", "r3"], /--set needs NAME=VALUE/],
    [
      "a setting of a PPU that does not run",
      [hello, "--set", "bottom.r3=4"],
      /only the top PPU runs; see --ppu/,
    ],
    ["a device", ["/dev/zero"], /cannot read \/dev\/zero: not a regular file/],
    ["a load of a device", [hello, "--load", "/dev/zero@0"], /cannot read \/dev\/zero: not a regular file/],
    ["a load without address", [hello, "--load", hello], /--load needs FILE@ADDR/],
    ["a load to nowhere", [hello, "--load", `${hello}@0x30000000`], /0x30000000 is no memory/],
    ["a load of a missing file", [hello, "--load", "none@0"], /cannot read none: no such file/],
    ["a load beyond the memory", [hello, "--load", `${hello}@0x3ff0`], /bytes beyond the memory/],
    ["an unknown symbol", [hello, "--dump", "x@nowhere:4"], /"nowhere" is neither an address nor a symbol/],
    ["a dump without length", [hello, "--dump", "x@0"], /--dump needs FILE@ADDR:LEN/],
    ["a dump to nowhere", [hello, "--dump", "/no/dir/x@0:4"], /cannot write \/no\/dir\/x: no such directory/],
  ])("%s: one line and exit code 127", async (_, argv, message) => {
    const { code, stdout, stderr } = await ppu("run", ...argv);
    expect(stderr).toMatch(message);
    expect(stderr.split("\n").filter((line) => line.startsWith("ppu: "))).toHaveLength(1);
    expect(stderr).not.toMatch(/internal error|\n\s+at /);
    expect(stdout).toBe("");
    expect(code).toBe(127);
  });
});
