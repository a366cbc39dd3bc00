/** One connection to a GDB: packets in order, one action at a time, an interrupt at any time. */
import { escapeControls } from "../../text.ts";
import type { DebugSession } from "../session.ts";
import { type LogMessage, type PpuName, SessionError, type Stop } from "../types.ts";
import { InsertedPoints } from "./breakpoints.ts";
import { encodePacket, PACKET_BYTES, PacketReader, toBytes } from "./codec.ts";
import { commandName, errorReply, ProtocolError, type Reply } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { hexText } from "./hex.ts";
import { finishedText, stopReply } from "./stop-reply.ts";
import type { GdbTarget } from "./target-state.ts";

/** How a client's answers leave, e.g. over a socket. */
export interface Transport {
  write(bytes: Uint8Array): void;
  /** Ends the connection when all is written. */
  end(): void;
}

/** Packets that may wait; GDB itself sends the next one after the answer to the last. */
const MOST_WAITING = 256;
/** Characters in one O packet. */
const CONSOLE_CHUNK = PACKET_BYTES / 8;
/** How often the mailbox is looked at while the chip runs; the text is the same however often. */
const MAILBOX_MILLISECONDS = 50;

export class GdbClient {
  readonly target: GdbTarget;
  readonly points: InsertedPoints;
  /** Abilities that GDB has announced, e.g. "swbreak". */
  readonly features = new Set<string>();
  /** PPU that memory and register packets are for (Hg). */
  generalPpu: PpuName;
  /** PPU that steps are for (Hc); undefined: the general one. */
  controlPpu: PpuName | undefined;
  /** `target extended-remote`: the connection outlives the program. */
  extended = false;
  readonly #transport: Transport;
  readonly #reader = new PacketReader();
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #acknowledges = true;
  #lastSent = "";
  #acting = false;
  #interrupted = false;
  #leaving = false;
  #closed = false;

  constructor(target: GdbTarget, transport: Transport) {
    this.target = target;
    this.#transport = transport;
    this.points = new InsertedPoints(() => target.session);
    this.generalPpu = target.session.stop.ppu;
  }

  get session(): DebugSession {
    return this.target.session;
  }

  /** Bytes from GDB, cut anywhere. Never throws. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    for (const event of this.#reader.push(bytes)) {
      switch (event.kind) {
        case "interrupt":
          this.#interrupt();
          break;
        case "refused":
          if (this.#acknowledges && this.#lastSent !== "") this.#write(this.#lastSent);
          break;
        case "acknowledged":
          break;
        case "damaged":
          if (this.#acknowledges) this.#write("-");
          else this.#enqueue(() => errorReply("packet with a wrong checksum"));
          break;
        case "unusable":
          this.#acknowledge();
          this.#enqueue(() => errorReply(event.reason));
          break;
        case "packet":
          this.#acknowledge();
          this.#enqueue(() => this.#answer(event.data));
          break;
      }
    }
  }

  /** The other side has gone, or is to go: ends a run in progress and removes the points that GDB had inserted. */
  async close(): Promise<void> {
    if (this.#closed) return this.#queue;
    this.#closed = true;
    if (this.#acting) this.session.interrupt();
    this.#queue = this.#queue.then(() => this.points.removeAll());
    await this.#queue;
    this.#transport.end();
  }

  /** Closes the connection behind the answer to the packet in hand. */
  leave(): void {
    this.#leaving = true;
  }

  /** True when the next client may come. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Waits until everything received so far is answered. */
  async settled(): Promise<void> {
    let queue: Promise<void>;
    do {
      queue = this.#queue;
      await queue;
    } while (queue !== this.#queue);
  }

  /** From the next packet on. */
  stopAcknowledging(): void {
    this.#acknowledges = false;
  }

  /** Text for the user of GDB; only while it waits for a stop or for the answer of `monitor`. */
  console(text: string): void {
    for (let at = 0; at < text.length; at += CONSOLE_CHUNK) {
      this.#send(`O${hexText(text.slice(at, at + CONSOLE_CHUNK))}`);
    }
  }

  /** Lets the chip run and tells how it stopped. */
  async run(action: (session: DebugSession) => Promise<Stop>): Promise<Reply> {
    const stop = await this.#act(action);
    this.target.stop = stop;
    this.console(this.target.mailbox.newText(this.session));
    const isFinished = stop.reason === "finished";
    if (isFinished) this.console(finishedText(this.session));
    else if (this.#needsWords(stop)) this.console(`${stop.message}\n`);
    if (isFinished && this.target.onFinish === "exit") {
      return `W${(this.session.chip.returnCode(stop.ppu) & 255).toString(16).padStart(2, "0")}`;
    }
    return this.stopReply(stop);
  }

  /** GDB takes the thread of a stop as the general one from then on. */
  stopReply(stop: Stop = this.target.stop): string {
    this.generalPpu = stop.ppu;
    return stopReply(this.session, stop, this.target.registers, this.points, this.features);
  }

  /** True when a run should end early because the user pressed Ctrl-C. */
  get interrupted(): boolean {
    return this.#interrupted || this.#closed;
  }

  /** GDB says itself what it knows of: its own breakpoints and watchpoints, steps, interrupts. */
  #needsWords({ reason, ids }: Stop): boolean {
    if (reason === "finding" || reason === "asleep" || reason === "held" || reason === "saturation")
      return true;
    return ids.length > 0 && !this.points.explains(this.target.stop);
  }

  async #act(action: (session: DebugSession) => Promise<Stop>): Promise<Stop> {
    const session = this.session;
    const onLog = ({ text }: LogMessage) => this.console(`${text}\n`);
    const timer = setInterval(
      () => this.console(this.target.mailbox.newText(session, true)),
      MAILBOX_MILLISECONDS,
    );
    session.on("log", onLog);
    this.#acting = true;
    try {
      const stopped = action(session);
      if (this.interrupted) session.interrupt();
      return await stopped;
    } finally {
      this.#acting = false;
      this.#interrupted = false;
      session.off("log", onLog);
      clearInterval(timer);
    }
  }

  /** A Ctrl-C that arrives before its `continue` is carried out counts for that; while all is quiet it means nothing. */
  #interrupt(): void {
    if (this.#waiting === 0) return;
    this.#interrupted = true;
    if (this.#acting) this.session.interrupt();
  }

  #acknowledge(): void {
    if (this.#acknowledges) this.#write("+");
  }

  #enqueue(answer: () => Reply | Promise<Reply>): void {
    if (this.#waiting >= MOST_WAITING) {
      this.target.log(`a client sent ${MOST_WAITING} packets without waiting for answers; disconnected it`);
      void this.close();
      return;
    }
    this.#waiting++;
    this.#queue = this.#queue.then(async () => {
      try {
        const reply = this.#closed ? undefined : await answer();
        if (reply !== undefined) this.#send(reply);
        if (this.#leaving) void this.close();
      } finally {
        if (--this.#waiting === 0) this.#interrupted = false;
      }
    });
  }

  async #answer(data: string): Promise<Reply> {
    const name = commandName(data);
    const command = COMMANDS.get(name);
    if (!command) return "";
    const args = command.pattern.exec(data.slice(name.length));
    if (!args) return this.#refuse(data, `malformed ${name} packet`, command.numericErrors);
    try {
      return await command.run(this, args);
    } catch (error) {
      const isExpected = error instanceof ProtocolError || error instanceof SessionError;
      const text = error instanceof Error ? error.message.split("\n")[0] : String(error);
      return this.#refuse(data, isExpected ? text : `internal error: ${text}`, command.numericErrors);
    }
  }

  /** GDB shows the texts of few failures, so the log has them; where it wants numbers it finds words of its own. */
  #refuse(data: string, message: string, numeric?: true): string {
    if (!numeric) this.target.log(`refused packet ${escapeControls(data.slice(0, 40))}: ${message}`);
    return errorReply(message, numeric && !this.features.has("error-message"));
  }

  #send(reply: string): void {
    if (this.#closed) return;
    this.#lastSent = encodePacket(reply);
    this.#write(this.#lastSent);
  }

  #write(text: string): void {
    if (!this.#closed) this.#transport.write(toBytes(text));
  }
}
