/** The suites of `ppu bench`, in the order in which they run; a suite is loaded when it runs. */
import type { Suite } from "./types.ts";

export const SUITES: readonly Suite[] = [
  {
    name: "scalar",
    summary: "scalar programs against qemu-ppc, native C and decoding in every step",
    run: async (context) => (await import("./scalar/index.ts")).scalarRows(context),
  },
  {
    name: "start",
    summary: "from a new process to the first thousand instructions of a 16 KiB image, beside bare node",
    run: async (context) => (await import("./start.ts")).startRows(context),
  },
  {
    name: "vector",
    summary: "every vector instruction against native C over the same lanes",
    run: async (context) => (await import("./vector/index.ts")).vectorRows(context),
  },
  {
    name: "whole",
    summary: "MNIST on the whole chip: images a second, speed against the chip, shares of the time",
    run: async (context) => (await import("./whole/index.ts")).wholeRows(context),
  },
  {
    name: "analog",
    summary: "a run of the whole array with noise, against C and the bandwidth of memory",
    run: async (context) => (await import("./analog/index.ts")).analogRows(context),
  },
  {
    name: "sweep",
    summary: "the same sweep over chips on one thread and on as many as there are cores",
    run: async (context) => (await import("./sweep.ts")).sweepRows(context),
  },
  {
    name: "codegen",
    summary: "what the compiler's code costs against gcc's, on the emulated PPU",
    run: async (context) => (await import("./codegen/index.ts")).codegenRows(context),
  },
  {
    name: "observing",
    summary: "what counters, traces, breakpoints and watchpoints cost; a step back",
    run: async (context) => (await import("./observing/index.ts")).observingRows(context),
  },
];
