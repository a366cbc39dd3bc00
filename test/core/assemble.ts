/** Short programs in assembly text for tests: numeric labels (`1: …`, `1b`, `1f`) and `.+n` on top of isa/assemble. */
import { assembleInstruction } from "../../isa/assemble.ts";

/** Words of the lines, the first of which stands at `origin`. */
export function assemble(lines: readonly string[], origin = 0): number[] {
  const parsed = lines.map((line) => /^(?:(\d+):\s*)?(\S+)\s*(.*)$/.exec(line)!);
  return parsed.map(([, , mnemonic, operands], index) => {
    const address = origin + 4 * index;
    const resolve = (expression: string): number => {
      const text = expression.trim();
      const relative = /^\.([+-]\d+)$/.exec(text);
      if (relative) return address + Number(relative[1]);
      const label = /^(\d+)([bf])$/.exec(text);
      if (!label) return Number(text);
      const step = label[2] === "b" ? -1 : 1;
      for (let at = step < 0 ? index : index + 1; at >= 0 && at < parsed.length; at += step) {
        if (parsed[at][1] === label[1]) return origin + 4 * at;
      }
      throw new Error(`test program: no label ${text}`);
    };
    if (mnemonic === ".long") return Number(operands) | 0;
    const parts = operands === "" ? [] : operands.split(",").map((part) => part.trim());
    return assembleInstruction(mnemonic, parts, { address, resolve });
  });
}
