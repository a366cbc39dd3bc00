/** Programs for tests in vitest: loading them once, running them on chips. */

import { statSync } from "node:fs";
import { extname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ppusOf } from "../chip/checks.ts";
import { Chip, type ChipOptions, type PpuName, type PpuSelection } from "../chip/index.ts";
import { checkPoke, pokeMemory } from "../debug/memory.ts";
import { writeRegister } from "../debug/registers.ts";
import { type Execution, execute } from "../testing/execution.ts";
import { assemble } from "../toolchain/assembler/index.ts";
import { type CompileOptions, compileFirmware, compileSource } from "../toolchain/compile.ts";
import { ImageError } from "../toolchain/elf/index.ts";
import type { Image } from "../toolchain/image.ts";
import { loadProgramFile } from "../toolchain/loader.ts";
import { findSymbol } from "../toolchain/symbols.ts";
import type { Trap } from "../toolchain/trap.ts";
import type { Trace } from "../trace/model.ts";
import { record, type TraceOptions } from "./record.ts";

/** A program that can be run as often as one likes. */
export interface Firmware {
  /** As shown in messages. */
  readonly name: string;
  readonly image: Image;
}

export interface LoadOptions
  extends Pick<CompileOptions, "checks" | "debug" | "mailboxBytes" | "optimizeLevel" | "shrinkLevel"> {
  /** Of a source text: its name in messages, `.ts` for AssemblyScript (default `firmware.ts`), `.s` for assembly. */
  readonly name?: string;
}

const loaded = new Map<string, Promise<Firmware>>();

/** Remembers what `make` gives for a key, unless it fails. */
function once(key: string, make: () => Promise<Firmware>): Promise<Firmware> {
  let firmware = loaded.get(key);
  if (!firmware) {
    firmware = make();
    loaded.set(key, firmware);
    firmware.catch(() => loaded.delete(key));
  }
  return firmware;
}

/**
 * A program from a file (AssemblyScript, assembly, ELF) or from a source text, which is anything with a line break. What was
 * loaded before in the same way is taken again, unless the file has changed; of AssemblyScript only the entry file is looked at.
 * @throws CompileError, AssemblerError or ImageError, with one line a problem
 */
export function loadFirmware(program: string | URL, options: LoadOptions = {}): Promise<Firmware> {
  const text = program instanceof URL ? fileURLToPath(program) : program;
  const { name = "firmware.ts", ...compile } = options;
  if (text.includes("\n")) return once(JSON.stringify([text, options]), () => fromText(text, name, compile));
  const path = resolve(text);
  const stats = statSync(path, { throwIfNoEntry: false });
  const key = JSON.stringify([path, stats?.mtimeMs, stats?.size, options]);
  return once(key, async () => ({
    name: relative(process.cwd(), path),
    image: await fromFile(path, compile),
  }));
}

async function fromText(text: string, name: string, options: CompileOptions): Promise<Firmware> {
  if ([".s", ".asm"].includes(extname(name).toLowerCase())) return { name, image: assemble(text, name) };
  return { name, image: (await compileSource(text, { ...options, name })).image };
}

async function fromFile(path: string, options: CompileOptions): Promise<Image> {
  const shown = relative(process.cwd(), path);
  return extname(path) === ".ts" ? (await compileFirmware(shown, options)).image : loadProgramFile(shown);
}

/** Bytes for a memory: by data address, or by the name of a variable of the program, `name+8` included. */
export interface MemoryContents {
  readonly at: number | string;
  readonly bytes: ArrayLike<number>;
}

export interface RunFirmwareOptions extends ChipOptions {
  /** Default: top. */
  readonly ppus?: PpuSelection;
  /** PPU cycles after which the run ends; default 10,000,000. */
  readonly maxCycles?: number;
  /** Before the start: registers by name as in the debugger, e.g. `{ r3: 5, v1: lanes }`, on every PPU that runs. */
  readonly registers?: Readonly<Record<string, number | Uint8Array | Int32Array>>;
  /** Before the start: SRAM (of every PPU that runs), external memory, DRAM. */
  readonly memory?: readonly MemoryContents[];
  /** Called with the chip last before the start. */
  readonly prepare?: (chip: Chip) => void;
  /** Records the run, for `toMatchTrace` and for reading `trace` of the result; default: no. */
  readonly trace?: boolean | TraceOptions;
}

/** What one PPU did. */
export interface PpuRun {
  readonly mailbox: string;
  /** Undefined when the program has not ended. */
  readonly returnCode: number | undefined;
  /** From reset release to its end, or to where it was stopped. */
  readonly cycles: number;
  readonly instructions: number;
  /** The fault that ended it. */
  readonly trap: Trap | undefined;
}

/** A program that was run, and the chip as it was left. */
export interface FirmwareRun {
  readonly firmware: Firmware;
  readonly chip: Chip;
  /** Why it ended: `finished`, or `cycles` at the limit, `strict` at a finding, … */
  readonly reason: Execution["result"]["reason"];
  /** Those that ran. */
  readonly ppus: Partial<Readonly<Record<PpuName, PpuRun>>>;
  /** Text of the mailbox; of both PPUs if both ran, top first. */
  readonly mailbox: string;
  /** Of the PPU that ran; if both did, the first code that is not 0. Undefined when one has not ended. */
  readonly returnCode: number | undefined;
  /** Of the PPU that ran longest. */
  readonly cycles: number;
  readonly instructions: number;
  /** What was recorded, with the option `trace`. */
  readonly trace: Trace | undefined;
  /** For messages about what went wrong. */
  readonly execution: Execution;
}

const DEFAULT_MAX_CYCLES = 10_000_000;

/** Runs a program on a new chip. Findings stop it, unless `strict` is false. */
export function run(firmware: Firmware, options: RunFirmwareOptions = {}): FirmwareRun {
  const {
    ppus = "top",
    maxCycles = DEFAULT_MAX_CYCLES,
    registers = {},
    memory = [],
    prepare,
    trace = false,
    ...chipOptions
  } = options;
  const { image } = firmware;
  const chip = new Chip({ strict: true, ...chipOptions });
  const sides = ppusOf(ppus);
  let recorded: ((reason: string) => Trace) | undefined;
  const execution = execute(chip, {
    image,
    ppus,
    maxCycles,
    prepare() {
      for (const { at, bytes } of memory) {
        const address = typeof at === "number" ? at : addressOf(firmware, at);
        checkPoke(address, bytes.length);
        for (const side of sides) pokeMemory(chip, side, address, Uint8Array.from(bytes));
      }
      for (const [name, value] of Object.entries(registers)) {
        for (const side of sides) writeRegister(chip, side, name, value);
      }
      prepare?.(chip);
      if (trace === false) return;
      const what = { name: firmware.name, image, ppus: sides, chip: chipOptions };
      recorded = record(chip, what, trace === true ? {} : trace);
    },
  });
  const runs = execution.ppus;
  const codes = runs.map(({ returnCode }) => returnCode);
  return {
    firmware,
    chip,
    reason: execution.result.reason,
    ppus: Object.fromEntries(
      runs.map(({ name, mailbox, returnCode, cycles, instructions, trap }) => [
        name,
        { mailbox, returnCode, cycles, instructions, trap },
      ]),
    ),
    mailbox: runs.map(({ mailbox }) => mailbox).join(""),
    returnCode: codes.includes(undefined) ? undefined : (codes.find((code) => code !== 0) ?? 0),
    cycles: Math.max(...runs.map(({ cycles }) => cycles)),
    instructions: Math.max(...runs.map(({ instructions }) => instructions)),
    trace: recorded?.(execution.result.reason),
    execution,
  };
}

/** Address of a variable, or of a byte behind its begin. Throws ImageError for a name that the program does not have. */
export function addressOf({ name, image }: Firmware, place: string): number {
  const [, symbolName, offset = "0"] = /^(.*?)(?:\+(0x[0-9a-fA-F]+|\d+))?$/.exec(place) ?? [];
  const symbol = findSymbol(image, symbolName);
  if (!symbol) throw new ImageError(`${name} has no variable ${symbolName}`);
  return symbol.address + Number(offset);
}
