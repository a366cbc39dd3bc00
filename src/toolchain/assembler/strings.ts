import { StatementError } from "./assembler-error.ts";

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, '"': 34, "\\": 92 };
const encoder = new TextEncoder();

/** Bytes of a string constant with its quotes: UTF-8, escapes of GNU as (`\n`, `\"`, `\101`, `\x41`). */
export function stringBytes(text: string): number[] {
  const match = /^"((?:[^"\\]|\\.)*)"$/su.exec(text.trim());
  if (!match) throw new StatementError(`"${text.trim()}" is not a string in quotes`);
  const bytes: number[] = [];
  for (const [part] of match[1].matchAll(/\\(?:[0-7]{1,3}|x[0-9a-fA-F]+|.)|[^\\]+/gsu)) {
    if (!part.startsWith("\\")) {
      for (const byte of encoder.encode(part)) bytes.push(byte);
    } else if (/^\\[0-7]/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8) & 0xff);
    else if (/^\\x./.test(part)) bytes.push(Number.parseInt(part.slice(-2).replace(/^x/, ""), 16));
    else {
      const code = ESCAPES[part[1]];
      if (code === undefined) throw new StatementError(`unknown escape ${part} in a string`);
      bytes.push(code);
    }
  }
  return bytes;
}
