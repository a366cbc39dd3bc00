/** The mailbox and the return code word: software conventions in the SRAM (firmware-abi sections 2 and 5). */
import type { Ppu } from "../core/ppu.ts";

export const DEFAULT_MAILBOX_BASE = 0x3000;
const SRAM_END = 0x4000;

/** Text from `base` up to the first NUL or the end of the SRAM; bytes above 0x7e show as U+FFFD. */
export function readMailbox(ppu: Ppu, base: number = DEFAULT_MAILBOX_BASE): string {
  const bytes = ppu.readSram(base, SRAM_END - base);
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  return Array.from(text, (byte) => (byte < 0x7f ? String.fromCharCode(byte) : "\ufffd")).join("");
}

/** The word a program's `exit` leaves below the mailbox, as int32; 0 = success. */
export function readReturnCode(ppu: Ppu, mailboxBase: number = DEFAULT_MAILBOX_BASE): number {
  return ppu.readSramWord(mailboxBase - 4);
}
