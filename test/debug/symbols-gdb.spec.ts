/** Frames, variables and breakpoint places of C programs: the same as gdb says of the same program under qemu. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createProgramSymbols } from "../../src/debug/symbols/index.ts";
import { isInstalled } from "../toolchain/installed-tools.ts";
import { askGdb, walkInGdb } from "./symbols-gdb.ts";
import { machineOf } from "./symbols-machine.ts";
import { COMPILER, compileC, PROGRAM, readImage, START_BYTES } from "./symbols-programs.ts";

const directory = mkdtempSync(join(tmpdir(), "ppu-symbols-"));
afterAll(() => rmSync(directory, { recursive: true }));

const compiler = isInstalled(COMPILER);
const gdb = isInstalled("gdb-multiarch");
const qemu = isInstalled("qemu-ppc");

/** gdb's text of a value in our words. */
const translated = (text: string): string =>
  text
    .replace(/<error: Cannot access memory at address (0x[0-9a-f]+)>/, "<no memory at $1>")
    .replace("<error: value has been optimized out>", "<optimized out>")
    .replace(/<(\w+)\+(\d+)>/, (_, name, offset) => `<${name}+0x${Number(offset).toString(16)}>`);

/** gdb lists a variable a second time when the debug information describes it in a block of an inlined call. */
function withoutRepeats(variables: readonly string[], ours: readonly string[]): string[] {
  const left = [...variables];
  const count = (list: readonly string[], name: string) =>
    list.filter((v) => v.startsWith(`${name}=`)).length;
  for (const variable of variables) {
    const [name, value] = variable.split("=");
    if (value === "<optimized out>" && count(left, name) > count(ours, name)) {
      left.splice(left.indexOf(variable), 1);
    }
  }
  return left;
}

describe.runIf(compiler && gdb && qemu)("stops of a program in gdb and here", () => {
  it.each([
    ["-O0", "-gdwarf-2", 7],
    ["-O0", "-gdwarf-5", 9],
    ["-Og", "-gdwarf-3", 5],
    ["-O1", "-gdwarf-4", 3],
    ["-O2", "-gdwarf-5", 2],
    ["-O2", "-gdwarf-2", 4],
    ["-O3", "-gdwarf-4", 3],
    ["-O2", "-gdwarf-4 -fdebug-types-section", 5],
    ["-O0", "-gdwarf-5 -fdebug-types-section", 11],
  ])("%s %s: frames, lines and variables at every %ith instruction", async (level, version, every) => {
    const elf = compileC(directory, `walk${level}${version.replaceAll(" ", "")}`, PROGRAM, [
      level,
      ...version.split(" "),
    ]);
    const image = readImage(elf);
    const symbols = createProgramSymbols(image, { path: elf });
    expect(symbols.problems).toEqual([]);
    const [{ entry }] = symbols.findFunctions("main");
    const stops = await walkInGdb(directory, elf, entry, image.entry + START_BYTES, every);
    expect(stops.length).toBeGreaterThan(50);
    const { ppu, registers, memory } = machineOf(image);
    ppu.breakpoints.add(entry);
    ppu.run(Number.POSITIVE_INFINITY);
    ppu.breakpoints.clear();
    let steps = 0;
    for (const stop of stops) {
      for (; steps < stop.steps; steps++) ppu.step();
      expect(ppu.pc).toBe(stop.pc);
      expect(Array.from({ length: 32 }, (_, r) => registers.gpr(r))).toEqual(stop.gprs);
      const { frames, end } = symbols.backtrace(registers, memory);
      expect(end).toBe("outermost");
      const at = `at 0x${stop.pc.toString(16)}`;
      expect(
        frames.map(({ name, pc, source }) => [name, pc, source?.line ?? 0]),
        at,
      ).toEqual(stop.frames.map(({ name, pc, line }) => [name, pc, line]));
      for (const [n, frame] of frames.entries()) {
        const ours = symbols.variables(frame, memory).map(({ name, value }) => `${name}=${value.text()}`);
        const theirs = stop.frames[n].variables.map(([name, text]) => `${name}=${translated(text)}`);
        expect(ours.sort(), `${at}, frame ${n}`).toEqual(withoutRepeats(theirs, ours).sort());
      }
    }
  });
});

const BREAK = `
import gdb, json
def where(text):
    b = gdb.Breakpoint(text)
    addresses = sorted(int(location.address) for location in b.locations)
    b.delete()
    return addresses
gdb.execute('set breakpoint pending off')
found = {}
for text in TEXTS:
    try: found[text] = where(text)
    except gdb.error: found[text] = []
print('JSON' + json.dumps(found))
`;

describe.runIf(compiler && gdb)("breakpoints", () => {
  it.each([
    ["-O0", "-gdwarf-5"],
    ["-O0", "-gdwarf-3"],
    ["-O2", "-gdwarf-4"],
  ])("%s %s: of each line and function go where gdb puts them", (level, version) => {
    const name = `break${level}${version}`;
    const elf = compileC(directory, name, PROGRAM, [level, version]);
    const symbols = createProgramSymbols(readImage(elf), { path: elf });
    const functions = ["leaf", "widen", "length", "recurse", "apply", "fill", "main", "square", "cube"];
    const lines = PROGRAM.split("\n").map((_, n) => `${name}.c:${n + 1}`);
    const script = join(directory, `${name}.py`);
    writeFileSync(script, BREAK.replace("TEXTS", JSON.stringify([...lines, ...functions])));
    const text = askGdb(elf, [`source ${script}`]);
    const theirs = JSON.parse(text.slice(text.indexOf("JSON") + 4)) as Record<string, number[]>;
    const ours = Object.fromEntries([
      ...lines.map((line, n) => [
        line,
        symbols.placesOfLine(`${name}.c`, n + 1).flatMap((places) => places.addresses),
      ]),
      ...functions.map((f) => [f, symbols.placesOfFunction(f)]),
    ]);
    expect(ours).toEqual(theirs);
  });
});
