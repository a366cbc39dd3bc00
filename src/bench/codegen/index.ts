/**
 * Executed instructions, cycles and size of small kernels against powerpc-linux-gnu-gcc -O2 for the same C, both run
 * on our emulator, gcc with and without its unrolling.
 */
import { inScratch, isInstalled, POWER_GCC } from "../tools.ts";
import { geometricMean } from "../turns.ts";
import type { BenchContext, Row } from "../types.ts";
import { callKernel } from "./call.ts";
import { compileGcc, compileOurs, type KernelCode } from "./compilers.ts";
import { KERNELS } from "./kernels.ts";

/** What one compiler's code for a kernel takes. */
interface Figures {
  readonly bytes: number;
  readonly instructions: number;
  readonly cycles: number;
  readonly result: number;
}

interface Comparison {
  readonly name: string;
  readonly ours: Figures;
  /** By variant of gcc's options; empty when it is not installed. */
  readonly gcc: Readonly<Record<string, Figures>>;
}

const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  "gcc -O2": [],
  "gcc -O2 -fno-unroll-loops": ["-fno-unroll-loops"],
};
const QUANTITIES = ["instructions", "cycles", "bytes"] as const;

const figures = (code: KernelCode, n: number): Figures => ({ bytes: code.bytes, ...callKernel(code, n) });

async function compareKernels(withGcc: boolean, directory: string): Promise<Comparison[]> {
  const list: Comparison[] = [];
  for (const kernel of KERNELS) {
    const ours = figures(await compileOurs(kernel), kernel.n);
    const gcc: Record<string, Figures> = {};
    for (const [variant, flags] of withGcc ? Object.entries(VARIANTS) : []) {
      gcc[variant] = figures(compileGcc(kernel, flags, directory), kernel.n);
      if (gcc[variant].result !== ours.result)
        throw new Error(`"${kernel.name}" computes ${ours.result}, by ${variant} ${gcc[variant].result}`);
    }
    list.push({ name: kernel.name, ours, gcc });
  }
  return list;
}

/** Our figures as ratios to those of a variant, with their geometric means. */
function ratioRows(list: readonly Comparison[], peer: string): Row[] {
  return QUANTITIES.flatMap((quantity): Row[] => {
    const unit = `x ${quantity}`;
    const ratios = list.map(({ name, ours, gcc }) => ({ name, value: ours[quantity] / gcc[peer][quantity] }));
    const mean = geometricMean(ratios.map(({ value }) => value));
    return [
      { name: `geometric mean of ${list.length} kernels`, value: mean, unit, peer },
      ...ratios.map(({ name, value }) => ({ name, value, unit, peer, group: `${quantity} of each kernel` })),
    ];
  });
}

/** Without gcc the figures of our own code. */
export async function codegenRows({ note }: BenchContext): Promise<Row[]> {
  const withGcc = isInstalled(POWER_GCC);
  const list = await inScratch((directory) => compareKernels(withGcc, directory));
  if (withGcc) return Object.keys(VARIANTS).flatMap((variant) => ratioRows(list, variant));
  note(`${POWER_GCC} is not installed: only our own figures`);
  return QUANTITIES.flatMap((unit) =>
    list.map(({ name, ours }) => ({ name, value: ours[unit], unit, group: "our code" })),
  );
}
