/** Inlined kernels for any registers: code that is made once, with gaps for the addresses of its arguments. */
import { kernelBytes } from "../../kernel-module.ts";
import { pushUnsigned } from "../../leb128.ts";
import { MEMORY_LAYOUT, VECTOR_BYTES } from "../layout.ts";
import { inlinedKernel } from "./inlined-kernel.ts";
import { KernelBodies } from "./kernel-body.ts";
import type { Code } from "./wasm-code.ts";

/** Stand for the addresses of the registers: far apart, and beyond all memory of a PPU. */
const FIRST_ADDRESS = 0x100000;
const ADDRESS_DISTANCE = 0x1000;
/** Bytes of the longest code that is inlined: longer kernels gain little, and code takes time to compile. */
const LONGEST = 1000;
const ONES = { address: MEMORY_LAYOUT.masks, length: VECTOR_BYTES };

interface Gap {
  /** Position in the bytes. */
  readonly at: number;
  readonly register: number;
  readonly offset: number;
}

interface Template {
  readonly bytes: readonly number[];
  readonly gaps: readonly Gap[];
}

export type KernelArguments = readonly [t: number, a: number, b: number, argument: number | undefined];

/** Writes an unsigned number below 2^21 in three bytes. */
function fillGap(bytes: number[], at: number, value: number): void {
  bytes[at] = (value & 127) | 128;
  bytes[at + 1] = ((value >>> 7) & 127) | 128;
  bytes[at + 2] = value >>> 14;
}

class KernelTemplates {
  readonly #bodies = new KernelBodies(kernelBytes("kernels", "vector kernels"));
  readonly #templates = new Map<string, Template | undefined>();

  get(
    name: string,
    registers: readonly number[],
    argument: number | undefined,
    code: Code,
  ): Template | undefined {
    const firsts = registers.map((register) => registers.indexOf(register));
    const key = `${name} ${firsts} ${argument} ${code.vectors[0]}`;
    if (!this.#templates.has(key)) this.#templates.set(key, this.#make(name, firsts, argument, code));
    return this.#templates.get(key);
  }

  #make(
    name: string,
    firsts: readonly number[],
    argument: number | undefined,
    code: Code,
  ): Template | undefined {
    const body = this.#bodies.get(name);
    if (!body) return undefined;
    const gaps: Gap[] = [];
    const registers = firsts.map((first) => FIRST_ADDRESS + first * ADDRESS_DISTANCE);
    const bytes = inlinedKernel(body, [...registers, argument], {
      scalar: code.scalar,
      vectors: code.vectors,
      ones: ONES,
      pushAddress(into, address) {
        const beyond = address - FIRST_ADDRESS;
        if (beyond < 0) pushUnsigned(into, address);
        else {
          const [register, offset] = [Math.floor(beyond / ADDRESS_DISTANCE), beyond % ADDRESS_DISTANCE];
          gaps.push({ at: into.length, register, offset });
          into.push(0, 0, 0);
        }
      },
    });
    return bytes && bytes.length <= LONGEST ? { bytes, gaps } : undefined;
  }
}

let templates: KernelTemplates | undefined;

/**
 * Emits the instructions of the kernel with these arguments; one that is undefined is in the local `code.scalar`. False: it
 * cannot be inlined.
 */
export function inlineKernel(code: Code, name: string, [t, a, b, argument]: KernelArguments): boolean {
  templates ??= new KernelTemplates();
  const registers = [t, a, b];
  const template = templates.get(name, registers, argument, code);
  if (!template) return false;
  const start = code.bytes.length;
  code.raw(template.bytes);
  for (const { at, register, offset } of template.gaps) {
    fillGap(code.bytes, start + at, registers[register] + offset);
  }
  return true;
}
