/** Start-up code, exit and the wrappers of interrupt handlers (firmware-abi sections 2 and 4). */
import {
  MachineBlock,
  MachineFunction,
  MachineInstruction,
  number,
  type Operand,
  register,
  symbol,
  VECTOR_BASE,
} from "./machine.ts";

/** Vector addresses and the handlers that programs may export. */
export const VECTORS: readonly { readonly address: number; readonly handler?: string }[] = [
  { address: 0x04 },
  { address: 0x08 },
  { address: 0x0c },
  { address: 0x10 },
  { address: 0x14, handler: "isr_einput" },
  { address: 0x18, handler: "isr_alignment" },
  { address: 0x1c, handler: "isr_program" },
  { address: 0x20 },
  { address: 0x24, handler: "isr_doorbell" },
  { address: 0x28 },
  { address: 0x2c, handler: "isr_fit" },
  { address: 0x30, handler: "isr_dec" },
];
export const VECTORS_END = 0x34;

const LR = 8;
const CTR = 9;
const XER = 1;
const SRR0 = 26;

const make = (mnemonic: string, ...operands: Operand[]) => new MachineInstruction(mnemonic, operands);
const r = register;
const n = number;

function bare(
  name: string,
  entered: MachineFunction["entered"],
  instructions: MachineInstruction[],
): MachineFunction {
  const f = new MachineFunction(name);
  f.bare = true;
  f.entered = entered;
  const block = new MachineBlock(0);
  block.instructions = instructions;
  f.blocks = [block];
  return f;
}

/** Sets the stack, runs the initialisers and `main`, and hands its result to `exit`. */
export function startCode(
  stackTop: number,
  calls: readonly { target: string; near: boolean }[],
): MachineFunction {
  return bare("__init", "outermost", [
    make("addi", r(1), n(0), n(stackTop)),
    ...calls.flatMap(({ target, near }) =>
      near
        ? [make("bl", symbol(target, "relative"))]
        : [
            make("addis", r(12), n(0), symbol(target, "high")),
            make("ori", r(12), r(12), symbol(target, "low")),
            make("mtspr", n(CTR), r(12)),
            make("bcctrl", n(20), n(0)),
          ],
    ),
    make("b", symbol("exit", "relative")),
  ]);
}

/** Stores return code and stack pointer where hosts look for them and sleeps for ever. */
export function exitCode(stackTop: number): MachineFunction {
  return bare("exit", "function", [
    make("addi", r(11), n(0), n(stackTop)),
    make("stw", r(1), n(0), r(11)),
    make("stw", r(3), n(12), r(11)),
    make("wait", n(0)),
    make("b", symbol("exit", "relative", 12)),
  ]);
}

/** Ends the program with a code of its own; the address of the culprit is left at stack_ptr_init + 8. */
export function faultHandler(name: string, stackTop: number, code: number): MachineFunction {
  return bare(name, "interrupt", [
    make("addi", r(11), n(0), n(stackTop)),
    make("mfspr", r(4), n(SRR0)),
    make("stw", r(4), n(8), r(11)),
    make("addis", r(3), n(0), n(code >> 16)),
    make("ori", r(3), r(3), n(code & 0xffff)),
    make("b", symbol("exit", "relative")),
  ]);
}

/**
 * Saves what the handler may destroy, calls it and returns with `rfi`. Volatile vector registers are saved if the
 * handler or anything it calls writes them; ACC and VCR cannot be saved, no instruction moves them. For debuggers, which
 * know no SRR0, also the place of the interrupt is kept in the frame.
 */
export function interruptWrapper(
  name: string,
  target: string,
  near: boolean,
  vectors: readonly number[],
  debug: boolean,
): MachineFunction {
  const scalars = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  const specials = [LR, CTR, XER];
  const at = (i: number) => 8 + 4 * i;
  const interruptedAt = at(scalars.length + specials.length + 1);
  const size = (interruptedAt + (debug ? 4 : 0) + 15) & -16;
  const list: MachineInstruction[] = [make("stwu", r(1), n(-size), r(1))];
  scalars.forEach((x, i) => {
    list.push(make("stw", r(x), n(at(i)), r(1)));
  });
  list.push(make("mfcr", r(0)), make("stw", r(0), n(at(scalars.length)), r(1)));
  specials.forEach((spr, i) => {
    list.push(make("mfspr", r(0), n(spr)), make("stw", r(0), n(at(scalars.length + 1 + i)), r(1)));
  });
  if (debug) list.push(make("mfspr", r(0), n(SRR0)), make("stw", r(0), n(interruptedAt), r(1)));
  if (vectors.length > 0) {
    list.push(
      make("rlwinm", r(12), r(1), n(0), n(25), n(31)),
      make("subfic", r(12), r(12), n(-128 * (vectors.length + 1))),
      make("stwux", r(1), r(1), r(12)),
      make("sync", n(0)),
    );
    vectors.forEach((v, i) => {
      list.push(
        make("addi", r(11), n(0), n(128 * (i + 1))),
        make("fxvstax", r(VECTOR_BASE + v), r(1), r(11)),
      );
    });
  }
  if (near) list.push(make("bl", symbol(target, "relative")));
  else {
    list.push(
      make("addis", r(12), n(0), symbol(target, "high")),
      make("ori", r(12), r(12), symbol(target, "low")),
      make("mtspr", n(CTR), r(12)),
      make("bcctrl", n(20), n(0)),
    );
  }
  if (vectors.length > 0) {
    vectors.forEach((v, i) => {
      list.push(make("addi", r(11), n(0), n(128 * (i + 1))), make("fxvlax", r(VECTOR_BASE + v), r(1), r(11)));
    });
    list.push(make("sync", n(0)), make("lwz", r(1), n(0), r(1)));
  }
  specials.forEach((spr, i) => {
    list.push(make("lwz", r(0), n(at(scalars.length + 1 + i)), r(1)), make("mtspr", n(spr), r(0)));
  });
  list.push(make("lwz", r(0), n(at(scalars.length)), r(1)), make("mtcrf", n(0xff), r(0)));
  for (let i = scalars.length - 1; i >= 0; i--) list.push(make("lwz", r(scalars[i]), n(at(i)), r(1)));
  list.push(make("addi", r(1), r(1), n(size)), make("rfi"));
  return bare(name, "interrupt", list);
}
