/** Addresses, source places and instructions as texts and as JSON. */
import type { SourceLocation } from "../../../toolchain/image.ts";
import type { DisassembledLine, PpuName } from "../../types.ts";
import type { Terminal } from "../terminal.ts";

/** `main+0x10`, or null. */
export function symbolAt(terminal: Terminal, ppu: PpuName, address: number): string | null {
  return terminal.session.disassemble(ppu, address, 1)[0]?.symbol ?? null;
}

/** Source of an address as `--json` has it. */
export const sourceData = (source: SourceLocation | undefined) =>
  source ? { file: source.file, line: source.line, column: source.column } : null;

/** A disassembled instruction as `--json` has it. */
export const lineData = ({ address, word, text, symbol, source, isPc, ids }: DisassembledLine) => ({
  address,
  word,
  text,
  symbol: symbol ?? null,
  source: sourceData(source),
  isPc,
  ids,
});

export const sourceText = (terminal: Terminal, { file, line }: SourceLocation): string =>
  `${terminal.style.file(terminal.path(file))}:${line}`;

/** `0x00000120 <main+0x10> file.ts:12`. */
export function placeText(terminal: Terminal, ppu: PpuName, address: number): string {
  const symbol = symbolAt(terminal, ppu, address);
  const source = terminal.session.symbols(ppu).sourceAt(address);
  const name = symbol ? ` <${terminal.style.symbol(symbol)}>` : "";
  return `${terminal.style.address(address)}${name}${source ? ` ${sourceText(terminal, source)}` : ""}`;
}

/** Number and text of a source line, if the file can be found. */
export function sourceLine(
  terminal: Terminal,
  ppu: PpuName,
  { file, line }: SourceLocation,
): string | undefined {
  const text = terminal.session.symbols(ppu).sourceText(file)?.[line - 1];
  return text === undefined
    ? undefined
    : `${String(line).padStart(5)}  ${terminal.style.plain(text)}`.trimEnd();
}

/** `=> * 0x00000120 <main+0x10>  li r3, 5`. */
export function instructionLine(terminal: Terminal, line: DisassembledLine, withWord = false): string {
  const { style } = terminal;
  const marker = line.isPc ? style.here("=>") : "  ";
  const point = line.ids.length > 0 ? style.breakpoint("*") : " ";
  const word = withWord ? `${style.dim(line.word.toString(16).padStart(8, "0"))}  ` : "";
  const symbol = line.symbol ? ` <${style.symbol(line.symbol)}>` : "";
  return `${marker}${point}${style.address(line.address)}${symbol}  ${word}${style.plain(line.text)}`;
}
