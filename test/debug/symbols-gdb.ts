/** What gdb says of a program: the oracle of the symbol tests. */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "../toolchain/installed-tools.ts";

export interface GdbFrame {
  readonly name: string | null;
  readonly pc: number;
  readonly file: string | null;
  readonly line: number;
  /** Name, text of the value; parameters and locals in scope, inner blocks first. */
  readonly variables: readonly (readonly [string, string])[];
}

export interface GdbStop {
  /** Instructions since the entry. */
  readonly steps: number;
  readonly pc: number;
  /** r0 to r31. */
  readonly gprs: readonly number[];
  readonly frames: readonly GdbFrame[];
}

const SETTINGS = `
set pagination off
set confirm off
set width 0
set print symbol off
set print entry-values no
set print elements 200
set print repeats 10
set print null-stop on
set print max-depth 20
set host-charset ASCII
set target-charset ASCII
set backtrace past-main on
set backtrace past-entry off
`;

/** Steps by instructions and prints a JSON line for each stop. */
const SCRIPT = `
import gdb, json
def variables(frame):
    found = []
    try: block = frame.block()
    except RuntimeError: return found
    while block:
        for symbol in block:
            if symbol.is_argument or symbol.is_variable or symbol.is_constant:
                try: text = symbol.value(frame).format_string(symbols=False)
                except gdb.error as problem: text = '<error: %s>' % problem
                found.append([symbol.name, text])
        if block.function: break
        block = block.superblock
    return found
def frames():
    result = []
    frame = gdb.newest_frame()
    while frame:
        sal = frame.find_sal()
        result.append({'name': frame.name(), 'pc': int(frame.pc()), 'line': sal.line,
            'file': sal.symtab.filename if sal.symtab else None, 'variables': variables(frame)})
        try: frame = frame.older()
        except gdb.error: break
    return result
def walk(entry, end, every):
    gdb.execute('break *%d' % entry, to_string=True)
    gdb.execute('continue', to_string=True)
    gdb.execute('delete', to_string=True)
    gdb.execute('break *%d' % end, to_string=True)
    steps = 0
    while True:
        frame = gdb.newest_frame()
        pc = int(frame.pc())
        if pc == end: break
        gprs = [int(frame.read_register('r%d' % r)) & 0xffffffff for r in range(32)]
        print('JSON' + json.dumps({'steps': steps, 'pc': pc, 'gprs': gprs, 'frames': frames()}), flush=True)
        gdb.execute('stepi %d' % every, to_string=True)
        steps += every
`;

/** Runs a program under qemu-ppc and stops at every `every`th instruction between two addresses. */
export async function walkInGdb(
  directory: string,
  elf: string,
  entry: number,
  end: number,
  every: number,
): Promise<GdbStop[]> {
  const socket = `${elf}.sock`;
  const qemu = spawn("qemu-ppc", ["-g", socket, elf], { stdio: "ignore" });
  try {
    const script = join(directory, "walk.py");
    writeFileSync(script, SCRIPT);
    for (let n = 0; n < 500 && !existsSync(socket); n++) await new Promise((done) => setTimeout(done, 10));
    const text = outputOf("gdb-multiarch", [
      ...["-nx", "-batch"],
      ...SETTINGS.trim()
        .split("\n")
        .flatMap((line) => ["-ex", line]),
      ...["-ex", `target remote ${socket}`, "-ex", `source ${script}`],
      ...["-ex", `python walk(${entry}, ${end}, ${every})`, "-ex", "kill", elf],
    ]);
    return text
      .split("\n")
      .filter((line) => line.startsWith("JSON"))
      .map((line) => JSON.parse(line.slice(4)) as GdbStop);
  } finally {
    qemu.kill("SIGKILL");
  }
}

/** Output of gdb commands on a program that does not run. */
export function askGdb(elf: string, commands: readonly string[]): string {
  const settings = SETTINGS.trim().split("\n");
  const all = [...settings, ...commands].flatMap((line) => ["-ex", line]);
  return outputOf("gdb-multiarch", ["-nx", "-batch", ...all, elf]);
}
