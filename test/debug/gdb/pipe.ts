/** A GDB of the test's own: a client of the door behind an in-memory pipe. */
import {
  encodePacket,
  GdbClient,
  GdbTarget,
  type GdbTargetOptions,
  PacketReader,
} from "../../../src/debug/gdb/index.ts";
import { DebugSession, type SessionOptions } from "../../../src/debug/session.ts";
import { assemble } from "../../../src/toolchain/assembler/index.ts";

export class Pipe {
  readonly session: DebugSession;
  readonly target: GdbTarget;
  client: GdbClient;
  /** Lines that the user of GDB does not see. */
  readonly log: string[] = [];
  ended = false;
  readonly #reader = new PacketReader();
  #packets: string[] = [];
  #marks = "";

  constructor(program: string, options: SessionOptions = {}, target: Partial<GdbTargetOptions> = {}) {
    const image = assemble(program, "program.s");
    this.session = new DebugSession({ image, load: "top", ...options });
    this.target = new GdbTarget({ session: this.session, log: (line) => this.log.push(line), ...target });
    this.client = this.#connect();
  }

  /** Another client of the same target takes the place of the last. */
  reconnect(): void {
    this.client = this.#connect();
    this.ended = false;
  }

  #connect(): GdbClient {
    return new GdbClient(this.target, {
      write: (bytes) => this.#take(bytes),
      end: () => {
        this.ended = true;
      },
    });
  }

  /** Sends a packet and gives the contents of all packets that answer it. */
  async sendAll(data: string): Promise<string[]> {
    this.raw(encodePacket(data));
    return this.answers();
  }

  /** Sends a packet and gives the last answer; console output is dropped. */
  async send(data: string): Promise<string> {
    return (await this.sendAll(data)).at(-1) ?? "(none)";
  }

  raw(text: string): void {
    this.client.receive(new Uint8Array(Buffer.from(text, "latin1")));
  }

  /** Packets since the last call, when all is answered. */
  async answers(): Promise<string[]> {
    await this.client.settled();
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }

  /** `+` and `-` since the last call. */
  marks(): string {
    const marks = this.#marks;
    this.#marks = "";
    return marks;
  }

  /** Output of `monitor` with a command. */
  async monitor(command: string): Promise<string> {
    return consoleText(await this.sendAll(`qRcmd,${Buffer.from(command).toString("hex")}`));
  }

  #take(bytes: Uint8Array): void {
    for (const event of this.#reader.push(bytes)) {
      if (event.kind === "packet") this.#packets.push(event.data);
      else if (event.kind === "acknowledged") this.#marks += "+";
      else if (event.kind === "refused") this.#marks += "-";
      else throw new Error(`the door sent something that is no packet: ${event.kind}`);
    }
  }
}

/** Text of the O packets among answers. */
export const consoleText = (answers: readonly string[]): string =>
  answers
    .filter((answer) => /^O(?!K$)/.test(answer))
    .map((answer) => Buffer.from(answer.slice(1), "hex").toString())
    .join("");

/** The value of a register in a `g` or `p` answer. */
export const word = (digits: string, number = 0): number =>
  Number.parseInt(digits.slice(8 * number, 8 * number + 8), 16);
