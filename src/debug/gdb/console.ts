/** Text for GDB's console: mailboxes as they fill, and what the session has to say. */
import type { DebugSession } from "../session.ts";
import type { PpuName } from "../types.ts";

const PPUS = ["top", "bottom"] as const;

/** Shows each piece of the mailboxes once; after a way back the text that comes again is shown again. */
export class MailboxText {
  readonly #shown: Record<PpuName, string> = { top: "", bottom: "" };

  /** Takes what is there now as shown. */
  reset(session: DebugSession): void {
    for (const ppu of PPUS) this.#shown[ppu] = session.chip.mailbox(ppu);
  }

  /** New text of the released PPUs, each line with the PPU's name if both are; while running (`all` false) whole lines only. */
  take(session: DebugSession, all: boolean): string {
    const released = session.threads().filter(({ state }) => state !== "held");
    return released.map(({ ppu }) => this.#piece(session, ppu, all, released.length > 1)).join("");
  }

  #piece(session: DebugSession, ppu: PpuName, all: boolean, named: boolean): string {
    const text = session.chip.mailbox(ppu);
    const shown = this.#shown[ppu];
    if (!text.startsWith(shown)) {
      // An earlier state, or memory that was used for something else meanwhile.
      this.#shown[ppu] = text;
      return "";
    }
    const end = all ? text.length : text.lastIndexOf("\n") + 1;
    if (end <= shown.length) return "";
    const piece = text.slice(shown.length, end);
    this.#shown[ppu] = text.slice(0, end);
    if (!named) return piece;
    const lines = piece.endsWith("\n") ? piece : `${piece}\n`;
    return lines.replaceAll(/^(?=.)/gm, `${ppu}: `);
  }
}
