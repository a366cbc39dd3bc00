/** The event crossbar: which nodes exist, and where an event that enters at an input leaves (chip.md 5, 6.1). */

import { listRegisters } from "./registers/index.ts";
import type { RegisterFile } from "./registers/register-file.ts";
import { decodeField } from "./registers/register-file.ts";

export interface CrossbarNode {
  /** 0..7 neuron event outputs, 8..11 SPL1 channels, 12..19 background sources. */
  readonly input: number;
  /** 0..3 PADI top, 4..7 PADI bottom, 8..11 FPGA. */
  readonly output: number;
}

function outputsOf(input: number): number[] {
  if (input < 8) return [input % 4, 4 + (input % 4), 8 + (input % 4)];
  if (input < 12) return [0, 1, 2, 3, 4, 5, 6, 7, input];
  return [input - 12, 8 + (input % 4)];
}

/** The 76 nodes in the order of their register addresses. */
export const CROSSBAR_NODES: readonly CrossbarNode[] = Array.from({ length: 20 }, (_, input) =>
  outputsOf(input).map((output) => ({ input, output })),
).flat();

const NODE = listRegisters().find(({ name }) => name === "crossbarNode")!;
const [MASK, TARGET, DROPS] = NODE.fields;
const FIRST_SPL1_INPUT = 8;

/**
 * Passes an event label (14 bits) that enters at `input` and returns the outputs it leaves by; counts drops and
 * events where the counters are enabled.
 */
export function routeEvent(registers: RegisterFile, input: number, label: number): number[] {
  const counted = registers.read("crossbarOutput").enableEventCounter;
  const outputs: number[] = [];
  CROSSBAR_NODES.forEach(({ input: at, output }, node) => {
    if (at !== input) return;
    const word = registers.readRaw("crossbarNode", { node });
    if ((label & decodeField(MASK, word)) === decodeField(TARGET, word)) {
      outputs.push(output);
      if (counted & (1 << output)) count(registers, "crossbarEventCounter", { output });
    } else if (decodeField(DROPS, word)) {
      count(registers, "crossbarDropCounter", { input });
    }
  });
  return outputs;
}

function count(registers: RegisterFile, name: string, index: Record<string, number>): void {
  registers.poke(name, index, 0, registers.readRaw(name, index) + 1);
}

/** Input and 14-bit event label of a 16-bit spike label as the FPGA sends it. */
export function splitSpikeLabel(label: number): { readonly input: number; readonly label: number } {
  return { input: FIRST_SPL1_INPUT + (label >> 14), label: label & 0x3fff };
}
