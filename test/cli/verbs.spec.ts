import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processIo } from "../../src/cli/io.ts";
import { VERBS } from "../../src/cli/verbs.ts";
import { packageRoot } from "../../src/package-root.ts";
import { readElf } from "../../src/toolchain/elf/index.ts";
import { ppu, workspace } from "./harness.ts";
import { HELLO, RETURN } from "./programs.ts";

const { path, file } = workspace();
const hello = file("hello.s", HELLO);

describe("ppu", () => {
  it("prints the list of verbs without arguments and with --help", async () => {
    for (const argv of [[], ["--help"]]) {
      const { code, stdout } = await ppu(...argv);
      expect(code).toBe(0);
      for (const { name, summary } of VERBS) expect(stdout).toMatch(new RegExp(`\\b${name} .*${summary}`));
      expect(stdout).toContain("Examples:");
    }
  });

  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
    expect((await ppu("--version")).stdout).toBe(`${version}\n`);
  });

  it.each(VERBS.map(({ name }) => name))("%s --help explains every option", async (name) => {
    const { code, stdout, stderr } = await ppu(name, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: ppu ${name}`);
    const command = await VERBS.find((verb) => verb.name === name)!.load(processIo());
    for (const option of command.options) expect([option.flags, option.description]).not.toContain("");
    expect((await ppu("help", name)).stdout).toBe(stdout);
  });

  it.each([
    [["frob"], /unknown command 'frob' \(see ppu --help\)/],
    [["help", "frob"], /unknown command 'frob' \(see ppu --help\)/],
    [["--frob"], /unknown option '--frob'/],
    [["asm"], /missing required argument 'file' \(see ppu asm --help\)/],
    [["regs", "a", "b"], /too many arguments/],
  ])("%j is refused in one line", async (argv, message) => {
    const { code, stderr } = await ppu(...argv);
    expect(code).toBe(127);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain("\n");
  });
});

describe("ppu asm", () => {
  it("writes an ELF file and says what is in it", async () => {
    const output = path("hello.elf");
    const { code, stdout } = await ppu("asm", hello, "-o", output);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /hello\.elf: \d+ bytes, \d+ symbols\n {2}int\.text\s+0x00000000\s+104 bytes\n {2}\.data/,
    );
    const image = readElf(readFileSync(output), output);
    expect(image.sections.map((section) => section.name)).toEqual(["int.text", ".data"]);
    expect(image.symbols.find((symbol) => symbol.name === "text")).toMatchObject({ global: true });
  });

  it("places the code elsewhere and reports as JSON", async () => {
    const { stdout } = await ppu("asm", hello, "-o", path("at.elf"), "--text", "0x100", "--json");
    expect(JSON.parse(stdout).sections[0]).toEqual({ name: "int.text", address: 0x100, size: 104 });
  });

  it("refuses bad text, images that do not fit, and places where nothing can be written", async () => {
    const cases: [string[], RegExp][] = [
      [["asm", file("bad.s", "nop\n li r3, 70000\n bar")], /bad\.s:2:2: li: .*70000.* \(and 1 more\)/],
      [["asm", file("long.s", ".space 0x5000")], /4096 bytes larger than the SRAM/],
      [["asm", hello, "-o", "/no/such/out.elf"], /cannot write \/no\/such\/out\.elf: no such directory/],
    ];
    for (const [argv, message] of cases) {
      const { code, stderr } = await ppu(...argv);
      expect([code, stderr]).toEqual([127, expect.stringMatching(message)]);
    }
  });
});

describe("ppu disasm", () => {
  it("prints addresses, words, mnemonics, symbols and source lines", async () => {
    const { code, stdout } = await ppu("disasm", hello);
    expect(code).toBe(0);
    expect(stdout).toContain("section int.text");
    expect(stdout).toMatch(/\n__init:\n; .*hello\.s:7:9\n00000034: {2}3c800000 {2}lis +r4, 0\n/);
    expect(stdout).toMatch(/00000060: {2}7c00007c {2}wait\n/);
  });

  it("gives one JSON object for each word", async () => {
    const { stdout } = await ppu("disasm", hello, "--json");
    const list = JSON.parse(stdout);
    expect(list).toHaveLength(26);
    expect(list[13]).toMatchObject({
      section: "int.text",
      address: 0x34,
      word: "3c800000",
      mnemonic: "lis",
      symbols: ["__init"],
      source: expect.stringMatching(/hello\.s:7:9$/),
    });
  });

  it("is assembled again to the same words", async () => {
    const { stdout } = await ppu("disasm", file("return.s", RETURN), "--json");
    const list: { text: string; word: string }[] = JSON.parse(stdout);
    const text = list.map((line) => line.text.replace(/\bend\b/, "4")).join("\n");
    const again = JSON.parse((await ppu("disasm", file("again.s", text), "--json")).stdout);
    expect(again.map((line: { word: string }) => line.word)).toEqual(list.map((line) => line.word));
  });

  it("names the sections when the one asked for is not there", async () => {
    const { code, stderr } = await ppu("disasm", hello, "--section", "foo");
    expect([code, stderr]).toEqual([127, expect.stringMatching(/no foo section; it has: int\.text, \.data/)]);
  });
});

describe("ppu build", () => {
  const source = file("answer.ts", "export function main(): i32 {\n  return 42;\n}\n");

  it("compiles, and the result runs", async () => {
    const output = path("answer.elf");
    const built = await ppu("build", source, "-o", output, "--json", "--map", "--listing");
    expect(built.stderr).toBe("");
    const summary = JSON.parse(built.stdout);
    expect(summary.sections.map((section: { name: string }) => section.name)).toContain("int.text");
    expect(summary.map).toContain("main");
    expect(summary.listing).toMatch(/blr/);
    expect((await ppu("run", output)).code).toBe(42);
    expect((await ppu("run", source)).code).toBe(42);
  });

  it("refuses bad source with file, line and column, in one line", async () => {
    const bad = file("bad.ts", "export function main(): i32 {\n  return nowhere;\n}\n");
    const { code, stderr } = await ppu("build", bad, "-o", path("bad.elf"));
    expect(code).toBe(127);
    expect(stderr).toMatch(/^ppu: .*bad\.ts:2:\d+: .*nowhere/);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(existsSync(path("bad.elf"))).toBe(false);
    expect((await ppu("build", hello)).stderr).toMatch(/is not an AssemblyScript source/);
    expect((await ppu("build", "/no/such.ts")).stderr).toMatch(/cannot read \/no\/such\.ts: no such file/);
  });
});

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

describe("the command in a process of its own", () => {
  const command = (...argv: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", join(packageRoot(), "src/cli/main.ts"), ...argv], {
      encoding: "utf8",
      cwd: packageRoot(),
    });

  it("gives the firmware's exit code", () => {
    const { status, stdout } = command("run", hello, "--set", "r3=17");
    expect([status, stdout]).toEqual([17, "hello\n"]);
  });

  it("prints errors in one line without colours or stack", () => {
    const { status, stdout, stderr } = command("run", "/no/such.elf");
    expect([status, stdout, stderr]).toEqual([127, "", "ppu: cannot read /no/such.elf: no such file\n"]);
  });
});
