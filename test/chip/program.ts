import { assembleInstruction } from "../../isa/assemble.ts";
import { Chip, type ChipOptions, type PpuSelection } from "../../src/chip/chip.ts";

/** Words of a little program: one instruction a line, `name:` labels, `;` comments, `.long N`. */
export function program(text: string): Uint8Array {
  const labels = new Map<string, number>();
  const lines: { mnemonic: string; operands: string[] }[] = [];
  for (const raw of text.split("\n")) {
    let line = raw.replace(/;.*/, "").trim();
    const label = /^(\w+):/.exec(line);
    if (label) {
      labels.set(label[1], 4 * lines.length);
      line = line.slice(label[0].length).trim();
    }
    if (line === "") continue;
    const [, mnemonic, rest] = /^(\S+)\s*(.*)$/.exec(line)!;
    lines.push({ mnemonic, operands: rest === "" ? [] : rest.split(",").map((operand) => operand.trim()) });
  }
  const resolve = (expression: string) => {
    const value = labels.get(expression) ?? Number(expression);
    if (Number.isNaN(value)) throw new Error(`what is ${expression}?`);
    return value;
  };
  const bytes = new DataView(new ArrayBuffer(4 * lines.length));
  lines.forEach(({ mnemonic, operands }, index) => {
    const address = 4 * index;
    const word =
      mnemonic === ".long"
        ? resolve(operands[0])
        : assembleInstruction(mnemonic, operands, { address, resolve });
    bytes.setUint32(address, word >>> 0);
  });
  return new Uint8Array(bytes.buffer);
}

/** A chip with a program loaded at address 0 of the chosen PPUs, which are released. */
export function chipWith(text: string, ppus: PpuSelection = "top", options: ChipOptions = {}): Chip {
  const chip = new Chip({ ideal: true, ...options });
  chip.load([{ space: "sram", offset: 0, bytes: program(text) }], ppus);
  chip.reset(ppus);
  return chip;
}
