/** `ppu trace diff` as a command: kinds of arguments, verdicts, exit codes. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { assemble } from "../../src/toolchain/assembler/index.ts";
import { fromHex, readProgram, toHex } from "../core/golden.ts";
import { withoutShadows } from "../core/golden-state.ts";
import { programBytes } from "../trace/golden-chip.ts";
import { ppu, workspace } from "./harness.ts";

const { file, path } = workspace();
const GOLDEN = join(packageRoot(), "test/golden/programs");
const NAMES = readdirSync(GOLDEN).map((name) => name.replace(".json", ""));
const hasQemu = spawnSync("qemu-ppc", ["--version"]).status === 0;

const diff = (...argv: string[]) => ppu("trace", "diff", ...argv);

describe("lists of the RTL", () => {
  const runs = NAMES.flatMap((name) => readProgram(name).runs.map((run, index) => ({ name, run, index })));

  it.each(runs)("$name #$index equal a run", async ({ name, run, index }) => {
    const program = readProgram(name);
    const image = file(`${name}.bin`, programBytes(program));
    const options = [
      ...(program.fixed_cycles ? ["--max-cycles", String(program.fixed_cycles)] : []),
      // The RTL's last entry is sometimes missing behind a division.
      "--prefix",
    ];
    const { code, stdout } = await diff(
      join(GOLDEN, `${name}.json#${index}`),
      image,
      "--all",
      "--json",
      ...options,
    );
    const { equal, differences, repeated } = JSON.parse(stdout);
    // What the RTL issues in the shadow of an exception is all that differs.
    const kept = new Set(withoutShadows(program, run).map(([cycle]) => cycle));
    const shadows = run.retired.filter(([cycle]) => !kept.has(cycle)).map(([, pc]) => toHex(fromHex(pc)));
    const found = differences.flatMap(({ records }: { records: { pc: number }[][] }) =>
      records[0].map(({ pc }) => toHex(pc)),
    );
    expect(differences.every(({ kind }: { kind: string }) => kind === "deleted")).toBe(true);
    expect(repeated).toEqual([]);
    expect(found).toEqual(shadows);
    expect([equal, code]).toEqual(shadows.length === 0 ? [true, 0] : [false, 1]);
  });

  it("say what they do not have, and take the timing of the run", async () => {
    const image = file("p02.bin", programBytes(readProgram("p02_branches")));
    const list = join(GOLDEN, "p02_branches.json");
    const { code, stdout } = await diff(`${list}#branch-cache=0`, image);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^equal: 127 instructions of top\n/);
    expect(stdout).toMatch(/timing rtl,branch-cache=0,data=1,vector=1,pio=1/);
    expect(stdout).toMatch(
      /\nA has no register values, accesses and events, stalls and vectors: not compared\n/,
    );
    const other = await diff(`${list}#branch-cache=0`, image, "--timing", "rtl");
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/^first difference at instruction \d+ of top, cycle \d+ \| \d+\n/);
    const ambiguous = await diff(list, image);
    expect([ambiguous.code, ambiguous.stderr.split("\n").length]).toEqual([127, 2]);
    expect(ambiguous.stderr).toMatch(/holds 3 runs, say which/);
  });

  it("may be text", async () => {
    const program = readProgram("p34_scalar_random");
    const image = file("p34.bin", programBytes(program));
    const lines = program.runs[0].retired.map(([cycle, pc]) => `${cycle} 0x${pc}`);
    const list = file("p34.txt", `# cycle pc\n${lines.join("\n")}\n`);
    expect((await diff(list, image, "--timing", "rtl,branch-cache=0")).code).toBe(0);
    const changed = file(
      "changed.txt",
      lines.map((line, i) => (i === 100 ? line.replace(/^\d+/, "1") : line)).join("\n"),
    );
    const { code, stdout } = await diff(list, changed);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^first difference at instruction 101 of top/);
    const broken = await diff(file("broken.txt", "3 0\n8 zero\n"), image);
    expect(broken).toMatchObject({
      code: 127,
      stderr: expect.stringMatching(/broken\.txt:2: "8 zero" is not "cycle pc"/),
    });
  });
});

describe("a log of qemu-ppc", () => {
  const CODE = 0x1000;
  const SOURCE = `
        li 3, 100
        mtctr 3
        lis 4, 0x1234
        ori 4, 4, 0x5678
        li 5, 0
        li 9, 0x1800
loop:   add. 5, 5, 4
        adde 6, 6, 5
        subfc 7, 5, 4
        rlwinm 8, 5, 7, 3, 21
        stw 8, 0(9)
        lbz 10, 1(9)
        cmplw 3, 10, 4
        mfcr 11
        mullw 12, 5, 10
        cntlzw 13, 12
        bl step
        bdnz loop
        li 0, 1
        li 3, 0
        .long 0x44000002
        wait
step:   addi 14, 14, -3
        srawi 15, 14, 2
        blr
`;
  /** The words as an executable for qemu, and as a program for a PPU at the same addresses. */
  function programs(source: string): { readonly elf: string; readonly own: string } {
    const { data } = assemble(source, "scalar.s").sections[0];
    const header = [0x7f454c46, 0x01020100, 0, 0, 0x00020014, 1, CODE, 52, 0, 0, 0x00340020, 0x00010000, 0];
    const segment = [1, 0x1000, CODE, CODE, data!.length, 0x1000, 7, 0x1000];
    const elf = Buffer.alloc(0x1000 + data!.length);
    for (const [i, word] of [...header, ...segment].entries()) elf.writeInt32BE(word, 4 * i);
    elf.set(data!, 0x1000);
    const raw = Buffer.alloc(CODE + data!.length);
    // From reset to the code.
    raw.writeInt32BE(0x48000000 | CODE, 0);
    raw.set(data!, CODE);
    return { elf: file("scalar", elf), own: file("scalar.bin", raw) };
  }

  function logOf(elf: string, name: string, ...options: string[]): string {
    spawnSync("chmod", ["+x", elf]);
    spawnSync("qemu-ppc", ["-d", "in_asm,cpu", ...options, "-D", path(name), elf]);
    return path(name);
  }

  it.runIf(hasQemu)("equals the run of a PPU", async () => {
    const { elf, own } = programs(SOURCE);
    const log = logOf(elf, "qemu.log", "-singlestep");
    // The first instruction of the PPU is the jump to the code; registers of the stack are others.
    const { code, stdout } = await diff(
      log,
      own,
      "--results",
      "--prefix",
      "--all",
      "--json",
      "--set",
      "r1=0x2000",
    );
    const { differences } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(
      differences.map(({ kind, records }: { kind: string; records: { pc: number }[][] }) => [
        kind,
        records[1][0].pc,
      ]),
    ).toEqual([["inserted", 0]]);
    const registers = "r3,r4,r5,r6,r7,r8,r10,r11,r12,r13,r14,r15,cr0,cr3,xer,lr,ctr";
    const only = await diff(log, own, "--only", registers, "--prefix");
    expect(only.stdout).toMatch(/^equal: /);
    const other = programs(SOURCE.replace("rlwinm 8, 5, 7, 3, 21", "rlwinm 8, 5, 7, 4, 21"));
    const changed = await diff(log, other.own, "--only", "r8,r10", "--prefix");
    expect(changed.stdout).toMatch(
      /^first difference at instruction \d+ \| \d+ of top.*\n(?:.*\n)*(?:changed|replaced): .*r8/,
    );
  });

  it.runIf(hasQemu)("with a dump for several instructions is refused in one line", async () => {
    const { elf, own } = programs(SOURCE);
    const { code, stderr } = await diff(logOf(elf, "blocks.log"), own, "--results");
    expect(code).toBe(127);
    expect(stderr).toMatch(
      /^ppu: .*blocks\.log:\d+: one register dump for several instructions; log with qemu-ppc .*-singlestep.*\n$/,
    );
  });
});

describe("runs", () => {
  const program = file(
    "noise.s",
    "lis 3, 8\nfxvinx 1, 0, 3\nsync\nli 4, 0x1000\nfxvstax 1, 0, 4\nsync\nlbz 5, 3(4)\nli 6, 7\nwait\n",
  );

  it("of other noise are led back to the conversion", async () => {
    const { code, stdout } = await diff(program, "--b-options", "--noise-seed 2", "--only", "memory");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^first difference at instruction 5 of top, cycle \d+\n/);
    expect(stdout).toMatch(/\nnoise seed 0 in A, 2 in B\n/);
    expect(stdout).toMatch(
      /How it came about \(A \| B\):\n.*fxvstax 1, 0, r4(?:.*\n)+.*fxvinx 1, 0, r3(?:.*\n)+.*conversion of the CADC of hemisphere top/,
    );
  });

  it("stop at the first difference", async () => {
    const endless = (value: number) => file(`endless${value}.s`, `li 3, ${value}\n1: addi 4, 4, 1\nb 1b\n`);
    const { code, stdout } = await diff(
      endless(1),
      endless(2),
      "--max-cycles",
      "100000000000",
      "--window",
      "64",
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^first difference at instruction 1 of top, cycle 3\n/);
  });

  it("equal a recorded trace, with the options of the recording", async () => {
    const trace = path("noise.trace");
    await ppu("trace", "record", program, "--noise-seed", "5", "-o", trace);
    const same = await diff(trace, program);
    expect([same.code, same.stdout.split("\n")[0]]).toEqual([0, "equal: 9 instructions of top"]);
    expect(same.stdout).toMatch(/noise seed 5/);
    expect((await diff(trace, program, "--noise-seed", "6")).code).toBe(1);
    expect((await diff(trace, program, "--noise-seed", "6", "--only", "r6")).code).toBe(0);
  });

  it("are reported for machines, side by side and with all registers", async () => {
    const argv = [program, "--b-options", "--noise-seed 2"];
    const { stdout } = await diff(...argv, "--json", "--all");
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ equal: false, notes: ["noise seed 0 in A, 2 in B"] });
    expect(report.differences[0]).toMatchObject({
      kind: "changed",
      instruction: [2, 2],
      ppus: ["top", "top"],
    });
    expect(report.differences[0].cause.operands[0]).toMatchObject({ name: "causal" });
    const columns = await diff(...argv, "--side-by-side", "--registers", "--context", "1");
    expect(columns.stdout).toMatch(/\n.* \| .*fxvinx/);
    expect(columns.stdout).toMatch(/Registers before \(A \| B\):\n {2}r0 +0x00000000\n/);
    expect(columns.code).toBe(1);
  });
});

describe("mistakes", () => {
  const program = file("plain.s", "wait\n");

  it.each([
    [[program], /name a second trace, or how A differs/],
    [[path("none.trace"), program], /none\.trace: no such file/],
    [[program, program, "--ignore", "colours"], /"colours" is none of cycles, stalls, addresses, events/],
    [
      [program, program, "--only", "r99"],
      /--only r99: no register, device, address range or object of both programs/,
    ],
    [[program, program, "--b-options", "--noise-sed 2"], /--b-options "--noise-sed 2": unknown option/],
    [[program, program, "--a-ppu", "bottom"], /A has no records of the bottom PPU/],
    [
      [file("poem.txt", "roses are red\n"), program],
      /is no trace, log of qemu-ppc, list of "cycle pc" or program/,
    ],
  ])("%# are told in one line", async (argv, message) => {
    const { code, stdout, stderr } = await diff(...(argv as string[]));
    expect([code, stdout]).toEqual([127, ""]);
    expect(stderr).toMatch(message as RegExp);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("the help has examples and exit codes", async () => {
    const { stdout, code } = await diff("--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/ppu trace diff golden\.trace main\.ts/);
    expect(stdout).toMatch(/Exit code: 0 equal, 1 different, 127/);
  });
});
