import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/cli.ts";
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
      [
        ["asm", file("bad.s", "nop\n li r3, 70000\n bar")],
        /bad\.s:2:2: li: .*70000.* \(and 1 more; --all-errors prints them\)$/m,
      ],
      [
        ["asm", hello, "-o", path("odd.elf"), "--text", "0x2"],
        /--text 0x00000002: section int\.text needs a multiple/,
      ],
      [["asm", file("long.s", ".space 0x5000")], /4096 bytes larger than the SRAM/],
      [["asm", hello, "-o", "/no/such/out.elf"], /cannot write \/no\/such\/out\.elf: no such directory/],
    ];
    for (const [argv, message] of cases) {
      const { code, stderr } = await ppu(...argv);
      expect([code, stderr]).toEqual([127, expect.stringMatching(message)]);
    }
  });
});

describe("--all-errors", () => {
  const text = file("two.s", "nop\n li r3, 70000\n bar\n");
  const source = file("two.ts", "export function main(): i32 {\n  nowhere();\n  return nothing;\n}\n");

  it.each([
    ["asm", text],
    ["run", text],
    ["build", source],
    ["run", source],
  ])("%s prints each problem on its own line", async (verb, path) => {
    const { code, stderr } = await ppu(verb, path, "--all-errors");
    expect(code).toBe(127);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const [n, line] of lines.entries()) {
      expect(line.startsWith(`ppu: ${path}:${n + 2}:`)).toBe(true);
      expect(line).not.toContain("more");
    }
    expect((await ppu(verb, path)).stderr).toMatch(/^[^\n]* \(and 1 more; --all-errors prints them\)\n$/);
  });

  it("shows control bytes of the input as text", async () => {
    const { stderr } = await ppu("asm", file("escape.s", " f\x1b[31moo r1\n"));
    expect(stderr).toContain('unknown instruction "f\\x1b[31moo"');
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

describe("--checks", () => {
  const source = file(
    "check.ts",
    "let n: i32 = 1;\nexport function main(): i32 {\n  n += 1;\n  assert(n == 1);\n  return 7;\n}\n",
  );

  it("makes a failed assertion trap, in ppu run and ppu build", async () => {
    expect((await ppu("run", source)).code).toBe(7);
    const checked = await ppu("run", source, "--checks");
    expect(checked.stderr).toMatch(/return code 0xdead0001: trap .*check\.ts:4:/);
    const output = path("check.elf");
    await ppu("build", source, "--checks", "-o", output);
    expect((await ppu("run", output)).stderr).toMatch(/return code 0xdead0001: trap .*check\.ts:4:/);
  });

  it("is refused for what is not compiled", async () => {
    const { code, stderr } = await ppu("run", hello, "--checks");
    expect([code, stderr]).toEqual([127, expect.stringMatching(/^ppu: --checks is for AssemblyScript/)]);
  });
});

describe("colours", () => {
  it.each([
    [true, false],
    [false, true],
  ])("follow the stream: stdout %s, stderr %s", async (isTerminal, stderrIsTerminal) => {
    const texts = { stdout: "", stderr: "" };
    const io = {
      stdout: (text: string) => void (texts.stdout += text),
      stderr: (text: string) => void (texts.stderr += text),
      isTerminal,
      stderrIsTerminal,
      exitCode: 0,
    };
    await runCli(["run", hello], io);
    await runCli(["isa"], io);
    expect(texts.stdout.includes("\x1b[")).toBe(isTerminal);
    expect(texts.stderr.includes("\x1b[")).toBe(stderrIsTerminal);
  });
});

describe("ppu mnist interrupted", () => {
  it("says so in the JSON and in the exit code", { timeout: 120_000 }, async () => {
    // What Ctrl-C calls, as soon as the command listens: the first batch is then the last.
    const press = (event: string | symbol, listener: () => void) => {
      if (event === "SIGINT") setImmediate(listener);
    };
    process.on("newListener", press);
    const { code, stdout } = await ppu("mnist", "--images", "1", "--json");
    process.removeListener("newListener", press);
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ images: 1, batches: 1, interrupted: true });
  });

  it("counts one batch as one", { timeout: 120_000 }, async () => {
    const { code, stdout } = await ppu("mnist", "--images", "1", "--show", "0");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/ ms in 1 batch\n/)]);
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

  it.skipIf(!existsSync("/dev/full"))("says in one line that its output cannot be written", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", join(packageRoot(), "src/cli/main.ts"), "isa"],
      { encoding: "utf8", cwd: packageRoot(), stdio: ["ignore", full, "pipe"] },
    );
    closeSync(full);
    expect([status, stderr]).toEqual([127, "ppu: cannot write the output: no space left on device\n"]);
  });

  it("prints errors in one line without colours or stack", () => {
    const { status, stdout, stderr } = command("run", "/no/such.elf");
    expect([status, stdout, stderr]).toEqual([127, "", "ppu: cannot read /no/such.elf: no such file\n"]);
  });
});
