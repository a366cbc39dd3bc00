/** What all connections to the door share: the session, and how it is shown to GDB. */

import { MailboxReader } from "../mailbox-reader.ts";
import type { DebugSession } from "../session.ts";
import type { Stop } from "../types.ts";
import { type TargetRegister, targetRegisters } from "./target.ts";

export interface GdbTargetOptions {
  readonly session: DebugSession;
  /**
   * Answer when the program has finished: `stop` (default), so that the way back stays open, or `exit`, after which
   * GDB knows no program any more.
   */
  readonly onFinish?: "stop" | "exit";
  /** Reads the program again and gives a new session at its begin; without it `monitor reload` is refused. */
  readonly reload?: () => Promise<DebugSession>;
  /** One line about something that GDB's user may not see; default: nowhere. */
  readonly log?: (line: string) => void;
}

export class GdbTarget {
  session: DebugSession;
  onFinish: "stop" | "exit";
  /** Stop that `?` tells; of a reverse step it may be newer than `session.stop`. */
  stop: Stop;
  readonly registers: readonly TargetRegister[];
  readonly mailbox = new MailboxReader();
  readonly reload: (() => Promise<DebugSession>) | undefined;
  readonly log: (line: string) => void;

  constructor({ session, onFinish = "stop", reload, log = () => {} }: GdbTargetOptions) {
    this.session = session;
    this.onFinish = onFinish;
    this.reload = reload;
    this.log = log;
    this.stop = session.stop;
    this.registers = targetRegisters(session.registerDescriptions());
  }

  /** Continues with another session. */
  replace(session: DebugSession): void {
    this.session = session;
    this.stop = session.stop;
    this.mailbox.reset(session);
  }
}
