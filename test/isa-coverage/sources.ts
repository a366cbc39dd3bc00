/** What the results of specs that execute instructions are compared with, by the begin of their paths. */

export const SOURCE_KINDS = {
  rtl: "records of the RTL",
  qemu: "qemu",
  specification: "the specification, written down a second time",
  webassembly: "WebAssembly of the same program",
  model: "results computed by the test or a model of the program",
} as const;

export type SourceKind = keyof typeof SOURCE_KINDS;

const SOURCES: readonly (readonly [path: string, kind: SourceKind])[] = [
  ["test/core/scalar-records.spec.ts", "rtl"],
  ["test/core/vector-records.spec.ts", "rtl"],
  ["test/core/programs.spec.ts", "rtl"],
  ["test/core/timing-tables.spec.ts", "rtl"],
  ["test/vector/golden-", "rtl"],
  ["test/vector/timing-tables.spec.ts", "rtl"],
  ["test/core/qemu.spec.ts", "qemu"],
  ["test/core/interrupts.spec.ts", "specification"],
  ["test/core/rows-without-records.spec.ts", "specification"],
  ["test/core/special-registers.spec.ts", "specification"],
  ["test/vector/kernels-property.spec.ts", "specification"],
  ["test/toolchain/differential/", "webassembly"],
];

/** By path from the root of the repository. */
export const sourceKind = (spec: string): SourceKind =>
  SOURCES.find(([path]) => spec.startsWith(path))?.[1] ?? "model";

/** Begins of paths that sources are told for. */
export const SOURCE_PATHS: readonly string[] = SOURCES.map(([path]) => path);
