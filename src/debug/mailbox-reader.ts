/** Mailboxes of a session as they fill, for doors that show them. */
import { PPUS } from "./position.ts";
import type { DebugSession } from "./session.ts";
import type { PpuName } from "./types.ts";

export interface MailboxText {
  readonly ppu: PpuName;
  readonly text: string;
}

/** Tells each piece of text once; after a way back, the text that comes again is told again. */
export class MailboxReader {
  readonly #told: Record<PpuName, string> = { top: "", bottom: "" };

  /** Takes what is there now as told. */
  reset(session: DebugSession): void {
    for (const ppu of PPUS) this.#told[ppu] = textOf(session, ppu);
  }

  /** What has come since the last call; with `wholeLines` the rest of a line is kept for later. */
  news(session: DebugSession, wholeLines = false): MailboxText[] {
    return PPUS.map((ppu) => ({ ppu, text: this.#piece(session, ppu, wholeLines) })).filter(
      ({ text }) => text !== "",
    );
  }

  /** As `news`, in one text; each line begins with the PPU's name if both PPUs are released. */
  newText(session: DebugSession, wholeLines = false): string {
    const isNamed = PPUS.every((ppu) => session.chip.isReleased(ppu));
    return this.news(session, wholeLines)
      .map(({ ppu, text }) => (isNamed ? named(text, ppu) : text))
      .join("");
  }

  #piece(session: DebugSession, ppu: PpuName, wholeLines: boolean): string {
    const text = textOf(session, ppu);
    const told = this.#told[ppu];
    if (!text.startsWith(told)) {
      // An earlier state, or memory that was used for something else meanwhile.
      this.#told[ppu] = text;
      return "";
    }
    const end = wholeLines ? text.lastIndexOf("\n") + 1 : text.length;
    if (end <= told.length) return "";
    this.#told[ppu] = text.slice(0, end);
    return text.slice(told.length, end);
  }
}

/** A PPU that is held has no text, only what happens to be in its memory. */
function textOf({ chip }: DebugSession, ppu: PpuName): string {
  return chip.isReleased(ppu) ? chip.mailbox(ppu) : "";
}

function named(text: string, ppu: PpuName): string {
  const lines = text.endsWith("\n") ? text : `${text}\n`;
  return lines.replaceAll(/^(?=.)/gm, `${ppu}: `);
}
