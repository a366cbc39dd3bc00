import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AssemblyError, assembleInstruction } from "../../isa/assemble.ts";
import { field } from "../../isa/decode.ts";
import { disassemble } from "../../isa/disassemble.ts";
import { type Parameter, WRITTEN_FORMS } from "../../isa/forms.ts";
import { POWER_INSTRUCTIONS } from "../../isa/index.ts";
import type { Instruction } from "../../isa/types.ts";
import { randomSource, randomWord } from "./random.ts";

const assembler = "powerpc-linux-gnu-as";
const objcopy = "powerpc-linux-gnu-objcopy";
const present = [assembler, objcopy].every((tool) => spawnSync(tool, ["--version"]).status === 0);
if (!present) console.log(`${assembler} is not there: comparison with the GNU assembler is not run`);

interface Line {
  readonly text: string;
  readonly word: number;
}

/** Words that the GNU assembler makes of the lines; branch targets are absolute addresses from the first line on. */
function gnuWords(lines: readonly Line[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), "gnu-"));
  try {
    const [source, object, binary] = ["a.s", "a.o", "a.bin"].map((name) => join(folder, name));
    writeFileSync(source, ["base:", ...lines.map((line) => line.text), ""].join("\n"));
    const options = ["-mpower7", "-many", "-mregnames"];
    const run = spawnSync(assembler, [...options, "-o", object, source], { encoding: "utf8" });
    expect(run.stderr.replaceAll(source, "").replace(/^: Assembler messages:\n/, "")).toBe("");
    spawnSync(objcopy, ["-O", "binary", "-j", ".text", object, binary]);
    const bytes = readFileSync(binary);
    return lines.map((_, index) => bytes.readInt32BE(4 * index));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(lines: readonly Line[]): void {
  const theirs = gnuWords(lines);
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
  const different = lines
    .map((line, index) => `${line.text}: ${hex(line.word)}, GNU ${hex(theirs[index])}`)
    .filter((_, index) => lines[index].word !== theirs[index]);
  expect(different).toEqual([]);
}

/** The GNU assembler wants relative targets relative to a symbol, absolute ones as signed numbers. */
const gnuTarget = (text: string, target: number | undefined, absolute: boolean) =>
  target === undefined
    ? text
    : text.replace(/0x[0-9a-f]+$/, absolute ? String(target | 0) : `base+(${target | 0})`);

const COUNTING_BO = [0, 2, 8, 10, 16, 18, 24, 25, 26, 27];
const VALID_BO = [...COUNTING_BO, 4, 6, 7, 12, 14, 15, 20];
/** Registers whose names only our assembler reads; the text of the others is a mnemonic or a number. */
const isNamedSpr = (text: string) => /^m[ft]spr .*[a-z]{3}/.test(text.replace(/r\d+/, ""));

/** Lines that the GNU assembler refuses as invalid forms, which the core executes, or reads as something else. */
const INVALID: readonly {
  reason: string;
  applies: (word: number, row: Instruction, text: string) => boolean;
}[] = [
  {
    reason: "update with RA = 0, or a load with RA = RT",
    applies: (word, row) =>
      /Update$/.test(row.timing) &&
      (field(word, "RA") === 0 || (row.timing === "loadUpdate" && field(word, "RA") === field(word, "RT"))),
  },
  {
    reason: "lmw with RA among the loaded",
    applies: (word, row) => row.mnemonic === "lmw" && field(word, "RA") >= field(word, "RT"),
  },
  {
    reason: "reserved values of BO",
    applies: (word, row) =>
      row.operands.some((operand) => operand.field === "BO") &&
      (!VALID_BO.includes(field(word, "BO")) ||
        (row.mnemonic === "bcctr" && COUNTING_BO.includes(field(word, "BO")))),
  },
  {
    reason: "mfocrf and mtocrf with several fields",
    applies: (word, row) =>
      /ocrf$/.test(row.mnemonic) && (field(word, "FXM") & (field(word, "FXM") - 1)) !== 0,
  },
  {
    reason: "mfocrf and mtocrf with no field",
    applies: (word, row) => /ocrf$/.test(row.mnemonic) && field(word, "FXM") === 0,
  },
  {
    reason:
      "wait: for GNU the mnemonic of a later server instruction (31/30) unless the CPU is an embedded one",
    applies: (_, row) => row.mnemonic === "wait",
  },
  {
    reason: "mtcrf with one field: GNU chooses mtocrf for newer CPUs",
    applies: (word, row) => row.mnemonic === "mtcrf" && (field(word, "FXM") & (field(word, "FXM") - 1)) === 0,
  },
  { reason: "sync 3", applies: (word, row) => row.mnemonic === "sync" && field(word, "L") === 3 },
  { reason: "names of special purpose registers", applies: (_, __, text) => isNamedSpr(text) },
];

describe.runIf(present)("the GNU assembler", () => {
  it("makes the same words of our disassembly", () => {
    const lines: Line[] = [];
    const refused = new Set<string>();
    for (const row of POWER_INSTRUCTIONS) {
      const next = randomSource(row.match);
      for (let n = 0; n < 100; n++) {
        const word = randomWord(row, next);
        const { text, target } = disassemble(word, 4 * lines.length);
        const invalid = INVALID.find((entry) => entry.applies(word, row, text));
        if (invalid) refused.add(invalid.reason);
        else lines.push({ text: gnuTarget(text, target, (word & 2) !== 0), word });
      }
    }
    compare(lines);
    expect(lines.length).toBeGreaterThan(10000);
    expect(refused.size).toBe(INVALID.length);
  });

  it("makes the same words of every written form", () => {
    const next = randomSource(3);
    const random = (low: number, high: number) => low + ((next() >>> 0) % (high - low + 1));
    const lines: Line[] = [];
    for (const form of WRITTEN_FORMS) {
      if (form.row.vector || /^(?:mftb[lu]|wait)$/.test(form.mnemonic)) continue;
      for (let n = 0; n < 4; n++) {
        const address = 4 * lines.length;
        const operands: string[] = [];
        let target: number | undefined;
        form.parameters.forEach((parameter, index) => {
          const { kind, field: name, range } = parameter;
          let value = random(range[0], range[1]);
          if (kind === "relative") {
            value = value & ~3;
            target = form.modifiers.AA ? value : address + value;
            value = target;
          }
          if (name === "BO")
            value = form.row.mnemonic === "bcctr" ? 12 : VALID_BO[random(0, VALID_BO.length - 1)];
          if (name === "FXM" && form.row.mnemonic.includes("oc")) value = 1 << random(0, 7);
          if (name === "SPR") value = 512 + random(0, 15);
          if (name === "L") value = random(0, 2);
          if (name === "RA" && /Update$|Multiple$/.test(form.row.timing)) value = random(1, 5);
          if (name === "RT" && /Update$|Multiple$/.test(form.row.timing)) value = random(6, 31);
          if (form.parameters[index - 1]?.kind === "displacement")
            operands[operands.length - 1] += `(${value})`;
          else operands.push(operandText(parameter, value));
        });
        try {
          const word = assembleInstruction(form.mnemonic, operands, { address, resolve: Number });
          const shown =
            target === undefined
              ? operands
              : [...operands.slice(0, -1), form.modifiers.AA ? `${target}` : `base+(${target})`];
          lines.push({ text: `${form.mnemonic} ${shown.join(", ")}`, word });
        } catch (error) {
          if (!(error instanceof AssemblyError) || !error.message.endsWith("combination of values"))
            throw error;
        }
      }
    }
    compare(lines);
    expect(lines.length).toBeGreaterThan(3000);
  });
});

function operandText({ kind }: Parameter, value: number): string {
  return kind === "gpr" ? `r${value}` : kind === "crField" ? `cr${value}` : String(value);
}
