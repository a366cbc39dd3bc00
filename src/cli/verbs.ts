import type { Command } from "commander";
import type { CliIo } from "./io.ts";

/** A verb of the command line; its module is loaded when it is used. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: (io: CliIo) => Promise<Command>;
}

export const VERBS: readonly Verb[] = [
  {
    name: "run",
    summary: "run a program on the emulated chip",
    load: async (io) => (await import("./run.ts")).runCommand(io),
  },
  {
    name: "debug",
    summary: "debug a program in the terminal, forwards and backwards",
    load: async (io) => (await import("./debug.ts")).debugCommand(io),
  },
  {
    name: "gdb",
    summary: "debug a program with GDB, forwards and backwards",
    load: async (io) => (await import("./gdb.ts")).gdbCommand(io),
  },
  {
    name: "dap",
    summary: "let an editor debug a program, forwards and backwards",
    load: async (io) => (await import("./dap.ts")).dapCommand(io),
  },
  {
    name: "test",
    summary: "run tests of firmware on emulated chips",
    load: async (io) => (await import("./test.ts")).testCommand(io),
  },
  {
    name: "trace",
    summary: "record, show, compare and export instruction traces",
    load: async (io) => (await import("./trace.ts")).traceCommand(io),
  },
  {
    name: "coverage",
    summary: "measure which lines, branches and functions of the source ran",
    load: async (io) => (await import("./coverage.ts")).coverageCommand(io),
  },
  {
    name: "profile",
    summary: "tell where the cycles of a program went",
    load: async (io) => (await import("./profile.ts")).profileCommand(io),
  },
  {
    name: "build",
    summary: "compile AssemblyScript firmware to an ELF file",
    load: async (io) => (await import("./build.ts")).buildCommand(io),
  },
  {
    name: "asm",
    summary: "assemble Power and vector assembly to an ELF file",
    load: async (io) => (await import("./asm.ts")).asmCommand(io),
  },
  {
    name: "disasm",
    summary: "print the machine code of a program as assembly",
    load: async (io) => (await import("./disasm.ts")).disasmCommand(io),
  },
  {
    name: "mnist",
    summary: "classify handwritten digits on both PPUs",
    load: async (io) => (await import("./mnist.ts")).mnistCommand(io),
  },
  {
    name: "map",
    summary: "place your own network on the array",
    load: async (io) => (await import("./map.ts")).mapCommand(io),
  },
  {
    name: "infer",
    summary: "run your own network on both PPUs",
    load: async (io) => (await import("./infer.ts")).inferCommand(io),
  },
  {
    name: "calibrate",
    summary: "calibrate a raw chip",
    load: async (io) => (await import("./calibrate.ts")).calibrateCommand(io),
  },
  {
    name: "train",
    summary: "train the weights of the digit network",
    load: async (io) => (await import("./train.ts")).trainCommand(io),
  },
  {
    name: "experiment",
    summary: "reproduce the figures of the paper",
    load: async (io) => (await import("./experiment.ts")).experimentCommand(io),
  },
  {
    name: "sweep",
    summary: "run many chips, trials and settings on all cores",
    load: async (io) => (await import("./sweep.ts")).sweepCommand(io),
  },
  {
    name: "report",
    summary: "show a chip in pictures and tables on one page",
    load: async (io) => (await import("./report.ts")).reportCommand(io),
  },
  {
    name: "regs",
    summary: "look up registers of the chip and their fields",
    load: async (io) => (await import("./regs.ts")).regsCommand(io),
  },
  {
    name: "isa",
    summary: "look up instructions of the PPU",
    load: async (io) => (await import("./isa.ts")).isaCommand(io),
  },
  {
    name: "bench",
    summary: "measure speed and code quality as ratios",
    load: async (io) => (await import("./bench.ts")).benchCommand(io),
  },
];
