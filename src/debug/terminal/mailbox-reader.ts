import { PPUS } from "../position.ts";
import type { DebugSession } from "../session.ts";
import type { PpuName } from "../types.ts";

export interface MailboxText {
  readonly ppu: PpuName;
  readonly text: string;
}

/** Tells what programs have written into their mailboxes since it was last asked; nothing on a way back. */
export class MailboxReader {
  readonly #session: DebugSession;
  readonly #seen: Record<PpuName, string>;

  constructor(session: DebugSession) {
    this.#session = session;
    this.#seen = { top: this.#text("top"), bottom: this.#text("bottom") };
  }

  news(): MailboxText[] {
    const news: MailboxText[] = [];
    for (const ppu of PPUS) {
      const text = this.#text(ppu);
      const seen = this.#seen[ppu];
      if (text.length > seen.length && text.startsWith(seen))
        news.push({ ppu, text: text.slice(seen.length) });
      this.#seen[ppu] = text;
    }
    return news;
  }

  /** A PPU that is held has no text, only what happens to be in its memory. */
  #text(ppu: PpuName): string {
    const { chip } = this.#session;
    return chip.isReleased(ppu) ? chip.mailbox(ppu) : "";
  }
}
